"""The archive of an album, written while it is sent: no file of it is ever on the disk (2.5)."""

import fcntl
import hashlib
import logging
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.enums import PhotoState
from app.integrations.photo_store import ARCHIVES, PhotoStore
from app.models import Album, Photo
from app.modules.photos.errors import NothingToTake, TooManyArchives
from app.modules.photos.rules.archive import Named, names
from app.modules.photos.service.files import place_of

logger = logging.getLogger(__name__)

#: How many archives someone may begin, in how many seconds.
TIMES, WITHIN = 10, 3600
_BLOCK = 256 * 1024
#: What the format writes around each file, and at its end.
_BEFORE, _AFTER, _ENTRY, _FAR = 30, 16, 46, 12
_END, _LARGE_END = 22, 76


class Interrupted(Exception):
    """A photo has gone, or changed, while it was to be sent: the archive is cut, and seen to be."""


@dataclass(frozen=True, slots=True)
class Member:
    """A photo in an archive."""

    name: str
    file_name: str
    size: int
    #: When it was taken, in Paris.
    at: datetime


@dataclass(frozen=True, slots=True)
class Archive:
    """What is sent: its photos are read from their directory, wherever that goes meanwhile."""

    members: Sequence[Member]
    directory: int

    def __len__(self) -> int:
        """How many bytes it has."""
        photos = entries = 0
        for member in self.members:
            length = len(member.name.encode())
            entries += _ENTRY + length + (_FAR if photos > zipfile.ZIP64_LIMIT else 0)
            photos += _BEFORE + length + member.size + _AFTER
        is_large = (
            len(self.members) > zipfile.ZIP_FILECOUNT_LIMIT
            or max(photos, entries) > zipfile.ZIP64_LIMIT
        )
        return photos + entries + _END + (_LARGE_END if is_large else 0)

    def __iter__(self) -> Iterator[bytes]:
        """Its bytes, one block after the other.

        Raises:
            Interrupted: If a photo is not what it was any more.
        """
        sink = _Sink()
        with zipfile.ZipFile(cast(BinaryIO, sink), "w") as archive:
            for member in self.members:
                with archive.open(_described(member), "w") as target:
                    for block in self._read(member):
                        target.write(block)
                        yield sink.take()
        yield sink.take()

    def _read(self, member: Member) -> Iterator[bytes]:
        left = member.size
        try:
            with open(_opened(member.file_name, self.directory), "rb", buffering=0) as file:
                while block := file.read(_BLOCK):
                    left -= len(block)
                    if left < 0:
                        break
                    yield block
        except OSError as error:
            left, why = -1, error.strerror
        else:
            why = "its size has changed"
        if left:
            logger.warning("an archive is cut: %s: %s", member.file_name, why)
            raise Interrupted(member.file_name)


class _Sink:
    """What was written, and not sent yet. One cannot go back in it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Keep it all: it is taken away."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def _described(member: Member) -> zipfile.ZipInfo:
    at = member.at
    year = min(max(at.year, 1980), 2107)  # what the format can say
    info = zipfile.ZipInfo(member.name, (year, at.month, at.day, at.hour, at.minute, at.second))
    info.file_size = member.size
    info.external_attr = 0o644 << 16
    return info


@contextmanager
def prepared(
    session: Session, *, store: PhotoStore, album: Album, with_hidden: bool = False
) -> Iterator[Archive]:
    """The archive of an album, while it is sent; what is hidden, only if asked.

    Raises:
        NothingToTake: If it would be empty.
    """
    stmt = (
        sa.select(Photo)
        .where(Photo.album_id == album.id, Photo.state == PhotoState.ready)
        .order_by(Photo.sort_at, Photo.original_name, Photo.id)
    )
    if not with_hidden:
        stmt = stmt.where(sa.not_(Photo.hidden))
    columns = (Photo.id, Photo.file_name, Photo.original_name, Photo.timestamp, Photo.uploaded_at)
    rows = session.execute(stmt.with_only_columns(*columns)).all()
    try:
        directory = os.open(store.album(*place_of(album)), os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        raise NothingToTake from None
    try:
        members = [*_members(rows, directory)]
        if not members:
            raise NothingToTake
        yield Archive(members, directory)
    finally:
        os.close(directory)


def _members(
    rows: Sequence[sa.Row[int, str, str, datetime | None, datetime]], directory: int
) -> Iterator[Member]:
    """The photos whose files are there; ``flask photos verify`` tells of the others."""
    for row, name in zip(rows, names(Named(*row[:3]) for row in rows), strict=True):
        _id, file_name, _original, taken, uploaded = row
        try:
            size = os.stat(file_name, dir_fd=directory, follow_symlinks=False).st_size
        except FileNotFoundError:
            logger.error("an archive lacks %s: its file is not there", file_name)  # noqa: TRY400
            continue
        yield Member(name, file_name, size, (taken or uploaded).astimezone(PARIS))


def _opened(name: str, directory: int) -> int:
    return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)


@contextmanager
def turn(*, store: PhotoStore, who: str) -> Iterator[None]:
    """Have someone take an archive away: one at a time, and not too many.

    What says so is a lock on a file, which no process keeps once it is dead, and the times that
    the file holds.

    Raises:
        TooManyArchives: If they take one already, or took many.
    """
    directory = store.base / ARCHIVES
    directory.mkdir(exist_ok=True)
    with (directory / hashlib.sha256(who.encode()).hexdigest()[:32]).open("a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TooManyArchives from None
        _count(file)
        yield


def _count(file: BinaryIO) -> None:
    """Write that an archive begins, if it is not one too many."""
    now = int(clock.now().timestamp())
    file.seek(0)
    recent = [at for at in map(int, file.read().split()) if at > now - WITHIN]
    if len(recent) >= TIMES:
        raise TooManyArchives(seconds=recent[-TIMES] + WITHIN - now)
    file.truncate(0)
    file.write(" ".join(map(str, [*recent, now])).encode())
    file.flush()
