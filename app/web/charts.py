"""Lines over time, drawn by the server as SVG: no script, and no style but classes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

from flask_babel import format_datetime

from app.core.clock import PARIS

#: The size of the drawing, in its own units, and what is left around for the axes.
WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 32
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
    (timedelta(days=30), "MMM y"),
)
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
    series = [_thinned(one) for one in series]
    top = _round_top(max((count for one in series for _at, count in one.points), default=0))
    seconds = max(1.0, (end - start).total_seconds())

    def x(at: datetime) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (at - start).total_seconds() / seconds

    def y(count: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * count / top

    step = _step(top)
    return Chart(
        lines=tuple(
            Line(one.label, _path([(x(at), y(count)) for at, count in one.points]))
            for one in series
        ),
        across=tuple(Mark(round(x(at), 1), text) for at, text in _times(start, end)),
        up=tuple(Mark(round(y(count), 1), str(count)) for count in range(0, top + 1, step)),
        rows=_rows(series),
    )


def _thinned(series: Series) -> Series:
    """As many points as a drawing shows: of several, the highest, which is what one looks for."""
    size = -(-len(series.points) // _POINTS) or 1
    groups = (series.points[first : first + size] for first in range(0, len(series.points), size))
    return Series(
        series.label, tuple((group[-1][0], max(count for _at, count in group)) for group in groups)
    )


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
    step, pattern = next(
        (one for one in _TIME_STEPS if (end - start) / one[0] <= _MARKS), _TIME_STEPS[-1]
    )
    at = start.astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0)
    while at <= end:
        if at >= start:
            yield at, format_datetime(at, pattern, rebase=False)
        at = _later(at, step)


def _later(at: datetime, step: timedelta) -> datetime:
    """The next round time: of the clock by the day, else of what passes."""
    if step >= timedelta(days=1):
        return at + step  # the same hour, on a clock that may have moved
    return (at.astimezone(UTC) + step).astimezone(PARIS)


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A line through points, broken where several are missing."""
    if not points:
        return ""
    gaps = [later[0] - sooner[0] for sooner, later in pairwise(points)]
    longest = _GAP * median(gaps) if gaps else 0
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for gap, (across, up) in zip(gaps, points[1:], strict=True):
        parts.append(f"{'M' if gap > longest else 'L'}{across:.1f} {up:.1f}")
    return "".join(parts)


def _rows(series: Sequence[Series]) -> tuple[tuple[str, tuple[int | None, ...]], ...]:
    """The figures, thinned when there are too many; the latest first."""
    counted = [dict(one.points) for one in series]
    instants = sorted({at for one in counted for at in one}, reverse=True)
    thinned = instants[:: -(-len(instants) // _ROWS) or 1]
    return tuple(
        (
            format_datetime(at.astimezone(PARIS), "d MMM HH:mm", rebase=False),
            tuple(one.get(at) for one in counted),
        )
        for at in thinned
    )
