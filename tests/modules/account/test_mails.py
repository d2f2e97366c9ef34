"""What the account writes, as it is read."""

from dataclasses import fields
from email.message import EmailMessage

import html5lib
import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.extensions import db
from app.integrations.mailer import Mail, written
from app.models import OutboxEntry, defer
from app.modules.account.mails import (
    MAILS,
    AccountRegistered,
    ConfirmEmail,
    Invitation,
    ProofCode,
    ResetPassword,
)
from app.web.module import all_effects
from app.worker import run_due

SECRET = "a-secret_of-256-bits"
VALUES: dict[str, object] = {
    "to": "ada@example.org",
    "username": "edartag",
    "full_name": "Éloïse <b>D'Artagnan",
    "prenom": "Éloïse <b>",
    "email": "eloise@example.org",
    "former_email": "e.martin@example.org",
    "reason": "Un compte partagé <b>",
    "promo": 145,
    "secret": SECRET,
    "code": "042042",
    "name": "Téléphone <b>",
    "left": 3,
}
NAMED = pytest.mark.parametrize("kind", MAILS, ids=lambda kind: kind.__name__)


def made(kind: type[Mail], locale: str = "fr") -> Mail:
    values = {**VALUES, "locale": locale}
    return kind(**{field.name: values[field.name] for field in fields(kind)})  # type: ignore[arg-type]


def parts(message: EmailMessage) -> tuple[str, str]:
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


@pytest.mark.once
@NAMED
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_mail_is_written_in_both_languages_and_both_forms(
    app: Flask, kind: type[Mail], locale: str
) -> None:
    with app.test_request_context():
        message = written(made(kind, locale), 1)

    text, html = parts(message)
    html5lib.HTMLParser(strict=True).parse(html)
    assert message["To"] == "ada@example.org"
    assert message["Subject"].startswith("[PC est magique] ")
    assert BeautifulSoup(html, "html.parser").select("b") == []
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= 79


@pytest.mark.once
@NAMED
def test_a_mail_is_translated(app: Flask, kind: type[Mail]) -> None:
    with app.test_request_context():
        french, english = (written(made(kind, locale), 1) for locale in ("fr", "en"))

    assert french["Subject"] != english["Subject"]
    assert parts(french)[0] != parts(english)[0]


@pytest.mark.once
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (AccountRegistered, "/confirm_email/"),
        (ConfirmEmail, "/confirm_email/"),
        (Invitation, "/invitation/"),
        (ResetPassword, "/reset_password/"),
    ],
)
def test_a_link_is_the_same_in_both_forms_and_leads_to_our_site(
    app: Flask, kind: type[Mail], path: str
) -> None:
    with app.test_request_context(base_url="http://evil.example"):
        text, html = parts(written(made(kind), 1))

    address = f"http://localhost{path}{SECRET}"
    assert address in text
    assert address in [a["href"] for a in BeautifulSoup(html, "html.parser").select("a")]
    assert "evil" not in text + html


@pytest.mark.once
def test_a_new_account_is_told_who_it_is(app: Flask) -> None:
    with app.test_request_context():
        text, _ = parts(written(made(AccountRegistered), 1))

    for told in ("edartag", "Éloïse <b>D'Artagnan", "145"):
        assert told in text


@pytest.mark.once
def test_a_code_can_be_read(app: Flask) -> None:
    with app.test_request_context():
        text, _ = parts(written(made(ProofCode), 1))

    assert "042042" in text


@pytest.mark.once
@NAMED
def test_a_mail_that_holds_a_secret_is_confidential(kind: type[Mail]) -> None:
    holds = {field.name for field in fields(kind)} & {"secret", "code"}

    assert kind.confidential is bool(holds)


@NAMED
def test_the_worker_sends_it_and_forgets_its_secret(
    app: Flask, session: Session, mailbox: list[EmailMessage], kind: type[Mail]
) -> None:
    defer(session, made(kind))
    session.commit()

    with app.app_context():
        run_due(db.session(), all_effects())

    assert len(mailbox) == 1
    session.expire_all()
    entry = session.query(OutboxEntry).one()
    assert entry.sent_at is not None
    assert SECRET not in str(entry.payload)
    assert "042042" not in str(entry.payload)
