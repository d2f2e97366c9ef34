"""Counting on the calendar, as people do."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, TypeVar

from app.core.clock import PARIS

D = TypeVar("D", bound=date)
#: ``06:00``.
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


class Span(NamedTuple):
    """A length of time, as people say it."""

    months: int = 0
    days: int = 0
    hours: int = 0


def add_months(day: D, months: int) -> D:
    """The same day, *months* later; the last one of a month that is too short."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def shown(instant: datetime) -> datetime:
    """What the clock in Paris shows at *instant*, to the minute: in October, an hour twice."""
    return instant.astimezone(PARIS).replace(second=0, microsecond=0, tzinfo=None, fold=0)


def after(start: datetime, span: Span) -> datetime:
    """The instant that comes *span* after *start*.

    Months, then days, at the same time of the clock in Paris; then hours that pass.
    """
    if not span.months and not span.days:
        return start + timedelta(hours=span.hours)
    wall = add_months(start.astimezone(PARIS).replace(tzinfo=None), span.months)
    wall += timedelta(days=span.days)
    day = wall.replace(tzinfo=PARIS).astimezone(start.tzinfo)
    return day + timedelta(hours=span.hours)


def between(start: datetime, end: datetime) -> Span:
    """How long it is from *start* to *end*, in whole months, days and hours."""
    if end <= start:
        return Span()
    first, last = start.astimezone(PARIS), end.astimezone(PARIS)
    months = (last.year - first.year) * 12 + last.month - first.month
    if after(start, Span(months)) > end:
        months -= 1
    days = max(0, (last.date() - after(start, Span(months)).astimezone(PARIS).date()).days)
    if after(start, Span(months, days)) > end:
        days -= 1
    left = end - after(start, Span(months, days))
    return Span(months, days, int(left.total_seconds()) // 3600)


def read_time(text: str) -> time | None:
    """``06:00`` as six o'clock; ``None`` for what is no time."""
    return time.fromisoformat(text) if _TIME.fullmatch(text) else None


def local_instant(wall: datetime) -> datetime | None:
    """The instant at which the clock in Paris shows *wall*, the first of two.

    ``None`` when clocks jump over it.
    """
    instant = wall.replace(tzinfo=PARIS, fold=0).astimezone(UTC)
    return instant if instant.astimezone(PARIS).replace(tzinfo=None, fold=0) == wall else None


def day_begins(day: date, start: time) -> datetime:
    """The instant at which *day* begins, for days that begin at *start* of the clock in Paris.

    A time that clocks jump over is an hour later; of one that they show twice, the first counts.
    """
    return datetime.combine(day, start, tzinfo=PARIS).astimezone(UTC)


def day_from(instant: datetime, start: time) -> date:
    """The day of *instant*, for days that begin at *start* of the clock in Paris."""
    day = instant.astimezone(PARIS).date()
    return day if instant >= day_begins(day, start) else day - timedelta(days=1)


def age_on(day: date, birth: date) -> int:
    """How old, in whole years, who was born on *birth* is on *day*: on 1 March after a 29th."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
