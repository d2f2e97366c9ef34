"""What the bar follows, without a database: days, ages, refusals, what is stored."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from app.core.clock import PARIS
from app.core.dates import age_on, day_begins, day_from, read_time
from app.modules.bar.choices import CHOICES
from app.modules.bar.rules.house import House, house, read_grams, unreadable
from app.modules.bar.rules.sales import (
    SHOWN,
    Customer,
    Product,
    Refusal,
    is_minor,
    refusals,
)

pytestmark = pytest.mark.once

R = Refusal
DAY = date(2026, 11, 29)
RICH = Customer(has_deposit=True, balance_cents=10_000)
BEER = Product(price_cents=350, alcohol_mass=Decimal("14.4"), quantity=3)
JUICE = Product(price_cents=100)


def paris(text: str, *, fold: int = 0) -> datetime:
    """The instant at which clocks in Paris show that: the first of two, or the second."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold).astimezone(UTC)


def why(customer: Customer, product: Product, day: date = DAY, **rules: Any) -> list[Refusal]:
    return list(refusals(customer, product, house=House(**rules), day=day))


# Days


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        # clocks go from 02:00 to 03:00 on 29 March, from 03:00 to 02:00 on 25 October
        ("2026-03-28T06:00", 28),
        ("2026-03-29T01:59", 28),
        ("2026-03-29T03:00", 28),
        ("2026-03-29T05:59", 28),
        ("2026-03-29T05:59:59.999999", 28),
        ("2026-03-29T06:00", 29),
        ("2026-03-29T06:01", 29),
        ("2026-03-30T05:59", 29),
        ("2026-10-25T02:30", 24),
        ("2026-10-25T05:59", 24),
        ("2026-10-25T06:00", 25),
        ("2026-10-25T06:01", 25),
        ("2026-10-26T05:59", 25),
        ("2026-12-31T23:59", 31),
        ("2027-01-01T05:59", 31),
        ("2027-01-01T06:01", 1),
    ],
)
def test_a_day_of_the_bar_begins_at_six_on_the_clock_in_paris(instant: str, day: int) -> None:
    assert day_from(paris(instant), time(6)).day == day


@pytest.mark.parametrize(
    ("instant", "fold", "day"),
    [
        # 02:30 is not there: the day begins an hour later
        ("2026-03-29T01:59", 0, 28),
        ("2026-03-29T03:00", 0, 28),
        ("2026-03-29T03:29", 0, 28),
        ("2026-03-29T03:30", 0, 29),
        # 02:30 is there twice: the first counts, and the day never goes back
        ("2026-10-25T02:29", 0, 24),
        ("2026-10-25T02:30", 0, 25),
        ("2026-10-25T02:59", 0, 25),
        ("2026-10-25T02:00", 1, 25),
        ("2026-10-25T02:29", 1, 25),
        ("2026-10-25T02:30", 1, 25),
    ],
)
def test_a_day_that_begins_while_clocks_change_begins_once(
    instant: str, fold: int, day: int
) -> None:
    assert day_from(paris(instant, fold=fold), time(2, 30)).day == day


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        ("2026-03-28", time(6), 23),
        ("2026-03-29", time(6), 24),
        ("2026-10-24", time(6), 25),
        ("2026-10-25", time(6), 24),
        ("2026-03-29", time(0), 23),
        ("2026-10-25", time(0), 25),
        ("2026-03-28", time(2, 30), 24),  # it ends an hour later: at 03:30
        ("2026-03-29", time(2, 30), 23),
        ("2026-10-24", time(2, 30), 24),
        ("2026-10-25", time(2, 30), 25),
    ],
)
def test_a_day_lasts_as_long_as_the_clock_says(day: str, start: time, hours: int) -> None:
    length = day_begins(_plus(day, 1), start) - day_begins(date.fromisoformat(day), start)

    assert length == timedelta(hours=hours)


def _plus(day: str, days: int) -> date:
    return date.fromordinal(date.fromisoformat(day).toordinal() + days)


#: The seconds of two years.
SECONDS = st.integers(1_767_225_600, 1_830_297_600)


@given(
    SECONDS.map(lambda one: datetime.fromtimestamp(one, UTC)),
    st.times().map(lambda one: one.replace(second=0, microsecond=0)),
)
def test_every_instant_is_between_the_beginnings_of_its_day_and_of_the_next(
    instant: datetime, start: time
) -> None:
    day = day_from(instant, start)

    assert day_begins(day, start) <= instant < day_begins(_plus(day.isoformat(), 1), start)


# Ages


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        ("2008-11-29", "2026-11-28", 17),
        ("2008-11-29", "2026-11-29", 18),
        ("2008-11-30", "2026-11-29", 17),
        # born on 29 February: a year older on 1 March, but every fourth year
        ("2008-02-29", "2026-02-28", 17),
        ("2008-02-29", "2026-03-01", 18),
        ("2008-02-29", "2028-02-28", 19),
        ("2008-02-29", "2028-02-29", 20),
    ],
)
def test_ages_are_whole_years(birth: str, day: str, age: int) -> None:
    assert age_on(date.fromisoformat(day), date.fromisoformat(birth)) == age


def test_who_is_a_day_too_young_has_no_alcohol_but_all_the_rest() -> None:
    young = Customer(has_deposit=True, balance_cents=10_000, birth_date=date(2008, 11, 30))

    assert why(young, BEER) == [R.age]
    assert why(young, JUICE) == []
    assert why(young, BEER, day=date(2026, 11, 30)) == []


def test_nobody_is_too_young_when_nothing_is_known_or_nothing_is_asked() -> None:
    young = Customer(has_deposit=True, balance_cents=10_000, birth_date=DAY)

    assert why(RICH, BEER) == []
    assert why(young, BEER, minimum_age=0) == []
    assert not is_minor(None, DAY, House())


@pytest.mark.parametrize(("age", "refused"), [(17, False), (18, False), (19, True), (99, True)])
def test_the_age_is_that_of_the_house(age: int, refused: bool) -> None:
    adult = Customer(has_deposit=True, balance_cents=10_000, birth_date=date(2008, 11, 29))

    assert is_minor(adult.birth_date, DAY, House(minimum_age=age)) is refused


# Refusals


def test_a_sale_says_reasons_in_its_order_and_the_menu_in_another() -> None:
    nobody = Customer(has_deposit=False, balance_cents=0, birth_date=DAY)
    gone = Product(price_cents=1, alcohol_mass=Decimal(50), quantity=0)

    found = why(nobody, gone, is_open=False)

    assert found == [R.closed, R.deposit, R.stock, R.funds, R.age, R.alcohol]
    assert found == list(Refusal)
    assert (R.closed, R.deposit, R.funds, R.age, R.alcohol, R.stock) == SHOWN
    assert set(SHOWN) == set(Refusal)


@pytest.mark.parametrize(
    ("customer", "product", "expected"),
    [
        (RICH, BEER, []),
        (RICH, JUICE, []),
        (Customer(has_deposit=False, balance_cents=10_000), JUICE, [R.deposit]),
        (Customer(has_deposit=True, balance_cents=349), BEER, [R.funds]),
        (Customer(has_deposit=True, balance_cents=350), BEER, []),
        (Customer(has_deposit=True, balance_cents=0), Product(price_cents=0), []),
        (RICH, Product(price_cents=100, quantity=0), [R.stock]),
        (RICH, Product(price_cents=100, quantity=1), []),
        (RICH, Product(price_cents=100, quantity=None), []),
    ],
)
def test_each_reason_alone(customer: Customer, product: Product, expected: list[Refusal]) -> None:
    assert why(customer, product) == expected


@pytest.mark.parametrize(
    ("drunk", "grams", "cap", "refused"),
    [
        ("0", "14.4", "40", False),
        ("14.4", "14.4", "40", False),
        ("28.8", "14.4", "40", True),
        ("25.6", "14.4", "40.0", False),  # to the very gram
        ("25.7", "14.4", "40.0", True),
        ("0", "0.1", "0", True),
        ("0", "0", "0", False),
        ("500", "0", "0", False),
        ("0", "200", "200", False),
        ("0.1", "0.2", "0.3", False),  # not with binary fractions
        ("-3", "14.4", "14.4", False),
    ],
)
def test_the_cap_is_in_grams_and_may_be_reached(
    drunk: str, grams: str, cap: str, refused: bool
) -> None:
    customer = Customer(has_deposit=True, balance_cents=100, alcohol_today=Decimal(drunk))
    product = Product(price_cents=100, alcohol_mass=Decimal(grams))

    assert why(customer, product, alcohol_cap=Decimal(cap)) == ([R.alcohol] if refused else [])


def test_a_cap_of_nothing_sells_no_alcohol_even_to_who_gave_some_back() -> None:
    customer = Customer(has_deposit=True, balance_cents=100, alcohol_today=Decimal(-50))

    assert why(
        customer, Product(price_cents=1, alcohol_mass=Decimal(1)), alcohol_cap=Decimal(0)
    ) == [R.alcohol]


# What is stored


def test_without_anything_stored_defaults_hold() -> None:
    assert house({}) == House()
    assert house({choice.key: None for choice in CHOICES}) == House()
    assert house({choice.key: choice.default for choice in CHOICES}) == House()
    assert unreadable({}) == []


@pytest.mark.parametrize(
    ("key", "value", "name", "expected"),
    [
        ("MAX_DAILY_ALCOHOLIC_DRINKS_PER_USER", "0", "alcohol_cap", Decimal(0)),
        ("MAX_DAILY_ALCOHOLIC_DRINKS_PER_USER", "0.0", "alcohol_cap", Decimal(0)),
        ("MAX_DAILY_ALCOHOLIC_DRINKS_PER_USER", "28.8", "alcohol_cap", Decimal("28.8")),
        ("MAX_DAILY_ALCOHOLIC_DRINKS_PER_USER", "200.0", "alcohol_cap", Decimal(200)),
        ("QUICK_ACCESS_ITEM_ID", 0, "quick_item", None),
        ("QUICK_ACCESS_ITEM_ID", 12, "quick_item", 12),
        ("BAR_RECHARGE_MIN", 1, "recharge_min", 1),
        ("BAR_RECHARGE_MAX", 50_000, "recharge_max", 50_000),
        ("BAR_TOP_UP_MAX", 100_000, "top_up_max", 100_000),
        ("BAR_DEPOSIT_AMOUNT", 0, "deposit_cents", 0),
        ("BAR_DEPOSIT_AMOUNT", 100_000, "deposit_cents", 100_000),
        ("BAR_DAY_START", "00:00", "day_start", time(0)),
        ("BAR_DAY_START", "23:59", "day_start", time(23, 59)),
        ("BAR_MINIMUM_AGE", 0, "minimum_age", 0),
        ("BAR_MINIMUM_AGE", 99, "minimum_age", 99),
        ("BAR_REVERT_HOURS", 0, "revert_hours", 0),
        ("BAR_REVERT_HOURS", 720, "revert_hours", 720),
        ("BAR_OPEN", False, "is_open", False),
        ("BAR_BACKGROUND", "", "background", None),
        ("BAR_BACKGROUND", "0123456789abcdef.webp", "background", "0123456789abcdef.webp"),
    ],
)
def test_what_is_stored_holds_zero_included(
    key: str, value: object, name: str, expected: object
) -> None:
    assert unreadable({key: value}) == []
    assert getattr(house({key: value}), name) == expected


WRONG: dict[str, list[object]] = {
    "MAX_DAILY_ALCOHOLIC_DRINKS_PER_USER": [
        *(40, 40.0, True, "", "-1", "+1", "200.1", "201", "40.05", "4e1", "nan", "inf", "４０"),
        *(" 40", "40,0", "forty", [], {}, "40.0\n"),
    ],
    "QUICK_ACCESS_ITEM_ID": [-1, "12", 1.0, True, [12], {}],
    "BAR_RECHARGE_MIN": [0, -30, 50_001, "30", 30.0, True, []],
    "BAR_RECHARGE_MAX": [0, 50_001, "10000", 1e4, False, {}],
    "BAR_TOP_UP_MAX": [0, 100_001, "50000", 5e4, True],
    "BAR_DEPOSIT_AMOUNT": [-1, 100_001, "0", 0.0, False],
    "BAR_DAY_START": [
        *(6, 600, True, "", "6:00", "24:00", "06:60", "0600", "06:00:00", "06:00 ", "٠٦:٠٠"),
        *("-1:00", "06h00", []),
    ],
    "BAR_MINIMUM_AGE": [-1, 100, "18", 18.0, True],
    "BAR_REVERT_HOURS": [-1, 721, "24", 24.0, True],
    "BAR_OPEN": [0, 1, "0", "false", "", []],
    "BAR_BACKGROUND": [0, True, "x" * 65, []],
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in WRONG.items() for value in values]
)
def test_what_makes_no_sense_gives_way_to_its_default_alone(key: str, value: object) -> None:
    other = "BAR_MINIMUM_AGE" if key != "BAR_MINIMUM_AGE" else "BAR_REVERT_HOURS"

    assert unreadable({key: value, other: 21}) == [key]
    assert house({key: value, other: 21}) == house({other: 21})


def test_each_choice_has_wrong_values_here() -> None:
    assert set(WRONG) == {choice.key for choice in CHOICES}


def test_all_that_is_wrong_at_once_is_named_once_each() -> None:
    values = {key: values[0] for key, values in WRONG.items()}

    assert sorted(unreadable(values)) == sorted(WRONG)
    assert house(values) == House()


@given(st.text(max_size=6))
def test_no_text_breaks_what_reads_it(text: str) -> None:
    grams, hour = read_grams(text), read_time(text)

    assert grams is None or Decimal(0) <= grams <= Decimal(200)
    assert hour is None or f"{hour:%H:%M}" == text
