"""The collection that visitors open with a shared password (community 1.6)."""

from app.models import Album, Collection
from app.modules.photos.rules.access import Access

#: The name of its directory: the web server asks for the password below it.
DIRECTORY = "psl"


def is_behind_password(collection: Collection) -> bool:
    """Whether the web server asks for a password before it shows anything of a collection."""
    return collection.dir_name == DIRECTORY


def is_kept_back(album: Album, own: Access) -> bool:
    """Whether nothing of an album is shown elsewhere to someone.

    *own* is what they may do of themselves, without what everybody may.
    """
    return is_behind_password(album.collection) and not own.sees_album(album)
