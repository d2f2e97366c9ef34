"""Why the guides say no."""

from flask_babel import lazy_gettext as _l

from app.core.errors import NotFound


class NoSuchGuide(NotFound):
    sentence = _l("Ce guide n'existe pas.")
