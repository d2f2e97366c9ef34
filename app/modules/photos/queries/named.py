"""Photos of an album by the names of their files, for who changes them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.core.text import comparison_key
from app.models import Album, Collection, PCeen, Photo
from app.modules.photos.errors import NoSuchPhoto
from app.modules.photos.queries.access import albums_within
from app.modules.photos.rules.access import Access


def photo_named(session: Session, album: Album, name: str) -> Photo:
    """The photo of an album whose file has that name.

    Raises:
        NoSuchPhoto: If there is none.
    """
    stmt = sa.select(Photo).filter_by(album_id=album.id, file_name=name)
    found = session.scalars(stmt.options(joinedload(Photo.author))).one_or_none()
    if found is None:
        raise NoSuchPhoto
    return found


def photos_named(session: Session, album: Album, names: Sequence[str]) -> dict[str, Photo]:
    """The photos of an album whose files have these names, locked, by name."""
    stmt = sa.select(Photo).where(Photo.album_id == album.id, Photo.file_name.in_(names))
    locked = stmt.order_by(Photo.id).with_for_update().execution_options(populate_existing=True)
    return {photo.file_name: photo for photo in session.scalars(locked)}


def same_in(session: Session, album: Album, photos: Sequence[Photo]) -> Sequence[Photo]:
    """The photos of an album that are the same as some of these."""
    digests = [photo.sha256 for photo in photos]
    stmt = sa.select(Photo).where(Photo.album_id == album.id, Photo.sha256.in_(digests))
    return session.scalars(stmt.order_by(Photo.id)).all()


def albums_to_fill(session: Session, access: Access, *, most: int = 500) -> Sequence[Album]:
    """The albums that someone writes, those of the latest collections first."""
    stmt = sa.select(Album).join(Album.collection).where(albums_within(access.writes))
    order = (Collection.start.is_(None), Collection.start.desc(), Collection.name)
    loaded = stmt.order_by(*order, Album.name, Album.id).options(contains_eager(Album.collection))
    return session.scalars(loaded.limit(most)).all()


def authors(session: Session, text: str, *, most: int = 8) -> Sequence[PCeen]:
    """People whose names begin with the words of *text*, whose accounts are open."""
    words = comparison_key(text).split()
    if not words:
        return []
    stmt = sa.select(PCeen).where(PCeen.disabled_at.is_(None))
    for word in words[:4]:
        starts = (PCeen.prenom_key, PCeen.nom_key)
        begins = [key.startswith(word, autoescape=True) for key in starts]
        inside = [key.contains(f" {word}", autoescape=True) for key in starts]
        stmt = stmt.where(sa.or_(*begins, *inside))
    order = (PCeen.promo.desc(), PCeen.nom_key, PCeen.prenom_key, PCeen.id)
    return session.scalars(stmt.order_by(*order).limit(most)).all()
