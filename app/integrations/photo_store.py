"""The files of the photos: where each is, and how one comes and goes without being seen half.

    <base>/<collection>/<album>/<file>                what is published
    <base>/<collection>/<album>/_large/<stem>.webp    fits 2048 x 2048
    <base>/<collection>/<album>/_thumbs/<stem>.webp   272 pixels high
    <base>/_covers/<random>.webp                      480 pixels wide
    <base>/_incoming/<name>                           what is being sent, or not prepared yet
    <base>/_archives/<digest>                         who is taking albums away (service/archive.py)

The web server gives only what its links open: never what is in ``_incoming``.
"""

import enum
import os
import tempfile
from collections.abc import Container, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from app.core.file_tokens import DIRECTORY_NAME, FILE_NAME
from app.core.files import sync
from app.settings import SettingsError

LARGE, THUMBS, COVERS, INCOMING = "_large", "_thumbs", "_covers", "_incoming"
ARCHIVES = "_archives"
#: Where an album is: the directories of its collection, and its own.
Place: TypeAlias = tuple[str, str]


class Trouble(enum.Enum):
    """Why nothing may be concluded from what is not in the directory of the photos."""

    missing = enum.auto()
    #: As a disk that is not mounted.
    empty = enum.auto()
    unwritable = enum.auto()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file, as it was found."""

    path: Path
    size: int
    #: When it came here, or was last written or renamed: nobody chooses that.
    changed_at: float

    @property
    def stem(self) -> str:
        return self.path.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class PhotoStore:
    """The directory of the photos."""

    base: Path

    def album(self, collection: str, album: str) -> Path:
        """The directory of an album.

        Raises:
            ValueError: If a name is not one of a directory of ours.
        """
        return self.base / _directory(collection) / _directory(album)

    def original(self, collection: str, album: str, file_name: str) -> Path:
        return self.album(collection, album) / _file(file_name)

    def large(self, collection: str, album: str, stem: str) -> Path:
        return self.album(collection, album) / LARGE / _file(f"{stem}.webp")

    def thumb(self, collection: str, album: str, stem: str) -> Path:
        return self.album(collection, album) / THUMBS / _file(f"{stem}.webp")

    def cover(self, name: str) -> Path:
        return self.base / COVERS / _file(name)

    def incoming(self, name: str) -> Path:
        """Where a file is while it comes, and until it is prepared: its name has no suffix."""
        return self.base / INCOMING / _directory(name)

    def prepare(self) -> None:
        """Make what is missing of the directory, and try to write in it.

        Raises:
            SettingsError: If that cannot be done.
        """
        try:
            for directory in (self.base, self.base / COVERS, self.base / INCOMING):
                directory.mkdir(parents=True, exist_ok=True)
            try_to_write(self.base / INCOMING)
        except OSError as error:
            raise SettingsError(
                f"PHOTOS_BASE_PATH: {self.base} cannot be written: {error.strerror}"
            ) from None

    def trouble(self) -> Trouble | None:
        """What is wrong with the directory itself, if anything: then nothing is removed."""
        if not self.base.is_dir():
            return Trouble.missing
        if next(self.collections(), None) is None:
            return Trouble.empty
        try:
            try_to_write(self.base)
        except OSError:
            return Trouble.unwritable
        return None

    def collections(self) -> Iterator[str]:
        """The names of the directories of collections that there are."""
        return _directories(self.base)

    def places(self) -> Iterator[Place]:
        """Where there are directories of albums."""
        for collection in self.collections():
            for album in _directories(self.base / collection):
                yield collection, album

    def files(self, directory: Path) -> Iterator[StoredFile]:
        """The files of a directory, but for those within its own; none if it is not there."""
        return stored_files(directory)

    def album_files(self, place: Place) -> Iterator[StoredFile]:
        """The files of an album, with its previews."""
        directory = self.base.joinpath(*place)
        for part in (directory, directory / LARGE, directory / THUMBS):
            yield from self.files(part)

    def remove(self, place: Place, file_name: str) -> None:
        """Remove the files of a photo, those that there are.

        Raises:
            ValueError: If a name is not one of ours.
            OSError: If the disk does not let us.
        """
        stem = file_name.partition(".")[0]
        self.original(*place, file_name).unlink(missing_ok=True)
        self.large(*place, stem).unlink(missing_ok=True)
        self.thumb(*place, stem).unlink(missing_ok=True)

    def sweep(self, place: Place, *, keeps: Container[str]) -> None:
        """Remove the files of an album but those whose stem it *keeps*, then what is left empty.

        Raises:
            OSError: If the disk does not let us.
        """
        for file in list(self.album_files(place)):
            if file.stem not in keeps:
                file.path.unlink(missing_ok=True)
        directory = self.album(*place)
        for part in (directory / LARGE, directory / THUMBS, directory):
            self.drop(part)

    def drop(self, directory: Path) -> None:
        """Remove a directory if it is empty."""
        with suppress(OSError):
            directory.rmdir()

    def move_album(self, source: Place, target: Place) -> None:
        """Have the files of an album elsewhere: at once, or file by file where some already are.

        What was begun is completed; whoever reads a file meanwhile reads it to its end.

        Raises:
            OSError: If the disk does not let us.
        """
        old, new = self.album(*source), self.album(*target)
        if old == new or not old.is_dir():
            return
        new.parent.mkdir(parents=True, exist_ok=True)
        try:
            old.rename(new)
        except FileNotFoundError:
            return  # another process has just done it
        except OSError:
            self._merge(source, target)
        for parent in {old.parent, new.parent}:
            sync(parent)

    def move_photo(self, source: Place, target: Place, file_name: str) -> None:
        """Have the files of one photo in another album, those that are not there yet.

        Raises:
            ValueError: If a name is not one of ours.
            OSError: If the disk does not let us.
        """
        stem = file_name.partition(".")[0]
        _bring(self.large(*source, stem), self.large(*target, stem))
        _bring(self.thumb(*source, stem), self.thumb(*target, stem))
        _bring(self.original(*source, file_name), self.original(*target, file_name))

    def _merge(self, source: Place, target: Place) -> None:
        old, new = self.album(*source), self.album(*target)
        for file in list(self.album_files(source)):
            _bring(file.path, new / file.path.relative_to(old))
        for part in (old / LARGE, old / THUMBS, old):
            self.drop(part)


def publish(temporary: Path, final: Path) -> None:
    """Give a file that is whole its name: it is all there, or not there, whenever the power fails.

    Both are on one disk. The directory of *final* is made if there is none.
    """
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.chmod(0o644)
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary.replace(final)
    sync(final.parent)


def _bring(old: Path, new: Path) -> None:
    """Give a file another place, unless it is there already."""
    if new.exists():
        old.unlink(missing_ok=True)
        return
    new.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        old.rename(new)


def _directories(within: Path) -> Iterator[str]:
    """The directories whose names are ours; those of the site itself begin with ``_``."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(within) as found:
        for entry in found:
            is_ours = DIRECTORY_NAME.fullmatch(entry.name) and not entry.name.startswith("_")
            if is_ours and entry.is_dir(follow_symlinks=False):
                yield entry.name


def stored_files(directory: Path) -> Iterator[StoredFile]:
    """The files of a directory, but for those within its own; none if it is not there."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(directory) as found:
        for entry in found:
            with suppress(FileNotFoundError):  # it has just gone
                if entry.is_file(follow_symlinks=False):
                    stat = entry.stat(follow_symlinks=False)
                    yield StoredFile(Path(entry.path), stat.st_size, stat.st_ctime)


def try_to_write(directory: Path) -> None:
    """Write a byte in a file without a name: nothing of it is left, whatever happens."""
    with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
        file.write(b"\0")


def _directory(name: str) -> str:
    if not DIRECTORY_NAME.fullmatch(name):
        raise ValueError(f"not the name of a directory of photos: {name!r}")
    return name


def _file(name: str) -> str:
    if not FILE_NAME.fullmatch(name):
        raise ValueError(f"not the name of a photo: {name!r}")
    return name
