"""Lines and bars over time, drawn by the server as SVG: no script, and no style but classes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import median

from flask_babel import format_date, format_datetime, format_decimal

from app.core.clock import PARIS
from app.core.money import Cents
from app.web.filters import format_euros

#: The size of the drawing, in its own units, and what is left around for the axes.
WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 40
#: After that many intervals without a point, a line is broken.
_GAP = 3
#: How many points of a series a drawing has, at most.
_POINTS = 240
#: How many lines the table of the figures has, at most.
_ROWS = 50
_STEPS = (1, 2, 5)
#: The distances between marks of time, the shortest first, and how each mark is written.
_TIME_STEPS = (
    (timedelta(hours=1), "HH:mm"),
    (timedelta(hours=3), "HH:mm"),
    (timedelta(hours=6), "HH:mm"),
    (timedelta(days=1), "d MMM"),
    (timedelta(days=2), "d MMM"),
    (timedelta(days=7), "d MMM"),
)
#: … and between those that are months apart, in months.
_MONTH_STEPS = (1, 2, 3, 6, 12)
#: How many marks of time a drawing holds without crowding.
_MARKS = 9


@dataclass(frozen=True, slots=True)
class Series:
    """A name, and what was counted when: the oldest first."""

    label: str
    points: tuple[tuple[datetime, int], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on an axis, and what is written there."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A series, drawn."""

    label: str
    #: What an SVG path is made of; empty without any point.
    path: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines on their axes, and the same figures for a table."""

    lines: tuple[Line, ...]
    across: tuple[Mark, ...]
    up: tuple[Mark, ...]
    #: An instant as it is written, then what each series counted.
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]
    #: From when to when, and from how few to how many: for who does not see it.
    summary: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM

    @property
    def is_empty(self) -> bool:
        return not self.rows


def line_chart(series: Sequence[Series], *, start: datetime, end: datetime) -> Chart:
    """Draw *series* from *start* to *end*, from zero to a round number above the highest."""
    series = [_within(one, start, end) for one in series]
    top = _round_top(max((count for one in series for _at, count in one.points), default=0))
    seconds = max(1.0, (end - start).total_seconds())

    def x(at: datetime) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - start).total_seconds() / seconds

    def y(count: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / top

    return Chart(
        lines=tuple(
            Line(one.label, _path([(x(at), y(count)) for at, count in one.points]))
            for one in _thinned(series, _POINTS)
        ),
        across=tuple(Mark(round(x(at), 1), text) for at, text in _times(start, end)),
        up=tuple(Mark(round(y(count), 1), str(count)) for count in range(0, top + 1, _step(top))),
        rows=_rows(_thinned(series, _ROWS)),
        summary=_summary(series, start, end),
    )


def _within(series: Series, start: datetime, end: datetime) -> Series:
    return Series(series.label, tuple(one for one in series.points if start <= one[0] <= end))


def _thinned(series: Sequence[Series], most: int) -> list[Series]:
    """Points at *most* instants, the same for all: of several, the highest, which one looks for."""
    instants = sorted({at for one in series for at, _count in one.points}, reverse=True)
    size = -(-len(instants) // most) or 1
    kept = {at: instants[rank - rank % size] for rank, at in enumerate(instants)}
    thinned = []
    for one in series:
        highest: dict[datetime, int] = {}
        for at, count in one.points:
            highest[kept[at]] = max(count, highest.get(kept[at], count))
        thinned.append(Series(one.label, tuple(sorted(highest.items()))))
    return thinned


def _step(top: int) -> int:
    """The distance between the marks of the vertical axis: four to six of them."""
    power = 1
    while True:
        for one in _STEPS:
            if top <= 5 * one * power:
                return one * power
        power *= 10


def _round_top(highest: int) -> int:
    """The number at the top of the vertical axis."""
    step = _step(max(1, highest))
    return max(1, -(-highest // step)) * step


def _times(start: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
    """The marks of the horizontal axis, at round times of the clock in Paris."""
    length = end - start
    step, pattern = next((one for one in _TIME_STEPS if length / one[0] <= _MARKS), (None, "MMM y"))
    rounds = _months(start, end) if step is None else _rounds(start, end, step)
    for at in rounds:
        if start <= at <= end:
            yield at, format_datetime(at, pattern, rebase=False)


def _rounds(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """Midnight in Paris, and from there as its clock goes: without the hour that March skips."""
    at = start.astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    while at <= end:
        if at.astimezone(UTC).astimezone(PARIS).hour == at.hour:
            yield at
        at += step


def _months(start: datetime, end: datetime) -> Iterator[datetime]:
    """The first of months that begin a quarter, a half, a year where there are too many."""
    first, last = start.astimezone(PARIS), end.astimezone(PARIS)
    begin, finish = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    step = next((one for one in _MONTH_STEPS if (finish - begin) / one <= _MARKS), 12)
    for month in range(begin, finish + 1):
        if month % step == 0:
            yield datetime(month // 12, month % 12 + 1, 1, tzinfo=PARIS)


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A line through points, broken where several are missing; one that is alone is a dot."""
    if not points:
        return ""
    gaps = [later[0] - sooner[0] for sooner, later in pairwise(points)]
    longest = _GAP * median(gaps) if gaps else 0
    parts, is_alone = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"], True
    for gap, (across, up) in zip(gaps, points[1:], strict=True):
        is_broken = gap > longest
        parts.append("h0" if is_broken and is_alone else "")
        parts.append(f"{'M' if is_broken else 'L'}{across:.1f} {up:.1f}")
        is_alone = is_broken
    return "".join(parts) + ("h0" if is_alone else "")


def _rows(series: Sequence[Series]) -> tuple[tuple[str, tuple[int | None, ...]], ...]:
    """The figures, the latest first."""
    counted = [dict(one.points) for one in series]
    instants = sorted({at for one in counted for at in one}, reverse=True)
    return tuple((_written(at), tuple(one.get(at) for one in counted)) for at in instants)


def _summary(series: Sequence[Series], start: datetime, end: datetime) -> str:
    """What the drawing shows, in figures."""
    extents = [
        f"{one.label} {min(counts)}\u2013{max(counts)}"
        for one in series
        if (counts := [count for _at, count in one.points])
    ]
    return ". ".join([f"{_written(start)} \u2013 {_written(end)}", *extents])


def _written(at: datetime) -> str:
    return str(format_datetime(at.astimezone(PARIS), "d MMM HH:mm", rebase=False))


# Bars, a month each

#: How much of the room of a month its bar takes, and the widest that it is.
_FULLNESS, _WIDEST = 0.62, 44


@dataclass(frozen=True, slots=True)
class Part:
    """A name, and what it brought each month, by its first day: months without are at 0."""

    label: str
    months: Mapping[date, Cents]


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a month, drawn, and what it says in words."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class Layer:
    """A part, drawn in each month where it is something."""

    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars on their axes, one layer on the other, and the same figures for a table."""

    layers: tuple[Layer, ...]
    across: tuple[Mark, ...]
    #: In whole euros.
    up: tuple[Mark, ...]
    #: Where nothing is: what is below zero hangs from there.
    zero: float
    #: A month as it is written, then what each part brought: the latest first.
    rows: tuple[tuple[str, tuple[Cents, ...]], ...]
    #: What each part brought in all.
    totals: tuple[Cents, ...]
    #: From when to when, and how much: for who does not see it.
    summary: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM

    @property
    def is_empty(self) -> bool:
        return not any(layer.bars for layer in self.layers)


def bar_chart(parts: Sequence[Part], *, start: date, end: date) -> BarChart:
    """Draw a bar for each month from that of *start* to that of *end*, its parts stacked.

    What is above zero is stacked upwards, what is below downwards.
    """
    days = tuple(_first_days(start, end))
    counted = [tuple(part.months.get(day, 0) for day in days) for part in parts]
    months = tuple(zip(*counted, strict=True)) or ((),) * len(days)
    low, high, step = _euros_between(
        min((sum(min(0, cents) for cents in month) for month in months), default=0),
        max((sum(max(0, cents) for cents in month) for month in months), default=0),
    )
    room = (WIDTH - LEFT - RIGHT) / max(1, len(days))
    width = min(_WIDEST, room * _FULLNESS)

    def middle(rank: int) -> float:
        return LEFT + room * (rank + 0.5)

    def y(cents: Cents) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (cents / 100 - low) / (high - low)

    def bar(rank: int, place: int) -> Bar:
        before, cents = months[rank][:place], months[rank][place]
        base = sum(one for one in before if (one > 0) == (cents > 0))
        ends = sorted((y(base), y(base + cents)))
        return Bar(
            x=round(middle(rank) - width / 2, 1),
            y=round(ends[0], 1),
            width=round(width, 1),
            height=round(ends[1] - ends[0], 1),
            text=f"{parts[place].label}, {_month(days[rank])}\u00a0: {format_euros(cents)}",
        )

    return BarChart(
        layers=tuple(
            Layer(part.label, tuple(bar(rank, place) for rank, cents in enumerate(line) if cents))
            for place, (part, line) in enumerate(zip(parts, counted, strict=True))
        ),
        across=tuple(Mark(round(middle(rank), 1), text) for rank, text in _named_months(days)),
        up=tuple(
            Mark(round(y(euros * 100), 1), str(format_decimal(euros)))
            for euros in range(low, high + 1, step)
        ),
        zero=round(y(0), 1),
        rows=tuple(
            (_month(day), month) for day, month in reversed([*zip(days, months, strict=True)])
        ),
        totals=tuple(sum(line) for line in counted),
        summary=". ".join(
            [
                f"{_month(days[0])} \u2013 {_month(days[-1])}" if days else "",
                *(
                    f"{part.label}\u00a0: {format_euros(sum(line))}"
                    for part, line in zip(parts, counted, strict=True)
                ),
            ]
        ),
    )


def _first_days(start: date, end: date) -> Iterator[date]:
    """The first day of each month from that of *start* to that of *end*."""
    for month in range(start.year * 12 + start.month - 1, end.year * 12 + end.month):
        yield date(month // 12, month % 12 + 1, 1)


def _euros_between(lowest: Cents, highest: Cents) -> tuple[int, int, int]:
    """The ends of the vertical axis, and the distance between its marks, in whole euros."""
    step = _step(max(1, -(-(highest - lowest) // 100)))
    low, high = lowest // (100 * step) * step, -(-highest // (100 * step)) * step
    return low, max(high, low + step), step


def _named_months(days: Sequence[date]) -> Iterator[tuple[int, str]]:
    """The marks of the horizontal axis: where there are too many, the first of a quarter, …"""
    step = next((one for one in _MONTH_STEPS if len(days) / one <= _MARKS), 12)
    for rank, day in enumerate(days):
        if (day.month - 1) % step == 0:
            yield rank, str(format_date(day, "MMM y", rebase=False))


def _month(day: date) -> str:
    return str(format_date(day, "MMMM y", rebase=False))
