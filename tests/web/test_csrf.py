"""A form is answered once it is proved to come from a page of ours, given to that person."""

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.core import passwords
from app.enums import LoginMethod
from app.models import LoginSession, PCeen
from tests.client import Client, Page
from tests.factories import PCeenFactory

OURS = {"Origin": "http://localhost"}


@pytest.fixture(autouse=True)
def _protected(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)


def someone(app: Flask, session: Session) -> Client:
    """The browser of somebody who has just logged in."""
    begun = LoginSession(pceen=PCeenFactory(prenom="Ada"), method=LoginMethod.password)
    session.add(begun)
    session.commit()
    browser = app.test_client()
    assert isinstance(browser, Client)
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = begun.secret
    return browser


def token_of(browser: Client, path: str = "/legal") -> str:
    page = BeautifulSoup(browser.get(path).text, "html.parser")
    return str(page.select_one("meta[name=csrf-token]")["content"])  # type: ignore[index]


def first_names(session: Session) -> list[str]:
    session.expire_all()
    return list(session.scalars(sa.select(PCeen.prenom).order_by(PCeen.id)))


def rename(browser: Client, token: str | None, prenom: str = "Eve", **headers: str) -> Page:
    typed = {"prenom": prenom, "nom": "L", "email": "", "version": "1", "csrf_token": token}
    sent = {name: value for name, value in typed.items() if value is not None}
    return Page(browser.post("/profile/modify_account", data=sent, headers=OURS | headers))


def test_the_token_of_its_own_page_is_accepted(app: Flask, session: Session) -> None:
    browser = someone(app, session)

    in_field = browser.post("/set_locale/en", data={"csrf_token": token_of(browser)})
    in_header = browser.post("/set_locale/fr", headers={"X-CSRFToken": token_of(browser)})

    assert (in_field.status_code, in_header.status_code) == (303, 303)


def test_the_token_of_another_session_is_refused(app: Flask, session: Session) -> None:
    ada, eve = someone(app, session), someone(app, session)
    token_of(ada)

    page = rename(ada, token_of(eve))

    assert page.status == 403
    assert first_names(session) == ["Ada", "Ada"]


def test_a_token_from_before_the_log_in_is_refused_after(app: Flask, session: Session) -> None:
    browser = app.test_client()
    assert isinstance(browser, Client)
    before = token_of(browser, "/login")
    PCeenFactory(username="ada", prenom="Ada", password_hash=passwords.hashed("ten letters"))

    typed = {"identifier": "ada", "password": "ten letters", "csrf_token": before}
    entered = browser.post("/login", data=typed)
    refused = rename(browser, before)
    token_of(browser)
    still_refused = rename(browser, before)

    assert entered.status_code == 303
    assert (refused.status, still_refused.status) == (403, 403)
    assert first_names(session) == ["Ada"]


def test_a_token_is_worth_nothing_after_the_log_out(app: Flask, session: Session) -> None:
    browser = someone(app, session)
    token = token_of(browser)

    left = browser.post("/logout", data={"csrf_token": token})
    again = browser.post("/set_locale/en", data={"csrf_token": token})

    assert (left.status_code, again.status_code) == (303, 403)


def test_what_was_typed_comes_back_to_be_sent_again(app: Flask, session: Session) -> None:
    browser = someone(app, session)

    page = rename(browser, "stale", prenom='É"><svg>')

    typed = {tag["name"]: tag["value"] for tag in page.html.select("main input[type=hidden]")}
    assert page.status == 403
    assert typed.pop("csrf_token") not in ("", "stale")
    assert typed == {"prenom": 'É"><svg>', "nom": "L", "email": "", "version": "1"}
    assert page.html.select("main svg") == page.html.select("main button svg, main a svg")


def test_what_is_sent_again_is_accepted(app: Flask, session: Session) -> None:
    browser = someone(app, session)
    page = rename(browser, None)
    again = {tag["name"]: tag["value"] for tag in page.html.select("main input[type=hidden]")}

    answer = browser.post("/profile/modify_account", data=again, headers=OURS)

    assert answer.status_code == 422  # the empty address: the form itself answers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "", "Referer": "http://evil.example/?http://localhost/"},
        {"Origin": ""},
    ],
)
def test_a_form_from_elsewhere_is_not_shown_again(
    app: Flask, session: Session, headers: dict[str, str]
) -> None:
    page = rename(someone(app, session), None, **headers)

    assert page.status == 403
    assert page.html.select("main form") == []
    assert "Eve" not in str(page.html)


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        ("/login", "password"),
        ("/profile/update_password", "current_password"),
        ("/profile/update_password", "password_confirm"),
        ("/reauth", "password"),
    ],
)
def test_a_password_is_never_shown_again(
    app: Flask, session: Session, path: str, secret: str
) -> None:
    browser = someone(app, session)

    answer = browser.post(path, data={secret: "hunter2", "identifier": "ada"}, headers=OURS)

    assert answer.status_code == 403
    assert "hunter2" not in answer.text
    assert not Page(answer).html.select("main form")
