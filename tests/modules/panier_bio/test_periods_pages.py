"""Periods, as the team sees and changes them, with what becomes of their dates."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.enums import BasketStatus
from app.models import AuditEvent, PanierBioDisabledDay, PeriodPanierBio
from app.modules.panier_bio.choices import DAY
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories.community import BasketFactory, PeriodFactory, basket_manager
from tests.modules.panier_bio.test_admin import fields

pytestmark = pytest.mark.once

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PERIODS = "/panier_bio/admin/periods"
START, END = date(2026, 11, 15), date(2027, 1, 31)


@pytest.fixture(autouse=True)
def _on_a_monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def staff(login: Login, session: Session) -> Client:
    DAY.set(session, 5)
    session.commit()
    return login(basket_manager(locale="fr"))


@pytest.fixture
def winter() -> PeriodPanierBio:
    """From November to January, on Fridays: the period of the specification."""
    found: PeriodPanierBio = PeriodFactory(start_date=START, end_date=END)
    return found


def typed(page: Page, **changes: Any) -> dict[str, Any]:
    given = {"start_date": str(START), "end_date": str(END), "active": "y"}
    return fields(page, "form.form") | given | changes


def periods(session: Session) -> list[PeriodPanierBio]:
    session.expire_all()
    return list(session.scalars(sa.select(PeriodPanierBio).order_by(PeriodPanierBio.id)))


def disabled(session: Session) -> list[date]:
    return list(
        session.scalars(sa.select(PanierBioDisabledDay.date).order_by(PanierBioDisabledDay.date))
    )


def planned(page: Page) -> dict[str, str]:
    """What becomes of each date that the page lists."""
    return {
        one.select_one("time")["datetime"]: " ".join(
            state.get_text(strip=True) for state in one.select(".state")
        )
        for one in page.html.select(".planned-day")
    }


def test_a_period_is_made_once_and_its_dates_are_shown(staff: Client, session: Session) -> None:
    sent = typed(staff.open_page(PERIODS), disabled="2026-12-04, 2027-01-15")
    for _time in range(2):
        page = staff.submit(PERIODS, **sent)
        assert page.flashes == ["La période est ajoutée : voici ses dates."]
    (made,) = periods(session)
    assert (made.start_date, made.end_date, made.active) == (START, END, True)
    page = staff.open_page(f"{PERIODS}/{made.id}")
    shown = planned(page)
    assert next(iter(shown)) == "2026-11-20"
    assert shown["2026-12-04"] == shown["2027-01-15"] == "sans distribution"
    assert shown["2026-12-25"] == "Noël"
    assert shown["2027-01-01"] == "Jour de l'an"
    assert shown["2027-01-08"] == ""
    assert page.text(".planned-count") == f"{len(shown) - 4} distributions"
    assert "panier_bio.period.add" in session.scalars(sa.select(AuditEvent.action)).all()


def test_the_dates_are_shown_before_anything_is_stored(staff: Client, session: Session) -> None:
    sent = typed(staff.open_page(PERIODS), disabled="2026-12-04", preview="1")
    page = staff.submit(PERIODS, **sent)
    assert planned(page)["2026-12-04"] == "sans distribution"
    assert "Rien n'est enregistré encore." in page.text("#preview")
    assert fields(page, "form.form")["disabled"] == "2026-12-04"
    assert periods(session) == []


def test_the_list_shows_the_dates_of_each_with_the_weekday_of_now(
    staff: Client, session: Session, winter: PeriodPanierBio
) -> None:
    assert "2026-11-20" in planned(staff.open_page(PERIODS))
    DAY.set(session, 2)
    session.commit()
    shown = planned(staff.open_page(PERIODS))
    assert next(iter(shown)) == "2026-11-17"
    assert winter.active


@pytest.mark.parametrize(
    ("changes", "field", "said", "status"),
    [
        ({"start_date": "2027-02-01"}, "end_date", "La fin vient avant le début.", 422),
        ({"start_date": "x"}, "start_date", "n'existe pas", 422),
        ({"disabled": "2026-12-04 demain"}, "disabled", "« demain » n'est pas une date", 422),
        ({"disabled": "2026-13-04"}, "disabled", "« 2026-13-04 » n'est pas une date", 422),
        ({"disabled": "2027-02-05"}, "disabled", "ne sont pas dans la période", 422),
        ({"end_date": "2036-01-01"}, "end_date", "cinq ans au plus", 422),
    ],
)
def test_what_makes_no_sense_is_said_next_to_its_field(
    staff: Client, session: Session, changes: dict[str, str], field: str, said: str, status: int
) -> None:
    page = staff.submit(PERIODS, status=status, **typed(staff.open_page(PERIODS), **changes))
    assert said in page.text(f"#{field}-errors")
    assert periods(session) == []


def test_two_periods_never_overlap(
    staff: Client, session: Session, winter: PeriodPanierBio
) -> None:
    sent = typed(staff.open_page(PERIODS), start_date=str(END), end_date="2027-03-01")
    page = staff.submit(PERIODS, status=409, **sent)
    assert "Une autre période" in page.text("#start_date-errors")
    other = PeriodFactory(start_date=date(2027, 2, 1), end_date=date(2027, 3, 1))
    where = f"{PERIODS}/{other.id}"
    sent = fields(staff.open_page(where), "form.form") | {"start_date": str(END)}
    page = staff.submit(where, status=409, **sent)
    assert "Une autre période" in page.text("#start_date-errors")
    assert [one.start_date for one in periods(session)] == [START, date(2027, 2, 1)]
    assert winter.active


def test_a_period_is_changed_and_stale_changes_are_told(
    staff: Client, session: Session, winter: PeriodPanierBio
) -> None:
    where = f"{PERIODS}/{winter.id}"
    sent = fields(staff.open_page(where), "form.form")
    changed = sent | {"end_date": "2027-01-24", "disabled": "2027-01-15\n2026-12-04"}
    page = staff.submit(where, **changed)
    assert page.flashes == ["La période est à jour."]
    assert disabled(session) == [date(2026, 12, 4), date(2027, 1, 15)]
    assert fields(page, "form.form")["disabled"] == "2026-12-04\n2027-01-15"
    stale = staff.submit(where, status=409, **(sent | {"end_date": "2027-01-20"}))
    assert "Valeur actuelle : 24 janvier 2027" in stale.text("#end_date-errors")


def test_orders_that_would_be_outside_refuse_a_change_and_are_listed(
    staff: Client, session: Session, winter: PeriodPanierBio
) -> None:
    BasketFactory(period=winter, date=date(2027, 1, 29))
    BasketFactory(period=winter, date=date(2027, 1, 22), status=BasketStatus.cancelled)
    where = f"{PERIODS}/{winter.id}"
    sent = fields(staff.open_page(where), "form.form")
    page = staff.submit(where, status=409, **(sent | {"end_date": "2027-01-20"}))
    assert "29/01/2027" in page.text("#end_date-errors")
    assert "22/01/2027" not in page.text("#end_date-errors")
    assert periods(session)[0].end_date == END


def test_a_period_is_closed_and_opened(
    staff: Client, session: Session, winter: PeriodPanierBio
) -> None:
    where = f"{PERIODS}/{winter.id}/active"
    for value, is_active in (("0", False), ("1", True)):
        staff.submit(where, value=value)
        assert periods(session)[0].active is is_active


def test_a_period_with_orders_is_not_deleted_and_says_how_many(
    staff: Client, session: Session, winter: PeriodPanierBio
) -> None:
    BasketFactory(period=winter, date=date(2026, 11, 27))
    BasketFactory(period=winter, date=date(2026, 12, 4), status=BasketStatus.cancelled)
    page = staff.submit(f"{PERIODS}/{winter.id}/delete", came_from=PERIODS)
    assert page.flashes == ["Cette période a 2 commandes : elle ne se supprime pas. Fermez-la."]
    spring = PeriodFactory(start_date=date(2027, 2, 1), end_date=date(2027, 3, 1))
    page = staff.submit(f"{PERIODS}/{spring.id}/delete", came_from=PERIODS)
    assert page.flashes == ["La période est supprimée."]
    assert [one.id for one in periods(session)] == [winter.id]


def test_a_link_changes_nothing_and_what_is_not_there_is_not_found(
    staff: Client, winter: PeriodPanierBio
) -> None:
    for end in ("active", "delete"):
        assert staff.get(f"{PERIODS}/{winter.id}/{end}").status_code == 405
        assert staff.post(f"{PERIODS}/999/{end}").status_code == 404
    assert staff.get(f"{PERIODS}/999").status_code == 404
