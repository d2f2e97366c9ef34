"""The photo of a file."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.enums import PhotoState
from app.integrations import images
from app.models import Album, Photo

_SUFFIXES = frozenset(images.SUFFIXES.values())


def published(session: Session, album: Album, name: str) -> Photo | None:
    """The photo of an album that is published under a name."""
    return _among(session, album, [name])


def previewed(session: Session, album: Album, name: str) -> Photo | None:
    """The photo of an album whose previews are called so."""
    stem, _, suffix = name.rpartition(".")
    if suffix != "webp":
        return None
    return _among(session, album, [f"{stem}{one}" for one in _SUFFIXES])


def _among(session: Session, album: Album, names: list[str]) -> Photo | None:
    stmt = sa.select(Photo).filter_by(album_id=album.id, state=PhotoState.ready)
    return session.scalars(stmt.where(Photo.file_name.in_(names)).limit(1)).first()


def covering(session: Session, name: str) -> Photo | None:
    """The photo that stands for its album with this cover."""
    stmt = (
        sa.select(Photo)
        .where(Photo.cover_of.is_not(None), Photo.cover_name == name)
        .where(Photo.state == PhotoState.ready)
        .options(joinedload(Photo.album).joinedload(Album.collection))
    )
    return session.scalars(stmt.limit(1)).first()
