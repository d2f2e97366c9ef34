"""Why an account says no."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound


class AccountError(DomainError):
    """The account refused."""


class WrongCredentials(AccountError):
    sentence = _l("Identifiant ou mot de passe incorrect.")


class PasswordTooShort(AccountError):
    field = "password"
    sentence = _l("Ce mot de passe est trop court : il faut %(minimum)s caractères au moins.")


class PasswordTooLong(AccountError):
    field = "password"
    sentence = _l("Ce mot de passe est trop long : %(maximum)s caractères au plus.")


class PasswordForbidden(AccountError):
    field = "password"
    sentence = _l("Ce mot de passe contient un caractère interdit, ou rien que des blancs.")


class PasswordTooCommon(AccountError):
    field = "password"
    sentence = _l("Ce mot de passe est l'un des plus courants : choisissez-en un autre.")


class PasswordTooPersonal(AccountError):
    field = "password"
    sentence = _l("Ce mot de passe se devine avec votre nom ou celui du site : allongez-le.")


class WrongCurrentPassword(AccountError):
    field = "current_password"
    sentence = _l("Ce n'est pas votre mot de passe actuel.")


class WrongCode(AccountError):
    field = "code"
    sentence = _l("Ce code est faux, ou n'est plus valable.")


class PrenomWithoutLetter(AccountError):
    field = "prenom"
    sentence = _l("Écrivez au moins une lettre.")


class NomWithoutLetter(AccountError):
    field = "nom"
    sentence = _l("Écrivez au moins une lettre.")


class NameTaken(AccountError):
    """The new name is that of another account."""

    field = "nom"
    sentence = _l("Un autre compte porte déjà ce nom. Si c'est aussi le vôtre, écrivez aux GRI.")


class AddressTaken(AccountError):
    field = "email"
    sentence = _l("Cette adresse est déjà celle d'un autre compte.")


class LinkNoLongerGood(AccountError, NotFound):
    sentence = _l("Ce lien n'est plus valable : il a expiré, ou il a déjà servi.")


class NoSuchSession(AccountError, NotFound):
    sentence = _l("Cette connexion n'existe pas, ou plus.")


class NoSuchRole(AccountError, NotFound):
    sentence = _l("Ce rôle n'existe pas.")


class NoSuchPCeen(AccountError, NotFound):
    sentence = _l("Ce PCéen n'existe pas.")


class StaleVersion(AccountError, Conflict):
    sentence = _l(
        "Cette page a été modifiée entre-temps. Voici les valeurs actuelles : "
        "vérifiez, puis enregistrez à nouveau."
    )


class NoAddress(AccountError, Conflict):
    sentence = _l("%(pceen)s n'a pas d'adresse : aucun lien ne peut partir.")


class LinksEnough(AccountError, Conflict):
    sentence = _l("%(pceen)s a déjà reçu %(count)s liens depuis une heure : attendez un peu.")


class AccountDisabledAlready(AccountError, Conflict):
    sentence = _l("Le compte de %(pceen)s est désactivé.")


class AccountEnabledAlready(AccountError, Conflict):
    sentence = _l("Le compte de %(pceen)s n'est pas désactivé.")


class ActivationOff(AccountError, Conflict):
    sentence = _l("L'activation en libre service est fermée : écrivez aux GRI.")
