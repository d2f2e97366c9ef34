"""Orders that the team writes, changes, cancels and grants; what it ticks of them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.enums import BasketPayment, BasketStatus
from app.models import AuditEvent, OrderPanierBio, PanierBioDate, PCeen, PeriodPanierBio
from app.modules.panier_bio.choices import PRICE
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.community import BasketFactory, PeriodFactory, basket_manager
from tests.modules.panier_bio.test_admin import fields

pytestmark = pytest.mark.once

#: A Tuesday, at ten: the day of a distribution.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY, NEXT = date(2026, 11, 24), date(2026, 12, 1)
ADMIN = "/panier_bio/admin"
NEW = f"{ADMIN}/orders/new"


@pytest.fixture(autouse=True)
def _on_a_tuesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def period() -> PeriodPanierBio:
    found: PeriodPanierBio = PeriodFactory(start_date=date(2026, 11, 3), end_date=date(2027, 1, 31))
    return found


@pytest.fixture
def manager(session: Session) -> PCeen:
    PRICE.set(session, 1250)
    found: PCeen = basket_manager(locale="fr")
    session.commit()
    return found


@pytest.fixture
def staff(login: Login, manager: PCeen, period: PeriodPanierBio) -> Client:
    return login(manager)


@pytest.fixture
def order(period: PeriodPanierBio) -> OrderPanierBio:
    """A visitor's order of today."""
    found: OrderPanierBio = BasketFactory(
        period=period, date=TODAY, pceen=None, email="grace@example.org", name="Grace", price=1250
    )
    return found


def asked(staff: Client, **typed: Any) -> dict[str, Any]:
    """What the form of a new order sends."""
    return fields(staff.open_page(ADMIN), "form#adding") | typed


def everything(session: Session) -> list[OrderPanierBio]:
    session.expire_all()
    return list(session.scalars(sa.select(OrderPanierBio).order_by(OrderPanierBio.id)))


def actions(session: Session) -> list[str]:
    return list(session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


# Adding


def test_a_basket_is_added_past_the_deadline_once_and_it_is_audited(
    staff: Client, session: Session
) -> None:
    typed = {"name": "Grace Hopper", "service": "LPEM", "phone": "06 12 34 56 78"}
    sent = asked(staff, email="Grace@Example.org", comment="sans chou", **typed)
    assert (sent["date"], sent["price"], sent["payment"]) == ("2026-11-24", "12,50", "cash")
    for _time in range(2):
        page = staff.submit(NEW, **sent)
        assert page.flashes == [
            "Un panier est commandé pour Grace Hopper, le mardi 24 novembre 2026."
        ]
    (made,) = everything(session)
    assert (made.date, made.name, made.email) == (TODAY, "Grace Hopper", "grace@example.org")
    assert (made.price, made.status, made.pceen_id) == (1250, BasketStatus.confirmed, None)
    assert "panier_bio.order.add" in actions(session)


def test_an_account_is_enough_to_order_for_someone(staff: Client, session: Session) -> None:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", promo=144, email="ada@example.org")
    session.commit()
    for day, typed in ((TODAY, ada.username), (NEXT, "ADA@example.org")):
        staff.submit(NEW, **asked(staff, pceen=typed, date=day.isoformat()))
    made = everything(session)
    assert [(one.pceen_id, one.name, one.service) for one in made] == 2 * [
        (ada.id, "Ada Lovelace", "144")
    ]


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"name": "Ada", "service": "x", "date": "2027-06-01"}, "date", "dans aucune période"),
        ({"name": "Ada", "service": "x", "date": "2026-13-01"}, "date", "n'existe pas"),
        ({"name": "", "service": "x"}, "name", "obligatoire"),
        ({"name": "a" * 131, "service": "x"}, "name", "130 caractères au plus"),
        ({"name": "Ada", "service": ""}, "service", "service"),
        ({"name": "Ada", "service": "x", "payment": "x"}, "payment", "moyen de paiement"),
        ({"name": "Ada", "service": "x", "price": "nan"}, "price", "montant"),
        ({"name": "Ada", "service": "x", "price": "1000,01"}, "price", "montant"),
        ({"name": "Ada", "service": "x", "phone": "allô"}, "phone", "téléphone"),
        ({"name": "Ada", "service": "x", "email": "x"}, "email", "valable"),
        ({"pceen": "personne"}, "pceen", "Personne n'a cet identifiant"),
    ],
)
def test_what_is_wrong_is_said_next_to_its_field_and_nothing_is_lost(
    staff: Client, session: Session, typed: dict[str, str], field: str, said: str
) -> None:
    sent = asked(staff, **({"comment": "un mot"} | typed))
    page = staff.submit(NEW, status=422, **sent)
    assert said in page.text(f"#adding-{field}-errors")
    assert page.html.select_one("details[open] #adding-comment").get_text().strip() == "un mot"
    assert everything(session) == []


def test_a_full_date_takes_one_more_only_if_one_insists(
    staff: Client, session: Session, order: OrderPanierBio
) -> None:
    session.add(PanierBioDate(date=order.date, capacity=1))
    session.commit()
    sent = asked(staff, name="Ada", service="x")
    assert "force" not in sent
    page = staff.submit(NEW, status=409, **sent)
    assert "Cette date est complète" in page.text("#adding-force-errors")
    staff.submit(NEW, **(fields(page, "form#adding") | {"force": "y"}))
    assert [one.name for one in everything(session)] == ["Grace", "Ada"]


def test_nobody_has_two_baskets_of_a_day(
    staff: Client, session: Session, order: OrderPanierBio
) -> None:
    sent = asked(staff, name="Encore", service="x", email="grace@example.org")
    page = staff.submit(NEW, status=409, **sent)
    assert "déjà une commande" in page.text("#adding-date-errors")
    assert len(everything(session)) == 1


# Changing


def test_every_field_is_changed(staff: Client, session: Session, order: OrderPanierBio) -> None:
    where = f"{ADMIN}/orders/{order.id}"
    sent = fields(staff.open_page(where), "form.form")
    assert (sent["name"], sent["price"], sent["email"]) == ("Grace", "12,50", "grace@example.org")
    typed = {"date": str(NEXT), "name": "G. Hopper", "service": "LKB", "phone": "+44 20 7946 0958"}
    more = {"email": "g@example.org", "payment": "transfer", "price": "9", "comment": "rien"}
    page = staff.submit(where, **(sent | typed | more))
    assert page.flashes == ["La commande est à jour."]
    (one,) = everything(session)
    assert (one.date, one.name, one.service) == (NEXT, "G. Hopper", "LKB")
    assert (one.phone_number, one.email, one.live_email) == (
        "+44 20 7946 0958",
        "g@example.org",
        "g@example.org",
    )
    assert (one.payment_method, one.price, one.comment) == (BasketPayment.transfer, 900, "rien")
    stale = staff.submit(where, status=409, **(sent | {"name": "Trop tard"}))
    assert "Valeur actuelle : G. Hopper" in stale.text("#name-errors")
    assert "Valeur actuelle : 9,00" in stale.text("#price-errors")


def test_an_order_of_an_account_has_no_address_of_its_own(
    staff: Client, period: PeriodPanierBio
) -> None:
    one = BasketFactory(period=period, date=TODAY)
    page = staff.open_page(f"{ADMIN}/orders/{one.id}")
    assert "email" not in fields(page, "form.form")
    assert one.pceen.username in page.html.get_text()


def test_an_order_that_is_not_there_is_not_found(staff: Client) -> None:
    for method, path in (
        (staff.get, f"{ADMIN}/orders/999"),
        (staff.post, f"{ADMIN}/orders/999"),
        (staff.post, f"{ADMIN}/orders/999/delete"),
        (staff.post, f"{ADMIN}/orders/999/grant"),
    ):
        assert method(path).status_code == 404


# Cancelling, granting


def test_an_order_is_cancelled_at_any_time_and_changes_no_more(
    staff: Client, session: Session, order: OrderPanierBio
) -> None:
    page = staff.submit(f"{ADMIN}/orders/{order.id}/delete")
    assert page.flashes == ["Le panier de Grace, le mardi 24 novembre 2026, est annulé."]
    assert everything(session)[0].status is BasketStatus.cancelled
    assert "panier_bio.order.cancel" in actions(session)
    again = staff.submit(f"{ADMIN}/orders/{order.id}/delete", came_from=ADMIN)
    assert again.flashes == ["Cette commande est déjà annulée."]
    assert (
        "elle ne se modifie plus" in staff.open_page(f"{ADMIN}/orders/{order.id}").html.get_text()
    )


def test_a_link_cancels_nothing(staff: Client, session: Session, order: OrderPanierBio) -> None:
    for path in (f"{ADMIN}/orders/{order.id}/delete", f"/panier_bio/validate/{order.id}/taken"):
        assert staff.get(path).status_code == 405
    assert everything(session)[0].status is BasketStatus.confirmed


def test_someone_who_waits_is_given_a_basket_after_the_deadline(
    staff: Client, session: Session, period: PeriodPanierBio, order: OrderPanierBio
) -> None:
    session.add(PanierBioDate(date=TODAY, capacity=1))
    waits = BasketFactory(period=period, date=TODAY, status=BasketStatus.waiting, name="Ada")
    session.commit()
    page = staff.open_page(ADMIN)
    (form,) = page.html.select(".basket-waiting form[action$='/grant']")
    assert "Ada" in form["data-confirm"]
    page = staff.submit(form["action"], force="1")
    assert page.flashes == ["Ada a un panier."]
    assert everything(session)[1].status is BasketStatus.confirmed
    assert waits.date == TODAY


# Ticking


@pytest.mark.parametrize("flag", ["payment", "treasurer", "taken"])
def test_a_flag_is_ticked_and_unticked_by_a_form(
    staff: Client, session: Session, order: OrderPanierBio, flag: str
) -> None:
    columns = {"payment": "payment_made", "treasurer": "treasurer_validate", "taken": "taken"}
    path = f"/panier_bio/validate/{order.id}/{flag}"
    for value in ("1", "1", "0"):
        headers = {"Referer": f"http://localhost{ADMIN}?date={TODAY}"}
        answer = staff.post(path, data={"value": value}, headers=headers)
        assert answer.status_code == 303
        assert answer.location == f"{ADMIN}?date={TODAY}#order-{order.id}"
        assert getattr(everything(session)[0], columns[flag]) is (value == "1")


def test_a_script_is_told_how_the_order_stands(staff: Client, order: OrderPanierBio) -> None:
    path, headers = f"/panier_bio/validate/{order.id}/taken", {"Accept": "application/json"}
    version = order.version
    for _time in range(2):
        answer = staff.post(path, data={"value": "1"}, headers=headers)
        assert answer.json == {
            "taken": True,
            "payment_made": False,
            "treasurer_validate": False,
            "version": version + 1,
        }


def test_a_script_is_told_why_not(
    staff: Client, session: Session, period: PeriodPanierBio, order: OrderPanierBio
) -> None:
    waits = BasketFactory(period=period, date=TODAY, status=BasketStatus.waiting)
    session.commit()
    headers = {"Accept": "application/json"}
    for key, status in ((999, 404), (waits.id, 409)):
        answer = staff.post(
            f"/panier_bio/validate/{key}/taken", data={"value": "1"}, headers=headers
        )
        assert (answer.status_code, answer.json["error"]["status"]) == (status, status)
        assert answer.json["error"]["message"].endswith(".")


def test_another_flag_or_value_is_not_found_or_not_understood(
    staff: Client, session: Session, order: OrderPanierBio
) -> None:
    start = f"/panier_bio/validate/{order.id}"
    assert staff.post(f"{start}/x", data={"value": "1"}).status_code == 404
    for value in ("2", "", "true"):
        assert staff.post(f"{start}/taken", data={"value": value}).status_code == 400
    assert not everything(session)[0].taken


def test_others_tick_nothing(login: Login, session: Session, order: OrderPanierBio) -> None:
    path = f"/panier_bio/validate/{order.id}/taken"
    assert login(PCeenFactory()).post(path, data={"value": "1"}).status_code == 403
    assert not everything(session)[0].taken
    assert order.created_at <= NOW + timedelta(1)
