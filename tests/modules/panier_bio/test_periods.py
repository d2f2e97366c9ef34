"""The periods in which baskets are given out."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import BasketStatus
from app.models import AuditEvent, PanierBioDisabledDay, PeriodPanierBio
from app.modules.panier_bio.errors import (
    DisabledOutside,
    EndsTooEarly,
    NoSuchPeriod,
    OrdersOutside,
    PeriodHasOrders,
    PeriodsOverlap,
    PeriodTooLong,
    StalePanierBio,
)
from app.modules.panier_bio.queries import periods as queries
from app.modules.panier_bio.service import periods
from app.modules.panier_bio.service.periods import Details
from tests.factories.community import BasketFactory, PeriodFactory
from tests.modules.panier_bio.baskets import FIRST, SECOND, THIRD

DAY = timedelta(days=1)


def details(start: date = FIRST, end: date = THIRD, *disabled: date) -> Details:
    return Details(start=start, end=end, disabled=frozenset(disabled))


def add(session: Session, *given: date, **more: Any) -> PeriodPanierBio:
    with transaction(session):
        return periods.add(session, details=details(*given), **more)


def edit(session: Session, period: PeriodPanierBio, *given: date, **more: Any) -> bool:
    values = {"version": period.version} | more
    with transaction(session):
        return periods.edit(session, period=period, details=details(*given), **values)


def actions(session: Session) -> list[str]:
    stmt = sa.select(AuditEvent.action).where(AuditEvent.action.like("panier_bio.%"))
    return list(session.scalars(stmt.order_by(AuditEvent.id)))


def test_a_period_is_added_with_its_days_without_a_distribution(session: Session) -> None:
    made = add(session, FIRST, THIRD, SECOND)

    assert (made.start_date, made.end_date, made.active) == (FIRST, THIRD, False)
    assert periods.details_of(session, made) == details(FIRST, THIRD, SECOND)
    assert actions(session) == ["panier_bio.period.add"]
    assert queries.all_periods(session) == [made]
    assert queries.period(session, made.id) is made
    with pytest.raises(NoSuchPeriod):
        queries.period(session, made.id + 1)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ((SECOND, FIRST), EndsTooEarly),
        ((FIRST, date(2032, 1, 1)), PeriodTooLong),
        ((FIRST, SECOND, FIRST - DAY, THIRD), DisabledOutside),
    ],
)
def test_a_period_that_makes_no_sense_is_refused(
    session: Session, given: tuple[date, ...], error: type[Exception]
) -> None:
    made = add(session)

    with pytest.raises(error):
        add(session, *given)
    with pytest.raises(error):
        edit(session, made, *given)
    assert queries.all_periods(session) == [made]


def test_the_days_that_are_outside_are_named(session: Session) -> None:
    with pytest.raises(DisabledOutside) as told:
        add(session, FIRST, SECOND, THIRD, FIRST - DAY)

    assert told.value.days == [FIRST - DAY, THIRD]
    assert told.value.message == "Ces jours ne sont pas dans la période : 26/11/2026, 11/12/2026"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (FIRST, THIRD),
        (THIRD, THIRD + DAY),
        (FIRST - DAY, FIRST),
        (SECOND, SECOND),
        (FIRST - DAY, THIRD + DAY),
    ],
)
def test_no_two_periods_have_a_day_in_common(session: Session, start: date, end: date) -> None:
    add(session)
    other = add(session, date(2027, 3, 1), date(2027, 3, 31))

    for act in (lambda: add(session, start, end), lambda: edit(session, other, start, end)):
        with pytest.raises(PeriodsOverlap) as told:
            act()
        assert "27/11/2026" in told.value.message
    assert len(queries.all_periods(session)) == 2


def test_periods_may_follow_one_another(session: Session) -> None:
    add(session, FIRST, SECOND)
    add(session, SECOND + DAY, THIRD)
    last = add(session, FIRST - DAY, FIRST - DAY)

    assert edit(session, last, FIRST - 2 * DAY, FIRST - DAY)
    assert len(queries.all_periods(session)) == 3


def test_a_period_is_changed_unless_somebody_did(session: Session) -> None:
    made = add(session, FIRST, THIRD, SECOND)

    assert not edit(session, made, FIRST, THIRD, SECOND)
    assert edit(session, made, FIRST - DAY, THIRD, FIRST)

    assert periods.details_of(session, made) == details(FIRST - DAY, THIRD, FIRST)
    assert made.version == 2
    with pytest.raises(StalePanierBio):
        edit(session, made, FIRST, THIRD, version=1)
    assert actions(session) == ["panier_bio.period.add", "panier_bio.period.change"]


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ((SECOND, THIRD), [FIRST]),
        ((FIRST + DAY, SECOND), [FIRST, THIRD]),
        ((FIRST, THIRD, THIRD), [THIRD]),
    ],
)
def test_a_period_leaves_no_order_outside(
    session: Session, given: tuple[date, ...], days: list[date]
) -> None:
    made = PeriodFactory(start_date=FIRST, end_date=THIRD)
    for day in (FIRST, THIRD):
        BasketFactory(period=made, date=day)
    BasketFactory(period=made, date=SECOND, status=BasketStatus.cancelled)

    with pytest.raises(OrdersOutside) as told:
        edit(session, made, *given)
    assert told.value.days == days
    assert edit(session, made, FIRST, THIRD, SECOND)


def test_an_order_of_a_day_that_had_no_distribution_is_no_trouble(session: Session) -> None:
    made = add(session, FIRST, THIRD, SECOND)
    BasketFactory(period=made, date=SECOND)

    assert edit(session, made, FIRST, THIRD + DAY, SECOND)


def test_a_period_opens_and_closes(session: Session) -> None:
    made, done = add(session), []
    for active in (True, True, False):
        with transaction(session):
            done.append(periods.set_active(session, period=made, active=active))

    assert done == [True, False, True]
    assert actions(session)[1:] == ["panier_bio.period.activate"] * 2


def test_a_period_without_orders_is_deleted_with_its_days(session: Session) -> None:
    made = add(session, FIRST, THIRD, SECOND)

    with transaction(session):
        periods.delete(session, period=made)

    assert queries.all_periods(session) == []
    assert session.scalars(sa.select(PanierBioDisabledDay)).all() == []
    assert actions(session)[-1] == "panier_bio.period.delete"


def test_a_period_with_orders_is_not_deleted(session: Session) -> None:
    made = PeriodFactory(start_date=FIRST, end_date=THIRD)
    BasketFactory(period=made)
    BasketFactory(period=made, status=BasketStatus.cancelled)

    with pytest.raises(PeriodHasOrders) as told, transaction(session):
        periods.delete(session, period=made)

    assert "2 commandes" in told.value.message
    assert queries.all_periods(session) == [made]
