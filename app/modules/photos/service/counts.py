"""What an album shows: how many photos, and the one that stands for it."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import PhotoState
from app.models import Album, Photo, defer
from app.modules.photos.effects import MakeCover


def refresh(session: Session, album: Album) -> bool:
    """Count again what an album shows, and choose its cover; the caller has locked it.

    An album with nothing left to show is hidden: return whether it has just been.
    """
    session.flush()
    seen = (Photo.album_id == album.id, Photo.state == PhotoState.ready, sa.not_(Photo.hidden))
    counted = sa.select(sa.func.count()).select_from(Photo).where(*seen)
    album.nb_photos = session.scalars(counted).one()
    # the one that was chosen comes before all others
    order = (Photo.featured_of.is_(None), Photo.sort_at, Photo.original_name, Photo.id)
    _stand(
        session,
        album,
        session.scalars(sa.select(Photo).where(*seen).order_by(*order).limit(1)).first(),
    )
    is_over = album.visible and album.nb_photos == 0
    if is_over:
        album.visible = False
        album.version += 1
    session.flush()
    return is_over


def _stand(session: Session, album: Album, cover: Photo | None) -> None:
    """Have *cover* stand for an album, and no longer the one that did."""
    former = session.scalars(sa.select(Photo).where(Photo.cover_of == album.id)).one_or_none()
    if former is not cover and former is not None:
        former.cover_of = None
        session.flush()  # one photo at most: the former goes before the next comes
    if cover is None:
        return
    cover.cover_of = album.id
    if cover.cover_name is None:
        defer(session, MakeCover(photo=cover.id))
