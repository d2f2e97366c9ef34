"""Events, one by one, and those of their series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.models import AuditEvent, Event
from app.modules.calendar.errors import NoSuchEvent, NotJustDeleted
from app.modules.calendar.rules.events import When, rank

#: How long what is deleted may be there again, as the same.
_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What an event was when it was deleted, for it to be there again."""

    uid: str
    #: The number of its club.
    club: int
    #: The version that it had last.
    version: int
    series: str | None
    cancelled: bool


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


def deleted(session: Session, uid: str) -> Deleted:
    """What an event that was deleted lately was, the last time.

    Raises:
        NotJustDeleted: If none was.
    """
    stmt = (
        sa.select(AuditEvent.before)
        .where(AuditEvent.action == "calendar.event.delete", AuditEvent.at > clock.now() - _KEPT)
        .order_by(AuditEvent.id.desc())
    )
    for before in session.scalars(stmt):
        for one in (before or {}, *(before or {}).get("others", ())):
            if isinstance(one, dict) and one.get("uid") == uid:
                known = ("uid", "club", "version", "series", "cancelled")
                return Deleted(**{name: one[name] for name in known})
    raise NotJustDeleted


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
