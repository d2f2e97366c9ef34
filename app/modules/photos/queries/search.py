"""The latest photos of all albums, and those that are looked for."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from app.core.pagination import Page, paginate
from app.core.text import comparison_key
from app.models import UNDATED, Album, Collection, PCeen, Photo, PhotoTag
from app.modules.photos.queries.access import albums_seen, photos_seen
from app.modules.photos.queries.photos import AUTHOR
from app.modules.photos.rules.access import Access

#: Photos on one page.
PAGE_SIZE = 60
#: How many of the latest are shown, on all pages together.
LATEST = 600
#: How many albums are found by their names.
ALBUMS_FOUND = 12
#: Of what is looked for, how many words count.
_WORDS = 6


def latest(session: Session, access: Access, *, number: int) -> Page[Photo]:
    """The photos that came last, of all albums that someone sees; with albums and authors."""
    seen = _of_albums().where(photos_seen(access))
    some = seen.with_only_columns(Photo.id).limit(LATEST).subquery()
    total = session.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    lately = seen.order_by(Photo.uploaded_at.desc(), Photo.id.desc())
    items = session.scalars(lately.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    return Page(items, number, PAGE_SIZE, total)


def found(session: Session, access: Access, text: str, *, number: int) -> Page[Photo]:
    """The photos that someone sees and that say each word of *text*, the latest first.

    They say it by their caption, or by the name of their author, of someone who is on them, of
    their album or of its collection.
    """
    conditions = [_says(word) for word in _words(text)] or [sa.false()]
    stmt = _of_albums().where(photos_seen(access), *conditions)
    lately = (Photo.sort_at == UNDATED, Photo.sort_at.desc(), Photo.id.desc())
    return paginate(session, stmt.order_by(*lately), number=number, size=PAGE_SIZE)


def albums_found(session: Session, access: Access, text: str) -> Sequence[Album]:
    """The albums that someone sees and whose name, or their collection's, holds each word."""
    conditions = [_is_called(word) for word in _words(text)] or [sa.false()]
    stmt = (
        sa.select(Album)
        .join(Album.collection)
        .where(albums_seen(access), *conditions)
        .order_by(Album.start.is_(None), Album.start.desc(), Album.name, Album.id)
        .options(contains_eager(Album.collection))
        .limit(ALBUMS_FOUND)
    )
    return session.scalars(stmt).all()


def _of_albums() -> sa.Select[Photo]:
    stmt = sa.select(Photo).join(Photo.album).join(Album.collection)
    return stmt.options(contains_eager(Photo.album).contains_eager(Album.collection), AUTHOR)


def _words(text: str) -> list[str]:
    return text.split()[:_WORDS]


def _is_called(word: str) -> sa.ColumnElement[bool]:
    """Whether an album or its collection has *word* in its name."""
    return sa.or_(
        *(name.icontains(word, autoescape=True) for name in (Album.name, Collection.name))
    )


def _says(word: str) -> sa.ColumnElement[bool]:
    """Whether a photo says *word*."""
    written = [c.icontains(word, autoescape=True) for c in (Photo.caption, Photo.author_str)]
    conditions = [*written, _is_called(word)]
    if key := comparison_key(word):
        names = (PCeen.prenom_key, PCeen.nom_key)
        people = sa.select(PCeen.id).where(
            sa.or_(*(n.contains(key, autoescape=True) for n in names))
        )
        tagged = sa.select(PhotoTag.photo_id).where(PhotoTag.pceen_id.in_(people))
        conditions += [Photo.author_id.in_(people), Photo.id.in_(tagged)]
    return sa.or_(*conditions)
