"""Why something is not done of the banners."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound
from app.integrations.photo_store import Trouble


class BannersError(DomainError):
    """What was asked of the banners is refused."""


# What is not there


class NoSuchBanner(BannersError, NotFound):
    sentence = _l("Cette bannière n'existe pas.")


class NoSuchPreset(BannersError, NotFound):
    sentence = _l("Ce style n'existe pas.")


# What the team changes


class StaleBanners(BannersError, Conflict):
    sentence = _l("Quelqu'un d'autre vient de modifier cela : vérifiez, puis recommencez.")


class SentAlready(BannersError, Conflict):
    """The very form was sent twice: what it made is there, and nothing more is."""

    sentence = _l("C'est déjà enregistré.")


class PresetIsGone(BannersError):
    field = "preset"
    sentence = _l("Ce style vient d'être supprimé : choisissez-en un autre.")


class PresetNameTaken(BannersError, Conflict):
    field = "name"
    sentence = _l("Un autre style porte ce nom.")


class PictureNeeded(BannersError):
    field = "image"
    sentence = _l("Une bannière en image a besoin d'une image.")


class AltTextNeeded(BannersError):
    field = "alt_text"
    sentence = _l("Décrivez l'image pour qui ne la voit pas.")


class LinkOrFile(BannersError):
    field = "link_url"
    sentence = _l("Un lien ou un fichier joint, pas les deux : retirez l'un des deux.")


class EndsBeforeItBegins(BannersError):
    field = "shown_until"
    sentence = _l("La fin vient avant le début.")


class NotTheBanners(BannersError):
    """An order that is not one of the banners that there are."""

    status = 400
    sentence = _l("Les bannières ont changé : rechargez la page.")


# Files

TROUBLES = {
    Trouble.missing: _l("Le dossier des bannières n'est pas là"),
    Trouble.empty: _l("Le dossier des bannières est vide, comme un disque qui n'est pas monté"),
    Trouble.unwritable: _l("Le site ne peut pas écrire dans le dossier des bannières"),
}


class BannersFolderSuspicious(BannersError):
    status = 503
    sentence = _l("%(why)s. Rien n'est fait.")


class TooManyFiles(BannersFolderSuspicious):
    sentence = _l(
        "%(count)s fichiers n'iraient à rien : la base de données n'est sans doute pas celle de ce"
        " dossier. Rien n'est fait."
    )
