"""The files of photos after a change: removed, moved, tidied (community 1.5)."""

import logging
import re
from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import PhotoState
from app.integrations.photo_store import (
    ARCHIVES,
    COVERS,
    INCOMING,
    PhotoStore,
    Place,
    StoredFile,
    Trouble,
)
from app.models import Album, Collection, Photo, PhotoUpload
from app.modules.photos.effects import MoveAlbum, RemoveFiles, SweepAlbum
from app.modules.photos.errors import TROUBLES, FolderSuspicious, NoSuchAlbum, TooManyOrphans
from app.modules.photos.service.locking import lock_or

logger = logging.getLogger(__name__)

#: How old a file that belongs to nobody has to be, in seconds: what is being done ends before.
AGE = 24 * 3600
#: So many of them, and that part of all: it is the database that is not the right one.
MANY, PART = 100, 0.2
#: The stem of a file that the site made.
_MADE = re.compile(r"[0-9a-f]{16,}")


def check_usable(session: Session, *, store: PhotoStore) -> None:
    """Refuse to go by what is missing from a directory that is not as it should be.

    Raises:
        FolderSuspicious: If it is missing, cannot be written, or is empty though there are photos.
    """
    trouble = store.trouble()
    published = sa.select(Photo.id).where(Photo.state == PhotoState.ready).limit(1)
    if trouble is Trouble.empty and session.scalars(published).first() is None:
        return
    if trouble is not None:
        raise FolderSuspicious(why=TROUBLES[trouble])


def remove(session: Session, *, wanted: RemoveFiles, store: PhotoStore) -> None:
    """Remove the files of photos that are gone from an album, and covers.

    Raises:
        FolderSuspicious: If the directory is not as it should be: it is tried again.
        NoSuchAlbum: If the album is being deleted: likewise.
    """
    check_usable(session, store=store)
    place = (wanted.collection, wanted.album)
    with transaction(session):
        if (key := _album_at(session, place)) is not None:
            # photos come back under its lock
            lock_or(session, session.get_one(Album, key), NoSuchAlbum)
        places = _places_of(session, wanted.file_names)
        for name in wanted.file_names:
            if name not in places:
                store.incoming(name.partition(".")[0]).unlink(missing_ok=True)
            if place not in places.get(name, ()):
                store.remove(place, name)
    for name in wanted.covers:
        if not _is_cover(session, name):
            store.cover(name).unlink(missing_ok=True)


def sweep(session: Session, *, wanted: SweepAlbum, store: PhotoStore) -> None:
    """Remove what is left in the directory of an album that is gone.

    Raises:
        FolderSuspicious: Likewise.
    """
    check_usable(session, store=store)
    place = (wanted.collection, wanted.album)
    store.sweep(place, keeps=_stems(session))
    if session.scalars(sa.select(Collection.id).filter_by(dir_name=wanted.collection)).first():
        return
    store.drop(store.base / wanted.collection)


def move(session: Session, *, wanted: MoveAlbum, store: PhotoStore) -> None:
    """Have the files of an album where it is, if whoever moved it was killed before.

    Raises:
        FolderSuspicious: Likewise.
    """
    check_usable(session, store=store)
    album = session.get(Album, wanted.album)
    source = (wanted.collection, wanted.directory)
    if album is None or place_of(album) == source:
        return
    if _album_at(session, source) is None:
        store.move_album(source, place_of(album))
        return
    # another album has taken the place: only what is this one's goes
    for name in session.scalars(sa.select(Photo.file_name).filter_by(album_id=album.id)):
        store.move_photo(source, place_of(album), name)


def place_of(album: Album) -> Place:
    """Where the files of an album are."""
    return album.collection.dir_name, album.dir_name


def tidy(session: Session, *, store: PhotoStore) -> int:
    """Remove the files that belong to nobody for a day; return how many.

    What people put there by hand has other names, and waits for ``flask photos sync``.

    Raises:
        FolderSuspicious: If the directory is not as it should be, or if they are too many.
    """
    check_usable(session, store=store)
    before = clock.now().timestamp() - AGE
    listed = _all_files(store)  # first: the rows of what comes meanwhile are read after
    stems = _stems(session)
    orphans = [
        file
        for file in listed
        if _MADE.fullmatch(file.stem) and file.stem not in stems and file.changed_at < before
    ]
    if len(orphans) > max(MANY, len(listed) * PART):
        raise TooManyOrphans(count=len(orphans))
    orphans += _strays(session, store, before)
    for file in orphans:
        logger.info("%s belongs to no photo: removed", file.path.relative_to(store.base))
        file.path.unlink(missing_ok=True)
    return len(orphans)


def _all_files(store: PhotoStore) -> list[StoredFile]:
    """The files of all albums."""
    return [file for place in store.places() for file in store.album_files(place)]


def _strays(session: Session, store: PhotoStore, before: float) -> list[StoredFile]:
    """What nobody waits for among the covers, and in what is not published."""
    found = {name: [*store.files(store.base / name)] for name in (COVERS, INCOMING, ARCHIVES)}
    kept = {COVERS: _covers(session), INCOMING: incoming_names(session), ARCHIVES: frozenset[str]()}
    return [
        file
        for name, files in found.items()
        for file in files
        if file.path.name not in kept[name] and file.changed_at < before
    ]


def incoming_names(session: Session) -> frozenset[str]:
    """The names of what is being sent, and of what waits to be prepared."""
    names = session.scalars(sa.select(Photo.file_name).where(Photo.state != PhotoState.ready))
    tokens = session.scalars(sa.select(PhotoUpload.token)).all()
    return frozenset(name.partition(".")[0] for name in names).union(tokens)


def _covers(session: Session) -> frozenset[str]:
    stmt = sa.select(Photo.cover_name).where(Photo.cover_name.is_not(None))
    return frozenset(name for name in session.scalars(stmt) if name)


def _is_cover(session: Session, name: str) -> bool:
    return session.scalars(sa.select(Photo.id).filter_by(cover_name=name)).first() is not None


def _stems(session: Session) -> frozenset[str]:
    """The stems of all photos, wherever they are: an album may be on its way."""
    names = session.scalars(sa.select(Photo.file_name))
    return frozenset(name.partition(".")[0] for name in names)


def _places_of(session: Session, names: Sequence[str]) -> dict[str, set[Place]]:
    """Where the photos of these names are, those that there are."""
    stmt = (
        sa.select(Photo.file_name, Collection.dir_name, Album.dir_name)
        .join(Photo.album)
        .join(Album.collection)
        .where(Photo.file_name.in_(names))
    )
    found: dict[str, set[Place]] = defaultdict(set)
    for name, collection, album in session.execute(stmt):
        found[name].add((collection, album))
    return found


def _album_at(session: Session, place: Place) -> int | None:
    stmt = sa.select(Album.id).join(Album.collection).where(_is_at(place))
    return session.scalars(stmt).one_or_none()


def _is_at(place: Place) -> sa.ColumnElement[bool]:
    return sa.and_(Collection.dir_name == place[0], Album.dir_name == place[1])
