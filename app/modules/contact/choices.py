"""What the GRIs may change of the contact page while the site runs."""

from flask_babel import lazy_gettext as _l

from app.models import Choice

CONTACT_PER_HOUR = Choice(
    key="CONTACT_PER_HOUR",
    default=5,
    low=1,
    high=100,
    label=_l("Messages de contact par heure depuis une même adresse"),
)
