"""Why an account cannot be merged, handed over or erased."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound, TooMany


class LifeError(DomainError):
    """What was asked of a whole account is refused."""


class SamePerson(LifeError):
    field = "other"
    sentence = _l("C'est le même compte : choisissez-en un autre.")


class NobodyCalled(LifeError):
    field = "other"
    sentence = _l("Personne n'a cet identifiant, cette adresse ou ce numéro.")


class SelfAbsorbed(LifeError, Conflict):
    sentence = _l("Votre propre compte ne peut pas disparaître : gardez-le, ou voyez un autre GRI.")


class MergeRefused(LifeError, Conflict):
    """The two accounts hold what one cannot: ``reasons`` are sentences."""

    sentence = _l("Ces deux comptes ne peuvent pas être réunis. %(why)s")

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(why=" ".join(reasons), reasons=reasons)


class WrongUsername(LifeError):
    field = "confirm"
    sentence = _l("Ce n'est pas cet identifiant : recopiez « %(username)s ».")


class NotSettled(LifeError, Conflict):
    """Something is left to settle: ``obstacles`` are parts of a sentence."""

    sentence = _l("Le compte ne peut pas encore être effacé : %(why)s.")

    def __init__(self, obstacles: list[str]) -> None:
        super().__init__(why=" ; ".join(obstacles), obstacles=obstacles)


class ErasureAskedAlready(LifeError, Conflict):
    sentence = _l("L'effacement de ce compte est déjà demandé.")


class ErasureNotAsked(LifeError, Conflict):
    sentence = _l("L'effacement de ce compte n'est pas demandé, ou il est déjà fait.")


class FromTheProfile(LifeError, Conflict):
    sentence = _l("Votre propre compte s'efface depuis votre profil.")


class ExportRunning(LifeError, Conflict):
    sentence = _l("Une archive est déjà en préparation : un mail vous dira quand elle sera prête.")


class ExportsEnough(LifeError, TooMany):
    sentence = _l("%(count)s archives ont déjà été demandées depuis hier : attendez demain.")


class NoSuchExport(LifeError, NotFound):
    sentence = _l("Cette archive n'existe pas, ou plus : elle est gardée sept jours.")


class NobodyToRead(LifeError, Conflict):
    sentence = _l(
        "%(pceen)s ne peut pas se connecter : faites l'archive avec « flask accounts export »."
    )
