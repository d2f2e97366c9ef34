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


class AccountErased(AccountError, Conflict):
    sentence = _l("Ce compte est effacé : plus rien ne s'y change.")


class ErasureAsked(AccountError, Conflict):
    sentence = _l("%(pceen)s a demandé à être effacé : annulez d'abord cet effacement.")


class ActivationOff(AccountError, Conflict):
    sentence = _l("L'activation en libre service est fermée : écrivez aux GRI.")


class FactorNotOffered(AccountError):
    status = 403
    sentence = _l("Le second facteur est pour qui a des droits sur les autres. Vous n'en avez pas.")


class FactorProofNeeded(AccountError):
    status = 403
    sentence = _l("Prouvez d'abord que c'est bien vous, puis recommencez.")


class FactorAsked(AccountError, Conflict):
    """The password alone proves nothing of who has a second factor."""

    sentence = _l("Vous avez un second facteur : c'est lui qui prouve que c'est bien vous.")


class StepOver(AccountError, Conflict):
    """The log-in that waited for a second factor waits no more."""

    sentence = _l("Cette connexion a trop attendu, ou a eu trop de codes faux : recommencez-la.")


class WrongRecoveryCode(AccountError):
    field = "recovery"
    sentence = _l("Ce code de secours est faux, ou a déjà servi.")


class WrongPasskey(AccountError):
    sentence = _l("Cette clé d'accès n'a pas été reconnue.")


class PasskeyTaken(AccountError, Conflict):
    sentence = _l("Cette clé d'accès est déjà enregistrée.")


class FactorsEnough(AccountError, Conflict):
    sentence = _l("Vous avez déjà %(count)s seconds facteurs : retirez-en un d'abord.")


class NoSuchFactor(AccountError, NotFound):
    sentence = _l("Ce second facteur n'existe pas, ou plus.")


class NoFactorYet(AccountError, Conflict):
    sentence = _l("Ajoutez d'abord une application de codes, ou une clé d'accès.")


class LastFactor(AccountError, Conflict):
    sentence = _l("Un GRI doit garder un second facteur : ajoutez-en un autre, puis retirez-le.")


class OwnFactorFirst(AccountError, Conflict):
    """Who makes the second factor mandatory begins with their own."""

    sentence = _l("Ajoutez d'abord un second facteur à votre compte : sinon, vous seriez dehors.")


class NoneToReset(AccountError, Conflict):
    sentence = _l("%(pceen)s n'a pas de second facteur.")
