import re
from pathlib import Path

import html5lib
import pytest
from bs4 import BeautifulSoup

from lydia_sandbox import store, words
from lydia_sandbox.callbacks import deliver_due
from lydia_sandbox.merchants import BAR
from tests.lydia_sandbox.conftest import ASKED, SITE, Lydia, Time, collect_url

pytestmark = pytest.mark.once

OUTCOMES = [
    "pay",
    "refuse",
    "cancel",
    "expire",
    "silent",
    "twice",
    "late",
    "bad_signature",
    "other_amount",
]
LIST = "/sandbox/lydia/"
TEMPLATES = Path(words.__file__).with_name("templates")


def page(lydia: Lydia, url: str, language: str = "fr") -> BeautifulSoup:
    answer = lydia.browser.get(url, headers={"Accept-Language": language})
    html5lib.HTMLParser(strict=True).parse(answer.text)
    return BeautifulSoup(answer.text, "html.parser")


def test_the_page_offers_each_end(lydia: Lydia, uuid: str) -> None:
    seen = page(lydia, collect_url(uuid))

    assert [button["value"] for button in seen.select("button[name=outcome]")] == OUTCOMES
    assert "Bac à sable : aucun argent ne circule." in seen.text
    assert "15,00\N{NO-BREAK SPACE}€" in seen.text
    assert ASKED["order_ref"] in seen.text
    assert len(seen.select("h1")) == 1


@pytest.mark.parametrize(
    ("method", "words"), [("lydia", "Compte Lydia"), ("cb", "Carte"), ("auto", "Au choix")]
)
def test_the_page_says_how_one_pays(lydia: Lydia, uuid: str, method: str, words: str) -> None:
    assert words in page(lydia, collect_url(uuid, method)).text


@pytest.mark.parametrize("method", ["cash", "CB", ""])
def test_there_is_no_other_way_to_pay(lydia: Lydia, uuid: str, method: str) -> None:
    assert lydia.browser.get(collect_url(uuid, method)).status_code == 404


def test_pages_may_only_go_back_to_the_site(lydia: Lydia) -> None:
    uuid = lydia.do(browser_fail_url="https://example.org/fail?payment=7")["request_uuid"]

    policy = lydia.browser.get(collect_url(uuid)).headers["Content-Security-Policy"]
    of_the_list = lydia.browser.get(LIST).headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; style-src 'self'; ")
    assert f"form-action 'self' {SITE} https://example.org;" in policy
    assert "form-action 'self';" in of_the_list


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_one_goes_back_to_the_site(lydia: Lydia, uuid: str, outcome: str) -> None:
    answer = lydia.choose(uuid, outcome)

    fails = outcome in {"refuse", "cancel", "expire"}
    expected = ASKED["browser_fail_url" if fails else "browser_success_url"]
    assert (answer.status_code, answer.location) == (303, expected)


def test_what_has_ended_stays_as_it_is(lydia: Lydia, uuid: str) -> None:
    lydia.choose(uuid, "pay")
    with store.opened(lydia.database) as connection:
        before = list(connection.iterdump())

    answer = lydia.choose(uuid, "cancel")

    with store.opened(lydia.database) as connection:
        assert list(connection.iterdump()) == before
    assert answer.location == ASKED["browser_success_url"]


@pytest.mark.parametrize(
    ("outcome", "end", "back"),
    [
        ("pay", "Payé", "browser_success_url"),
        ("refuse", "Refusé", "browser_fail_url"),
        ("cancel", "Annulé ou expiré", "browser_fail_url"),
    ],
)
def test_what_has_ended_shows_how(
    lydia: Lydia, uuid: str, outcome: str, end: str, back: str
) -> None:
    lydia.choose(uuid, outcome)

    seen = page(lydia, collect_url(uuid))

    assert seen.select_one(".badge").text == end
    assert seen.select_one("a.main")["href"] == ASKED[back]
    assert not seen.select("button")


def test_an_end_that_does_not_exist_is_refused(lydia: Lydia, uuid: str) -> None:
    assert lydia.choose(uuid, "steal").status_code == 400
    assert lydia.choose("0" * 32, "pay").status_code == 404
    assert lydia.state(request_uuid=uuid)["state"] == "0"


def test_looking_changes_nothing(lydia: Lydia, uuid: str) -> None:
    with store.opened(lydia.database) as connection:
        before = list(connection.iterdump())

    for url in (LIST, collect_url(uuid)):
        lydia.browser.get(url)

    with store.opened(lydia.database) as connection:
        assert list(connection.iterdump()) == before


def test_the_list_says_what_became_of_callbacks(lydia: Lydia, uuid: str, time: Time) -> None:
    lydia.choose(uuid, "late")
    before = page(lydia, LIST).text
    time.at += 60

    deliver_due(lydia.database, now=time, send=lambda url, body: 204)

    after = page(lydia, LIST)
    assert "pas encore envoyé" in before
    assert "réponse 204" in after.text
    assert after.select_one("article a")["href"] == collect_url(uuid)


def test_the_list_shows_both_merchants_the_latest_first(lydia: Lydia, time: Time) -> None:
    for number in range(51):
        time.at += 1
        lydia.do(order_ref=f"PEM-{number}-1", vendor_token=BAR.vendor_token)
    time.at += 1
    lydia.do()

    titles = [title.text for title in page(lydia, LIST).select("h3")]

    assert len(titles) == 50
    assert titles[:2] == [ASKED["order_ref"], "PEM-50-1"]


def test_the_next_answer_is_chosen_on_the_list(lydia: Lydia) -> None:
    answer = lydia.behave("slow")

    assert (answer.status_code, answer.location) == (303, LIST)
    assert page(lydia, LIST).select_one("input[checked]")["value"] == "slow"
    assert lydia.behave("explode").status_code == 400


def test_what_a_site_writes_is_text(lydia: Lydia) -> None:
    uuid = lydia.do(message="<script>alert(1)</script>")["request_uuid"]

    for url in (collect_url(uuid), LIST):
        seen = page(lydia, url)
        assert not seen.select("script")
        assert "<script>" in seen.text


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_pages_speak_the_language_of_the_browser(
    lydia: Lydia, uuid: str, time: Time, language: str
) -> None:
    urls = [collect_url(uuid), LIST, "/sandbox/lydia/nowhere"]
    lydia.choose(lydia.do(order_ref="PEM-8-1")["request_uuid"], "twice")
    deliver_due(lydia.database, now=time, send=lambda url, body: None)

    pages = [page(lydia, url, f"{language}-GB,{language};q=0.9") for url in urls]

    said = "aucun argent ne circule" if language == "fr" else "no money moves"
    assert all(said in seen.text for seen in pages)
    assert all(seen.html["lang"] == language for seen in pages)


def test_each_sentence_is_said_in_english() -> None:
    pages = "".join(path.read_text() for path in TEMPLATES.glob("*.html"))
    sentences = set(re.findall(r'\b_\("([^"]+)"\)', pages))

    assert sentences == set(words.ENGLISH)


def test_an_error_of_the_api_is_not_a_stack_of_calls(lydia: Lydia) -> None:
    answer = lydia.browser.get("/sandbox/lydia/api/request/do.json")

    assert answer.status_code == 405
    assert "Impossible" in answer.text


def test_the_style_is_served(lydia: Lydia) -> None:
    answer = lydia.browser.get("/sandbox/lydia/style.css")

    assert (answer.status_code, answer.mimetype) == (200, "text/css")
