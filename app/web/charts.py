"""Lines over time, and bars of anything: SVG drawn by the server, no script nor style."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from statistics import median

from flask_babel import format_date, format_datetime, format_decimal, gettext as _

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
_DAY = timedelta(days=1)
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


def line_chart(
    series: Sequence[Series], *, start: datetime, end: datetime, by_day: bool = False
) -> Chart:
    """Draw *series* from *start* to *end*, from zero to a round number above the highest.

    With *by_day*, each point is a day, at its beginning: no hour is written.
    """
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
        across=tuple(Mark(round(x(at), 1), text) for at, text in _times(start, end, by_day=by_day)),
        up=tuple(Mark(round(y(count), 1), str(count)) for count in range(0, top + 1, _step(top))),
        rows=_rows(_thinned(series, _ROWS), by_day=by_day),
        summary=_summary(series, start, end, by_day=by_day),
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


def _times(start: datetime, end: datetime, *, by_day: bool) -> Iterator[tuple[datetime, str]]:
    """The marks of the horizontal axis, at round times of the clock in Paris."""
    length = end - start
    steps = [one for one in _TIME_STEPS if one[0] >= _DAY or not by_day]
    step, pattern = next((one for one in steps if length / one[0] <= _MARKS), (None, "MMM y"))
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


def _rows(
    series: Sequence[Series], *, by_day: bool
) -> tuple[tuple[str, tuple[int | None, ...]], ...]:
    """The figures, the latest first."""
    counted = [dict(one.points) for one in series]
    instants = sorted({at for one in counted for at in one}, reverse=True)
    return tuple(
        (_written(at, by_day=by_day), tuple(one.get(at) for one in counted)) for at in instants
    )


def _summary(series: Sequence[Series], start: datetime, end: datetime, *, by_day: bool) -> str:
    """What the drawing shows, in figures."""
    extents = [
        f"{one.label} {min(counts)}\u2013{max(counts)}"
        for one in series
        if (counts := [count for _at, count in one.points])
    ]
    ends = [_written(at, by_day=by_day) for at in (start, end)]
    return ". ".join([" \u2013 ".join(ends), *extents])


def _written(at: datetime, *, by_day: bool) -> str:
    pattern = "d MMM" if by_day else "d MMM HH:mm"
    return str(format_datetime(at.astimezone(PARIS), pattern, rebase=False))


# Bars: of months, of days, of hours, of things

#: How much of the room of a place its bars take, and the widest that one is.
_FULLNESS, _WIDEST = 0.62, 44
#: How many places of one letter or two are named, of those that have no better rule.
_NAMES = 12
#: In tenths of grams.
_KILOGRAM = 10_000


class Unit(Enum):
    """What bars count."""

    #: Cents.
    euros = "euros"
    count = "count"
    #: Tenths of grams.
    grams = "grams"
    #: Tenths of what has no name.
    tenths = "tenths"

    @property
    def whole(self) -> int:
        """How many of what is counted makes one on the axis."""
        return {"euros": 100, "count": 1}.get(self.value, 10)

    def written(self, value: int) -> str:
        """So much of it, for people."""
        if self is Unit.euros:
            return format_euros(value)
        if self is Unit.count:
            return str(format_decimal(value))
        if self is Unit.tenths:
            return str(format_decimal(Decimal(value).scaleb(-1), "#,##0.0"))
        if abs(value) >= _KILOGRAM:
            return f"{format_decimal(value / _KILOGRAM, '#,##0.0')}\N{NO-BREAK SPACE}kg"
        return f"{format_decimal(value / 10, '0.#')}\N{NO-BREAK SPACE}g"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bar stands: its name, and what is written under it, if anything is."""

    name: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A name, and what it is at each place, in the smallest pieces of its unit."""

    label: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How bars are drawn, and their figures told."""

    unit: Unit = Unit.euros
    #: What the places are, at the head of the table; what one says of it without anything.
    heading: str
    nothing: str
    #: What is counted stands side by side, rather than one on the other: it adds up to nothing.
    is_apart: bool = False
    #: The table begins with the last place.
    last_first: bool = True
    #: Places add up: who comes twice is not two people.
    has_totals: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A name, and what it brought each month, by its first day: months without are at 0."""

    label: str
    months: Mapping[date, Cents]


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a place, drawn, and what it says in words."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class Layer:
    """A part, drawn in each place where it is something."""

    label: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars on their axes, and the same figures for a table."""

    layers: tuple[Layer, ...]
    across: tuple[Mark, ...]
    #: In whole units.
    up: tuple[Mark, ...]
    #: Where nothing is: what is below zero hangs from there.
    zero: float
    #: A place as it is written, then what each part is there.
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    #: What each part is in all.
    totals: tuple[int, ...]
    layout: Layout
    #: From where to where, and how much: for who does not see it.
    summary: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM

    @property
    def is_empty(self) -> bool:
        return not any(layer.bars for layer in self.layers)

    @property
    def has_sums(self) -> bool:
        """Whether the parts of a place add up to something that is not said already."""
        return len(self.layers) > 1 and not self.layout.is_apart

    @property
    def is_money(self) -> bool:
        return self.layout.unit is Unit.euros


def bar_chart(parts: Sequence[Part], *, start: date, end: date) -> BarChart:
    """Draw a bar for each month from that of *start* to that of *end*, its parts stacked."""
    days = tuple(_first_days(start, end))
    marks = dict(_named_months(days))
    return bars_of(
        [Counted(part.label, tuple(part.months.get(day, 0) for day in days)) for part in parts],
        [Place(_month(day), marks.get(rank, "")) for rank, day in enumerate(days)],
        Layout(heading=_("Mois"), nothing=_("Rien n'a encore été reçu.")),
    )


def bars_of(counted: Sequence[Counted], places: Sequence[Place], layout: Layout) -> BarChart:
    """Draw what is *counted* at each of the *places*.

    What is above zero is stacked upwards, what is below downwards; or each has a bar of its own.
    """
    axes = _Axes.around(counted, len(places), layout)
    rows = [
        (place.name, tuple(one.values[rank] for one in counted))
        for rank, place in enumerate(places)
    ]
    return BarChart(
        layers=tuple(
            Layer(one.label, tuple(_drawn(axes, counted, number, places, layout)))
            for number, one in enumerate(counted)
        ),
        across=tuple(
            Mark(round(axes.middle(rank), 1), place.mark)
            for rank, place in enumerate(places)
            if place.mark
        ),
        up=tuple(
            Mark(round(axes.y(whole * layout.unit.whole), 1), str(format_decimal(whole)))
            for whole in range(axes.low, axes.high + 1, axes.step)
        ),
        zero=round(axes.y(0), 1),
        rows=tuple(reversed(rows) if layout.last_first else rows),
        totals=tuple(sum(one.values) for one in counted),
        layout=layout,
        summary=". ".join(
            [
                f"{places[0].name} \u2013 {places[-1].name}" if places else "",
                *(_told(one, layout) for one in counted),
            ]
        ),
    )


def _told(counted: Counted, layout: Layout) -> str:
    """How much it is in all; where that is nothing, the most and the least that it is."""
    ends = (min(counted.values, default=0), max(counted.values, default=0))
    said = (sum(counted.values),) if layout.has_totals else ends
    return f"{counted.label}\u00a0: " + "\u2013".join(map(layout.unit.written, said))


def named(names: Sequence[tuple[str, str]]) -> list[Place]:
    """Places of a name and a short one each, few enough of which are written not to crowd."""
    step = -(-len(names) // _NAMES) or 1
    return [
        Place(name, mark if rank % step == 0 else "") for rank, (name, mark) in enumerate(names)
    ]


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where things are: so many places across; from low to high upwards, in whole units."""

    places: int
    low: int
    high: int
    step: int
    scale: int

    @classmethod
    def around(cls, counted: Sequence[Counted], places: int, layout: Layout) -> "_Axes":
        """Axes that hold all that is counted."""
        columns = [[one.values[rank] for one in counted] for rank in range(places)]
        if layout.is_apart:
            columns = [[value] for column in columns for value in column]
        low, high, step = _whole_between(
            min((sum(min(0, one) for one in column) for column in columns), default=0),
            max((sum(max(0, one) for one in column) for column in columns), default=0),
            layout.unit.whole,
        )
        return cls(places, low, high, step, layout.unit.whole)

    @property
    def room(self) -> float:
        """What a place has."""
        return (WIDTH - LEFT - RIGHT) / max(1, self.places)

    @property
    def width(self) -> float:
        """What the bars of a place take."""
        return min(_WIDEST, self.room * _FULLNESS)

    def middle(self, rank: int) -> float:
        return LEFT + self.room * (rank + 0.5)

    def y(self, value: int) -> float:
        up = (value / self.scale - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * up


def _drawn(
    axes: _Axes,
    counted: Sequence[Counted],
    number: int,
    places: Sequence[Place],
    layout: Layout,
) -> Iterator[Bar]:
    """The bars of one of what is counted, wherever it is something."""
    share = axes.width / len(counted) if layout.is_apart else axes.width
    shift = share * number if layout.is_apart else 0
    for rank, value in enumerate(counted[number].values):
        if not value:
            continue
        below = () if layout.is_apart else [one.values[rank] for one in counted[:number]]
        base = sum(one for one in below if (one > 0) == (value > 0))
        ends = sorted((axes.y(base), axes.y(base + value)))
        said = layout.unit.written(value)
        yield Bar(
            x=round(axes.middle(rank) - axes.width / 2 + shift, 1),
            y=round(ends[0], 1),
            width=round(share, 1),
            height=round(ends[1] - ends[0], 1),
            text=f"{counted[number].label}, {places[rank].name}\u00a0: {said}",
        )


def _first_days(start: date, end: date) -> Iterator[date]:
    """The first day of each month from that of *start* to that of *end*."""
    for month in range(start.year * 12 + start.month - 1, end.year * 12 + end.month):
        yield date(month // 12, month % 12 + 1, 1)


def _whole_between(lowest: int, highest: int, scale: int) -> tuple[int, int, int]:
    """The ends of the vertical axis, and the distance between its marks, in whole units."""
    step = _step(max(1, -(-(highest - lowest) // scale)))
    low, high = lowest // (scale * step) * step, -(-highest // (scale * step)) * step
    return low, max(high, low + step), step


def _named_months(days: Sequence[date]) -> Iterator[tuple[int, str]]:
    """The marks of the horizontal axis: where there are too many, the first of a quarter, …"""
    step = next((one for one in _MONTH_STEPS if len(days) / one <= _MARKS), 12)
    for rank, day in enumerate(days):
        if (day.month - 1) % step == 0:
            yield rank, str(format_date(day, "MMM y", rebase=False))


def _month(day: date) -> str:
    return str(format_date(day, "MMMM y", rebase=False))
