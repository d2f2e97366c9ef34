"""The pictures of the bar: made of what people send, kept on the disk, removed (community 1.5)."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.integrations import images
from app.integrations.bar_pictures import PictureStore
from app.integrations.photo_store import Trouble
from app.models import BarAccount, StoredChoice
from app.modules.bar.choices import BACKGROUND
from app.modules.bar.effects import RemovePicture
from app.modules.bar.errors import (
    TROUBLES,
    FolderSuspicious,
    ImageRefused,
    ImagesBusy,
    ImageTooLarge,
    TooManyPictures,
)

logger = logging.getLogger(__name__)

#: What may be sent, in bytes (community 1.5).
LARGEST = 10 * 1024 * 1024
#: How old a file without a row has to be, in seconds: what is being done ends before.
AGE = 24 * 3600
#: So many of them, and that part of all: it is the database that is not the right one.
MANY, PART = 50, 0.5
#: The name of a file that the site made.
_MADE = re.compile(r"[0-9a-f]{16,}\.webp")

Make = Callable[[Path, Path], None]
AVATAR: Make = images.make_avatar
BACKGROUND_PICTURE: Make = images.make_background


@contextmanager
def stored(store: PictureStore, content: bytes, make: Make) -> Iterator[str]:
    """Make a picture of what was sent, and keep it; its name is for a row that the block commits.

    It is on the disk before the row is written. What the block refuses leaves nothing.

    Raises:
        ImageTooLarge, ImageRefused, ImagesBusy: If it cannot be taken.
    """
    if len(content) > LARGEST:
        raise ImageTooLarge
    with store.workbench() as (sent, made):
        sent.write_bytes(content)
        _make(make, sent, made)
        name = store.publish(made)
    try:
        yield name
    except DomainError:
        store.remove(name)
        raise


def _make(make: Make, sent: Path, made: Path) -> None:
    try:
        make(sent, made)
    except images.TooManyPixels:
        raise ImageTooLarge from None
    except images.ImageRefused:
        raise ImageRefused from None
    except images.Busy:
        raise ImagesBusy from None


def remove(session: Session, *, wanted: RemovePicture, store: PictureStore) -> None:
    """Remove a picture that nothing shows any more.

    Raises:
        FolderSuspicious: If the directory is not as it should be: it is tried again.
    """
    if (trouble := store.trouble()) is not None:
        if trouble is Trouble.empty:
            return  # it is not there
        raise FolderSuspicious(why=TROUBLES[trouble])
    with transaction(session):
        is_shown = wanted.name in _shown(session)
    if not is_shown:
        store.remove(wanted.name)


def tidy(session: Session, *, store: PictureStore) -> int:
    """Remove the files that belong to nobody for a day; return how many.

    Raises:
        FolderSuspicious: If the directory is not as it should be, or if they are too many.
    """
    check_usable(session, store=store)
    before = clock.now().timestamp() - AGE
    listed = [file for file in store.files() if _MADE.fullmatch(file.path.name)]
    shown = _shown(session)  # after the files: what comes meanwhile is among them
    orphans = [file for file in listed if file.path.name not in shown and file.changed_at < before]
    if len(orphans) > max(MANY, len(listed) * PART):
        raise TooManyPictures(count=len(orphans))
    orphans += [file for file in store.unfinished() if file.changed_at < before]
    for file in orphans:
        logger.info("%s is nobody's: removed", file.path.relative_to(store.base))
        file.path.unlink(missing_ok=True)
    return len(orphans)


def check_usable(session: Session, *, store: PictureStore) -> None:
    """Refuse to go by what is missing from a directory that is not as it should be.

    Raises:
        FolderSuspicious: If it is missing, cannot be written, or is empty though there are rows.
    """
    trouble = store.trouble()
    if trouble is Trouble.empty and not _shown(session):
        return
    if trouble is not None:
        raise FolderSuspicious(why=TROUBLES[trouble])


def _shown(session: Session) -> frozenset[str]:
    """The names of the pictures that rows have."""
    avatars = session.scalars(sa.select(BarAccount.avatar).where(BarAccount.avatar.is_not(None)))
    stmt = sa.select(StoredChoice.value).where(StoredChoice.key == BACKGROUND.key)
    background = session.scalars(stmt).one_or_none()
    return frozenset({*(str(name) for name in avatars), *([background] if background else [])})
