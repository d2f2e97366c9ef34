"""Counting on the calendar, as people do."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

from app.core.clock import PARIS

D = TypeVar("D", bound=date)


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
