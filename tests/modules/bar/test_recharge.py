"""Topping up online: the form, what Lydia is asked, where one comes back to (community 3.7)."""

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.enums import PaymentMethod, PaymentStatus as S, PaymentType
from app.integrations.lydia import Lydia, LydiaAway, LydiaGarbled, LydiaRefused
from app.models import BALANCE_MAX, BarTransaction, OutboxEntry, Payment, PCeen, StoredChoice
from app.modules.payments.effects import PollPayment
from tests import secrets
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory, customer
from tests.modules.payments.conftest import MERCHANTS, Spoken, begun, lydia
from tests.visitors import snapshot

__all__ = ["lydia"]

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
RECHARGE = "/bar/recharge"
PHONE = "0612345678"
#: Amounts that nobody takes.
NONSENSE = ("nan", "inf", "1e3", "-5", "0", "99999", "1_0", "１５", "", "0,29", "100,01", "1,234")


@pytest.fixture(autouse=True)
def _noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as now:
        yield now


@pytest.fixture
def now(_noon: time_machine.Traveller) -> time_machine.Traveller:
    return _noon


@pytest.fixture
def buyer(session: Session) -> PCeen:
    return customer(500)


@pytest.fixture
def browser(login: Login, buyer: PCeen, lydia: Spoken) -> Client:
    """The client's, where Lydia takes what it is asked for."""
    lydia.says = takes
    return login(buyer)


def takes(path: str, fields: dict[str, str]) -> dict[str, str]:
    """A Lydia that waits for whoever is to pay."""
    return {"error": "0", "request_uuid": f"u{fields['order_ref']}", "request_id": "4242"}


def payments(session: Session) -> list[Payment]:
    session.expire_all()
    return list(session.scalars(sa.select(Payment).order_by(Payment.id)))


def links(page: Page) -> list[str]:
    """Where one pays, as the page says."""
    hrefs = [str(one["href"]) for one in page.html.select("main a[href]")]
    return [href for href in hrefs if "/collect/payment/" in href]


def top_up(session: Session, pceen: PCeen, **values: object) -> Payment:
    """A top-up that waits for its payer, unless *values* say otherwise."""
    wanted = {"type": PaymentType.bar, "offer_slug": None, "amount_cents": 1000}
    return begun(session, pceen, **(wanted | values))


# The form


def test_the_form_begins_with_ten_euros_and_offers_the_usual_amounts(browser: Client) -> None:
    page = browser.open_page(RECHARGE)

    assert page.html.select_one("main input[name=amount]")["value"] == "10,00"  # type: ignore[index]
    assert [one["data-preset"] for one in page.html.select("main [data-preset]")] == [
        "5,00", "10,00", "20,00", "50,00"
    ]  # fmt: skip
    pressed = browser.open_page(str(page.html.select("main [data-preset]")[3]["href"]))
    assert pressed.html.select_one("main input[name=amount]")["value"] == "50,00"  # type: ignore[index]


def test_only_the_amounts_that_the_house_takes_are_offered(
    browser: Client, session: Session
) -> None:
    session.add(StoredChoice(key="BAR_RECHARGE_MAX", value=1500))
    session.commit()

    page = browser.open_page(RECHARGE)

    assert page.texts("main [data-preset]") == ["5,00 €", "10,00 €"]
    assert browser.submit(RECHARGE, amount="15,01", status=422).html.select("[aria-invalid=true]")


@pytest.mark.parametrize("typed", ["12,50", "12.50"])
def test_a_comma_and_a_point_say_the_same(browser: Client, session: Session, typed: str) -> None:
    assert browser.post(RECHARGE, data={"amount": typed}).status_code == 303

    (payment,) = payments(session)
    assert payment.amount_cents == 1250


@pytest.mark.parametrize("typed", NONSENSE)
def test_what_is_no_amount_is_refused_and_stays_as_it_was_typed(
    browser: Client, session: Session, lydia: Spoken, typed: str
) -> None:
    page = browser.submit(RECHARGE, amount=typed, phone="06 12 34 56 78", status=422)

    fields = {one["name"]: one.get("value", "") for one in page.html.select("main form input")}
    assert (fields["amount"], fields["phone"]) == (typed, "06 12 34 56 78")
    assert page.html.select("main input[name=amount][aria-invalid=true]")
    assert payments(session) == []
    assert lydia.asked == []


def test_an_amount_that_is_absent_is_refused(browser: Client, session: Session) -> None:
    assert browser.post(RECHARGE, data={}).status_code == 422
    assert payments(session) == []


def test_the_caution_comes_first(login: Login, session: Session, lydia: Spoken) -> None:
    lydia.says = takes
    browser = login(customer(deposit=False))

    page = browser.open_page(RECHARGE)
    answer = browser.post(RECHARGE, data={"amount": "10"})

    assert "caution" in page.text("main .notice")
    assert not page.html.select("main form.form")
    assert answer.status_code == 422
    assert payments(session) == []


@pytest.mark.parametrize(("balance", "coming", "status"), [
    (BALANCE_MAX - 1000, 0, 303),
    (BALANCE_MAX - 999, 0, 422),
    (BALANCE_MAX - 3000, 2001, 422),
    (BALANCE_MAX - 3000, 2000, 303),
])  # fmt: skip
def test_what_an_account_could_not_hold_is_refused_with_all_that_is_coming(
    login: Login, session: Session, lydia: Spoken, balance: int, coming: int, status: int
) -> None:
    lydia.says = takes
    buyer = customer(balance)
    if coming:
        top_up(session, buyer, amount_cents=coming)

    answer = login(buyer).post(RECHARGE, data={"amount": "10"})

    assert answer.status_code == status
    assert len(payments(session)) == bool(coming) + (status == 303)


@pytest.mark.parametrize(
    "merchants", [None, {PaymentType.internet: MERCHANTS[PaymentType.internet]}]
)
def test_without_the_merchant_of_the_bar_it_is_unavailable(
    app: Flask,
    browser: Client,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    merchants: object,
) -> None:
    lydia = Lydia("https://lydia.example.org", merchants) if merchants else None  # type: ignore[arg-type]
    monkeypatch.setitem(app.extensions, "lydia", lydia)

    assert "n'est pas disponible" in browser.open_page(RECHARGE).text("main .notice")
    page = browser.submit(RECHARGE, amount="10")
    assert "passez au comptoir" in page.flashes[0]
    assert payments(session) == []


# What Lydia is asked


def test_a_card_needs_no_phone_and_leads_to_a_page_of_ours_with_a_link(
    browser: Client, session: Session, lydia: Spoken, buyer: PCeen
) -> None:
    answer = browser.post(RECHARGE, data={"amount": "20"})

    (payment,) = payments(session)
    assert (answer.status_code, answer.location) == (303, f"/bar/recharge/{payment.id}")
    assert (payment.type, payment.method, payment.status) == (
        PaymentType.bar, PaymentMethod.card, S.waiting
    )  # fmt: skip
    assert (payment.amount_cents, payment.offer_slug) == (2000, None)
    site = "http://localhost/bar"
    ((path, fields),) = lydia.asked
    assert path == "request/do.json"
    assert fields == {
        "vendor_token": secrets.BAR_VENDOR,
        "amount": "20.00",
        "currency": "EUR",
        "recipient": buyer.email,
        "type": "email",
        "message": "Rechargement du compte du bar",
        "order_ref": f"PEM-{payment.id}-{int(NOON.timestamp())}",
        "notify_collector": "no",
        "display_confirmation": "no",
        "confirm_url": f"{site}/lydia_callback/confirm",
        "cancel_url": f"{site}/lydia_callback/cancel",
        "expire_url": f"{site}/lydia_callback/cancel",
        "end_mobile_url": f"{site}/lydia/success?payment={payment.id}",
        "browser_success_url": f"{site}/lydia/success?payment={payment.id}",
        "browser_fail_url": f"{site}/lydia/fail?payment={payment.id}",
        "payment_method": "cb",
    }
    (link,) = links(browser.open_page(answer.location))
    assert link.endswith("/cb")


@pytest.mark.parametrize("typed", ["06 12 34 56 78", "+33 6 12 34 56 78", "0033612345678"])
def test_a_french_phone_is_asked_by_the_application(
    browser: Client, session: Session, lydia: Spoken, typed: str
) -> None:
    answer = browser.post(RECHARGE, data={"amount": "10", "phone": typed})

    ((_path, fields),) = lydia.asked
    assert (fields["recipient"], fields["type"]) == (PHONE, "phone")
    assert fields["payment_method"] == "lydia"
    assert links(browser.open_page(answer.location))[0].endswith("/lydia")


@pytest.mark.parametrize("typed", ["061234567", "+32 470 12 34 56", "1612345678", "06123456٧8"])
def test_another_phone_is_refused(browser: Client, session: Session, typed: str) -> None:
    page = browser.submit(RECHARGE, amount="10", phone=typed, status=422)

    assert page.html.select("main input[name=phone][aria-invalid=true]")
    assert payments(session) == []


def test_a_card_needs_an_address(browser: Client, session: Session, buyer: PCeen) -> None:
    buyer.email = buyer.email_confirmed_at = None
    session.commit()

    page = browser.submit(RECHARGE, amount="10", status=422)

    assert "adresse e-mail" in page.text("main form.form")
    assert payments(session) == []


def test_what_waits_already_is_used_again_without_asking(
    browser: Client, session: Session, lydia: Spoken
) -> None:
    first = browser.post(RECHARGE, data={"amount": "10"})

    again = browser.post(RECHARGE, data={"amount": "10"})

    assert again.location == f"{first.location}?again=1"
    assert len(lydia.asked) == len(payments(session)) == 1
    assert links(browser.open_page(again.location))[0].endswith("/auto")


@pytest.mark.parametrize(("later", "changes"), [
    (timedelta(minutes=31), {}),
    (timedelta(0), {"amount": "11"}),
    (timedelta(0), {"phone": PHONE}),
])  # fmt: skip
def test_something_else_or_later_is_another_payment(
    browser: Client,
    session: Session,
    now: time_machine.Traveller,
    later: timedelta,
    changes: dict[str, str],
) -> None:
    browser.post(RECHARGE, data={"amount": "10"})
    now.move_to(NOON + later)

    browser.post(RECHARGE, data={"amount": "10"} | changes)

    assert len(payments(session)) == 2


def test_the_same_form_sent_twice_is_one_payment(browser: Client, session: Session) -> None:
    sent = {"amount": "10", "idempotency_key": "the-key-of-one-form"}

    first, second = browser.post(RECHARGE, data=sent), browser.post(RECHARGE, data=sent)

    assert second.location.startswith(first.location)
    assert len(payments(session)) == 1


def test_a_form_that_one_goes_back_to_and_changes_is_another_payment(
    browser: Client, session: Session
) -> None:
    key = {"idempotency_key": "the-key-of-one-form"}

    browser.post(RECHARGE, data={"amount": "10"} | key)
    browser.post(RECHARGE, data={"amount": "20"} | key)

    assert [one.amount_cents for one in payments(session)] == [1000, 2000]


@pytest.mark.parametrize("error", [
    LydiaAway("no answer: ReadTimeoutError"),
    LydiaGarbled("HTTP 500"),
    LydiaGarbled("unreadable answer"),
    LydiaRefused("refused: error 3"),
], ids=str)  # fmt: skip
def test_when_lydia_is_away_nothing_typed_is_lost_and_nothing_was_charged(
    browser: Client, session: Session, lydia: Spoken, error: Exception
) -> None:
    lydia.fail(error)

    page = browser.submit(RECHARGE, amount="12,50", phone="06 12 34 56 78", status=422)

    assert "rien n'a été débité" in page.text("main form.form")
    assert page.html.select_one("main input[name=amount]")["value"] == "12,50"  # type: ignore[index]
    (payment,) = payments(session)
    assert payment.status is S.error
    assert session.query(BarTransaction).count() == 0


@pytest.mark.once
def test_a_lydia_that_never_answers_is_given_up_within_six_seconds(
    app: Flask, browser: Client, session: Session, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    monkeypatch.setitem(app.extensions, "lydia", Lydia(silent, MERCHANTS))
    began = time.perf_counter()

    page = browser.submit(RECHARGE, amount="12,50", status=422)

    assert time.perf_counter() - began < 6
    assert "passez au comptoir" in page.text("main")
    assert page.html.select_one("main input[name=amount]")["value"] == "12,50"  # type: ignore[index]
    assert [one.status for one in payments(session)] == [S.error]


@pytest.fixture
def silent() -> Iterator[str]:
    """Where someone listens, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


# Where a top-up stands


@pytest.mark.parametrize(("status", "words"), [
    (S.waiting, "Lydia attend"), (S.creating, "se prépare"), (S.refused, "refusé"),
    (S.cancelled, "abandonné"), (S.error, "n'a pas abouti"),
])  # fmt: skip
def test_the_page_says_where_it_stands(
    browser: Client, session: Session, buyer: PCeen, status: S, words: str
) -> None:
    payment = top_up(session, buyer, status=status)

    page = browser.open_page(f"/bar/recharge/{payment.id}")

    assert words in page.text("main .notice")
    is_pending = status in (S.waiting, S.creating)
    assert bool(page.html.select("#content > .narrow[data-watch]")) is is_pending


def test_once_paid_it_has_a_receipt(browser: Client, session: Session, buyer: PCeen) -> None:
    waiting = top_up(session, buyer)
    paid = top_up(session, buyer, status=S.accepted, payed_at=clock.now())

    page = browser.open_page(f"/bar/recharge/{paid.id}")
    receipt = browser.get(f"/bar/recharge/{paid.id}/receipt.pdf")

    assert "C'est payé" in page.text("main .notice")
    assert receipt.data.startswith(b"%PDF-")
    assert secrets.BAR_PRIVATE.encode() not in receipt.data
    assert browser.get(f"/bar/recharge/{waiting.id}/receipt.pdf").status_code == 404


def test_scripts_are_told_the_same(browser: Client, session: Session, buyer: PCeen) -> None:
    payment = top_up(session, buyer)

    answer = browser.get(f"/api/bar/recharge/{payment.id}")

    assert answer.json == {
        "id": payment.id,
        "status": "waiting",
        "is_pending": True,
        "is_revoked": False,
        "amount_cents": 1000,
        "payed_at": None,
    }


@pytest.mark.parametrize("path", [
    "/bar/recharge/{}", "/api/bar/recharge/{}", "/bar/recharge/{}/receipt.pdf",
    "/bar/lydia/success?payment={}", "/bar/lydia/fail?payment={}",
])  # fmt: skip
def test_what_is_another_s_or_for_something_else_is_missing(
    browser: Client, session: Session, buyer: PCeen, path: str
) -> None:
    paid = {"status": S.accepted, "payed_at": clock.now()}
    theirs = top_up(session, PCeenFactory(), **paid)
    internet = begun(session, buyer, **paid)

    answers = [browser.get(path.format(key)) for key in (theirs.id, internet.id, 999_999, "x")]

    assert [answer.status_code for answer in answers] == [404] * 4
    sentences = {_sentence(answer) for answer in answers[:3]}
    assert len(sentences) == 1


def _sentence(answer: TestResponse) -> str:
    """What one is told, as a page or as JSON."""
    if answer.is_json:
        return str(answer.json["error"]["message"])
    return Page(answer).text("h1")


def test_lydia_is_asked_at_most_once_every_ten_seconds(
    browser: Client, session: Session, buyer: PCeen, now: time_machine.Traveller
) -> None:
    payment = top_up(session, buyer)
    path = f"/bar/recharge/{payment.id}/check"

    first, second = browser.post(path), browser.post(path)
    now.move_to(NOON + timedelta(seconds=11))
    third = browser.post(path)

    assert [one.status_code for one in (first, second, third)] == [303, 429, 303]
    assert first.location == f"/bar/recharge/{payment.id}"
    assert session.query(OutboxEntry).filter_by(kind=PollPayment.kind).count() == 2


def test_nobody_asks_about_the_payment_of_another(browser: Client, session: Session) -> None:
    theirs = top_up(session, PCeenFactory())

    assert browser.post(f"/bar/recharge/{theirs.id}/check").status_code == 404


# Coming back


@pytest.mark.parametrize(("how", "words"), [
    ("success", "pas encore confirmé"), ("fail", "revenu sans payer")
])  # fmt: skip
def test_one_comes_back_to_the_top_up_that_is_named_else_to_the_last(
    browser: Client, session: Session, buyer: PCeen, how: str, words: str
) -> None:
    first, last = top_up(session, buyer), top_up(session, buyer)
    begun(session, buyer)
    top_up(session, PCeenFactory())

    without = browser.open_page(f"/bar/lydia/{how}")
    named = browser.open_page(f"/bar/lydia/{how}?payment={first.id}&transaction=TX1")

    assert str(last.id) in without.text("h1")
    assert str(first.id) in named.text("h1")
    assert words in named.text("main .notice")
    assert named.html.select(f"[data-check='/bar/recharge/{first.id}/check']")


@pytest.mark.parametrize("how", ["success", "fail"])
def test_coming_back_changes_nothing(
    browser: Client, session: Session, buyer: PCeen, how: str
) -> None:
    payment = top_up(session, buyer)
    session.expire_all()
    before = snapshot(session)

    for query in ("", f"?payment={payment.id}&status=1&signed=1"):
        browser.open_page(f"/bar/lydia/{how}{query}")

    session.expire_all()
    assert snapshot(session) == before


def test_who_never_topped_up_comes_back_from_nowhere(browser: Client) -> None:
    assert browser.get("/bar/lydia/success").status_code == 404
    assert browser.get("/bar/lydia/fail").status_code == 404


def test_the_internet_side_does_not_show_a_top_up(
    browser: Client, session: Session, buyer: PCeen
) -> None:
    payment = top_up(session, buyer)

    assert browser.get(f"/payments/{payment.id}").status_code == 404
    assert browser.get(f"/payments/lydia/success?payment={payment.id}").status_code == 404
