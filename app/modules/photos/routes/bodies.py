"""What scripts send about a photo: JSON, read with care."""

from collections.abc import Mapping
from typing import Any

from flask import abort, request

from app.extensions import db
from app.models import Album, PCeen, Photo
from app.modules.photos.errors import Malformed, NoSuchPerson, NoSuchPhoto
from app.modules.photos.queries import photos as reading
from app.modules.photos.queries.photos import Shown
from app.modules.photos.routes.loading import access, album_called

_LARGEST = 2**31 - 1


def body() -> dict[str, Any]:
    """The object that a script sent.

    Raises:
        Malformed: If it is none.
    """
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise Malformed
    return sent


def text(sent: Mapping[str, Any], name: str) -> str:
    """A text of what was sent.

    Raises:
        Malformed: If it is not there, or is no text.
    """
    found = sent.get(name)
    if not isinstance(found, str) or not found or len(found) > 1000 or "\x00" in found:
        raise Malformed
    return found


def number(sent: dict[str, Any], name: str) -> int:
    """A number of what was sent.

    Raises:
        Malformed: If it is not there, or is no number.
    """
    found = sent.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= _LARGEST:
        raise Malformed
    return found


def writes(album: Album) -> bool:
    """Whether the visitor is in charge of an album."""
    return access().writes.has_album(album)


def photo_sent(sent: dict[str, Any]) -> Photo:
    """The photo that a script speaks of, for who may see it; else a 404.

    Raises:
        Malformed, NoSuchPhoto: If it is none.
    """
    access()
    names = {name: text(sent, name) for name in ("collection", "album")}
    file_name = text(sent, "photo")
    album = album_called(**names)
    found = reading.named(db.session(), Shown(album=album, writes=writes(album)), [file_name])
    if not found:
        raise NoSuchPhoto
    return found[0]


def photo_called(collection: str, album: str, stem: str) -> Photo:
    """The photo of an address, for who may see it; else a 404.

    Raises:
        NoSuchPhoto: If there is none.
    """
    found = album_called(collection, album)
    return reading.with_stem(db.session(), Shown(album=found, writes=writes(found)), stem)


def person(key: int) -> PCeen:
    """Someone, by their number.

    Raises:
        NoSuchPerson: If there is nobody.
    """
    found = db.session.get(PCeen, key)
    if found is None or found.is_erased:
        raise NoSuchPerson
    return found


def asked_person(text: str | None) -> PCeen:
    """Someone, by the number that a form sent: else a 400."""
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 10):
        abort(400)
    return person(int(text))
