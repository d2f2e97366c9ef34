"""What is written reaches the GRIs: once, whatever happens on the way, and harmless."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.integrations import mailer
from app.models import OutboxEntry
from app.modules.contact.mails import MessageReceived
from app.web.module import all_effects
from app.worker import run_due
from tests.client import Client
from tests.integrations.test_discord import Server, says
from tests.modules.contact.conftest import ROLE, TEXT, Configure, solved

Work = Callable[[], None]


@pytest.fixture
def chat() -> Iterator[Server]:
    server = Server()
    yield server
    server.end()


@pytest.fixture
def work(app: Flask, session: Session) -> Work:
    """Have the worker do what is due."""

    def _work() -> None:
        with app.app_context():
            run_due(session, all_effects())

    return _work


def write(client: Client, **changes: str) -> None:
    answer = client.post("/contact", data=TEXT | changes | solved(client))
    assert answer.status_code == 303


def waiting(session: Session) -> int:
    stmt = sa.select(sa.func.count()).where(OutboxEntry.sent_at.is_(None))
    return session.execute(stmt).scalar_one()


def test_a_message_reaches_the_chat_once(
    client: Client, configure: Configure, chat: Server, work: Work, mailbox: list[EmailMessage]
) -> None:
    configure(captcha_bits=8, webhook=chat.address)
    write(client)

    for _ in range(3):
        work()

    (told,) = chat.told
    (embed,) = told["embeds"]
    assert told["content"] == f"<@&{ROLE}>"
    assert told["allowed_mentions"] == {"parse": [], "roles": [ROLE]}
    assert embed["title"] == "Nouveau message : Internet"
    assert embed["description"] == TEXT["message"]
    assert embed["author"] == {"name": TEXT["name"]}
    assert embed["fields"] == [{"name": "E-mail", "value": "rosalind@\u200bexample.org"}] or (
        "rosalind" in embed["fields"][0]["value"]
    )
    assert embed["color"] == 0x64B9E9
    assert mailbox == []


def test_a_chat_that_fails_for_an_hour_gets_the_message_once_it_is_back(
    client: Client,
    session: Session,
    configure: Configure,
    chat: Server,
    work: Work,
    mailbox: list[EmailMessage],
) -> None:
    configure(captcha_bits=8, webhook=chat.address)
    chat.answer = says(500)
    taken: list[str] = []
    with time_machine.travel(clock.now(), tick=False) as now:
        write(client)
        for _ in range(60):
            work()
            now.shift(timedelta(minutes=1))
        failed = len(chat.told)
        chat.answer = says(204)
        for _ in range(120):
            work()
            now.shift(timedelta(minutes=1))
    taken = [told["embeds"][0]["title"] for told in chat.told[failed:]]

    assert failed > 1
    assert taken == ["Nouveau message : Internet"]
    assert waiting(session) == 0
    assert mailbox == []


def test_without_a_chat_the_admins_get_a_mail_that_answers_who_wrote(
    client: Client, session: Session, work: Work, mailbox: list[EmailMessage]
) -> None:
    write(client)

    for _ in range(3):
        work()

    (mail,) = mailbox
    assert mail["To"] == "gri@example.org"
    assert mail["Subject"] == "[PC est magique] Message : Internet"
    assert mail["Reply-To"] == "Rosalind Franklin <rosalind@example.org>"
    assert "Chambre 214." in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert waiting(session) == 0


def test_a_mail_about_who_gave_no_address_answers_nobody(
    client: Client, work: Work, mailbox: list[EmailMessage]
) -> None:
    write(client, email="")
    work()

    (mail,) = mailbox
    assert mail["Reply-To"] is None


HOSTILE = "@everyone <@&1> </script> ```code``` **bold** [a](http://evil.example.org)"


def test_nothing_that_is_written_calls_or_formats_anything_on_the_chat(
    client: Client, configure: Configure, chat: Server, work: Work
) -> None:
    configure(captcha_bits=8, webhook=chat.address)
    write(client, title=HOSTILE, message=HOSTILE, name=HOSTILE[:60])
    work()

    (told,) = chat.told
    (embed,) = told["embeds"]
    for text in (embed["title"], embed["description"]):
        assert "@everyone" not in text
        assert "<@&1>" not in text
        assert "```" not in text
        assert "**" not in text.replace("\\*", "")
    assert told["content"] == f"<@&{ROLE}>"
    assert told["allowed_mentions"] == {"parse": [], "roles": [ROLE]}


def test_what_is_written_is_inert_in_the_mail(
    client: Client, work: Work, mailbox: list[EmailMessage]
) -> None:
    write(client, title=HOSTILE, message=HOSTILE, name="Eve, boss@corp.fr")
    work()

    (mail,) = mailbox
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "</script>" not in html
    assert "&lt;/script&gt;" in html
    assert mail.get_all("Reply-To") == ['"Eve, boss@corp.fr" <rosalind@example.org>']
    assert [str(one) for one in mail["Reply-To"].addresses] == [mail["Reply-To"]]


def test_a_name_of_several_lines_is_one_header_whatever_the_row_holds(app: Flask) -> None:
    mail = MessageReceived(
        to="gri@example.org",
        locale="fr",
        number=1,
        name="Eve\r\nBcc: x@evil.example.org",
        email="eve@example.org",
        title="Un\r\nX-Evil: 1",
        message="Bonjour",
    )
    with app.test_request_context():
        written = mailer.written(mail, 1)

    assert written["Bcc"] is None
    assert written["X-Evil"] is None
    assert written.get_all("Reply-To") == ['"Eve Bcc: x@evil.example.org" <eve@example.org>']
    assert written["Subject"] == "[PC est magique] Message : Un X-Evil: 1"
    assert bytes(written).count(b"\nReply-To:") == 1
