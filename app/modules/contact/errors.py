"""Why a message or a card is refused."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound, TooMany


class ContactError(DomainError):
    """The contact page refused."""


class TooManyMessages(ContactError, TooMany):
    sentence = _l(
        "Beaucoup de messages sont partis d'ici : attendez %(minutes)s min. Votre texte est gardé."
    )


class NotKept(ContactError):
    status = 503
    sentence = _l(
        "Votre message n'a pas pu être enregistré : le site ne peut rien écrire pour l'instant. "
        "Votre texte est gardé sur cette page ; renvoyez-le dans une minute."
    )


class TooManyChallenges(ContactError, TooMany):
    sentence = _l("Trop de vérifications demandées. Réessayez dans %(seconds)s s.")


class NoSuchMessage(ContactError, NotFound):
    sentence = _l("Ce message n'existe pas, ou plus.")


class StaleCard(ContactError, Conflict):
    sentence = _l(
        "Cette page a été modifiée entre-temps. Voici les valeurs actuelles : "
        "vérifiez, puis enregistrez à nouveau."
    )
