"""Rows as they are now, which nobody else changes until the commit: clubs, then events."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import Club, Event
from app.modules.calendar.errors import NoSuchClub, NoSuchEvent, StaleCalendar


def club(session: Session, key: int, *, version: int | None = None) -> Club:
    """A club, kept from others.

    Raises:
        NoSuchClub: If it has just gone.
        StaleCalendar: If it is of another *version*.
    """
    found = session.get(Club, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchClub
    if version not in (None, found.version):
        raise StaleCalendar
    return found


def event(session: Session, key: int, *, version: int) -> Event:
    """An event, kept from others.

    Raises:
        NoSuchEvent: If it has just gone.
        StaleCalendar: If it is of another *version*.
    """
    found = session.get(Event, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchEvent
    if found.version != version:
        raise StaleCalendar
    return found


def series(session: Session, key: int, *, version: int) -> tuple[Event, Sequence[Event]]:
    """An event, and all those of its series if it has one, kept from others.

    Raises:
        NoSuchEvent: If it has just gone.
        StaleCalendar: If it is of another *version*.
    """
    known = session.get(Event, key)
    if known is None:
        raise NoSuchEvent
    rows: Sequence[Event] = ()
    if known.series is not None:
        # all in the same order, whichever was asked for
        stmt = sa.select(Event).where(Event.series == known.series).order_by(Event.id)
        found = stmt.with_for_update().execution_options(populate_existing=True)
        rows = session.scalars(found).all()
    return event(session, key, version=version), rows


def of_club(session: Session, key: int) -> Sequence[Event]:
    """The events of a club that is kept from others, kept from others too."""
    stmt = sa.select(Event).where(Event.club_id == key).order_by(Event.id)
    locked = stmt.with_for_update().execution_options(populate_existing=True)
    return session.scalars(locked).all()
