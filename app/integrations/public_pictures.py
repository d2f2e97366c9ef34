"""Pictures that everybody may see: made of what people send, kept on the disk, removed.

A module names where its own are, and what its rows show (community 1.5).
"""

import logging
import secrets
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from flask_babel import lazy_gettext as _l

from app.core import clock
from app.core.errors import DomainError
from app.integrations import images
from app.integrations.folders import Folder
from app.integrations.photo_store import StoredFile, publish

logger = logging.getLogger(__name__)

#: What may be sent, in bytes.
LARGEST = 10 * 1024 * 1024
#: How old a file without a row has to be, in seconds: what is being done ends before.
AGE = 24 * 3600
#: So many of them, and that part of all: it is the database that is not the right one.
MANY, PART = 50, 0.5
#: A picture that is shown: the directory that it is in, and the name of its file.
Shown: TypeAlias = tuple[str, str]


class PictureError(DomainError):
    """A picture is not taken."""

    field = "image"


class PictureTooLarge(PictureError):
    """It has too many bytes, or too many pixels."""

    status = 413
    sentence = _l("Cette image est trop grande : 10 Mo et 100 millions de pixels au plus.")


class PictureRefused(PictureError):
    """It is damaged, or something else."""

    sentence = _l("Cette image ne se lit pas. Envoyez un JPEG, un PNG, un WebP ou un GIF fixe.")


class PicturesBusy(PictureError):
    """Others are being made."""

    status = 503
    sentence = _l("D'autres images sont en préparation : recommencez dans un instant.")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was made, and its size in pixels."""

    path: Path
    width: int
    height: int

    @property
    def name(self) -> str:
        return self.path.name


@contextmanager
def stored(
    folder: Folder,
    content: bytes,
    directory: Path,
    *,
    prefix: str = "",
    side: int,
    first_frame: bool = False,
) -> Iterator[Picture]:
    """Make a picture of what was sent, in a square of *side*, for a row that the block commits.

    With *first_frame*, a GIF that moves is taken, and stands still. It is on the disk before the
    row is written. What the block refuses leaves nothing.

    Raises:
        PictureTooLarge, PictureRefused, PicturesBusy: If it cannot be taken.
    """
    if len(content) > LARGEST:
        raise PictureTooLarge
    with folder.workbench() as (sent, made):
        sent.write_bytes(content)
        width, height = _make(sent, made, side, first_frame=first_frame)
        path = directory / f"{prefix}{secrets.token_hex(16)}.webp"
        publish(made, path)
    with kept(path):
        yield Picture(path, width, height)


@contextmanager
def kept(path: Path) -> Iterator[None]:
    """Leave a picture on the disk, unless the block is refused."""
    try:
        yield
    except DomainError:
        path.unlink(missing_ok=True)
        raise


def _make(sent: Path, made: Path, side: int, *, first_frame: bool) -> tuple[int, int]:
    try:
        return images.make_poster(sent, made, side=side, first_frame=first_frame)
    except images.TooManyPixels:
        raise PictureTooLarge from None
    except images.ImageRefused:
        raise PictureRefused from None
    except images.Busy:
        raise PicturesBusy from None


def tidy(
    folder: Folder,
    listed: Sequence[StoredFile],
    shown: Container[Shown],
    *,
    age: float,
    too_many: Callable[[int], DomainError],
) -> int:
    """Remove what was *listed* and nothing shows for a day, and what was left half made.

    What is *shown* is read after the files are listed: what comes meanwhile is among it. Returns
    how many went.

    Raises:
        DomainError: If they are *too_many*.
    """
    before = clock.now().timestamp() - age
    orphans = [
        file
        for file in listed
        if file.changed_at < before and (file.path.parent.name, file.path.name) not in shown
    ]
    if len(orphans) > max(MANY, len(listed) * PART):
        raise too_many(len(orphans))
    orphans += [file for file in folder.unfinished() if file.changed_at < before]
    for file in orphans:
        logger.info("%s is nothing's: removed", file.path.relative_to(folder.base))
        file.path.unlink(missing_ok=True)
    return len(orphans)
