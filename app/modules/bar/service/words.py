"""Amounts in the sentences of refusals, in the language of the reader."""

from flask_babel import format_currency

from app.core import money
from app.core.money import Cents


def euros(cents: Cents) -> str:
    """``12,50 €``, or ``€12.50``."""
    return str(format_currency(money.euros(cents), "EUR"))
