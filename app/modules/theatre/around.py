"""What this installation brings to the theatre club."""

from typing import cast

from flask import current_app

from app.context import current
from app.enums import PermissionScope, PermissionType
from app.integrations.folders import TheatreFiles
from app.models import Saison, Spectacle

#: Where posters are, for everybody.
POSTERS = "/theatre_posters"


def manages() -> bool:
    """Whether the visitor is of the team of the theatre club."""
    return current.has_permission(PermissionType.write, PermissionScope.theatre)


def store() -> TheatreFiles:
    """Where the posters are."""
    return cast(TheatreFiles, current_app.extensions["theatre_files"])


def poster_url(about: Saison | Spectacle) -> str | None:
    """Where the poster of a season or a play is, if it has one: everybody may see it."""
    place = about.id if isinstance(about, Saison) else about.saison_id
    return f"{POSTERS}/saison_{place}/{about.poster}" if about.poster else None
