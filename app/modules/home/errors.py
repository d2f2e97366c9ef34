"""Why something that is everyone's is not done."""

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError


class NoText(DomainError):
    status = 400
    sentence = _l("Il n'y a aucun texte à montrer.")


class TextTooLong(DomainError):
    status = 413
    sentence = _l("Ce texte est trop long : %(maximum)s caractères au plus.")
