"""When events are: what is read, what is refused, what is repeated; and colours."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import force_locale

from app.core.errors import DomainError
from app.modules.calendar.errors import (
    EndsTooEarly,
    LastDayTooEarly,
    NotADay,
    NotAnInstant,
    OutOfReach,
    SkippedHour,
    SkippedWeek,
    TooManyWeeks,
    UntilTooEarly,
)
from app.modules.calendar.rules import events as rules, words
from app.modules.calendar.rules.events import When

PARIS = ZoneInfo("Europe/Paris")


def wall(text: str) -> datetime:
    """A time that a clock shows."""
    return datetime.fromisoformat(text)


def at(text: str) -> datetime:
    """The first instant at which the clock in Paris shows that."""
    return wall(text).replace(tzinfo=PARIS).astimezone(UTC)


def hours(start: str, end: str) -> When:
    return rules.timed(rules.instant_at(wall(start)), rules.instant_at(wall(end)))


def shown(when: When) -> list[str]:
    """When that is, as the clock in Paris shows it."""
    return [f"{moment:%Y-%m-%d %H:%M}" for moment in when.walls]


# What is read


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-24T18:30", "2026-11-24 17:30"),
        ("2026-07-24T18:30", "2026-07-24 16:30"),
        ("2026-11-24T18:30:00", "2026-11-24 17:30"),
        ("2026-11-24T18:30Z", "2026-11-24 18:30"),
        ("2026-11-24T18:30:00.000Z", "2026-11-24 18:30"),
        ("2026-11-24T18:30-05:00", "2026-11-24 23:30"),
        ("2026-11-24T18:30+01:00", "2026-11-24 17:30"),
        # clocks show 02:30 twice: the first counts, an offset tells them apart
        ("2026-10-25T02:30", "2026-10-25 00:30"),
        ("2026-10-25T02:30+01:00", "2026-10-25 01:30"),
        # 02:30 was jumped over in Paris, not elsewhere
        ("2026-03-29T02:30+01:00", "2026-03-29 01:30"),
        ("1999-01-01T00:00", "1998-12-31 23:00"),
    ],
)
def test_an_instant_is_read_with_its_offset_or_as_paris_shows_it(text: str, utc: str) -> None:
    found = rules.read_instant(text).astimezone(UTC)

    assert f"{found:%Y-%m-%d %H:%M}" == utc


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("x", NotAnInstant),
        ("", NotAnInstant),
        ("2026-01-01T00:00+99:99", NotAnInstant),
        ("2026-01-01T00:00 01:00", NotAnInstant),
        ("2026-01-01", NotAnInstant),
        ("2026-01-01 00:00", NotAnInstant),
        ("20260101T0000", NotAnInstant),
        ("2026-W01-1T00:00", NotAnInstant),
        ("2026-02-30T00:00", NotAnInstant),
        ("2026-01-01T25:00", NotAnInstant),
        ("２０２６-01-01T00:00", NotAnInstant),
        ("2026-03-29T02:30", SkippedHour),
        ("2026-03-29T02:00:10", SkippedHour),
        ("0001-01-01T00:00+14:00", OutOfReach),
        ("0001-01-01T00:00", OutOfReach),
        ("9999-12-31T23:59-14:00", OutOfReach),
        ("2100-01-01T00:00", OutOfReach),
    ],
)
def test_what_is_no_instant_is_refused(text: str, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        rules.read_instant(text)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("x", NotADay),
        ("2026-02-29", NotADay),
        ("2026-01-01T00:00", NotADay),
        ("20260101", NotADay),
        ("2026-W01-1", NotADay),
        ("1899-12-31", OutOfReach),
        ("2100-01-01", OutOfReach),
    ],
)
def test_what_is_no_day_is_refused(text: str, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        rules.read_day(text)


def test_a_day_is_read() -> None:
    assert rules.read_day("2024-02-29") == date(2024, 2, 29)


def test_a_time_that_is_shown_already_stays_the_instant_that_it_was() -> None:
    second = datetime(2026, 10, 25, 1, 30, 20, tzinfo=UTC)

    assert rules.kept_at(wall("2026-10-25T02:30"), second) == second
    assert rules.kept_at(wall("2026-10-25T02:31"), second) == at("2026-10-25T02:31")
    assert rules.kept_at(wall("2026-10-25T02:30"), None) == at("2026-10-25T02:30")


# What lasts


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-24T18:30", "2026-11-24T18:31"),
        ("2026-11-24T22:00", "2026-11-25T02:00"),
        ("2026-03-28T22:00", "2026-03-29T03:00"),
        ("2026-10-25T02:30", "2026-10-25T03:00"),
        ("1999-11-24T18:30", "1999-11-24T20:00"),
    ],
)
def test_an_event_lasts_from_an_instant_to_a_later_one(start: str, end: str) -> None:
    when = hours(start, end)

    assert when.walls == (wall(start), wall(end))
    assert not when.all_day


@pytest.mark.parametrize("seconds", [0, -1, -7200])
def test_an_event_that_does_not_end_after_it_starts_is_refused(seconds: int) -> None:
    start = at("2026-11-24T18:30")

    with pytest.raises(EndsTooEarly):
        rules.timed(start, start + timedelta(seconds=seconds))


def test_hours_that_clocks_show_twice_are_in_the_order_that_they_come() -> None:
    first = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)

    assert shown(rules.timed(first, second)) == ["2026-10-25 02:50", "2026-10-25 02:10"]
    with pytest.raises(EndsTooEarly):
        rules.timed(second, first)


def test_whole_days_count_the_last_one() -> None:
    when = rules.days(date(2026, 5, 1), date(2026, 5, 3))

    assert when.all_day
    assert when.both_days == (date(2026, 5, 1), date(2026, 5, 3))
    assert rules.days(date(2026, 5, 1), date(2026, 5, 1)).all_day
    with pytest.raises(LastDayTooEarly):
        rules.days(date(2026, 5, 2), date(2026, 5, 1))


@pytest.mark.parametrize(
    ("when", "to_come", "ahead"),
    [
        (hours("2026-05-01T12:01", "2026-05-01T13:00"), True, True),
        (hours("2026-05-01T11:00", "2026-05-01T13:00"), False, True),
        (hours("2026-05-01T10:00", "2026-05-01T11:59"), False, False),
        (rules.days(date(2026, 5, 1), date(2026, 5, 1)), True, True),
        (rules.days(date(2026, 4, 30), date(2026, 5, 1)), False, True),
        (rules.days(date(2026, 4, 29), date(2026, 4, 30)), False, False),
    ],
)
def test_an_event_is_to_come_then_goes_on_then_is_over(
    when: When, to_come: bool, ahead: bool
) -> None:
    now = at("2026-05-01T12:00")

    assert rules.is_to_come(when, now=now) is to_come
    assert rules.is_ahead(when, now=now) is ahead


# Every week


def test_every_week_is_at_the_same_time_in_paris_when_clocks_go_forward() -> None:
    found = rules.weekly(hours("2026-03-22T18:00", "2026-03-22T20:00"), date(2026, 4, 5))

    assert [shown(when)[0] for when in found] == [
        "2026-03-22 18:00",
        "2026-03-29 18:00",
        "2026-04-05 18:00",
    ]
    assert [when.instants[0].hour for when in found] == [17, 16, 16]


def test_every_week_is_at_the_same_time_in_paris_when_clocks_go_back() -> None:
    found = rules.weekly(hours("2026-10-17T22:00", "2026-10-18T02:30"), date(2026, 10, 31))

    assert [shown(when) for when in found] == [
        ["2026-10-17 22:00", "2026-10-18 02:30"],
        ["2026-10-24 22:00", "2026-10-25 02:30"],
        ["2026-10-31 22:00", "2026-11-01 02:30"],
    ]
    # the first of the two 02:30 of that night
    assert found[1].instants[1] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-03-22T02:30", "2026-03-22T04:00"), ("2026-03-21T23:00", "2026-03-22T02:30")],
)
def test_a_week_whose_hour_is_jumped_over_is_refused_with_its_day(
    app: Flask, start: str, end: str
) -> None:
    with pytest.raises(SkippedWeek) as refused:
        rules.weekly(hours(start, end), date(2026, 4, 5))

    assert refused.value.day == date(2026, 3, 29)
    with app.test_request_context(), force_locale("fr"):
        assert refused.value.message.startswith("Le 29 mars 2026, ")


def test_weeks_go_on_until_a_day_that_counts_too() -> None:
    when = rules.days(date(2026, 5, 1), date(2026, 5, 3))

    assert len(rules.weekly(when, date(2026, 5, 7))) == 1
    assert len(rules.weekly(when, date(2026, 5, 8))) == 2
    assert rules.weekly(when, date(2026, 5, 8))[1].both_days == (
        date(2026, 5, 8),
        date(2026, 5, 10),
    )
    with pytest.raises(UntilTooEarly):
        rules.weekly(when, date(2026, 4, 30))


def test_sixty_weeks_are_enough() -> None:
    when = hours("2026-05-01T18:00", "2026-05-01T20:00")
    last = date(2026, 5, 1) + timedelta(weeks=59)

    assert len(rules.weekly(when, last)) == 60
    with pytest.raises(TooManyWeeks):
        rules.weekly(when, last + timedelta(weeks=1))
    with pytest.raises(TooManyWeeks):
        rules.weekly(when, date.max)


def test_those_that_follow_move_by_as_many_days_to_the_same_hours() -> None:
    old = hours("2026-05-01T18:00", "2026-05-01T20:00")
    new = hours("2026-05-02T22:00", "2026-05-03T01:00")
    other = hours("2026-05-08T17:00", "2026-05-08T20:00")

    assert shown(rules.follow(other, old, new)) == ["2026-05-09 22:00", "2026-05-10 01:00"]
    assert rules.follow(other, old, old) == other
    whole = rules.days(date(2026, 5, 2), date(2026, 5, 3))
    assert rules.follow(other, old, whole) == rules.days(date(2026, 5, 9), date(2026, 5, 10))
    assert shown(rules.follow(rules.days(date(2026, 5, 9), date(2026, 5, 9)), whole, new)) == [
        "2026-05-09 22:00",
        "2026-05-10 01:00",
    ]


# Words


@pytest.mark.parametrize(
    ("when", "french", "english"),
    [
        (
            hours("2026-11-23T18:30", "2026-11-23T20:00"),
            "lundi 23 novembre 2026, de 18 h 30 à 20 h 00",
            "Monday 23 November 2026",
        ),
        (
            hours("2026-11-23T22:00", "2026-11-24T02:05"),
            "du lundi 23 novembre 2026 à 22 h 00 au mardi 24 novembre 2026 à 2 h 05",
            "Tuesday 24 November 2026",
        ),
        (
            rules.days(date(2026, 5, 1), date(2026, 5, 1)),
            "vendredi 1 mai 2026, toute la journée",
            "Friday 1 May 2026",
        ),
        (
            rules.days(date(2026, 5, 1), date(2026, 5, 3)),
            "du vendredi 1 mai 2026 au dimanche 3 mai 2026",
            "Sunday 3 May 2026",
        ),
    ],
)
def test_when_it_is_is_said_in_words(app: Flask, when: When, french: str, english: str) -> None:
    with app.test_request_context():
        with force_locale("fr"):
            assert words.in_words(when) == french
            assert words.as_html(when).striptags() == french
        with force_locale("en"):
            assert english in words.in_words(when)


# Colours


@pytest.mark.parametrize(
    ("color", "ink"),
    [
        ("#000000", rules.LIGHT_INK),
        ("#ffffff", rules.DARK_INK),
        ("#dc8add", rules.DARK_INK),
        ("#757575", rules.LIGHT_INK),
        ("#999999", rules.LIGHT_INK),  # 0.6 is not above 0.6
        ("#9a9a9a", rules.DARK_INK),
        ("#00ff00", rules.LIGHT_INK),
        ("#0000ff", rules.LIGHT_INK),
        ("#ffff00", rules.DARK_INK),
    ],
)
def test_what_is_written_on_a_colour_is_read(color: str, ink: str) -> None:
    assert rules.contrast_color(color) == ink


@pytest.mark.parametrize(
    ("text", "color"),
    [
        ("#64B9E9", "#64b9e9"),
        (" #64b9e9 ", "#64b9e9"),
        ("64b9e9", None),
        ("#64b", None),
        ("red", None),
        ("#64b9e9;", None),
        ("#64b9eg", None),
        ("", None),
    ],
)
def test_a_colour_is_six_digits(text: str, color: str | None) -> None:
    assert rules.color_of(text) == color
