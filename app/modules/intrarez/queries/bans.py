"""Who is banned, and until when."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.enums import BanKind
from app.models import Ban
from app.modules.intrarez.errors import NoSuchBan
from app.modules.intrarez.rules import bans

#: What the databases number rows with.
_LARGEST_ID = 2**31 - 1


def weighs(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a ban keeps its person from the Internet at *now*."""
    return sa.and_(
        Ban.starts_at <= now,
        Ban.ended_at.is_(None),
        sa.or_(Ban.ends_at.is_(None), Ban.ends_at > now),
    )


def active_ban(session: Session, pceen_id: int) -> Ban | None:
    """The ban that weighs on someone now; the disciplinary one first."""
    stmt = (
        sa.select(Ban)
        .where(Ban.pceen_id == pceen_id, weighs(clock.now()))
        .order_by(Ban.kind)
        .limit(1)
    )
    return session.scalars(stmt).first()


def active_bans(session: Session, pceen_id: int) -> Sequence[Ban]:
    """The bans that weigh on someone now; the disciplinary one first."""
    stmt = sa.select(Ban).where(Ban.pceen_id == pceen_id, weighs(clock.now()))
    return session.scalars(stmt.order_by(Ban.kind)).all()


def open_ban(session: Session, pceen_id: int, kind: BanKind) -> Ban | None:
    """The ban of that kind that nobody ended yet, begun or not."""
    stmt = sa.select(Ban).where(Ban.open_key == bans.open_key(pceen_id, kind))
    return session.scalars(stmt).one_or_none()


def ban_or_none(session: Session, key: int) -> Ban | None:
    """The ban numbered *key*, if there is one."""
    return session.get(Ban, key) if key <= _LARGEST_ID else None


def ban(session: Session, key: int) -> Ban:
    """The ban numbered *key*.

    Raises:
        NoSuchBan: If there is none.
    """
    found = ban_or_none(session, key)
    if found is None:
        raise NoSuchBan
    return found


def bans_of(session: Session, pceen_id: int) -> Sequence[Ban]:
    """All the bans of someone, the latest first, with who gave and ended them."""
    stmt = (
        sa.select(Ban)
        .where(Ban.pceen_id == pceen_id)
        .options(joinedload(Ban.created_by), joinedload(Ban.ended_by))
        .order_by(Ban.id.desc())
        .limit(50)
    )
    return session.scalars(stmt).all()


def over_bans(session: Session) -> Sequence[Ban]:
    """The bans whose end has passed, and that are still open."""
    stmt = sa.select(Ban).where(Ban.open_key.is_not(None), Ban.ends_at <= clock.now())
    return session.scalars(stmt.order_by(Ban.id)).all()


def open_bans(session: Session, kind: BanKind | None) -> Sequence[Ban]:
    """The bans that nobody ended yet, of a kind or of both."""
    stmt = sa.select(Ban).where(Ban.open_key.is_not(None)).options(joinedload(Ban.pceen))
    if kind is not None:
        stmt = stmt.where(Ban.kind == kind)
    return session.scalars(stmt.order_by(Ban.id)).all()
