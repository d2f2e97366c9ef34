"""Events, one by one, and those of their series."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.models import Event
from app.modules.calendar.errors import NoSuchEvent
from app.modules.calendar.rules.events import When, rank


def event(session: Session, key: int) -> Event:
    """An event, with its club and who wrote it.

    Raises:
        NoSuchEvent: There is none.
    """
    load = (joinedload(Event.club), joinedload(Event.author))
    found = session.scalar(sa.select(Event).where(Event.id == key).options(*load))
    if found is None:
        raise NoSuchEvent
    return found


def following(session: Session, event: Event) -> Sequence[Event]:
    """The events of the same series and club that come after this one, in order."""
    if event.series is None:
        return []
    stmt = sa.select(Event).where(Event.series == event.series)
    return after(event, session.scalars(stmt).all())


def after(event: Event, series: Sequence[Event]) -> list[Event]:
    """Those of a series that are of the same club as an event, and come after it, in order."""
    here = rank(When.of(event)), event.id
    ranked = sorted(((rank(When.of(one)), one.id), one) for one in series if _goes(one, event))
    return [one for place, one in ranked if place > here]


def _goes(one: Event, event: Event) -> bool:
    return one.id != event.id and one.club_id == event.club_id
