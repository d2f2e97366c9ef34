"""What the team of Club Q may change of it (community 1.3)."""

from flask_babel import lazy_gettext as _l

from app.models import PLACES_MAX, Choice

#: The number of the current season; 0 for none.
SEASON = Choice(
    key="SEASON_NUMBER_CLUB_Q", default=0, label=_l("Saison en cours"), low=0, apart=True
)
ACCESS = Choice(
    key="ACCESS_CLUB_Q", default=False, label=_l("Formulaire des vœux ouvert"), apart=True
)
#: The promo in its first year: the one that entered last September.
PROMO_1A = Choice(
    key="PROMO_1A", default=145, label=_l("Promo en première année"), low=1, high=999, apart=True
)
#: Decimals to a tenth, in letters, from -99.9 to 99.9: ``-10.0``.
BONUS_1A = Choice(
    key="DISCONTENT_BONUS_1A", default="0.0", label=_l("Bonus des 1A"), high=5, apart=True
)
BONUS_2A = Choice(
    key="DISCONTENT_BONUS_2A", default="0.0", label=_l("Bonus des 2A"), high=5, apart=True
)
BONUS_3A = Choice(
    key="DISCONTENT_BONUS_3A", default="0.0", label=_l("Bonus des 3A"), high=5, apart=True
)
BONUS_4A = Choice(
    key="DISCONTENT_BONUS_4A", default="0.0", label=_l("Bonus des 4A"), high=5, apart=True
)
BONUS_OTHER = Choice(
    key="DISCONTENT_BONUS_OTHER",
    default="-10.0",
    label=_l("Bonus des autres promos"),
    high=5,
    apart=True,
)
MAX_PLACES = Choice(
    key="CLUB_Q_MAX_PLACES",
    default=10,
    label=_l("Places par vœu, au plus"),
    low=1,
    high=PLACES_MAX,
    apart=True,
)

CHOICES: tuple[Choice[int] | Choice[str] | Choice[bool], ...] = (
    SEASON,
    ACCESS,
    PROMO_1A,
    BONUS_1A,
    BONUS_2A,
    BONUS_3A,
    BONUS_4A,
    BONUS_OTHER,
    MAX_PLACES,
)
