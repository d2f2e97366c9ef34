"""The counter: what it shows of a customer, what it refuses before one asks, what it does."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import BarKind, BarMethod, PermissionScope as S, PermissionType as T
from app.models import AuditEvent, BarAccount, BarItem, BarTransaction, PCeen
from app.modules.bar.choices import ALCOHOL_CAP, DEPOSIT, OPEN, QUICK_ITEM
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import BarItemFactory, PCeenFactory, barman, customer, manager
from tests.factories.people import role_with

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
#: What a page may weigh.
HEAVIEST = 120_000


@pytest.fixture
def counter(login: Login, session: Session) -> Client:
    return login(barman(prenom="Georges", nom="Charpak"))


def page_of(client: Client, pceen: PCeen) -> Page:
    return client.open_page(f"/bar/user/{pceen.username}")


def key(page: Page, selector: str) -> str:
    """The key of a form of the page."""
    return str(page.html.select_one(f"{selector} [name=idempotency_key]")["value"])


def sale(client: Client, buyer: PCeen, sold: BarItem, **said: Any) -> Page:
    fields = {
        "item": f"{sold.id}-{sold.price_cents}",
        "idempotency_key": key(page_of(client, buyer), "form[data-menu-of-bar]"),
        **said,
    }
    return client.submit(f"/bar/user/{buyer.username}/sell", **fields)


def balance(session: Session, pceen: PCeen) -> int:
    session.expire_all()
    return session.get_one(BarAccount, pceen.id).balance_cents


def lines(session: Session) -> list[BarTransaction]:
    return list(session.scalars(sa.select(BarTransaction).order_by(BarTransaction.id)))


def choose(session: Session, choice: Any, value: object) -> None:
    choice.set(session, value)
    session.commit()


# Who opens it


@pytest.mark.parametrize("address", ["/bar/user/{}", "/api/bar/customer/{}"])
def test_the_counter_is_for_who_serves(login: Login, session: Session, address: str) -> None:
    someone = customer()
    address = address.format(someone.username)

    assert login(barman()).get(address).status_code == 200
    assert login(manager()).get(address).status_code == 200
    assert login(someone).get(address).status_code == 403
    assert login(PCeenFactory()).get(address).status_code == 403


def test_scripts_of_strangers_are_answered_in_json(client: Client, session: Session) -> None:
    answer = client.get(f"/api/bar/customer/{customer().username}")

    assert (answer.status_code, answer.json["error"]["status"]) == (401, 401)


@pytest.mark.parametrize("address", ["/bar/user/{}", "/api/bar/customer/{}"])
def test_who_does_not_come_to_the_bar_has_no_page(
    counter: Client, session: Session, address: str
) -> None:
    for name in ("nobody", "%00", "%25", "a%00b"):
        assert counter.get(address.format(name)).status_code == 404
    assert counter.get(address.format(PCeenFactory().username)).status_code == 404


# The card


@pytest.mark.parametrize(
    ("money", "deposit", "tone"),
    [
        (1000, False, "grey"),
        (0, True, "red"),
        (100, True, "red"),
        (101, True, "orange"),
        (500, True, "orange"),
        (501, True, "normal"),
    ],
)
def test_the_colour_follows_the_balance(
    counter: Client, session: Session, money: int, deposit: bool, tone: str
) -> None:
    page = page_of(counter, customer(money, deposit=deposit))

    assert f"is-{tone}" in page.html.select_one(".counter-now")["class"]


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        ([(T.read, S.bar), (T.all, S.gris)], "GRI"),
        ([(T.write, S.bar)], "équipe du bar"),
        ([(T.read, S.bar), (T.read, S.bar_stats)], "observateur"),
        ([(T.read, S.bar)], "client"),
    ],
)
def test_the_card_says_what_someone_is(
    counter: Client, session: Session, rights: list[tuple[T, S]], words: str
) -> None:
    role_with((T.all, S.gris))  # others may be GRIs
    page = page_of(counter, customer(roles=[role_with(*rights)]))

    assert page.texts(".customer-states .state")[0] == words


@pytest.mark.parametrize(
    ("birth", "words"),
    [
        (None, "âge inconnu"),
        (date(2008, 11, 25), "mineur"),
        (date(2008, 11, 24), "majeur"),
    ],
)
def test_the_card_says_an_age_and_no_birth_date(
    login: Login, session: Session, birth: date | None, words: str
) -> None:
    with time_machine.travel(NOON, tick=False):
        counter, someone = login(barman()), customer(birth_date=birth)
        answer = counter.get(f"/bar/user/{someone.username}")
        page = page_of(counter, someone)

    assert page.texts(".customer-states .state")[1] == words
    assert birth is None or (str(birth) not in answer.text and str(birth.year) not in answer.text)


def test_the_card_says_who_it_is(counter: Client, session: Session) -> None:
    someone = customer(1250, promo=None, email="ada@example.org")
    session.get_one(BarAccount, someone.id).call("La Comtesse")
    session.commit()

    page = page_of(counter, someone)

    assert page.text(".customer-nickname") == "La Comtesse"
    assert page.text(".customer-facts") == "extérieur ada@example.org"
    assert page.text("[data-balance]") == "12,50 €"
    assert page.text("[data-alcohol]") == "0 g sur 40 g"


def test_a_cap_of_nothing_says_so(counter: Client, session: Session) -> None:
    choose(session, ALCOHOL_CAP, "0")
    beer = BarItemFactory(alcohol_mass=Decimal("14.4"))

    page = page_of(counter, customer(1000))

    assert page.text("[data-alcohol]") == "pas d'alcool aujourd'hui"
    assert page.text(f"[value^='{beer.id}-'] small") == "limite d'alcool"


@pytest.mark.parametrize(
    ("money", "style"), [(100, "primary"), (500, "primary"), (501, "secondary")]
)
def test_the_card_takes_money_the_more_so_when_little_is_left(
    counter: Client, session: Session, money: int, style: str
) -> None:
    button = page_of(counter, customer(money)).html.select_one(".counter-now [data-money] a")

    assert button.text.strip() == "Recharger…"
    assert button["href"] == "#top-up"
    assert f"btn-{style}" in button["class"]


def test_the_card_says_whose_account_it_is(login: Login, session: Session) -> None:
    me, someone = barman(prenom="Georges", nom="Charpak"), customer(prenom="Ada", nom="Lovelace")
    counter = login(me)

    assert page_of(counter, me).text(".counter-whose") == "Georges Charpak c'est vous"
    assert page_of(counter, me).html.select("[data-money]") == []
    assert page_of(counter, someone).text(".counter-whose") == "Ada Lovelace"


def test_the_card_says_what_was_done_last(counter: Client, session: Session) -> None:
    buyer, beer = customer(1000), BarItemFactory(name="Bière", price_cents=350)

    page = sale(counter, buyer, beer)

    assert page.text("[data-result]") == "En dernier : Bière, -3,50 €"


def test_a_barman_finds_their_alert_birth_date_and_receipts(login: Login, session: Session) -> None:
    me = barman()
    client = login(me)

    links = {link["href"] for link in page_of(client, me).html.select(".counter-mine a")}

    assert links == {"/bar/me?view=client", "/bar/me/alert", "/bar/me/birth_date"}
    for address in links:
        assert client.get(address).status_code == 200
    session.get_one(BarAccount, me.id).birth_date = date(2000, 1, 1)
    session.commit()
    known = page_of(client, me).html.select(".counter-mine a")
    assert "/bar/me/birth_date" not in {link["href"] for link in known}
    assert page_of(client, customer()).html.select(".counter-mine") == []


# The menu


def test_favourites_come_first_then_the_others_by_name(counter: Client, session: Session) -> None:
    for name, index in (("Zinc", 0), ("Bière", 3), ("Éclair", 0), ("Anis", 3), ("Café", 9)):
        BarItemFactory(name=name, favorite_index=index)
    BarItemFactory(name="Gone", archived=True, live_name=None)

    page = page_of(counter, customer(1000))

    assert page.texts(".favourites .sell span") == ["Café", "Anis", "Bière"]
    assert page.texts(".sells:not(.favourites) .sell span") == ["Éclair", "Zinc"]
    assert page.text("#others-title") == "Les autres articles (2)"
    assert page.html.select_one(".to-others")["href"] == "#others-title"


def test_the_quick_item_comes_before_all(counter: Client, session: Session) -> None:
    item = BarItemFactory(name="Café", price_cents=50)
    choose(session, QUICK_ITEM, item.id)

    page = page_of(counter, customer(1000))

    assert page.text(".sell-quick") == "Café 0,50 €"


@pytest.mark.parametrize("index", [0, 5])
def test_the_quick_item_is_not_repeated(counter: Client, session: Session, index: int) -> None:
    item = BarItemFactory(name="Café", favorite_index=index)
    BarItemFactory(name="Thé", favorite_index=index)
    choose(session, QUICK_ITEM, item.id)

    page = page_of(counter, customer(1000))

    assert page.texts(".sell span") == ["Café", "Thé"]


@pytest.mark.parametrize(("count", "fields"), [(12, 0), (13, 1)])
def test_an_item_is_looked_for_among_many(
    counter: Client, session: Session, count: int, fields: int
) -> None:
    for _ in range(count):
        BarItemFactory()

    page = page_of(counter, customer(1000))

    assert len(page.html.select("[data-filter]")) == fields


def test_all_the_reasons_are_told_before_one_asks(counter: Client, session: Session) -> None:
    choose(session, ALCOHOL_CAP, "10.0")
    beer = BarItemFactory(price_cents=500, alcohol_mass=Decimal("14.4"), quantity=0)
    young = customer(100, birth_date=clock.today() - timedelta(days=365 * 15))

    page = page_of(counter, young)

    button = page.html.select_one(f"[value^='{beer.id}-']")
    assert button.has_attr("disabled")
    assert button["data-why"] == "funds age alcohol stock"
    assert button.small.text == "solde insuffisant, client mineur, limite d'alcool, épuisé"


def test_without_a_caution_one_may_only_take_it(counter: Client, session: Session) -> None:
    BarItemFactory()
    choose(session, DEPOSIT, 2000)

    page = page_of(counter, customer(1000, deposit=False))

    assert page.html.select(".sell") == []
    assert page.text(".counter-now [data-money]") == "Prendre la caution…"
    assert page.texts(".counter-tools .buttons > *") == []
    assert "20,00 €" in page.text("#deposit .dialog-body > p")


def test_the_page_stands_without_items_nor_quick_item(counter: Client, session: Session) -> None:
    choose(session, QUICK_ITEM, 999)

    page = page_of(counter, customer(1000))

    assert page.html.select(".sell") == []
    assert "Rien n'est encore à vendre." in page.text(".menu-of-bar")


def test_a_hostile_name_is_only_a_name(counter: Client, session: Session) -> None:
    name = 'Jean "O\'Neil" </script><script>alert(1)</script>'
    someone = customer(1000, prenom="Jean", nom=name[5:])
    item = BarItemFactory(name='"O\'Neil" </script>')
    answer = counter.get(f"/bar/user/{someone.username}")

    page = sale(counter, someone, item)

    assert "<script>alert" not in answer.text
    assert page.text("h1") == name
    assert page.flashes[0].startswith('Vendu : "O\'Neil" </script>,')
    assert page.texts(".line-text") == ['"O\'Neil" </script>']


# Selling without scripts


def test_a_button_sells(counter: Client, session: Session) -> None:
    buyer, beer = customer(1000), BarItemFactory(name="Bière", price_cents=350)

    page = sale(counter, buyer, beer)

    assert page.flashes == ["Vendu : Bière, 3,50 €. Solde : 6,50 €."]
    assert page.text("h1") == buyer.full_name
    assert page.texts(".line-text") == ["Bière"]
    assert balance(session, buyer) == 650


def test_the_same_form_twice_sells_once(counter: Client, session: Session) -> None:
    buyer, beer, tea = customer(1000), BarItemFactory(), BarItemFactory()
    first = key(page_of(counter, buyer), "form[data-menu-of-bar]")

    sale(counter, buyer, beer, idempotency_key=first)
    again = sale(counter, buyer, beer, idempotency_key=first)
    other = sale(counter, buyer, tea, idempotency_key=first)

    assert again.flashes == ["Cette vente était déjà faite : rien n'a été vendu une seconde fois."]
    assert other.flashes == ["Cette page a déjà servi à une autre vente : la voici à jour."]
    assert len(lines(session)) == 1


def test_a_price_that_changed_sells_nothing(counter: Client, session: Session) -> None:
    buyer, beer = customer(1000), BarItemFactory(price_cents=350)

    page = sale(counter, buyer, beer, item=f"{beer.id}-300")

    assert page.flashes == ["Le prix a changé : c'est maintenant 3,50 €. Rien n'a été vendu."]
    assert lines(session) == []


def test_a_refused_sale_says_why_on_the_same_page(counter: Client, session: Session) -> None:
    buyer, beer = customer(100), BarItemFactory(price_cents=350)

    page = sale(counter, buyer, beer)

    assert page.flashes == ["Le solde est insuffisant."]
    assert page.text("h1") == buyer.full_name
    assert lines(session) == []


@pytest.mark.parametrize("item", ["", "x", "1", "1-", "-1-5", "1-5-2", "９-5", "9" * 12])
def test_nonsense_sells_nothing(counter: Client, session: Session, item: str) -> None:
    buyer = customer(1000)
    BarItemFactory()

    page = sale(counter, buyer, BarItemFactory(), item=item)

    assert len(page.flashes) == 1
    assert lines(session) == []


def test_a_barman_sells_to_themselves_and_takes_nothing_back(
    login: Login, session: Session
) -> None:
    me = barman()
    account = session.get_one(BarAccount, me.id)
    account.balance_cents, account.deposit_cents = 1000, 0
    session.commit()
    client, item = login(me), BarItemFactory()

    page = sale(client, me, item)

    assert page.texts(".line-text") == [item.name]
    assert page.html.select(".line .line-undo") == []
    assert page.html.select(".counter-tools .buttons") == []


# Money without scripts


def moved(client: Client, buyer: PCeen, what: str, *, status: int = 200, **said: Any) -> Page:
    address = f"/bar/user/{buyer.username}/{what}"
    fields = {"idempotency_key": key(client.open_page(address), "main form"), **said}
    return client.submit(address, status=status, **fields)


def test_money_is_put_on_an_account(counter: Client, session: Session) -> None:
    buyer = customer(500)

    page = moved(counter, buyer, "top_up", amount="12,50", method="card")

    assert page.flashes == ["Compte rechargé de 12,50 €. Solde : 17,50 €."]
    (line,) = lines(session)
    assert (line.type, line.method, line.balance_change_cents) == (
        BarKind.top_up,
        BarMethod.card,
        1250,
    )


@pytest.mark.parametrize("amount", ["nan", "inf", "1e3", "-5", "0", "99999", "1_0", "１５", ""])
def test_an_amount_that_is_none_moves_nothing(
    counter: Client, session: Session, amount: str
) -> None:
    page = moved(counter, customer(500), "top_up", status=422, amount=amount, method="cash")

    assert page.html.select_one("#amount")["value"] == amount
    assert page.html.select(".field-errors")
    assert lines(session) == []


def test_what_the_ledger_refuses_is_said_on_the_form(counter: Client, session: Session) -> None:
    page = moved(
        counter, customer(0, deposit=False), "top_up", status=422, amount="5", method="cash"
    )

    assert page.text(".error-summary li") == "La caution n'est pas payée."
    assert page.html.select_one("#amount")["value"] == "5"


def test_the_same_form_moves_money_once(counter: Client, session: Session) -> None:
    buyer = customer(0)
    address = f"/bar/user/{buyer.username}/top_up"
    fields = {"idempotency_key": "a-key-of-a-form", "amount": "5", "method": "cash"}

    for _ in range(2):
        counter.submit(address, **fields)
    other = counter.submit(address, status=409, **fields | {"amount": "6"})

    assert balance(session, buyer) == 500
    assert key(other, "main form") != "a-key-of-a-form"


def test_the_caution_is_taken_and_given_back(counter: Client, session: Session) -> None:
    choose(session, DEPOSIT, 2000)
    buyer = customer(0, deposit=False)

    taken = moved(counter, buyer, "deposit", method="cheque")
    choose(session, DEPOSIT, 3000)
    given = moved(counter, buyer, "deposit_refund", method="cheque")

    assert taken.flashes == ["Caution prise : 20,00 €."]
    assert given.flashes == ["Caution rendue : 20,00 €."]
    assert [line.deposit_change_cents for line in lines(session)] == [2000, -2000]


@pytest.mark.parametrize("what", ["top_up", "deposit", "deposit_refund"])
def test_nobody_moves_their_own_money(login: Login, session: Session, what: str) -> None:
    me = barman()
    client = login(me)

    page = moved(client, me, what, status=422, amount="5", method="cash")

    assert "sur son propre compte" in page.text(".error-summary li")
    assert lines(session) == []


def test_a_manager_gives_money_back_and_puts_balances_right(login: Login, session: Session) -> None:
    boss, buyer = login(manager()), customer(1000)

    back = moved(boss, buyer, "refund", amount="4", method="transfer", reason="il part")
    right = moved(boss, buyer, "adjust", amount="-1,50", reason="erreur de saisie")

    assert back.flashes == ["Remboursé : 4,00 €. Solde : 6,00 €."]
    assert right.flashes == ["Solde corrigé de -1,50 €. Solde : 4,50 €."]
    assert [line.reason for line in lines(session)] == ["il part", "erreur de saisie"]


def test_a_correction_says_why(login: Login, session: Session) -> None:
    page = moved(login(manager()), customer(1000), "adjust", status=422, amount="1", reason="")

    assert page.html.select("#reason-errors")
    assert lines(session) == []


def test_managers_tools_are_theirs(login: Login, session: Session) -> None:
    buyer = customer(1000)

    mine = page_of(login(barman()), buyer).texts(".counter-tools .buttons > *")
    theirs = page_of(login(manager()), buyer).texts(".counter-tools .buttons > *")

    assert mine == ["Rendre la caution…"]
    assert theirs == [*mine, "Rembourser…", "Corriger le solde…"]
    for what in ("refund", "adjust"):
        assert login(barman()).get(f"/bar/user/{buyer.username}/{what}").status_code == 403


# Undoing without scripts


def undone(client: Client, buyer: PCeen) -> Page:
    form = page_of(client, buyer).html.select_one(".lines-list [data-undo]")
    return client.submit(form["action"], idempotency_key=form.select_one("[name^=idem]")["value"])


def test_a_line_is_undone_by_its_button(counter: Client, session: Session) -> None:
    buyer, beer = customer(1000), BarItemFactory(name="Bière", quantity=3)
    sale(counter, buyer, beer)

    page = undone(counter, buyer)

    assert page.flashes == ["Opération annulée. Solde : 10,00 €."]
    (line,) = page.html.select(".line")
    assert "is-undone" in line["class"]
    assert line.select("[data-amount]") == []
    note = " ".join(line.select_one("[data-note]").text.split())
    assert note.startswith("annulé par Georges Charpak, ")
    assert line.select(".line-undo") == []


def test_what_came_from_the_site_says_so(counter: Client, session: Session) -> None:
    buyer = customer(0)
    session.add(
        BarTransaction(
            client_id=buyer.id,
            bar_day=clock.today(),
            bar_hour=20,
            type=BarKind.top_up,
            balance_change_cents=2000,
            balance_after_cents=2000,
            method=BarMethod.card,
        )
    )
    session.commit()

    assert page_of(counter, buyer).texts(".line-text") == ["rechargement en ligne"]


def test_a_barman_has_so_long_and_a_manager_as_long_as_they_say_why(
    login: Login, session: Session
) -> None:
    with time_machine.travel(NOON, tick=False):
        buyer, item = customer(1000), BarItemFactory()
        sale(login(barman()), buyer, item)
    (line,) = lines(session)
    address = f"/bar/transactions/{line.id}/reverse"
    with time_machine.travel(NOON + timedelta(hours=24, minutes=1), tick=False):
        assert page_of(login(barman()), buyer).html.select(".line .line-undo") == []
        assert "Vous ne pouvez pas annuler" in login(barman()).open_page(address).text(".notice")
        login(barman()).submit(address, status=403, idempotency_key="key-of-a-barman")
        boss = login(manager())
        assert page_of(boss, buyer).text(".line .line-undo") == "Annuler…"
        silent = boss.submit(address, status=422, idempotency_key="key-of-a-boss")
        page = boss.submit(address, idempotency_key="key-of-a-boss", reason="mal tapé")

    assert silent.html.select("#reason-errors")
    assert page.flashes == ["Opération annulée. Solde : 10,00 €."]


def test_undoing_what_is_not_there_is_a_404(counter: Client, session: Session) -> None:
    assert counter.get("/bar/transactions/999999/reverse").status_code == 404
    assert counter.post("/bar/transactions/999999/reverse").status_code == 404


# For scripts


def test_scripts_are_told_of_a_customer(counter: Client, session: Session) -> None:
    buyer = customer(1000)
    beer = BarItemFactory(
        name="Bière", price_cents=350, alcohol_mass=Decimal("14.4"), quantity=3, favorite_index=2
    )
    dear = BarItemFactory(name="Champagne", price_cents=9000)
    sale(counter, buyer, beer)

    told = counter.get(f"/api/bar/customer/{buyer.username}").json

    (line,) = told.pop("transactions")
    assert told == {
        "id": buyer.id,
        "username": buyer.username,
        "name": buyer.full_name,
        "nickname": None,
        "has_deposit": True,
        "balance_cents": 650,
        "alcohol_today": 14.4,
        "alcohol_cap": 40.0,
        "is_open": True,
        "quick_item": None,
        "menu": [
            {
                "id": beer.id,
                "name": "Bière",
                "price_cents": 350,
                "alcohol_mass": 14.4,
                "quantity": 2,
                "favorite_index": 2,
                "reasons": [],
            },
            {
                "id": dear.id,
                "name": "Champagne",
                "price_cents": 9000,
                "alcohol_mass": 0.0,
                "quantity": None,
                "favorite_index": 0,
                "reasons": ["funds"],
            },
        ],
    }
    assert line["undo"] == "press"
    assert (line["type"], line["text"], line["amount_cents"]) == ("pay_item", "Bière", -350)
    assert (line["undone"], line["undone_at"]) == ("", None)


def test_without_a_caution_scripts_are_told_why(counter: Client, session: Session) -> None:
    BarItemFactory(price_cents=100)

    told = counter.get(f"/api/bar/customer/{customer(deposit=False).username}").json

    assert told["menu"][0]["reasons"] == ["deposit", "funds"]


def test_the_quick_item_is_chosen(counter: Client, session: Session) -> None:
    item = BarItemFactory()

    answer = counter.patch(f"/api/bar/quick_access_item/{item.id}")

    assert answer.status_code == 204
    assert QUICK_ITEM.get(session) == item.id
    written = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "bar.settings.change")
    ).one()
    assert written.after == {QUICK_ITEM.key: item.id}


def test_only_what_is_sold_is_a_quick_item(counter: Client, session: Session) -> None:
    archived = BarItemFactory(archived=True, live_name=None)

    for number in (archived.id, 999_999):
        answer = counter.patch(f"/api/bar/quick_access_item/{number}")
        assert (answer.status_code, answer.json["error"]["status"]) == (404, 404)


def test_who_does_not_serve_chooses_no_quick_item(login: Login, session: Session) -> None:
    item = BarItemFactory()

    assert login(customer()).patch(f"/api/bar/quick_access_item/{item.id}").status_code == 403


# Open or closed


def test_the_bar_is_closed_and_opened(counter: Client, session: Session) -> None:
    buyer, item = customer(1000), BarItemFactory()

    shut = counter.submit("/bar/open", came_from=f"/bar/user/{buyer.username}", open="no")

    assert shut.flashes == ["Le bar est fermé : rien ne se vend jusqu'à sa réouverture."]
    assert "Le bar est fermé" in shut.text(".notice-title")
    assert shut.text(f"[value^='{item.id}-'] small") == "bar fermé"
    assert sale(counter, buyer, item).flashes == ["Le bar est fermé."]

    opened = counter.submit("/bar/open", came_from=f"/bar/user/{buyer.username}", open="yes")

    assert opened.flashes == ["Le bar est ouvert."]
    assert opened.html.select(".sell:not([disabled])")
    events = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "bar.settings.change")
    ).all()
    assert [(one.before, one.after) for one in events] == [
        ({OPEN.key: True}, {OPEN.key: False}),
        ({OPEN.key: False}, {OPEN.key: True}),
    ]


# Its cost


def fill(session: Session, buyer: PCeen, count: int) -> None:
    """So many lines on an account."""
    session.execute(
        sa.insert(BarTransaction),
        [
            {
                "client_id": buyer.id,
                "at": NOON,
                "bar_day": date(2026, 11, 24),
                "bar_hour": 20,
                "type": BarKind.pay_item,
                "item_name": "Bière",
                "balance_change_cents": -100,
                "balance_after_cents": 0,
            }
            for _ in range(count)
        ],
    )
    session.commit()


def test_the_page_costs_the_same_however_much_there_is(
    counter: Client, session: Session, queries: list[str]
) -> None:
    buyer, address = customer(1000), "/bar/user/{}"
    counts = []
    for items, count in ((5, 5), (195, 4995)):
        for _ in range(items):
            BarItemFactory()
        fill(session, buyer, count)
        session.expire_all()
        queries.clear()
        counter.get(address.format(buyer.username))
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 10, "\n".join(queries)


def test_the_page_is_light_with_many_items(counter: Client, session: Session) -> None:
    choose(session, ALCOHOL_CAP, "10.0")
    for number in range(200):
        BarItemFactory(
            name=f"Bière d'abbaye brassée à l'ancienne, {number}",
            price_cents=350,
            alcohol_mass=Decimal("14.4"),
            quantity=0,
            favorite_index=number % 12,
        )

    answer = counter.get(f"/bar/user/{customer(100).username}")

    assert answer.status_code == 200
    assert len(answer.data) <= HEAVIEST


def test_older_lines_are_one_page_away(counter: Client, session: Session) -> None:
    buyer = customer(1000)
    fill(session, buyer, 7)

    first = page_of(counter, buyer)
    older = counter.open_page(first.html.select_one(".lines-pages a")["href"].partition("#")[0])

    assert len(first.html.select(".line")) == 5
    assert len(older.html.select(".line")) == 2
    assert re.search(r"before=\d+", older.html.select_one(".lines-pages a")["href"])


@pytest.mark.once
def test_names_of_the_api_are_data(counter: Client, session: Session) -> None:
    BarItemFactory(name="</script>")
    text = counter.get(f"/api/bar/customer/{customer().username}").text

    assert json.loads(text)["menu"][0]["name"] == "</script>"
