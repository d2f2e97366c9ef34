"""The feeds of the calendar, and whose they are."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import tokens
from app.models import CalendarFeed, PCeen
from app.modules.calendar.errors import NoSuchFeed


def own(session: Session, pceen: PCeen) -> Sequence[CalendarFeed]:
    """The feeds that someone has, the oldest first."""
    stmt = sa.select(CalendarFeed).where(*_live(pceen)).order_by(CalendarFeed.id)
    return session.scalars(stmt).all()


def count_of(session: Session, pceen: PCeen) -> int:
    """How many they are."""
    stmt = sa.select(sa.func.count()).select_from(CalendarFeed).where(*_live(pceen))
    return session.scalar(stmt) or 0


def _live(pceen: PCeen) -> tuple[sa.ColumnElement[bool], ...]:
    return CalendarFeed.pceen_id == pceen.id, CalendarFeed.revoked_at.is_(None)


def feed(session: Session, secret: str) -> CalendarFeed:
    """The feed at an address, with whose it is.

    Raises:
        NoSuchFeed: There is none, or none any more.
    """
    stmt = (
        sa.select(CalendarFeed)
        .where(CalendarFeed.token_hash == tokens.digest(secret))
        .options(joinedload(CalendarFeed.pceen))
    )
    found = session.scalars(stmt).one_or_none()
    if found is None or found.revoked_at is not None:
        raise NoSuchFeed
    return found
