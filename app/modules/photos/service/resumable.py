"""Uploads that are taken up where they stopped: rows, and files that grow.

What came of one is the length of its file. Its last byte makes a photo of it: until that is done,
it counts as missing, so that who sends it asks again after a crash.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.integrations.photo_store import PhotoStore
from app.models import Album, PCeen, PhotoUpload
from app.modules.photos.errors import (
    TooLarge,
    TooManyUploads,
    UploadBusy,
    UploadGone,
    WrongOffset,
)
from app.modules.photos.rules.uploads import check_size
from app.modules.photos.service.uploads import new_stem

#: How long one may be left alone.
LASTS = timedelta(hours=24)
#: How many of one person may be unfinished.
MOST = 100
_BLOCK = 256 * 1024


class Stream(Protocol):
    """What a request brings."""

    def read(self, size: int, /) -> bytes: ...


def begin(
    session: Session, *, store: PhotoStore, album: Album, actor: PCeen, name: str, size: int
) -> PhotoUpload:
    """Expect a file of that many bytes.

    Raises:
        TooSmall, TooLarge: If it is no photo by its size.
        TooManyUploads: If the person has many that are unfinished.
    """
    check_size(size, file=name)
    unfinished = sa.select(sa.func.count()).select_from(PhotoUpload)
    if session.scalars(unfinished.filter_by(uploader_id=actor.id)).one() >= MOST:
        raise TooManyUploads
    upload = PhotoUpload(
        token=new_stem(), album_id=album.id, uploader_id=actor.id, original_name=name, size=size
    )
    session.add(upload)
    # before the row: one without a file is never seen
    path = store.incoming(upload.token)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(exist_ok=False)
    return upload


def expiry(upload: PhotoUpload) -> datetime:
    """Until when an upload may be taken up."""
    return upload.touched_at + LASTS


def offset(upload: PhotoUpload, path: Path) -> int:
    """How many bytes came; the last one comes once the photo is made.

    Raises:
        UploadGone: If its file is.
    """
    try:
        # opened, not only looked at: on a shared folder, what another machine just wrote shows
        with path.open("rb") as file:
            return min(os.fstat(file.fileno()).st_size, upload.size - 1)
    except FileNotFoundError:
        raise UploadGone from None


@contextmanager
def held(path: Path) -> Iterator[BinaryIO]:
    """Be the only one to write to a file that arrives.

    Raises:
        UploadBusy: If somebody else does.
        UploadGone: If it is no longer there.
    """
    try:
        file = path.open("rb+")
    except FileNotFoundError:
        raise UploadGone from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadBusy from None
        yield file


def append(file: BinaryIO, upload: PhotoUpload, *, at: int, stream: Stream) -> int:
    """Write what comes after byte *at*; how many there are now, be it cut.

    Raises:
        WrongOffset: If that is not where it stopped.
        TooLarge: If more comes than what was said; nothing of it is kept.
    """
    came = min(os.fstat(file.fileno()).st_size, upload.size - 1)
    if at != came:
        raise WrongOffset(offset=came)
    file.seek(at)
    file.truncate()
    try:
        while block := stream.read(_BLOCK):
            at += len(block)
            if at > upload.size:
                file.truncate(came)
                raise TooLarge(file=upload.original_name)
            file.write(block)
    finally:
        file.flush()
        os.fsync(file.fileno())
    return at


def forget(session: Session, *, token: str, since: datetime | None = None) -> bool:
    """Expect it no longer; its file is the caller's to remove, once that is written.

    *since* spares one that was taken up later; return whether it is forgotten.
    """
    stmt = sa.delete(PhotoUpload).where(PhotoUpload.token == token)
    if since is not None:
        stmt = stmt.where(PhotoUpload.touched_at < since)
    return bool(cast(sa.CursorResult[Any], session.execute(stmt)).rowcount)


def forget_old(session: Session, *, store: PhotoStore) -> int:
    """Forget, one by one, the uploads that nobody took up again; how many."""
    since = clock.now() - LASTS
    old = sa.select(PhotoUpload.token).where(PhotoUpload.touched_at < since)
    return sum(
        _forget_one(session, store.incoming(token), token=token, since=since)
        for token in session.scalars(old).all()
    )


def _forget_one(session: Session, path: Path, *, token: str, since: datetime) -> bool:
    """Forget an upload, unless somebody writes to it at this very moment."""
    with ExitStack() as stack:
        with suppress(UploadGone):
            try:
                stack.enter_context(held(path))
            except UploadBusy:
                return False
        with transaction(session):
            is_forgotten = forget(session, token=token, since=since)
        if is_forgotten:
            path.unlink(missing_ok=True)
    return is_forgotten
