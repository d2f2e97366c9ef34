"""What the address of a list asks for."""

from datetime import date

import pytest
from flask import Flask

from app.web.asked import asked_day, asked_number, asked_page, asked_text

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("", 1),
        ("7", 7),
        ("0", 0),
        ("999999", 999_999),
        ("1000000", 1),
        ("²", 1),
        ("-1", 1),
        ("١", 1),
    ],
)
def test_a_page_is_a_number_else_the_first(app: Flask, typed: str, page: int) -> None:
    with app.test_request_context("/", query_string={"page": typed}):
        assert asked_page() == page


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-24", date(2026, 11, 24)),
        *(
            (wrong, None)
            for wrong in (
                "",
                "2026-02-30",
                "20261124",
                "2026-W01-1",
                "²026-11-24",
                "9999-12-31",
                "0001-01-01",
            )
        ),
    ],
)
def test_a_day_is_one_of_the_calendar(app: Flask, typed: str, day: date | None) -> None:
    with app.test_request_context("/", query_string={"since": typed}):
        assert asked_day("since") == day


def test_what_is_missing_is_nothing(app: Flask) -> None:
    with app.test_request_context("/"):
        assert (asked_number("key"), asked_day("since"), asked_text(), asked_page()) == (
            *(None, None, ""),
            1,
        )


def test_a_text_is_trimmed_cut_and_without_nul(app: Flask) -> None:
    with app.test_request_context("/", query_string={"q": " \x00a" + "b" * 200}):
        assert asked_text() == "a" + "b" * 99
