"""How values are written for people, in their language."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency
from flask import Flask
from flask_babel import get_locale, gettext as _
from markupsafe import Markup

from app.core import clock, markdown
from app.core.clock import PARIS
from app.core.money import Cents, euros


def format_euros(cents: Cents) -> str:
    """``1250`` as ``12,50 €`` or ``€12.50``."""
    return _euros(cents, str(get_locale()))


@lru_cache(maxsize=4096)  # a list says the same amounts again and again
def _euros(cents: Cents, locale: str) -> str:
    return str(format_currency(euros(cents), "EUR", locale=locale))


def format_instant(instant: datetime) -> str:
    """An instant, as a clock in Paris showed it: ``lundi 23 novembre 2026 à 18 h 30``."""
    pattern = _("EEEE d MMMM y 'à' H 'h' mm")
    return _instant(instant.astimezone(PARIS), pattern, str(get_locale()))


@lru_cache(maxsize=4096)  # a page is asked for again and again
def _instant(wall: datetime, pattern: str, locale: str) -> str:
    return str(format_datetime(wall, pattern, locale=locale))


def format_day(day: date) -> str:
    """A date: ``24 novembre 2026``."""
    return _day(day, str(get_locale()))


@lru_cache(maxsize=4096)  # likewise
def _day(day: date, locale: str) -> str:
    return str(format_date(day, "d MMMM y", locale=locale))


def _rounded(delay: timedelta) -> timedelta:
    """To the second, the minute or the hour: what is said of it does not change for less."""
    size = abs(delay)
    unit = timedelta(seconds=1)
    if size > timedelta(hours=1):
        unit = timedelta(hours=1) if size > timedelta(days=2) else timedelta(minutes=1)
    return round(delay / unit) * unit


@lru_cache(maxsize=4096)  # a list says the same delays again and again
def _ago(delay: timedelta, locale: str) -> str:
    return format_timedelta(delay, add_direction=True, locale=locale)


def format_ago(instant: datetime | None) -> str:
    """How long ago it was, in words alone: for lists that are long."""
    if instant is None:
        return "\u2013"
    return _ago(_rounded(instant - clock.now()), str(get_locale()))


def format_relative(instant: datetime | None, *, exact: bool = True) -> Markup | str:
    """How long ago it was; with *exact*, the instant itself is one hover away."""
    if instant is None:
        return "\u2013"
    ago = _ago(_rounded(instant - clock.now()), str(get_locale()))
    title = Markup(' title="{}"').format(format_instant(instant)) if exact else ""
    return Markup('<time datetime="{}"{} data-relative>{}</time>').format(
        instant.isoformat(timespec="seconds"), title, ago
    )


#: What a browser calls itself, and the systems, the most precise first.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def format_browser(user_agent: str | None) -> str:
    """A browser and its system, in words: ``Firefox, Windows``."""
    text = user_agent or ""
    browser = next((name for mark, name in _BROWSERS if mark in text), None)
    if browser is None and "Safari" in text:
        browser = "Safari"
    system = next((name for mark, name in _SYSTEMS if mark in text), None)
    return ", ".join(filter(None, (browser, system))) or _("Appareil inconnu")


def init_app(app: Flask) -> None:
    """Install this on *app*."""
    app.jinja_env.filters["euros"] = format_euros
    app.jinja_env.filters["markdown"] = markdown.render
    app.jinja_env.filters["instant"] = format_instant
    app.jinja_env.filters["day"] = format_day
    app.jinja_env.filters["ago"] = format_ago
    app.jinja_env.filters["browser"] = format_browser
    app.jinja_env.filters["relative"] = format_relative
