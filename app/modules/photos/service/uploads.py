"""Photos that are sent: looked at, then written down.

A file that arrives has, from its first byte, the name of the photo that it may become. So the one
commit that writes its row makes a photo of it: killed before, there is a file that belongs to
nobody, which the janitor removes; killed after, there is all of it.
"""

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.files import sync
from app.integrations import images
from app.integrations.images import Facts, ImageRefused
from app.models import Album, PCeen, Photo, audit, defer
from app.modules.photos.choices import PHOTOS_KEEP_GPS
from app.modules.photos.effects import PreparePhoto
from app.modules.photos.errors import (
    Animated,
    DuplicatePhoto,
    NoSuchAlbum,
    PhotoError,
    ReadersBusy,
    TooManyPixels,
    TooSlow,
    Unreadable,
    WrongType,
)
from app.modules.photos.rules.uploads import check_size, cleaned_words

#: What is said of a picture that cannot be taken.
_REFUSALS: dict[type[ImageRefused], type[PhotoError]] = {
    images.UnknownType: WrongType,
    images.Undecodable: Unreadable,
    images.TooManyPixels: TooManyPixels,
    images.Animated: Animated,
    images.TooSlow: TooSlow,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A file that came whole, where files arrive."""

    path: Path
    #: What it is called by who sent it, cleaned.
    name: str
    size: int
    sha256: str


def new_stem() -> str:
    """The name of a file that arrives, and that of its photo without its suffix."""
    return secrets.token_hex(8)


def arrived(path: Path, *, name: str) -> Arrived:
    """What came in a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Arrived(path=path, name=name, size=file.tell(), sha256=digest)


def look(session: Session, *, album: Album, file: Arrived) -> Facts:
    """See whether a file may become a photo of an album, and what it says of itself.

    It is decoded, which takes a while: no transaction runs meanwhile.

    Raises:
        PhotoError: If it may not.
        ReadersBusy: If too many are being looked at.
    """
    check_size(file.size, file=file.name)
    if (same := _same(session, album.id, file)) is not None:
        raise _duplicate(same, file)
    session.rollback()
    try:
        return images.inspect(file.path)
    except ImageRefused as refusal:
        raise _REFUSALS[type(refusal)](file=file.name) from refusal
    except images.Busy as busy:
        raise ReadersBusy(seconds=5) from busy


def add(
    session: Session, *, album_id: int, actor: PCeen | None, file: Arrived, facts: Facts
) -> Photo:
    """Make a photo of a file that was looked at; the worker publishes it.

    Raises:
        DuplicatePhoto: If the album has it already.
        NoSuchAlbum: If the album is gone meanwhile.
    """
    sync(file.path)
    sync(file.path.parent)
    photo = Photo(
        album_id=album_id,
        file_name=f"{file.path.name}{images.SUFFIXES[facts.format]}",
        original_name=file.name,
        sha256=file.sha256,
        width=facts.width,
        height=facts.height,
        author_str=cleaned_words(facts.author, longest=Photo.AUTHOR),
        caption=cleaned_words(facts.caption, longest=Photo.CAPTION),
        uploader_id=actor.id if actor is not None else None,
    )
    photo.date(facts.timestamp)
    if PHOTOS_KEEP_GPS.get(session):
        photo.lat, photo.lng = facts.lat, facts.lng
    _insert(session, photo, file)
    defer(session, PreparePhoto(photo=photo.id))
    audit(session, "photos.photo.add", photo, after={"name": file.name, "album": album_id})
    return photo


def _insert(session: Session, photo: Photo, file: Arrived) -> None:
    """Write a photo; of several that send the same at once, the database takes one."""
    album_id = photo.album_id
    try:
        with session.begin_nested():
            session.add(photo)
    except IntegrityError as broken:
        same = _same(session, album_id, file)
        raise (_duplicate(same, file) if same is not None else NoSuchAlbum()) from broken


def _same(session: Session, album_id: int, file: Arrived) -> Photo | None:
    stmt = sa.select(Photo).filter_by(album_id=album_id, sha256=file.sha256)
    return session.scalars(stmt).one_or_none()


def _duplicate(same: Photo, file: Arrived) -> DuplicatePhoto:
    return DuplicatePhoto(file=file.name, photo=same)
