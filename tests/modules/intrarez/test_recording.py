"""The page where a GRI records money received, or a gift."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PaymentMethod, PaymentStatus, PermissionScope as S, PermissionType as T
from app.models import Payment, PCeen, Subscription
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.modules.intrarez.test_routes import tables

TREASURER = [(T.write, S.payments)]


@pytest.fixture
def treasurer(session: Session) -> PCeen:
    made: PCeen = PCeenFactory(can=TREASURER)
    return made


@pytest.fixture
def browser(login: Login, treasurer: PCeen) -> Client:
    return login(treasurer)


def address(pceen: PCeen) -> str:
    return f"/gris/pceens/{pceen.id}/payments/add"


def fields(**values: str) -> dict[str, str]:
    today = clock.today().isoformat()
    return {"offer": "6months", "method": "cash", "day": today, "idempotency_key": "k"} | values


def test_what_will_be_written_is_shown_first_and_nothing_is(
    session: Session, browser: Client, treasurer: PCeen
) -> None:
    payer = PCeenFactory(prenom="Ada", nom="Lovelace")
    before = tables(session)

    page = browser.submit(address(payer), **fields())

    said = page.text("main")
    assert tables(session) == before
    for expected in ("Ada Lovelace", "6 mois", "8,00 €", treasurer.full_name):
        assert expected in said


def test_what_is_wrong_is_corrected_from_there(session: Session, browser: Client) -> None:
    payer = PCeenFactory()
    before = tables(session)

    page = browser.submit(address(payer), **fields(confirmed="edit", reason="Un essai"))

    typed = {field["name"]: field["value"] for field in page.html.select("main input[type=text]")}
    assert typed["reason"] == "Un essai"
    assert [one["value"] for one in page.html.select("[name=offer] [selected]")] == ["6months"]
    assert tables(session) == before


def test_confirmed_it_is_written_once_however_often_it_is_sent(
    session: Session, browser: Client, treasurer: PCeen
) -> None:
    payer = PCeenFactory()

    for _click in range(2):
        browser.submit(address(payer), **fields(confirmed="1"))

    payment = session.scalars(sa.select(Payment)).one()
    assert (payment.status, payment.amount_cents) == (PaymentStatus.manual, 800)
    assert (payment.pceen_id, payment.gri_id) == (payer.id, treasurer.id)
    assert session.scalars(sa.select(Subscription)).one().payment_id == payment.id


def test_a_gift_costs_nothing_and_says_why(session: Session, browser: Client) -> None:
    payer = PCeenFactory()

    page = browser.submit(address(payer), **fields(method="gift", confirmed="1"), status=422)
    assert "Dites pourquoi" in page.text(".field-errors")
    browser.submit(address(payer), **fields(method="gift", confirmed="1", reason="Câblage"))

    payment = session.scalars(sa.select(Payment)).one()
    assert (payment.method, payment.amount_cents) == (PaymentMethod.gift, 0)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"offer": "_first"}, None),
        ({"offer": "nothing"}, None),
        ({"method": "lydia"}, None),
        ({"method": ""}, None),
        ({"day": "2026-02-30"}, "n'existe pas"),
        ({"day": (clock.today() + timedelta(days=2)).isoformat()}, "à venir"),
        ({"day": (clock.today() - timedelta(days=369)).isoformat()}, "trop ancienne"),
        ({"reason": "x" * 256}, "255"),
    ],
    ids=str,
)
@pytest.mark.parametrize("confirmed", ["", "1"])
def test_what_is_wrong_is_said_and_nothing_is_written(
    session: Session,
    browser: Client,
    wrong: dict[str, str],
    sentence: str | None,
    confirmed: str,
) -> None:
    payer = PCeenFactory()
    before = tables(session)

    page = browser.submit(address(payer), **fields(confirmed=confirmed, **wrong), status=422)

    assert tables(session) == before
    assert sentence is None or sentence in page.text(".error-summary")


def test_nobody_records_a_payment_for_themselves(
    session: Session, browser: Client, treasurer: PCeen
) -> None:
    before = tables(session)

    browser.open_page(address(treasurer), status=422)
    browser.submit(address(treasurer), **fields(confirmed="1"))

    assert tables(session) == before


def test_to_open_the_page_writes_nothing(session: Session, browser: Client) -> None:
    payer = PCeenFactory()
    before = tables(session)

    browser.get(address(payer), query_string=fields(confirmed="1", method="gift", reason="x"))

    assert tables(session) == before


@pytest.mark.parametrize("can", [[], [(T.read, S.payments)], [(T.write, S.pceen)]], ids=str)
def test_who_may_not_record_money_does_not(
    session: Session, login: Login, can: list[tuple[T, S]]
) -> None:
    payer, other = PCeenFactory(), PCeenFactory(can=can)
    browser = login(other)
    before = tables(session)

    browser.open_page(address(payer), status=403)
    browser.submit(address(payer), **fields(confirmed="1"), status=403)

    assert tables(session) == before


def test_of_nobody_nothing_is_recorded(session: Session, browser: Client) -> None:
    browser.open_page("/gris/pceens/99999/payments/add", status=404)


def test_a_gri_sees_what_someone_pays_and_a_holder_of_pceen_alone_no_amount(
    session: Session, browser: Client, login: Login
) -> None:
    payer = PCeenFactory()
    browser.submit(address(payer), **fields(confirmed="1"))

    gri = login(PCeenFactory(slugs=["gri"])).open_page(f"/gris/pceens/{payer.id}")
    assert "8,00 €" in gri.text("#subscription")
    other = login(PCeenFactory(can=[(T.write, S.pceen)])).open_page(f"/gris/pceens/{payer.id}")
    assert "6 mois" in other.text("#subscription")
    assert "8,00 €" not in other.text("#subscription")
