"""The photos whose previews are made again."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import PhotoState
from app.integrations.photo_store import Place
from app.models import Album, Collection, Photo
from app.modules.photos.errors import NoSuchAlbum


@dataclass(frozen=True, slots=True, kw_only=True)
class ToRebuild:
    """A photo that is published, as far as its files go."""

    id: int
    place: Place
    file_name: str
    has_placeholder: bool
    is_cover: bool
    cover_name: str | None

    @property
    def stem(self) -> str:
        return self.file_name.partition(".")[0]


def album_at(session: Session, address: str) -> int:
    """The number of the album at ``collection/album``.

    Raises:
        NoSuchAlbum: If there is none.
    """
    collection, _, album = address.partition("/")
    stmt = (
        sa.select(Album.id)
        .join(Album.collection)
        .where(Collection.dir_name == collection, Album.dir_name == album)
    )
    found = session.scalars(stmt).one_or_none()
    if found is None:
        raise NoSuchAlbum
    return found


def count(session: Session, *, album: int | None, after: int) -> int:
    """How many photos are published after that one, in one album or in all."""
    stmt = sa.select(sa.func.count(Photo.id)).where(*_published(album, after))
    return session.scalars(stmt).one()


def batch(session: Session, *, album: int | None, after: int, size: int) -> Sequence[ToRebuild]:
    """The next of them, in the order of their numbers."""
    stmt = (
        sa.select(
            Photo.id,
            Collection.dir_name,
            Album.dir_name,
            Photo.file_name,
            Photo.placeholder.is_not(None),
            Photo.cover_of.is_not(None),
            Photo.cover_name,
        )
        .join(Photo.album)
        .join(Album.collection)
        .where(*_published(album, after))
        .order_by(Photo.id)
        .limit(size)
    )
    return [
        ToRebuild(
            id=number,
            place=(collection, directory),
            file_name=name,
            has_placeholder=bool(has_placeholder),
            is_cover=bool(is_cover),
            cover_name=cover_name,
        )
        for number, collection, directory, name, has_placeholder, is_cover, cover_name in (
            session.execute(stmt)
        )
    ]


def _published(album: int | None, after: int) -> list[sa.ColumnElement[bool]]:
    within = [Photo.album_id == album] if album is not None else []
    return [Photo.state == PhotoState.ready, Photo.id > after, *within]
