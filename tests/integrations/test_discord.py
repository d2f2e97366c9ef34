"""The GRIs' chat: what it is sent, and all that it may answer."""

import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.integrations import discord, metrics
from app.integrations.discord import DiscordMessage, body_of, escape, is_on
from app.models import OutboxEntry, defer
from app.settings import ChatSettings
from app.web import installation
from app.web.module import all_effects
from app.worker import run_due
from tests.conftest import settings_of

SECRET = "webhooks/1234567890/dont-tell-anybody-this-token"
ROLE = "4242"
EVENING = "2026-03-14T20:00:00+00:00"

Answer = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content_Length": "0"} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return answer


class Server:
    """Someone who answers in the place of Discord, as the test has them do."""

    def __init__(self) -> None:
        self.answer: Answer = says(204)
        self.told: list[dict[str, Any]] = []
        self.over = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                server.told.append(json.loads(self.rfile.read(size)))
                try:
                    server.answer(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_port}/api/{SECRET}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@pytest.fixture
def server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()
    with app.app_context():
        settings = installation.settings()
    webhook = SecretStr(server.address)
    chat = ChatSettings(error_webhook=webhook, message_webhook=webhook, gri_role_id=ROLE)
    monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update={"chat": chat}))
    yield server
    server.end()


def say(session: Session, *messages: DiscordMessage) -> None:
    with transaction(session):
        for message in messages:
            defer(session, message)


def work(app: Flask, session: Session) -> int:
    with app.app_context():
        return run_due(session, all_effects())


def entries(session: Session) -> list[OutboxEntry]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(sa.select(OutboxEntry).order_by(OutboxEntry.id)))


def error(text: str = "Aïe") -> DiscordMessage:
    return DiscordMessage(channel="error", title="Erreur", text=text)


@pytest.mark.once
def test_what_people_wrote_formats_nothing_and_calls_nobody() -> None:
    shown = escape("@everyone <@&1> ```boum``` [ici](https://example.org) **gras** ||caché||")

    assert "@everyone" not in shown
    assert "<@&" not in shown
    assert "```" not in shown
    assert "](" not in shown.replace("\\](", "")
    assert escape("a\r\nb\x00c\u202e") == "a\nbc"


@pytest.mark.once
def test_a_long_message_of_marks_is_cut_and_still_closed() -> None:
    text = "`*@everyone " * 500
    (embed,) = body_of(DiscordMessage(channel="message", text=text), role=None)["embeds"]

    assert len(embed["description"]) <= 1900
    assert embed["description"].endswith("…")
    assert "@everyone" not in embed["description"]
    assert "`" not in embed["description"].replace("\\`", "")


@pytest.mark.once
def test_only_the_role_of_the_gris_is_called_and_only_when_asked() -> None:
    quiet = body_of(DiscordMessage(channel="message", text=f"<@&{ROLE}>"), role=ROLE)
    loud = body_of(DiscordMessage(channel="message", text="Au feu", mention=True), role=ROLE)
    nobody = body_of(DiscordMessage(channel="message", text="Au feu", mention=True), role=None)

    assert quiet["allowed_mentions"] == {"parse": [], "roles": []}
    assert "content" not in quiet
    assert loud["allowed_mentions"] == {"parse": [], "roles": [ROLE]}
    assert loud["content"] == f"<@&{ROLE}>"
    assert "content" not in nobody


@pytest.mark.once
def test_a_message_stays_within_what_discord_takes() -> None:
    message = DiscordMessage(
        channel="message",
        title="t" * 999,
        text="x" * 9999,
        author="a" * 999,
        fields=[("", ""), *[("n" * 999, "*" * 9999)] * 40],
        colour=0x152F4E,
        at="2026-03-14T20:00:00+00:00",
    )
    (embed,) = body_of(message, role=None)["embeds"]
    texts = [embed["title"], embed["description"], embed["author"]["name"]]
    texts += [text for one in embed["fields"] for text in (one["name"], one["value"])]

    assert sum(map(len, texts)) <= 6000
    assert all(texts)
    assert len(embed["fields"]) <= 25
    assert max(len(one["value"]) for one in embed["fields"]) <= 1024


@pytest.mark.once
def test_a_channel_is_on_when_its_webhook_is_set() -> None:
    chat = ChatSettings(error_webhook=SecretStr("https://discord.com/api/webhooks/1/a"))
    settings = settings_of("sqlite://", chat=chat)

    assert is_on(settings, "error")
    assert not is_on(settings, "logging")


def test_a_message_is_delivered_once(app: Flask, session: Session, server: Server) -> None:
    say(session, error())

    assert work(app, session) == 1
    assert work(app, session) == 0
    assert [one["embeds"][0]["description"] for one in server.told] == ["Aïe"]
    assert entries(session)[0].sent_at is not None


def test_without_its_webhook_a_channel_is_silently_off(app: Flask, session: Session) -> None:
    say(session, error())

    work(app, session)

    assert entries(session)[0].sent_at is not None


@pytest.mark.parametrize("answer", [says(500), says(429), says(404), None])
def test_a_failure_is_one_failure_and_never_another_message(
    app: Flask,
    session: Session,
    server: Server,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer | None,
) -> None:
    monkeypatch.setattr(discord, "PATIENCE", 0.3)
    server.answer = answer or (lambda _handler: server.over.wait(5) and None)
    for name in ("app", "urllib3", "http"):
        caplog.set_level(logging.DEBUG, name)
    before = metrics.discord_failures()._value.get()
    say(session, error())

    work(app, session)

    (entry,) = entries(session)
    assert entry.sent_at is None
    assert entry.last_error
    assert metrics.discord_failures()._value.get() == before + 1
    assert [one.levelname for one in caplog.records if one.name == "app.worker"] == ["WARNING"]
    shown = caplog.text + entry.last_error + repr(entry.payload)
    assert "dont-tell" not in shown
    assert "1234567890" not in shown


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404])
def test_what_discord_will_never_take_is_parked_at_once(
    app: Flask, session: Session, server: Server, status: int
) -> None:
    server.answer = says(status, Location="/api/elsewhere")
    say(session, error())

    work(app, session)

    assert entries(session)[0].parked_at is not None
    assert len(server.told) == 1


def test_a_parked_message_holds_up_no_other(app: Flask, session: Session, server: Server) -> None:
    server.answer = says(404)
    say(session, error("un"))
    work(app, session)
    server.answer = says(204)
    say(session, error("deux"))

    work(app, session)

    assert entries(session)[1].sent_at is not None


def test_discord_says_when_to_come_back(app: Flask, session: Session, server: Server) -> None:
    server.answer = says(429, Retry_After="93")
    with time_machine.travel(EVENING, tick=False):
        say(session, error("un"), error("deux"))
        work(app, session)
        now = clock.now()

    assert entries(session)[0].due_at == now + timedelta(seconds=93)
    assert len(server.told) == 1  # the other waits its turn


@pytest.mark.once
@pytest.mark.parametrize(
    ("header", "seconds"), [("0.4", 1.0), ("12.5", 12.5), ("soon", 60.0), (None, 60.0)]
)
def test_how_long_is_only_believed_if_it_is_a_number(header: str | None, seconds: float) -> None:
    assert discord._asked(header) == seconds
    assert discord._asked("999999999") == 3600.0


@pytest.mark.once
def test_an_answer_that_drips_is_waited_for_no_longer_than_agreed(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord, "PATIENCE", 0.3)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"H")
        while not server.over.wait(0.1):
            handler.wfile.write(b"T")
            handler.wfile.flush()

    server.answer = drip
    with pytest.raises(discord.Undelivered) as caught:
        discord._post(SecretStr(server.address), {})

    assert "dont-tell" not in "".join(traceback.format_exception(caught.value))


def test_thirty_messages_a_minute_then_one_that_sums_up(
    app: Flask, session: Session, server: Server
) -> None:
    with time_machine.travel(EVENING, tick=False) as traveller:
        say(session, *(error(f"numéro {rank}") for rank in range(100)))
        work(app, session)
        assert len(server.told) == 30
        work(app, session)
        assert len(server.told) == 30

        traveller.shift(61)
        say(session, error("après"))
        work(app, session)

    titles = [one["embeds"][0]["title"] for one in server.told[30:]]
    assert titles == ["Et 70 messages de plus", "Erreur"]
    assert all(entry.sent_at for entry in entries(session))


def test_what_left_while_the_clock_was_ahead_holds_nothing_back(
    app: Flask, session: Session, server: Server
) -> None:
    with time_machine.travel(EVENING, tick=False) as traveller:
        traveller.shift(7200)
        say(session, *(error(f"numéro {rank}") for rank in range(30)))
        work(app, session)
        traveller.shift(-7200)
        say(session, error("après"))
        work(app, session)

    assert [one["embeds"][0]["title"] for one in server.told[30:]] == ["Erreur"]


def test_messages_of_people_are_late_rather_than_summed_up(
    app: Flask, session: Session, server: Server
) -> None:
    messages = [DiscordMessage(channel="message", text=f"numéro {rank}") for rank in range(35)]
    with time_machine.travel(EVENING, tick=False) as traveller:
        say(session, *messages)
        work(app, session)
        assert len(server.told) == 30
        traveller.shift(61)
        work(app, session)

    assert [one["embeds"][0]["description"] for one in server.told] == [
        f"numéro {rank}" for rank in range(35)
    ]
