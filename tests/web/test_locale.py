"""Which language the visitor reads."""

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.web.locale import browser_locale
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory

CASES = [
    ("fr", "fr"),
    ("fr-CA", "fr"),
    ("FR", "fr"),
    ("en-GB,en;q=0.9", "en"),
    ("de", "en"),
    ("de,fr;q=0.5", "fr"),
    ("fr;q=0.2,en;q=0.8", "en"),
    ("de;q=1,*;q=0.1", "fr"),
    ("*", "fr"),
    ("fr;q=0", "en"),
    ("fr;q=0,*", "fr"),
    ("", "en"),
    ("q=nan", "en"),
    ("fr;q=nan", "en"),
    ("fr;q=inf", "en"),
    ("fr;q=-1", "en"),
    (";;,,;q", "en"),
    ("fr," * 21846, "en"),  # 64 kB
    ("é", "en"),
]


@pytest.mark.once
@pytest.mark.parametrize(("header", "locale"), CASES)
def test_a_visitor_reads_what_their_browser_likes_best(
    app: Flask, header: str, locale: str
) -> None:
    with app.test_request_context("/", headers={"Accept-Language": header}):
        assert browser_locale() == locale


@pytest.mark.once
def test_a_browser_that_says_nothing_reads_english(app: Flask) -> None:
    with app.test_request_context("/"):
        assert browser_locale() == "en"


def language_of(client: Client, path: str = "/contact", accept: str = "fr") -> object:
    response = client.get(path, headers={"Accept-Language": accept})
    html = BeautifulSoup(response.text, "html.parser").html
    assert html is not None
    return html["lang"]


def test_the_cookie_of_a_visitor_wins_over_their_browser(client: Client) -> None:
    assert language_of(client, accept="fr") == "fr"

    answer = client.post("/set_locale/en")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert language_of(client, accept="fr") == "en"


@pytest.mark.parametrize("value", ["de", "", "fr-FR", "'<>", "fr\0"])
def test_a_nonsensical_cookie_does_not_count(client: Client, value: str) -> None:
    client.set_cookie("locale", value)

    assert language_of(client, accept="fr") == "fr"


@pytest.mark.parametrize("locale", ["de", "FR", "fr-FR", "x" * 300])
def test_a_language_that_is_not_ours_is_a_page_that_does_not_exist(
    client: Client, locale: str
) -> None:
    assert client.post(f"/set_locale/{locale}").status_code == 404
    assert client.get_cookie("locale") is None


def test_the_language_of_the_account_wins_over_the_cookie(session: Session, login: Login) -> None:
    browser = login(PCeenFactory(locale="en"))
    browser.set_cookie("locale", "fr")

    assert language_of(browser, accept="fr") == "en"


def test_the_footer_changes_the_language_of_the_account_too(session: Session, login: Login) -> None:
    ada = PCeenFactory(locale="fr")

    login(ada).post("/set_locale/en")

    session.refresh(ada)
    assert ada.locale == "en"


def test_looking_at_a_page_chooses_no_language(session: Session, login: Login) -> None:
    ada = PCeenFactory(locale=None)

    assert language_of(login(ada), "/contact", accept="en") == "en"

    session.refresh(ada)
    assert ada.locale is None
