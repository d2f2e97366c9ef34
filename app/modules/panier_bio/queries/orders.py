"""Orders: of someone, behind a link, waiting."""

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import tokens
from app.core.pagination import Page, paginate
from app.enums import BasketStatus
from app.models import OrderPanierBio, PCeen
from app.modules.panier_bio.errors import NoSuchLink, NoSuchOrder

#: How many orders a page lists.
PAGE_SIZE = 20
#: What shows that whoever ordered is who they say: an account, or a link that they opened.
is_sure = sa.or_(OrderPanierBio.pceen_id.is_not(None), OrderPanierBio.confirmed_at.is_not(None))
is_live = OrderPanierBio.status != BasketStatus.cancelled
#: What nobody has confirmed yet: it lapses.
is_unconfirmed = sa.or_(
    OrderPanierBio.status == BasketStatus.pending,
    sa.and_(OrderPanierBio.status == BasketStatus.waiting, sa.not_(is_sure)),
)


def order(session: Session, key: int) -> OrderPanierBio:
    """The order numbered *key*, whoever made it.

    Raises:
        NoSuchOrder: If there is none.
    """
    found = session.get(OrderPanierBio, key)
    if found is None:
        raise NoSuchOrder
    return found


def own_order(session: Session, key: int, pceen: PCeen) -> OrderPanierBio:
    """The order numbered *key*, of someone.

    Raises:
        NoSuchOrder: If there is none, or it is somebody else's.
    """
    found = order(session, key)
    if found.pceen_id != pceen.id:
        raise NoSuchOrder
    return found


def upcoming(session: Session, pceen: PCeen, *, today: date) -> Sequence[OrderPanierBio]:
    """What someone ordered, or waits for, from *today* on, whatever the weekday is now."""
    stmt = _of(pceen).where(is_live, OrderPanierBio.date >= today)
    return session.scalars(stmt.order_by(OrderPanierBio.date, OrderPanierBio.id)).all()


def past(session: Session, pceen: PCeen, *, today: date, number: int = 1) -> Page[OrderPanierBio]:
    """What someone ordered before *today*, and what was cancelled, the latest first."""
    stmt = _of(pceen).where(sa.or_(sa.not_(is_live), OrderPanierBio.date < today))
    stmt = stmt.order_by(OrderPanierBio.date.desc(), OrderPanierBio.id.desc())
    return paginate(session, stmt, number=number, size=PAGE_SIZE)


def _of(pceen: PCeen) -> sa.Select[OrderPanierBio]:
    return sa.select(OrderPanierBio).where(OrderPanierBio.pceen_id == pceen.id)


def behind(session: Session, secret: str) -> Sequence[OrderPanierBio]:
    """What a visitor ordered together, by the secret of their link, cancelled ones included.

    Raises:
        NoSuchLink: If it opens nothing.
    """
    stmt = sa.select(OrderPanierBio).where(OrderPanierBio.token_hash == tokens.digest(secret))
    found = session.scalars(stmt.order_by(OrderPanierBio.date, OrderPanierBio.id)).all()
    if not found:
        raise NoSuchLink
    return found


def pending_count(session: Session, email: str) -> int:
    """How many baskets wait until the owner of an address confirms that it is theirs."""
    stmt = sa.select(sa.func.count()).where(OrderPanierBio.email == email, is_unconfirmed)
    return session.scalars(stmt).one()


def unconfirmed(session: Session) -> Sequence[OrderPanierBio]:
    """What nobody has confirmed yet."""
    stmt = sa.select(OrderPanierBio).where(is_unconfirmed)
    return session.scalars(stmt.order_by(OrderPanierBio.date, OrderPanierBio.id)).all()


def first_waiting(session: Session, day: date, most: int | None) -> Sequence[OrderPanierBio]:
    """Who has waited longest for a basket of *day*, and is who they say: *most* at most."""
    stmt = (
        sa.select(OrderPanierBio)
        .where(OrderPanierBio.date == day, OrderPanierBio.status == BasketStatus.waiting, is_sure)
        .order_by(OrderPanierBio.created_at, OrderPanierBio.id)
        .limit(most)
        .options(joinedload(OrderPanierBio.pceen))
    )
    return session.scalars(stmt).all()


def waited_days(session: Session, *, first: date) -> Sequence[date]:
    """The days, from *first* on, that somebody waits for, in order."""
    stmt = sa.select(OrderPanierBio.date).where(
        OrderPanierBio.status == BasketStatus.waiting, OrderPanierBio.date >= first
    )
    return session.scalars(stmt.distinct().order_by(OrderPanierBio.date)).all()


def to_remind(session: Session, days: Collection[date]) -> Sequence[OrderPanierBio]:
    """The confirmed orders of *days* of which nobody was reminded."""
    stmt = sa.select(OrderPanierBio).where(
        OrderPanierBio.date.in_(days),
        OrderPanierBio.status == BasketStatus.confirmed,
        OrderPanierBio.reminded_at.is_(None),
    )
    stmt = stmt.options(joinedload(OrderPanierBio.pceen))
    return session.scalars(stmt.order_by(OrderPanierBio.id)).all()


def count_of_visitor(session: Session, email: str) -> int:
    """How many orders a visitor ever made with an address."""
    stmt = sa.select(sa.func.count()).where(OrderPanierBio.email == email)
    return session.scalars(stmt).one()
