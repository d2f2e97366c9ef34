"""A calendar that programs follow (RFC 5545, and its names and colours of RFC 7986).

Nothing of it depends on when it is made: as long as nothing changes, it is the same to the byte.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard
from icalendar.prop import vDDDTypes, vDuration, vText
from PIL import ImageColor

from app.core.clock import PARIS
from app.core.text import has_forbidden

logger = logging.getLogger(__name__)

_PRODUCER = "-//PC est magique//Calendrier//FR"
#: How often programs may come back, where they ask.
_EVERY = timedelta(hours=1)
#: The end of what programs read, alone on its line.
_END = b"END:VCALENDAR\r\n"
#: The one name of CSS that came after the standard.
_TOO_NEW = "rebeccapurple"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something of the calendar, as programs are told it."""

    #: The same each time, and nobody else's.
    uid: str
    sequence: int
    changed_at: datetime
    #: Instants, or days: it then ends the day after its last one. ``None`` if nobody says when.
    starts: datetime | date
    ends: datetime | date | None
    title: str
    description: str
    location: str
    url: str
    category: str
    color: str
    cancelled: bool


def calendar(name: str, entries: Iterable[Entry]) -> bytes:
    """A calendar called *name*; an entry that cannot be written is left out, and logged."""
    head = bytes(_head(name).to_ical()).removesuffix(_END)
    return b"".join([head, *filter(None, map(_written, entries)), _END])


def _head(name: str) -> Calendar:
    made = Calendar()
    made.add("prodid", _PRODUCER)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    for key in ("name", "x-wr-calname"):
        made.add(key, _plain(name))
    made.add("x-wr-timezone", PARIS.key)
    made.add("refresh-interval", vDuration(_EVERY), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", vDuration(_EVERY))
    made.add_component(_paris())
    return made


def _paris() -> Timezone:
    """When the clocks of Paris change, as they have since 1996."""
    zone = Timezone()
    zone.add("tzid", PARIS.key)
    winter, summer = timedelta(hours=1), timedelta(hours=2)
    for part, name, month, before, after in (
        (TimezoneDaylight(), "CEST", 3, winter, summer),
        (TimezoneStandard(), "CET", 10, summer, winter),
    ):
        day, hour = (31, 2) if month == 3 else (27, 3)
        part.add("tzname", name)
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("dtstart", datetime(1996, month, day, hour))  # noqa: DTZ001  # it defines the zone
        part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
        zone.add_component(part)
    return zone


@lru_cache(maxsize=8192)  # most is the same for everybody, and from one hour to the next
def _written(entry: Entry) -> bytes | None:
    try:
        return bytes(_event(entry).to_ical())
    except Exception:  # whatever is wrong with one, the others are there
        logger.warning("%s is left out of a feed", entry.uid, exc_info=True)
        return None


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    for key in ("dtstamp", "last-modified"):
        event.add(key, entry.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", _moment(entry.starts))
    if entry.ends is not None:
        event.add("dtend", _moment(entry.ends))
    event.add("summary", _plain(entry.title))
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE" if isinstance(entry.starts, datetime) else "TRANSPARENT")
    event.add("url", entry.url)
    event.add("categories", [_plain(entry.category)])
    event.add("color", vText(color_name(entry.color)))
    for key, text in (("description", entry.description), ("location", entry.location)):
        if text:
            event.add(key, _plain(text))
    return event


def _moment(when: datetime | date) -> vDDDTypes:
    """An instant by the clock of Paris, or by no clock where that one shows it twice; or a day."""
    if not isinstance(when, datetime):
        return vDDDTypes(when)
    shown = when.astimezone(PARIS)
    is_twice = shown.utcoffset() != shown.replace(fold=1 - shown.fold).utcoffset()
    return vDDDTypes(when.astimezone(UTC) if is_twice else shown)


def _plain(text: str) -> str:
    """A text without what would drive a program; its lines end all alike."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not has_forbidden(text, lines=True):
        return text
    return "".join(c for c in text if not has_forbidden(c, lines=True))


@lru_cache(maxsize=512)  # a club has one colour
def color_name(color: str) -> str:
    """The name in CSS of the colour that looks most like ``#rrggbb``: the standard has no other."""
    wanted = ImageColor.getrgb(color)
    names = (name for name in ImageColor.colormap if name != _TOO_NEW)
    return min(names, key=lambda name: (_distance(ImageColor.getrgb(name), wanted), name))


def _distance(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one[:3], other[:3], strict=True))
