"""What becomes of a message, by what a push service answers."""

import enum
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.core import clock

#: How long to wait when a service says to, and not how long; the most that is believed.
_A_WHILE, _LONG = 60.0, 3600.0
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)


class Fate(enum.Enum):
    """What became of a message."""

    sent = "sent"
    #: The device is no more.
    gone = "gone"
    #: The service wants nothing for a while.
    later = "later"
    #: It may be taken another time.
    failed = "failed"
    #: Nobody answered in time.
    hung = "hung"
    #: It never will be taken.
    refused = "refused"
    #: Nobody was asked: the service wants nothing for a while, or does not answer.
    put_off = "put_off"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message, in a few words that hold no secret."""

    fate: Fate
    reason: str = ""
    #: How long to wait, for what is asked later.
    seconds: float = 0.0


def read(status: int, retry_after: str | None) -> Answer:
    """What an answer means."""
    reason = f"HTTP {status}"
    if status in (200, 201, 202, 204):
        return Answer(Fate.sent)
    if status in (404, 410):
        return Answer(Fate.gone, reason)
    if status == 429 or (status == 503 and retry_after is not None):
        return Answer(Fate.later, reason, asked(retry_after))
    if status in (400, 401, 403, 413):
        return Answer(Fate.refused, reason)
    return Answer(Fate.failed, reason)


def asked(retry_after: str | None) -> float:
    """How many seconds a service asks for: a number, or a date."""
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        try:
            seconds = (_instant(text) - clock.now()).total_seconds()
        except (ValueError, OverflowError):
            seconds = _A_WHILE
    return min(_LONG, max(1.0, seconds))


def _instant(text: str) -> datetime:
    found = parsedate_to_datetime(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
