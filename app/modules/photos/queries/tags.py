"""Who is on which photos."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from app.core.pagination import Page, paginate
from app.core.text import comparison_key
from app.models import Album, PCeen, Photo, PhotoPerson, PhotoTag
from app.modules.photos.queries.access import photos_seen
from app.modules.photos.rules.access import Access

#: Photos on one page.
PAGE_SIZE = 60


def tags_of(session: Session, photo_ids: Iterable[int]) -> Mapping[int, Sequence[PhotoTag]]:
    """Who is on each of these photos, by name: one statement for all of them."""
    found: dict[int, list[PhotoTag]] = {key: [] for key in photo_ids}
    stmt = (
        sa.select(PhotoTag)
        .join(PhotoTag.pceen)
        .where(PhotoTag.photo_id.in_(found))
        .order_by(PCeen.nom_key, PCeen.prenom_key, PCeen.id)
        .options(contains_eager(PhotoTag.pceen))
    )
    for tag in session.scalars(stmt):
        found[tag.photo_id].append(tag)
    return found


def photos_of(session: Session, pceen: PCeen, access: Access, *, number: int) -> Page[Photo]:
    """The photos that someone is on, among those that they see, the latest tag first."""
    stmt = (
        sa.select(Photo)
        .join(PhotoTag, PhotoTag.photo_id == Photo.id)
        .join(Photo.album)
        .join(Album.collection)
        .where(PhotoTag.pceen_id == pceen.id, photos_seen(access))
        .order_by(PhotoTag.created_at.desc(), Photo.id.desc())
        .options(contains_eager(Photo.album).contains_eager(Album.collection))
    )
    return paginate(session, stmt, number=number, size=PAGE_SIZE)


def wishes_of(session: Session, pceen: PCeen) -> tuple[int, bool]:
    """How many photos someone is on, whatever they see of them; whether others may say so."""
    count = sa.select(sa.func.count()).where(PhotoTag.pceen_id == pceen.id).scalar_subquery()
    wish = sa.select(PhotoPerson.taggable).where(PhotoPerson.pceen_id == pceen.id)
    number, taggable = session.execute(sa.select(count, wish.scalar_subquery())).one()
    return number, taggable is not False


def count_since(
    session: Session, pceen: PCeen, album: Album, access: Access, since: datetime
) -> int:
    """On how many photos of an album others have said that someone is, *since* then."""
    stmt = (
        sa.select(sa.func.count())
        .select_from(PhotoTag)
        .join(PhotoTag.photo)
        .join(Photo.album)
        .join(Album.collection)
        .where(
            PhotoTag.pceen_id == pceen.id,
            PhotoTag.created_at >= since,
            sa.or_(PhotoTag.tagged_by_id.is_(None), PhotoTag.tagged_by_id != pceen.id),
            Photo.album_id == album.id,
            photos_seen(access),
        )
    )
    return session.scalars(stmt).one()


def is_taggable(session: Session, pceen: PCeen) -> bool:
    """Whether someone lets others say that they are on a photo."""
    stmt = sa.select(PhotoPerson.taggable).where(PhotoPerson.pceen_id == pceen.id)
    return session.scalars(stmt).one_or_none() is not False


def taggable_by(me: PCeen) -> sa.ColumnElement[bool]:
    """Whether someone may be said by *me* to be on a photo: for a query."""
    refuses = sa.select(PhotoPerson.pceen_id).where(sa.not_(PhotoPerson.taggable))
    return sa.and_(PCeen.disabled_at.is_(None), sa.or_(PCeen.id.not_in(refuses), PCeen.id == me.id))


def find_people(session: Session, text: str, me: PCeen, *, most: int = 8) -> Sequence[PCeen]:
    """People whose names begin with the words of *text*, and who may be tagged by *me*."""
    words = comparison_key(text).split()
    if not words:
        return []
    stmt = sa.select(PCeen).where(taggable_by(me))
    for word in words:
        stmt = stmt.where(
            sa.or_(
                *(
                    column.startswith(word, autoescape=True)
                    for column in (PCeen.prenom_key, PCeen.nom_key, PCeen.username)
                ),
                PCeen.nom_key.contains(f" {word}", autoescape=True),
            )
        )
    ordered = stmt.order_by(PCeen.promo.desc(), PCeen.nom_key, PCeen.prenom_key, PCeen.id)
    return session.scalars(ordered.limit(most)).all()
