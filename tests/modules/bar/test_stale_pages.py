"""Pages that stayed open while the bar went on: what they would do wrong, they do not do."""

import pytest
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T
from app.models import BALANCE_MAX, BarAccount, BarClosing, BarItem
from app.modules.bar.choices import DEPOSIT
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import BarItemFactory, PCeenFactory, barman, customer, manager
from tests.factories.people import role_with
from tests.modules.bar.counter import new_key
from tests.modules.bar.test_items import check_counts, edit, fields
from tests.modules.bar.test_recharge import takes
from tests.modules.payments.conftest import Spoken, lydia

__all__ = ["lydia"]


@pytest.fixture
def staff(login: Login) -> Client:
    return login(barman())


def key() -> dict[str, str]:
    return {"Idempotency-Key": new_key()}


def sell(staff: Client, item: BarItem, times: int) -> None:
    buyer = customer(5000)
    for _ in range(times):
        answer = staff.post(f"/api/bar/pay/{buyer.id}/{item.id}", headers=key())
        assert answer.status_code == 201


# Stock


def test_a_form_of_an_item_that_is_refused_makes_no_stock(staff: Client, session: Session) -> None:
    beer = BarItemFactory(name="Bière", quantity=10)
    BarItemFactory(name="Jus")
    sent = edit(staff, beer, name="Jus")
    sell(staff, beer, 3)

    refused = Page(staff.post(f"/bar/items/{beer.id}/edit", data=sent))
    mended = fields(refused, name="Bière blonde")

    assert staff.post(f"/bar/items/{beer.id}/edit", data=mended).status_code == 303
    session.expire_all()
    assert beer.quantity == 7


def test_a_stale_form_of_an_item_makes_no_stock(staff: Client, session: Session) -> None:
    beer = BarItemFactory(name="Bière", quantity=10)
    sent = edit(staff, beer, price="2")
    staff.post(f"/bar/items/{beer.id}/edit", data=edit(staff, beer, price="3"))
    sell(staff, beer, 3)

    refused = staff.post(f"/bar/items/{beer.id}/edit", data=sent)
    staff.post(f"/bar/items/{beer.id}/edit", data=fields(Page(refused)))

    assert refused.status_code == 409
    session.expire_all()
    assert (beer.price_cents, beer.quantity) == (200, 7)


def test_what_was_sold_during_an_inventory_is_counted_again(
    staff: Client, session: Session
) -> None:
    beer = BarItemFactory(quantity=5)
    counted = f"counted_{beer.id}"
    sent = fields(staff.open_page("/bar/items/inventory"), reason="soir") | {counted: "2"}
    sell(staff, beer, 4)

    refused = staff.post("/bar/items/inventory", data=sent)
    again = fields(Page(refused)) | {counted: "1"}

    assert refused.status_code == 409
    assert staff.post("/bar/items/inventory", data=again).status_code == 303
    session.expire_all()
    assert beer.quantity == 1


def test_an_inventory_that_comes_back_changed_is_counted_against_what_there_is(
    staff: Client, session: Session
) -> None:
    beer = BarItemFactory(quantity=10)
    counted = f"counted_{beer.id}"
    sent = fields(staff.open_page("/bar/items/inventory"), reason="soir") | {counted: "8"}
    staff.post("/bar/items/inventory", data=sent)
    staff.post("/bar/items/inventory", data=sent)

    refused = staff.post("/bar/items/inventory", data=sent | {counted: "6"})
    session.expire_all()
    assert (refused.status_code, beer.quantity) == (409, 8)

    staff.post("/bar/items/inventory", data=fields(Page(refused)))
    session.expire_all()
    assert beer.quantity == 6


def test_another_item_from_the_page_of_one_that_was_made_is_not_said_to_be_there(
    staff: Client, session: Session
) -> None:
    sent = fields(staff.open_page("/bar/items/new"), name="Jus", price="1")
    staff.post("/bar/items/new", data=sent)

    refused = staff.post("/bar/items/new", data=sent | {"name": "Bière"})
    staff.post("/bar/items/new", data=fields(Page(refused)))

    assert refused.status_code == 409
    assert sorted(item.name for item in session.query(BarItem)) == ["Bière", "Jus"]
    check_counts(session)


# Money


def test_a_cash_box_that_comes_back_changed_is_not_said_to_be_counted(
    staff: Client, session: Session
) -> None:
    sent = fields(staff.open_page("/bar/cash"), counted="5", note="fond")
    staff.post("/bar/cash", data=sent)

    assert staff.post("/bar/cash", data=sent).status_code == 303
    assert staff.post("/bar/cash", data=sent | {"counted": "7"}).status_code == 409
    assert [one.counted_cents for one in session.query(BarClosing)] == [500]


def test_a_caution_is_what_the_page_said_or_nothing_is_written(
    staff: Client, session: Session
) -> None:
    ada = customer(deposit=False)
    DEPOSIT.set(session, 1000)
    session.commit()
    path = f"/bar/user/{ada.username}/deposit"
    sent = fields(staff.open_page(path), method="cash")
    DEPOSIT.set(session, 5000)
    session.commit()

    refused = staff.post(path, data=sent)
    account = session.get_one(BarAccount, ada.id)
    session.expire_all()
    assert (refused.status_code, account.deposit_cents) == (409, None)
    assert "50,00" in refused.text

    staff.post(path, data=fields(Page(refused), method="cash"))
    session.expire_all()
    assert account.deposit_cents == 5000


def test_a_second_caution_is_given_back_once(staff: Client, session: Session) -> None:
    ada = customer()
    account = session.get_one(BarAccount, ada.id)
    account.deposit_cents, account.deposit_owed_cents = 1000, 1500
    session.commit()
    path = f"/bar/user/{ada.username}/deposit_refund"
    one, other = (fields(staff.open_page(path), method="cash") for _ in range(2))

    answers = [staff.post(path, data=sent).status_code for sent in (one, other)]

    session.expire_all()
    assert answers == [303, 409]
    assert (account.deposit_cents, account.deposit_owed_cents) == (1000, 0)


def test_a_script_may_say_which_caution_it_saw(staff: Client, session: Session) -> None:
    ada = customer(deposit=False)
    DEPOSIT.set(session, 5000)
    session.commit()

    answer = staff.post(f"/api/bar/deposit/{ada.id}", json={"expected_amount": 1000}, headers=key())

    assert answer.status_code == 409
    assert answer.json["error"]["detail"] == {"amount_cents": 5000}


def test_undoing_a_refund_leaves_room_for_what_is_coming(
    login: Login, session: Session, lydia: Spoken
) -> None:
    lydia.says = takes
    ada, boss = customer(BALANCE_MAX), manager()
    refund = {"amount": "20", "method": "cash", "reason": "x"}
    done = login(boss).post(f"/api/bar/refund/{ada.id}", json=refund, headers=key())
    login(ada).post("/bar/recharge", data={"amount": "20"})

    answer = login(boss).post(
        f"/api/bar/revert_transaction/{done.json['transaction']['id']}",
        json={"reason": "y"},
        headers=key(),
    )

    assert answer.status_code == 422
    assert session.get_one(BarAccount, ada.id).balance_cents == BALANCE_MAX - 2000


# Who no longer comes to the bar


def test_a_sale_that_is_sent_again_is_answered_though_its_client_left(
    staff: Client, session: Session
) -> None:
    ada, juice, again = customer(500), BarItemFactory(), key()
    path = f"/api/bar/pay/{ada.id}/{juice.id}"
    first = staff.post(path, headers=again)
    ada.roles = []
    session.commit()

    assert staff.post(path, headers=again).text == first.text
    assert staff.post(path, headers=key()).status_code == 404


def test_who_left_is_given_their_money_back(login: Login, session: Session) -> None:
    gone, boss = customer(2000, roles=[]), manager()
    path = f"/bar/user/{gone.username}/refund"
    sent = fields(login(boss).open_page(path), method="cash", reason="départ")

    answer = login(boss).post(path, data=sent)

    assert login(boss).get(answer.headers["Location"]).status_code == 200
    assert session.get_one(BarAccount, gone.id).balance_cents == 0


def test_the_page_of_who_left_leads_to_their_money(login: Login, session: Session) -> None:
    gone = customer(2000, roles=[])
    gri = PCeenFactory(roles=[role_with((T.all, S.gris), (T.all, S.bar))])

    page = login(gri).open_page(f"/gris/pceens/{gone.id}")

    links = {str(one["href"]) for one in page.html.select("#bar a[href]")}
    assert links == {
        f"/bar/user/{gone.username}/refund",
        f"/bar/user/{gone.username}/deposit_refund",
    }


# Who sees what


def test_a_gri_who_does_not_serve_sees_no_nickname(login: Login, session: Session) -> None:
    ada = customer()
    session.get_one(BarAccount, ada.id).call("Reine secrète")
    session.commit()
    gri = login(PCeenFactory(roles=[role_with((T.all, S.gris))]))

    answer = gri.post(f"/bar/user/{ada.username}/birth_date", data={"birth_date": "hier"})

    assert answer.status_code == 422
    assert "Reine secrète" not in answer.text


def test_what_a_client_changes_does_not_stop_who_edits_their_nickname(
    login: Login, session: Session
) -> None:
    ada, serving = customer(), barman()
    path = f"/bar/user/{ada.username}/edit"
    sent = fields(login(serving).open_page(path), form="#looks", nickname="Zed")
    login(ada).post("/bar/qrcode/renew")

    assert login(serving).post(path, data=sent).status_code == 303


def test_an_export_may_be_asked_about_without_being_read(staff: Client) -> None:
    assert staff.head("/bar/export").status_code == 200
