"""On which days baskets are given out, and until when they are ordered."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.modules.panier_bio.rules import days
from app.modules.panier_bio.rules.days import deadline, distribution_days, holiday_name, is_closed
from app.modules.panier_bio.rules.options import Options, options, stored, unreadable
from app.modules.panier_bio.rules.phones import read_phone

pytestmark = pytest.mark.once


def test_a_winter_crosses_the_new_year_without_its_holidays() -> None:
    found = list(distribution_days(date(2026, 11, 15), date(2027, 1, 31), 5))

    assert found[0] == date(2026, 11, 20)
    assert found[-1] == date(2027, 1, 29)
    assert date(2026, 12, 25) not in found
    assert date(2027, 1, 1) not in found
    assert date(2027, 1, 8) in found
    assert len(found) == 9


@pytest.mark.parametrize("weekday", range(1, 8))
def test_the_first_and_the_last_day_are_in_it(weekday: int) -> None:
    first = date(2026, 9, 6) + timedelta(days=weekday)

    found = list(distribution_days(first, first + timedelta(days=14), weekday))

    assert found == [first + timedelta(days=7 * week) for week in range(3)]


def test_a_period_may_have_no_day_of_the_week() -> None:
    assert list(distribution_days(date(2026, 9, 7), date(2026, 9, 10), 5)) == []


def test_years_are_crossed_in_any_number() -> None:
    found = list(distribution_days(date(2026, 1, 1), date(2030, 12, 31), 2))

    assert {one.year for one in found} == {2026, 2027, 2028, 2029, 2030}
    assert {one.isoweekday() for one in found} == {2}


@pytest.mark.parametrize(
    ("year", "moving"),
    [
        (2024, ("04-01", "05-09", "05-20")),
        (2027, ("03-29", "05-06", "05-17")),
        (2038, ("04-26", "06-03", "06-14")),
    ],
)
def test_holidays_move_with_easter(year: int, moving: tuple[str, ...]) -> None:
    fixed = ("01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25")
    first = date(year, 1, 1)
    named = {f"{day:%m-%d}" for n in range(366) if holiday_name(day := first + timedelta(days=n))}

    assert named == {*fixed, *moving}


def test_holidays_are_named_in_the_language_of_the_page() -> None:
    assert holiday_name(date(2026, 12, 25)) == "Noël"
    assert holiday_name(date(2026, 12, 25), "en") == "Christmas Day"
    assert holiday_name(date(2026, 12, 24)) is None


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        (date(2026, 11, 27), datetime(2026, 11, 26, 13, tzinfo=UTC)),
        (date(2026, 7, 3), datetime(2026, 7, 2, 12, tzinfo=UTC)),
        # clocks change on the night to the 29th of March, and to the 25th of October
        (date(2026, 3, 28), datetime(2026, 3, 27, 13, tzinfo=UTC)),
        (date(2026, 3, 29), datetime(2026, 3, 28, 13, tzinfo=UTC)),
        (date(2026, 3, 30), datetime(2026, 3, 29, 12, tzinfo=UTC)),
        (date(2026, 10, 24), datetime(2026, 10, 23, 12, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 12, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 25, 13, tzinfo=UTC)),
    ],
)
def test_orders_close_on_the_day_before_to_the_second(day: date, closes: datetime) -> None:
    assert deadline(day, time(14)) == closes
    assert not is_closed(day, Options(), closes - timedelta(seconds=1))
    assert is_closed(day, Options(), closes)


def test_an_hour_that_clocks_jump_over_is_an_hour_later() -> None:
    assert deadline(date(2026, 3, 30), time(2, 30)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_of_an_hour_that_clocks_show_twice_the_first_counts() -> None:
    assert deadline(date(2026, 10, 26), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_people_are_reminded_from_five_the_evening_before() -> None:
    assert days.reminds_from(date(2026, 11, 27)) == datetime(2026, 11, 26, 16, tzinfo=UTC)


def test_options_that_make_no_sense_are_those_by_default() -> None:
    kept: dict[str, object] = {
        "PANIER_BIO_DAY": 8,
        "PANIER_BIO_DEADLINE": "25:00",
        "PANIER_BIO_PRICE": "free",
        "PANIER_BIO_CAPACITY": 40,
        "ACCESS_PANIER_BIO": True,
    }

    assert options(kept) == Options(is_open=True, capacity=40)
    assert set(unreadable(kept)) == {
        "PANIER_BIO_DAY",
        "PANIER_BIO_DEADLINE",
        "PANIER_BIO_PRICE",
    }


def test_options_are_read_as_they_are_stored() -> None:
    chosen = Options(is_open=True, weekday=5, deadline=time(9, 30), price=1250, capacity=12)

    assert options(dict(stored(chosen))) == chosen
    assert options({}) == Options()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0612345678", "0612345678"),
        ("  06 12\u00a034  56 78 ", "06 12 34 56 78"),
        ("06.12.34.56.78", "06.12.34.56.78"),
        ("+33 6 12 34 56 78", "+33 6 12 34 56 78"),
        ("+33 (0)6 12345678", "+33 (0)6 12345678"),
        ("0033612345678", "0033612345678"),
        ("+44 20 7946 0958", "+44 20 7946 0958"),
        ("+1 (202) 555-0143", "+1 (202) 555-0143"),
    ],
)
def test_phone_numbers_are_kept_as_they_are_typed(typed: str, kept: str) -> None:
    assert read_phone(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *("", "06", "06 12 34 56", "061234567890", "0012", "+0612345678", "+33 6 12 34 56"),
        *("abc", "06 12 34 56 7a", "٠٦١٢٣٤٥٦٧٨", "+", "1234567890", "+1234567890123456", "06;1"),
    ],
)
def test_what_is_no_phone_number_is_told_from_one(typed: str) -> None:
    assert read_phone(typed) is None
