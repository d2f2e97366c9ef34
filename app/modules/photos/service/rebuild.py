"""Making previews, miniatures and covers again, of what is published (community 2.7)."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.integrations import images
from app.integrations.images import ImageRefused
from app.integrations.photo_store import PhotoStore, publish
from app.models import Photo, defer
from app.modules.photos.effects import MakeCover
from app.modules.photos.queries import rebuild as queries
from app.modules.photos.queries.rebuild import ToRebuild
from app.modules.photos.service.prepare import temporary_file

#: How many are done between two notes of how far one is.
BATCH = 64
#: Where that note is: among what is not published.
_NOTE = "rebuilding"

#: Told after each photo: how many are done, of how many.
Tick = Callable[[int, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be made again."""

    #: The number of an album; ``None`` for all of them.
    album: int | None = None
    #: Only what is not there.
    missing: bool = False
    #: From the beginning, whatever was done by one that was cut.
    restart: bool = False

    @property
    def has_note(self) -> bool:
        """Whether one that is cut goes on where it was; the others are short, or find it out."""
        return self.album is None and not self.missing


@dataclass(slots=True)
class Rebuilt:
    """What was made again, and what could not be."""

    made: int = 0
    #: How many were skipped: they lacked nothing.
    kept: int = 0
    #: Where those that could not be made are, and why.
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of one photo."""

    photo: ToRebuild
    #: ``None`` if it lacked nothing, or could not be made.
    placeholder: str | None = None
    failure: str | None = None


def rebuild(session: Session, *, store: PhotoStore, wanted: Wanted, tick: Tick) -> Rebuilt:
    """Make previews, miniatures and covers again: as many photos at once as there are cores.

    Whatever *tick* raises ends it; what was done is kept.
    """
    note = store.incoming(_NOTE)
    after = _read(note) if wanted.has_note and not wanted.restart else 0
    total, result = queries.count(session, album=wanted.album, after=after), Rebuilt()
    done = 0
    with _pool() as pool:
        work = partial(_remake, store=store, missing=wanted.missing)
        while batch := queries.batch(session, album=wanted.album, after=after, size=BATCH):
            session.rollback()  # nothing is held meanwhile
            finished = []
            for one in pool.map(work, batch):
                finished.append(one)
                done += 1
                tick(done, total)
            _write(session, finished, result)
            after = batch[-1].id
            if wanted.has_note:
                note.parent.mkdir(exist_ok=True)
                note.write_text(str(after))
    if wanted.has_note:
        note.unlink(missing_ok=True)
    return result


@contextmanager
def _pool() -> Iterator[ThreadPoolExecutor]:
    """As many threads as cores: each waits for a process of its own."""
    pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _read(note: Path) -> int:
    """The number of the last photo that one that was cut has done."""
    try:
        return int(note.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _remake(photo: ToRebuild, *, store: PhotoStore, missing: bool) -> _Done:
    """Make again what is made of one photo."""
    if missing and not _lacks(photo, store):
        return _Done(photo)
    source = store.original(*photo.place, photo.file_name)
    parts = {part: temporary_file(store, photo.stem, part) for part in ("large", "thumb", "cover")}
    try:
        placeholder = images.make_previews(source, parts["large"], parts["thumb"])
        if photo.is_cover and photo.cover_name:
            images.make_cover(source, parts["cover"])
            publish(parts["cover"], store.cover(photo.cover_name))
        if not source.exists():
            return _Done(photo)  # it was turned, moved or deleted meanwhile
        publish(parts["large"], store.large(*photo.place, photo.stem))
        publish(parts["thumb"], store.thumb(*photo.place, photo.stem))
    except (ImageRefused, OSError) as error:
        where = "/".join((*photo.place, photo.file_name))
        return _Done(photo, failure=f"{where}: {type(error).__name__}: {error}")
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    return _Done(photo, placeholder)


def _lacks(photo: ToRebuild, store: PhotoStore) -> bool:
    """Whether something of what is made of a photo is not there."""
    files = [store.large(*photo.place, photo.stem), store.thumb(*photo.place, photo.stem)]
    if photo.is_cover and photo.cover_name:
        files.append(store.cover(photo.cover_name))
    lacks_cover = photo.is_cover and not photo.cover_name
    return lacks_cover or not photo.has_placeholder or not all(file.exists() for file in files)


def _write(session: Session, finished: list[_Done], result: Rebuilt) -> None:
    """Write the miniatures of photos, and have the covers that were never made made."""
    with transaction(session):
        for one in finished:
            if one.failure is not None:
                result.failures.append(one.failure)
            elif one.placeholder is None:
                result.kept += 1
            else:
                result.made += 1
                same = (Photo.id == one.photo.id, Photo.file_name == one.photo.file_name)
                session.execute(
                    sa.update(Photo).where(*same).values(placeholder=one.placeholder),
                    execution_options={"synchronize_session": False},
                )
                if one.photo.is_cover and not one.photo.cover_name:
                    defer(session, MakeCover(photo=one.photo.id))
