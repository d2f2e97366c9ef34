"""Why the network says no."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound


class IntrarezError(DomainError):
    """The network refused."""


class MacError(IntrarezError):
    """What was typed is not the address of a device."""

    field = "mac_address"


class MalformedMac(MacError):
    sentence = _l(
        "Une adresse physique s'écrit avec douze chiffres (0 à 9) ou lettres (a à f), par exemple "
        "3c:22:fb:0a:1b:2c. Recopiez celle qu'affichent les réglages réseau de votre appareil."
    )


class ZeroMac(MacError):
    sentence = _l(
        "Cette adresse physique ne contient que des zéros : aucun appareil n'a celle-là. Recopiez "
        "celle qu'affichent les réglages réseau de votre appareil."
    )


class BroadcastMac(MacError):
    sentence = _l(
        "Cette adresse physique désigne tous les appareils du réseau à la fois. Recopiez celle "
        "qu'affichent les réglages réseau de votre appareil."
    )


class MulticastMac(MacError):
    sentence = _l(
        "Cette adresse physique désigne un groupe d'appareils : son deuxième caractère doit être "
        "0, 2, 4, 6, 8, a, c ou e. Vérifiez-la dans les réglages réseau de votre appareil."
    )


class ReservedMac(MacError):
    sentence = _l(
        "Cette adresse physique est celle d'un équipement de la résidence. Recopiez celle "
        "qu'affichent les réglages réseau de votre appareil."
    )


class VirtualRouterMac(MacError):
    sentence = _l(
        "Cette adresse physique est réservée aux équipements qui font fonctionner les réseaux. "
        "Recopiez celle qu'affichent les réglages réseau de votre appareil."
    )


class NoSuchRoom(IntrarezError):
    field = "room"
    sentence = _l("Il n'y a pas de chambre %(num)s dans la résidence.")


class RoomTaken(IntrarezError):
    """Someone lives there, as far as the site knows."""

    status = 409
    field = "room"
    sentence = _l("La chambre %(num)s est déjà prise par quelqu'un d'autre.")


class HasRoomAlready(IntrarezError):
    status = 409
    sentence = _l("Vous avez déjà la chambre %(num)s : rendez-la d'abord.")


class NoRoom(IntrarezError):
    status = 409
    sentence = _l("Vous n'avez pas de chambre.")


class StartsTooLate(IntrarezError):
    field = "start"
    sentence = _l("Le début de la location est aujourd'hui au plus tard.")


class EndsTooEarly(IntrarezError):
    field = "end"
    sentence = _l("La fin de la location est demain au plus tôt. Pour partir, rendez la chambre.")


class EndsBeforeStart(IntrarezError):
    field = "end"
    sentence = _l("La location ne peut pas finir avant d'avoir commencé.")


class LeavesTooLate(IntrarezError):
    field = "end"
    sentence = _l("Vous rendez la chambre aujourd'hui au plus tard.")


class NoAddressLeft(IntrarezError):
    status = 409
    sentence = _l("Il n'y a plus d'adresse libre dans la chambre %(num)s. Écrivez aux GRI.")


class KnownAlready(IntrarezError):
    field = "mac_address"
    sentence = _l("Cet appareil est déjà enregistré.")


class TooManyDevices(IntrarezError):
    status = 409
    sentence = _l("Vous avez déjà %(limit)s appareils : retirez-en un, ou écrivez aux GRI.")


class NoSuchDevice(IntrarezError, NotFound):
    sentence = _l("Cet appareil n'existe pas.")


class BannedOwner(IntrarezError):
    status = 409
    sentence = _l("Vos appareils ne peuvent pas être retirés tant que votre accès est suspendu.")


class StaleVersion(IntrarezError, Conflict):
    sentence = _l(
        "Cette page a été modifiée entre-temps. Voici les valeurs actuelles : "
        "vérifiez, puis enregistrez à nouveau."
    )


class NotAPlace(IntrarezError):
    """One cannot become a Rezident alone, here and now."""

    status = 409
    sentence = _l("Vous ne pouvez pas devenir Rezident depuis cet appareil. Écrivez aux GRI.")
