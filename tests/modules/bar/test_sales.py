from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.models import BarAccount, BarDailyData, BarItem, BarTransaction
from tests.client import Client
from tests.conftest import Login
from tests.factories import BarItemFactory, barman, customer

HEADERS = {"Idempotency-Key": "a-key-of-a-test"}


def test_a_sale_moves_money_stock_and_the_day(login: Login, session: Session) -> None:
    buyer = customer(500)
    beer = BarItemFactory(price_cents=350, alcohol_mass=Decimal("14.4"), quantity=3)

    answer = login(barman()).post(f"/api/bar/pay/{buyer.id}/{beer.id}", headers=HEADERS)

    assert answer.status_code == 201
    assert answer.json["balance_cents"] == 150
    assert answer.json["alcohol_today"] == 14.4
    assert answer.json["stock"] == 2
    session.expire_all()
    assert session.get_one(BarAccount, buyer.id).balance_cents == 150
    assert session.get_one(BarItem, beer.id).quantity == 2
    line = session.query(BarTransaction).one()
    day = session.get_one(BarDailyData, (buyer.id, line.bar_day))
    assert (day.total_spent_cents, day.alcohol_bought) == (350, Decimal("14.4"))


def test_a_sale_takes_six_statements(login: Login, session: Session, queries: list[str]) -> None:
    buyer = customer(500)
    beer = BarItemFactory(price_cents=350, alcohol_mass=Decimal("14.4"), quantity=3)
    client, address = login(barman()), f"/api/bar/pay/{buyer.id}/{beer.id}"
    client.get("/legal")
    queries.clear()
    client.get("/legal")
    own = len(queries)
    queries.clear()

    client.post(address, headers=HEADERS)

    assert len(queries) - own <= 6, "\n".join(queries)


def test_the_same_key_sells_once_and_answers_the_same(login: Login, session: Session) -> None:
    buyer, beer = customer(500), BarItemFactory(price_cents=350)
    client = login(barman())

    answers = [client.post(f"/api/bar/pay/{buyer.id}/{beer.id}", headers=HEADERS) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert [answer.headers.get("Idempotent-Replay") for answer in answers] == [None, "true", "true"]
    assert session.query(BarTransaction).count() == 1


@pytest.mark.parametrize(
    ("money", "options", "code"),
    [
        (500, {"deposit": False}, "deposit"),
        (349, {}, "funds"),
    ],
)
def test_a_refusal_has_its_code(
    login: Login, session: Session, money: int, options: dict[str, bool], code: str
) -> None:
    buyer, beer = customer(money, **options), BarItemFactory(price_cents=350)

    answer = login(barman()).post(f"/api/bar/pay/{buyer.id}/{beer.id}", headers=HEADERS)

    assert answer.status_code == 422
    assert answer.json["error"]["detail"] == code
    assert session.query(BarTransaction).count() == 0


def test_a_reversal_gives_all_back(login: Login, session: Session, client: Client) -> None:
    buyer = customer(500)
    beer = BarItemFactory(price_cents=350, alcohol_mass=Decimal("14.4"), quantity=3)
    client = login(barman())
    sale = client.post(f"/api/bar/pay/{buyer.id}/{beer.id}", headers=HEADERS).json["transaction"]

    answer = client.post(
        f"/api/bar/revert_transaction/{sale['id']}", headers={"Idempotency-Key": "another-key"}
    )

    assert answer.status_code == 201
    assert answer.json["balance_cents"] == 500
    assert answer.json["alcohol_today"] == 0
    assert answer.json["stock"] == 3
    assert answer.json["transaction"]["reverses_id"] == sale["id"]
