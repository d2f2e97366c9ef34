"""Why the GRI menu says no."""

from flask_babel import lazy_gettext as _l

from app.core.errors import NotFound


class NoSuchView(NotFound):
    sentence = _l("Cette vue n'existe pas.")
