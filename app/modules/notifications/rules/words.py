"""Days and amounts in the words of a notification, in the language of each who is told."""

from datetime import date

from babel.dates import format_date
from babel.numbers import format_currency
from flask_babel import LazyString, get_locale

from app.core import money
from app.core.money import Cents


def day(on: date) -> LazyString:
    """A day: ``mardi 24 novembre 2026``."""
    return LazyString(_day, on)


def _day(on: date) -> str:
    return str(format_date(on, "EEEE d MMMM y", locale=get_locale() or "fr"))


def euros(cents: Cents) -> LazyString:
    """An amount: ``12,50 €``, or ``€12.50``."""
    return LazyString(_euros, cents)


def _euros(cents: Cents) -> str:
    return str(format_currency(money.euros(cents), "EUR", locale=get_locale() or "fr"))
