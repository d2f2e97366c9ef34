"""The files of banners: made of what people send, replaced, removed."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.integrations import public_pictures
from app.integrations.folders import BannersFiles
from app.integrations.photo_store import Trouble, publish
from app.integrations.public_pictures import Picture
from app.models import InfoBanner, InfoBannerPreset, defer
from app.modules.banners.effects import RemoveBannerFile
from app.modules.banners.errors import TROUBLES, BannersFolderSuspicious, TooManyFiles
from app.modules.banners.queries import banners as queries
from app.modules.banners.rules import files as rules

#: What a picture fits in, in pixels.
SIDE = 2400


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """What a form brings, besides what is typed."""

    #: What the picture is of: ``banner`` or ``preset``.
    of: str
    image: bytes | None = None
    file: bytes | None = None
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that is on the disk, and how it was called."""

    name: str
    original: str
    size: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What was made of what came."""

    picture: Picture | None = None
    attachment: Attachment | None = None


@contextmanager
def stored(store: BannersFiles, incoming: Incoming) -> Iterator[Stored]:
    """Make files of what was sent, for a row that the block commits.

    They are on the disk before the row is written. What the block refuses leaves nothing.

    Raises:
        PictureError: If the picture cannot be taken.
    """
    with ExitStack() as kept:
        picture = attachment = None
        if incoming.image is not None:
            making = public_pictures.stored(
                store,
                incoming.image,
                store.shelf,
                prefix=f"{incoming.of}_",
                side=SIDE,
                first_frame=True,
            )
            picture = kept.enter_context(making)
        if incoming.file is not None:
            attachment = kept.enter_context(_attached(store, incoming.file, incoming.file_name))
        yield Stored(picture, attachment)


@contextmanager
def _attached(store: BannersFiles, content: bytes, called: str) -> Iterator[Attachment]:
    path = store.file(f"file_{secrets.token_hex(16)}")
    with store.workbench() as (sent, _made):
        sent.write_bytes(content)
        publish(sent, path)
    with public_pictures.kept(path):
        yield Attachment(path.name, rules.kept_name(called), len(content))


def put_picture(
    session: Session, row: InfoBanner | InfoBannerPreset, picture: Picture | None
) -> None:
    """Give another picture, or none; the former one goes once that is committed."""
    former = row.image
    row.image = picture.name if picture else None
    row.image_width = picture.width if picture else None
    row.image_height = picture.height if picture else None
    drop(session, former)


def put_attachment(session: Session, row: InfoBanner, attachment: Attachment | None) -> None:
    """Give another attachment, or none; likewise."""
    former = row.file
    row.file = attachment.name if attachment else None
    row.file_name = attachment.original if attachment else None
    row.file_size = attachment.size if attachment else None
    drop(session, former)


def drop(session: Session, name: str | None) -> None:
    """Have a file go once this is committed, if there is one."""
    if name is not None:
        defer(session, RemoveBannerFile(name))


def remove(session: Session, *, wanted: RemoveBannerFile, store: BannersFiles) -> None:
    """Remove a file that nothing shows any more.

    Raises:
        BannersFolderSuspicious: If the directory is not as it should be: it is tried again.
    """
    if (trouble := store.trouble()) is not None:
        if trouble is Trouble.empty:
            return  # it is not there
        raise BannersFolderSuspicious(why=TROUBLES[trouble])
    with transaction(session):
        is_shown = wanted.name in queries.files(session)
    if not is_shown:
        store.file(wanted.name).unlink(missing_ok=True)


def tidy(session: Session, *, store: BannersFiles) -> int:
    """Remove the files that belong to nothing for a day, and what was left half made.

    Returns how many.

    Raises:
        BannersFolderSuspicious: If the directory is not as it should be.
        TooManyFiles: If they are too many.
    """
    trouble = store.trouble()
    if trouble is not None and (trouble is not Trouble.empty or queries.files(session)):
        raise BannersFolderSuspicious(why=TROUBLES[trouble])
    listed = [file for file in store.files() if rules.is_ours(file.path.name)]
    shown = {(store.shelf.name, name) for name in queries.files(session)}  # after the files
    return public_pictures.tidy(
        store,
        listed,
        shown,
        age=public_pictures.AGE,
        too_many=lambda count: TooManyFiles(count=count),
    )
