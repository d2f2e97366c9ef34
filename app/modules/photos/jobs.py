"""What the worker does of photos: after a change, and by date."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.models import OutboxEntry
from app.modules.photos import around
from app.modules.photos.effects import (
    ConcealPhoto,
    MakeCover,
    MoveAlbum,
    PreparePhoto,
    RemoveFiles,
    RotatePhoto,
    SweepAlbum,
)
from app.modules.photos.service import files, prepare, resumable

#: How often a photo that takes too long is tried.
TRIES = 3


def prepare_photo(session: Session, effect: PreparePhoto, number: int) -> None:
    """Publish a photo that came: how the worker does this effect."""
    entry = session.get(OutboxEntry, number)
    is_last = entry is None or entry.attempts >= TRIES
    prepare.prepare(session, effect.photo, around.store(), is_last=is_last)


def rotate_photo(session: Session, effect: RotatePhoto, _number: int) -> None:
    """Turn a photo: how the worker does this effect."""
    prepare.rotate(session, effect, around.store())


def conceal_photo(session: Session, effect: ConcealPhoto, _number: int) -> None:
    """Give a hidden photo another name: how the worker does this effect."""
    prepare.conceal(session, effect, around.store())


def make_cover(session: Session, effect: MakeCover, _number: int) -> None:
    """Make the cover of a photo: how the worker does this effect."""
    prepare.cover(session, effect.photo, around.store())


def remove_files(session: Session, effect: RemoveFiles, _number: int) -> None:
    """Remove the files of photos that are gone: how the worker does this effect."""
    files.remove(session, wanted=effect, store=around.store())


def sweep_album(session: Session, effect: SweepAlbum, _number: int) -> None:
    """Remove what an album left: how the worker does this effect."""
    files.sweep(session, wanted=effect, store=around.store())


def move_album(session: Session, effect: MoveAlbum, _number: int) -> None:
    """Complete the move of an album: how the worker does this effect."""
    files.move(session, wanted=effect, store=around.store())


def _tidy(session: Session) -> None:
    files.tidy(session, store=around.store())


JANITOR = Job(
    name="photos.janitor",
    label=_l("Supprimer les fichiers qui ne sont à aucune photo depuis un jour"),
    run=_tidy,
    cron="23 * * * *",
)


def _forget_uploads(session: Session) -> None:
    resumable.forget_old(session, store=around.store())


FORGET_UPLOADS = Job(
    name="photos.forget_uploads",
    label=_l("Oublier les envois de photos laissés depuis un jour"),
    run=_forget_uploads,
    cron="53 * * * *",
)
