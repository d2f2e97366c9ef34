"""Lines over time, drawn by the server."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import html5lib
import pytest
from flask import Flask, render_template_string

from app.core.clock import PARIS
from app.web.charts import HEIGHT, LEFT, RIGHT, WIDTH, Chart, Series, line_chart

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 24, 21, 3, tzinfo=UTC)
DAY, MONTH = timedelta(days=1), timedelta(days=30)
TEN = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _request(app: Flask) -> object:
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        yield


def series(count: int, *, label: str = "Appareils", highest: int = 40) -> Series:
    points = tuple((NOW - TEN * n, n % (highest + 1)) for n in reversed(range(count)))
    return Series(label, points)


def drawn(*given: Series, span: timedelta = DAY) -> Chart:
    return line_chart(given, start=NOW - span, end=NOW)


def places(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)]


def test_a_line_stays_inside_its_axes() -> None:
    (line,) = drawn(series(144)).lines

    assert all(LEFT <= x <= WIDTH - RIGHT and 0 <= y <= HEIGHT for x, y in places(line.path))
    assert all(sooner[0] < later[0] for sooner, later in pairwise(places(line.path)))


@pytest.mark.parametrize("highest", [0, 1, 2, 3, 7, 10, 43, 99, 100, 101, 480, 12_345])
def test_the_vertical_axis_ends_on_a_round_number_above_the_highest(highest: int) -> None:
    up = drawn(Series("x", ((NOW - TEN, 0), (NOW, highest)))).up
    numbers = [int(mark.text) for mark in up]

    assert numbers[0] == 0
    assert numbers[-1] >= max(1, highest)
    assert 2 <= len(numbers) <= 6
    assert len({later - sooner for sooner, later in pairwise(numbers)}) == 1


@pytest.mark.parametrize(
    ("span", "words"), [(DAY, "15:00"), (MONTH, "15 nov."), (timedelta(hours=6), "20:00")]
)
def test_the_horizontal_axis_has_a_few_round_times_of_paris(span: timedelta, words: str) -> None:
    across = [mark.text for mark in drawn(series(10), span=span).across]

    assert 3 <= len(across) <= 10
    assert words in across


def test_a_line_is_broken_where_nothing_was_counted() -> None:
    points = [(NOW - TEN * n, 5) for n in (60, 59, 58, 57, 20, 19, 18)]

    (line,) = drawn(Series("x", tuple(points))).lines
    assert line.path.count("M") == 2


def test_a_month_is_drawn_with_few_points_that_keep_the_highest() -> None:
    points = tuple((NOW - TEN * n, 100 if n == 1234 else 3) for n in reversed(range(4320)))

    chart = drawn(Series("x", points), span=MONTH)
    assert len(places(chart.lines[0].path)) <= 240
    assert len(chart.rows) <= 50
    assert max(float(mark.text) for mark in chart.up) >= 100
    assert min(y for _x, y in places(chart.lines[0].path)) < 20


def test_the_figures_are_there_the_latest_first() -> None:
    chart = drawn(series(3), Series("Suspendus", ((NOW, 7),)))

    assert [counts for _when, counts in chart.rows] == [(0, 7), (1, None), (2, None)]
    assert chart.rows[0][0] == "24 nov. 22:03"


def test_what_is_outside_is_neither_drawn_nor_told() -> None:
    points = ((NOW - 2 * DAY, 900), (NOW - TEN, 3), (NOW, 4), (NOW + DAY, 900))

    chart = drawn(Series("x", points))
    assert len(places(chart.lines[0].path)) == 2
    assert [counts for _when, counts in chart.rows] == [(4,), (3,)]
    assert chart.up[-1].text == "4"


def test_a_point_that_is_alone_is_a_dot() -> None:
    alone = (40, 30, 29, 28, 27, 26, 10)

    chart = drawn(Series("x", tuple((NOW - TEN * n, 5) for n in alone)))
    assert [len(part) > 0 for part in re.findall(r"h0", chart.lines[0].path)] == [True, True]
    assert drawn(Series("x", ((NOW, 5),))).lines[0].path.endswith("h0")


def test_figures_of_several_lines_are_of_the_same_instants() -> None:
    long, short = series(4320), Series("y", series(2500).points)

    chart = drawn(long, short, span=MONTH)
    assert sum(None not in counts for _when, counts in chart.rows) > len(chart.rows) / 2


@pytest.mark.parametrize("day", [29, 25])
@pytest.mark.parametrize("month", [3, 10])
def test_the_clock_that_moves_leaves_the_marks_round(month: int, day: int) -> None:
    start = datetime(2026, month, day, tzinfo=PARIS)
    end = start.astimezone(UTC) + DAY

    hours = [mark.text for mark in line_chart([], start=start, end=end).across]
    assert set(hours) <= {f"{hour:02}:00" for hour in range(0, 24, 3)}
    assert len(hours) >= 8


def test_over_a_year_marks_are_the_first_of_months() -> None:
    across = drawn(span=timedelta(days=396)).across

    assert [mark.text for mark in across][:2] == ["nov. 2025", "janv. 2026"]
    assert 5 <= len(across) <= 9


@pytest.mark.parametrize("given", [(), (Series("x", ()),)])
def test_nothing_counted_is_said(given: tuple[Series, ...]) -> None:
    chart = drawn(*given)

    assert chart.is_empty
    assert "Rien n'a encore été compté" in render(chart).replace("&#39;", "'")


@pytest.mark.parametrize("count", [1, 2, 144])
def test_it_is_a_picture_with_a_name_and_no_style_of_its_own(count: int) -> None:
    html = render(drawn(series(count, label="<script>alert(1)</script>"), series(count)))

    html5lib.HTMLParser(strict=True).parse(f"<!DOCTYPE html><title>x</title>{html}")
    assert 'role="img"' in html
    assert "<desc>" in html
    assert "<script" not in html
    assert "style=" not in html


def render(chart: Chart) -> str:
    source = (
        '{% from "components/chart.html" import chart %}'
        '{{ chart(drawn, title="En ligne", unit="appareils") }}'
    )
    return render_template_string(source, drawn=chart)


def days(count: int) -> Chart:
    start = datetime(2026, 10, 1, tzinfo=PARIS)
    points = tuple((start + DAY * rank, rank) for rank in range(count))
    one = Series("Clients", tuple((at.astimezone(UTC), number) for at, number in points))
    return line_chart([one], start=one.points[0][0], end=one.points[-1][0], by_day=True)


@pytest.mark.parametrize("count", [1, 2, 7, 31])
def test_day_by_day_no_hour_is_written(count: int) -> None:
    chart = days(count)

    assert len(chart.rows) == count
    assert chart.rows[-1][0] == "1 oct."
    written = [*(mark.text for mark in chart.across), *(when for when, _counts in chart.rows)]
    assert not any(":" in text for text in [*written, chart.summary])
    assert chart.across[0].text == "1 oct."


def test_the_table_may_say_what_its_lines_are() -> None:
    source = '{% from "components/chart.html" import chart %}{{ chart(drawn, "x", "y", "Jour") }}'

    assert '<th scope="col">Jour</th>' in render_template_string(source, drawn=days(3))
