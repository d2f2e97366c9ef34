"""The figures of the Panier Bio."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.enums import BasketStatus
from app.models import PeriodPanierBio
from app.modules.panier_bio.queries import figures
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.community import BasketFactory, PeriodFactory, basket_manager

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
START, END = date(2026, 9, 1), date(2027, 8, 31)
FIRST, SECOND = date(2026, 11, 24), date(2026, 12, 1)
PAGE = "/panier_bio/admin/figures"


@pytest.fixture(autouse=True)
def _on_a_monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def period() -> PeriodPanierBio:
    """Two distributions: two members, then one of them and a visitor; and what does not count."""
    period: PeriodPanierBio = PeriodFactory(start_date=date(2025, 9, 1), end_date=END)
    ada, grace = PCeenFactory(), PCeenFactory()
    BasketFactory(period=period, date=FIRST, pceen=ada, price=1000, payment_made=True, taken=True)
    BasketFactory(period=period, date=FIRST, pceen=grace, price=1000)
    paid = {"payment_made": True, "treasurer_validate": True}
    BasketFactory(period=period, date=SECOND, pceen=ada, price=1200, **paid)
    BasketFactory(period=period, date=SECOND, pceen=None, email="v@example.org", price=1200)
    BasketFactory(period=period, date=SECOND, status=BasketStatus.cancelled, price=1200)
    BasketFactory(period=period, date=SECOND, status=BasketStatus.waiting, price=1200)
    return period


def test_each_distribution_is_counted(session: Session, period: PeriodPanierBio) -> None:
    first, second = figures.distributions(session, START, END)
    assert (first.date, first.baskets, first.members, first.visitors) == (FIRST, 2, 2, 0)
    assert (first.taken, first.due, first.paid, first.validated) == (1, 2000, 1000, 0)
    assert (second.baskets, second.members, second.visitors) == (2, 1, 1)
    assert (second.due, second.paid, second.validated) == (2400, 1200, 1200)
    assert period.active


def test_months_without_anything_are_there_too(session: Session, period: PeriodPanierBio) -> None:
    months = figures.months(figures.distributions(session, START, END), START, END)
    assert [one.first.month for one in months] == [9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8]
    assert [one.due for one in months[:5]] == [0, 0, 2000, 2400, 0]
    assert [one.paid for one in months[2:4]] == [1000, 1200]
    assert period.active


def test_a_customer_counts_once(session: Session, period: PeriodPanierBio) -> None:
    found = figures.customers(session, START, END)
    assert (found.members, found.visitors, found.regulars, found.all) == (2, 1, 1, 3)
    assert figures.customers(session, date(2020, 1, 1), date(2020, 1, 2)).all == 0
    assert period.active


def test_years_begin_in_september(session: Session, period: PeriodPanierBio) -> None:
    assert list(figures.years(session)) == [2026]
    BasketFactory(period=period, date=date(2025, 9, 1))
    BasketFactory(period=period, date=date(2026, 8, 31))
    assert list(figures.years(session)) == [2026, 2025]


@pytest.mark.once
def test_the_page_shows_them_with_their_tables(login: Login, period: PeriodPanierBio) -> None:
    staff = login(basket_manager(locale="fr"))
    BasketFactory(period=period, date=date(2026, 3, 3), price=500)
    page = staff.open_page(PAGE)
    cards = page.texts(".basket-cards .card-figure")
    assert cards == ["4", "3", "44,00 €"]
    assert page.texts(".tabs[aria-label=Année] a") == ["2026–2027", "2025–2026"]
    rows = page.texts("figure:first-of-type tbody tr")
    assert "mardi 24 novembre 2026 2 – 2" in rows
    before = staff.open_page(f"{PAGE}?year=2025")
    assert before.texts(".basket-cards .card-figure")[0] == "1"
    assert staff.open_page(f"{PAGE}?year=1234").texts(".basket-cards .card-figure") == cards


@pytest.mark.once
def test_without_any_order_the_page_says_so(login: Login) -> None:
    page = login(basket_manager(locale="fr")).open_page(PAGE)
    assert page.texts(".empty p") == [
        "Aucun panier n'a été commandé cette année-là.",
        "Aucun panier n'a eu de prix cette année-là.",
    ]


@pytest.mark.once
def test_figures_take_as_many_statements_whatever_there_is(
    login: Login, period: PeriodPanierBio, queries: list[str]
) -> None:
    staff: Client = login(basket_manager(locale="fr"))
    counts = []
    for number in (0, 9):
        BasketFactory.create_batch(number, period=period, date=FIRST)
        queries.clear()
        staff.open_page(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 9
