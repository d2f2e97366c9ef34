"""The performances, for the calendars of those who keep one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar, Event

_PRODUCER = "-//PC est magique//Club théâtre//FR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A performance, as a calendar says it."""

    #: The same each time the file is made, and nobody else's.
    uid: str
    at: datetime
    title: str
    description: str
    url: str


def calendar(name: str, entries: Iterable[Entry], *, made_at: datetime) -> bytes:
    """A calendar called *name*; its instants are in UTC: no clock shows one of them twice."""
    made = Calendar()
    made.add("prodid", _PRODUCER)
    made.add("version", "2.0")
    made.add("x-wr-calname", name)
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", made_at)
        event.add("dtstart", entry.at)
        event.add("summary", entry.title)
        event.add("url", entry.url)
        if entry.description:
            event.add("description", entry.description)
        made.add_component(event)
    return bytes(made.to_ical())
