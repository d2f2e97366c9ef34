"""What the database says of the folder of the photos."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import PhotoState
from app.models import Album, Collection, OutboxEntry, Photo, PhotoTag
from app.modules.photos.effects import MoveAlbum, SweepAlbum

#: Numbers in one statement.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Rows:
    """The collections, albums and photos that there are, by their addresses."""

    collections: frozenset[str]
    #: The number of each album.
    albums: Mapping[tuple[str, str], int]
    #: The photos of each album: their number, by the name of their file.
    photos: Mapping[int, Mapping[str, int]]
    #: Those that are not published yet.
    coming: frozenset[int]

    @property
    def count(self) -> int:
        return sum(len(names) for names in self.photos.values())


def rows(session: Session) -> Rows:
    """All that there is, in three statements."""
    collections = frozenset(session.scalars(sa.select(Collection.dir_name)))
    albums = addresses(session)
    photos: dict[int, dict[str, int]] = {key: {} for key in albums.values()}
    coming = set()
    stmt = sa.select(Photo.id, Photo.album_id, Photo.file_name, Photo.state)
    for key, album_id, file_name, state in session.execute(stmt):
        photos.setdefault(album_id, {})[file_name] = key
        if state is not PhotoState.ready:
            coming.add(key)
    return Rows(collections, albums, photos, frozenset(coming))


def addresses(session: Session) -> dict[tuple[str, str], int]:
    """The number of each album, by its address."""
    named = sa.select(Collection.dir_name, Album.dir_name, Album.id).join(Album.collection)
    return {(collection, album): key for collection, album, key in session.execute(named)}


def counts(session: Session) -> dict[str, int]:
    """How many collections, albums, photos and tags there are."""
    return {
        model.__tablename__: session.scalars(sa.select(sa.func.count()).select_from(model)).one()
        for model in (Collection, Album, Photo, PhotoTag)
    }


def count_tags(session: Session, photo_ids: Iterable[int]) -> int:
    """How many tags there are on these photos."""
    keys, total = list(photo_ids), 0
    for start in range(0, len(keys), _BATCH):
        some = PhotoTag.photo_id.in_(keys[start : start + _BATCH])
        total += session.scalars(sa.select(sa.func.count()).where(some)).one()
    return total


def is_moving(session: Session) -> bool:
    """Whether directories are being moved or swept: they are not where the rows say."""
    stmt = sa.select(OutboxEntry.id).where(
        OutboxEntry.kind.in_([MoveAlbum.kind, SweepAlbum.kind]),
        OutboxEntry.sent_at.is_(None),
        OutboxEntry.cancelled_at.is_(None),
    )
    return session.scalars(stmt.limit(1)).first() is not None


def digests(session: Session, album_id: int) -> Mapping[str, PhotoState]:
    """The digests of what was sent to an album, and what became of each."""
    stmt = sa.select(Photo.sha256, Photo.state).where(Photo.album_id == album_id)
    return {row.sha256: row.state for row in session.execute(stmt)}
