"""Passwords: changing one's own, and the links that give a new one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock, passwords
from app.enums import TokenPurpose
from app.models import OneTimeToken, PCeen
from app.modules.account.errors import LinkNoLongerGood
from app.modules.account.mails import Invitation, PasswordChanged, ResetPassword
from app.modules.account.service import links, profile, registration
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.modules.account.people import (
    OTHER,
    PASSWORD,
    actions,
    is_logged_in,
    log_in,
    new_browser,
    someone,
    try_log_in,
)

NOON = "2026-03-14T12:00:00+00:00"
NEW = {"password": OTHER, "password_confirm": OTHER}
SAID = "Si un compte a cette adresse, un lien valable 30 minutes vient d'y partir."
PURPOSES = [TokenPurpose.reset_password, TokenPurpose.invitation, TokenPurpose.confirm_email]


def page_of(purpose: TokenPurpose, secret: str) -> str:
    return f"/{purpose.value}/{secret}"


def link(session: Session, pceen: PCeen, purpose: TokenPurpose, secret: str = "secret") -> str:
    """The page of a link given to someone."""
    data = {"email": "new@example.org"} if purpose is TokenPurpose.confirm_email else {}
    links.make(session, pceen=pceen, purpose=purpose, secret=secret, **data)
    session.commit()
    return page_of(purpose, secret)


def opens(app: Flask, browser: Client, path: str) -> bool:
    """Whether the link is still good, both to look at and to use."""
    looked = browser.get(path).status_code
    used = browser.post(path, data=NEW).status_code
    assert (looked, used) in ((200, 303), (404, 404))
    return used == 303


# --- asking for a link


@pytest.mark.parametrize("typed", ["ada@example.org", "Ada@EXAMPLE.ORG", " ada@example.org "])
def test_a_link_goes_to_the_owner_of_the_address(
    session: Session, client: Client, outbox: Outbox, typed: str
) -> None:
    ada = someone(email="ada@example.org", locale="en")

    page = client.submit("/reset_password_request", email=typed)

    assert page.flashes == [SAID]
    (mail,) = outbox()
    assert isinstance(mail, ResetPassword)
    assert (mail.to, mail.locale, mail.username) == ("ada@example.org", "en", ada.username)
    assert actions(session)[-1] == "account.password.ask_reset"


@pytest.mark.parametrize("who", ["nobody", "disabled"])
def test_whoever_is_not_there_the_answer_is_the_same(
    session: Session, client: Client, outbox: Outbox, who: str
) -> None:
    someone(email="disabled@example.org", disabled_at=clock.now())

    page = client.submit("/reset_password_request", email=f"{who}@example.org")

    assert page.flashes == [SAID]
    assert outbox() == []


def test_an_account_is_sent_three_links_an_hour(
    session: Session, app: Flask, outbox: Outbox
) -> None:
    someone(email="ada@example.org")
    with time_machine.travel(NOON, tick=False) as time:
        for number in range(5):
            browser = new_browser(app, f"192.0.2.{number}")
            assert browser.submit("/reset_password_request", email="ada@example.org").flashes
        assert len(outbox()) == 3
        time.shift(timedelta(hours=1, seconds=1))
        new_browser(app).submit("/reset_password_request", email="ada@example.org")

    assert len(outbox()) == 4


def test_an_address_asks_ten_times_an_hour(session: Session, client: Client) -> None:
    for number in range(10):
        client.submit("/reset_password_request", email=f"{number}@example.org")

    response = client.post("/reset_password_request", data={"email": "x@example.org"})

    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 3601
    assert 'value="x@example.org"' in response.text


def test_a_nonsensical_address_is_a_wrong_field(client: Client) -> None:
    page = client.submit("/reset_password_request", status=422, email="ada\0")

    assert len(page.html.select("#email-errors p")) == 1


def test_one_without_password_asks_for_a_link_three_times_an_hour(
    session: Session, login: Login, outbox: Outbox
) -> None:
    browser = login(someone(password_hash=None))
    assert browser.open_page("/profile/update_password").html.select("[type=password]") == []

    for _ in range(5):
        browser.submit("/profile/set_password")

    assert len(outbox()) == 3


# --- following it


def test_a_link_gives_a_new_password(
    session: Session, app: Flask, client: Client, outbox: Outbox
) -> None:
    ada = someone(username="ada", email_confirmed_at=None)
    client.submit("/reset_password_request", email="ada@example.org")
    (mail,) = outbox()
    assert isinstance(mail, ResetPassword)

    page = client.submit(page_of(TokenPurpose.reset_password, mail.secret), **NEW)

    assert page.flashes[-1] == "Votre mot de passe est changé : connectez-vous avec le nouveau."
    assert try_log_in(new_browser(app), "ada", PASSWORD).status_code == 422
    assert is_logged_in(log_in(new_browser(app), "ada", OTHER))
    session.expire_all()
    assert ada.email_confirmed_at is not None
    assert isinstance(outbox()[-1], PasswordChanged)
    assert "account.password.change" in actions(session)


def test_the_link_of_a_former_address_confirms_none(session: Session) -> None:
    ada = someone(email_confirmed_at=None)
    token = links.make(
        session, pceen=ada, purpose=TokenPurpose.reset_password, secret="s", email="old@e.org"
    )
    session.flush()

    profile.reset_password(session, token=token, password_hash="x")

    assert ada.email_confirmed_at is None


@pytest.mark.parametrize("purpose", PURPOSES[:2])
def test_a_robot_that_looks_at_a_link_uses_nothing_up(
    session: Session, app: Flask, purpose: TokenPurpose
) -> None:
    path = link(session, someone(), purpose)
    robot = new_browser(app, "203.0.113.1")

    looks = [(robot.get(path).status_code, robot.head(path).status_code) for _ in range(3)]

    assert looks == [(200, 200)] * 3
    assert opens(app, new_browser(app), path)


@pytest.mark.parametrize("purpose", PURPOSES[:2])
def test_a_link_serves_once(session: Session, app: Flask, purpose: TokenPurpose) -> None:
    path = link(session, someone(), purpose)

    assert opens(app, new_browser(app), path)
    assert not opens(app, new_browser(app), path)


@pytest.mark.parametrize(
    ("purpose", "age", "good"),
    [
        (TokenPurpose.reset_password, timedelta(minutes=30, seconds=-1), True),
        (TokenPurpose.reset_password, timedelta(minutes=30, seconds=1), False),
        (TokenPurpose.invitation, timedelta(days=13, hours=23), True),
        (TokenPurpose.invitation, timedelta(days=14, seconds=1), False),
    ],
)
def test_a_link_lives_so_long(
    session: Session, app: Flask, purpose: TokenPurpose, age: timedelta, *, good: bool
) -> None:
    with time_machine.travel(NOON, tick=False) as time:
        path = link(session, someone(), purpose)
        time.shift(age)

        assert opens(app, new_browser(app), path) is good


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("other", PURPOSES)
def test_a_link_is_for_one_purpose(
    session: Session, login: Login, purpose: TokenPurpose, other: TokenPurpose
) -> None:
    ada = someone()
    link(session, ada, purpose, "secret")
    browser = login(ada)

    status = browser.get(page_of(other, "secret")).status_code

    assert status == (200 if purpose is other else 404)


@pytest.mark.parametrize("change", [lambda s: s[:-1] + "x", lambda s: s[:-1], lambda s: s + "x"])
def test_a_link_with_one_changed_character_is_refused(
    session: Session, app: Flask, change: Callable[[str], str]
) -> None:
    link(session, someone(), TokenPurpose.reset_password, "a secret")

    path = page_of(TokenPurpose.reset_password, change("a secret"))

    assert not opens(app, new_browser(app), path)


@pytest.mark.parametrize("secret", ["x", "%00", "%ff", "é", "' OR 1=1", "x" * 5000, ".", "\u202e"])
@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_nonsensical_link_is_not_found(
    session: Session, login: Login, purpose: TokenPurpose, secret: str
) -> None:
    assert login(someone()).get(page_of(purpose, secret)).status_code == 404


def a_changed_password(session: Session, ada: PCeen) -> None:
    profile.change_password(session, pceen=ada, password_hash="x", kept_login=None)


def another_link(session: Session, ada: PCeen) -> None:
    profile.send_reset(session, pceen=ada)


def a_changed_address(session: Session, ada: PCeen) -> None:
    registration.confirm_address(session, pceen=ada, email="new@example.org")


def a_disabled_account(session: Session, ada: PCeen) -> None:
    ada.disabled_at = clock.now()


@pytest.mark.parametrize(
    "end", [a_changed_password, another_link, a_changed_address, a_disabled_account]
)
def test_a_link_to_a_new_password_ends_early_by(
    session: Session, app: Flask, end: Callable[[Session, PCeen], None]
) -> None:
    ada = someone()
    path = link(session, ada, TokenPurpose.reset_password)

    end(session, ada)
    session.commit()

    assert not opens(app, new_browser(app), path)


def test_a_refused_password_uses_no_link_up(session: Session, client: Client) -> None:
    path = link(session, someone(), TokenPurpose.reset_password)

    page = client.submit(path, status=422, password="court", password_confirm="court")

    assert "trop court" in page.text("#password-errors")
    assert client.post(path, data=NEW).status_code == 303


@pytest.mark.parametrize("length", [129, 10_000])
def test_a_password_too_long_is_refused(session: Session, client: Client, length: int) -> None:
    path = link(session, someone(), TokenPurpose.reset_password)
    long = "zébu " * (length // 5 + 1)

    page = client.submit(path, status=422, password=long, password_confirm=long)

    assert "trop long" in page.text("#password-errors")
    assert long not in str(page.html)


def test_a_million_characters_are_too_much(session: Session, client: Client) -> None:
    path = link(session, someone(), TokenPurpose.reset_password)

    response = client.post(path, data={"password": "x" * 10**6, "password_confirm": "x" * 10**6})

    assert response.status_code == 413


@pytest.mark.parametrize("purpose", PURPOSES[:2])
def test_who_is_logged_in_is_told_to_log_out_first(
    session: Session, login: Login, purpose: TokenPurpose
) -> None:
    ada = someone()
    path = link(session, ada, purpose)
    browser = login(someone())

    page = browser.open_page(path)
    browser.post(path, data=NEW)

    assert page.text("h1") == "Déconnectez-vous d'abord"
    session.expire_all()
    assert passwords.matches(PASSWORD, ada.password_hash)
    assert session.scalars(sa.select(OneTimeToken.used_at)).one() is None


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_page_of_a_link_is_told_to_nobody(
    session: Session, login: Login, client: Client, purpose: TokenPurpose
) -> None:
    ada = someone()
    path = link(session, ada, purpose)
    browser = login(ada) if purpose is TokenPurpose.confirm_email else client

    for response in (browser.get(path), browser.get(path + "x")):
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"


def test_no_secret_reaches_the_log(
    session: Session, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    path = link(session, someone(), TokenPurpose.reset_password, "very-secret-indeed")

    client.get(path)
    client.post(path, data=NEW)
    client.get(path)

    assert caplog.records
    assert "very-secret-indeed" not in "".join(str(vars(record)) for record in caplog.records)


def test_of_two_who_use_a_token_the_second_is_refused(session: Session) -> None:
    purpose = TokenPurpose.invitation
    token = links.make(session, pceen=someone(), purpose=purpose, secret="s")
    session.flush()
    links.consume(session, token=token)

    with pytest.raises(LinkNoLongerGood):
        links.consume(session, token=token)


# --- invitations


def test_an_invitation_lets_one_in(session: Session, client: Client, outbox: Outbox) -> None:
    identity = registration.Identity(
        prenom="Ada", nom="Lovelace", promo=145, email="ada@example.org"
    )
    secret = registration.invite(session, identity=identity)
    session.commit()
    path = page_of(TokenPurpose.invitation, secret)

    shown = client.open_page(path)
    response = client.post(path, data=NEW)

    assert shown.text("h1") == "Bienvenue, Ada !"
    assert shown.texts("dd") == ["alovelac", "ada@example.org"]
    assert (response.status_code, response.headers["Location"]) == (303, "/")
    assert is_logged_in(client)
    ada = session.scalars(sa.select(PCeen)).one()
    assert ada.activated
    assert ada.email_confirmed_at is not None
    assert passwords.matches(OTHER, ada.password_hash)
    assert "account.invitation.accept" in actions(session)


def test_an_invitation_cancels_the_former_one(session: Session, app: Flask, outbox: Outbox) -> None:
    ada = someone(password_hash=None)
    first, second = (registration.send_invitation(session, pceen=ada) for _ in range(2))
    session.commit()

    assert not opens(app, new_browser(app), page_of(TokenPurpose.invitation, first))
    assert opens(app, new_browser(app), page_of(TokenPurpose.invitation, second))
    assert [type(mail) for mail in outbox()] == [Invitation, Invitation]


def test_the_invitation_of_a_disabled_account_is_refused(session: Session, app: Flask) -> None:
    ada = someone(disabled_at=clock.now())

    assert not opens(app, new_browser(app), link(session, ada, TokenPurpose.invitation))


def test_an_invitation_refuses_a_password_made_of_the_name(
    session: Session, client: Client
) -> None:
    ada = someone(prenom="Ada", nom="Lovelace")
    path = link(session, ada, TokenPurpose.invitation)

    page = client.submit(path, status=422, password="adalovelace", password_confirm="adalovelace")

    assert "se devine" in page.text("#password-errors")


# --- changing it


def change(browser: Client, *, status: int = 200, **fields: str) -> object:
    data = {"current_password": PASSWORD, **NEW, **fields}
    return browser.submit("/profile/update_password", status=status, **data)


def test_a_password_is_changed_by_who_knows_it(
    session: Session, app: Flask, login: Login, outbox: Outbox
) -> None:
    ada = someone(username="ada")

    change(login(ada))

    assert outbox() == [PasswordChanged(to="ada@example.org", locale="fr")]
    assert try_log_in(new_browser(app), "ada").status_code == 422
    assert is_logged_in(log_in(new_browser(app), "ada", OTHER))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"current_password": OTHER}, "current_password"),
        ({"current_password": ""}, "current_password"),
        ({"password_confirm": "autre chose"}, "password_confirm"),
        ({"password": "court", "password_confirm": "court"}, "password"),
    ],
)
def test_a_wrong_change_changes_nothing(
    session: Session, login: Login, outbox: Outbox, wrong: dict[str, str], field: str
) -> None:
    ada = someone()

    page = login(ada).submit(
        "/profile/update_password",
        status=422,
        **{"current_password": PASSWORD, **NEW, **wrong},
    )

    assert [e["id"] for e in page.html.select(".field-errors")] == [f"{field}-errors"]
    session.expire_all()
    assert passwords.matches(PASSWORD, ada.password_hash)
    assert outbox() == []


def test_a_thief_with_the_cookie_does_not_try_passwords_for_long(
    session: Session, login: Login
) -> None:
    browser = login(someone())
    for _ in range(10):
        change(browser, status=422, current_password=OTHER)

    change(browser, status=429)


def test_a_change_of_password_ends_the_links_that_wait(
    session: Session, app: Flask, login: Login
) -> None:
    ada = someone()
    paths = [link(session, ada, purpose, purpose.value) for purpose in PURPOSES]
    browser = login(ada)

    change(browser)

    assert [browser.get(path).status_code for path in paths] == [404] * 3
