"""The photos of an album, in their order."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core.pagination import Page, paginate
from app.enums import PhotoState
from app.integrations.images import SUFFIXES
from app.models import Album, PCeen, Photo
from app.modules.photos.errors import NoSuchPhoto

#: Photos on one page of an album.
PAGE_SIZE = 200

_ORDER = (Photo.sort_at, Photo.original_name, Photo.id)
_REVERSED = tuple(column.desc() for column in _ORDER)
#: Reads the names of authors with the photos.
AUTHOR = joinedload(Photo.author).load_only(PCeen.prenom, PCeen.nom)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An album, as someone sees it: all its photos for who *writes* it, else those for all."""

    album: Album
    writes: bool

    @property
    def photos(self) -> sa.ColumnElement[bool]:
        """Whether a photo is one that they see there."""
        here = Photo.album_id == self.album.id
        if self.writes:
            return here
        return sa.and_(here, Photo.state == PhotoState.ready, sa.not_(Photo.hidden))


@dataclass(frozen=True, slots=True)
class Slice:
    """Photos that follow one another: the first is number ``first``, from 1, of ``total``."""

    items: Sequence[Photo]
    first: int
    total: int

    @property
    def is_last(self) -> bool:
        return self.first + len(self.items) > self.total


def page(session: Session, shown: Shown, *, number: int) -> Page[Photo]:
    """A page of an album, with the authors."""
    stmt = sa.select(Photo).where(shown.photos).order_by(*_ORDER).options(AUTHOR)
    return paginate(session, stmt, number=number, size=PAGE_SIZE)


def following(session: Session, shown: Shown, *, file_name: str) -> Slice:
    """The photos that come after one of an album, as many as on a page, with the authors.

    Raises:
        NoSuchPhoto: If there is none of that name.
    """
    last = _one(session, shown, Photo.file_name == file_name.replace("\x00", "?"))
    stmt = sa.select(Photo).where(shown.photos, _after(last)).order_by(*_ORDER)
    items = session.scalars(stmt.options(AUTHOR).limit(PAGE_SIZE)).all()
    is_before = sa.not_(_after(last))
    counts = sa.select(sa.func.count(), sa.func.sum(sa.case((is_before, 1), else_=0)))
    total, before = session.execute(counts.select_from(Photo).where(shown.photos)).one()
    return Slice(items, int(before or 0) + 1, total)


def count(session: Session, shown: Shown) -> int:
    """How many photos of an album are shown."""
    counted = sa.select(sa.func.count()).select_from(Photo).where(shown.photos)
    return session.scalars(counted).one()


def named(session: Session, shown: Shown, file_names: Sequence[str]) -> Sequence[Photo]:
    """The photos of an album that have these names, if it has them; with the authors."""
    wanted = Photo.file_name.in_(file_names[:PAGE_SIZE])
    return session.scalars(
        sa.select(Photo).where(shown.photos, wanted).order_by(*_ORDER).options(AUTHOR)
    ).all()


def with_stem(session: Session, shown: Shown, stem: str) -> Photo:
    """The photo of an album whose address ends with *stem*; with its author.

    Raises:
        NoSuchPhoto: If there is none.
    """
    stem = stem.replace("\x00", "?")  # which no name holds, and databases take
    names = [stem + suffix for suffix in sorted(set(SUFFIXES.values()))]
    return _one(session, shown, Photo.file_name.in_(names))


def _one(session: Session, shown: Shown, which: sa.ColumnElement[bool]) -> Photo:
    stmt = sa.select(Photo).where(shown.photos, which).order_by(Photo.id).options(AUTHOR)
    found = session.scalars(stmt.limit(1)).first()
    if found is None:
        raise NoSuchPhoto
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where a photo is in its album, and those next to it."""

    #: From 1.
    number: int
    total: int
    previous: Photo | None
    next: Photo | None

    @property
    def page(self) -> int:
        """The page of the album that it is on."""
        return (self.number - 1) // PAGE_SIZE + 1


def place(session: Session, shown: Shown, photo: Photo) -> Place:
    """Where a photo is in its album."""
    is_after = _after(photo)
    counts = sa.select(sa.func.count(), sa.func.sum(sa.case((is_after, 0), else_=1)))
    total, number = session.execute(counts.select_from(Photo).where(shown.photos)).one()
    near = sa.select(Photo).where(shown.photos, Photo.id != photo.id).limit(1)
    is_before = sa.and_(Photo.sort_at <= photo.sort_at, sa.not_(is_after))
    previous = session.scalars(near.where(is_before).order_by(*_REVERSED)).first()
    after = session.scalars(near.where(is_after).order_by(*_ORDER)).first()
    return Place(int(number or 0), total, previous, after)


def _after(photo: Photo) -> sa.ColumnElement[bool]:
    """Whether a photo of its album comes after this one."""
    at, name = Photo.sort_at, Photo.original_name
    later = sa.and_(name == photo.original_name, Photo.id > photo.id)
    same_instant = sa.and_(at == photo.sort_at, sa.or_(name > photo.original_name, later))
    # the first condition says no more than the others, but an index knows where to begin
    return sa.and_(at >= photo.sort_at, sa.or_(at > photo.sort_at, same_instant))
