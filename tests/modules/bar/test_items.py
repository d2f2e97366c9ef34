from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.enums import BarKind
from app.models import AuditEvent, BarItem, BarTransaction
from app.modules.bar.choices import QUICK_ITEM
from app.modules.bar.queries import items as reading
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import BarItemFactory, PCeenFactory, barman, customer

HEADERS = {"Idempotency-Key": "a-key-of-a-test"}


@pytest.fixture
def staff(login: Login) -> Client:
    return login(barman())


def fields(page: Page, form: str = "form.form", **typed: str) -> dict[str, str]:
    """What a form would send, with what is typed in it; ``None`` unticks a box."""
    found = {}
    for one in page.html.select(f"{form} input"):
        is_off = one.get("type") == "checkbox" and not one.has_attr("checked")
        if one.get("name") and not is_off:
            found[one["name"]] = one.get("value", "")
    return {**found, **typed}


def edit(client: Client, item: BarItem, **typed: str) -> dict[str, str]:
    return fields(client.open_page(f"/bar/items/{item.id}/edit"), **typed)


def stock_lines(session: Session) -> list[tuple[int, int | None]]:
    session.expire_all()
    lines = session.query(BarTransaction).filter_by(type=BarKind.stock)
    return [(one.stock_change, one.stock_after) for one in lines.order_by(BarTransaction.id)]


def check_counts(session: Session) -> None:
    session.expire_all()
    kept = session.query(BarItem).filter(BarItem.quantity.is_not(None))
    assert reading.counted(session) == {item.id: item.quantity for item in kept}


# The list


def test_the_list_shows_what_is_sold_and_how_much_is_left(staff: Client) -> None:
    BarItemFactory(name="Jus", price_cents=100)
    BarItemFactory(
        name="Bière", price_cents=350, alcohol_mass=Decimal("14.4"), quantity=0, favorite_index=7
    )

    page = staff.open_page("/bar/items")

    rows = [" ".join(row.split()) for row in page.texts("tbody tr")]
    assert rows[0].split()[0] == "Bière"
    assert "épuisé 0 3,50 € 14,4 g 7" in rows[0]
    assert "is-out-of-stock" in page.html.select("tbody tr")[0]["class"]
    assert "N/A" in rows[1]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("name", ["abricot", "Banane", "cerise"]),
        ("-name", ["cerise", "Banane", "abricot"]),
        ("quantity", ["cerise", "abricot", "Banane"]),
        ("-quantity", ["abricot", "cerise", "Banane"]),
        ("price_cents; DROP", ["abricot", "Banane", "cerise"]),
    ],
)
def test_the_list_is_sorted_by_what_it_offers_alone(
    staff: Client, sort: str, names: list[str]
) -> None:
    BarItemFactory(name="Banane")
    BarItemFactory(name="cerise", quantity=2)
    BarItemFactory(name="abricot", quantity=9)

    page = staff.open_page(f"/bar/items?sort={sort}")

    assert page.texts(".item-name") == names


def test_a_long_list_is_read_in_few_statements_and_is_light(
    staff: Client, queries: list[str]
) -> None:
    for _number in range(210):
        BarItemFactory(quantity=3)
    staff.get("/bar/items")
    queries.clear()

    answer = staff.get("/bar/items")

    assert len(queries) <= 10, "\n".join(queries)
    assert len(answer.data) <= 120_000


@pytest.mark.once
@pytest.mark.parametrize("path", ["/bar/items", "/bar/items/inventory", "/bar/transactions"])
def test_pages_open_though_nothing_is_sold(staff: Client, path: str) -> None:
    assert staff.open_page(path).html.select(".empty")


# What is sold


def test_an_item_is_made_and_its_count_begins_with_a_line(staff: Client, session: Session) -> None:
    page = staff.open_page("/bar/items/new")
    sent = fields(
        page, name="Bière", price="3,50", alcohol_mass="14,4", is_quantifiable="y", quantity="24"
    )

    staff.submit("/bar/items/new", **sent)
    staff.submit("/bar/items/new", **sent)

    (item,) = session.query(BarItem).all()
    assert (item.price_cents, item.alcohol_mass, item.quantity) == (350, Decimal("14.4"), 24)
    assert stock_lines(session) == [(24, 24)]
    assert item.counted_from_id is not None
    check_counts(session)


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"price": "nan"}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": "1000"}, "price"),
        ({"alcohol_mass": "14,45"}, "alcohol_mass"),
        ({"alcohol_mass": "1000"}, "alcohol_mass"),
        ({"quantity": "-1", "is_quantifiable": "y"}, "quantity"),
        ({"name": "x" * 65}, "name"),
        ({"name": "JUS"}, "name"),
    ],
)
def test_an_error_stands_next_to_its_field(
    staff: Client, session: Session, typed: dict[str, str], field: str
) -> None:
    BarItemFactory(name="jus")
    sent = {"name": "Bière", "price": "3.50", "alcohol_mass": "0"} | typed

    answer = staff.post("/bar/items/new", data=sent)

    assert answer.status_code in (409, 422)
    assert f'id="{field}-errors"' in answer.text
    assert session.query(BarItem).count() == 1


def test_what_is_free_may_be_sold(staff: Client, session: Session) -> None:
    staff.submit("/bar/items/new", name="Eau", price="0", alcohol_mass="")

    item = session.query(BarItem).one()
    assert (item.price_cents, item.quantity, item.favorite_index) == (0, None, 0)


def test_boxes_that_are_unticked_take_their_values_away(staff: Client, session: Session) -> None:
    item = BarItemFactory(quantity=5, favorite_index=3)
    sent = edit(staff, item)
    del sent["is_quantifiable"], sent["is_favorite"]

    staff.submit(f"/bar/items/{item.id}/edit", **sent)

    session.expire_all()
    assert (item.quantity, item.favorite_index) == (None, 0)
    assert item.counted_from_id is None


def test_counting_again_begins_from_zero(staff: Client, session: Session) -> None:
    item, buyer = BarItemFactory(price_cents=100), customer(1000)
    for quantity in ("5", "", "8"):
        sent = edit(staff, item, quantity=quantity)
        sent.pop("is_quantifiable", None)
        ticked = {"is_quantifiable": "y"} if quantity else {}
        staff.submit(f"/bar/items/{item.id}/edit", **sent | ticked)
        key = {"Idempotency-Key": f"a-key-of-{quantity or 'none'}"}
        staff.post(f"/api/bar/pay/{buyer.id}/{item.id}", headers=key)

    session.expire_all()
    assert item.quantity == 7
    check_counts(session)


def test_counted_without_a_quantity_is_counted_from_zero(staff: Client, session: Session) -> None:
    item = BarItemFactory()

    staff.submit(f"/bar/items/{item.id}/edit", **edit(staff, item, is_quantifiable="y"))

    assert stock_lines(session) == [(0, 0)]
    check_counts(session)


def test_a_changed_quantity_writes_the_difference_and_loses_no_sale(
    staff: Client, session: Session
) -> None:
    item, buyer = BarItemFactory(price_cents=100), customer(1000)
    staff.submit(
        f"/bar/items/{item.id}/edit", **edit(staff, item, is_quantifiable="y", quantity="10")
    )
    sent = edit(staff, item, quantity="12")
    staff.post(f"/api/bar/pay/{buyer.id}/{item.id}", headers=HEADERS)

    staff.submit(f"/bar/items/{item.id}/edit", **sent)

    assert stock_lines(session) == [(10, 10), (2, 11)]
    assert item.quantity == 11
    check_counts(session)


def test_a_change_of_price_is_written_down(staff: Client, session: Session) -> None:
    item = BarItemFactory(price_cents=100)

    staff.submit(f"/bar/items/{item.id}/edit", **edit(staff, item, price="1.20"))

    event = session.query(AuditEvent).filter_by(action="bar.item.change").one()
    assert (event.before, event.after) == ({"price_cents": 100}, {"price_cents": 120})


def test_two_changes_at_once_are_one_and_a_refusal(staff: Client, session: Session) -> None:
    item = BarItemFactory(price_cents=100)
    sent = edit(staff, item)
    staff.submit(f"/bar/items/{item.id}/edit", **sent | {"price": "2"})

    answer = staff.post(f"/bar/items/{item.id}/edit", data=sent | {"price": "3"})

    assert answer.status_code == 409
    assert "2,00\N{NO-BREAK SPACE}€" in answer.text
    session.expire_all()
    assert item.price_cents == 200


# Archived, and back


def test_an_archived_item_is_neither_sold_nor_quick(staff: Client, session: Session) -> None:
    item, buyer = BarItemFactory(), customer(1000)
    staff.submit(f"/bar/items/{item.id}/quick_access")

    answer = staff.delete(f"/api/bar/item/{item.id}")

    assert answer.status_code == 204
    assert staff.delete(f"/api/bar/item/{item.id}").status_code == 404
    assert staff.delete("/api/bar/item/999999").status_code == 404
    assert QUICK_ITEM.get(session) == 0
    sale = staff.post(f"/api/bar/pay/{buyer.id}/{item.id}", headers=HEADERS)
    assert sale.status_code == 404
    assert staff.open_page("/bar/items?archived=1").texts(".item-name") == [item.name]


def test_a_name_may_be_taken_while_its_item_is_archived(staff: Client, session: Session) -> None:
    item = BarItemFactory(name="Jus")
    staff.submit(f"/bar/items/{item.id}/archive")
    other = BarItemFactory(name="jus")

    staff.submit(f"/bar/items/{item.id}/restore")

    session.expire_all()
    assert item.archived
    staff.submit(f"/bar/items/{other.id}/archive")
    staff.submit(f"/bar/items/{item.id}/restore")
    session.expire_all()
    assert not item.archived


# Stock


def move(client: Client, item: BarItem, **typed: str) -> dict[str, str]:
    page = client.open_page(f"/bar/items/{item.id}/stock")
    form = "#count" if "counted" in typed else "#move"
    return fields(page, form, **typed)


@pytest.fixture
def beer(staff: Client, session: Session) -> BarItem:
    """An item that is counted: ten."""
    sent = {"name": "Bière", "price": "1", "is_quantifiable": "y", "quantity": "10"}
    staff.submit("/bar/items/new", **sent)
    return session.query(BarItem).filter_by(name="Bière").one()


@pytest.mark.parametrize(("change", "left"), [("24", 34), ("+1", 11), ("-3", 7), ("-10", 0)])
def test_a_delivery_or_a_loss_is_a_line(
    staff: Client, session: Session, beer: BarItem, change: str, left: int
) -> None:
    sent = move(staff, beer, change=change, reason="livraison")

    for _twice in range(2):
        staff.submit(f"/bar/items/{beer.id}/stock", **sent)

    assert stock_lines(session)[1:] == [(left - 10, left)]
    assert beer.quantity == left
    check_counts(session)


@pytest.mark.parametrize(
    "typed",
    [
        {"change": "-11", "reason": "casse"},
        {"change": "0", "reason": "rien"},
        {"change": "1e3", "reason": "nombre"},
        {"change": "3", "reason": ""},
    ],
)
def test_what_makes_no_sense_changes_no_stock(
    staff: Client, session: Session, beer: BarItem, typed: dict[str, str]
) -> None:
    sent = move(staff, beer, **typed)

    staff.submit(f"/bar/items/{beer.id}/stock", status=422, **sent)

    assert stock_lines(session) == [(10, 10)]


def test_a_count_loses_no_sale(staff: Client, session: Session, beer: BarItem) -> None:
    buyer = customer(1000)
    sent = move(staff, beer, counted="8", count_reason="comptage")
    staff.post(f"/api/bar/pay/{buyer.id}/{beer.id}", headers=HEADERS)

    staff.submit(f"/bar/items/{beer.id}/stock", **sent)

    assert stock_lines(session)[1:] == [(-2, 7)]
    check_counts(session)


def test_an_inventory_writes_each_difference_once(
    staff: Client, session: Session, beer: BarItem
) -> None:
    buyer = customer(1000)
    right = BarItemFactory(name="Chips", quantity=4)
    sent = fields(staff.open_page("/bar/items/inventory"))
    sent |= {f"counted_{beer.id}": "7", f"counted_{right.id}": "4"}
    staff.post(f"/api/bar/pay/{buyer.id}/{beer.id}", headers=HEADERS)

    for _twice in range(2):
        staff.submit("/bar/items/inventory", **sent)

    assert stock_lines(session)[1:] == [(-3, 6)]
    assert beer.quantity == 6


def test_an_inventory_is_written_as_a_whole_or_not_at_all(
    staff: Client, session: Session, beer: BarItem
) -> None:
    gone = BarItemFactory(name="Chips", quantity=4)
    sent = fields(staff.open_page("/bar/items/inventory"))
    sent |= {f"counted_{beer.id}": "7", f"counted_{gone.id}": "2"}
    staff.submit(f"/bar/items/{gone.id}/archive")

    staff.submit("/bar/items/inventory", status=409, **sent)

    assert stock_lines(session) == [(10, 10)]


@pytest.mark.once
def test_who_does_not_serve_changes_no_item(login: Login, session: Session) -> None:
    client = login(PCeenFactory(slugs=["eleve"]))

    assert client.post("/bar/items/new", data={"name": "Jus", "price": "1"}).status_code == 403
    assert session.query(BarItem).count() == 0
