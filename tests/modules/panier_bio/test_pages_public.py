"""The page where baskets are ordered, as everybody sees it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.enums import BasketPayment, BasketStatus
from app.models import OrderPanierBio, PanierBioDate, PCeen, PeriodPanierBio
from app.modules.panier_bio.choices import ACCESS, CAPACITY, DAY, PRICE
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories.community import BasketFactory, PeriodFactory, basket_manager, open_orders
from tests.factories.people import PCeenFactory

pytestmark = pytest.mark.once

#: A Monday, at ten.
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TUESDAYS = [date(2026, 11, 24) + timedelta(weeks=n) for n in range(4)]
FIRST, SECOND, THIRD, FOURTH = TUESDAYS


@pytest.fixture(autouse=True)
def _on_a_monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _in_french(client: Client) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"


@pytest.fixture
def period(session: Session) -> PeriodPanierBio:
    """Four Tuesdays, that may be ordered."""
    open_orders()
    period = PeriodFactory(start_date=date(2026, 11, 16), end_date=FOURTH)
    session.commit()
    return period


@pytest.fixture
def ada(session: Session) -> PCeen:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", promo=144)
    session.commit()
    return ada


@pytest.fixture
def member(login: Login, period: PeriodPanierBio, ada: PCeen) -> Client:
    """Her browser, while orders are open."""
    return login(ada)


def asked(*days: date | str, **fields: object) -> dict[str, object]:
    """What a form of someone says; ``None`` takes a field away."""
    typed = {
        "dates[]": [str(day) for day in days],
        "payment_method": "cash",
        "wait": "y",
        "consent": "y",
        **fields,
    }
    return {name: value for name, value in typed.items() if value is not None}


def order(client: Client, *days: date | str, status: int = 200, **fields: object) -> Page:
    return client.submit("/panier_bio", status=status, **asked(*days, **fields))


def made(session: Session) -> list[OrderPanierBio]:
    session.expire_all()
    return list(session.scalars(sa.select(OrderPanierBio).order_by(OrderPanierBio.date)))


def offered(page: Page) -> list[str]:
    """The dates that have a box."""
    return [str(box["value"]) for box in page.html.select('[name="dates[]"]')]


def reasons(page: Page) -> dict[str, str]:
    """Why dates are refused, next to each."""
    return {
        row.select_one(".basket-when").get_text(strip=True): row.select_one(
            ".field-errors"
        ).get_text(" ", strip=True)
        for row in page.html.select(".basket-day")
        if row.select_one(".field-errors")
    }


def test_the_coming_dates_are_offered_with_their_weekday(
    client: Client, session: Session, period: PeriodPanierBio
) -> None:
    page = client.open_page("/panier_bio")

    assert offered(page) == [str(day) for day in TUESDAYS]
    assert page.texts(".basket-when")[0] == "mardi 24 novembre 2026"
    assert "Commandes ouvertes" in page.text(".page-head")
    assert "None" not in page.text("main")


def test_someone_orders_three_baskets_at_once(
    login: Login, session: Session, period: PeriodPanierBio, ada: PCeen
) -> None:
    PRICE.set(session, 800)
    session.commit()
    browser = login(ada)

    page = order(browser, FIRST, SECOND, FOURTH, payment_method="transfer", phone="06 12 34 56 78")

    assert page.flashes == ["3 paniers commandés."]
    assert [one.date for one in made(session)] == [FIRST, SECOND, FOURTH]
    one = made(session)[0]
    assert (one.pceen_id, one.name, one.service) == (ada.id, "Ada Lovelace", "144")
    assert (one.status, one.price) == (BasketStatus.confirmed, 800)
    assert one.payment_method is BasketPayment.transfer
    assert offered(page) == [str(THIRD)]
    assert page.texts(".basket-own .basket-when") == [
        "mardi 24 novembre 2026",
        "mardi 1 décembre 2026",
        "mardi 15 décembre 2026",
    ]
    assert "Vous avez un panier à la prochaine distribution" in page.text(".notice")


def test_an_order_that_is_sent_twice_is_one(
    login: Login, session: Session, period: PeriodPanierBio, ada: PCeen
) -> None:
    browser = login(ada)
    key = browser.open_page("/panier_bio").html.select_one("[name=idempotency_key]")["value"]

    order(browser, FIRST, idempotency_key=key)
    page = order(browser, FIRST, idempotency_key=key)

    assert len(made(session)) == 1
    assert page.flashes


@pytest.mark.parametrize(
    ("days", "fields", "said"),
    [
        ((), {}, "Choisissez une date au moins."),
        (("2026-13-45",), {}, "Une des dates n'existe pas"),
        (("abc",), {}, "Une des dates n'existe pas"),
        ((FIRST,), {"payment_method": "x"}, "Choisissez un moyen de paiement."),
        ((FIRST,), {"payment_method": None}, "Choisissez un moyen de paiement."),
        ((FIRST,), {"consent": None}, "Sans votre accord"),
        ((FIRST,), {"comment": "x" * 501}, "500 caractères au plus."),
        ((FIRST,), {"phone": "12"}, "Écrivez un numéro de téléphone"),
        ((FIRST,), {"phone": "<script>"}, "Écrivez un numéro de téléphone"),
        ((FIRST + timedelta(days=1),), {}, "Il n'y a pas de distribution ce jour-là."),
        ((FIRST - timedelta(weeks=1),), {}, "Cette date est passée."),
        ((FOURTH + timedelta(weeks=1),), {}, "Il n'y a pas de distribution ce jour-là."),
        ((FIRST, FIRST + timedelta(days=1)), {}, "Il n'y a pas de distribution ce jour-là."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_ordered(
    member: Client,
    session: Session,
    days: tuple[date | str, ...],
    fields: dict[str, object],
    said: str,
) -> None:
    page = order(member, *days, status=422, **fields)

    assert said in page.text(".error-summary")
    assert made(session) == []


def test_each_refused_date_has_its_reason_and_what_was_typed_is_kept(
    login: Login, session: Session, period: PeriodPanierBio, ada: PCeen
) -> None:
    CAPACITY.set(session, 1)
    PRICE.set(session, 800)
    BasketFactory(period=period, date=SECOND)
    session.commit()
    wednesday = THIRD + timedelta(days=1)

    page = order(login(ada), FIRST, SECOND, wednesday, status=422, wait=None, comment="Sans choux")

    assert reasons(page) == {
        "mardi 1 décembre 2026": "Il n'y a plus de panier pour cette date.",
        "mercredi 9 décembre 2026": "Il n'y a pas de distribution ce jour-là.",
    }
    chosen = [str(box["value"]) for box in page.html.select('[name="dates[]"][checked]')]
    assert chosen == [str(FIRST), str(SECOND)]
    assert page.text("[name=comment]") == "Sans choux"
    assert page.text("[data-basket-total]") == "1 panier : 8,00 €"
    assert page.text("[data-basket-send]") == "Commander 1 panier · 8,00 €"
    links = [a["href"] for a in page.html.select(".error-summary a")]
    assert links == [f"#day-{SECOND}", f"#day-{wednesday}"]
    assert [page.html.select_one(link) is not None for link in links] == [True, True]
    assert len(made(session)) == 1


def test_a_full_date_is_waited_for_and_how_many_are_left_is_told(
    login: Login, session: Session, period: PeriodPanierBio, ada: PCeen
) -> None:
    session.add(PanierBioDate(date=FIRST, capacity=1, note="Devant la bibliothèque"))
    session.add(PanierBioDate(date=SECOND, capacity=4))
    BasketFactory(period=period, date=FIRST)
    BasketFactory(period=period, date=FIRST, status=BasketStatus.waiting)
    session.commit()
    browser = login(ada)

    page = browser.open_page("/panier_bio")

    first, second, third, _fourth = page.texts(".basket-day")
    assert "complet : liste d'attente (1)" in first
    assert "Devant la bibliothèque" in first
    assert "4 paniers restants" in second
    assert "restant" not in third

    page = order(browser, FIRST, THIRD)

    assert [one.status for one in made(session) if one.pceen_id == ada.id] == [
        BasketStatus.waiting,
        BasketStatus.confirmed,
    ]
    assert len(page.flashes) == 2
    assert "vous êtes en liste d'attente" in page.text(".notice")


def test_closed_orders_are_explained_and_refused(
    login: Login, session: Session, period: PeriodPanierBio, ada: PCeen
) -> None:
    ACCESS.set(session, False)  # noqa: FBT003  # the signature is that of every choice
    session.commit()
    browser = login(ada)

    page = browser.open_page("/panier_bio")
    assert "On ne commande pas de panier en ce moment." in page.text(".notice")
    assert offered(page) == []
    page = order(browser, FIRST, status=409)

    assert "Les commandes sont fermées pour l'instant." in page.text(".notice")
    assert made(session) == []


def test_the_team_sees_the_form_that_takes_nothing_yet(
    login: Login, session: Session, period: PeriodPanierBio
) -> None:
    ACCESS.set(session, False)  # noqa: FBT003  # the signature is that of every choice
    session.commit()
    browser = login(basket_manager())

    page = browser.open_page("/panier_bio")

    assert "Voici le formulaire" in page.text(".notice")
    assert len(page.html.select('[name="dates[]"][disabled]')) == 4
    assert page.html.select_one("[data-basket-send]").has_attr("disabled")
    order(browser, FIRST, status=409)
    assert made(session) == []


def test_without_any_distribution_the_page_says_so(client: Client, session: Session) -> None:
    open_orders()

    page = client.open_page("/panier_bio")

    assert "Aucune distribution à commander" in page.text("main")


def test_who_has_no_promo_says_where_they_work(
    login: Login, session: Session, period: PeriodPanierBio
) -> None:
    bob = PCeenFactory(prenom="Bob", promo=None)
    session.commit()
    browser = login(bob)
    assert "None" not in browser.open_page("/panier_bio").text("main")

    page = order(browser, FIRST, status=422, service="")
    assert "Ce champ est obligatoire." in page.text(".error-summary")
    page = order(browser, FIRST, service="Scolarité")

    (one,) = made(session)
    assert one.service == "Scolarité"
    assert "None" not in page.text("main")


def test_what_says_who_one_is_is_never_taken_from_the_form(
    login: Login, session: Session, period: PeriodPanierBio, ada: PCeen
) -> None:
    order(login(ada), FIRST, prenom="Eve", nom="x" * 131, service="9", email="eve@example.org")

    (one,) = made(session)
    assert (one.name, one.service, one.email) == ("Ada Lovelace", "144", None)


def test_coming_and_past_orders_each_have_a_tab(
    login: Login, session: Session, period: PeriodPanierBio, ada: PCeen
) -> None:
    for week in range(25):
        day = FIRST - timedelta(weeks=week + 1)
        BasketFactory(period=period, date=day, pceen=ada, taken=week % 2 == 0)
    BasketFactory(period=period, date=THIRD, pceen=ada)
    session.commit()
    browser = login(ada)

    coming = browser.open_page("/panier_bio")
    past = browser.open_page("/panier_bio?tab=past")
    second = browser.open_page("/panier_bio?tab=past&page=2")

    assert coming.texts(".basket-own .basket-when") == ["mardi 8 décembre 2026"]
    assert "Annulable avant le lundi 7 décembre 2026 à 14 h 00" in coming.text(".basket-own")
    assert len(past.texts(".basket-own .basket-when")) == 20
    assert len(second.texts(".basket-own .basket-when")) == 5
    assert past.texts(".basket-own .state")[:2] == ["retiré", "non retiré"]
    assert past.html.select(".basket-own form") == []


def test_one_deletes_a_basket_of_ones_own_in_time(
    login: Login, session: Session, period: PeriodPanierBio, ada: PCeen
) -> None:
    one, late = (BasketFactory(period=period, date=day, pceen=ada) for day in (SECOND, FIRST))
    session.commit()
    browser = login(ada)
    assert browser.get(f"/panier_bio/orders/{one.id}/delete").status_code == 405

    page = browser.submit(f"/panier_bio/orders/{one.id}/delete")
    assert "est annulé" in page.flashes[0]
    with time_machine.travel(NOW + timedelta(hours=4), tick=False):
        page = browser.submit(f"/panier_bio/orders/{late.id}/delete", came_from="/panier_bio")
        assert "closes" in page.flashes[0]
        own = browser.open_page("/panier_bio").text(".basket-own")
        assert "Il n'est plus temps de l'annuler ici." in own

    session.expire_all()
    assert (one.status, late.status) == (BasketStatus.cancelled, BasketStatus.confirmed)


def test_one_deletes_nothing_of_others(
    login: Login, client: Client, session: Session, period: PeriodPanierBio, ada: PCeen
) -> None:
    one = BasketFactory(period=period, date=SECOND)
    visitors = BasketFactory(period=period, date=SECOND, pceen=None, email="e@example.org")
    session.commit()

    sent_away = client.post(f"/panier_bio/orders/{one.id}/delete")
    assert (sent_away.status_code, sent_away.location.split("?")[0]) == (302, "/auth_needed")
    browser = login(ada)
    for key in (one.id, visitors.id, 999_999):
        assert browser.post(f"/panier_bio/orders/{key}/delete").status_code == 404
    browser = login(basket_manager())
    assert browser.post(f"/panier_bio/orders/{one.id}/delete").status_code == 404

    session.expire_all()
    assert (one.status, visitors.status) == (BasketStatus.confirmed, BasketStatus.confirmed)


def test_a_period_goes_on_after_new_year_without_the_holidays(
    client: Client, session: Session
) -> None:
    open_orders()
    DAY.set(session, 5)
    PeriodFactory(start_date=date(2026, 11, 15), end_date=date(2027, 1, 31))
    session.commit()

    days = offered(client.open_page("/panier_bio"))

    assert "2026-12-25" not in days
    assert "2027-01-01" not in days
    assert {"2026-11-27", "2026-12-18", "2027-01-08", "2027-01-29"} <= set(days)


def test_the_page_costs_the_same_whatever_one_ordered(
    login: Login, session: Session, period: PeriodPanierBio, ada: PCeen, queries: list[str]
) -> None:
    browser = login(ada)
    browser.open_page("/panier_bio")
    BasketFactory(period=period, date=FIRST, pceen=ada)
    session.commit()

    def cost() -> int:
        queries.clear()
        browser.open_page("/panier_bio")
        return len(queries)

    before = cost()
    for day in (SECOND, THIRD):
        BasketFactory(period=period, date=day, pceen=ada)
        BasketFactory(period=period, date=day)
    session.commit()

    assert cost() == before <= 12, "\n".join(queries)


def test_only_the_team_changes_the_introduction(
    login: Login, session: Session, period: PeriodPanierBio, ada: PCeen
) -> None:
    assert login(ada).get("/panier_bio/edit_text").status_code == 403
    browser = login(basket_manager())

    page = browser.submit("/panier_bio/edit_text", content="Des **légumes**.", version="0")

    assert "légumes" in page.text(".introduction")


def test_a_form_that_served_already_does_not_pretend_to_order_other_dates(
    login: Login, session: Session, period: PeriodPanierBio, ada: PCeen
) -> None:
    browser = login(ada)
    key = browser.open_page("/panier_bio").html.select_one("[name=idempotency_key]")["value"]
    order(browser, FIRST, idempotency_key=key)

    page = order(browser, SECOND, idempotency_key=key, status=409)

    assert len(made(session)) == 1
    again = page.html.select_one("[name=idempotency_key]")["value"]
    order(browser, SECOND, idempotency_key=again)
    assert len(made(session)) == 2


def test_a_date_that_closed_meanwhile_is_named_whatever_else_is_wrong(member: Client) -> None:
    gone = date(2026, 11, 17)

    page = order(member, gone, FIRST, consent=None, status=422)

    assert any("plus proposée" in why for why in reasons(page).values())
    assert page.html.select_one(f'[name="dates[]"][value="{FIRST}"][checked]')


def test_a_date_that_is_none_leaves_the_others_chosen(member: Client) -> None:
    page = order(member, "2026-13-45", FIRST, status=422)

    assert page.html.select_one(f'[name="dates[]"][value="{FIRST}"][checked]')
