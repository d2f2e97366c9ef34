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


class TakeOverRefused(IntrarezError):
    """A room that is someone's cannot be taken without the GRIs."""

    status = 409


class RentalTooRecent(TakeOverRefused):
    sentence = _l(
        "Quelqu'un a pris cette chambre il y a moins de %(days)s jours : le site ne la donne pas à "
        "quelqu'un d'autre si vite."
    )


class TakenOverTooOften(TakeOverRefused):
    sentence = _l(
        "Cette chambre a déjà changé de main %(times)s fois en %(days)s jours : le site ne la "
        "donne plus tout seul."
    )


class ClaimWaiting(TakeOverRefused):
    sentence = _l("Quelqu'un a déjà demandé aux GRI de décider pour cette chambre.")


class BannedApplicant(TakeOverRefused):
    sentence = _l("Votre accès à Internet est suspendu : vous ne pouvez pas prendre cette chambre.")


class AlreadyClaimed(IntrarezError):
    status = 409
    sentence = _l("Une demande attend déjà les GRI pour la chambre %(num)s.")


class RoomIsFree(IntrarezError):
    status = 409
    field = "room"
    sentence = _l("La chambre %(num)s est libre : prenez-la, il n'y a rien à demander.")


class NoSuchClaim(IntrarezError, NotFound):
    sentence = _l("Cette demande n'existe pas.")


class OwnClaim(IntrarezError):
    status = 403
    sentence = _l("On ne décide pas de sa propre demande.")


class ClaimDecided(IntrarezError, Conflict):
    sentence = _l("Cette demande a déjà eu sa réponse.")


class TheyHaveARoom(IntrarezError):
    status = 409
    sentence = _l("%(name)s a maintenant la chambre %(num)s : il faut d'abord la rendre.")


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


class TransferRefused(IntrarezError):
    """A device does not change hands."""

    status = 409


class NotHere(TransferRefused):
    sentence = _l("Un appareil se met à votre nom depuis cet appareil, connecté à la résidence.")


class MineAlready(TransferRefused):
    sentence = _l("Cet appareil est déjà à votre nom.")


class OwnerBanned(TransferRefused):
    sentence = _l("Cet appareil ne peut pas changer de main pour l'instant. Écrivez aux GRI.")


class RecipientBanned(TransferRefused):
    sentence = _l("Votre accès est suspendu : aucun appareil ne peut passer à votre nom.")


class TransferredTooOften(TransferRefused):
    sentence = _l("Cet appareil a déjà changé de main deux fois cette semaine. Écrivez aux GRI.")


class NotRandomised(IntrarezError):
    status = 409
    sentence = _l("Cet appareil n'est pas de ceux qui changent d'adresse. Enregistrez-le.")


class ReaddressedTooOften(IntrarezError):
    status = 409
    sentence = _l(
        "Vos appareils ont déjà changé d'adresse trois fois cette semaine. Désactivez l'adresse "
        "Wi-Fi privée pour ce réseau, ou écrivez aux GRI."
    )


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


class BanError(IntrarezError):
    """What was asked of a ban makes no sense."""


class LastsNoTime(BanError):
    field = "hours"
    sentence = _l("Dites combien de temps : une heure au moins, ou une durée indéterminée.")


class EndsInThePast(BanError):
    field = "ends_at"
    sentence = _l("Cette date est passée : choisissez-en une à venir, ou terminez la suspension.")


class BannedAlready(BanError):
    status = 409
    sentence = _l("Cette personne est déjà suspendue : %(reason)s. Modifiez cette suspension-là.")


class BansOneself(BanError):
    status = 403
    sentence = _l("On ne se suspend pas soi-même.")


class BansAGri(BanError):
    status = 403
    sentence = _l("Seul un GRI peut suspendre un GRI.")


class NoSuchBan(BanError, NotFound):
    sentence = _l("Cette suspension n'existe pas.")


class BanOver(BanError, Conflict):
    sentence = _l("Cette suspension est déjà terminée.")


class OfferError(IntrarezError):
    """The parent of what is refused about offers."""


class NoSuchOffer(OfferError, NotFound):
    sentence = _l("Cette offre n'existe pas.")


class OfferNotForSale(OfferError):
    field = "offer"
    sentence = _l("Cette offre n'est plus proposée : choisissez-en une autre.")


class OfferInUse(OfferError, Conflict):
    sentence = _l(
        "L'offre %(slug)s a déjà servi : son prix et sa durée ne changent plus. Désactivez-la, et "
        "créez-en une autre."
    )


class SlugTaken(OfferError, Conflict):
    field = "slug"
    sentence = _l("Une offre porte déjà ce nom court.")


class MalformedOffer(OfferError):
    sentence = _l(
        "L'offre %(slug)s est mal écrite : un nom court de 32 lettres minuscules, chiffres ou _, "
        "des noms de 64 caractères, un prix et une durée dans les bornes."
    )


class OfferTooShort(OfferError):
    field = "days"
    sentence = _l("Une offre dure un jour au moins.")


class WelcomeOfferFixed(OfferError):
    sentence = _l("L'offre de bienvenue ne s'achète pas, ne se donne pas, et reste active.")


class GiftWithoutReason(OfferError):
    field = "reason"
    sentence = _l("Dites pourquoi c'est offert.")


class PaidInTheFuture(OfferError):
    field = "day"
    sentence = _l("Cette date est à venir : choisissez aujourd'hui, ou un jour passé.")


class PaidTooLongAgo(OfferError):
    field = "day"
    sentence = _l("Cette date est trop ancienne : 366 jours au plus.")


class NotTheLatest(OfferError, Conflict):
    sentence = _l(
        "Un abonnement plus récent suit celui-ci : annulez d'abord le paiement %(payment)s."
    )


class OtherAmount(OfferError):
    field = "offer"
    sentence = _l(
        "Ce virement n'est pas au prix de cette offre : choisissez celle qui coûte ce montant, ou "
        "laissez la ligne de côté."
    )
