"""Publishing photos that came, turning them, and making covers: what the worker does of files.

Files are made under other names, where nothing is served. They get their place within the
transaction that says so, while the photo and its album are locked: killed before the commit, what
is there has no row that shows it, and is written again. Each of these may be done twice.
"""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.core.files import sync
from app.core.transaction import transaction
from app.enums import PhotoState
from app.integrations import images
from app.integrations.images import ImageRefused, Outputs, Prepared, TooSlow
from app.integrations.mailer import PermanentFailure
from app.integrations.photo_store import PhotoStore, Place, publish
from app.models import Album, Photo, defer
from app.modules.photos.effects import ConcealPhoto, RemoveFiles, RotatePhoto
from app.modules.photos.errors import NoSuchAlbum
from app.modules.photos.service import counts
from app.modules.photos.service.files import place_of
from app.modules.photos.service.linking import linking
from app.modules.photos.service.locking import lock_or
from app.modules.photos.service.photos import Transfer, turned_name

logger = logging.getLogger(__name__)


class MovedMeanwhile(Exception):
    """A photo has just changed albums: it is to be tried again."""


def prepare(session: Session, photo_id: int, store: PhotoStore, *, is_last: bool = True) -> None:
    """Publish a photo that came, with its previews.

    One that cannot be made is left as failed; one that took too long is tried again, unless this
    *is_last*.

    Raises:
        TooSlow: It took too long, and is to be tried again.
        OSError: The disk does not let us, or the file is not there: likewise.
    """
    photo = session.get(Photo, photo_id)
    if photo is None or photo.state is PhotoState.failed:
        return
    source, is_done = store.incoming(photo.stem), photo.state is PhotoState.ready
    author, timestamp, stem = photo.author_str, photo.timestamp, photo.stem
    session.rollback()
    if not is_done:
        with _outputs(store, stem) as outputs:
            try:
                made = images.prepare(source, outputs, author=author, timestamp=timestamp)
            except ImageRefused as refusal:
                if isinstance(refusal, TooSlow) and not is_last:
                    raise
                _give_up(session, photo_id, refusal)
                return
            _settle(outputs)
            _publish(session, photo_id, store, made, outputs)
    source.unlink(missing_ok=True)


def _publish(
    session: Session, photo_id: int, store: PhotoStore, made: Prepared, outputs: Outputs
) -> None:
    """Show a photo that was made, where its album is now; nothing if it is gone."""
    with transaction(session):
        found = _locked(session, photo_id)
        if found is None or found[1].state is not PhotoState.pending:
            return
        album, photo = found
        _place(store, place_of(album), photo.file_name, outputs)
        photo.state = PhotoState.ready
        _write(photo, made)
        counts.refresh(session, album)


def _give_up(session: Session, photo_id: int, refusal: ImageRefused) -> None:
    """Leave a photo as one that cannot be made: those who write the album see it."""
    logger.warning("photo %d cannot be prepared: %r", photo_id, refusal)
    with transaction(session):
        found = _locked(session, photo_id)
        if found is not None and found[1].state is PhotoState.pending:
            found[1].state = PhotoState.failed


def rotate(session: Session, wanted: RotatePhoto, store: PhotoStore) -> None:
    """Turn a photo that is published; what has its former name goes afterwards.

    Raises:
        PermanentFailure: It cannot be decoded any more: someone has to look.
        TooSlow, OSError: It is to be tried again.
    """
    photo = session.get(Photo, wanted.photo)
    if photo is None or not _is_to_turn(photo, wanted):
        return
    source = store.original(*place_of(photo.album), photo.file_name)
    author, timestamp, name = (
        photo.author_str,
        photo.timestamp,
        turned_name(wanted.file_name, wanted.degrees),
    )
    session.rollback()
    with _outputs(store, name.partition(".")[0]) as outputs:
        with _lasting_refusals():
            made = images.prepare(
                source, outputs, author=author, timestamp=timestamp, rotate=wanted.degrees
            )
        _settle(outputs)
        with transaction(session):
            found = _locked(session, wanted.photo)
            if found is None or not _is_to_turn(found[1], wanted):
                return
            album, photo = found
            place = place_of(album)
            _place(store, place, name, outputs)
            covers = [photo.cover_name] if photo.cover_name else []
            defer(session, RemoveFiles(*place, [photo.file_name], covers))
            photo.file_name, photo.cover_name = name, None
            _write(photo, made)
            counts.refresh(session, album)


def _is_to_turn(photo: Photo, wanted: RotatePhoto) -> bool:
    return photo.state is PhotoState.ready and photo.file_name == wanted.file_name


def conceal(session: Session, wanted: ConcealPhoto, store: PhotoStore) -> None:
    """Give a photo that is hidden another name; what has the former one goes afterwards.

    Raises:
        OSError: It is to be tried again.
    """
    with linking(store) as links, transaction(session):
        found = _locked(session, wanted.photo)
        if found is None or not _is_to_conceal(found[1], wanted):
            return
        album, photo = found
        place = place_of(album)
        former = photo.file_name
        links.make(Transfer(place, place, {former: wanted.new_name}))
        covers = [photo.cover_name] if photo.cover_name else []
        defer(session, RemoveFiles(*place, [former], covers))
        photo.file_name, photo.cover_name = wanted.new_name, None


def _is_to_conceal(photo: Photo, wanted: ConcealPhoto) -> bool:
    # a turn that ends meanwhile gives a name that is made of the former one
    turned = [turned_name(wanted.file_name, degrees) for degrees in (90, 180, 270)]
    return photo.hidden and photo.file_name in (wanted.file_name, *turned)


def cover(session: Session, photo_id: int, store: PhotoStore) -> None:
    """Make the cover of a photo, if it stands for its album and has none.

    Raises:
        PermanentFailure: It cannot be decoded any more: someone has to look.
        TooSlow, OSError: It is to be tried again.
    """
    photo = session.get(Photo, photo_id)
    if photo is None or not _lacks_cover(photo):
        return
    file_name = photo.file_name
    source = store.original(*place_of(photo.album), file_name)
    session.rollback()
    # whoever sees one cover could ask for all of them: each has a name that nobody guesses
    name = f"{secrets.token_hex(8)}.webp"
    temporary = temporary_file(store, name.partition(".")[0], "cover")
    try:
        with _lasting_refusals():
            images.make_cover(source, temporary)
        with transaction(session):
            found = _locked(session, photo_id)
            if found is None or not _lacks_cover(found[1]) or found[1].file_name != file_name:
                return
            publish(temporary, store.cover(name))
            found[1].cover_name = name
    finally:
        temporary.unlink(missing_ok=True)


def _lacks_cover(photo: Photo) -> bool:
    return photo.is_seen and photo.cover_of is not None and photo.cover_name is None


def _locked(session: Session, photo_id: int) -> tuple[Album, Photo] | None:
    """A photo and its album, locked; ``None`` if it is gone.

    Raises:
        MovedMeanwhile: If it has just changed albums.
    """
    photo = session.get(Photo, photo_id)
    if photo is None:
        return None
    album = photo.album
    try:
        lock_or(session, album, NoSuchAlbum)
        lock_or(session, photo)
    except NotFound:
        return None
    if photo.album_id != album.id:
        raise MovedMeanwhile
    return album, photo


def _place(store: PhotoStore, place: Place, file_name: str, outputs: Outputs) -> None:
    """Give what was made the names that are served, the one that pages link to last."""
    stem = file_name.partition(".")[0]
    publish(outputs.large, store.large(*place, stem))
    publish(outputs.thumb, store.thumb(*place, stem))
    publish(outputs.original, store.original(*place, file_name))


def _write(photo: Photo, made: Prepared) -> None:
    photo.size, photo.placeholder = made.size, made.placeholder
    photo.width, photo.height = made.width, made.height


@contextmanager
def _outputs(store: PhotoStore, stem: str) -> Iterator[Outputs]:
    """Files of our own to write in, on the disk of the albums; what is left of them goes."""
    parts = [temporary_file(store, stem, part) for part in ("original", "large", "thumb")]
    try:
        yield Outputs(*parts)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def temporary_file(store: PhotoStore, stem: str, part: str) -> Path:
    """A file that nobody else writes in, for a *part* of what is made of a photo."""
    path = store.incoming(f"{stem}-{secrets.token_hex(4)}-{part}")
    path.parent.mkdir(exist_ok=True)
    return path


def _settle(outputs: Outputs) -> None:
    """Wait until the disk has what was made: later, rows would be locked meanwhile."""
    for path in (outputs.original, outputs.large, outputs.thumb):
        sync(path)


@contextmanager
def _lasting_refusals() -> Iterator[None]:
    """A file of ours that cannot be decoded will not be later either."""
    try:
        yield
    except TooSlow:
        raise
    except ImageRefused as refusal:
        raise PermanentFailure(f"{type(refusal).__name__}: {refusal}") from refusal
