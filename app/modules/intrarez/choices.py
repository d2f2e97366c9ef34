"""What the GRIs may change of the network while the site runs."""

from flask_babel import lazy_gettext as _l

from app.models import Choice

DEVICE_LIMIT = Choice(
    key="DEVICE_LIMIT", default=10, low=1, high=200, label=_l("Appareils par personne")
)
IP_KEEP_DAYS = Choice(
    key="IP_KEEP_DAYS",
    default=30,
    low=0,
    high=365,
    label=_l("Jours pendant lesquels une adresse IP libérée est gardée"),
    purpose=_l("Un appareil qui revient dans sa chambre avant retrouve la sienne."),
)
DHCP_MAX_DROP_PERCENT = Choice(
    key="DHCP_MAX_DROP_PERCENT",
    default=20,
    low=0,
    high=100,
    label=_l("Baisse des règles DHCP acceptée d'un coup, en pour cent"),
    purpose=_l("Au-delà, rien n'est écrit sans l'accord d'un GRI."),
)
TAKE_OVER_MIN_AGE_DAYS = Choice(
    key="TAKE_OVER_MIN_AGE_DAYS",
    default=7,
    low=0,
    high=90,
    label=_l("Jours pendant lesquels une location ne peut pas être reprise"),
)
TAKE_OVER_MAX = Choice(
    key="TAKE_OVER_MAX", default=2, low=0, high=20, label=_l("Reprises d'une chambre au plus…")
)
TAKE_OVER_WINDOW_DAYS = Choice(
    key="TAKE_OVER_WINDOW_DAYS", default=30, low=1, high=365, label=_l("… en tant de jours")
)
RENEW_REMINDER_DAYS = Choice(
    key="RENEW_REMINDER_DAYS",
    default=7,
    low=1,
    high=20,
    label=_l("Jours avant la coupure où l'on rappelle de payer"),
)
