"""When events are: instants or whole days, every week; and the colours that they are shown in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from app.core.dates import local_instant, shown
from app.models import Event
from app.modules.calendar.errors import (
    EndsTooEarly,
    LastDayTooEarly,
    NotADay,
    NotAnInstant,
    OutOfReach,
    SkippedHour,
    SkippedWeek,
    TooManyWeeks,
    UntilTooEarly,
)

#: How often an event is repeated at most, the first time included.
WEEKS_MAX = 60
_WEEK = timedelta(days=7)
#: The years in which events may be.
_FIRST_YEAR, _LAST_YEAR = 1900, 2099
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
#: Above this, a colour is light: what is written on it is dark (community 8.3).
_LIGHT = 0.6
DARK_INK, LIGHT_INK = "#152f4e", "#ffffff"
_COLOR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When an event is: from an instant to another, or whole days, the last one included.

    ``timed`` and ``days`` make those that are in order.
    """

    start_time: datetime | None = None
    end_time: datetime | None = None
    start_date: date | None = None
    end_date: date | None = None

    @classmethod
    def of(cls, event: Event) -> "When":
        """When an event is."""
        return cls(
            start_time=event.start_time,
            end_time=event.end_time,
            start_date=event.start_date,
            end_date=event.end_date,
        )

    @property
    def all_day(self) -> bool:
        return self.start_date is not None

    @property
    def columns(self) -> dict[str, Any]:
        """What the row of an event says of it."""
        return {
            "all_day": self.all_day,
            "start_time": self.start_time,
            "end_time": self.end_time,
            "start_date": self.start_date,
            "end_date": self.end_date,
        }

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """When it begins and ends, of what is not all day."""
        if self.start_time is None or self.end_time is None:
            raise RuntimeError("this lasts whole days")
        return self.start_time, self.end_time

    @property
    def walls(self) -> tuple[datetime, datetime]:
        """Likewise, as the clock in Paris shows it."""
        start, end = self.instants
        return shown(start), shown(end)

    @property
    def both_days(self) -> tuple[date, date]:
        """The day in Paris on which it begins, and the one on which it ends."""
        if self.start_date is not None and self.end_date is not None:
            return self.start_date, self.end_date
        start, end = self.walls
        return start.date(), end.date()


def timed(start: datetime, end: datetime) -> When:
    """From an instant to another.

    Raises:
        EndsTooEarly: If it would not end after it starts.
        OutOfReach: If it is too long ago, or too far.
    """
    _check_years(start, end)
    if end <= start:
        raise EndsTooEarly
    return When(start_time=start, end_time=end)


def days(first: date, last: date) -> When:
    """Whole days, the last one included.

    Raises:
        LastDayTooEarly: If the last one comes before the first.
        OutOfReach: If they are too long ago, or too far.
    """
    _check_years(first, last)
    if last < first:
        raise LastDayTooEarly
    return When(start_date=first, end_date=last)


def _check_years(*moments: date) -> None:
    if any(not _FIRST_YEAR <= moment.year <= _LAST_YEAR for moment in moments):
        raise OutOfReach


def instant_at(wall: datetime) -> datetime:
    """The instant at which the clock in Paris shows *wall*, the first of two.

    Raises:
        SkippedHour: If there is none.
        OutOfReach: If it is too long ago, or too far.
    """
    _check_years(wall)
    found = local_instant(wall)
    if found is None:
        raise SkippedHour
    return found


def kept_at(wall: datetime, known: datetime | None) -> datetime:
    """Likewise; the instant that was *known* where the clock shows that already.

    Raises:
        SkippedHour: If there is none.
        OutOfReach: If it is too long ago, or too far.
    """
    return known if known is not None and shown(known) == wall else instant_at(wall)


def read_day(text: str) -> date:
    """Read ``2026-11-24``.

    Raises:
        NotADay: If it is not written so.
        OutOfReach: If it is too long ago, or too far.
    """
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise NotADay
    _check_years(day)
    return day


def read_instant(text: str) -> datetime:
    """Read ``2026-11-24T18:30``, as Paris shows it or with an offset; to the second.

    Raises:
        NotAnInstant: If it is not written so.
        SkippedHour: If it is a time of Paris that clocks jump over.
        OutOfReach: If it is too long ago, or too far.
    """
    try:
        moment = datetime.fromisoformat(text) if _INSTANT.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise NotAnInstant
    _check_years(moment)
    moment = moment.replace(microsecond=0)
    if moment.tzinfo is not None:
        return moment
    to_the_minute = moment.replace(second=0)
    return instant_at(to_the_minute) + (moment - to_the_minute)


# Every week


def weekly(when: When, until: date) -> list[When]:
    """An event and those of the next weeks, up to a day included: at the same time in Paris.

    Raises:
        UntilTooEarly: If that day comes before the event.
        TooManyWeeks: If they are too many.
        SkippedWeek: If clocks jump over that time, one of these days.
    """
    first, _ = when.both_days
    if until < first:
        raise UntilTooEarly
    count = (until - first).days // 7 + 1
    if count > WEEKS_MAX:
        raise TooManyWeeks(maximum=WEEKS_MAX)
    return [when, *(_later(when, number * _WEEK) for number in range(1, count))]


def follow(other: When, old: When, new: When) -> When:
    """When another event of a series is, once one of them is moved from *old* to *new*.

    It is moved by as many days, and begins and ends at the same time in Paris.

    Raises:
        SkippedWeek: If clocks jump over that time, that day.
    """
    if old == new:
        return other
    return _later(new, other.both_days[0] - old.both_days[0])


def _later(when: When, delay: timedelta) -> When:
    """The same, whole days later."""
    if when.all_day:
        first, last = when.both_days
        return days(first + delay, last + delay)
    start, end = (_instant_of(wall + delay) for wall in when.walls)
    return timed(start, end)


def _instant_of(wall: datetime) -> datetime:
    try:
        return instant_at(wall)
    except SkippedHour:
        raise SkippedWeek(day=wall.date()) from None


def is_to_come(when: When, *, now: datetime) -> bool:
    """Whether an event has not begun; one of whole days begins with its first one."""
    if when.start_time is not None:
        return when.start_time > now
    return when.both_days[0] >= shown(now).date()


def is_ahead(when: When, *, now: datetime) -> bool:
    """Whether an event is to come, or goes on: it has not ended."""
    if when.end_time is not None:
        return when.end_time > now
    return when.both_days[1] >= shown(now).date()


def rank(when: When) -> datetime:
    """What puts the events of a series in order: when they begin, in Paris."""
    first, _ = when.both_days
    if when.all_day:
        return datetime(first.year, first.month, first.day)  # noqa: DTZ001  # of Paris
    return when.walls[0]


# Colours


def color_of(text: str) -> str | None:
    """A colour as it is kept, ``#rrggbb``; nothing for what is none."""
    color = text.strip().lower()
    return color if _COLOR.fullmatch(color) else None


def contrast_color(color: str) -> str:
    """The colour of what is written on *color*, ``#rrggbb`` (community 8.3)."""
    return DARK_INK if _lightness(color) > _LIGHT else LIGHT_INK


def _lightness(color: str) -> float:
    red, green, blue = _channels(color)
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def _channels(color: str) -> Iterator[int]:
    return (int(color[place : place + 2], 16) for place in (1, 3, 5))
