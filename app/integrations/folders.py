"""A directory where a module keeps files: what is published, and what is being made.

<base>/_incoming/…    what is being made: the web server gives nothing of it
"""

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from app.core.file_tokens import FILE_NAME
from app.integrations.photo_store import StoredFile, Trouble, stored_files, try_to_write
from app.settings import SettingsError

INCOMING = "_incoming"


@dataclass(frozen=True, slots=True)
class Folder:
    """The directory of the files of a module."""

    base: Path

    #: The variable that says where it is.
    variable: ClassVar[str]
    #: What is made in it at the start, besides where files are made.
    rooms: ClassVar[tuple[str, ...]] = ()

    def shelves(self) -> Iterable[Path]:
        """The directories that hold what is published."""
        raise NotImplementedError

    @property
    def incoming(self) -> Path:
        return self.base / INCOMING

    def prepare(self) -> None:
        """Make what is missing of the directory, and try to write in it.

        Raises:
            SettingsError: If that cannot be done.
        """
        try:
            for name in (INCOMING, *self.rooms):
                directory = self.base / name
                directory.mkdir(parents=True, exist_ok=True)
                try_to_write(directory)
        except OSError as error:
            raise SettingsError(
                f"{self.variable}: {self.base} cannot be written: {error.strerror}"
            ) from None

    def trouble(self) -> Trouble | None:
        """What is wrong with the directory itself, if anything: then nothing is removed."""
        if not self.base.is_dir():
            return Trouble.missing
        if next(self.files(), None) is None:
            return Trouble.empty
        try:
            try_to_write(self.incoming)
        except OSError:
            return Trouble.unwritable
        return None

    def files(self) -> Iterator[StoredFile]:
        """What is published."""
        for directory in self.shelves():
            yield from stored_files(directory)

    def unfinished(self) -> Iterator[StoredFile]:
        """What is being made, or was when a process was killed."""
        return stored_files(self.incoming)

    @contextmanager
    def workbench(self) -> Iterator[tuple[Path, Path]]:
        """A file for what was sent, and one for what is made of it: both go afterwards."""
        self.incoming.mkdir(parents=True, exist_ok=True)
        stem = secrets.token_hex(8)
        sent, made = self.incoming / f"{stem}-sent", self.incoming / f"{stem}-made"
        try:
            yield sent, made
        finally:
            for path in (sent, made):
                path.unlink(missing_ok=True)


class DocumentFolder(Folder):
    """A directory of PDFs and of their pages: each document has its own, named by its number."""

    @property
    def documents(self) -> Path:
        """Where the directories of the documents are."""
        return self.base

    def shelves(self) -> Iterable[Path]:
        return directories(self.documents)

    def document(self, key: int, name: str) -> Path:
        """Where a file of a document is.

        Raises:
            ValueError: If that is not the name of one of ours.
        """
        return self.document_directory(key) / checked_name(name)

    def document_directory(self, key: int) -> Path:
        return self.documents / str(int(key))

    def document_files(self, key: int) -> Iterator[StoredFile]:
        """The files of a document."""
        return stored_files(self.document_directory(key))

    def drop_document(self, key: int) -> None:
        """Remove the directory of a document, if nothing is left in it."""
        with suppress(OSError):
            self.document_directory(key).rmdir()


class BekkFiles(DocumentFolder):
    """The directory of the issues of the Bekk.

    <base>/<issue>/<name>    an issue and its pages, behind links
    """

    variable = "BEKKS_BASE_PATH"

    def shelves(self) -> Iterable[Path]:
        return [one for one in directories(self.base) if one.name.isdecimal()]


class TheatreFiles(Folder):
    """The directory of the posters of the theatre club: everybody may see them.

    <base>/saison_<season>/<kind>_<random>.webp    of a season, or of one of its plays
    """

    variable = "THEATRE_BASE_PATH"

    def saison(self, key: int) -> Path:
        """Where the posters of a season are, and those of its plays."""
        return self.base / f"saison_{int(key)}"

    def shelves(self) -> Iterable[Path]:
        return [one for one in directories(self.base) if one.name.startswith("saison_")]

    def poster(self, saison: int, name: str) -> Path:
        """Where a poster is.

        Raises:
            ValueError: If that is not the name of one of ours.
        """
        return self.saison(saison) / checked_name(name)

    def remove_poster(self, saison: int, name: str) -> None:
        """Remove a poster, if it is there.

        Raises:
            OSError: If the disk does not let us.
        """
        self.poster(saison, name).unlink(missing_ok=True)

    def drop_saison(self, key: int) -> None:
        """Remove the directory of a season, if nothing is left in it."""
        with suppress(OSError):
            self.saison(key).rmdir()


class BannersFiles(Folder):
    """The directory of the banners: what only the application gives, to who is logged in.

    <base>/files/banner_<random>.webp    a picture of a banner
    <base>/files/preset_<random>.webp    a picture of a preset
    <base>/files/file_<random>           an attachment
    """

    variable = "BANNERS_BASE_PATH"
    rooms = ("files",)
    #: What is made of random digits: nothing that anybody typed.
    _NAME: ClassVar = re.compile(r"(?:(?:banner|preset)_[0-9a-f]{32}\.webp|file_[0-9a-f]{32})")

    @property
    def shelf(self) -> Path:
        """Where they all are."""
        return self.base / "files"

    def shelves(self) -> Iterable[Path]:
        return (self.shelf,)

    def file(self, name: str) -> Path:
        """Where a file is.

        Raises:
            ValueError: If that is not the name of one of ours.
        """
        if not self._NAME.fullmatch(name):
            raise ValueError(f"not the name of a file of a banner: {name!r}")
        return self.shelf / name


def checked_name(name: str) -> str:
    """The name of a file, if it may be one of ours.

    Raises:
        ValueError: If it may not.
    """
    if not FILE_NAME.fullmatch(name):
        raise ValueError(f"not the name of a file: {name!r}")
    return name


def directories(directory: Path) -> list[Path]:
    """The directories that there are in one, by name."""
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(directory) as found:
        return sorted(Path(entry) for entry in found if entry.is_dir(follow_symlinks=False))
    return []
