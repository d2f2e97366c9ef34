"""How values are written for people."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask
from flask_babel import force_locale

from app.core.money import Cents
from app.web import filters

pytestmark = pytest.mark.once

NARROW = "\u202f"
FIXED = "\u00a0"


@pytest.mark.parametrize(
    ("locale", "cents", "written"),
    [
        ("fr", 1250, f"12,50{FIXED}€"),
        ("en", 1250, "€12.50"),
        ("fr", -1, f"-0,01{FIXED}€"),
        ("fr", 0, f"0,00{FIXED}€"),
        ("fr", 123456789, f"1{NARROW}234{NARROW}567,89{FIXED}€"),
    ],
)
def test_an_amount_is_written_as_its_reader_writes_it(
    app: Flask, locale: str, cents: int, written: str
) -> None:
    with app.test_request_context(), force_locale(locale):
        assert filters.format_euros(Cents(cents)) == written


@pytest.mark.parametrize(
    ("instant", "written"),
    [
        (datetime(2026, 1, 1, 23, 30, tzinfo=UTC), "vendredi 2 janvier 2026 à 0 h 30"),
        (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "jeudi 2 juillet 2026 à 0 h 30"),
    ],
)
def test_an_instant_is_what_a_clock_in_paris_showed(
    app: Flask, instant: datetime, written: str
) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert filters.format_instant(instant) == written


def test_a_day_is_that_day_whatever_the_hour(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert filters.format_day(date(2026, 11, 24)) == "24 novembre 2026"
    with app.test_request_context(), force_locale("en"):
        assert filters.format_day(date(2026, 11, 24)) == "24 November 2026"


@time_machine.travel("2026-03-14T12:00:00+00:00", tick=False)
def test_how_long_ago_keeps_the_exact_instant_at_hand(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        written = filters.format_relative(datetime(2026, 3, 14, 10, tzinfo=UTC))

    assert "il y a 2 heures" in written
    assert 'datetime="2026-03-14T10:00:00+00:00"' in written


def test_what_never_happened_is_a_dash(app: Flask) -> None:
    with app.test_request_context():
        assert filters.format_relative(None) == "\u2013"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0",
            "Firefox, Windows",
        ),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/129.0 Safari/537.36 Edg/129.0"
            ),
            "Edge, Windows",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1"
            ),
            "Safari, iPhone",
        ),
        (
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/129.0 Mobile Safari/537.36"
            ),
            "Chrome, Android",
        ),
        (
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
                "(KHTML, like Gecko) Version/17.0 Safari/605.1.15"
            ),
            "Safari, macOS",
        ),
        ("curl/8.0", "Appareil inconnu"),
        ("<script>", "Appareil inconnu"),
        ("", "Appareil inconnu"),
        (None, "Appareil inconnu"),
    ],
)
def test_a_browser_is_told_in_words(app: Flask, agent: str | None, words: str) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert filters.format_browser(agent) == words
