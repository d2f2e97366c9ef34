"""From when to when Internet is paid (network-b B5.2): dates alone, of the calendar in Paris."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, zip_longest
from typing import NamedTuple

from app.core.dates import add_months
from app.enums import SubState

_DAY = timedelta(days=1)


class Period(NamedTuple):
    """A subscription: from its start to its end, then a free month."""

    start: date
    end: date

    @property
    def cut_day(self) -> date:
        """The first day without Internet: a month and a day after the end."""
        return cut_day(self.end)

    @property
    def last_day(self) -> date:
        """The last day with Internet."""
        return self.cut_day - _DAY


def cut_day(end: date) -> date:
    """The first day without Internet, after what ends on *end*."""
    return add_months(end, 1) + _DAY


def latest(periods: Iterable[Period]) -> Period | None:
    """The one that decides: with the greatest start. Revoked ones are not given."""
    return max(periods, default=None)


def state(period: Period | None, today: date) -> SubState | None:
    """Where someone stands, from their latest subscription; ``None`` without any."""
    if period is None:
        return None
    if today >= period.cut_day:
        return SubState.outlaw
    return SubState.trial if today >= period.end else SubState.subscribed


#: For how long who was cut counts among those who were.
CUT_COUNTS = timedelta(days=90)


def counts(
    people: Iterable[Iterable[Period]], days: Sequence[date]
) -> dict[SubState, tuple[int, ...]]:
    """How many of *people* stood where on each of these *days*, in order; none is revoked.

    Who was cut long ago has left: they count for three months.
    """
    steps = {one: [0] * (len(days) + 1) for one in SubState}
    for periods in people:
        for one, (begin, end) in _stretches(sorted(periods)):
            if begin < end:
                steps[one][bisect_left(days, begin)] += 1
                steps[one][bisect_left(days, end)] -= 1
    return {one: tuple(accumulate(line[:-1])) for one, line in steps.items()}


def _stretches(periods: Sequence[Period]) -> Iterator[tuple[SubState, tuple[date, date]]]:
    """From when to when someone is what: the first days of each, and after it."""
    for period, after in zip_longest(periods, periods[1:]):
        until = after.start if after is not None else date.max
        cut = period.cut_day
        yield SubState.subscribed, (period.start, min(period.end, until))
        yield SubState.trial, (period.end, min(cut, until))
        yield SubState.outlaw, (cut, min(cut + CUT_COUNTS, until))


def renew_day(period: Period | None, today: date) -> date:
    """When a new one would begin: nothing is lost by paying early."""
    if period is None or today >= period.cut_day:
        return today
    return period.cut_day


def bought(start: date, *, months: int, days: int) -> Period:
    """What an offer gives from *start* on."""
    return Period(start, add_months(start, months) + timedelta(days=days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the day's work looks at of someone."""

    #: What was written of them, the last time.
    was: SubState | None
    period: Period | None
    has_room: bool
    #: Whether an unpaid ban is open, be it put off.
    is_banned: bool
    is_reminded: bool
    #: When they registered their first device.
    first_device_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the day's work does of someone."""

    #: The welcome month that they get.
    welcome: Period | None = None
    #: What they become.
    becomes: SubState | None = None
    has_changed: bool = False
    #: Whether they are told of it.
    tell: bool = False
    ban: bool = False
    unban: bool = False
    remind: bool = False

    @property
    def is_nothing(self) -> bool:
        return not (self.welcome or self.has_changed or self.ban or self.unban or self.remind)


def work(facts: Facts, *, today: date, reminder_days: int) -> Work:
    """What is to be done of someone today (network-b B5.7): done twice, it is nothing."""
    period, welcome = facts.period, None
    if period is None:
        period = welcome = Period(min(facts.first_device_on, today), today)
    becomes = state(period, today)
    has_changed = becomes is not facts.was
    is_near = (period.cut_day - today).days <= reminder_days
    return Work(
        welcome=welcome,
        becomes=becomes,
        has_changed=has_changed,
        tell=has_changed and facts.has_room,
        ban=becomes is SubState.outlaw and not facts.is_banned,
        unban=becomes is not SubState.outlaw and facts.is_banned,
        remind=(
            becomes is SubState.trial
            and not has_changed
            and is_near
            and facts.has_room
            and not facts.is_reminded
        ),
    )
