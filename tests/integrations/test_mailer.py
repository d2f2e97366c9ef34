"""Mail, through a real server: what it is given, and what happens when it is not there."""

import dataclasses
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
import time_machine
from aiosmtpd.controller import Controller
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from flask import Flask
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app import create_app
from app.cli.translate import CATALOGUES
from app.core.transaction import transaction
from app.integrations import mailer
from app.integrations.mail_text import as_text
from app.integrations.mailer import LogMailer, Mail, SmtpMailer, written
from app.models import OutboxEntry, defer
from app.modules import MODULES
from app.modules.account.mails import AccountRegistered, PasswordChanged, ResetPassword
from app.settings import MailSettings
from app.web.module import all_effects
from app.worker import run_due
from tests.conftest import settings_of

MAILS = sorted(
    (e for m in MODULES for e in m.effects if issubclass(e, Mail)), key=lambda mail: mail.kind
)
HOSTILE = ("Eve, boss@corp.fr", '"Eve" <x@evil.fr>', "E" * 500, "Eve\r\nBcc: x@evil.fr", "<b>{0}%")


class Server:
    """A mail server of this machine, and what it was sent."""

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        #: What it says to the next recipients and messages, instead of yes.
        self.no_to_recipient: list[str] = []
        self.no_to_message: list[str] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

    @property
    def settings(self) -> MailSettings:
        return MailSettings(server="127.0.0.1", port=self.port)

    async def handle_RCPT(  # noqa: N802  # the name is theirs
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.no_to_recipient:
            return self.no_to_recipient.pop()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        self.recipients.append(envelope.rcpt_tos)
        return self.no_to_message.pop() if self.no_to_message else "250 OK"


@pytest.fixture
def server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The server of the settings, not started yet."""
    server = Server()
    monkeypatch.setattr(mailer, "PATIENCE", 5)
    monkeypatch.setitem(app.extensions, "mailer", SmtpMailer(server.settings))
    yield server
    server.stop()


@pytest.fixture
def running(server: Server) -> Server:
    server.start()
    return server


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-14T20:00:00+00:00", tick=False) as clock:
        yield clock


#: What is not any text: a secret, and dates.
SPECIAL: dict[str, object] = {
    "secret": "x" * 43,
    **dict.fromkeys(("on", "cut", "payed_on", "start", "end", "last_day"), "2026-11-24"),
    "ends_at": "2026-12-24T18:30:00+00:00",
    "amount_cents": 1500,
    "balance_cents": 320,
    "payment": 7,
    "places": 2,
    "number": 7,
    "count": 2,
    "people": [7, 8],
    "errors": ["KeyError"],
    "faults": ["7: 400"],
    "moves": [("Le Cid", "2026-11-24T19:30:00+00:00", 2, 3000)],
    **dict.fromkeys(("pceen_key", "season_key"), 7),
    "outcome": "unknown",
    "lines": [(1, "Le Cid", 4, 2), (2, "Phèdre", 2, 2), (3, "Carmen", 2, 1), (4, "Go", 1, 1)],
    "most_cents": 1500,
    **dict.fromkeys(("budget_cents", "max_shows", "accept_clashes"), 7),
    "at": "2026-11-24T19:30:00+00:00",
    "baskets": [("2026-11-24", "2026-11-23T13:00:00+00:00")],
    "waited": ["2026-12-01"],
    "until": "2026-11-22T19:30:00+00:00",
    "price_cents": 1500,
    "pay_by": "transfer",
    "notices": [("bekk", "Le Cid", "Rodrigue", "/bekk"), ("site", "Go", "", "https://go.org")],
    "more": 3,
}


def sample(kind: type[Mail], **values: Any) -> Mail:
    """A mail of this kind, with something in each of its fields."""
    given = {"to": "ada@example.org", "locale": "fr", "promo": None} | values
    for field in dataclasses.fields(kind):
        given.setdefault(field.name, SPECIAL.get(field.name, "Ada L'Été"))
    names = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: value for name, value in given.items() if name in names})


def post(session: Session, *mails: Mail) -> None:
    with transaction(session):
        for mail in mails:
            defer(session, mail)
            session.flush()


def work(app: Flask, session: Session) -> int:
    with app.app_context():
        return run_due(session, all_effects())


def entries(session: Session) -> list[OutboxEntry]:
    session.expire_all()
    return list(session.scalars(sa.select(OutboxEntry).order_by(OutboxEntry.id)))


def test_a_mail_arrives_with_what_servers_expect(
    app: Flask, session: Session, running: Server
) -> None:
    post(session, sample(PasswordChanged, locale="fr"))

    assert work(app, session) == 1

    (message,) = running.received
    assert running.recipients == [["ada@example.org"]]
    assert message["To"] == "ada@example.org"
    assert message["From"] == "PC est magique <gri@example.org>"
    assert message["Subject"] == "[PC est magique] Votre mot de passe a changé"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<mailto:gri@example.org>, <http://localhost/contact>"
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", message["Message-ID"])
    assert message["Date"].datetime is not None
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_without_its_server_no_mail_is_lost_and_each_leaves_once(
    app: Flask, session: Session, server: Server, clock: time_machine.Traveller
) -> None:
    post(
        session,
        sample(PasswordChanged),
        sample(ResetPassword),
        sample(PasswordChanged, to="b@x.fr"),
    )
    for _ in range(6):
        work(app, session)
        clock.shift(timedelta(hours=1))
    assert [entry.sent_at for entry in entries(session)] == [None, None, None]

    server.start()
    clock.shift(timedelta(hours=6))
    work(app, session)
    work(app, session)

    subjects = [str(m["Subject"]) for m in server.received if m["To"] == "ada@example.org"]
    assert [subject.split()[-1] for subject in subjects] == ["changé", "passe"]
    assert len(server.received) == 3
    assert all(entry.sent_at for entry in entries(session))


def test_a_second_try_is_recognised(
    app: Flask, session: Session, running: Server, clock: time_machine.Traveller
) -> None:
    running.no_to_message.append("451 try again")
    post(session, sample(PasswordChanged), sample(PasswordChanged, to="bob@example.org"))

    work(app, session)
    clock.shift(timedelta(seconds=10))
    work(app, session)

    first, other, again = (message["Message-ID"] for message in running.received)
    assert first == again
    assert other != first
    assert all(entry.sent_at for entry in entries(session))


@pytest.mark.parametrize(
    ("to_recipient", "to_message", "is_parked"),
    [
        (["550 no such mailbox"], [], True),
        (["450 mailbox busy"], [], False),
        ([], ["554 this is spam"], True),
        ([], ["452 disk full"], False),
    ],
)
def test_a_refusal_for_good_is_not_tried_again(
    app: Flask,
    session: Session,
    running: Server,
    to_recipient: list[str],
    to_message: list[str],
    is_parked: bool,
) -> None:
    running.no_to_recipient += to_recipient
    running.no_to_message += to_message
    post(session, sample(PasswordChanged))

    work(app, session)

    (entry,) = entries(session)
    assert (entry.parked_at is not None) is is_parked
    assert entry.sent_at is None


def test_without_the_tls_that_was_asked_nothing_leaves(
    app: Flask, session: Session, running: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    secure = MailSettings(
        server="127.0.0.1",
        port=running.port,
        use_tls=True,
        username="site",
        password=SecretStr("hunter2"),
    )
    monkeypatch.setitem(app.extensions, "mailer", SmtpMailer(secure))
    post(session, sample(PasswordChanged))

    work(app, session)

    (entry,) = entries(session)
    assert (entry.sent_at, entry.parked_at) == (None, None)
    assert "STARTTLS" in str(entry.last_error)
    assert running.received == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_never_adds_a_recipient(
    app: Flask, session: Session, running: Server, name: str
) -> None:
    post(session, sample(AccountRegistered, full_name=name, username=name))

    work(app, session)

    (message,) = running.received
    assert running.recipients == [["ada@example.org"]]
    assert (message["Bcc"], message["Cc"]) == (None, None)
    assert "<b>" not in str(message.get_body(("html",)))


@pytest.mark.parametrize(
    "to", ["a@example.org\r\nBcc: x@evil.fr", "a\r\nBcc: x@evil.fr", "a@example.org, x@evil.fr", ""]
)
def test_an_address_that_is_not_one_is_refused(
    app: Flask, session: Session, running: Server, to: str
) -> None:
    post(session, sample(PasswordChanged, to=to))

    work(app, session)

    (entry,) = entries(session)
    assert running.received == []
    assert entry.sent_at is None
    assert entry.parked_at is not None


def test_the_address_of_a_mail_is_never_the_request_s(app: Flask) -> None:
    with app.test_request_context("/", base_url="http://evil.example", method="POST"):
        message = written(sample(ResetPassword), 1)

    assert "evil" not in message.as_string()


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("kind", MAILS, ids=lambda kind: kind.kind)
def test_every_mail_is_readable_in_both_languages(
    app: Flask, kind: type[Mail], locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "socket", None)  # nothing is fetched
    with app.test_request_context("/", base_url="http://evil.example"):
        message = written(sample(kind, locale=locale), 1)
    html, text = bodies(message)

    page = BeautifulSoup(html, "html.parser")
    assert page.html is not None
    assert page.html["lang"] == locale
    for line in text.split("\n"):
        assert len(line) <= 79 or " " not in line, line  # a link cannot be cut
    targets = [str(link["href"]) for link in page.select("a")]
    assert targets
    for target in targets:
        assert urlsplit(target)[:2] == ("http", "localhost"), target
        assert target in text
    for tag in page.select("[src], link, script"):
        pytest.fail(f"fetched by the reader: {tag}")
    assert "http://localhost/contact?title=" in text
    assert str(message["Subject"]).startswith("[PC est magique] ")


@pytest.mark.parametrize("kind", MAILS, ids=lambda kind: kind.kind)
def test_an_english_mail_has_no_french_in_it(app: Flask, kind: type[Mail]) -> None:
    with (CATALOGUES / "en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file)
    french = {m.id for m in catalogue if isinstance(m.id, str) and " " in m.id and m.string != m.id}
    with app.app_context():
        message = written(sample(kind, locale="en"), 1)
    html, _text = bodies(message)

    said = " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())
    assert {sentence for sentence in french if sentence in f"{message['Subject']} {said}"} == set()


def bodies(message: EmailMessage) -> tuple[str, str]:
    """The HTML and the text of a mail."""
    parts = [message.get_body((kind,)) for kind in ("html", "plain")]
    html, text = (part.get_content() for part in parts if part is not None)
    return html, text


@pytest.mark.once
def test_the_text_says_what_the_page_says() -> None:
    html = """<html><head><title>Subject</title><style>p {}</style></head><body>
    <h1>Hello &amp; welcome</h1><p>Read <a href="https://x.org/a">this page</a>,<br>
    or <strong>that one</strong>: <a href="https://x.org/b">https://x.org/b</a></p>
    <img src="cid:1" alt="A beer"><ul><li>one</li><li>two</li></ul></body></html>"""

    assert as_text(html).split("\n\n") == [
        "Hello & welcome",
        "Read this page : https://x.org/a,\nor *that one*: https://x.org/b",
        "A beer",
        "- one",
        "- two",
    ]


@pytest.mark.once
def test_a_long_link_is_left_whole() -> None:
    link = f"https://site.example.org/{'x' * 90}"

    assert as_text(f"<p>{'word ' * 30}<a href='{link}'>go</a></p>").split("\n")[-1] == link


@pytest.mark.once
def test_a_site_that_sends_nothing_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    quiet = create_app(settings_of("sqlite://"))

    with quiet.app_context():
        mailer.send(None, sample(PasswordChanged), 1)  # type: ignore[arg-type]

    assert isinstance(quiet.extensions["mailer"], LogMailer)


@pytest.mark.once
def test_the_branch_and_the_name_of_the_site_are_those_of_the_settings() -> None:
    settings = settings_of("sqlite://", branch="staging", preferred_url_scheme="https").model_copy(
        update={"server_name": "pc.example.org:8443", "admins": ()}
    )
    app = create_app(settings)

    with app.app_context():
        message = written(sample(ResetPassword), 1)

    assert message["From"] == "PC est magique <noreply@pc.example.org>"
    assert "https://pc.example.org:8443/reset_password/" in bodies(message)[1]
    assert "(staging)" in bodies(message)[0]
