import re

import pytest

from lydia_sandbox import store
from lydia_sandbox.merchants import BAR, INTERNET
from lydia_sandbox.signature import sign
from tests.lydia_sandbox.conftest import ASKED, PHONE, Lydia, Time, collect_url

pytestmark = pytest.mark.once


def test_a_request_is_taken(lydia: Lydia) -> None:
    answer = lydia.do()

    assert answer["error"] == "0"
    assert answer["message"] == "success"
    assert re.fullmatch(r"[A-Za-z0-9-]{1,64}", answer["request_id"])
    assert re.fullmatch(r"[0-9a-f]{32}", answer["request_uuid"])
    assert answer["mobile_url"] == f"http://localhost{collect_url(answer['request_uuid'])}"


def test_whom_it_is_asked_of_is_not_kept(lydia: Lydia) -> None:
    lydia.do()
    lydia.do(order_ref="PEM-8-1795390200", recipient="someone@example.org", type="email")

    with store.opened(lydia.database) as connection:
        kept = "\n".join(connection.iterdump())

    assert "'email'" in kept
    assert PHONE not in kept
    assert "someone@example.org" not in kept


def test_an_order_is_taken_once(lydia: Lydia) -> None:
    first = lydia.do()
    same = lydia.do()
    other = lydia.do(order_ref="PEM-8-1795390200")
    of_the_bar = lydia.do(vendor_token=BAR.vendor_token)

    assert same == first
    uuids = {one["request_uuid"] for one in (first, other, of_the_bar)}
    assert len(uuids) == 3


@pytest.mark.parametrize("vendor_token", [None, "", "unknown", INTERNET.private_token])
def test_an_unknown_merchant_is_refused(lydia: Lydia, vendor_token: str | None) -> None:
    answer = lydia.do(vendor_token=vendor_token)

    assert answer == {"error": "1", "message": "Unknown vendor_token."}


@pytest.mark.parametrize(
    "name",
    sorted(
        ASKED.keys()
        - {"vendor_token", "notify_collector", "display_confirmation", "end_mobile_url"}
    ),
)
def test_a_field_that_is_missing_is_named(lydia: Lydia, name: str) -> None:
    answer = lydia.do(**{name: None})

    assert answer == {"error": "2", "message": f"Missing or malformed: {name}."}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "//example.org",
        "/payments",
        "http://a b/",
        "http://a;script-src *",
        "http://[::1]/",
        "http://a/\r\nSet-Cookie: a=b",
    ],
)
def test_a_url_that_a_header_could_not_bear_is_refused(lydia: Lydia, url: str) -> None:
    assert lydia.do(browser_success_url=url)["error"] == "2"


@pytest.mark.parametrize(
    "amount", ["15", "15.0", "15,00", " 15.00", "NaN", "-15.00", "1e1", "0.00"]
)
def test_a_malformed_amount_is_refused(lydia: Lydia, amount: str) -> None:
    assert lydia.do(amount=amount) == {"error": "3", "message": "Malformed amount."}


def test_an_error_is_answered_once(lydia: Lydia) -> None:
    lydia.behave("error")

    first, second = lydia.do(), lydia.do()

    assert (first["error"], second["error"]) == ("3", "0")


def test_a_slow_answer_comes_once_after_ten_seconds(lydia: Lydia, time: Time) -> None:
    lydia.behave("slow")

    first, second = lydia.do(), lydia.do()

    assert first == second
    assert time.waited == [10]


def test_a_page_is_answered_once(lydia: Lydia) -> None:
    lydia.behave("html")

    page = lydia.browser.post("/sandbox/lydia/api/request/do.json", data=ASKED)

    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert lydia.do()["error"] == "0"


def test_a_state_is_signed(lydia: Lydia, uuid: str) -> None:
    signed = {"amount": "15.00", "request_uuid": uuid}

    answer = lydia.state(request_uuid=uuid)

    signature = sign(signed, INTERNET.private_token)
    assert answer == signed | {"state": "0", "signature": signature}


def test_a_state_is_found_by_its_order(lydia: Lydia, uuid: str) -> None:
    assert lydia.state(order_ref=ASKED["order_ref"])["request_uuid"] == uuid


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("pay", "1"),
        ("refuse", "5"),
        ("cancel", "6"),
        ("expire", "6"),
        ("silent", "1"),
        ("twice", "1"),
        ("late", "1"),
        ("bad_signature", "1"),
        ("other_amount", "1"),
    ],
)
def test_a_state_says_how_it_ended(lydia: Lydia, uuid: str, outcome: str, state: str) -> None:
    lydia.choose(uuid, outcome)

    answer = lydia.state(request_uuid=uuid)

    assert (answer["state"], answer["amount"]) == (state, "15.00")


def test_a_state_is_told_to_nobody_else(lydia: Lydia, uuid: str) -> None:
    asked = [
        {"request_uuid": uuid, "vendor_token": BAR.vendor_token},
        {"order_ref": ASKED["order_ref"], "vendor_token": BAR.vendor_token},
        {"request_uuid": uuid, "vendor_token": "unknown"},
        {"request_uuid": "0" * 32},
        {"order_ref": "PEM-9-9"},
        {},
    ]

    answers = [lydia.state(**values) for values in asked]

    assert [answer["error"] for answer in answers] == ["1"] * len(asked)
    assert not any("signature" in answer for answer in answers)
