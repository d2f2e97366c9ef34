"""When the bar of the demonstration is open."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from app.core.clock import PARIS
from app.core.dates import day_begins

#: How far back the ledger goes, in days.
PAST = 730
#: When an evening begins on the clock in Paris, and how long it lasts, in hours.
OPENS, HOURS = time(18), 8
_TUESDAY, _THURSDAY, _FRIDAY = 1, 3, 4
#: From when to when it is closed: exams, the summer, exams of June, the end of the year. Months
#: and days, both ends included.
_CLOSED = (((1, 11), (1, 26)), ((6, 1), (6, 14)), ((7, 11), (8, 31)), ((12, 20), (12, 31)))
#: How many people come on a Tuesday, a Thursday and for a party, against an evening like others.
_SHARES = {_TUESDAY: 0.85, _THURSDAY: 1.15, _FRIDAY: 2.1}
#: One Friday in so many has a party.
_PARTIES = 4


@dataclass(frozen=True, slots=True)
class Evening:
    """An evening of the bar: its day, when it begins, how long it lasts, how many come."""

    day: date
    begins: datetime
    seconds: int
    share: float

    def at(self, hour: int, minute: int = 0) -> datetime:
        """An instant of the day, on the clock in Paris."""
        return datetime.combine(self.day, time(hour, minute), PARIS).astimezone(UTC)


def is_season(day: date) -> bool:
    """Whether the bar opens at that time of the year."""
    here = (day.month, day.day)
    return here > (1, 3) and not any(first <= here <= last for first, last in _CLOSED)


def past_evenings(chance: Random, today: date) -> Iterator[Evening]:
    """The evenings of the past, the oldest first: Tuesdays, Thursdays, and some Fridays."""
    for ago in range(PAST, 0, -1):
        day = today - timedelta(days=ago)
        share = _SHARES.get(day.weekday())
        if share is None or not is_season(day):
            continue
        if day.weekday() == _FRIDAY and day.isocalendar().week % _PARTIES:
            continue
        begins = datetime.combine(day, OPENS, PARIS).astimezone(UTC)
        yield Evening(day, begins, HOURS * 3600, share * chance.uniform(0.6, 1.25))


def tonight(today: date, now: datetime) -> Evening | None:
    """What goes on now, in the season: it began three hours ago, in this day of the bar."""
    if not is_season(today):
        return None
    ends = now.replace(minute=0, second=0, microsecond=0)
    begins = max(ends - timedelta(hours=3), day_begins(today, time(6)))
    return Evening(today, begins, max(0, int((ends - begins).total_seconds())), 1)
