"""Whether rows, files and counts say the same (community 2.7)."""

import enum
import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock, transaction
from app.enums import PhotoState
from app.integrations import images
from app.integrations.photo_store import COVERS, INCOMING, LARGE, THUMBS, PhotoStore, Place
from app.models import Album, Collection, Photo
from app.modules.photos.service import counts, files

#: What the janitor, who comes every hour, may still have to do; in seconds.
_HOUR = 3600
#: Of what is published.
_SUFFIXES = frozenset(images.SUFFIXES.values())
#: Told how many albums of how many were looked at.
Tick = Callable[[int, int], object]


class Fault(enum.StrEnum):
    """What may be wrong."""

    missing = "no file"
    size = "not of the size that was written"
    preview = "no preview"
    cover = "no cover"
    incoming = "received, and no longer there"
    digest = "not what was received"
    orphan = "belongs to no photo"
    elsewhere = "belongs to a photo of another album"
    counts = "count or cover is wrong"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong, and where."""

    where: str
    fault: Fault
    #: Whether it has just been repaired.
    is_fixed: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.fault}{' (repaired)' if self.is_fixed else ''}"


class _NotToKeep(Exception):
    """What was tried is undone."""


def verify(
    session: Session, *, store: PhotoStore, fixes: bool = False, tick: Tick = lambda *_: None
) -> Iterator[Finding]:
    """Compare what the database says with the directory, one album after the other.

    With *fixes*, counts and covers are repaired.

    Raises:
        FolderSuspicious: If the directory is not as it should be.
    """
    files.check_usable(session, store=store)
    albums = dict(_albums(session))
    session.rollback()
    places = sorted({*albums, *store.places()})
    for done, place in enumerate(places):
        tick(done, len(places))
        yield from _twice(session, partial(_of_place, session, store, place))
        if place in albums and not _counts_well(session, albums[place], fixes=fixes):
            yield Finding("/".join(place), Fault.counts, is_fixed=fixes)
    yield from _twice(session, partial(_apart, session, store))
    tick(len(places), len(places))


def _albums(session: Session) -> Iterator[tuple[Place, int]]:
    stmt = sa.select(Collection.dir_name, Album.dir_name, Album.id).join(Album.collection)
    for collection, album, key in session.execute(stmt):
        yield (collection, album), key


def _twice(session: Session, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What is found twice: photos come and go while one looks."""
    found = set(look())
    session.rollback()
    if found:
        found &= set(look())
        session.rollback()
    yield from sorted(found)


def _of_place(session: Session, store: PhotoStore, place: Place) -> Iterator[Finding]:
    """What is wrong with the files of an album, or of a directory that is none."""
    stmt = (
        sa.select(Photo.file_name, Photo.size)
        .join(Photo.album)
        .join(Album.collection)
        .where(Collection.dir_name == place[0], Album.dir_name == place[1])
        .where(Photo.state == PhotoState.ready)
    )
    directory = store.base.joinpath(*place)
    found = {file.path.relative_to(directory): file.size for file in store.album_files(place)}
    expected: set[Path] = set()
    for name, size in session.execute(stmt):
        stem = name.partition(".")[0]
        previews = [Path(part, f"{stem}.webp") for part in (LARGE, THUMBS)]
        expected.update((Path(name), *previews))
        if Path(name) not in found:
            yield _finding(place, name, Fault.missing)
        elif size is not None and found[Path(name)] != size:
            yield _finding(place, name, Fault.size)
        for preview in previews:
            if preview not in found:
                yield _finding(place, preview, Fault.preview)
    yield from _unexpected(session, place, found.keys() - expected)


def _unexpected(session: Session, place: Place, paths: set[Path]) -> Iterator[Finding]:
    """What is there, and belongs to no photo of that album."""
    if not paths:
        return
    names = {path: path.name.partition(".")[0] for path in paths}
    likely = [f"{stem}{suffix}" for stem in set(names.values()) for suffix in _SUFFIXES]
    known: set[str] = set()
    for first in range(0, len(likely), 500):
        stmt = sa.select(Photo.file_name).where(Photo.file_name.in_(likely[first : first + 500]))
        known.update(name.partition(".")[0] for name in session.scalars(stmt))
    for path, stem in names.items():
        yield _finding(place, path, Fault.elsewhere if stem in known else Fault.orphan)


def _finding(place: Place, path: Path | str, fault: Fault) -> Finding:
    return Finding(f"{place[0]}/{place[1]}/{path}", fault)


def _apart(session: Session, store: PhotoStore) -> Iterator[Finding]:
    """What is wrong with the covers, and with what is not published yet."""
    covers = {file.path.name for file in store.files(store.base / COVERS)}
    named = set(session.scalars(sa.select(Photo.cover_name).where(Photo.cover_name.is_not(None))))
    yield from (Finding(f"{COVERS}/{name}", Fault.cover) for name in named - covers)
    yield from (Finding(f"{COVERS}/{name}", Fault.orphan) for name in covers - named)
    arrived = {file.path.name: file.changed_at for file in store.files(store.base / INCOMING)}
    incoming = arrived.keys()
    stmt = sa.select(Photo.file_name, Photo.sha256).where(Photo.state == PhotoState.pending)
    for name, sha256 in session.execute(stmt):
        stem = name.partition(".")[0]
        if stem not in incoming:
            yield Finding(f"{INCOMING}/{stem}", Fault.incoming)
        elif _digest(store.incoming(stem)) != sha256:
            yield Finding(f"{INCOMING}/{stem}", Fault.digest)
    # what is being done, or was cut, is no fault: the janitor takes it away in time
    late = clock.now().timestamp() - files.AGE - _HOUR
    unknown = incoming - files.incoming_names(session)
    unknown = {name for name in unknown if arrived[name] < late}
    yield from (Finding(f"{INCOMING}/{name}", Fault.orphan) for name in unknown)


def _digest(path: Path) -> str | None:
    """The digest of a file; ``None`` if it has gone."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _counts_well(session: Session, key: int, *, fixes: bool) -> bool:
    """Whether counting again changes nothing of an album; what changes is kept if it *fixes*."""
    was_right = True
    with suppress(_NotToKeep), transaction(session):
        album = session.get(Album, key)
        if album is not None:
            lock(session, album)
            before = _shown(session, album)
            counts.refresh(session, album)
            was_right = _shown(session, album) == before
        if not fixes:
            raise _NotToKeep
    return was_right


def _shown(session: Session, album: Album) -> tuple[object, ...]:
    cover = sa.select(Photo.id).where(Photo.cover_of == album.id)
    return album.nb_photos, album.visible, session.scalars(cover).one_or_none()
