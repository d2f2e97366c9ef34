"""The pictures of the bar: those of its clients, and what stands behind its pages.

    <base>/<random>.webp    what is published
    <base>/_incoming/…      what is being made

The web server gives only what its links open: never what is in ``_incoming``.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.file_tokens import FILE_NAME
from app.integrations.photo_store import StoredFile, Trouble, publish, stored_files, try_to_write
from app.settings import SettingsError

INCOMING = "_incoming"


@dataclass(frozen=True, slots=True)
class PictureStore:
    """The directory of the pictures."""

    base: Path

    def path(self, name: str) -> Path:
        """Where a picture is.

        Raises:
            ValueError: If that is not the name of one of ours.
        """
        if not FILE_NAME.fullmatch(name):
            raise ValueError(f"not the name of a picture: {name!r}")
        return self.base / name

    def prepare(self) -> None:
        """Make what is missing of the directory, and try to write in it.

        Raises:
            SettingsError: If that cannot be done.
        """
        try:
            (self.base / INCOMING).mkdir(parents=True, exist_ok=True)
            for directory in (self.base, self.base / INCOMING):
                try_to_write(directory)
        except OSError as error:
            raise SettingsError(
                f"BAR_AVATARS_BASE_PATH: {self.base} cannot be written: {error.strerror}"
            ) from None

    def trouble(self) -> Trouble | None:
        """What is wrong with the directory itself, if anything: then nothing is removed."""
        if not self.base.is_dir():
            return Trouble.missing
        if next(self.files(), None) is None:
            return Trouble.empty
        try:
            try_to_write(self.base)
        except OSError:
            return Trouble.unwritable
        return None

    def files(self) -> Iterator[StoredFile]:
        """What is published."""
        return stored_files(self.base)

    def unfinished(self) -> Iterator[StoredFile]:
        """What is being made, or was when a process was killed."""
        return stored_files(self.base / INCOMING)

    @contextmanager
    def workbench(self) -> Iterator[tuple[Path, Path]]:
        """A file for what was sent, and one for what is made of it: both go afterwards."""
        folder = self.base / INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        stem = secrets.token_hex(8)
        sent, made = folder / f"{stem}-sent", folder / f"{stem}-made"
        try:
            yield sent, made
        finally:
            for path in (sent, made):
                path.unlink(missing_ok=True)

    def publish(self, made: Path) -> str:
        """Give a picture that is whole a name that nobody guesses: it is on the disk by then.

        Raises:
            OSError: If the disk does not let us.
        """
        name = f"{secrets.token_hex(16)}.webp"
        publish(made, self.path(name))
        return name

    def remove(self, name: str) -> None:
        """Remove a picture, if it is there.

        Raises:
            OSError: If the disk does not let us.
        """
        self.path(name).unlink(missing_ok=True)
