"""The pages where one pays for Internet, and where one comes back to (network-b B5.5)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
import time_machine
import zxingcpp
from flask import Flask
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import (
    PaymentMethod,
    PaymentStatus,
    PaymentType,
    PermissionScope as P,
    PermissionType as T,
)
from app.integrations.lydia import LydiaAway, LydiaGarbled, LydiaRefused
from app.models import (
    Offer,
    OutboxEntry,
    Payment,
    PCeen,
    Subscription,
)
from app.modules.payments.effects import PollPayment
from app.modules.payments.service import collect
from app.settings import TransferSettings
from tests import secrets
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.modules.payments.conftest import (
    CONFIRM,
    ONCE,
    Outcome,
    Sandbox,
    Spoken,
    Wait,
    callback,
    outcome_of,
)
from tests.visitors import snapshot
from tests.web.test_qrcodes import drawn

S = PaymentStatus
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAY = "/payments/pay/lydia/12months"
CARD = "/payments/pay/card/12months"
PHONE = "0612345678"
IBAN = "FR1420041010050500013M02606"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as now:
        yield now


@pytest.fixture
def now(_noon: time_machine.Traveller) -> time_machine.Traveller:
    return _noon


@pytest.fixture
def browser(login: Login, ada: PCeen, lydia: Spoken) -> Client:
    """Ada's, where Lydia takes what she is asked for."""
    lydia.says = takes
    return login(ada)


def takes(path: str, fields: dict[str, str]) -> dict[str, str]:
    """A Lydia that waits for whoever is to pay."""
    return {"error": "0", "request_uuid": f"u{fields['order_ref']}", "request_id": "4242"}


@pytest.fixture
def with_iban(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def _with_iban(**values: str) -> None:
        transfer = TransferSettings(iban=IBAN, **values)
        settings = app.extensions["settings"].model_copy(update={"transfer": transfer})
        monkeypatch.setitem(app.extensions, "settings", settings)

    return _with_iban


def payments(session: Session) -> list[Payment]:
    session.expire_all()
    return list(session.scalars(sa.select(Payment).order_by(Payment.id)))


def offer(session: Session, slug: str, price_cents: int, **values: bool) -> None:
    made = Offer(slug=slug, name_fr=slug, name_en=slug, price_cents=price_cents, days=1, **values)
    session.add(made)


def links(page: Page) -> list[str]:
    """Where one pays, as the page says."""
    hrefs = [str(one["href"]) for one in page.html.select("a[href]")]
    return [href for href in hrefs if "/collect/payment/" in href]


# Where one stands


def test_who_never_subscribed_must_pay_since_the_big_bang(browser: Client) -> None:
    page = browser.open_page("/payments/")

    assert "Big Bang" in page.text("main .card .lead")
    assert page.html.select_one("main a[href='/payments/pay']") is not None
    assert browser.open_page("/payments").status == 200


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (-10, "Abonné jusqu'au"),
        (10, "Mois offert depuis le"),
        (40, "Paiement nécessaire depuis le"),
    ],
)
def test_where_one_stands_is_told_with_its_dates(
    browser: Client, session: Session, ada: PCeen, days: int, words: str
) -> None:
    day = clock.today() - timedelta(days=days)
    session.add(
        Subscription(
            pceen=ada,
            offer_slug="_first",
            start=day - timedelta(days=90),
            end=day,
            effective_start=day - timedelta(days=90),
            welcome_of=ada.id,
        )
    )
    session.commit()

    page = browser.open_page("/payments/")

    assert words in page.text("main .card .lead")
    assert page.html.select_one("main a[href='/payments/pay']") is not None


def test_what_one_paid_and_what_waits_is_listed(
    browser: Client, client: Client, session: Session, wait: Wait
) -> None:
    paid, waiting, failed = wait(), wait(), wait(status=S.error)
    client.post(CONFIRM, data=callback(paid))

    page = browser.open_page("/payments/")

    hrefs = {str(one["href"]) for one in page.html.select("main a[href]")}
    assert {f"/payments/{one.id}" for one in (paid, waiting, failed)} <= hrefs
    assert "12 mois" in page.text("main table tbody")
    assert "attend sur Lydia" in page.text("main")


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("path", ["/payments/", "/payments/pay", PAY])
def test_a_stranger_is_asked_to_log_in(client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 302
    assert urlsplit(answer.location).path != path


@pytest.mark.parametrize("path", ["/payments/", "/payments/pay", PAY])
def test_who_has_no_room_is_led_to_one(login: Login, path: str) -> None:
    answer = login(PCeenFactory(slugs=["rezident"])).get(path)

    assert answer.status_code == 302
    assert "/payments" not in urlsplit(answer.location).path


# What there is to buy


def test_offers_are_shown_by_price_and_the_hidden_ones_are_not(
    browser: Client, session: Session
) -> None:
    offer(session, "hidden", 1, visible=False)
    offer(session, "ended", 2, active=False)
    offer(session, "dear", 9900)
    session.commit()

    page = browser.open_page("/payments/pay")

    assert page.texts("main .offer-name") == ["3 mois", "6 mois", "12 mois", "dear"]
    assert page.text("main button[type=submit]").startswith("Payer 99,00")


def test_choosing_needs_no_script(browser: Client) -> None:
    page = browser.open_page("/payments/pay?offer=3months")
    assert page.text("main button[type=submit]").startswith("Payer 4,00")
    assert page.html.select_one("main input[name=offer]")["value"] == "3months"  # type: ignore[index]

    answer = browser.get("/payments/pay?offer=3months&method=card")

    assert answer.status_code == 302
    assert answer.location == "/payments/pay/card/3months"


@pytest.mark.parametrize("query", ["offer=nothing", "offer=_first", "method=gift", "offer=%00"])
def test_nonsense_in_the_address_is_not_chosen(browser: Client, query: str) -> None:
    assert browser.open_page(f"/payments/pay?{query}").texts("main .is-chosen .offer-name") == [
        "12 mois"
    ]


@pytest.mark.parametrize("method", ["gift", "paypal", "LYDIA", "cb", "auto", "1"])
def test_a_way_to_pay_that_nobody_knows_is_not_found(browser: Client, method: str) -> None:
    assert browser.get(f"/payments/pay/{method}/12months").status_code == 404
    assert browser.post(f"/payments/pay/{method}/12months").status_code == 404


@pytest.mark.parametrize("slug", ["hidden", "ended", "_first", "free", "nothing", "x" * 300, "é"])
@pytest.mark.parametrize("method", ["lydia", "card", "transfer", "cash"])
def test_an_offer_that_is_not_for_sale_leads_back_with_a_word(
    browser: Client, session: Session, lydia: Spoken, slug: str, method: str
) -> None:
    offer(session, "hidden", 1, visible=False)
    offer(session, "ended", 2, active=False)
    offer(session, "free", 0)
    session.commit()
    path = f"/payments/pay/{method}/{slug}"

    assert browser.get(path).location == "/payments/pay"
    page = browser.submit(path, phone=PHONE)

    assert "n'est plus proposé" in page.flashes[0]
    assert payments(session) == []
    assert lydia.asked == []


def test_without_lydia_the_other_ways_are_left_and_the_page_says_so(
    app: Flask, browser: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.extensions, "lydia", None)

    page = browser.open_page("/payments/pay")

    assert [one["value"] for one in page.html.select("main input[name=method]")] == ["cash"]
    assert "n'est pas disponible" in page.text("main .notice")
    assert "n'est pas disponible" in browser.open_page("/payments/").text("main")
    for path in (PAY, CARD):
        assert browser.get(path).location == "/payments/pay"
        assert browser.post(path, data={"phone": PHONE}).status_code == 303
    assert payments(session) == []


# Paying with Lydia


@pytest.mark.parametrize(
    "typed",
    [
        "0612345678",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "+33 6 12 34 56 78",
        "+33612345678",
        "0033612345678",
        " 0612345678 ",
        "06\N{NO-BREAK SPACE}12\N{NO-BREAK SPACE}34\N{NO-BREAK SPACE}56\N{NO-BREAK SPACE}78",
    ],
)
def test_a_french_number_is_accepted_however_it_is_written(
    browser: Client, lydia: Spoken, typed: str
) -> None:
    answer = browser.post(PAY, data={"phone": typed})

    assert answer.status_code == 303
    ((_path, fields),) = lydia.asked
    assert (fields["recipient"], fields["type"]) == (PHONE, "phone")


@pytest.mark.parametrize(
    "typed",
    ["", "061234567", "06123456789", "+32 470 12 34 56", "zéro six", "1612345678", "06123456٧8"],
)
def test_anything_else_is_refused_and_stays_as_it_was_typed(
    browser: Client, session: Session, lydia: Spoken, typed: str
) -> None:
    page = browser.submit(PAY, phone=typed, status=422)

    field = page.html.select_one("main input[name=phone]")
    assert field is not None
    assert field["value"] == typed
    assert field["aria-invalid"] == "true"
    assert lydia.asked == []
    assert payments(session) == []


def test_after_the_form_comes_a_page_of_ours_with_a_link_to_pay(
    browser: Client, session: Session, ada: PCeen
) -> None:
    answer = browser.post(PAY, data={"phone": "06 12 34 56 78"})

    (payment,) = payments(session)
    assert answer.status_code == 303
    assert answer.location == f"/payments/{payment.id}"
    page = browser.open_page(answer.location)
    uuid = f"uPEM-{payment.id}-{int(NOON.timestamp())}"
    assert links(page) == [f"https://lydia.example.org/collect/payment/{uuid}/lydia"]
    link = page.html.select_one("main a[target=_blank]")
    assert link is not None
    assert set(link["rel"]) == {"noopener", "noreferrer"}
    assert (payment.pceen_id, payment.status, payment.method) == (
        ada.id, S.waiting, PaymentMethod.lydia
    )  # fmt: skip
    assert (payment.type, payment.offer_slug, payment.amount_cents) == (
        PaymentType.internet, "12months", 1500
    )  # fmt: skip
    assert (payment.lydia_uuid, payment.lydia_request_id) == (uuid, "4242")
    assert payment.next_poll_at == NOON + timedelta(minutes=1)


def test_a_card_needs_no_number_and_is_paid_by_mail(
    browser: Client, session: Session, lydia: Spoken, ada: PCeen
) -> None:
    page = browser.open_page(CARD)
    assert page.html.select_one("main input[name=phone]") is None

    answer = browser.post(CARD, data={"phone": PHONE})

    ((_path, fields),) = lydia.asked
    assert (fields["recipient"], fields["type"]) == (ada.email, "email")
    assert fields["payment_method"] == "cb"
    (payment,) = payments(session)
    assert payment.method is PaymentMethod.card
    assert links(browser.open_page(answer.location))[0].endswith("/cb")


def test_a_card_needs_an_address(
    browser: Client, session: Session, lydia: Spoken, ada: PCeen
) -> None:
    ada.email = ada.email_confirmed_at = None
    session.commit()

    page = browser.submit(CARD, status=422)

    assert "adresse e-mail" in page.text("main form")
    assert lydia.asked == []
    assert payments(session) == []


def test_all_that_lydia_is_told_of_a_payment(
    browser: Client, session: Session, lydia: Spoken
) -> None:
    browser.post(PAY, data={"phone": PHONE}, headers={"Host": "localhost"})

    (payment,) = payments(session)
    site = "http://localhost/payments"
    assert lydia.asked == [
        (
            "request/do.json",
            {
                "vendor_token": secrets.VENDOR,
                "amount": "15.00",
                "currency": "EUR",
                "recipient": PHONE,
                "type": "phone",
                "message": "Offre Internet 12 mois",
                "order_ref": f"PEM-{payment.id}-{int(NOON.timestamp())}",
                "notify_collector": "no",
                "display_confirmation": "no",
                "confirm_url": f"{site}/lydia_callback/confirm",
                "cancel_url": f"{site}/lydia_callback/cancel",
                "expire_url": f"{site}/lydia_callback/cancel",
                "end_mobile_url": f"{site}/lydia/success?payment={payment.id}",
                "browser_success_url": f"{site}/lydia/success?payment={payment.id}",
                "browser_fail_url": f"{site}/lydia/fail?payment={payment.id}",
                "payment_method": "lydia",
            },
        )
    ]


def test_lydia_speaks_the_language_of_the_payer(
    browser: Client, session: Session, lydia: Spoken, ada: PCeen
) -> None:
    ada.locale = "en"
    session.commit()

    browser.post(PAY, data={"phone": PHONE})

    assert lydia.asked[0][1]["message"].endswith("12 months")


@pytest.mark.parametrize("host", ["evil.example", "localhost:8080", "localhost@evil.example"])
def test_lydia_is_told_the_address_of_the_settings_whatever_the_browser_says(
    app: Flask,
    browser: Client,
    session: Session,
    lydia: Spoken,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
) -> None:
    settings = app.extensions["settings"].model_copy(
        update={"server_name": "pem.example.org", "preferred_url_scheme": "https"}
    )
    monkeypatch.setitem(app.extensions, "settings", settings)
    headers = {"X-Forwarded-Host": host, "X-Forwarded-Proto": "gopher", "Forwarded": f"host={host}"}

    browser.post(PAY, data={"phone": PHONE}, headers=headers)
    browser.post(CARD, headers={"Host": host})

    urls = [value for _, fields in lydia.asked for name, value in fields.items() if "_url" in name]
    assert len(urls) in (6, 12)
    assert {urlsplit(url)[:2] for url in urls} == {("https", "pem.example.org")}


AWAY = [
    LydiaAway("no answer: ReadTimeoutError"),
    LydiaGarbled("unreadable answer"),
    LydiaGarbled("HTTP 500"),
    LydiaRefused("refused: error 3"),
]


@pytest.mark.parametrize("error", AWAY, ids=str)
@pytest.mark.parametrize("path", [PAY, CARD])
def test_when_lydia_is_away_nothing_typed_is_lost_and_nothing_was_charged(
    browser: Client, session: Session, lydia: Spoken, path: str, error: Exception
) -> None:
    lydia.fail(error)

    page = browser.submit(path, phone="06 12 34 56 78", status=422)

    assert "Lydia ne répond pas ; rien n'a été débité" in page.text("main form")
    assert str(error) not in page.text("main")
    if path == PAY:
        field = page.html.select_one("main input[name=phone]")
        assert field is not None
        assert field["value"] in ("06 12 34 56 78", PHONE)
    assert outcome_of(session, payments(session)[0].id) == Outcome(S.error, 0, 0, 0)


def test_a_second_try_from_that_page_is_another_payment(
    browser: Client, session: Session, lydia: Spoken
) -> None:
    form = browser.open_page(PAY)
    first_key = form.html.select_one("main input[name=idempotency_key]")["value"]  # type: ignore[index]
    lydia.fail(LydiaAway("no answer: ReadTimeoutError"))
    page = browser.submit(PAY, phone=PHONE, idempotency_key=str(first_key), status=422)
    key = page.html.select_one("main input[name=idempotency_key]")["value"]  # type: ignore[index]
    assert key != first_key

    lydia.says = takes
    browser.submit(PAY, phone=PHONE, idempotency_key=str(key))

    assert [one.status for one in payments(session)] == [S.error, S.waiting]


def test_a_number_of_lydia_that_another_payment_has_is_as_if_lydia_had_not_answered(
    browser: Client, session: Session, lydia: Spoken, wait: Wait
) -> None:
    other = wait(offer_slug="3months", amount_cents=400)
    lydia.says = lambda _path, _fields: {"error": "0", "request_uuid": other.lydia_uuid or ""}

    answer = browser.post(PAY, data={"phone": PHONE})

    assert answer.status_code == 422
    assert [one.status for one in payments(session)] == [S.waiting, S.error]


def test_one_form_sent_twice_is_one_payment(
    browser: Client, session: Session, lydia: Spoken
) -> None:
    typed = {"phone": PHONE, "idempotency_key": "k"}

    answers = {browser.post(PAY, data=typed).location.partition("?")[0] for _ in range(3)}

    (payment,) = payments(session)
    assert answers == {f"/payments/{payment.id}"}
    assert len(lydia.asked) == 1


def test_a_payment_that_waits_is_used_again_and_lydia_lets_choose_how(
    browser: Client, session: Session, lydia: Spoken, now: time_machine.Traveller
) -> None:
    browser.post(PAY, data={"phone": PHONE, "idempotency_key": "a"})
    now.shift(timedelta(minutes=30) - timedelta(seconds=1))

    answer = browser.post(PAY, data={"phone": "07 11 22 33 44", "idempotency_key": "b"})

    (payment,) = payments(session)
    assert len(lydia.asked) == 1
    assert answer.status_code == 303
    (link,) = links(browser.open_page(answer.location))
    assert link == f"https://lydia.example.org/collect/payment/{payment.lydia_uuid}/auto"


def test_another_offer_method_price_or_moment_is_another_payment(
    browser: Client, session: Session, lydia: Spoken, now: time_machine.Traveller
) -> None:
    browser.post(PAY, data={"phone": PHONE})
    browser.post(CARD)
    browser.post("/payments/pay/lydia/6months", data={"phone": PHONE})
    assert len(payments(session)) == 3

    session.get_one(Offer, "6months").price_cents = 900
    session.commit()
    browser.post("/payments/pay/lydia/6months", data={"phone": PHONE})
    assert [one.amount_cents for one in payments(session)] == [1500, 1500, 800, 900]

    now.shift(timedelta(minutes=30))
    browser.post(PAY, data={"phone": PHONE})
    assert len(payments(session)) == len(lydia.asked) == 5


@pytest.mark.parametrize("status", [S.accepted, S.refused, S.cancelled, S.error], ids=str)
def test_a_payment_that_is_over_is_not_used_again(
    browser: Client, session: Session, wait: Wait, status: PaymentStatus
) -> None:
    wait(status=status, payed_at=clock.now() if status is S.accepted else None)

    browser.post(PAY, data={"phone": PHONE})

    assert [one.status for one in payments(session)] == [status, S.waiting]


def test_the_payment_of_another_person_or_of_the_bar_is_not_used_again(
    browser: Client, session: Session, wait: Wait
) -> None:
    wait(PCeenFactory())
    wait(type=PaymentType.bar)

    browser.post(PAY, data={"phone": PHONE})

    assert len(payments(session)) == 3


def test_nobody_begins_payments_without_end(
    browser: Client, session: Session, lydia: Spoken, now: time_machine.Traveller
) -> None:
    lydia.fail(LydiaAway("no answer: ReadTimeoutError"))
    most = collect.BEGUN.times
    statuses = [browser.post(PAY, data={"phone": PHONE}).status_code for _ in range(most + 2)]
    assert statuses == [422] * most + [429] * 2
    assert len(payments(session)) == len(lydia.asked) == most

    now.shift(collect.BEGUN.within + timedelta(minutes=1))
    assert browser.post(PAY, data={"phone": PHONE}).status_code == 422


def test_no_phone_number_is_kept_anywhere(browser: Client, session: Session, lydia: Spoken) -> None:
    browser.post(PAY, data={"phone": PHONE})
    lydia.fail(LydiaAway("no answer: ReadTimeoutError"))
    browser.post("/payments/pay/lydia/6months", data={"phone": PHONE})

    rows = [row for rows in snapshot(session).values() for row in rows]
    assert len(rows) > 10
    assert not any(PHONE in row or PHONE[1:] in row for row in rows)
    assert not any(secrets.token_in(row) for row in rows)


def test_from_the_form_to_internet_in_the_sandbox(
    login: Login, session: Session, sandbox: Sandbox, ada: PCeen
) -> None:
    browser = login(ada)
    page = browser.submit(PAY, phone=PHONE)
    (payment,) = payments(session)
    (link,) = links(page)
    assert link == f"{sandbox.address}/collect/payment/{payment.lydia_uuid}/lydia"

    sandbox.choose(payment.lydia_uuid, "twice")
    assert "pas encore confirmé" in browser.open_page(
        f"/payments/lydia/success?payment={payment.id}"
    ).text("main .notice")
    assert sandbox.deliver(browser) == [204, 204]

    assert outcome_of(session, payment.id) == ONCE
    page = browser.open_page(f"/payments/lydia/success?payment={payment.id}")
    assert "C'est payé" in page.text("main .notice")


ENDS: dict[str, tuple[list[int], PaymentStatus]] = {
    "pay": ([204], S.accepted),
    "cancel": ([204], S.cancelled),
    "expire": ([204], S.cancelled),
    "bad_signature": ([403], S.waiting),
    "other_amount": ([400], S.waiting),
    "refuse": ([], S.waiting),
    "silent": ([], S.waiting),
}


@pytest.mark.parametrize("outcome", ENDS)
def test_every_end_of_the_sandbox_is_heard(
    login: Login, session: Session, sandbox: Sandbox, ada: PCeen, outcome: str
) -> None:
    browser = login(ada)
    browser.post(CARD)
    (payment,) = payments(session)

    sandbox.choose(payment.lydia_uuid, outcome)
    answers = sandbox.deliver(browser)

    assert (answers, outcome_of(session, payment.id).status) == ENDS[outcome]


@pytest.mark.parametrize("behaviour", ["error", "html"])
def test_a_sandbox_that_fails_is_a_lydia_that_is_away(
    login: Login, session: Session, sandbox: Sandbox, ada: PCeen, behaviour: str
) -> None:
    sandbox.behave(behaviour)

    page = login(ada).submit(PAY, phone=PHONE, status=422)

    assert "Lydia ne répond pas" in page.text("main form")
    assert [one.status for one in payments(session)] == [S.error]


# By transfer, and in cash


def test_a_transfer_has_all_that_a_bank_asks_for_and_its_code(
    browser: Client, session: Session, ada: PCeen, with_iban: Callable[..., None]
) -> None:
    ada.username = "edartag"
    session.commit()
    with_iban()

    page = browser.open_page("/payments/pay/transfer/12months")

    assert page.texts("main dl.copies dt") == ["Bénéficiaire", "IBAN", "Montant", "Référence"]
    shown = [text.replace("\xa0", " ") for text in page.texts("main dl.copies .copy-value")]
    assert shown == [
        "GRI ESPCI",
        "FR14 2004 1010 0505 0001 3M02 606",
        "15,00 €",
        "INTERNET EDARTAG 12MONTHS",
    ]
    copied = [str(one["data-copy"]) for one in page.html.select("main [data-copy]")]
    assert copied == ["GRI ESPCI", IBAN, "15.00", "INTERNET EDARTAG 12MONTHS"]
    (code,) = page.html.select("main svg.qr")
    (read,) = zxingcpp.read_barcodes(drawn(Markup(str(code))))
    assert read.text.split("\n") == [
        *("BCD", "002", "1", "SCT", "", "GRI ESPCI", IBAN, "EUR15.00", "", ""),
        "INTERNET EDARTAG 12MONTHS",
    ]
    assert page.html.select_one("main a[href^='/contact?title=']") is not None
    assert payments(session) == []


def test_a_transfer_names_the_bank_where_it_is_known(
    browser: Client, with_iban: Callable[..., None]
) -> None:
    with_iban(bic="PSSTFRPPPAR", beneficiary="Les GRI & compagnie")

    page = browser.open_page("/payments/pay/transfer/12months")

    assert "PSSTFRPPPAR" in page.texts("main dl.copies .copy-value")
    assert page.texts("main dl.copies .copy-value")[0] == "Les GRI & compagnie"


def test_without_an_account_nobody_pays_by_transfer(browser: Client) -> None:
    page = browser.open_page("/payments/pay")

    assert [one["value"] for one in page.html.select("main input[name=method]")] == [
        "lydia", "card", "cash"
    ]  # fmt: skip
    assert browser.get("/payments/pay/transfer/12months").location == "/payments/pay"


def test_with_an_account_all_four_ways_are_offered(
    browser: Client, with_iban: Callable[..., None]
) -> None:
    with_iban()

    page = browser.open_page("/payments/pay")

    assert [one["value"] for one in page.html.select("main input[name=method]")] == [
        "lydia", "card", "transfer", "cash"
    ]  # fmt: skip


def test_cash_is_given_by_hand(browser: Client, session: Session) -> None:
    page = browser.open_page("/payments/pay/cash/12months")

    assert page.html.select_one("main a[href^='/contact?title=']") is not None
    assert browser.post("/payments/pay/cash/12months").status_code == 303
    assert payments(session) == []


# The page of a payment


@pytest.mark.parametrize("status", list(S), ids=str)
def test_the_page_of_a_payment_says_where_it_stands(
    browser: Client, wait: Wait, status: PaymentStatus
) -> None:
    payment = wait(status=status, payed_at=clock.now() if status.is_paid else None)

    page = browser.open_page(f"/payments/{payment.id}")

    is_pending = status in (S.creating, S.waiting)
    assert (page.html.select_one("[data-watch]") is not None) is is_pending
    assert (page.html.select_one("noscript meta[http-equiv=refresh]") is not None) is is_pending
    check = page.html.select_one(f"form[action='/payments/{payment.id}/check']")
    assert (check is not None) is is_pending
    assert bool(links(page)) is (status is S.waiting)
    receipt = page.html.select_one(f"main a[href='/payments/{payment.id}/receipt.pdf']")
    assert (receipt is not None) is status.is_paid
    assert "15,00" in page.text("main")


def test_only_the_payer_is_shown_where_to_pay(login: Login, lydia: Spoken, wait: Wait) -> None:
    payment = wait()

    page = login(PCeenFactory(can=[(T.read, P.payments)])).open_page(f"/payments/{payment.id}")

    assert links(page) == []


@pytest.mark.parametrize(
    "path", ["/payments/{}", "/payments/{}/receipt.pdf", "/payments/lydia/success?payment={}",
             "/payments/lydia/fail?payment={}"],
)  # fmt: skip
def test_the_payment_of_another_person_is_not_found(
    login: Login, lydia: Spoken, wait: Wait, path: str
) -> None:
    payment = wait(status=S.accepted, payed_at=clock.now())
    other = login(PCeenFactory(slugs=["rezident"]))

    assert other.get(path.format(payment.id)).status_code == 404
    assert other.get(path.format(999999)).status_code == 404


def test_another_person_checks_nothing(
    login: Login, session: Session, lydia: Spoken, wait: Wait
) -> None:
    payment = wait()

    for visitor in (PCeenFactory(slugs=["rezident"]), PCeenFactory(can=[(T.read, P.payments)])):
        assert login(visitor).post(f"/payments/{payment.id}/check").status_code == 404
    assert session.scalars(sa.select(OutboxEntry)).all() == []


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    "path", ["/payments/1", "/payments/1/receipt.pdf", "/payments/lydia/success"]
)
def test_a_stranger_sees_no_payment(client: Client, path: str) -> None:
    assert client.get(path).status_code == 302
    assert client.post("/payments/1/check").status_code == 302


def test_the_top_up_of_the_bar_is_not_shown_among_payments_for_internet(
    browser: Client, wait: Wait
) -> None:
    payment = wait(type=PaymentType.bar)

    assert browser.get(f"/payments/{payment.id}").status_code == 404
    assert browser.get(f"/payments/lydia/success?payment={payment.id}").status_code == 404
    assert browser.get("/payments/lydia/success").status_code == 404
    assert browser.get("/payments/lydia/fail").status_code == 404
    assert browser.post(f"/payments/{payment.id}/check").status_code == 404


def test_a_check_is_queued_once_in_ten_seconds(
    browser: Client, session: Session, wait: Wait, now: time_machine.Traveller
) -> None:
    payment = wait()
    path = f"/payments/{payment.id}/check"

    answer = browser.post(path)
    assert (answer.status_code, answer.location) == (303, f"/payments/{payment.id}")
    now.shift(timedelta(seconds=9))
    again = browser.post(path)
    assert again.status_code == 429
    assert 1 <= int(again.headers["Retry-After"]) <= 2
    now.shift(timedelta(seconds=1))
    assert browser.post(path).status_code == 303

    kinds = session.scalars(sa.select(OutboxEntry.kind)).all()
    assert kinds == [PollPayment.kind] * 2


def test_a_check_of_what_is_over_asks_nothing(
    browser: Client, session: Session, wait: Wait
) -> None:
    for status in (S.accepted, S.refused, S.cancelled):
        payment = wait(status=status, payed_at=clock.now() if status is S.accepted else None)
        assert browser.post(f"/payments/{payment.id}/check").status_code == 303

    assert session.scalars(sa.select(OutboxEntry)).all() == []


@pytest.mark.parametrize("key", ["0", "-1", "99999999999", "abc", "1.5", "%00", "٧"])
def test_a_number_that_is_none_is_not_found(browser: Client, key: str) -> None:
    assert browser.get(f"/payments/{key}").status_code == 404
    assert browser.get(f"/payments/lydia/success?payment={key}").status_code == 404
    assert browser.post(f"/payments/{key}/check").status_code == 404


# Back from Lydia


@pytest.mark.parametrize(
    ("how", "words"), [("success", "pas encore confirmé"), ("fail", "revenu sans payer")]
)
def test_back_from_lydia_the_latest_payment_is_shown_or_the_one_that_is_named(
    browser: Client, wait: Wait, how: str, words: str
) -> None:
    first, last = wait(), wait(type=PaymentType.internet)
    wait(type=PaymentType.bar)
    wait(PCeenFactory())

    without = browser.open_page(f"/payments/lydia/{how}")
    named = browser.open_page(f"/payments/lydia/{how}?payment={first.id}&transaction=TX1&x=1")

    assert str(last.id) in without.text("h1")
    assert str(first.id) in named.text("h1")
    assert words in without.text("main .notice")
    assert named.html.select_one(f"[data-check='/payments/{first.id}/check']") is not None


@pytest.mark.parametrize("how", ["success", "fail"])
def test_what_the_browser_says_is_not_believed(
    browser: Client, session: Session, wait: Wait, how: str
) -> None:
    waiting, paid = wait(), wait(status=S.accepted, payed_at=clock.now())

    browser.open_page(f"/payments/lydia/{how}?payment={waiting.id}&status=1&signed=1")
    assert "C'est payé" in browser.open_page(f"/payments/lydia/{how}?payment={paid.id}").text(
        "main .notice"
    )

    assert outcome_of(session, waiting.id).status is S.waiting


def test_who_never_paid_comes_back_from_nowhere(browser: Client) -> None:
    assert browser.get("/payments/lydia/success").status_code == 404
    assert browser.get("/payments/lydia/fail").status_code == 404


def test_the_receipt_is_of_money_that_came(
    browser: Client, client: Client, session: Session, wait: Wait
) -> None:
    payment = wait()
    path = f"/payments/{payment.id}/receipt.pdf"
    assert browser.get(path).status_code == 404

    client.post(CONFIRM, data=callback(payment))
    answer = browser.get(path)

    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert secrets.PRIVATE.encode() not in answer.data


# Looking changes nothing


def test_opening_any_page_of_payments_fifty_times_changes_no_row(
    login: Login,
    session: Session,
    lydia: Spoken,
    ada: PCeen,
    wait: Wait,
    with_iban: Callable[..., None],
) -> None:
    with_iban()
    waiting, paid = wait(), wait(status=S.accepted, payed_at=clock.now())
    paths = [
        "/payments/",
        "/payments/pay",
        *(f"/payments/pay/{way}/12months" for way in ("lydia", "card", "transfer", "cash")),
        *(f"/payments/{one.id}" for one in (waiting, paid)),
        f"/payments/{paid.id}/receipt.pdf",
        f"/payments/{waiting.id}/check",
        *(
            f"/payments/lydia/{how}{query}"
            for how in ("success", "fail")
            for query in ("", f"?payment={waiting.id}")
        ),
        "/payments/lydia_callback/confirm",
        "/payments/lydia_callback/cancel",
    ]
    visitors = [ada, PCeenFactory(slugs=["rezident"]), PCeenFactory(slugs=["gri"])]
    for visitor in visitors:
        browser = login(visitor)
        session.expire_all()
        before = snapshot(session)
        for path in paths:
            for _ in range(50 if path == f"/payments/{waiting.id}" else 5):
                assert browser.get(path).status_code in (200, 302, 403, 404, 405)
        session.expire_all()
        assert snapshot(session) == before
    assert lydia.asked == []
