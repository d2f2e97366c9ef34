"""What the team of the Panier Bio may change of it (community 1.3)."""

from flask_babel import lazy_gettext as _l

from app.models import BASKET_PRICE_MAX, Choice

#: The most baskets that a setting or a date may say.
CAPACITY_MAX = 10_000

ACCESS = Choice(
    key="ACCESS_PANIER_BIO", default=False, label=_l("Commande des paniers ouverte"), apart=True
)
#: 1 for Monday, 7 for Sunday.
DAY = Choice(
    key="PANIER_BIO_DAY", default=2, label=_l("Jour de distribution"), low=1, high=7, apart=True
)
#: On the day before, in Paris.
DEADLINE = Choice(
    key="PANIER_BIO_DEADLINE",
    default="14:00",
    label=_l("Heure de clôture, la veille"),
    high=5,
    apart=True,
)
#: In cents; 0: no price is shown.
PRICE = Choice(
    key="PANIER_BIO_PRICE",
    default=0,
    label=_l("Prix d'un panier"),
    low=0,
    high=BASKET_PRICE_MAX,
    apart=True,
)
#: 0 for any number.
CAPACITY = Choice(
    key="PANIER_BIO_CAPACITY",
    default=0,
    label=_l("Paniers par distribution"),
    low=0,
    high=CAPACITY_MAX,
    apart=True,
)

CHOICES: tuple[Choice[int] | Choice[str] | Choice[bool], ...] = (
    ACCESS,
    DAY,
    DEADLINE,
    PRICE,
    CAPACITY,
)
