"""A mail that comes is kept once, told to the GRIs, and believed in nothing."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app.core import clock
from app.models import InboundMail, OutboxEntry
from app.modules.contact.jobs import FORGET_OLD
from app.modules.contact.service import messages
from app.settings import ChatSettings
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.integrations.test_inbound import mail, nested

ROOT = Path(__file__).parents[3]


@pytest.fixture
def chat(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The GRIs have a channel for mails."""
    webhook = ChatSettings(mail_webhook=SecretStr("https://chat.example/hook"), gri_role_id="42")
    settings = app.extensions["settings"].model_copy(update={"chat": webhook})
    monkeypatch.setitem(app.extensions, "settings", settings)


def receive(cli: FlaskCliRunner, raw: bytes) -> int:
    result = cli.invoke(args=["mail-hook"], input=raw)
    assert "Traceback" not in result.output
    return result.exit_code


def kept(session: Session) -> list[InboundMail]:
    session.rollback()
    return list(session.scalars(sa.select(InboundMail).order_by(InboundMail.id)))


def told(session: Session) -> list[dict[str, object]]:
    stmt = sa.select(OutboxEntry.payload).where(OutboxEntry.kind == "discord.message")
    return list(session.scalars(stmt.order_by(OutboxEntry.id)))


def test_a_mail_is_kept_and_told_once_however_often_it_is_delivered(
    cli: FlaskCliRunner, session: Session, chat: None
) -> None:
    raw = mail(b"Rien ne marche.")

    assert [receive(cli, raw), receive(cli, raw)] == [0, 0]

    (one,) = kept(session)
    assert (one.sender, one.subject, one.text) == ("ada@example.org", "Internet", "Rien ne marche.")
    (message,) = told(session)
    assert message["channel"] == "mail"
    assert message["title"] == "Internet"
    assert message["mention"] is True
    assert str(message["url"]).endswith(f"/gris/inbound_mails/{one.id}")
    assert dict(message["fields"]).keys() == {"De", "À", "Envoyé"}  # type: ignore[call-overload]


def test_the_address_of_an_account_is_shown_as_unverified_and_nothing_is_done_in_its_name(
    cli: FlaskCliRunner, session: Session, chat: None
) -> None:
    grace = PCeenFactory(email="grace@example.org", slugs=["gri"])
    session.commit()

    assert receive(cli, mail(From="Grace <GRACE@example.org>", Subject="maintenance on")) == 0

    (message,) = told(session)
    name, page = message["fields"][-1]  # type: ignore[index]
    assert "non vérifié" in name
    assert page.endswith(f"/gris/pceens/{grace.id}")


def test_without_a_channel_a_mail_is_kept_and_told_to_nobody(
    cli: FlaskCliRunner, session: Session
) -> None:
    assert receive(cli, mail()) == 0
    assert len(kept(session)) == 1
    assert told(session) == []


def test_what_a_program_wrote_is_kept_and_told_to_nobody(
    cli: FlaskCliRunner, session: Session, chat: None
) -> None:
    assert receive(cli, mail(Auto_Submitted="auto-replied")) == 0
    assert [one.is_automatic for one in kept(session)] == [True]
    assert told(session) == []


def test_long_texts_are_cut_to_what_is_kept(
    cli: FlaskCliRunner, session: Session, chat: None
) -> None:
    raw = mail("é".encode() * 30_000, Subject="s" * 900, From=f"{'a' * 500}@example.org")

    assert receive(cli, raw) == 0

    (one,) = kept(session)
    assert (len(one.text), len(one.subject), len(one.sender)) == (20_000, 255, 320)
    assert len(str(told(session)[0]["text"])) == 2000


@pytest.mark.parametrize(
    "raw",
    [b"", b"no header", nested(1000), mail(b"x" * 30_000_000)],
    ids=["nothing", "words", "parts", "long"],
)
def test_what_is_no_mail_is_refused_in_one_line(
    cli: FlaskCliRunner, session: Session, raw: bytes
) -> None:
    result = cli.invoke(args=["mail-hook"], input=raw)

    assert result.exit_code == 65
    assert len(result.output.strip().splitlines()) == 1
    assert kept(session) == []


@pytest.mark.once
def test_without_its_database_postfix_is_asked_to_try_again(tmp_path: Path) -> None:
    """A database without tables, then one that cannot be opened: exit 75 for both."""
    for place in ("empty.db", "missing/site.db"):
        given = {
            **os.environ,  # noqa: TID251  # a process of its own
            "MODE": "testing",
            "SECRET_KEY": "k" * 40,
            "SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / place}",
        }
        command = [sys.executable, "-m", "flask", "--app", "pc-est-magique.py", "mail-hook"]
        done = subprocess.run(
            command, input=mail(), env=given, cwd=ROOT, capture_output=True, check=False
        )
        assert done.returncode == 75, done.stderr
        assert b"Traceback" not in done.stderr


def test_a_gri_reads_what_came_and_others_do_not(
    cli: FlaskCliRunner, session: Session, login: Login
) -> None:
    gri = PCeenFactory(prenom="Grace", nom="Hopper", slugs=["gri"])
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", email="ada@example.org")
    session.commit()
    receive(cli, mail(b"<script>alert(1)</script>", Subject="<b>Salut</b>"))
    receive(cli, mail(Message_ID="<2@example.org>", Subject="Autre", Precedence="bulk"))
    first, second = kept(session)
    browser = login(gri)

    assert browser.open_page("/gris/inbound_mails").texts("td.headline a") == [
        "Autre",
        "<b>Salut</b>",
    ]
    assert browser.open_page("/gris/inbound_mails?q=script").texts("td.headline a") == [
        "<b>Salut</b>"
    ]
    assert browser.open_page("/gris/inbound_mails?q=%25").texts("td.headline a") == []
    page = browser.open_page(f"/gris/inbound_mails/{first.id}")
    assert page.texts(".quoted") == ["<script>alert(1)</script>"]
    assert "que rien ne vérifie" in page.text("main")
    assert "Ada Lovelace" in page.text("main")
    assert browser.get("/gris/inbound_mails/99999").status_code == 404
    assert login(ada).get(f"/gris/inbound_mails/{second.id}").status_code == 403


def test_mails_are_forgotten_after_a_year_and_with_who_wrote_them(session: Session) -> None:
    def one(number: int, **values: object) -> InboundMail:
        return InboundMail(
            digest=str(number) * 64,
            **{
                "subject": "",
                "sender": "ada@example.org",
                "recipient": "",
                "text": "",
                "size": 1,
                "is_automatic": False,
                **values,
            },
        )

    ada = PCeenFactory(email="ada@example.org")
    old = clock.now() - timedelta(days=366)
    session.add_all([one(1, at=old), one(2), one(3, sender="bob@example.org")])
    session.commit()

    FORGET_OLD.run(session)
    assert [mail.digest[0] for mail in kept(session)] == ["2", "3"]
    messages.forget_writer(session, ada)
    session.commit()
    assert [mail.digest[0] for mail in kept(session)] == ["3"]
