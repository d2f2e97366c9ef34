"""Money month by month, and bars of anything, drawn by the server."""

from datetime import date
from itertools import pairwise
from typing import Any

import html5lib
import pytest
from bs4 import BeautifulSoup
from flask import Flask, render_template_string

from app.web.charts import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    BarChart,
    Counted,
    Layout,
    Part,
    Place,
    Unit,
    bar_chart,
    bars_of,
    named,
)

pytestmark = pytest.mark.once

START, END = date(2026, 1, 15), date(2026, 12, 3)
JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _request(app: Flask) -> object:
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        yield


def drawn(*parts: Part, start: date = START, end: date = END) -> BarChart:
    return bar_chart(parts, start=start, end=end)


def part(label: str = "Lydia", **months: int) -> Part:
    """``part(june=400)``."""
    days = {"june": JUNE, "july": JULY, "december": date(2026, 12, 1)}
    return Part(label, {days[name]: cents for name, cents in months.items()})


def texts(amounts: list[str]) -> list[int]:
    """The numbers of an axis."""
    return [int("".join(c for c in text if c in "-0123456789")) for text in amounts]


def test_each_month_has_its_place_and_its_line() -> None:
    chart = drawn(part(june=400, december=1500))

    (layer,) = chart.layers
    assert len(chart.rows) == 12
    assert chart.rows[0] == ("décembre 2026", (1500,))
    assert chart.rows[-1] == ("janvier 2026", (0,))
    assert [bar.text for bar in layer.bars] == [
        "Lydia, juin 2026\u00a0: 4,00\u00a0€",
        "Lydia, décembre 2026\u00a0: 15,00\u00a0€",
    ]


def test_bars_stay_inside_their_axes() -> None:
    for chart in (
        drawn(part(june=400, july=-900), part("Caisse", july=123_456)),
        drawn(part(june=-1)),
        drawn(part(june=2_147_483_647)),
    ):
        for bar in (bar for layer in chart.layers for bar in layer.bars):
            assert LEFT <= bar.x < bar.x + bar.width <= WIDTH - RIGHT
            assert TOP - 0.2 <= bar.y <= bar.y + bar.height <= HEIGHT - BOTTOM + 0.2
            assert bar.height >= 0


def test_parts_stand_on_one_another() -> None:
    chart = drawn(part(june=400), part("Banque", june=600), part("Caisse", june=1000))

    low, middle, high = (layer.bars[0] for layer in chart.layers)
    assert low.y + low.height == pytest.approx(chart.zero, abs=0.2)
    assert middle.y + middle.height == pytest.approx(low.y, abs=0.2)
    assert high.y + high.height == pytest.approx(middle.y, abs=0.2)
    assert high.height == pytest.approx(low.height * 2.5, abs=0.5)


def test_what_is_below_zero_hangs_from_it() -> None:
    chart = drawn(part(june=-400), part("Banque", june=600), part("Caisse", june=-200))

    first, second, third = (layer.bars[0] for layer in chart.layers)
    assert first.y == pytest.approx(chart.zero, abs=0.2)
    assert second.y + second.height == pytest.approx(chart.zero, abs=0.2)
    assert third.y == pytest.approx(first.y + first.height, abs=0.2)
    marks = texts([mark.text for mark in chart.up])
    assert (min(marks), max(marks)) == (-10, 10)
    assert chart.rows[6] == ("juin 2026", (-400, 600, -200))
    assert chart.totals == (-400, 600, -200)


@pytest.mark.parametrize(
    ("low", "high"),
    [(0, 1), (0, 100), (0, 400), (0, 480_000), (-1, 0), (-400, 0), (-12_345, 99), (-5, 1_000_000)],
)
def test_the_vertical_axis_has_a_few_whole_euros(low: int, high: int) -> None:
    chart = drawn(part(june=low, july=high))
    marks = texts([mark.text for mark in chart.up])

    assert 2 <= len(marks) <= 8
    assert len({later - sooner for sooner, later in pairwise(marks)}) == 1
    assert 0 in marks
    assert marks[0] * 100 <= low
    assert high <= marks[-1] * 100
    assert chart.zero == chart.up[marks.index(0)].at


@pytest.mark.parametrize("years", [1, 2, 10])
def test_the_months_that_are_named_do_not_crowd(years: int) -> None:
    chart = drawn(part(june=1), start=date(2027 - years, 1, 1))

    assert 2 <= len(chart.across) <= 10
    assert len(chart.rows) == 12 * years


def test_who_does_not_see_it_is_told_how_much() -> None:
    summary = drawn(part(june=400, december=1500), part("Caisse", july=-100)).summary

    assert summary.startswith("janvier 2026 – décembre 2026. Lydia")
    assert "19,00" in summary
    assert "-1,00" in summary


@pytest.mark.parametrize("given", [(), (Part("Lydia", {}),), (Part("Lydia", {JUNE: 0}),)])
def test_nothing_received_is_said(given: tuple[Part, ...]) -> None:
    chart = drawn(*given)

    assert chart.is_empty
    assert "Rien n'a encore été reçu" in render(chart).replace("&#39;", "'")


def test_it_is_a_picture_with_its_figures_and_no_style_of_its_own() -> None:
    html = render(drawn(part("<script>alert(1)</script>", june=400), part("Caisse", july=-100)))

    html5lib.HTMLParser(strict=True).parse(f"<!DOCTYPE html><title>x</title>{html}")
    assert 'role="img"' in html
    assert "<script" not in html
    assert "style=" not in html
    (line,) = BeautifulSoup(html, "html.parser").select("tfoot tr")
    assert line.get_text(" ", strip=True) == "Total 4,00\u00a0€ -1,00\u00a0€ 3,00\u00a0€"


def render(chart: BarChart) -> str:
    source = (
        '{% from "components/chart.html" import bars %}'
        '{{ bars(drawn, title="Reçu", unit="euros") }}'
    )
    return render_template_string(source, drawn=chart)


# Bars of anything


def layout(**values: Any) -> Layout:
    return Layout(**{"heading": "Heure", "nothing": "Rien."} | values)


def hours(count: int) -> list[Place]:
    return named([(f"{hour} heures", f"{hour} h") for hour in range(count)])


@pytest.mark.parametrize("is_apart", [True, False])
@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("values", [(1,), (0, 3), (7, 0, 12), (-5, 5), tuple(range(1, 32))])
def test_bars_of_anything_stay_inside_their_axes(
    values: tuple[int, ...], unit: Unit, *, is_apart: bool
) -> None:
    counted = [Counted("a", values), Counted("b", values[::-1])]

    chart = bars_of(counted, hours(len(values)), layout(unit=unit, is_apart=is_apart))

    assert len(chart.rows) == len(values)
    for bar in (bar for layer in chart.layers for bar in layer.bars):
        assert LEFT <= bar.x < bar.x + bar.width <= WIDTH - RIGHT + 0.2
        assert TOP - 0.2 <= bar.y <= bar.y + bar.height <= HEIGHT - BOTTOM + 0.2


def test_what_stands_apart_is_side_by_side_and_does_not_add_up() -> None:
    counted = [Counted("Dépensé", (300,)), Counted("Rechargé", (500,))]

    chart = bars_of(counted, hours(1), layout(is_apart=True))

    first, second = (layer.bars[0] for layer in chart.layers)
    assert second.x == pytest.approx(first.x + first.width, abs=0.2)
    assert first.y + first.height == pytest.approx(second.y + second.height, abs=0.2)
    assert not chart.has_sums
    (line,) = BeautifulSoup(render(chart), "html.parser").select("tbody tr")
    assert line.get_text(" ", strip=True) == "0 heures 3,00\u00a0€ 5,00\u00a0€"


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        (Unit.euros, 1250, "12,50\u00a0€"),
        (Unit.count, 1250, "1\u202f250"),
        (Unit.grams, 1255, "125,5\u00a0g"),
        (Unit.grams, 200, "20\u00a0g"),
        (Unit.grams, 9_999, "999,9\u00a0g"),
        (Unit.grams, 10_000, "1,0\u00a0kg"),
        (Unit.grams, 12_345_600, "1\u202f234,6\u00a0kg"),
    ],
)
def test_each_unit_is_written_its_way(unit: Unit, value: int, words: str) -> None:
    chart = bars_of([Counted("x", (value,))], hours(1), layout(unit=unit))

    assert words in chart.layers[0].bars[0].text
    assert words in BeautifulSoup(render(chart), "html.parser").select_one("tbody td").text
    assert max(texts([mark.text for mark in chart.up])) >= value / unit.whole


def test_a_table_is_in_the_order_that_is_asked() -> None:
    counted = [Counted("x", (1, 2))]

    assert [values for _name, values in bars_of(counted, hours(2), layout()).rows] == [(2,), (1,)]
    in_order = bars_of(counted, hours(2), layout(last_first=False))
    assert [values for _name, values in in_order.rows] == [(1,), (2,)]


def test_what_does_not_add_up_has_no_total() -> None:
    chart = bars_of([Counted("x", (4, 9))], hours(2), layout(unit=Unit.count, has_totals=False))

    assert "tfoot" not in render(chart)
    assert "4–9" in chart.summary
    assert "Total" in render(bars_of([Counted("x", (4, 9))], hours(2), layout()))


@pytest.mark.parametrize("count", [1, 12, 13, 24, 31, 200])
def test_the_places_that_are_named_do_not_crowd(count: int) -> None:
    marked = [place for place in hours(count) if place.mark]

    assert 1 <= len(marked) <= 12
    assert marked[0].name == "0 heures"


def test_a_place_with_nothing_has_its_own_words() -> None:
    assert "Rien." in render(bars_of([Counted("x", (0, 0))], hours(2), layout()))
    assert "Rien." in render(bars_of([], [], layout()))
