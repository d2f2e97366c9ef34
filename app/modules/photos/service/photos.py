"""Changing the photos of an album: one, or many at once."""

import enum
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import PhotoState
from app.models import Album, PCeen, Photo, PhotoReport, audit, defer
from app.modules.photos.effects import ConcealPhoto, RemoveFiles, RotatePhoto
from app.modules.photos.errors import (
    DatedTooFar,
    DuplicatePhoto,
    MovedNowhere,
    NoSuchAlbum,
    NoSuchPhoto,
    NotReady,
    PhotoError,
    StaleVersion,
    Undated,
)
from app.modules.photos.queries import named as queries
from app.modules.photos.service import counts
from app.modules.photos.service.locking import lock_or

#: The years of photos: from that of the first one, to one that nobody here will see.
YEARS = range(1826, 2201)


class Same(enum.Enum):
    """What is left as it is."""

    same = enum.auto()


SAME: Literal[Same.same] = Same.same
Unchanged: TypeAlias = Literal[Same.same]


@dataclass(frozen=True, slots=True)
class Author:
    """Who took a photo: an account, or a name; neither is nobody known."""

    pceen: PCeen | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a photo is to say from now on."""

    caption: str | Unchanged | None = SAME
    author: Author | Unchanged = SAME
    timestamp: datetime | Unchanged | None = SAME
    #: Degrees of latitude and longitude.
    lat: float | Unchanged | None = SAME
    lng: float | Unchanged | None = SAME


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo of many."""

    name: str
    #: Why nothing was done of it; ``None`` when it was.
    refusal: PhotoError | None = None
    #: What it will be called, once the worker has done the rest.
    new_name: str | None = None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of many photos."""

    each: Sequence[Outcome]
    #: Whether nothing is left to show of their album, which is hidden then.
    album_hidden: bool = False


#: Changes a photo that is locked, and returns the name that it will have if it gets another;
#: raises why it does not.
Act: TypeAlias = Callable[[Session, Photo], str | None]


def edit(
    session: Session, *, album: Album, name: str, wanted: Wanted, version: int
) -> tuple[Photo, bool]:
    """Change what a photo says; return it, and whether its album is hidden from now on.

    Raises:
        NoSuchPhoto: If there is none of that name.
        StaleVersion: If someone else has changed it meanwhile.
    """
    lock_or(session, album, NoSuchAlbum)
    photo = _locked(session, album, name)
    if photo.version != version:
        raise StaleVersion
    before = _said(photo)
    _write(photo, wanted)
    if _said(photo) == before:
        return photo, False
    photo.version += 1
    audit(session, "photos.photo.change", photo, before=before, after=_said(photo))
    return photo, counts.refresh(session, album)


def star(session: Session, *, album: Album, name: str) -> bool:
    """Have a photo give its cover to its album, and no other; return whether it did already.

    Raises:
        NoSuchPhoto: If there is none of that name.
    """
    lock_or(session, album, NoSuchAlbum)
    photo = _locked(session, album, name)
    if photo.featured:
        return True
    former = sa.select(Photo).where(Photo.featured_of == album.id)
    for other in session.scalars(former).all():
        other.featured_of = None
    session.flush()  # one photo at most: the former goes before the next comes
    photo.featured_of = album.id
    audit(session, "photos.photo.feature", photo, after={"album": album.id})
    counts.refresh(session, album)
    return False


def delete(session: Session, *, album: Album, names: Sequence[str]) -> Outcomes:
    """Delete photos: all of them, or none; the worker removes their files.

    Raises:
        NoSuchPhoto: If one is not there.
    """
    lock_or(session, album, NoSuchAlbum)
    photos = _all(session, album, names)
    files = RemoveFiles(
        collection=album.collection.dir_name,
        album=album.dir_name,
        file_names=[photo.file_name for photo in photos],
        covers=[photo.cover_name for photo in photos if photo.cover_name],
    )
    before = {"names": [photo.original_name for photo in photos], "files": files.file_names}
    audit(session, "photos.photo.delete", album, before=before)
    for photo in photos:
        session.delete(photo)
    defer(session, files)
    return Outcomes([Outcome(name) for name in names], counts.refresh(session, album))


@dataclass(frozen=True, slots=True)
class Transfer:
    """Photos whose files get another name, or another place."""

    #: The directories of a collection and of an album.
    before: tuple[str, str]
    after: tuple[str, str]
    #: The names of their files, before and after.
    names: Mapping[str, str]


def move(
    session: Session,
    *,
    album: Album,
    target: Album,
    names: Sequence[str],
    link: Callable[[Transfer], None],
) -> Outcomes:
    """Move photos to another album: all of them, or none.

    *link* gives their files a second name there before this is committed, and the worker removes
    the first one after: killed at any moment, a photo has its files where its row says.

    Raises:
        NoSuchPhoto: If one is not there.
        MovedNowhere: If they are there already.
        NotReady: If one is not prepared yet, or its file is not there: its album is on its way.
        DuplicatePhoto: If *target* has one of them.
    """
    if target.id == album.id:
        raise MovedNowhere
    for one in sorted((album, target), key=lambda each: each.id):
        lock_or(session, one, NoSuchAlbum)
    photos = _all(session, album, names)
    for photo in photos:
        if photo.state is not PhotoState.ready:
            raise NotReady(file=photo.original_name)
    for same in queries.same_in(session, target, photos):
        raise DuplicatePhoto(file=same.original_name, photo=same)
    where = Transfer(
        before=(album.collection.dir_name, album.dir_name),
        after=(target.collection.dir_name, target.dir_name),
        names={photo.file_name: photo.file_name for photo in photos},
    )
    for photo in photos:
        photo.album_id, photo.featured_of, photo.cover_of = target.id, None, None
        photo.version += 1
    session.flush()
    keys = [photo.id for photo in photos]
    theirs = sa.update(PhotoReport).where(PhotoReport.photo_id.in_(keys))
    session.execute(theirs.values(album_id=target.id))
    audit(
        session,
        "photos.photo.move",
        album,
        before={"album": album.id, "files": list(where.names)},
        after={"album": target.id},
    )
    is_over = counts.refresh(session, album)
    counts.refresh(session, target)
    collection, directory = where.before
    defer(session, RemoveFiles(collection, directory, list(where.names), []))
    try:
        link(where)
    except FileNotFoundError as lacking:  # its row must not leave before it
        named = {photo.file_name: photo.original_name for photo in photos}
        raise NotReady(file=named.get(Path(lacking.filename).name, names[0])) from lacking
    return Outcomes([Outcome(name) for name in names], is_over)


def change_all(
    session: Session, *, album: Album, names: Sequence[str], action: str, act: Act
) -> Outcomes:
    """Do the same to many photos; each is done, or not, by itself.

    *action* is what the audit calls it.
    """
    lock_or(session, album, NoSuchAlbum)
    found = queries.photos_named(session, album, names)
    outcomes = [_outcome(session, found, name, act) for name in names]
    done = [outcome.name for outcome in outcomes if outcome.refusal is None]
    if not done:
        return Outcomes(outcomes)
    audit(session, f"photos.photo.{action}", album, after={"files": done})
    return Outcomes(outcomes, counts.refresh(session, album))


def _outcome(session: Session, found: dict[str, Photo], name: str, act: Act) -> Outcome:
    try:
        if name not in found:
            raise NoSuchPhoto
        new_name = act(session, found[name])
    except PhotoError as refusal:
        return Outcome(name, refusal)
    return Outcome(name, new_name=new_name)


def saying(wanted: Wanted) -> Act:
    """Have photos say the same."""

    def act(_session: Session, photo: Photo) -> str | None:
        _write(photo, wanted)
        photo.version += 1
        return None

    return act


def shifting(minutes: int) -> Act:
    """Have photos be later by so many minutes: for a camera whose clock was wrong."""

    def act(_session: Session, photo: Photo) -> str | None:
        if photo.timestamp is None:
            raise Undated(file=photo.original_name)
        later = photo.timestamp + timedelta(minutes=minutes)
        if later.year not in YEARS:
            raise DatedTooFar
        photo.date(later)
        photo.version += 1
        return None

    return act


def showing(*, hidden: bool) -> Act:
    """Hide photos from who only reads the album, or show them."""

    def act(session: Session, photo: Photo) -> str | None:
        return show(session, photo, hidden=hidden)

    return act


def show(session: Session, photo: Photo, *, hidden: bool) -> str | None:
    """Hide a photo that is locked, or show it; return the name that it will have, if another."""
    if photo.hidden == hidden:
        return None
    photo.hidden = hidden
    photo.version += 1
    if not hidden or photo.state is not PhotoState.ready:
        return None
    new_name = f"{secrets.token_hex(8)}.{photo.file_name.rpartition('.')[2]}"
    defer(session, ConcealPhoto(photo=photo.id, file_name=photo.file_name, new_name=new_name))
    return new_name


def turning(degrees: int) -> Act:
    """Have the worker turn photos, clockwise."""

    def act(session: Session, photo: Photo) -> str | None:
        if photo.state is not PhotoState.ready:
            raise NotReady(file=photo.original_name)
        wanted = RotatePhoto(photo=photo.id, degrees=degrees, file_name=photo.file_name)
        defer(session, wanted)
        return turned_name(wanted.file_name, degrees)

    return act


def turned_name(file_name: str, degrees: int) -> str:
    """What a photo is called once turned: the same each time, so that nothing is left behind."""
    suffix = file_name.partition(".")[2]
    digest = hashlib.sha256(f"{file_name} {degrees}".encode()).hexdigest()
    return f"{digest[:16]}.{suffix}"


def _locked(session: Session, album: Album, name: str) -> Photo:
    found = queries.photos_named(session, album, [name])
    if name not in found:
        raise NoSuchPhoto
    return found[name]


def _all(session: Session, album: Album, names: Sequence[str]) -> list[Photo]:
    """All these photos, locked."""
    found = queries.photos_named(session, album, names)
    if any(name not in found for name in names):
        raise NoSuchPhoto
    return [found[name] for name in dict.fromkeys(names)]


def _write(photo: Photo, wanted: Wanted) -> None:
    """Write what is wanted of a photo."""
    if wanted.caption is not SAME:
        photo.caption = wanted.caption
    if wanted.author is not SAME:
        pceen = wanted.author.pceen
        photo.author_id = pceen.id if pceen else None
        photo.author_str = None if pceen else wanted.author.name
    if wanted.timestamp is not SAME:
        photo.date(wanted.timestamp)
    if wanted.lat is not SAME:
        photo.lat = wanted.lat
    if wanted.lng is not SAME:
        photo.lng = wanted.lng


def _said(photo: Photo) -> dict[str, Any]:
    """What the audit keeps of what a photo says."""
    return {
        "caption": photo.caption,
        "author_id": photo.author_id,
        "author_str": photo.author_str,
        "timestamp": photo.timestamp.isoformat() if photo.timestamp else None,
        "has_place": photo.lat is not None,
    }
