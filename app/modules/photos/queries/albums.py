"""Collections and albums: what pages list of them, for who may see it (community 2.1 and 2.3)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from app.core.pagination import Page
from app.models import Album, Collection, Photo
from app.modules.photos.queries.access import albums_seen
from app.modules.photos.rules.access import Access

#: Cards on one page.
PAGE_SIZE = 200
_BY_PLACE = (Album.position.is_(None), Album.position, Album.id)
#: What was given a place first, then the latest.
_COLLECTIONS = (
    Collection.position.is_(None),
    Collection.position,
    Collection.start.is_(None),
    Collection.start.desc(),
    Collection.name,
    Collection.id,
)


@dataclass(frozen=True, slots=True)
class CollectionCard:
    """A collection among the others."""

    collection: Collection
    #: How many albums it shows, and how many photos these do.
    albums: int
    photos: int
    #: The file of its cover, if it has one.
    cover: str | None


@dataclass(frozen=True, slots=True)
class AlbumCard:
    """An album among the others."""

    album: Album
    #: The file of its cover, if it has one.
    cover: str | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What there is for someone: what is hidden is never counted."""

    collections: int
    albums: int
    photos: int


def collection(session: Session, directory: str) -> Collection | None:
    """The collection of an address, whoever asks."""
    return session.scalars(sa.select(Collection).filter_by(dir_name=directory)).one_or_none()


def album(session: Session, within: Collection, directory: str) -> Album | None:
    """The album of an address in a collection, whoever asks."""
    stmt = sa.select(Album).filter_by(collection_id=within.id, dir_name=directory)
    return session.scalars(stmt).one_or_none()


def all_collections(session: Session) -> Sequence[Collection]:
    """Every collection, in the order of pages."""
    return session.scalars(sa.select(Collection).order_by(*_COLLECTIONS)).all()


def albums_in(session: Session, within: Collection) -> Sequence[Album]:
    """Every album of a collection, in the order of pages."""
    stmt = sa.select(Album).where(Album.collection_id == within.id).order_by(*_BY_PLACE)
    return session.scalars(stmt).all()


def written(session: Session, access: Access) -> Sequence[Collection]:
    """The collections that someone may write."""
    stmt = sa.select(Collection).order_by(*_COLLECTIONS)
    if not access.writes.everything:
        stmt = stmt.where(Collection.id.in_(access.writes.collections))
    return session.scalars(stmt).all()


def cover_files(session: Session, albums: Sequence[int]) -> Mapping[int, list[str]]:
    """The files of all covers that photos of these albums have."""
    of_these = Photo.album_id.in_(albums)
    stmt = sa.select(Photo.album_id, Photo.cover_name).where(
        of_these, Photo.cover_name.is_not(None)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for key, name in session.execute(stmt):
        if name is not None:
            found[key].append(name)
    return found


def collections_page(
    session: Session, access: Access, *, own: Access, number: int
) -> Page[CollectionCard]:
    """One page of the collections that someone may open, or of which they may open an album.

    Their covers are those of albums that they see by rights of their *own*: what is open to
    everybody is shown under its address alone.
    """
    counted, first = _counted(access), _firsts(own)
    stmt = (
        sa.select(
            Collection,
            sa.func.coalesce(counted.c.albums, 0),
            sa.func.coalesce(counted.c.photos, 0),
            Photo.cover_name,
        )
        .outerjoin(counted, counted.c.collection_id == Collection.id)
        .outerjoin(first, sa.and_(first.c.collection_id == Collection.id, first.c.rank == 1))
        .outerjoin(Photo, Photo.cover_of == first.c.album_id)
        .where(_opened(access))
        .order_by(*_COLLECTIONS)
    )
    return _paged(
        session, stmt, lambda row: CollectionCard(row[0], row[1], int(row[2]), row[3]), number
    )


def _opened(access: Access) -> sa.ColumnElement[bool]:
    """Whether there is something in a collection for someone, or they may put something there."""
    if not access.opens:
        return sa.false()
    writes = sa.true() if access.writes.everything else Collection.id.in_(access.writes.collections)
    has_albums = sa.exists().where(Album.collection_id == Collection.id, albums_seen(access))
    return sa.or_(writes, has_albums.correlate(Collection))


def _counted(access: Access) -> sa.Subquery:
    """How much each collection shows someone: what is hidden is not counted, even for editors."""
    return (
        sa.select(
            Album.collection_id,
            sa.func.count().label("albums"),
            sa.func.sum(Album.nb_photos).label("photos"),
        )
        .join(Album.collection)
        .where(Album.visible, albums_seen(access))
        .group_by(Album.collection_id)
        .subquery()
    )


def _firsts(access: Access) -> sa.Subquery:
    """The albums that someone sees of each collection: first the one that gives its cover."""
    order = (Album.featured_of.is_(None), *_BY_PLACE)
    return (
        sa.select(
            Album.collection_id,
            Album.id.label("album_id"),
            sa.func.row_number()
            .over(partition_by=Album.collection_id, order_by=order)
            .label("rank"),
        )
        .join(Album.collection)
        .where(Album.visible, albums_seen(access))
        .subquery()
    )


def albums_page(
    session: Session, access: Access, within: Collection, *, number: int
) -> Page[AlbumCard]:
    """One page of the albums of a collection that someone may open."""
    stmt = (
        sa.select(Album, Photo.cover_name)
        .join(Album.collection)
        .outerjoin(Photo, Photo.cover_of == Album.id)
        .where(Album.collection_id == within.id, albums_seen(access))
        .options(contains_eager(Album.collection))
        .order_by(*_BY_PLACE)
    )
    return _paged(session, stmt, lambda row: AlbumCard(*row), number)


def _paged(session: Session, stmt: Any, made: Any, number: int) -> Page[Any]:
    """One page of rows, made into what pages show; its length is asked for where it is long."""
    number = max(1, number)
    found = session.execute(stmt.limit(PAGE_SIZE + 1).offset((number - 1) * PAGE_SIZE)).all()
    if number == 1 and len(found) <= PAGE_SIZE:
        total = len(found)
    else:
        counted = sa.select(sa.func.count()).select_from(stmt.order_by(None).subquery())
        total = session.execute(counted).scalar_one()
    if not found and number > 1:
        return _paged(session, stmt, made, -(-total // PAGE_SIZE))
    return Page([made(row) for row in found[:PAGE_SIZE]], number, PAGE_SIZE, total)


def glance(session: Session, access: Access) -> tuple[Totals, Album | None]:
    """How much there is for someone to look at, and the last album that was made: one statement."""
    counted = (
        sa.select(
            sa.func.count(sa.distinct(Album.collection_id)).label("collections"),
            sa.func.count().label("albums"),
            sa.func.coalesce(sa.func.sum(Album.nb_photos), 0).label("photos"),
            sa.func.max(Album.id).label("newest"),
        )
        .join(Album.collection)
        .where(Album.visible, albums_seen(access))
        .subquery()
    )
    stmt = (
        sa.select(counted.c.collections, counted.c.albums, counted.c.photos, Album)
        .select_from(counted)
        .outerjoin(Album, Album.id == counted.c.newest)
        .outerjoin(Album.collection)
        .options(contains_eager(Album.collection))
    )
    collections, albums, photos, newest = session.execute(stmt).one()
    return Totals(collections, albums, int(photos)), newest
