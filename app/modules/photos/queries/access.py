"""The albums and photos that someone sees, as conditions of a query."""

import sqlalchemy as sa

from app.enums import PhotoState
from app.models import Album, Collection, Photo
from app.modules.photos.rules.access import Access, Reach


def albums_seen(access: Access) -> sa.ColumnElement[bool]:
    """Whether an album, joined to its collection, is seen: what ``Access.sees_album`` says."""
    if not access.opens:
        return sa.false()
    readable = sa.and_(
        Album.visible,
        sa.or_(
            Album.id.in_(access.reads.albums),
            sa.and_(Collection.visible, _of_collections(access.reads)),
        ),
    )
    return sa.or_(albums_within(access.writes), readable)


def photos_seen(access: Access) -> sa.ColumnElement[bool]:
    """Whether a photo, joined to its album and its collection, is seen, and not only coming."""
    ready = Photo.state == PhotoState.ready
    shown = sa.or_(sa.not_(Photo.hidden), albums_within(access.writes))
    return sa.and_(albums_seen(access), ready, shown)


def albums_within(reach: Reach) -> sa.ColumnElement[bool]:
    """Whether an album is within reach."""
    return sa.or_(_of_collections(reach), Album.id.in_(reach.albums))


def _of_collections(reach: Reach) -> sa.ColumnElement[bool]:
    if reach.everything:
        return sa.true()
    return Album.collection_id.in_(reach.collections)
