"""Errors of the site, told to the GRIs' chat (network-b B8.1)."""

import logging
import secrets
import sys
import threading
import time
import traceback
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, g, has_app_context, has_request_context, request
from sqlalchemy.orm import Session

from app.core import clock
from app.extensions import db
from app.integrations import discord
from app.integrations.discord import LONGEST, DiscordMessage
from app.models import defer
from app.settings import ROOT, Settings

#: How many errors a process tells in a minute; the others are in the log alone.
PER_MINUTE = 10
_MINUTE = 60.0
#: How long nothing is tried after the database did not take an error.
_REST = 30.0
_RED = 0xB20037
_HEADERS = (
    "Aïe. Quelque chose a cassé.",
    "Oups. Ce n'était pas prévu.",
    "La magie a des ratés.",
    "Un rouage a sauté.",
    "Le site a trébuché.",
)
_TOO_MANY = "Et d'autres encore"
_IN_THE_LOG = "Trop d'erreurs en une minute : les suivantes ne sont que dans le journal."
#: What says that there is no database to write to.
_AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
#: The loggers whose values are names of ours, never of anybody.
_PLAIN = ("app.worker",)


class ErrorReports(logging.Handler):
    """Writes each error to the outbox, by itself: whatever was going on goes on."""

    def __init__(self, app: Flask) -> None:
        super().__init__(logging.ERROR)
        self._app = app
        self._busy = threading.local()
        self._began, self._told, self._rests_until = 0.0, 0, 0.0

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(self._busy, "now", False) or getattr(record, "untold", False):
            return
        self._busy.now = True
        try:
            self._emit(record)
        except Exception as error:  # noqa: BLE001  # an error about an error stops here
            self._rests_until = time.monotonic() + _REST
            sys.stderr.write(f"an error was told to nobody: {type(error).__name__}\n")
        finally:
            self._busy.now = False

    def _emit(self, record: logging.LogRecord) -> None:
        cause = record.exc_info[0] if record.exc_info else None
        if cause is not None and issubclass(cause, _AWAY):
            sys.stderr.write("an error was told to nobody: the database is away\n")
            return
        message = self._message(record)
        if message is None:
            return
        if has_app_context():
            self._write(message)
        else:
            with self._app.app_context():
                self._write(message)

    def _message(self, record: logging.LogRecord) -> DiscordMessage | None:
        """What is told of it; ``None`` when enough was told for now."""
        now = time.monotonic()
        if now < self._rests_until:
            return None
        if now - self._began >= _MINUTE:
            self._began, self._told = now, 0
        self._told += 1
        if self._told <= PER_MINUTE:
            return report(record)
        if self._told == PER_MINUTE + 1:
            return DiscordMessage(channel="error", title=_TOO_MANY, text=_IN_THE_LOG, colour=_RED)
        return None

    @staticmethod
    def _write(message: DiscordMessage) -> None:
        with Session(db.engine, join_transaction_mode="create_savepoint") as own, own.begin():
            own.connection(execution_options={"writes": "briefly"})
            defer(own, message)


def report(record: logging.LogRecord) -> DiscordMessage:
    """What is told of an error: where, and what kind; never with what values."""
    error = record.exc_info[1] if record.exc_info else None
    incident = (g.get("request_id") if has_app_context() else None) or secrets.token_hex(4)
    where = request.endpoint if has_request_context() else None
    said = record.getMessage() if record.name in _PLAIN else str(record.msg)
    trace = _last(trace_of(error)) if error is not None else ""
    return DiscordMessage(
        channel="error",
        title=secrets.choice(_HEADERS),
        text=f"```\n{trace}\n```" if trace else "",
        is_markdown=True,
        fields=[
            ["Incident", incident],
            ["Page", where or record.name],
            ["Erreur", type(error).__name__ if error is not None else said],
            *([["Message", said]] if error is not None else []),
        ],
        colour=_RED,
        at=clock.now().isoformat(),
    )


def _last(trace: str) -> str:
    """The end of a trace, in a block of code that nothing in it closes."""
    return trace.replace("`", "'").replace("@", "@\u200b")[-LONGEST:]


def trace_of(error: BaseException) -> str:
    """Where an error came from: our lines and the kinds of errors, without what they say.

    What an error says may hold anything that someone typed.
    """
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        lines = [f"{_place(one.filename)}:{one.lineno} {one.name}\n  {one.line}" for one in frames]
        parts.append("\n".join([*lines, type(current).__name__]))
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return "\n\n".join(reversed(parts))


def _place(filename: str) -> str:
    """A file of ours by its place in the project, another by the end of its name."""
    path = Path(filename)
    if path.is_relative_to(ROOT) and "site-packages" not in path.parts:
        return str(path.relative_to(ROOT))
    return "/".join(path.parts[-2:])


def init_app(app: Flask) -> None:
    """Install this on *app*, if it has a channel for errors; on a developer's machine, if asked."""
    settings: Settings = app.extensions["settings"]
    logger = logging.getLogger("app")
    for handler in [one for one in logger.handlers if isinstance(one, ErrorReports)]:
        logger.removeHandler(handler)
    is_wanted = app.config.get("REPORT_ERRORS", settings.mode == "production" and not app.debug)
    if is_wanted and discord.is_on(settings, "error"):
        logger.addHandler(ErrorReports(app))
