"""The table of a distribution, to take away."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import time_machine
from openpyxl import load_workbook

from app.enums import BasketPayment, BasketStatus
from app.models import PeriodPanierBio
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.community import BasketFactory, PeriodFactory, basket_manager

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TODAY = date(2026, 11, 24)
#: As a workbook reads that day.
MIDNIGHT = datetime.combine(TODAY, time())
EXPORT = "/panier_bio/admin/generate_excel"
COLUMNS = [
    *("Nom", "Compte", "Promo ou service", "Téléphone", "E-mail", "Date", "Paiement", "Prix"),
    *("Commentaire", "Payé", "Validé par la trésorerie", "Pris"),
]


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


def sheet(staff: Client, day: object = TODAY) -> list[list[Any]]:
    answer = staff.get(f"{EXPORT}/{day}")
    assert answer.status_code == 200
    (found,) = load_workbook(io.BytesIO(answer.data)).worksheets
    # an empty text and zero are nothing here
    return [[cell.value or None for cell in row] for row in found.iter_rows()]


def text(staff: Client, day: object = TODAY) -> list[list[str]]:
    answer = staff.get(f"{EXPORT}/{day}?format=csv")
    assert answer.mimetype == "text/csv"
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_both_files_have_all_that_is_known_of_each_order_and_the_sum(
    staff: Client, period: PeriodPanierBio
) -> None:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", email="ada@example.org")
    BasketFactory(period=period, pceen=ada, price=1250, payment_made=True, taken=True)
    visitor = {"pceen": None, "email": "grace@example.org", "name": "Grace", "service": "LPEM"}
    BasketFactory(
        period=period,
        price=1000,
        phone_number="0612345678",
        comment="=HYPERLINK(1)",
        payment_method=BasketPayment.transfer,
        treasurer_validate=True,
        **visitor,
    )
    BasketFactory(period=period, status=BasketStatus.waiting)
    BasketFactory(period=period, status=BasketStatus.cancelled)
    rows = sheet(staff)
    assert [row[:2] for row in rows[:3]] == [
        ["Distribution", MIDNIGHT],
        ["Paniers", 2],
        ["À payer", 22.5],
    ]
    head = rows.index(COLUMNS)
    first, second, total = rows[head + 1 : head + 4]
    assert first == [
        *("Ada Lovelace", ada.id, "144", None, "ada@example.org", MIDNIGHT),
        *("Espèces lors du retrait", 12.5, None, "oui", "non", "oui"),
    ]
    assert second == [
        *("Grace", None, "LPEM", "0612345678", "grace@example.org", MIDNIGHT),
        *("Par virement", 10, "=HYPERLINK(1)", "non", "oui", "non"),
    ]
    assert (total[0], total[7]) == ("Total", 22.5)
    written = text(staff)
    assert COLUMNS in written
    assert written[-2][8] == "'=HYPERLINK(1)"
    assert written[-1][7] == "22,5" or written[-1][7] == "22,50"


def test_a_distribution_without_orders_is_a_valid_file(staff: Client) -> None:
    rows = sheet(staff, "2026-12-01")
    assert rows[1][:2] == ["Paniers", None]
    assert COLUMNS in text(staff, "2026-12-01")


def test_the_file_is_named_after_the_day(staff: Client) -> None:
    answer = staff.get(f"{EXPORT}/{TODAY}")
    assert 'filename="panier_bio_2026-11-24.xlsx"' in answer.headers["Content-Disposition"]


def test_a_day_with_orders_was_a_distribution_whatever_its_weekday(
    staff: Client, period: PeriodPanierBio
) -> None:
    BasketFactory(period=period, date=date(2026, 11, 26), status=BasketStatus.cancelled)
    assert sheet(staff, "2026-11-26")[1][:2] == ["Paniers", None]


@pytest.mark.parametrize("day", ["abc", "2026-13-45", "2026-11-25", "2031-01-07", "2026-12-1"])
def test_what_never_was_a_distribution_is_not_found(staff: Client, day: str) -> None:
    assert staff.get(f"{EXPORT}/{day}").status_code == 404


def test_others_take_nothing_away(login: Login) -> None:
    assert login(PCeenFactory()).get(f"{EXPORT}/{TODAY}").status_code == 403
