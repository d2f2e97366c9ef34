"""Proving that an account is one's own, before the school opens it (network-a 4.6)."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import FactorKind
from app.models import LoginSession, PCeen, RecoveryCode, SecondFactor, SsoLink
from app.modules.sso.mails import AccountLinked, ProveLink
from app.modules.sso.service.proof import PROOF_LASTS
from tests.client import Client
from tests.conftest import Outbox
from tests.modules.account.people import (
    OTHER,
    PASSWORD,
    copied,
    is_logged_in,
    log_in,
    new_browser,
    someone,
    try_log_in,
)
from tests.modules.sso.school import EMAIL, School, events, reasons

SAME = {"prenom": "Ada", "nom": "Lovelace"}


def namesake(**values: Any) -> PCeen:
    return someone(**{**SAME, "promo": 145, **values})


def squatted(**values: Any) -> PCeen:
    """An account that somebody made beforehand, with her name and her address."""
    return namesake(email=EMAIL, email_confirmed_at=None, **values)


def begin(school: School, browser: Client, then: str | None = None, **said: Any) -> None:
    answer = school.enter(browser, then, **said)
    assert answer.headers["Location"] == "/saml/link", answer.text


def give_password(browser: Client, password: str) -> Any:
    return browser.post("/saml/link", data={"choice": "password", "password": password})


def decline(browser: Client, position: int = 0) -> Any:
    return browser.post("/saml/link", data={"choice": "other", "position": str(position)})


def ask_mail(browser: Client) -> Any:
    return browser.post("/saml/link", data={"choice": "mail"})


def secret_of(outbox: Outbox) -> str:
    return next(mail.secret for mail in reversed(outbox()) if isinstance(mail, ProveLink))


def accounts(session: Session) -> list[PCeen]:
    session.expire_all()
    return list(session.scalars(sa.select(PCeen).order_by(PCeen.id)))


def test_the_page_tells_nothing_of_the_account_but_a_masked_address(
    school: School, session: Session, client: Client
) -> None:
    namesake(username="secretname", email="someone@gmail.com", promo=145)
    begin(school, client)

    page = client.open_page("/saml/link")

    text = page.text("main")
    assert "s…@g…" in text
    for told in ("secretname", "someone", "gmail", "Lovelace"):
        assert told not in text
    assert client.get("/profile/").status_code == 302


def test_the_password_of_the_account_links_it_and_is_kept(
    school: School, session: Session, client: Client, app: Flask, outbox: Outbox
) -> None:
    ada = namesake(username="ada")
    thief = copied(app, log_in(new_browser(app), "ada"))
    begin(school, client, then="/rooms/register?hello=1")
    page = client.open_page("/saml/link")
    assert {tag["value"] for tag in page.html.select("input[name=next]")} == {
        "/rooms/register?hello=1"
    }

    answer = client.post(
        "/saml/link",
        data={"choice": "password", "password": PASSWORD, "next": "/rooms/register?hello=1"},
    )

    assert answer.headers["Location"] == "/rooms/register?hello=1"
    session.expire_all()
    assert (ada.espci_sso_enabled, ada.espci_email) == (True, EMAIL)
    assert is_logged_in(client)
    assert not is_logged_in(thief)
    assert is_logged_in(log_in(new_browser(app), "ada"))
    (mail,) = outbox()
    assert isinstance(mail, AccountLinked)
    assert mail.keeps_password
    assert client.get("/saml/link").status_code == 404


def test_a_wrong_password_links_nothing_and_counts_as_a_failed_log_in(
    school: School, session: Session, client: Client, app: Flask
) -> None:
    ada = namesake(username="ada")
    begin(school, client)

    answers = [give_password(client, OTHER).status_code for _ in range(10)]

    assert answers == [422] * 10
    limited = give_password(client, PASSWORD)
    assert (limited.status_code, limited.headers["Retry-After"] > "0") == (429, True)
    assert try_log_in(new_browser(app, "198.51.100.9"), "ada").status_code == 429
    session.expire_all()
    assert not ada.espci_sso_enabled
    assert len(events(session, "account.login.fail")) == 10


def test_a_password_is_not_enough_where_there_is_a_second_factor(
    school: School, session: Session, client: Client
) -> None:
    ada = namesake()
    session.add(
        SecondFactor(
            pceen=ada, kind=FactorKind.totp, name="Phone", secret="x", confirmed_at=clock.now()
        )
    )
    session.commit()
    begin(school, client)

    answer = give_password(client, PASSWORD)

    assert answer.status_code == 409
    assert "second facteur" in answer.text
    session.expire_all()
    assert not ada.espci_sso_enabled
    assert not is_logged_in(client)


def test_the_mailed_link_links_the_account_in_the_same_browser_alone(
    school: School, session: Session, client: Client, app: Flask, outbox: Outbox
) -> None:
    ada = namesake(email="ada@gmail.com", username="ada")
    begin(school, client)

    assert ask_mail(client).status_code == 303

    (mail,) = outbox()
    assert isinstance(mail, ProveLink)
    assert mail.to == "ada@gmail.com"
    path = f"/saml/link/{mail.secret}"
    other = new_browser(app)
    for method in (other.get, other.post):
        assert method(path).status_code in (303, 409)
    assert not is_logged_in(other)
    session.expire_all()
    assert not ada.espci_sso_enabled

    page = client.get(path)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    session.expire_all()
    assert not ada.espci_sso_enabled
    assert client.post(path).status_code == 303

    session.expire_all()
    assert (ada.espci_sso_enabled, ada.email, ada.password_hash) == (True, "ada@gmail.com", None)
    assert is_logged_in(client)
    assert client.get(path).status_code == 404


def test_another_who_proves_the_same_account_cannot_use_the_link(
    school: School, session: Session, client: Client, app: Flask, outbox: Outbox
) -> None:
    ada = namesake(email="ada@gmail.com")
    begin(school, client)
    ask_mail(client)
    other = new_browser(app)
    begin(school, other, subject="other-ada", emails=["other@espci.psl.eu"])

    assert other.post(f"/saml/link/{secret_of(outbox)}").status_code == 303

    session.expire_all()
    assert not ada.espci_sso_enabled
    assert not is_logged_in(other)


def test_no_link_leaves_for_an_address_that_nobody_vouches_for(
    school: School, session: Session, client: Client, outbox: Outbox
) -> None:
    namesake(email="ada@gmail.com", email_confirmed_at=None)
    begin(school, client)

    assert "sso.prove" not in client.get("/saml/link").text
    assert "M&#39;envoyer le lien" not in client.get("/saml/link").text
    ask_mail(client)

    assert outbox() == []


def test_links_are_mailed_three_times_an_hour(
    school: School, session: Session, client: Client, outbox: Outbox
) -> None:
    namesake(email="ada@gmail.com")
    begin(school, client)

    for _ in range(3):
        ask_mail(client)
    answer = ask_mail(client)

    assert answer.status_code == 429
    assert len(outbox()) == 3


def test_the_attempt_is_over_after_half_an_hour(
    school: School, session: Session, client: Client
) -> None:
    begun = clock.now()
    namesake()
    begin(school, client)

    with time_machine.travel(begun + PROOF_LASTS * 1.01, tick=False):
        assert client.get("/saml/link").status_code == 404
        give_password(client, PASSWORD)
        assert not is_logged_in(client)


def test_who_is_not_that_person_gets_an_account_of_their_own(
    school: School, session: Session, client: Client
) -> None:
    namesake(username="alovelac", email="ada@gmail.com", email_confirmed_at=None)
    begin(school, client)

    answer = decline(client)

    assert answer.status_code == 303
    old, new = accounts(session)
    assert (old.email, old.espci_sso_enabled) == ("ada@gmail.com", False)
    assert (new.username, new.email, new.promo) == ("alovelac1", EMAIL, 145)
    assert is_logged_in(client)


def test_who_is_not_that_person_and_no_student_takes_a_gri(
    school: School, session: Session, client: Client
) -> None:
    squatted()
    begin(school, client, services=["wifi"])

    answer = decline(client)

    assert answer.status_code == 409
    assert "/contact" in answer.text
    (only,) = accounts(session)
    assert only.email == EMAIL


def test_a_second_press_of_the_button_declines_nobody_else(
    school: School, session: Session, client: Client
) -> None:
    for _ in range(2):
        namesake()
    begin(school, client)

    assert [decline(client, 0).headers["Location"] for _ in range(2)] == ["/saml/link"] * 2

    assert len(accounts(session)) == 2
    assert 'name="position" value="1"' in client.get("/saml/link").text
    assert decline(client, 1).headers["Location"] == "/"
    assert len(accounts(session)) == 3


def test_at_most_three_accounts_are_proposed(
    school: School, session: Session, client: Client
) -> None:
    for _ in range(4):
        namesake()
    begin(school, client)

    assert [decline(client, position).status_code for position in range(4)] == [303, 303, 409, 303]

    assert len(accounts(session)) == 4
    assert reasons(session) == ["none of the accounts proposed is theirs"]


def test_a_disabled_candidate_cannot_be_declined(
    school: School, session: Session, client: Client
) -> None:
    namesake(disabled_at=clock.now())
    namesake()
    begin(school, client)

    assert decline(client, 0).status_code == 409
    assert decline(client, 1).status_code == 303
    assert len(accounts(session)) == 2


def test_an_account_disabled_meanwhile_is_not_linked(
    school: School, session: Session, client: Client
) -> None:
    ada = namesake()
    begin(school, client)
    ada.disabled_at = clock.now()
    session.commit()

    assert give_password(client, PASSWORD).status_code == 409
    assert not is_logged_in(client)


def test_an_account_linked_meanwhile_is_not_linked_again(
    school: School, session: Session, client: Client, app: Flask
) -> None:
    namesake()
    begin(school, client)
    first = new_browser(app)
    begin(school, first, subject="other-ada", emails=["other@espci.psl.eu"])
    give_password(first, PASSWORD)

    assert give_password(client, PASSWORD).status_code == 409

    (ada,) = accounts(session)
    assert ada.sso_subject == "other-ada"


def test_nothing_is_proved_without_having_come_from_the_school(
    school: School, session: Session, client: Client
) -> None:
    namesake()

    assert client.get("/saml/link").status_code == 404
    assert give_password(client, PASSWORD).status_code == 404
    assert not is_logged_in(client)


@pytest.mark.parametrize("position", ["", "-1", "²", "9" * 400, "\0"])
def test_a_position_of_nonsense_declines_nobody(
    school: School, session: Session, client: Client, position: str
) -> None:
    namesake()
    begin(school, client)

    client.post("/saml/link", data={"choice": "other", "position": position})

    assert session.scalars(sa.select(SsoLink.position)).all() == [0]
    assert len(accounts(session)) == 1


def mail_proof(client: Client, outbox: Outbox) -> None:
    ask_mail(client)
    assert client.post(f"/saml/link/{secret_of(outbox)}").status_code == 303


@pytest.mark.parametrize("choice", ["mail", "other"])
def test_who_squatted_an_address_has_nothing_of_the_students(
    school: School, session: Session, client: Client, app: Flask, outbox: Outbox, choice: str
) -> None:
    fake = squatted(username="squatter", slugs=["rezident"])
    session.add(RecoveryCode(pceen=fake, code_hash="x" * 64))
    session.commit()
    squatter = log_in(new_browser(app), "squatter")
    begin(school, client)

    if choice == "mail":
        mail_proof(client, outbox)
    else:
        decline(client)

    session.expire_all()
    student = session.scalars(sa.select(PCeen).where(PCeen.email == EMAIL)).one()
    assert (student.espci_email, student.password_hash) == (EMAIL, None)
    login = session.scalars(
        sa.select(LoginSession).where(LoginSession.pceen_id == student.id)
    ).all()
    assert len(login) == 1
    again = new_browser(app, "198.51.100.9")
    if choice == "mail":
        assert student.id == fake.id
        assert not is_logged_in(squatter)
        assert try_log_in(again, "squatter").status_code == 422
        assert session.scalars(sa.select(RecoveryCode)).all() == []
    else:
        assert student.id != fake.id
        assert try_log_in(again, EMAIL).status_code == 422
        assert fake.email is None
        page = squatter.open_page("/profile/")
        assert "donnez-en une autre" in page.text("aside .ribbon-address")
        assert "squatter" in page.text("main")
    assert EMAIL in client.get("/profile/").text


def test_who_lost_an_address_gives_another(
    school: School, session: Session, client: Client, app: Flask, outbox: Outbox
) -> None:
    squatted(username="squatter")
    squatter = log_in(new_browser(app), "squatter")
    begin(school, client)
    decline(client)

    page = squatter.open_page("/profile/modify_account")
    fields = {tag["name"]: tag.get("value", "") for tag in page.html.select("main input[name]")}
    answer = squatter.post("/profile/modify_account", data={**fields, "email": "new@example.org"})

    assert answer.status_code == 303
    assert [mail.to for mail in outbox()][-1] == "new@example.org"  # type: ignore[attr-defined]
    assert re.search("plus d.adresse", squatter.get("/profile/").text)
