"""What whoever looks after the photos may change of them."""

from flask_babel import lazy_gettext as _l

from app.models import Choice

PHOTOS_KEEP_GPS = Choice(
    key="PHOTOS_KEEP_GPS",
    default=False,
    label=_l("Garder l'endroit où les photos ont été prises"),
    purpose=_l("Pour ceux qui modifient l'album : il n'est jamais publié."),
)
