"""What the address of a list asks for: what it does not say, or says wrong, takes its default."""

import re
from datetime import date

from flask import request

from app.core.text import clean

#: Of a century that somebody here has seen: nothing is added to the last day of all.
_DAY = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")


def asked_number(name: str, *, digits: int = 9) -> int | None:
    """A number, in ASCII digits, not too long."""
    text = request.args.get(name, "")
    is_number = text.isascii() and text.isdigit() and len(text) <= digits
    return int(text) if is_number else None


def asked_page() -> int:
    """The page of the list: the first one by default."""
    number = asked_number("page", digits=6)
    return 1 if number is None else number


def asked_day(name: str) -> date | None:
    """A date: ``2026-11-24``."""
    text = request.args.get(name, "")
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def asked_text() -> str:
    """What is looked for, in one line of a hundred characters at most."""
    return clean(request.args.get("q", "").replace("\x00", ""))[:100]
