"""The pictures of shows and maps: made of what people send, kept on the disk, removed."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.integrations import public_pictures
from app.integrations.club_q_files import IMAGES, MAPS, ClubQFiles
from app.integrations.photo_store import StoredFile, Trouble
from app.models import ClubQSalle, ClubQSpectacle
from app.modules.club_q.effects import RemoveImage
from app.modules.club_q.errors import TROUBLES, ClubQFolderSuspicious, TooManyOrphans

#: How old a file without a row has to be, in seconds.
AGE = public_pictures.AGE
#: What a picture fits in, in pixels.
_SIDE = 960
#: The name of a picture that the site made.
_MADE = re.compile(r"[0-9a-f]{32}\.webp")


@contextmanager
def stored(store: ClubQFiles, content: bytes, place: str) -> Iterator[str]:
    """Make a picture of what was sent, and keep it; its name is for a row that the block commits.

    It is on the disk before the row is written. What the block refuses leaves nothing.

    Raises:
        PictureTooLarge, PictureRefused, PicturesBusy: If it cannot be taken.
    """
    directory = store.images(place)
    with public_pictures.stored(store, content, directory, side=_SIDE) as picture:
        yield picture.name


@contextmanager
def copied(store: ClubQFiles, name: str, *, source: str, place: str) -> Iterator[str | None]:
    """Likewise, of a picture that another place has: the show changes seasons.

    ``None`` if the file is not there.
    """
    with store.workbench() as (_sent, made):
        try:
            shutil.copyfile(store.image(source, name), made)
        except FileNotFoundError:
            copy = None
        else:
            copy = store.publish_image(made, place)
    if copy is None:
        yield None
        return
    with public_pictures.kept(store.image(place, copy)):
        yield copy


def remove(session: Session, *, wanted: RemoveImage, store: ClubQFiles) -> None:
    """Remove a picture that nothing shows any more.

    Raises:
        ClubQFolderSuspicious: If the directory is not as it should be: it is tried again.
    """
    if (trouble := store.trouble()) is not None:
        if trouble is Trouble.empty:
            return  # it is not there
        raise ClubQFolderSuspicious(why=TROUBLES[trouble])
    with transaction(session):
        is_shown = (wanted.place, wanted.name) in _shown(session)
    if not is_shown:
        store.remove_image(wanted.place, wanted.name)


def tidy(session: Session, *, store: ClubQFiles) -> int:
    """Remove the pictures that belong to nothing for a day, and what was left half made.

    Returns how many.

    Raises:
        ClubQFolderSuspicious: If the directory is not as it should be.
        TooManyOrphans: If they are too many.
    """
    check_usable(session, store=store)
    listed = [file for file in store.files() if _is_picture(file, store)]
    return public_pictures.tidy(
        store,
        listed,
        _shown(session),  # after the files
        age=AGE,
        too_many=lambda count: TooManyOrphans(count=count),
    )


def check_usable(session: Session, *, store: ClubQFiles) -> None:
    """Refuse to go by what is missing from a directory that is not as it should be.

    Raises:
        ClubQFolderSuspicious: If it is missing, cannot be written, or is empty though there are
            rows.
    """
    trouble = store.trouble()
    if trouble is Trouble.empty and not _shown(session):
        return
    if trouble is not None:
        raise ClubQFolderSuspicious(why=TROUBLES[trouble])


def _is_picture(file: StoredFile, store: ClubQFiles) -> bool:
    return file.path.parent.parent == store.base / IMAGES and bool(_MADE.fullmatch(file.path.name))


def _shown(session: Session) -> frozenset[tuple[str, str]]:
    """The pictures that rows have: where, and their names."""
    shows = sa.select(ClubQSpectacle.season_id, ClubQSpectacle.image).where(
        ClubQSpectacle.image.is_not(None)
    )
    maps = sa.select(ClubQSalle.plan).where(ClubQSalle.plan.is_not(None))
    return frozenset(
        {
            *((str(season), str(name)) for season, name in session.execute(shows)),
            *((MAPS, str(name)) for name in session.scalars(maps)),
        }
    )
