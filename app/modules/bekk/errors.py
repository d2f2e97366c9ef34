"""Why something is not done at the Bekk."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound
from app.integrations.photo_store import Trouble


class BekkError(DomainError):
    """What was asked of the Bekk is refused."""


class NoSuchBekk(BekkError, NotFound):
    sentence = _l("Ce numéro du Bekk n'existe pas.")


class StaleBekk(BekkError, Conflict):
    sentence = _l("Quelqu'un d'autre vient de modifier ce numéro : vérifiez, puis recommencez.")


class BekkIsReady(BekkError, Conflict):
    sentence = _l("Ce numéro est prêt, ou il le sera bientôt.")


# The directory of the files

TROUBLES = {
    Trouble.missing: _l("Le dossier des fichiers du Bekk n'est pas là"),
    Trouble.empty: _l(
        "Le dossier des fichiers du Bekk est vide, comme un disque qui n'est pas monté"
    ),
    Trouble.unwritable: _l("Le site ne peut pas écrire dans le dossier des fichiers du Bekk"),
}


class BekkFolderSuspicious(BekkError):
    status = 503
    sentence = _l("%(why)s. Rien n'est fait.")


class TooManyBekkFiles(BekkFolderSuspicious):
    sentence = _l(
        "%(count)s fichiers du Bekk n'iraient à rien : la base de données n'est sans doute pas"
        " celle de ce dossier. Rien n'est fait."
    )
