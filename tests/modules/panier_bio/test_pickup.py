"""The sheet of a distribution, as the site writes it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.enums import BasketPayment, BasketStatus
from app.models import PanierBioDate, PeriodPanierBio
from tests.client import Client
from tests.conftest import Login
from tests.factories.community import BasketFactory, PeriodFactory, basket_manager

pytestmark = pytest.mark.once

#: A Tuesday, the day of a distribution.
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)
SHEET = f"/panier_bio/admin/pickup/{TODAY}"


@pytest.fixture(autouse=True)
def _on_a_tuesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def period() -> PeriodPanierBio:
    found: PeriodPanierBio = PeriodFactory(start_date=TODAY, end_date=date(2027, 1, 31))
    return found


@pytest.fixture
def staff(login: Login, period: PeriodPanierBio) -> Client:
    return login(basket_manager(locale="fr"))


def test_who_has_a_basket_is_there_by_name_with_what_they_pay(
    staff: Client, session: Session, period: PeriodPanierBio
) -> None:
    BasketFactory(period=period, name="zoé", price=1250, taken=True, payment_made=True)
    BasketFactory(period=period, name="Ada", price=1250, comment="sans chou")
    way = BasketPayment.transfer
    BasketFactory(period=period, name="Grace", price=1250, payment_method=way)
    for status in (BasketStatus.waiting, BasketStatus.pending, BasketStatus.cancelled):
        BasketFactory(period=period, name=f"Pas {status.value}", status=status)
    session.add(PanierBioDate(date=TODAY, note="Des courges !"))
    session.commit()
    page = staff.open_page(SHEET)
    assert page.texts(".pickup-name") == ["Ada", "Grace", "zoé"]
    assert page.texts(".pickup-count") == ["1 / 3 pris", "12,50 € à encaisser en espèces"]
    assert page.text(".pickup-note") == "Des courges !"
    pressed = [one["aria-pressed"] for one in page.html.select(".pickup-taken button")]
    assert pressed == ["false", "false", "true"]
    assert page.texts(".pickup-comment") == ["sans chou"]


def test_without_a_price_no_money_is_shown(staff: Client, period: PeriodPanierBio) -> None:
    BasketFactory(period=period, name="Ada")
    page = staff.open_page(SHEET)
    assert page.texts(".pickup-count") == ["0 / 1 pris"]
    assert "€" not in page.text(".pickup")


def test_each_button_is_a_form_that_works_alone(staff: Client, period: PeriodPanierBio) -> None:
    one = BasketFactory(period=period, name="Ada")
    form = staff.open_page(SHEET).html.select_one(".pickup-taken")
    assert form["action"] == f"/panier_bio/validate/{one.id}/taken"
    button = form.select_one("button")
    page = staff.submit(form["action"], came_from=SHEET, **{button["name"]: button["value"]})
    assert page.texts(".pickup-count") == ["1 / 1 pris"]


def test_a_distribution_without_orders_says_so(staff: Client) -> None:
    page = staff.open_page("/panier_bio/admin/pickup/2026-12-01")
    assert "Aucun panier n'est commandé" in page.text(".empty")


@pytest.mark.parametrize("day", ["abc", "2026-13-01", "2026-11-25", "2026-12-1", "2030-01-01"])
def test_a_day_without_a_distribution_has_no_sheet(staff: Client, day: str) -> None:
    assert staff.get(f"/panier_bio/admin/pickup/{day}").status_code == 404


def test_a_sheet_takes_as_many_statements_whatever_its_length(
    staff: Client, period: PeriodPanierBio, queries: list[str]
) -> None:
    counts = []
    for number in (1, 9):
        BasketFactory.create_batch(number, period=period)
        queries.clear()
        staff.open_page(SHEET)
        counts.append(len(queries))
    assert counts[1] <= counts[0] <= 8
