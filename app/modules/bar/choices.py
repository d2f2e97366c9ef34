"""What whoever runs the bar may change of it (community 1.3)."""

from flask_babel import lazy_gettext as _l

from app.models import Choice

#: Grams of pure alcohol, to a tenth, in letters: ``40.0``.
ALCOHOL_CAP = Choice(
    key="MAX_DAILY_ALCOHOLIC_DRINKS_PER_USER",
    default="40.0",
    label=_l("Alcool par client et par jour, en grammes"),
    high=5,
    apart=True,
)
#: The number of an item; 0 for none.
QUICK_ITEM = Choice(
    key="QUICK_ACCESS_ITEM_ID", default=0, label=_l("Article à vente rapide"), low=0, apart=True
)
RECHARGE_MIN = Choice(
    key="BAR_RECHARGE_MIN",
    default=30,
    label=_l("Rechargement en ligne : au moins"),
    low=1,
    high=50_000,
    apart=True,
)
RECHARGE_MAX = Choice(
    key="BAR_RECHARGE_MAX",
    default=10_000,
    label=_l("Rechargement en ligne : au plus"),
    low=1,
    high=50_000,
    apart=True,
)
TOP_UP_MAX = Choice(
    key="BAR_TOP_UP_MAX",
    default=50_000,
    label=_l("Rechargement au comptoir : au plus"),
    low=1,
    high=100_000,
    apart=True,
)
DEPOSIT = Choice(
    key="BAR_DEPOSIT_AMOUNT",
    default=0,
    label=_l("Montant de la caution"),
    low=0,
    high=100_000,
    apart=True,
)
#: A time of the clock in Paris: ``06:00``.
DAY_START = Choice(
    key="BAR_DAY_START", default="06:00", label=_l("Début d'un jour du bar"), high=5, apart=True
)
MINIMUM_AGE = Choice(
    key="BAR_MINIMUM_AGE",
    default=18,
    label=_l("Âge pour l'alcool, en années"),
    low=0,
    high=99,
    apart=True,
)
REVERT_HOURS = Choice(
    key="BAR_REVERT_HOURS",
    default=24,
    label=_l("Délai d'annulation par un barman, en heures"),
    low=0,
    high=720,
    apart=True,
)
OPEN = Choice(key="BAR_OPEN", default=True, label=_l("Bar ouvert"), apart=True)
#: The name of a file; empty without one.
BACKGROUND = Choice(
    key="BAR_BACKGROUND", default="", label=_l("Image de fond"), high=64, apart=True
)

CHOICES: tuple[Choice[int] | Choice[str] | Choice[bool], ...] = (
    ALCOHOL_CAP,
    QUICK_ITEM,
    RECHARGE_MIN,
    RECHARGE_MAX,
    TOP_UP_MAX,
    DEPOSIT,
    DAY_START,
    MINIMUM_AGE,
    REVERT_HOURS,
    OPEN,
    BACKGROUND,
)
