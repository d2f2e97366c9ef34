"""From when to when Internet is paid, and what a day makes of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, permutations, product

import pytest
import time_machine
from hypothesis import given, strategies as st

from app.core import clock
from app.core.clock import PARIS
from app.enums import SubState
from app.modules.intrarez.rules import subscriptions as rules
from app.modules.intrarez.rules.offers import SEEDED
from app.modules.intrarez.rules.subscriptions import Facts, Period, Work

pytestmark = pytest.mark.once

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
OFFERS = {offer.slug: offer for offer in SEEDED}
PAID, TRIAL, OUTLAW = SubState.subscribed, SubState.trial, SubState.outlaw

days = st.dates(date(2020, 1, 1), date(2060, 12, 31))
lengths = st.tuples(st.integers(0, 60), st.integers(0, 366)).filter(any)


def on(text: str) -> date:
    return date.fromisoformat(text)


def paris(text: str) -> datetime:
    """An instant, as the clock in Paris shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def buy(start: date, slug: str) -> Period:
    return rules.bought(start, months=OFFERS[slug].months, days=OFFERS[slug].days)


def state_at(period: Period | None, instant: datetime) -> SubState | None:
    """Where someone stands, for who looks at the clock then."""
    with time_machine.travel(instant, tick=False):
        return rules.state(period, clock.today())


# The tables


@pytest.mark.parametrize(
    ("end", "cut", "reminder"),
    [
        ("2027-01-28", "2027-03-01", "2027-02-22"),
        ("2027-01-29", "2027-03-01", "2027-02-22"),
        ("2027-01-30", "2027-03-01", "2027-02-22"),
        ("2027-01-31", "2027-03-01", "2027-02-22"),
        ("2028-01-31", "2028-03-01", "2028-02-23"),
        ("2028-02-29", "2028-03-30", "2028-03-23"),
        ("2026-03-31", "2026-05-01", "2026-04-24"),
        ("2026-11-23", "2026-12-24", "2026-12-17"),
        ("2027-11-24", "2027-12-25", "2027-12-18"),
        ("2027-12-31", "2028-02-01", "2028-01-25"),
    ],
)
def test_internet_is_cut_a_month_and_a_day_after_the_end(end: str, cut: str, reminder: str) -> None:
    period = Period(on(end) - 60 * DAY, on(end))

    assert period.cut_day == rules.cut_day(on(end)) == on(cut)
    assert period.last_day == on(cut) - DAY
    assert not work_on(period, on(reminder) - DAY).remind
    assert work_on(period, on(reminder)).remind


@pytest.mark.parametrize(
    ("day", "slug", "end", "cut"),
    [
        ("2026-09-30", "6months", "2027-02-28", "2027-03-29"),
        ("2026-12-31", "3months", "2027-02-28", "2027-03-29"),
        ("2027-01-31", "3months", "2027-03-31", "2027-05-01"),
        ("2027-03-31", "12months", "2028-02-29", "2028-03-30"),
        ("2027-10-31", "3months", "2027-12-31", "2028-02-01"),
        ("2028-02-29", "12months", "2029-01-29", "2029-03-01"),
    ],
)
def test_what_an_outlaw_buys_begins_on_that_day(day: str, slug: str, end: str, cut: str) -> None:
    over = Period(on("2025-01-01"), on("2025-06-01"))

    period = buy(rules.renew_day(over, on(day)), slug)

    assert period == Period(on(day), on(end))
    assert period.cut_day == on(cut)


def test_days_come_after_months() -> None:
    assert rules.bought(on("2027-01-31"), months=1, days=1) == (on("2027-01-31"), on("2027-03-01"))
    assert rules.bought(on("2027-01-31"), months=0, days=30).end == on("2027-03-02")


# The worked example

WELCOME = Period(on("2026-11-23"), on("2026-11-23"))


def test_the_welcome_month_lasts_until_the_day_before_the_cut() -> None:
    assert (WELCOME.last_day, WELCOME.cut_day) == (on("2026-12-23"), on("2026-12-24"))
    assert rules.state(WELCOME, on("2026-11-23")) is TRIAL
    assert rules.state(WELCOME, on("2026-12-23")) is TRIAL
    assert rules.state(WELCOME, on("2026-12-24")) is OUTLAW


@pytest.mark.parametrize("late", range(31))
def test_on_any_day_of_the_free_month_a_year_is_the_same_year(late: int) -> None:
    today = on("2026-11-23") + late * DAY

    period = buy(rules.renew_day(WELCOME, today), "12months")

    assert period == Period(on("2026-12-24"), on("2027-11-24"))
    assert period.cut_day == on("2027-12-25")


def test_a_day_too_late_the_year_begins_on_the_day_it_is_bought() -> None:
    assert rules.renew_day(WELCOME, on("2026-12-24")) == on("2026-12-24")
    assert rules.renew_day(WELCOME, on("2026-12-25")) == on("2026-12-25")


def test_three_months_bought_besides_come_after_the_year() -> None:
    year = buy(rules.renew_day(WELCOME, on("2026-12-01")), "12months")

    term = buy(rules.renew_day(year, on("2027-03-01")), "3months")

    assert term == Period(on("2027-12-25"), on("2028-02-25"))
    assert term.cut_day == on("2028-03-26")
    stands = rules.latest([WELCOME, year, term])
    for day in ("2027-03-01", "2027-11-24", "2027-12-25", "2028-02-24"):
        assert rules.state(stands, on(day)) is PAID
    assert rules.state(stands, on("2028-02-25")) is TRIAL
    assert rules.state(stands, on("2028-03-25")) is TRIAL
    assert rules.state(stands, on("2028-03-26")) is OUTLAW


# Where someone stands, to the second


@pytest.mark.parametrize("end", ["2027-11-24", "2027-02-28", "2028-02-29", "2027-12-31"])
def test_the_free_month_begins_and_ends_at_midnight_in_paris(end: str) -> None:
    period = Period(on(end) - 90 * DAY, on(end))
    begins, cut = (paris(f"{day}T00:00:00") for day in (period.end, period.cut_day))

    found = [state_at(period, at) for at in (begins - SECOND, begins, cut - SECOND, cut)]

    assert found == [PAID, TRIAL, TRIAL, OUTLAW]


@pytest.mark.parametrize(
    ("changes", "cut_then", "hours"),
    [("2027-03-28", "2027-02-27", 23), ("2027-10-31", "2027-09-30", 25)],
)
def test_a_day_when_clocks_change_begins_at_midnight_too(
    changes: str, cut_then: str, hours: int
) -> None:
    start = on(changes) - 90 * DAY
    midnight, next_one = paris(f"{changes}T00:00:00"), paris(f"{on(changes) + DAY}T00:00:00")
    assert next_one - midnight == timedelta(hours=hours)

    for end, before, now in ((changes, PAID, TRIAL), (cut_then, TRIAL, OUTLAW)):
        period = Period(start, on(end))
        assert state_at(period, midnight - SECOND) is before
        for at in (midnight, midnight + timedelta(hours=2, minutes=30), next_one - SECOND):
            assert state_at(period, at) is now


@pytest.mark.parametrize("changes", ["2027-03-28", "2027-10-31"])
def test_the_eve_of_a_day_when_clocks_change_ends_at_its_midnight(changes: str) -> None:
    eve = Period(on(changes) - 90 * DAY, on(changes) - DAY)

    assert state_at(eve, paris(f"{on(changes) - DAY}T00:00:00") - SECOND) is PAID
    assert state_at(eve, paris(f"{on(changes) - DAY}T00:00:00")) is TRIAL


@pytest.mark.parametrize(
    ("instant", "state"),
    [
        ("2026-12-23T22:59:59+00:00", TRIAL),
        ("2026-12-23T23:00:00+00:00", OUTLAW),
        ("2026-12-23T23:30:00+00:00", OUTLAW),
        ("2026-12-24T00:00:00+01:00", OUTLAW),
        ("2026-12-23T23:59:59+01:00", TRIAL),
    ],
)
def test_the_day_is_that_of_paris_not_of_greenwich(instant: str, state: SubState) -> None:
    assert state_at(WELCOME, datetime.fromisoformat(instant)) is state


def test_in_summer_greenwich_is_two_hours_late() -> None:
    period = Period(on("2027-04-14"), on("2027-07-14"))

    assert state_at(period, datetime(2027, 7, 13, 21, 59, 59, tzinfo=UTC)) is PAID
    assert state_at(period, datetime(2027, 7, 13, 22, tzinfo=UTC)) is TRIAL


def test_who_never_had_anything_stands_nowhere() -> None:
    assert rules.state(None, on("2027-01-01")) is None
    assert rules.latest([]) is None


def test_what_is_bought_ahead_counts_at_once() -> None:
    assert rules.state(Period(on("2027-12-25"), on("2028-02-25")), on("2026-12-01")) is PAID


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_latest_is_the_one_that_begins_last_in_whatever_order(order: tuple[int, ...]) -> None:
    periods = [
        Period(on("2026-11-23"), on("2026-11-23")),
        Period(on("2026-12-24"), on("2029-12-24")),  # it ends last
        Period(on("2027-12-25"), on("2028-02-25")),
    ]

    assert rules.latest(periods[index] for index in order) == periods[2]


# Renewing


@pytest.mark.parametrize(
    ("today", "start"),
    [
        ("2027-01-01", "2027-12-25"),  # subscribed
        ("2027-11-23", "2027-12-25"),
        ("2027-11-24", "2027-12-25"),  # in the free month
        ("2027-12-24", "2027-12-25"),  # its last day
        ("2027-12-25", "2027-12-25"),  # cut today
        ("2027-12-26", "2027-12-26"),
        ("2030-02-28", "2030-02-28"),
    ],
)
def test_nothing_is_lost_by_paying_early_and_nothing_given_for_paying_late(
    today: str, start: str
) -> None:
    assert rules.renew_day(Period(on("2026-12-24"), on("2027-11-24")), on(today)) == on(start)


def test_who_has_nothing_begins_today() -> None:
    assert rules.renew_day(None, on("2028-02-29")) == on("2028-02-29")


@given(today=days, bought=st.lists(lengths, min_size=1, max_size=8))
def test_each_renewal_begins_on_the_cut_day_of_the_one_before(
    today: date, bought: list[tuple[int, int]]
) -> None:
    had: list[Period] = []
    for months, more in bought:
        start = rules.renew_day(rules.latest(had), today)
        had.append(rules.bought(start, months=months, days=more))

    assert had[0].start == today
    assert all(after.start == before.cut_day for before, after in pairwise(had))
    assert rules.latest(had) == had[-1]


@given(start=days, length=lengths)
def test_the_free_month_is_a_month_long_whatever_the_calendar(
    start: date, length: tuple[int, int]
) -> None:
    period = rules.bought(start, months=length[0], days=length[1])

    assert period.end > period.start
    assert 29 <= (period.cut_day - period.end).days <= 32
    assert period.last_day == period.cut_day - DAY


@given(start=days, length=lengths, earlier=st.integers(0, 400))
def test_who_pays_early_never_stands_worse_than_who_waits(
    start: date, length: tuple[int, int], earlier: int
) -> None:
    first = rules.bought(start, months=length[0], days=length[1])
    early = max(first.start, first.last_day - earlier * DAY)

    at_once, at_last = (
        rules.bought(rules.renew_day(first, day), months=3, days=0)
        for day in (early, first.last_day)
    )

    assert at_once == at_last


# What a day makes of someone

#: Paid until June; the free month until the 1st of July; cut on the 2nd.
TERM = Period(on("2027-01-10"), on("2027-06-01"))


def facts(**values: object) -> Facts:
    known = {
        "was": TRIAL,
        "period": TERM,
        "has_room": True,
        "is_banned": False,
        "is_reminded": False,
        "first_device_on": on("2026-09-01"),
    }
    return Facts(**known | values)  # type: ignore[arg-type]


def work(known: Facts, today: str | date, *, reminder_days: int = 7) -> Work:
    day = on(today) if isinstance(today, str) else today
    return rules.work(known, today=day, reminder_days=reminder_days)


def work_on(period: Period, today: date) -> Work:
    return work(facts(period=period), today)


@pytest.mark.parametrize(
    ("today", "known", "done"),
    [
        # subscribed
        ("2027-05-31", {"was": PAID}, Work(becomes=PAID)),
        ("2027-05-31", {"was": PAID, "has_room": False}, Work(becomes=PAID)),
        ("2027-05-31", {"was": PAID, "is_banned": True}, Work(becomes=PAID, unban=True)),
        ("2027-05-31", {"was": None}, Work(becomes=PAID, has_changed=True, tell=True)),
        ("2027-05-31", {"was": OUTLAW}, Work(becomes=PAID, has_changed=True, tell=True)),
        (
            "2027-05-31",
            {"was": OUTLAW, "is_banned": True, "has_room": False},
            Work(becomes=PAID, has_changed=True, unban=True),
        ),
        # the free month begins
        ("2027-06-01", {"was": PAID}, Work(becomes=TRIAL, has_changed=True, tell=True)),
        ("2027-06-01", {"was": PAID, "has_room": False}, Work(becomes=TRIAL, has_changed=True)),
        ("2027-06-01", {}, Work(becomes=TRIAL)),
        ("2027-06-01", {"is_banned": True}, Work(becomes=TRIAL, unban=True)),
        # the reminder
        ("2027-06-24", {}, Work(becomes=TRIAL)),
        ("2027-06-25", {}, Work(becomes=TRIAL, remind=True)),
        ("2027-07-01", {}, Work(becomes=TRIAL, remind=True)),
        ("2027-06-25", {"is_reminded": True}, Work(becomes=TRIAL)),
        ("2027-06-25", {"has_room": False}, Work(becomes=TRIAL)),
        ("2027-06-25", {"is_banned": True}, Work(becomes=TRIAL, unban=True, remind=True)),
        # nothing was done for weeks: one mail, that of the state
        ("2027-06-28", {"was": PAID}, Work(becomes=TRIAL, has_changed=True, tell=True)),
        # the cut
        ("2027-07-02", {}, Work(becomes=OUTLAW, has_changed=True, tell=True, ban=True)),
        (
            "2027-07-02",
            {"has_room": False},
            Work(becomes=OUTLAW, has_changed=True, ban=True),
        ),
        ("2027-07-02", {"was": PAID}, Work(becomes=OUTLAW, has_changed=True, tell=True, ban=True)),
        (
            "2027-07-02",
            {"is_banned": True},  # by hand, or put off
            Work(becomes=OUTLAW, has_changed=True, tell=True),
        ),
        ("2027-07-02", {"was": OUTLAW}, Work(becomes=OUTLAW, ban=True)),
        ("2027-07-02", {"was": OUTLAW, "is_banned": True}, Work(becomes=OUTLAW)),
        ("2029-01-01", {"was": OUTLAW, "is_banned": True}, Work(becomes=OUTLAW)),
        ("2029-01-01", {"was": OUTLAW, "has_room": False}, Work(becomes=OUTLAW, ban=True)),
    ],
)
def test_what_a_day_makes_of_someone(today: str, known: dict[str, object], done: Work) -> None:
    assert work(facts(**known), today) == done


@pytest.mark.parametrize(
    ("first_device_on", "start"),
    [
        ("2026-11-02", "2026-11-02"),
        ("2026-11-23", "2026-11-23"),
        ("2026-11-24", "2026-11-23"),  # a clock that was wrong
    ],
)
@pytest.mark.parametrize("has_room", [True, False])
def test_who_has_a_device_and_nothing_else_gets_the_welcome_month(
    first_device_on: str, start: str, has_room: bool
) -> None:
    known = facts(was=None, period=None, has_room=has_room, first_device_on=on(first_device_on))

    assert work(known, "2026-11-23") == Work(
        welcome=Period(on(start), on("2026-11-23")), becomes=TRIAL, has_changed=True, tell=has_room
    )


@pytest.mark.parametrize(
    ("reminder_days", "first"),
    [(1, "2027-07-01"), (7, "2027-06-25"), (14, "2027-06-18"), (30, "2027-06-02")],
)
def test_the_reminder_comes_as_many_days_before_the_cut_as_the_gris_say(
    reminder_days: int, first: str
) -> None:
    reminded = [
        day
        for day in (on("2027-06-01") + late * DAY for late in range(31))
        if work(facts(), day, reminder_days=reminder_days).remind
    ]

    assert reminded[0] == on(first)
    assert reminded[-1] == on("2027-07-01")


def test_a_cut_is_never_done_with_a_reminder() -> None:
    every = product([None, *SubState], [True, False], [True, False], [True, False], range(60))
    for was, room, banned, reminded, late in every:
        known = facts(was=was, has_room=room, is_banned=banned, is_reminded=reminded)
        done = work(known, on("2027-05-20") + late * DAY)
        assert not (done.remind and (done.tell or done.ban))
        assert not (done.ban and done.unban)
        assert done.has_changed or not done.tell


# Done again


def after(known: Facts, done: Work) -> Facts:
    """What is known of someone once their work is done."""
    return replace(
        known,
        was=done.becomes,
        period=done.welcome or known.period,
        is_banned=(known.is_banned or done.ban) and not done.unban,
        is_reminded=known.is_reminded or done.remind,
    )


periods = st.builds(
    lambda start, length: rules.bought(start, months=length[0], days=length[1]),
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    st.tuples(st.integers(0, 12), st.integers(0, 40)),
)
anyone = st.builds(
    Facts,
    was=st.sampled_from([None, *SubState]),
    period=st.none() | periods,
    has_room=st.booleans(),
    is_banned=st.booleans(),
    is_reminded=st.booleans(),
    first_device_on=st.dates(date(2024, 1, 1), date(2029, 12, 31)),
)
todays = st.dates(date(2026, 1, 1), date(2030, 12, 31))
reminders = st.integers(1, 30)


@given(known=anyone, today=todays, reminder_days=reminders)
def test_what_is_done_twice_is_done_once(known: Facts, today: date, reminder_days: int) -> None:
    """A free month found late has its reminder the second time, and then nothing."""
    first = rules.work(known, today=today, reminder_days=reminder_days)
    then = after(known, first)

    second = rules.work(then, today=today, reminder_days=reminder_days)

    assert second.is_nothing or (first.has_changed and second == Work(becomes=TRIAL, remind=True))
    last = rules.work(after(then, second), today=today, reminder_days=reminder_days)
    assert last.is_nothing


@given(known=anyone, today=todays, reminder_days=reminders)
def test_once_the_work_is_done_who_has_not_paid_is_banned_and_nobody_else(
    known: Facts, today: date, reminder_days: int
) -> None:
    done = rules.work(known, today=today, reminder_days=reminder_days)

    then = after(known, done)

    assert then.period is not None
    assert then.was is rules.state(then.period, today)
    assert then.is_banned == (then.was is OUTLAW)


@given(
    known=anyone,
    today=todays,
    reminder_days=reminders,
    gaps=st.lists(st.integers(0, 12), min_size=1, max_size=40),
)
def test_run_often_or_seldom_nobody_is_told_twice(
    known: Facts, today: date, reminder_days: int, gaps: list[int]
) -> None:
    told: list[SubState | None] = []
    reminded = 0
    for gap in gaps:
        done = rules.work(known, today=today, reminder_days=reminder_days)
        told += [done.becomes] if done.tell else []
        reminded += done.remind
        known, today = after(known, done), today + gap * DAY

    assert len(told) == len(set(told))  # time alone goes one way
    assert reminded <= 1
