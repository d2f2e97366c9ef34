"""Why the school's log-in says no."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound


class SsoError(DomainError):
    """The school's log-in refused."""


class Refused(SsoError):
    """What the provider said does not count, or not here: the visitor is told nothing of why."""

    status = 400
    sentence = _l("La connexion avec le compte de l'école n'a pas marché.")

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class StudentsOnly(SsoError):
    """The school knows them, and not as a student of now."""

    status = 403
    sentence = _l("Pour l'instant, seuls les élèves entrent ainsi.")


class AskTheGris(SsoError, Conflict):
    """It takes a GRI to say whose account is whose."""

    sentence = _l("Votre compte de l'école ne suffit pas à retrouver le vôtre ici.")

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


class NothingToProve(SsoError, NotFound):
    sentence = _l("Il n'y a rien à prouver, ou plus : recommencez avec votre compte de l'école.")


class OtherBrowser(SsoError, Conflict):
    sentence = _l(
        "Ouvrez ce lien dans le navigateur où vous avez commencé : ailleurs, il ne prouve rien."
    )


class NoAddressToWriteTo(SsoError, Conflict):
    sentence = _l("Ce compte n'a pas d'adresse sûre : prouvez-le autrement.")


class SecondFactorInTheWay(SsoError, Conflict):
    sentence = _l(
        "Ce compte a un second facteur : son mot de passe ne suffit pas. "
        "Prouvez-le par mail, ou écrivez aux GRI."
    )
