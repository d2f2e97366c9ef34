"""Events: published, changed, called off, deleted; alone, or with those that follow them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.models import Event, Origin, PCeen, audit
from app.modules.calendar.errors import UidTaken
from app.modules.calendar.queries.events import Deleted, after
from app.modules.calendar.rules.events import When, follow, weekly
from app.modules.calendar.service import locked, telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an event is to be."""

    club_id: int
    title: str
    description: str
    location: str
    when: When


def create(session: Session, draft: Draft, *, author: PCeen, until: date | None = None) -> Event:
    """Publish an event, and those of each week up to a day if one is given; the first one.

    Raises:
        NoSuchClub: If its club has just gone.
        UntilTooEarly, TooManyWeeks, SkippedWeek: If it is not repeated so.
    """
    locked.club(session, draft.club_id)
    moments = weekly(draft.when, until) if until else [draft.when]
    series = str(uuid.uuid4()) if len(moments) > 1 else None
    made = [_made(session, draft, when, author) for when in moments]
    for one in made:
        one.series = series
    session.add_all(made)
    session.flush()
    first = made[0]
    audit(session, "calendar.event.create", first, after=_with_others(said(first), made[1:]))
    telling.published(session, made, until=until)
    return first


def create_again(session: Session, draft: Draft, *, author: PCeen, again: Deleted) -> Event:
    """Have an event that was deleted be there again: programs know it as the same one.

    Nobody is told.

    Raises:
        NoSuchClub: If its club has just gone.
        UidTaken: If it is there already.
    """
    locked.club(session, draft.club_id)
    made = _made(session, draft, draft.when, author)
    made.uid, made.series, made.version = again.uid, again.series, again.version + 1
    made.cancelled_at = clock.now() if again.cancelled else None
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise UidTaken from None
    audit(session, "calendar.event.create", made, after=said(made))
    return made


def _made(session: Session, draft: Draft, when: When, author: PCeen) -> Event:
    now = clock.now()
    return Event(
        uid=str(uuid.uuid4()),
        club_id=draft.club_id,
        title=draft.title,
        description=draft.description,
        location=draft.location,
        author_id=author.id,
        by_id=_for_another(session),
        version=1,
        created_at=now,
        updated_at=now,
        **when.columns,
    )


def _for_another(session: Session) -> int | None:
    """The number of who does it in place of somebody, if someone does."""
    origin: Origin = session.info.get("origin", Origin())
    return origin.actor_id if origin.as_id is not None else None


def edit(session: Session, key: int, draft: Draft, *, version: int, following: bool = False) -> int:
    """Change an event, and what changes of it in those that follow in its series; how many.

    Raises:
        NoSuchEvent: If it has just gone.
        NoSuchClub: If its new club has.
        StaleCalendar: If somebody changed it meanwhile.
        SkippedWeek: If clocks jump over the new time, one of these days.
    """
    locked.club(session, draft.club_id)
    event, others = _taken(session, key, version=version, following=following)
    former, wanted = When.of(event), _wanted(draft)
    columns = {name: value for name, value in wanted.items() if getattr(event, name) != value}
    if not columns and draft.when == former:
        return 0
    rows, before = (event, *others), said(event)
    places = [draft.when, *(follow(When.of(one), former, draft.when) for one in others)]
    moves = [telling.Move(one, When.of(one), one.location) for one in rows]
    changed = [one for one, when in zip(rows, places, strict=True) if _change(one, columns, when)]
    after_ = said(event)
    audit(
        session,
        "calendar.event.change",
        event,
        before={name: value for name, value in before.items() if value != after_[name]},
        after=_with_others(
            {name: value for name, value in after_.items() if value != before[name]}, changed[1:]
        ),
    )
    telling.moved(session, moves)
    return len(changed)


def _wanted(draft: Draft) -> dict[str, Any]:
    """The columns of an event, but for when it is."""
    return {
        "club_id": draft.club_id,
        "title": draft.title,
        "description": draft.description,
        "location": draft.location,
    }


def _change(event: Event, columns: dict[str, Any], when: When) -> bool:
    """Write that of an event; whether anything changed."""
    wanted = columns | (when.columns if When.of(event) != when else {})
    if all(getattr(event, name) == value for name, value in wanted.items()):
        return False
    for name, value in wanted.items():
        setattr(event, name, value)
    _count(event)
    return True


def _count(event: Event) -> None:
    """Note that an event has changed."""
    event.version += 1
    event.updated_at = clock.now()


def cancel(session: Session, key: int, *, is_cancelled: bool, version: int) -> bool:
    """Call an event off, or have it take place after all; whether that changed anything.

    Raises:
        NoSuchEvent: If it has just gone.
        StaleCalendar: If somebody changed it meanwhile.
    """
    event = locked.event(session, key, version=version)
    if (event.cancelled_at is not None) is is_cancelled:
        return False
    event.cancelled_at = clock.now() if is_cancelled else None
    _count(event)
    action = "calendar.event.cancel" if is_cancelled else "calendar.event.restore"
    audit(session, action, event, after={"title": event.title})
    telling.cancelled(session, event)
    return True


def delete(session: Session, key: int, *, version: int, following: bool = False) -> int:
    """Delete an event, and those that follow in its series if they are to go too; how many.

    Raises:
        NoSuchEvent: If it has just gone.
        StaleCalendar: If somebody changed it meanwhile.
    """
    event, others = _taken(session, key, version=version, following=following)
    audit(session, "calendar.event.delete", event, before=_gone(event, others))
    for one in (event, *others):
        session.delete(one)
    session.flush()
    return 1 + len(others)


def _taken(
    session: Session, key: int, *, version: int, following: bool
) -> tuple[Event, Sequence[Event]]:
    """An event, and those that follow it if they count, kept from others."""
    if not following:
        return locked.event(session, key, version=version), ()
    event, series = locked.series(session, key, version=version)
    return event, after(event, series)


def said(event: Event) -> dict[str, Any]:
    """What the audit tells of an event."""
    when = When.of(event)
    start, end = when.both_days if when.all_day else when.instants
    return {
        "club": event.club_id,
        "title": event.title,
        "description": event.description,
        "location": event.location,
        "start": start.isoformat(),
        "end": end.isoformat(),
    }


def _gone(event: Event, others: Sequence[Event]) -> dict[str, Any]:
    """What the audit tells of events that are deleted: enough for them to be there again."""
    told = said(event) | _known_by(event)
    return told | {"others": [_known_by(one) for one in others]} if others else told


def _known_by(event: Event) -> dict[str, Any]:
    return {
        "club": event.club_id,
        "uid": event.uid,
        "series": event.series,
        "version": event.version,
        "cancelled": event.cancelled_at is not None,
    }


def _with_others(told: dict[str, Any], others: Sequence[Event]) -> dict[str, Any]:
    """What the audit tells, with the numbers of the events that go with it."""
    return told | {"others": [one.id for one in others]} if others else told
