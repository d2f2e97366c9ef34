"""Mails that others write: what is read of one, whatever it holds (network-b B9.5).

Nothing of it is believed, and nothing of it is run: who it says it is from is a text like another.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import HeaderParseError
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime

from app.core.text import without_forbidden
from app.integrations.mail_text import as_text

#: What is read, in bytes; and of how many parts.
LARGEST, MOST_PARTS = 25_000_000, 200
#: How deep parts may be in one another: nobody writes so, and reading it takes a stack.
_DEEPEST = 50
#: How much of a text in HTML is read, in characters: what is kept of it is far less.
_LONGEST_HTML = 500_000
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})


class NotAMail(ValueError):
    """What was given is no mail that can be read; the text says why, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMail:
    """What is kept of a mail."""

    #: Of its ``Message-ID``, else of all its bytes: SHA-256, in hexadecimal.
    digest: str
    subject: str
    #: The address that it says it is from, in lower case; empty if it says none.
    sender: str
    recipient: str
    sent_at: datetime | None
    text: str
    size: int
    is_automatic: bool


def read(raw: bytes) -> ReadMail:
    """What a mail says, with unknown letters replaced.

    Raises:
        NotAMail: If it is too long, has too many parts, or is no mail.
    """
    if len(raw) > LARGEST:
        raise NotAMail(f"longer than {LARGEST} bytes")
    try:
        message = BytesParser(policy=policy.default).parsebytes(raw)
        parts = _count(message)
    except RecursionError:
        raise NotAMail("parts within parts, without end") from None
    if parts > MOST_PARTS:
        raise NotAMail(f"more than {MOST_PARTS} parts")
    if not message.keys():
        raise NotAMail("it has no header")
    number = _header(message, "Message-ID")
    return ReadMail(
        digest=hashlib.sha256(number.encode() if number else raw).hexdigest(),
        subject=_header(message, "Subject"),
        sender=_address(message, "From"),
        recipient=_address(message, "To") or _address(message, "Delivered-To"),
        sent_at=_instant(message),
        text=_text(message),
        size=len(raw),
        is_automatic=_is_automatic(message),
    )


def _count(message: MIMEPart, depth: int = 0) -> int:
    """How many parts it has, itself included; a mail that is attached is one of them."""
    if depth > _DEEPEST:
        raise NotAMail(f"more than {_DEEPEST} parts within one another")
    if not message.is_multipart():
        return 1
    parts: Iterator[MIMEPart] = message.iter_parts()
    return 1 + sum(_count(part, depth + 1) for part in parts)


def _header(message: EmailMessage, name: str) -> str:
    """A header in one line, or nothing where there is none, or none that can be read."""
    try:
        value = message.get(name)
    except (HeaderParseError, ValueError, LookupError, IndexError, AttributeError):
        return ""
    return " ".join(without_forbidden(str(value)).split()) if value is not None else ""


def _address(message: EmailMessage, name: str) -> str:
    return parseaddr(_header(message, name))[1].lower()


def _instant(message: EmailMessage) -> datetime | None:
    """When it says it was sent, if that is an instant."""
    with suppress(ValueError, TypeError, OverflowError):
        at = parsedate_to_datetime(_header(message, "Date"))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return None


def _text(message: EmailMessage) -> str:
    """What is to be read: the plain text, else the HTML without its clothes."""
    try:
        body = message.get_body(("plain", "html"))
    except (KeyError, ValueError, AttributeError):
        body = None
    if not isinstance(body, EmailMessage):
        return ""
    letters = _decoded(body)
    if body.get_content_type() == "text/html":
        letters = as_text(letters[:_LONGEST_HTML])
    return without_forbidden(letters, lines=True).strip()


def _decoded(part: EmailMessage) -> str:
    """The letters of a part, in the charset that it names if there is one of that name."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    with suppress(LookupError):
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    return payload.decode("utf-8", "replace")


def _is_automatic(message: EmailMessage) -> bool:
    """Whether a program wrote it: RFC 3834, lists, and what comes back undelivered."""
    auto = _header(message, "Auto-Submitted").lower()
    return (
        (bool(auto) and not auto.startswith("no"))
        or _header(message, "Precedence").lower() in _BULK
        or bool(_header(message, "List-Id") or _header(message, "List-Unsubscribe"))
        or _header(message, "Return-Path") == "<>"
        or _address(message, "From").startswith(("mailer-daemon@", "postmaster@"))
        or message.get_content_type() == "multipart/report"
    )
