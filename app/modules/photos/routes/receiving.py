"""A file that came whole becomes a photo, however it was sent."""

from flask_babel import gettext as _

from app.context import current
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.extensions import db
from app.integrations.photo_store import INCOMING
from app.models import Album, Photo
from app.modules.photos import around
from app.modules.photos.errors import TooLarge
from app.modules.photos.rules.uploads import LARGEST, cleaned_name
from app.modules.photos.service import resumable, uploads as service
from app.modules.photos.service.uploads import Arrived
from app.web.uploads import ArrivingFile, Streamed

#: What a form has besides its files, at most.
_REST = 1_000_000


def too_large(name: str) -> DomainError:
    """What is said of a file that is too large, or of all that is sent."""
    return TooLarge(file=cleaned_name(name) if name else _("Cet envoi"))


#: What forms that send photos may send.
PHOTOS = Streamed(
    folder=lambda: around.store().base / INCOMING,
    largest=LARGEST,
    total=LARGEST + _REST,
    too_large=too_large,
)


def receive(album: Album, file: Arrived, *, upload: str | None = None) -> Photo:
    """Make a photo of a file that came; its *upload*, if it came by one, is over.

    Raises:
        PhotoError: If it may not become one.
    """
    actor, album_id = current.me, album.id
    facts = service.look(db.session(), album=album, file=file)
    with transaction(db.session()) as session:
        photo = service.add(session, album_id=album_id, actor=actor, file=file, facts=facts)
        if upload is not None:
            resumable.forget(session, token=upload)
    return photo


def receive_form_file(album: Album, sent: ArrivingFile, *, name: str) -> Photo:
    """Make a photo of a file of a form.

    Raises:
        PhotoError: If it may not become one.
    """
    sent.settle()
    file = Arrived(path=sent.path, name=cleaned_name(name), size=sent.size, sha256=sent.sha256)
    photo = receive(album, file)
    sent.keep()
    return photo
