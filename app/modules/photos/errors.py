"""Why something is not done of photos."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound, TooMany
from app.integrations.photo_store import Trouble


class PhotoError(DomainError):
    """What was asked of photos is refused."""


class NoSuchPhoto(PhotoError, NotFound):
    sentence = _l("Cette photo n'existe pas, ou plus.")


class NoSuchCollection(PhotoError, NotFound):
    sentence = _l("Cette collection n'existe pas, ou plus.")


class StaleVersion(PhotoError, Conflict):
    sentence = _l("Quelqu'un d'autre vient de modifier cela : vérifiez, puis recommencez.")


class NameTaken(PhotoError, Conflict):
    field = "name"
    sentence = _l("Ce nom donne la même adresse que « %(other)s » : choisissez-en un autre.")


class AlbumNameTaken(NameTaken):
    field = "album_name"


class EndsTooEarly(PhotoError):
    field = "end"
    sentence = _l("La fin vient avant le début.")


class NameNotTyped(PhotoError):
    field = "confirm"
    sentence = _l("Ce n'est pas son nom : recopiez « %(name)s ».")


class AddressTaken(PhotoError, Conflict):
    field = "target"
    sentence = _l("« %(collection)s » a déjà un album à cette adresse : « %(other)s ».")


class DuplicatePhoto(PhotoError, Conflict):
    """The same bytes are in the album already: ``photo`` is what became of them."""

    sentence = _l("%(file)s est déjà dans l'album.")


class TooLarge(PhotoError):
    status = 413
    sentence = _l("%(file)s est trop gros : 100 000 000 octets au plus.")


class TooSmall(PhotoError):
    status = 400
    sentence = _l("%(file)s est trop petit pour une photo : 10 000 octets au moins.")


class WrongType(PhotoError):
    status = 415
    sentence = _l("%(file)s n'est pas une photo que le site accepte : JPEG, PNG, WebP, HEIC, GIF.")


class Unreadable(PhotoError):
    status = 400
    sentence = _l("%(file)s ne se lit pas : le fichier est abîmé, ou incomplet.")


class TooManyPixels(PhotoError):
    status = 400
    sentence = _l("%(file)s a trop de pixels : 100 millions au plus, et 20 000 de côté.")


class Animated(PhotoError):
    status = 415
    sentence = _l("%(file)s est animé : envoyez-en une image fixe.")


class TooSlow(PhotoError):
    status = 400
    sentence = _l("%(file)s est trop long à lire : enregistrez-le en JPEG, et recommencez.")


class ReadersBusy(DomainError):
    """Not a refusal of the photo: what came of it is kept, and asked again."""

    status = 503
    sentence = _l("Beaucoup de photos arrivent en ce moment : recommencez dans un instant.")


class UploadGone(PhotoError, NotFound):
    sentence = _l("Cet envoi n'existe plus : recommencez-le.")


class UploadBusy(PhotoError):
    """Another request writes to it."""

    status = 423
    sentence = _l("Cet envoi est déjà en cours, dans une autre page peut-être.")


class WrongOffset(PhotoError, Conflict):
    """What comes does not follow what came: ``offset`` is where to begin again."""

    sentence = _l("Cet envoi a été interrompu : il reprend là où il en était.")


class TooManyUploads(PhotoError, TooMany):
    sentence = _l("Vous avez trop d'envois inachevés : terminez-les, ou revenez demain.")


class NoSuchAlbum(PhotoError, NotFound):
    sentence = _l("Cet album n'existe pas, ou plus.")


class NotReady(PhotoError, Conflict):
    sentence = _l("%(file)s n'est pas encore prête : recommencez dans un instant.")


class Undated(PhotoError):
    sentence = _l("%(file)s n'a pas de date.")


class DatedTooFar(PhotoError):
    sentence = _l("Cette date est trop loin d'aujourd'hui.")


class MovedNowhere(PhotoError):
    field = "target"
    sentence = _l("Ces photos sont déjà dans cet album.")


class TooManyReports(PhotoError, TooMany):
    sentence = _l("Vous avez beaucoup signalé : recommencez dans une heure, ou écrivez aux GRI.")


class ReasonNeeded(PhotoError):
    field = "reason"
    sentence = _l("Dites pourquoi.")


class DecidedAlready(PhotoError, Conflict):
    sentence = _l("Quelqu'un a déjà décidé de ce signalement.")


class NoSuchReport(PhotoError, NotFound):
    sentence = _l("Ce signalement n'existe pas, ou plus.")


class NotTaggable(PhotoError):
    sentence = _l("%(who)s préfère qu'on ne dise pas qui est sur les photos.")


class NoSuchPerson(PhotoError, NotFound):
    sentence = _l("Cette personne n'existe pas, ou plus.")


class NotYourTag(PhotoError):
    status = 403
    sentence = _l("Ce nom est retiré par cette personne, ou par qui l'a mis.")


class Malformed(PhotoError):
    status = 400
    sentence = _l("Cette demande n'est pas compréhensible. Rechargez la page, et recommencez.")


class TooManyArchives(PhotoError, TooMany):
    sentence = _l("Une archive à la fois, et dix par heure : attendez la fin de la précédente.")


class FolderSuspicious(PhotoError):
    """The folder of the photos is not as it should be: nothing is done."""

    sentence = _l("%(why)s : rien n'a été fait.")


#: Why.
TROUBLES = {
    Trouble.missing: _l("Le dossier des photos n'est pas là"),
    Trouble.empty: _l("Le dossier des photos est vide, comme un disque qui n'est pas monté"),
    Trouble.unwritable: _l("Le site ne peut pas écrire dans le dossier des photos"),
}


class TooManyOrphans(FolderSuspicious):
    sentence = _l(
        "%(count)s fichiers ne sont à aucune photo : est-ce la bonne base de données ?"
        " Rien n'a été fait."
    )


class NothingToTake(PhotoError, NotFound):
    sentence = _l("Il n'y a rien à télécharger dans cet album.")


class ArchivesBusy(PhotoError):
    status = 503
    sentence = _l("Beaucoup de gens téléchargent des albums : réessayez dans quelques minutes.")


class TooMuchGone(FolderSuspicious):
    sentence = _l(
        "%(gone)s lignes sur %(total)s partiraient de %(table)s, plus de %(percent)s %% : rien n'a"
        " été fait. Si c'est voulu, redites-le avec --max-delete."
    )


class StillMoving(FolderSuspicious):
    sentence = _l(
        "Le site finit de déplacer ou de supprimer un album : rien n'a été fait, recommencez."
    )


class NoSource(FolderSuspicious):
    sentence = _l("%(path)s n'est pas un dossier plein de photos : rien n'a été fait.")


class WithinTheSite(FolderSuspicious):
    sentence = _l(
        "%(path)s est dans le dossier des photos du site, ou l'entoure : rien n'a été fait."
    )
