"""Counting on the calendar, as people do."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.core.clock import PARIS
from app.core.dates import Span, add_months, after, between, local_instant, read_time

pytestmark = pytest.mark.once


def paris(text: str, *, fold: int = 0) -> datetime:
    """An instant, as the clock in Paris shows it; with *fold*, the second time that it does."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold).astimezone(UTC)


#: The second 02:30 of the night when clocks go back: 02:30 in summer was an hour before.
SECOND_TIME = paris("2027-10-31T02:30", fold=1)


# Months


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2027, 1, 15), 1, date(2027, 2, 15)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2027, 11, 30), 1, date(2027, 12, 30)),
        (date(2027, 12, 1), 1, date(2028, 1, 1)),
        (date(2027, 5, 31), 120, date(2037, 5, 31)),
        (date(2027, 5, 31), 0, date(2027, 5, 31)),
        (date(2027, 3, 31), -1, date(2027, 2, 28)),
        (date(2027, 1, 1), -1, date(2026, 12, 1)),
    ],
)
def test_a_month_keeps_the_day_or_takes_the_last_of_a_shorter_month(
    day: date, months: int, later: date
) -> None:
    assert add_months(day, months) == later


def test_a_month_keeps_the_time_of_the_clock() -> None:
    assert add_months(datetime(2027, 1, 31, 15, 4), 1) == datetime(2027, 2, 28, 15, 4)  # noqa: DTZ001


# After


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2027-01-31T15:00", Span(months=1), "2027-02-28T15:00"),
        ("2028-02-29T15:00", Span(months=12), "2029-02-28T15:00"),
        # the night of 28 March 2027 lacks an hour
        ("2027-03-27T15:00", Span(days=1), "2027-03-28T15:00"),
        ("2027-03-27T15:00", Span(hours=24), "2027-03-28T16:00"),
        ("2027-02-28T15:00", Span(months=1), "2027-03-28T15:00"),
        # that of 31 October 2027 has one too many
        ("2027-10-30T15:00", Span(days=1), "2027-10-31T15:00"),
        ("2027-10-30T15:00", Span(hours=24), "2027-10-31T14:00"),
        ("2027-09-30T15:00", Span(months=1, days=1), "2027-10-31T15:00"),
        # months, then days, then hours
        ("2027-01-31T15:00", Span(months=1, days=1), "2027-03-01T15:00"),
        ("2027-01-30T23:30", Span(months=1, days=1, hours=1), "2027-03-02T00:30"),
        ("2027-03-27T15:00", Span(days=1, hours=24), "2027-03-29T15:00"),
        # an hour that the clock jumps over is the one that comes instead
        ("2027-03-27T02:30", Span(days=1), "2027-03-28T03:30"),
        ("2027-02-28T02:30", Span(months=1, hours=1), "2027-03-28T04:30"),
        ("2027-06-15T12:00", Span(), "2027-06-15T12:00"),
    ],
)
def test_days_keep_the_time_of_the_clock_and_hours_pass(start: str, span: Span, end: str) -> None:
    assert after(paris(start), span) == paris(end)


def test_a_day_is_of_23_hours_when_clocks_go_forward_and_of_25_when_they_go_back() -> None:
    march, october = paris("2027-03-27T15:00"), paris("2027-10-30T15:00")

    assert after(march, Span(days=1)) - march == timedelta(hours=23)
    assert after(october, Span(days=1)) - october == timedelta(hours=25)


@pytest.mark.parametrize("hours", [1, 5])
def test_hours_pass_from_the_hour_that_the_clock_shows_twice(hours: int) -> None:
    first = SECOND_TIME - timedelta(hours=1)

    assert after(first, Span(hours=hours)) - first == timedelta(hours=hours)
    assert after(SECOND_TIME, Span(hours=hours)) - SECOND_TIME == timedelta(hours=hours)


def test_what_comes_after_is_in_the_time_zone_of_what_comes_before() -> None:
    end = after(datetime(2027, 3, 27, 14, 30, 12, 345678, tzinfo=UTC), Span(days=1))

    assert end == datetime(2027, 3, 28, 13, 30, 12, 345678, tzinfo=UTC)
    assert end.tzinfo is UTC


# Between


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        ("2027-01-31T15:00", "2027-02-28T15:00", Span(months=1)),
        ("2027-01-31T15:00", "2027-02-28T14:59", Span(days=27, hours=23)),
        ("2027-01-31T15:00", "2027-03-01T15:00", Span(months=1, days=1)),
        ("2028-02-29T15:00", "2029-02-28T15:00", Span(months=12)),
        ("2027-01-15T15:00", "2027-04-18T19:30", Span(months=3, days=3, hours=4)),
        ("2027-03-27T15:00", "2027-03-28T15:00", Span(days=1)),
        ("2027-03-27T15:00", "2027-03-28T16:00", Span(days=1, hours=1)),
        ("2027-03-27T15:00", "2027-03-28T14:00", Span(hours=22)),
        ("2027-10-30T15:00", "2027-10-31T15:00", Span(days=1)),
        ("2027-10-30T15:00", "2027-10-31T14:59", Span(hours=24)),
        ("2027-06-15T12:00", "2027-06-15T12:59", Span()),
        ("2027-06-15T12:00", "2027-06-15T12:00", Span()),
        ("2027-06-15T12:00", "2027-06-14T12:00", Span()),
        ("2026-12-31T23:30", "2027-01-01T00:30", Span(hours=1)),
    ],
)
def test_what_is_left_is_a_difference_of_the_calendar(start: str, end: str, span: Span) -> None:
    assert between(paris(start), paris(end)) == span


@pytest.mark.parametrize("hours", [1, 23])
def test_what_is_left_is_right_from_the_hour_that_the_clock_shows_twice(hours: int) -> None:
    end = SECOND_TIME + timedelta(hours=hours)

    assert between(SECOND_TIME, end) == Span(hours=hours)


@pytest.mark.parametrize(
    "span",
    [Span(2, 3, 4), Span(months=1), Span(days=27), Span(hours=23), Span(12, 5, 1), Span(0, 1, 1)],
)
@pytest.mark.parametrize(
    "start",
    ["2027-01-31T15:00", "2028-02-29T00:00", "2027-03-27T15:00", "2027-10-29T15:00"],
)
def test_what_is_left_brings_back_to_the_end(start: str, span: Span) -> None:
    first = paris(start)
    end = after(first, span)

    assert after(first, between(first, end)) == end


def test_what_is_left_is_never_negative_nor_too_long() -> None:
    start = paris("2027-01-31T02:30")

    for hours in range(0, 24 * 800, 7):
        end = start + timedelta(hours=hours, minutes=5)
        left = between(start, end)

        assert min(left) >= 0
        assert left.days <= 31
        assert timedelta() <= end - after(start, left) < timedelta(hours=1)


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        ("2026-07-14T20:30", "2026-07-14T18:30+00:00"),
        ("2026-12-24T20:30", "2026-12-24T19:30+00:00"),
        ("2027-10-31T02:30", "2027-10-31T00:30+00:00"),  # shown twice: the first
        ("2027-03-28T02:30", None),  # jumped over
        ("2027-03-28T03:00", "2027-03-28T01:00+00:00"),
    ],
)
def test_a_time_of_the_clock_is_an_instant_unless_clocks_jump_over_it(
    wall: str, instant: str | None
) -> None:
    found = local_instant(datetime.fromisoformat(wall))

    assert found == (None if instant is None else datetime.fromisoformat(instant))


@pytest.mark.parametrize("text", ["24:00", "7:30", "07:60", "07:30:00", "", "０７:30"])
def test_what_is_no_time_is_not_read(text: str) -> None:
    assert read_time(text) is None
    assert read_time("23:59") == time(23, 59)
