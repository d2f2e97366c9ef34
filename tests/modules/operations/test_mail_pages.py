"""The mails of the site, looked at by the GRIs."""

from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.integrations.mailer import Mail, PermanentFailure
from app.models import AuditEvent, OutboxEntry, PCeen
from app.modules.account.mails import Invitation, PasswordChanged
from app.modules.operations import around, jobs
from app.modules.operations.effects import TryMail
from app.modules.operations.rules.mail_samples import DUMMY, values_of
from app.web.module import all_effects
from app.worker import run_due
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory


@pytest.fixture
def marie(session: Session) -> PCeen:
    return PCeenFactory(slugs=["gri"], email="marie@example.org", locale="fr")


@pytest.fixture
def gri(login: Login, marie: PCeen) -> Client:
    return login(marie)


def test_every_mail_has_its_page_in_both_languages(app: Flask, gri: Client) -> None:
    with app.app_context():
        names = list(around.mails())
    listed = gri.open_page("/gris/mails").html.select("td.headline a")
    assert len(names) == len(listed) > 20
    for name in names:
        for language in ("fr", "en"):
            page = gri.open_page(f"/gris/mails/{name}?lang={language}")
            assert page.html.select("iframe")
            shown = gri.get(f"/gris/mails/{name}?lang={language}&format=html")
            assert f'<html lang="{language}">' in shown.text
            text = gri.get(f"/gris/mails/{name}?lang={language}&format=txt")
            assert (text.status_code, text.mimetype) == (200, "text/plain")
            assert "<" not in text.text


def test_a_mail_that_is_shown_runs_nothing_and_is_framed_by_us_alone(gri: Client) -> None:
    policy = gri.get("/gris/mails/account.invitation?format=html").headers[
        "Content-Security-Policy"
    ]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; ") if " " in rule)

    assert rules["default-src"] == "'none'"
    assert "script-src" not in rules
    assert rules["sandbox"] == "allow-same-origin"
    assert rules["frame-ancestors"] == "'self'"
    outer = gri.get("/gris/mails/account.invitation").headers["Content-Security-Policy"]
    assert "frame-src 'self'" in outer
    assert "unsafe-inline" not in outer


def test_a_secret_mail_shows_a_secret_that_opens_nothing(gri: Client) -> None:
    page = gri.open_page("/gris/mails/account.invitation")

    assert DUMMY in gri.get("/gris/mails/account.invitation?format=txt").text
    assert "un faux qui n'ouvre rien" in page.html.get_text()


@pytest.mark.parametrize(
    "name", ["nothing", "account.invitation%00", "..%2Fbase", "network.refresh"]
)
def test_a_mail_that_does_not_exist_has_no_page(gri: Client, name: str) -> None:
    assert gri.get(f"/gris/mails/{name}").status_code == 404
    assert gri.post(f"/gris/mails/{name}/test").status_code == 404


def test_odd_questions_get_the_page(gri: Client) -> None:
    for query in ("lang=de", "format=pdf", "lang=&format="):
        assert gri.open_page(f"/gris/mails/account.invitation?{query}").html.select("iframe")


def test_they_are_for_the_gris(login: Login, session: Session) -> None:
    browser = login(PCeenFactory())

    for path in ("/gris/mails", "/gris/mails/account.invitation"):
        assert browser.get(path).status_code == 403
    assert browser.post("/gris/mails/account.invitation/test").status_code == 403


def test_one_sends_an_example_to_oneself(
    app: Flask, session: Session, gri: Client, outbox: Outbox, mailbox: list[EmailMessage]
) -> None:
    answer = gri.post("/gris/mails/account.invitation/test", data={"lang": "en"})

    assert answer.status_code == 303
    assert outbox() == [TryMail(mail="account.invitation", to="marie@example.org", locale="en")]
    (event,) = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "operations.mail.try")
    )
    assert event.after == {"mail": "account.invitation"}

    with app.app_context():
        run_due(session, all_effects())

    (message,) = mailbox
    assert message["To"] == "marie@example.org"
    assert str(message["Subject"]).endswith("[PC est magique] Your account is waiting for you")
    assert not str(message["Subject"]).startswith("[PC est magique]")
    assert message["Reply-To"] is None


def test_who_has_no_address_is_told(
    session: Session, gri: Client, marie: PCeen, outbox: Outbox
) -> None:
    marie.email = None
    session.commit()

    gri.post("/gris/mails/account.invitation/test")

    assert outbox() == []
    assert "pas d'adresse" in gri.open_page("/gris/mails").html.get_text()


@pytest.mark.once
def test_an_example_of_a_mail_that_is_no_more_is_given_up(app: Flask) -> None:
    effect = TryMail(mail="account.gone", to="a@example.org", locale="fr")

    with app.app_context(), pytest.raises(PermanentFailure):
        jobs.try_mail(Session(), effect, 1)


def test_the_last_mails_are_listed_with_what_became_of_them(
    session: Session, gri: Client, queries: list[str]
) -> None:
    now = clock.now()
    for rank in range(40):
        session.add(
            OutboxEntry(
                kind=PasswordChanged.kind,
                payload={"to": f"p{rank}@example.org", "locale": "fr"},
                fingerprint="x",
                lane=f"mail:p{rank}@example.org",
                sent_at=now if rank % 2 else None,
                parked_at=None if rank % 2 else now,
                last_error=None if rank % 2 else "OSError: https://mail.example.org/secret-path",
            )
        )
    session.add(
        OutboxEntry(
            kind=Invitation.kind,
            payload={},
            fingerprint="x",
            lane="mail:ada@example.org",
            sent_at=now,
        )
    )
    session.commit()
    queries.clear()

    page = gri.open_page("/gris/mails")

    assert len(queries) <= 12
    rows = [
        row.get_text(" ", strip=True) for row in page.html.select("table")[1].select("tbody tr")
    ]
    assert len(rows) == 30
    assert "ada@example.org" in rows[0]
    assert "parti" in rows[1]
    assert "abandonné" in rows[2]
    assert "secret-path" not in page.html.get_text()


@pytest.mark.once
def test_every_field_of_every_mail_has_a_value_of_its_type(app: Flask) -> None:
    with app.app_context():
        kinds = list(around.mails().values())

    for kind in kinds:
        assert issubclass(kind, Mail)
        for name, value in values_of(kind).items():
            assert value is not None, (kind.kind, name)
