"""Why the GRI menu says no."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound


class NoSuchView(NotFound):
    sentence = _l("Cette vue n'existe pas.")


class RoleRefused(DomainError):
    """What was asked of a role is refused."""


class NotAllowed(RoleRefused):
    """Nobody gives, takes or changes what they do not hold."""

    status = 403


class NotCovered(NotAllowed):
    sentence = _l(
        "Le rôle « %(role)s » permet plus que ce que vous pouvez faire vous-même : "
        "demandez à un GRI."
    )


class RightNotCovered(NotAllowed):
    sentence = _l("Vous n'avez pas vous-même la permission « %(right)s » : demandez à un GRI.")


class ProofNeeded(NotAllowed):
    sentence = _l("Cette action demande de prouver d'abord que c'est bien vous.")


class NotWhileActing(NotAllowed):
    sentence = _l("Les droits ne se changent pas en agissant à la place de quelqu'un.")


class LastGri(RoleRefused, Conflict):
    sentence = _l("Il ne resterait plus aucun GRI : nommez d'abord quelqu'un d'autre.")


class AlreadyHeld(RoleRefused, Conflict):
    field = "role"
    sentence = _l("%(pceen)s a déjà le rôle « %(role)s ».")


class NoRoleChosen(RoleRefused):
    field = "role"
    sentence = _l("Choisissez un rôle.")


class NotHeld(RoleRefused, Conflict):
    sentence = _l("%(pceen)s n'a pas, ou plus, le rôle « %(role)s ».")


class PublicHasNoMembers(RoleRefused):
    status = 400
    field = "role"
    sentence = _l("Le rôle public est déjà celui de tout le monde : il ne se donne pas.")


class NotForPublic(RoleRefused):
    status = 400
    sentence = _l(
        "Le rôle public est celui de tout le monde, visiteurs compris : il ne permet que de lire, "
        "et ni les PCéens, ni les rôles, ni les paiements, ni ce qui est aux GRI."
    )


class SystemRoleStays(RoleRefused, Conflict):
    sentence = _l("Le site a besoin du rôle « %(role)s » : il ne se supprime pas.")


class HoldersChanged(RoleRefused, Conflict):
    field = "holders"
    sentence = _l("Ce n'est pas le nombre de personnes qui ont ce rôle : %(holders)s.")


class RoleNameTaken(RoleRefused, Conflict):
    field = "name"
    sentence = _l("Un autre rôle porte déjà ce nom.")


class RoleNameTooLong(RoleRefused):
    field = "name"
    sentence = _l("Ce nom est trop long.")


class StaleRole(RoleRefused, Conflict):
    sentence = _l(
        "Ce rôle a été modifié entre-temps. Voici les valeurs actuelles : "
        "vérifiez, puis enregistrez à nouveau."
    )


class PermissionThere(RoleRefused, Conflict):
    sentence = _l("Ce rôle a déjà la permission « %(right)s ».")


class PermissionNotThere(RoleRefused, Conflict):
    sentence = _l("Ce rôle n'a pas, ou plus, cette permission.")


class NoSuchPermission(RoleRefused, NotFound):
    sentence = _l("Cette permission n'existe pas, ou plus.")


class NoSuchScope(RoleRefused, NotFound):
    sentence = _l("Ce domaine n'existe pas.")


class ElementMissing(RoleRefused):
    status = 400
    field = "ref_id"
    sentence = _l("Choisissez un élément : cette permission ne se donne pas pour tous à la fois.")


class ElementNotAllowed(RoleRefused):
    status = 400
    field = "ref_id"
    sentence = _l("Cette permission ne se donne pas pour un seul élément.")


class NoSuchElement(RoleRefused):
    status = 400
    field = "ref_id"
    sentence = _l("Cet élément n'existe pas, ou plus.")


class Malformed(RoleRefused):
    status = 400
    sentence = _l("Cette demande n'est pas compréhensible : rechargez la page et recommencez.")


class PersonRefused(DomainError):
    """What was asked of someone's account is refused."""


class NotWithinReach(PersonRefused):
    """Who enters an account may do all that it may."""

    status = 403
    sentence = _l("%(pceen)s peut faire plus que vous sur le site : demandez à un GRI.")


class NotOnOneself(PersonRefused, Conflict):
    sentence = _l("Personne ne désactive son propre compte.")


class SameNameAndPromo(PersonRefused):
    field = "nom"
    sentence = _l("%(pceen)s (numéro %(key)s) a déjà ce nom et cette promo.")


class SameName(PersonRefused):
    field = "is_another"
    sentence = _l(
        "%(pceen)s (numéro %(key)s) porte déjà ce nom : cochez cette case si "
        "c'est quelqu'un d'autre."
    )


class RoleNotYours(PersonRefused):
    status = 403
    field = "roles"
    sentence = _l("Vous ne pouvez pas donner l'un de ces rôles : aucun compte n'est créé.")


class NobodyChosen(PersonRefused):
    sentence = _l("Cochez d'abord quelqu'un dans la liste.")


class SomeRefused(PersonRefused, Conflict):
    """Some of the people chosen were refused: nothing was done for anybody."""

    sentence = _l("Rien n'a été fait : voyez qui est refusé, et pourquoi.")


class DoasRefused(DomainError):
    status = 403
    sentence = _l("Personne n'agit à la place d'un GRI, d'un compte désactivé, ni de soi-même.")
