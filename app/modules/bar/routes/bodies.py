"""What scripts and forms ask of the ledger: the same names, in JSON or as a form."""

import re
from collections.abc import Mapping
from typing import Any

from flask import request

from app.context import current
from app.core.money import Cents, parse_euros
from app.core.text import clean, has_forbidden
from app.enums import BarMethod
from app.modules.bar.errors import MalformedBarRequest, UnreadableAmount
from app.modules.bar.service.requests import Asked, asked

_AMOUNT = re.compile(r"-?[0-9]{1,7}(?:[.,][0-9]{1,2})?")
_CENTS = re.compile(r"[0-9]{1,7}")
#: How long the reason of a line may be, in characters.
LONGEST_REASON = 280


def body() -> Mapping[str, Any]:
    """What was sent, by name.

    Raises:
        MalformedBarRequest: If it is JSON, and no object.
    """
    if not request.is_json:
        return request.form
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise MalformedBarRequest
    return sent


def text(sent: Mapping[str, Any], name: str) -> str:
    """What was sent under a name, as a form sends it; empty without.

    Raises:
        MalformedBarRequest: If it is no text, nor number.
    """
    found = sent.get(name, "")
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise MalformedBarRequest
    return clean(str(found))


def amount(sent: Mapping[str, Any]) -> Cents:
    """The amount that was sent, in euros.

    Raises:
        UnreadableAmount: If it is none.
    """
    typed = text(sent, "amount")
    if not _AMOUNT.fullmatch(typed):
        raise UnreadableAmount
    return parse_euros(typed)


def method(sent: Mapping[str, Any], *, needed: bool = True) -> BarMethod:
    """How money comes, or leaves: in cash, unless it is said where it is not *needed*.

    Raises:
        MalformedBarRequest: If it is no way that money goes.
    """
    said = text(sent, "method")
    if not said and not needed:
        return BarMethod.cash
    try:
        return BarMethod(said)
    except ValueError:
        raise MalformedBarRequest from None


def reason(sent: Mapping[str, Any]) -> str | None:
    """Why, if it was said.

    Raises:
        MalformedBarRequest: If it is too long, or is no text.
    """
    said = text(sent, "reason")
    if len(said) > LONGEST_REASON or has_forbidden(said):
        raise MalformedBarRequest
    return said or None


def expected(sent: Mapping[str, Any], name: str) -> Cents | None:
    """The price, or the amount, that was seen, in cents, if it was said.

    Raises:
        MalformedBarRequest: If it is none.
    """
    said = text(sent, name)
    if not said:
        return None
    if not _CENTS.fullmatch(said):
        raise MalformedBarRequest
    return int(said)


def question(what: str, **said: Any) -> Asked:
    """Who asks *what*, with the key of their page.

    Raises:
        KeyMissing: If there is none.
    """
    return asked(current.me, request.headers.get("Idempotency-Key"), what, **said)
