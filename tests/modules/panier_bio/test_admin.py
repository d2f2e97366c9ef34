"""The orders of a date and the settings, as the team sees and changes them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.enums import BasketPayment, BasketStatus
from app.models import AuditEvent, OrderPanierBio, PanierBioDate, PeriodPanierBio
from app.modules.panier_bio.choices import ACCESS, CAPACITY, DAY, DEADLINE, PRICE
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.community import BasketFactory, PeriodFactory, basket_manager, open_orders

pytestmark = pytest.mark.once

#: A Monday, at ten.
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FIRST, SECOND = date(2026, 11, 24), date(2026, 12, 1)
ADMIN = "/panier_bio/admin"


@pytest.fixture(autouse=True)
def _on_a_monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def period() -> PeriodPanierBio:
    """Tuesdays, from the day after."""
    found: PeriodPanierBio = PeriodFactory(start_date=FIRST, end_date=date(2027, 1, 31))
    return found


@pytest.fixture
def staff(login: Login, period: PeriodPanierBio) -> Client:
    open_orders()
    return login(basket_manager(locale="fr"))


def basket(period: PeriodPanierBio, day: date = FIRST, **columns: Any) -> OrderPanierBio:
    """An order of a member."""
    found: OrderPanierBio = BasketFactory(period=period, date=day, **columns)
    return found


def visitors(period: PeriodPanierBio, email: str, day: date = FIRST, **columns: Any) -> Any:
    """An order of a visitor."""
    return basket(period, day, pceen=None, email=email, **columns)


def fields(page: Page, form: str) -> dict[str, Any]:
    """What a form of the page sends."""
    sent: dict[str, Any] = {}
    for field in page.html.select(f"{form} :is(input, select, textarea)[name]"):
        kind = field.get("type")
        if field.name == "select":
            sent[field["name"]] = field.select_one("[selected]")["value"]
        elif field.name == "textarea":
            sent[field["name"]] = field.get_text().strip()
        elif kind not in ("checkbox", "radio") or field.has_attr("checked"):
            sent[field["name"]] = field.get("value", "")
    return sent


def names(page: Page) -> list[str]:
    return page.texts(".basket-table .basket-name")


# Which date


def test_without_a_date_the_next_distribution_is_shown(
    staff: Client, period: PeriodPanierBio
) -> None:
    basket(period, name="Ada Lovelace")
    basket(period, SECOND, name="Grace Hopper")
    page = staff.open_page(ADMIN)
    assert page.text(".basket-title time") == "mardi 24 novembre 2026"
    assert names(page) == ["Ada Lovelace"]


@pytest.mark.parametrize("asked", ["2026-13-45", "abc", "", "2026-12-1", "9999-12-31"])
def test_what_is_no_date_falls_back_to_the_next_distribution(staff: Client, asked: str) -> None:
    page = staff.open_page(f"{ADMIN}?date={asked}")
    assert page.text(".basket-title time") == "mardi 24 novembre 2026"
    assert page.texts(".notice") == []


def test_a_day_without_a_distribution_is_said_to_have_none(staff: Client) -> None:
    page = staff.open_page(f"{ADMIN}?date=2026-11-25")
    assert page.text(".basket-title time") == "mardi 24 novembre 2026"
    assert page.texts(".notice-title") == [
        "Il n'y a pas de distribution le mercredi 25 novembre 2026."
    ]


def test_the_list_goes_sixty_days_back_and_older_dates_are_chosen(
    staff: Client, period: PeriodPanierBio
) -> None:
    before = PeriodFactory(start_date=date(2026, 1, 1), end_date=date(2026, 11, 1), active=False)
    for day in (date(2026, 3, 3), NOW.date() - timedelta(61), NOW.date() - timedelta(60)):
        basket(before, day, name=f"Le {day}")
    page = staff.open_page(ADMIN)
    days = [one["datetime"] for one in page.html.select(".basket-date time")]
    assert days[:3] == ["2026-09-24", "2026-11-24", "2026-12-01"]
    assert names(staff.open_page(f"{ADMIN}?date=2026-03-03")) == ["Le 2026-03-03"]


def test_without_any_period_the_page_says_what_to_do(login: Login) -> None:
    page = login(basket_manager(locale="fr")).open_page(ADMIN)
    assert "Aucune distribution n'est prévue" in page.text(".empty")


def test_the_last_distribution_is_shown_when_none_is_to_come(login: Login) -> None:
    before = PeriodFactory(start_date=date(2026, 10, 1), end_date=date(2026, 11, 1))
    page = login(basket_manager(locale="fr")).open_page(ADMIN)
    assert before.active
    assert page.text(".basket-title time") == "mardi 27 octobre 2026"


# What is shown of it


def test_everything_of_an_order_is_shown_and_the_totals_by_payment(
    staff: Client, period: PeriodPanierBio
) -> None:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", promo=144, email="ada@example.org")
    basket(period, pceen=ada, price=1250, payment_made=True, taken=True, comment="sans chou")
    visitors(
        period,
        "grace@example.org",
        name="Grace Hopper",
        service="LPEM",
        phone_number="06 12 34 56 78",
        price=1250,
        payment_method=BasketPayment.transfer,
        treasurer_validate=True,
    )
    page = staff.open_page(ADMIN)
    ada_row, grace_row = page.texts(".basket-table tbody tr")
    for said in ("Ada Lovelace", "144", "ada@example.org", "espèces", "12,50"):
        assert said in ada_row
    assert "sans chou" in ada_row
    for said in ("Grace Hopper", "LPEM", "06 12 34 56 78", "grace@example.org", "virement"):
        assert said in grace_row
    assert "24/11/2026" in grace_row
    icons = [len(row.select(".basket-name svg")) for row in page.html.select("tbody tr")]
    assert icons == [1, 0]
    whole = " ".join(page.text("dl.basket-sums:first-of-type").split())
    assert "Paniers 2 1 pris" in whole
    assert "25,00" in whole
    by_way = page.texts("dl.basket-sums:last-of-type > div")
    assert by_way[0].startswith("Espèces lors du retrait 1 panier 12,50")
    assert by_way[1].startswith("Par virement 1 panier 0,00")


def test_who_waits_is_listed_apart_in_order_and_who_cancelled_is_not(
    staff: Client, period: PeriodPanierBio
) -> None:
    basket(period, name="A un panier")
    late, early = NOW, NOW - timedelta(hours=1)
    basket(period, name="Deuxième", status=BasketStatus.waiting, created_at=late)
    basket(period, name="Première", status=BasketStatus.waiting, created_at=early)
    basket(period, name="Plus là", status=BasketStatus.cancelled)
    page = staff.open_page(ADMIN)
    assert names(page) == ["A un panier", "Première", "Deuxième"]
    assert page.text(".basket-waiting h2") == "2 personnes en liste d'attente"


def test_nothing_says_none_of_who_left_nothing(staff: Client, period: PeriodPanierBio) -> None:
    visitors(period, None, name="De passage", service="LPEM")  # type: ignore[arg-type]
    assert "None" not in staff.open_page(ADMIN).html.get_text()


def test_four_hundred_orders_take_twelve_statements_and_two_pages(
    staff: Client, session: Session, period: PeriodPanierBio, queries: list[str]
) -> None:
    orders = [
        OrderPanierBio(
            date=FIRST,
            period_id=period.id,
            name=f"Client {number:03}",
            service="LPEM",
            email=f"client{number}@example.org",
            live_email=f"client{number}@example.org",
            payment_method=BasketPayment.cash,
            price=1000,
            status=BasketStatus.confirmed,
        )
        for number in range(400)
    ]
    session.add_all(orders)
    session.commit()
    staff.open_page(ADMIN)
    queries.clear()
    page = staff.open_page(ADMIN)
    assert len(queries) <= 12, queries
    assert len(names(page)) == 200
    last = names(staff.open_page(f"{ADMIN}?page=2"))
    assert (len(last), last[-1]) == (200, "Client 399")


# Searching


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lovelace", ["Ada Lovelace"]),
        ("lpem", ["Grace Hopper"]),
        ("grace@", ["Grace Hopper"]),
        ("ada@ex", ["Ada Lovelace"]),
        ("0612345678", ["Grace Hopper"]),
        ("12 34 56", ["Grace Hopper"]),
        ("%", []),
        ("_", ["a_b"]),
        ("personne", []),
    ],
)
def test_orders_of_all_times_are_searched_literally(
    staff: Client, period: PeriodPanierBio, typed: str, found: list[str]
) -> None:
    old = PeriodFactory(start_date=date(2019, 1, 1), end_date=date(2019, 2, 1), active=False)
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", email="ada@example.org")
    basket(old, date(2019, 1, 8), pceen=ada)
    phone = {"service": "LPEM", "phone_number": "06 12 34 56 78"}
    visitors(period, "grace@example.org", name="Grace Hopper", **phone)
    visitors(period, "ab@example.org", name="a_b", service="144")
    assert names(staff.open_page(f"{ADMIN}?q={typed.replace('%', '%25')}")) == found


# Settings


def test_the_settings_are_changed_at_their_place(staff: Client, session: Session) -> None:
    sent = fields(staff.open_page(ADMIN), "form#settings")
    assert sent["weekday"] == "2"
    sent |= {"weekday": "5", "deadline": "12:30", "price": "12,50", "capacity": "30"}
    page = staff.submit(f"{ADMIN}/settings", **sent)
    assert page.flashes == ["Les réglages sont enregistrés."]
    session.expire_all()
    stored = [choice.get(session) for choice in (ACCESS, DAY, DEADLINE, PRICE, CAPACITY)]
    assert stored == [True, 5, "12:30", 1250, 30]
    audited = session.scalars(sa.select(AuditEvent.action)).all()
    assert "panier_bio.settings.change" in audited


def test_wrong_settings_are_shown_again_with_what_was_typed(
    staff: Client, session: Session
) -> None:
    sent = fields(staff.open_page(ADMIN), "form#settings")
    wrong = {"weekday": "8", "deadline": "25:00", "price": "1e3", "capacity": "-1"}
    page = staff.submit(f"{ADMIN}/settings", status=422, **(sent | wrong))
    assert page.html.select_one("details[open] form#settings [name=price]")["value"] == "1e3"
    assert len(page.html.select("form#settings .field-errors")) == 4
    assert PRICE.get(session) == 0


def test_settings_changed_meanwhile_are_told(staff: Client, session: Session) -> None:
    sent = fields(staff.open_page(ADMIN), "form#settings")
    PRICE.set(session, 900)
    session.commit()
    page = staff.submit(f"{ADMIN}/settings", status=409, **(sent | {"price": "12"}))
    assert "Valeur actuelle : 9,00" in page.text("form#settings #settings-price-errors")


# A date


def test_a_date_has_a_capacity_and_a_note_of_its_own(
    staff: Client, session: Session, period: PeriodPanierBio
) -> None:
    basket(period)
    sent = fields(staff.open_page(ADMIN), "form#dating")
    assert (sent["capacity"], sent["note"]) == ("", "")
    typed = {"capacity": "30", "note": "Des courges !"}
    page = staff.submit(f"{ADMIN}/dates/{FIRST}", **(sent | typed))
    assert page.flashes == ["La date est à jour."]
    row = session.get_one(PanierBioDate, FIRST)
    assert (row.capacity, row.note) == (30, "Des courges !")
    assert page.texts(".basket-date .num")[0] == "1 / 30"
    stale = staff.submit(f"{ADMIN}/dates/{FIRST}", status=409, **(sent | {"capacity": "5"}))
    assert "Valeur actuelle : 30" in stale.text("#dating-capacity-errors")


@pytest.mark.parametrize("day", ["abc", "2026-13-01", "2030-01-01", "2026-1-1"])
def test_a_date_of_no_period_has_nothing_of_its_own(staff: Client, day: str) -> None:
    sent = fields(staff.open_page(ADMIN), "form#dating")
    assert staff.post(f"{ADMIN}/dates/{day}", data=sent).status_code == 404


def test_a_note_too_long_is_refused_next_to_its_field(staff: Client, session: Session) -> None:
    sent = fields(staff.open_page(ADMIN), "form#dating")
    page = staff.submit(f"{ADMIN}/dates/{SECOND}", status=422, **(sent | {"note": "a" * 281}))
    assert page.texts("#dating-note-errors") == ["280 caractères au plus."]
    assert page.text(".basket-title time") == "mardi 1 décembre 2026"
    assert session.get(PanierBioDate, SECOND) is None


# Who may


def test_others_see_none_of_it(login: Login, client: Client) -> None:
    someone = login(PCeenFactory())
    for path in (ADMIN, f"{ADMIN}/periods", f"{ADMIN}/figures", f"{ADMIN}/pickup/{FIRST}"):
        assert someone.get(path).status_code == 403


def test_a_refused_form_leaves_the_others_as_they_are(staff: Client) -> None:
    before = fields(staff.open_page(ADMIN), "form#settings")

    page = staff.submit(f"{ADMIN}/orders/new", status=422, date="x", price="1e3", payment="cash")

    after = fields(page, "form#settings")
    assert {k: v for k, v in after.items() if "key" not in k} == {
        k: v for k, v in before.items() if "key" not in k
    }
