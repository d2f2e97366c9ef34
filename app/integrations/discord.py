"""The GRIs' chat: what is told there, and how (network-b B8.3)."""

import http.client
import json
import re
import socket
import threading
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, TypeAlias, cast
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.integrations import metrics
from app.integrations.mailer import PermanentFailure
from app.models import OutboxEntry
from app.settings import Settings

Channel: TypeAlias = Literal["error", "logging", "message", "mail"]

#: How long, in seconds, Discord may take to answer.
PATIENCE = 5.0
#: How much of a text that people wrote is shown, and of one of ours.
LONGEST, LONGEST_MARKDOWN = 1900, 2000
#: What Discord takes: of a title or a name, of a field, of fields, of a message.
_TITLE, _VALUE, _FIELDS, _WHOLE = 256, 1024, 25, 6000
#: How many messages a channel takes in a minute.
PER_MINUTE = 30
_MINUTE = timedelta(minutes=1)
#: The channels of which a flood is told in one message: the site itself keeps the whole.
_SUMMED_UP = ("error", "logging")
#: How long to wait when Discord says to, and not how long; and the most that is believed.
_A_WHILE, _LONG = 60.0, 3600.0
_HEADERS = {"Content-Type": "application/json", "User-Agent": "PC est magique"}
_MARKS = re.compile(r"([\\*_~`|\[\]<>#])")
_CONTROLS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Undelivered(Exception):
    """The chat did not take a message; the text holds no secret."""


class Refused(Undelivered, PermanentFailure):
    """It never will: the webhook is gone, or what was sent is no message."""


class RetryLater(Undelivered):
    """It says when to come back."""

    def __init__(self, reason: str, *, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordMessage:
    """A message to a channel of the GRIs: an effect.

    All of it is plain text, shown as it is whatever it holds, unless
    ``is_markdown``: *text* is then Markdown of ours, in which what people
    wrote went through `escape`.
    """

    kind: ClassVar[str] = "discord.message"
    #: A failure is told in the file alone: never by another message.
    quiet: ClassVar[bool] = True

    channel: Channel
    title: str = ""
    text: str = ""
    is_markdown: bool = False
    #: Where the title leads.
    url: str | None = None
    author: str = ""
    #: Names and values.
    fields: Sequence[Sequence[str]] = ()
    #: ``0xRRGGBB``.
    colour: int | None = None
    #: When what it tells happened, in ISO.
    at: str | None = None
    #: Whether the role of the GRIs is called.
    mention: bool = False
    #: How many messages it stands for.
    stands_for: int = 1

    @property
    def lane(self) -> str:
        """Messages to one channel arrive in order."""
        return f"discord:{self.channel}"


def escape(text: str) -> str:
    """A text as it is, in Markdown of Discord: it formats nothing, and calls nobody."""
    plain = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _MARKS.sub(r"\\\1", plain).replace("@", "@\u200b")


def is_on(settings: Settings, channel: Channel) -> bool:
    """Whether this installation has that channel."""
    return _webhook(settings, channel) is not None


def send(session: Session, message: DiscordMessage, number: int) -> None:
    """Tell the chat: how the worker does this effect.

    Raises:
        RetryLater: If the channel has had enough for now.
        Refused: If it will never take it.
        Undelivered: If it may take it later.
    """
    settings = cast(Settings, current_app.extensions["settings"])
    webhook = _webhook(settings, message.channel)
    if webhook is None:
        return
    wait = _wait(session, message)
    if wait:
        if message.channel in _SUMMED_UP:
            _sum_up(session, message, number)
        raise RetryLater("enough messages for this minute", seconds=wait)
    try:
        _post(webhook, body_of(message, role=settings.chat.gri_role_id))
    except Undelivered:
        metrics.discord_failures().inc()
        raise


def body_of(message: DiscordMessage, *, role: str | None) -> dict[str, Any]:
    """What Discord is sent; the only mention that works is ours."""
    calls = [role] if message.mention and role else []
    embed: dict[str, Any] = {
        "title": _fitted(message.title, _TITLE),
        "url": message.url,
        "description": _description(message),
        "color": message.colour,
        "timestamp": message.at,
        "author": {"name": _cut(_CONTROLS.sub("", message.author), _TITLE)},
    }
    if not message.author:
        del embed["author"]
    taken = sum(len(embed[name]) for name in ("title", "description"))
    taken += len(message.author[:_TITLE])
    embed["fields"] = _fields(message.fields, room=_WHOLE - taken)
    body: dict[str, Any] = {
        "embeds": [{name: value for name, value in embed.items() if value}],
        "allowed_mentions": {"parse": [], "roles": calls},
    }
    if calls:
        body["content"] = f"<@&{role}>"
    return body


def _description(message: DiscordMessage) -> str:
    if message.is_markdown:
        return _cut(message.text, LONGEST_MARKDOWN)
    return _fitted(message.text, LONGEST)


def _fields(fields: Sequence[Sequence[str]], *, room: int) -> list[dict[str, str]]:
    """Names and values, as many as there is room for; Discord wants something in each."""
    kept: list[dict[str, str]] = []
    for name, value in fields[:_FIELDS]:
        one = {"name": _fitted(name, _TITLE) or "-", "value": _fitted(value, _VALUE) or "-"}
        room -= len(one["name"]) + len(one["value"])
        if room < 0:
            break
        kept.append(one)
    return kept


def _fitted(text: str, most: int) -> str:
    """A plain text, escaped, in at *most* so many characters."""
    escaped = escape(text[:most])
    if len(escaped) <= most and len(text) <= most:
        return escaped
    shorter = text[: most - 1]
    while len(escape(shorter)) > most - 1:
        shorter = shorter[: -max(1, (len(escape(shorter)) - most + 1) // 2)]
    return f"{escape(shorter)}…"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _webhook(settings: Settings, channel: Channel) -> SecretStr | None:
    found: SecretStr | None = getattr(settings.chat, f"{channel}_webhook")
    return found


def _wait(session: Session, message: DiscordMessage) -> float:
    """How many seconds the channel needs before it may take another."""
    now = clock.now()
    sent = (
        sa.select(OutboxEntry.sent_at)
        .where(
            OutboxEntry.lane == message.lane,
            OutboxEntry.sent_at > now - _MINUTE,
            OutboxEntry.sent_at <= now,  # not what left while the clock was ahead
            OutboxEntry.last_error.is_(None),  # one that was summed up has a word there
        )
        .order_by(OutboxEntry.sent_at.desc())
        .limit(PER_MINUTE)
    )
    lately: list[datetime] = [at for at in session.scalars(sent) if at]
    session.rollback()
    if len(lately) < PER_MINUTE:
        return 0.0
    return max(1.0, (lately[-1] + _MINUTE - now).total_seconds())


def _sum_up(session: Session, message: DiscordMessage, number: int) -> None:
    """Have this message stand for all those that wait behind it."""
    now = clock.now()
    behind = sa.select(OutboxEntry).where(
        OutboxEntry.lane == message.lane,
        OutboxEntry.id != number,
        OutboxEntry.sent_at.is_(None),
        OutboxEntry.parked_at.is_(None),
        OutboxEntry.cancelled_at.is_(None),
    )
    with transaction(session):
        others = session.scalars(behind.order_by(OutboxEntry.id).with_for_update()).all()
        for one in others:
            one.sent_at, one.last_error = now, "summed up in another message"
        own = session.get_one(OutboxEntry, number)
        payloads = [own.payload, *(one.payload for one in others)]
        count = sum(int(payload.get("stands_for") or 1) for payload in payloads)
        calls = any(payload.get("mention") for payload in payloads)
        if count > 1:
            own.payload = asdict(summary(message.channel, count, mention=calls))


def summary(channel: Channel, count: int, *, mention: bool) -> DiscordMessage:
    """One message for *count* that the channel has no room for; the chat speaks French."""
    message = DiscordMessage(
        channel=channel,
        title=f"Et {count} messages de plus",
        text="Trop de messages en une minute : ceux-là ne sont que sur le site.",
        stands_for=count,
    )
    return replace(message, mention=mention, at=clock.now().isoformat())


def _post(webhook: SecretStr, body: dict[str, Any]) -> None:
    """Send once, follow nothing, wait no longer than agreed; by what logs nothing itself."""
    address = urlsplit(webhook.get_secret_value())
    secure = address.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=PATIENCE)
    patience = threading.Timer(PATIENCE, _hang_up, (connection,))
    patience.daemon = True
    patience.start()
    try:
        connection.request("POST", address.path, json.dumps(body).encode(), _HEADERS)
        with closing(connection.getresponse()) as response:
            status, retry_after = response.status, response.headers.get("Retry-After")
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise Undelivered(f"no answer: {type(error).__name__}") from None
    finally:
        patience.cancel()
        connection.close()
    if status < 300:
        return
    if status == 429:
        raise RetryLater("HTTP 429", seconds=_asked(retry_after))
    if status in (408, 425) or status >= 500:
        raise Undelivered(f"HTTP {status}")
    raise Refused(f"HTTP {status}")


def _hang_up(connection: http.client.HTTPConnection) -> None:
    """End an answer that is too long in coming."""
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _asked(header: str | None) -> float:
    """How many seconds Discord asks for."""
    if header is None or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", header.strip()):
        return _A_WHILE
    return min(_LONG, max(1.0, float(header)))
