"""Why something is not done at the theatre club."""

from flask_babel import lazy_gettext as _l

from app.core.errors import Conflict, DomainError, NotFound
from app.integrations.photo_store import Trouble


class TheatreError(DomainError):
    """What was asked of the theatre club is refused."""


# What is not there


class NoSuchSaison(TheatreError, NotFound):
    sentence = _l("Cette saison n'existe pas.")


class NoSuchPlay(TheatreError, NotFound):
    sentence = _l("Ce spectacle n'existe pas.")


class NoSuchRepresentation(TheatreError, NotFound):
    sentence = _l("Cette représentation n'existe pas.")


# What the team changes


class StaleTheatre(TheatreError, Conflict):
    sentence = _l("Quelqu'un d'autre vient de modifier cela : vérifiez, puis recommencez.")


class SentAlready(TheatreError, Conflict):
    """The very form was sent twice: what it made is there, and nothing more is."""

    sentence = _l("C'est déjà enregistré.")


class SameRepresentation(TheatreError, Conflict):
    field = "time"
    sentence = _l("Ce spectacle est déjà joué à cet instant.")


class NoPicture(TheatreError):
    field = "image"
    sentence = _l("Choisissez un fichier.")


# Posters


TROUBLES = {
    Trouble.missing: _l("Le dossier des affiches du club théâtre n'est pas là"),
    Trouble.empty: _l(
        "Le dossier des affiches du club théâtre est vide, comme un disque qui n'est pas monté"
    ),
    Trouble.unwritable: _l("Le site ne peut pas écrire dans le dossier des affiches"),
}


class TheatreFolderSuspicious(TheatreError):
    status = 503
    sentence = _l("%(why)s. Rien n'est fait.")


class TooManyPosters(TheatreFolderSuspicious):
    sentence = _l(
        "%(count)s affiches n'iraient à rien : la base de données n'est sans doute pas celle de ce"
        " dossier. Rien n'est fait."
    )
