from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import BarKind, BarMethod
from app.models import BarTransaction, PCeen
from app.modules.bar.choices import REVERT_HOURS
from app.modules.bar.queries.transactions import Wanted, after_pages
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import BarItemFactory, PCeenFactory, barman, customer, manager

PATH = "/bar/transactions"


@pytest.fixture
def alice() -> PCeen:
    return customer(10_000, username="alice", prenom="Alice", nom="Dupont")


@pytest.fixture
def staff(login: Login) -> Client:
    return login(barman(prenom="Bob", nom="Martin"))


def lines(session: Session, client_id: int, count: int, **columns: object) -> None:
    """So many lines of a ledger, one a minute: nothing follows from them."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    columns = {"type": BarKind.top_up, "method": BarMethod.cash, "balance_change_cents": 100} | (
        columns
    )
    rows = [
        {
            "client_id": client_id,
            "at": start + timedelta(minutes=number),
            "bar_day": start.date() + timedelta(minutes=number),
            "bar_hour": 0,
            "stock_change": 0,
            "deposit_change_cents": 0,
        }
        | columns
        for number in range(count)
    ]
    session.execute(sa.insert(BarTransaction), rows)
    session.commit()


def numbers(page: Page) -> list[int]:
    return [int(text) for text in page.texts("tbody td[data-label=Numéro]")]


def rows(page: Page) -> list[str]:
    return [" ".join(row.split()) for row in page.texts("tbody tr")]


def test_a_line_says_who_what_and_how_much(staff: Client, alice: PCeen) -> None:
    beer = BarItemFactory(name="Bière", price_cents=350, quantity=3)
    staff.post(f"/api/bar/pay/{alice.id}/{beer.id}", headers={"Idempotency-Key": "a-key-of-one"})
    sent = {"change": "24", "reason": "livraison", "idempotency_key": "a-key-of-two"}
    staff.submit(f"/bar/items/{beer.id}/stock", **sent)

    stock, sale = rows(staff.open_page(PATH))

    assert "– Bob Martin stock : Bière livraison +24" in stock
    assert "Alice Dupont Bob Martin Bière -3,50 €" in sale


def test_pages_follow_one_another_both_ways(staff: Client, session: Session, alice: PCeen) -> None:
    lines(session, alice.id, 25)
    first = staff.open_page(PATH)

    second = staff.open_page(first.html.select_one("[rel=next]")["href"])
    third = staff.open_page(second.html.select_one("[rel=next]")["href"])
    back = staff.open_page(third.html.select_one("[rel=prev]")["href"])

    found = numbers(first) + numbers(second) + numbers(third)
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 25
    assert not third.html.select("[rel=next]")
    assert not first.html.select("[rel=prev]")
    assert numbers(back) == numbers(second)
    assert third.text(".pager-total") == "Page 3"
    assert back.text(".pager-total") == "Page 2"


@pytest.mark.parametrize(("number", "shown"), [("2", 2), ("99", 1), ("0", 1), ("x", 1), ("-1", 1)])
def test_a_page_is_found_by_its_number_alone(
    staff: Client, session: Session, alice: PCeen, number: str, shown: int
) -> None:
    lines(session, alice.id, 15)

    page = staff.open_page(f"{PATH}?page={number}")

    assert page.text(".pager-total") == f"Page {shown}"
    assert len(numbers(page)) == (5 if shown == 2 else 10)


def test_the_oldest_come_first_if_asked(staff: Client, session: Session, alice: PCeen) -> None:
    lines(session, alice.id, 12)

    page = staff.open_page(f"{PATH}?way=asc")
    second = staff.open_page(page.html.select_one("[rel=next]")["href"])

    found = numbers(page) + numbers(second)
    assert found == sorted(found)
    assert len(found) == 12


def test_lines_are_told_apart_by_kind_and_by_day(
    staff: Client, session: Session, alice: PCeen
) -> None:
    lines(session, alice.id, 1, bar_day=date(2026, 3, 1))
    lines(session, alice.id, 1, bar_day=date(2026, 3, 2))
    lines(session, alice.id, 1, bar_day=date(2026, 3, 3), type=BarKind.deposit, method=None)

    def count(query: str) -> int:
        return len(numbers(staff.open_page(f"{PATH}?{query}")))

    assert count("type=top_up") == 2
    assert count("type=nonsense") == 3
    assert count("from=2026-03-02") == 2
    assert count("from=2026-03-02&to=2026-03-02") == 1
    assert count("from=2026-03-02&to=2026-03-03&type=deposit") == 1
    assert count("from=tomorrow&to=%27") == 3
    assert staff.open_page(f"{PATH}?type=refund").html.select(".empty")


def test_every_page_takes_as_few_statements(
    staff: Client, session: Session, alice: PCeen, queries: list[str]
) -> None:
    lines(session, alice.id, 300)
    staff.get(PATH)
    cursor = after_pages(session, Wanted(), count=25, size=10)
    counts = []
    for path in (PATH, f"{PATH}?page=26", f"{PATH}?page=26&after={cursor.after}"):
        queries.clear()
        staff.get(path)
        counts.append(len(queries))

    assert counts[0] == counts[2]
    assert max(counts) <= 10


# Undoing


def pay(client: Client, buyer: PCeen, session: Session) -> BarTransaction:
    beer = BarItemFactory(name="Bière", price_cents=350)
    client.post(f"/api/bar/pay/{buyer.id}/{beer.id}", headers={"Idempotency-Key": "a-key-of-one"})
    session.expire_all()
    return session.query(BarTransaction).filter_by(type=BarKind.pay_item).one()


def key_of(page: Page) -> str:
    return str(page.html.select_one("form.form [name=idempotency_key]")["value"])


def test_a_line_is_undone_from_the_list_and_stays_struck_through(
    staff: Client, session: Session, alice: PCeen
) -> None:
    pay(staff, alice, session)
    page = staff.open_page(PATH)
    (link,) = page.html.select("tbody td[data-label=Annulation] a")
    asked = staff.open_page(link["href"])
    assert "Bière" in asked.text("main")

    after = staff.submit(link["href"], idempotency_key=key_of(asked), reason="erreur")

    undone = after.html.select("tr.is-undone")
    assert len(undone) == 1
    assert "annulé par Bob Martin" in " ".join(undone[0].get_text(" ").split())
    assert undone[0].select("s")
    assert "annulation : Bière" in rows(after)[0]


def test_a_manager_says_why_once_the_delay_has_passed(
    login: Login, session: Session, alice: PCeen
) -> None:
    REVERT_HOURS.set(session, 0)
    session.commit()
    line = pay(login(barman()), alice, session)
    path = f"{PATH}/{line.id}/reverse"

    refused = login(barman()).post(path, data={"idempotency_key": "a-key-of-two"})
    ada = login(manager())
    page = ada.submit(path, idempotency_key=key_of(ada.open_page(path)), status=422)
    ada.submit(path, idempotency_key="a-key-of-three", reason="erreur de saisie")

    assert refused.status_code == 403
    assert page.text("#reason-errors")
    session.expire_all()
    undone = session.query(BarTransaction).filter_by(reverses_id=line.id).one()
    assert undone.reason == "erreur de saisie"


@pytest.mark.once
def test_who_does_not_serve_sees_no_ledger(login: Login) -> None:
    assert login(PCeenFactory(slugs=["eleve"])).get(PATH).status_code == 403
