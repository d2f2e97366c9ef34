"""Why something is not done at Club Q."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound
from app.integrations.photo_store import Trouble


class ClubQError(DomainError):
    """What was asked of Club Q is refused."""


# What is not there


class NoSuchSeason(ClubQError, NotFound):
    sentence = _l("Cette saison n'existe pas.")


class NoSuchSpectacle(ClubQError, NotFound):
    sentence = _l("Ce spectacle n'existe pas.")


class NoSuchSalle(ClubQError, NotFound):
    sentence = _l("Cette salle n'existe pas.")


class NoSuchVoeu(ClubQError, NotFound):
    sentence = _l("Ce vœu n'existe pas.")


class NoSuchParticipant(ClubQError, NotFound):
    sentence = _l("Cette personne n'a rien demandé au Club Q.")


class NoSuchRun(ClubQError, NotFound):
    sentence = _l("Cette attribution n'existe pas.")


# What is announced, and the pages of the attribution


class FormHasOpened(ClubQError, Conflict):
    sentence = _l("Le formulaire des vœux a ouvert : les règles annoncées ne changent plus.")


class StaleRules(ClubQError, Conflict):
    sentence = _l("Quelqu'un d'autre vient de modifier cette saison : vérifiez, puis recommencez.")


class StaleParameters(ClubQError, Conflict):
    sentence = _l("Quelqu'un d'autre vient de modifier les bonus : vérifiez, puis recommencez.")


class NotPublished(ClubQError, NotFound):
    sentence = _l("Les données du tirage sont publiées avec l'attribution.")


# Runs, their adoption, publication, returns


class RunGoesOn(ClubQError, Conflict):
    sentence = _l("Un calcul est déjà en cours : attendez qu'il finisse, ou annulez-le.")


class OnlyComplement(ClubQError, Conflict):
    sentence = _l("L'attribution a été publiée : seules les places qui restent se partagent.")


class NothingToShare(ClubQError):
    sentence = _l("Personne n'a rien demandé pour cette saison.")


class RunOver(ClubQError, Conflict):
    sentence = _l("Ce calcul est déjà fini : il n'y a plus rien à annuler.")


class NotAdoptable(ClubQError, Conflict):
    sentence = _l("Cette attribution ne peut pas être adoptée : elle n'est pas terminée.")


class AlreadyAdopted(ClubQError, Conflict):
    sentence = _l("Cette attribution est déjà adoptée.")


class AnotherAdopted(ClubQError, Conflict):
    sentence = _l("Quelqu'un vient d'adopter une autre attribution : regardez-la d'abord.")


class InputChanged(ClubQError, Conflict):
    """What the run started from is not what there is: ``differences`` names what changed."""

    sentence = _l("Des vœux, des spectacles ou des places ont changé depuis : %(first)s")


class ReasonNeeded(ClubQError):
    field = "reason"
    sentence = _l("Ces règles ne sont pas celles annoncées : dites pourquoi, ce sera publié.")


class GapNotAccepted(ClubQError):
    field = "accepts_gap"
    sentence = _l("Le calcul a été arrêté par la limite de temps : confirmez que l'écart convient.")


class NotAdopted(ClubQError, Conflict):
    sentence = _l("Cette attribution n'est pas adoptée : il n'y a rien à défaire.")


class AlreadyPublished(ClubQError, Conflict):
    sentence = _l("L'attribution a été publiée : elle ne se défait plus.")


class ComplementFirst(ClubQError, Conflict):
    sentence = _l("Un partage de ce qui restait a été adopté depuis : défaites-le d'abord.")


class UndoDoesNotFit(ClubQError, Conflict):
    sentence = _l(
        "Ce que l'équipe a changé depuis ne laisse pas la place de revenir en arrière, pour :"
        " %(shows)s. Changez d'abord les places fixées à la main."
    )


class DiscontentMoves(ClubQError, Conflict):
    sentence = _l("Un mécontentement vient de changer : recommencez.")


class NothingToPublish(ClubQError, Conflict):
    sentence = _l("Il n'y a rien à publier : aucune attribution n'est adoptée.")


class HidingReasonNeeded(ClubQError):
    field = "reason"
    sentence = _l("Dites pourquoi vous masquez l'attribution.")


class ReturnClosed(ClubQError, Conflict):
    sentence = _l("Ces places ne peuvent plus être rendues.")


class NotSoMany(ClubQError):
    field = "places"
    sentence = _l("Vous pouvez rendre de 1 à %(places)s places.")


class AlreadyOffered(ClubQError, Conflict):
    sentence = _l("Vous proposez déjà de rendre des places de ce spectacle.")


class NothingOffered(ClubQError, Conflict):
    sentence = _l("Vous ne proposez plus de rendre ces places, ou quelqu'un les a déjà.")


class SeedIsFixed(ClubQError, Conflict):
    sentence = _l("Le formulaire des vœux a ouvert : la graine du tirage ne change plus.")


class SeedReasonNeeded(ClubQError):
    field = "reason"
    sentence = _l("Dites pourquoi vous changez la graine : ce sera publié.")


# The form of the wishes, and the page of someone


class WishesClosed(ClubQError, Conflict):
    sentence = _l("%(why)s Rien n'a été changé : vos vœux sont ceux qui suivent.")


class StaleWishes(ClubQError, Conflict):
    sentence = _l(
        "Vos vœux ont changé depuis, dans une autre fenêtre ou par l'équipe. Comparez avec ce qui"
        " est enregistré, puis enregistrez de nouveau pour garder ce que vous avez écrit ici."
    )


class WishesRefused(ClubQError):
    """What is wrong with which field is in its details."""

    sentence = _l("Rien n'est enregistré encore : corrigez ce qui suit.")


class StaleDiscontent(ClubQError, Conflict):
    sentence = _l("Ce mécontentement vient de changer : vérifiez, puis recommencez.")


# Wishes and grants that the team writes


class StaleWish(ClubQError, Conflict):
    sentence = _l("Ce vœu vient de changer : vérifiez, puis recommencez.")


class NoSuchReader(ClubQError):
    field = "pceen"
    sentence = _l(
        "Personne de ce nom n'a accès au Club Q. Écrivez son identifiant, tel que la liste le"
        " propose."
    )


class SameWishTwice(ClubQError, Conflict):
    field = "spectacle"
    sentence = _l("Cette personne a déjà un vœu pour ce spectacle.")


class ShowIsCancelled(ClubQError):
    field = "spectacle"
    sentence = _l("Ce spectacle est annulé : plus rien ne s'y demande ni ne s'y attribue.")


class MinimumAboveAsked(ClubQError):
    field = "places_minimum"
    sentence = _l("Le minimum ne dépasse pas le nombre de places demandées.")


class AskedBelowGranted(ClubQError):
    field = "places_demandees"
    sentence = _l("Ce vœu a déjà %(places)s places : diminuez-les d'abord.")


class GrantAboveAsked(ClubQError):
    field = "places_attribuees"
    sentence = _l("C'est plus que ce qui est demandé.")


class GrantAboveCapacity(ClubQError, Conflict):
    field = "places_attribuees"
    sentence = _l("Il ne reste que %(left)s places à ce spectacle.")


class GrantBelowOffered(ClubQError, Conflict):
    field = "places_attribuees"
    sentence = _l("%(places)s de ces places sont proposées à d'autres : gardez-les pour l'instant.")


class GrantedWish(ClubQError, Conflict):
    sentence = _l("Ce vœu a %(places)s places : mettez-les à 0 avant de le supprimer.")


# Mails to everybody


class NoSuchCampaign(ClubQError, NotFound):
    sentence = _l("Cet envoi n'existe pas.")


class MailsTooEarly(ClubQError, Conflict):
    sentence = _l("Les attributions ne sont pas publiées : personne n'en est prévenu encore.")


class SecondCampaign(ClubQError, Conflict):
    field = "confirm"
    sentence = _l(
        "Cette saison a déjà eu un envoi : pour écrire à tout le monde une fois de plus, recopiez"
        " son nom, « %(season)s »."
    )


class NobodyToMail(ClubQError):
    sentence = _l("Il n'y a personne à qui écrire.")


class NotSending(ClubQError, Conflict):
    sentence = _l("Cet envoi n'est pas en cours.")


class NothingToSend(ClubQError, Conflict):
    sentence = _l("Il ne reste rien à envoyer.")


class NothingToRetry(ClubQError, Conflict):
    sentence = _l("Aucun de ces mails n'a échoué.")


class NoAddressOfYours(ClubQError):
    sentence = _l("Votre compte n'a pas d'adresse e-mail : il n'y a pas où envoyer l'essai.")


# Shows, venues, seasons, pictures, options


class StaleClubQ(ClubQError, Conflict):
    sentence = _l("Quelqu'un d'autre vient de changer cela : vérifiez, puis recommencez.")


class SeasonNameTaken(ClubQError):
    field = "nom"
    sentence = _l("Une autre saison porte déjà ce nom.")


class SalleNameTaken(ClubQError):
    field = "nom"
    sentence = _l("Une autre salle porte déjà ce nom.")


class SalleInUse(ClubQError, Conflict):
    sentence = _l("Des spectacles se jouent dans cette salle : elle ne se supprime pas.")


class FewerThanGranted(ClubQError):
    field = "nb_tickets"
    sentence = _l("%(granted)s places sont déjà attribuées : %(holders)s.")


class ShowHasWishes(ClubQError, Conflict):
    field = "saison_id"
    sentence = _l("Des gens ont demandé ce spectacle : il ne change plus de saison.")


class ShowHasGrants(ClubQError, Conflict):
    sentence = _l("Des places de ce spectacle sont attribuées : annulez-le plutôt.")


class AlreadyCancelled(ClubQError, Conflict):
    sentence = _l("Ce spectacle est déjà annulé.")


class SentAlready(ClubQError):
    """A form that made something comes back unchanged: it makes nothing more."""

    sentence = _l("C'est déjà fait.")


class NotTyped(ClubQError):
    field = "confirm"
    sentence = _l("Recopiez le nom exact de la saison.")


TROUBLES = {
    Trouble.missing: _l("Le dossier des fichiers du Club Q n'est pas là"),
    Trouble.empty: _l(
        "Le dossier des fichiers du Club Q est vide, comme un disque qui n'est pas monté"
    ),
    Trouble.unwritable: _l("Le site ne peut pas écrire dans le dossier des fichiers du Club Q"),
}


class ClubQFolderSuspicious(ClubQError):
    status = 503
    sentence = _l("%(why)s. Rien n'est fait.")


class TooManyOrphans(ClubQFolderSuspicious):
    sentence = _l(
        "%(count)s images du Club Q n'iraient à rien : la base de données n'est sans doute pas"
        " celle de ce dossier. Rien n'est fait."
    )


# Brochures


class NoSuchBrochure(ClubQError, NotFound):
    sentence = _l("Cette plaquette n'existe pas.")


class BrochureIsReady(ClubQError, Conflict):
    sentence = _l("Cette plaquette est prête, ou elle le sera bientôt.")


class TooManyBrochureFiles(ClubQFolderSuspicious):
    sentence = _l(
        "%(count)s fichiers de plaquettes n'iraient à rien : la base de données n'est sans doute"
        " pas celle de ce dossier. Rien n'est fait."
    )
