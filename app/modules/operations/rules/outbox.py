"""Where an effect stands, and what of it may be shown."""

import enum
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import LazyString, lazy_gettext as _l

from app.models import OutboxEntry


class OutboxState(enum.StrEnum):
    """Where an effect stands."""

    waiting = "waiting"
    leased = "leased"
    parked = "parked"
    sent = "sent"
    cancelled = "cancelled"

    @property
    def label(self) -> LazyString:
        return _LABELS[self]

    @property
    def tone(self) -> str:
        """How it looks."""
        return _TONES[self]


_LABELS = {
    OutboxState.waiting: _l("en attente"),
    OutboxState.leased: _l("en train de partir"),
    OutboxState.parked: _l("abandonné"),
    OutboxState.sent: _l("parti"),
    OutboxState.cancelled: _l("annulé"),
}
_TONES = {
    OutboxState.waiting: "warning",
    OutboxState.leased: "info",
    OutboxState.parked: "danger",
    OutboxState.sent: "success",
    OutboxState.cancelled: "neutral",
}


def state_of(entry: OutboxEntry, *, now: datetime) -> OutboxState:
    """Where an effect stands."""
    if entry.sent_at is not None:
        return OutboxState.sent
    if entry.cancelled_at is not None:
        return OutboxState.cancelled
    if entry.parked_at is not None:
        return OutboxState.parked
    is_leased = entry.leased_until is not None and entry.leased_until > now
    return OutboxState.leased if is_leased else OutboxState.waiting


#: Where a page or a channel is: what follows the host may be a secret.
_ADDRESS = re.compile(r"(https?://)(?:[^\s/@]*@)?([^\s/?#'\"<>]+)[^\s'\"<>]*")
#: ``password=…``, ``"token": "…"``.
_NAMED = re.compile(
    r"((?:pass(?:word|wd)?|secret|token|key|authorization|cookie|signature)['\"]?\s*[=:]\s*['\"]?)"
    r"[^\s'\",;&)]+",
    re.IGNORECASE,
)
#: Too long for a word, with digits in it or capitals inside: a key, a digest, a token.
_LONG = re.compile(r"(?<![\w-])(?=[\w-]*[0-9A-Z])[\w-]{22,}", re.ASCII)
#: The values of an effect that are not told.
_SECRETS = frozenset({"secret", "token", "password", "key", "url", "webhook"})
_HIDDEN = "…"


def without_secrets(text: str) -> str:
    """*text*, without what lets in who knows it."""
    text = _ADDRESS.sub(rf"\1\2/{_HIDDEN}", text)
    text = _NAMED.sub(rf"\1{_HIDDEN}", text)
    return _LONG.sub(_HIDDEN, text)


def without_tokens(text: str) -> str:
    """The text of a mail, without what opens a door; where its links lead is left."""
    return _LONG.sub(_HIDDEN, text)


def shown_values(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The values of an effect, for people to read."""
    return [(name, _shown(name, value)) for name, value in payload.items()]


def _shown(name: str, value: Any) -> str:
    if name.lower() in _SECRETS:
        return _HIDDEN
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return without_secrets(text)
