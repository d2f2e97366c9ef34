"""What the home page says of the Panier Bio."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.enums import BasketStatus
from app.models import PCeen
from app.modules.panier_bio.choices import ACCESS
from tests.client import Client
from tests.conftest import Login
from tests.factories.community import BasketFactory, PeriodFactory, open_orders
from tests.factories.people import PCeenFactory

pytestmark = pytest.mark.once

#: A Monday, at ten.
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FIRST, SECOND = date(2026, 11, 24), date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _on_a_monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def ada(session: Session) -> PCeen:
    ada = PCeenFactory(prenom="Ada")
    session.commit()
    return ada


def said(browser: Client) -> str:
    """What the card says."""
    page = browser.open_page("/")
    (link,) = page.html.select("main .card-title a[href='/panier_bio']")
    return " ".join(link.find_parent("section").get_text(" ", strip=True).split())


def test_without_a_distribution_the_card_says_so(
    login: Login, session: Session, ada: PCeen
) -> None:
    assert "Aucune distribution prévue." in said(login(ada))


def test_the_card_says_when_the_next_distribution_is_and_what_one_has_of_it(
    login: Login, session: Session, ada: PCeen
) -> None:
    open_orders()
    period = PeriodFactory(start_date=FIRST, end_date=SECOND)
    session.commit()
    browser = login(ada)

    before = said(browser)
    assert "Mardi 24 novembre" in before
    assert "À commander avant le lundi 23 novembre 2026 à 14 h 00." in before
    assert "Commander" in before

    one = BasketFactory(period=period, date=FIRST, pceen=ada, status=BasketStatus.waiting)
    session.commit()
    assert "Vous êtes en liste d'attente." in said(browser)

    one.status = BasketStatus.confirmed
    session.commit()
    assert "Votre panier est réservé." in said(browser)


def test_the_card_offers_nothing_that_may_not_be_ordered(
    login: Login, session: Session, ada: PCeen
) -> None:
    open_orders()
    PeriodFactory(start_date=FIRST, end_date=SECOND)
    session.commit()

    with time_machine.travel(NOW + timedelta(hours=4), tick=False):
        assert "Les commandes de cette date sont closes." in said(login(ada))
    ACCESS.set(session, False)  # noqa: FBT003  # the signature is that of every choice
    session.commit()
    assert "On ne commande pas de panier en ce moment." in said(login(ada))


def test_the_card_costs_two_statements(
    login: Login, session: Session, ada: PCeen, queries: list[str]
) -> None:
    open_orders()
    period = PeriodFactory(start_date=FIRST, end_date=SECOND)
    BasketFactory(period=period, date=FIRST, pceen=ada)
    session.commit()
    browser = login(ada)
    browser.open_page("/")
    queries.clear()

    browser.open_page("/")

    assert len([one for one in queries if "panier_bio" in one]) == 1, "\n".join(queries)
    assert len(queries) <= 12, "\n".join(queries)
