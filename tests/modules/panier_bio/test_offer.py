"""Which dates are offered to whom."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from app.enums import BasketStatus
from app.models import PanierBioDisabledDay, PCeen
from app.modules.panier_bio.queries.offer import offer
from app.modules.panier_bio.queries.orders import past, upcoming
from app.modules.panier_bio.rules.offer import DayState, OfferedDay
from app.modules.panier_bio.rules.options import Options
from tests.factories import PCeenFactory
from tests.factories.community import BasketFactory
from tests.modules.panier_bio.baskets import (
    FIRST,
    NOW,
    SECOND,
    THIRD,
    at,
    limited,
    opened,
    winter,
)

DAY = timedelta(days=1)


def offered(session: Session, options: Options | None = None, **asked: object) -> list[OfferedDay]:
    given = {"now": NOW, "pceen": None} | asked
    return list(offer(session, options or opened(), **given))  # type: ignore[arg-type]


def dates(session: Session, options: Options | None = None, **asked: object) -> list[date]:
    return [one.date for one in offered(session, options, **asked)]


def test_the_winter_of_the_specification(session: Session) -> None:
    winter()

    found = dates(session)

    assert found[0] == FIRST
    assert date(2026, 12, 25) not in found
    assert date(2027, 1, 1) not in found
    assert date(2027, 1, 8) in found
    assert found[-1] == date(2027, 1, 29)


def test_only_active_periods_that_go_on_are_offered(session: Session) -> None:
    winter(start_date=date(2026, 9, 1), end_date=date(2026, 10, 30))
    winter(active=False)
    winter(start_date=date(2027, 2, 5), end_date=date(2027, 2, 5))

    assert dates(session) == [date(2027, 2, 5)]


def test_the_first_and_the_last_day_are_offered_and_disabled_ones_are_not(
    session: Session,
) -> None:
    period = winter(start_date=FIRST, end_date=THIRD)
    session.add(PanierBioDisabledDay(period_id=period.id, date=SECOND))
    session.commit()

    assert dates(session) == [FIRST, THIRD]


def test_a_date_is_offered_until_its_deadline(session: Session) -> None:
    winter()

    assert dates(session, now=at(FIRST - DAY, 13, 59, 59))[0] == FIRST
    assert dates(session, now=at(FIRST - DAY, 14))[0] == SECOND
    assert dates(session, now=at(FIRST, 23, 59))[0] == SECOND


def test_the_state_of_a_date_is_told(session: Session) -> None:
    period, me = winter(), PCeenFactory()
    BasketFactory(period=period, pceen=me, date=FIRST)
    BasketFactory(period=period, date=SECOND)
    BasketFactory(period=period, date=SECOND, status=BasketStatus.waiting)
    BasketFactory(period=period, date=THIRD, status=BasketStatus.cancelled)
    limited(session, SECOND, 1, "Courges")

    first, second, third = offered(session, opened(capacity=8), pceen=me)[:3]

    assert (first.state, first.taken, first.remaining) == (DayState.mine, 1, 7)
    assert first.order is not None
    assert (second.state, second.taken, second.waiting) == (DayState.full, 1, 1)
    assert (second.remaining, second.note) == (0, "Courges")
    assert (third.state, third.taken, third.remaining) == (DayState.open, 0, 8)
    assert offered(session)[2].remaining is None


def test_an_exception_of_a_date_may_be_that_there_is_no_limit(session: Session) -> None:
    period = winter()
    BasketFactory(period=period, date=FIRST)
    limited(session, FIRST, 0)

    first, second = offered(session, opened(capacity=1))[:2]

    assert (first.state, first.remaining) == (DayState.open, None)
    assert second.remaining == 1


def test_an_offer_takes_a_few_statements_however_long(session: Session, queries: list[str]) -> None:
    period, me = winter(end_date=date(2028, 1, 31)), PCeenFactory()
    for day in (FIRST, SECOND, THIRD):
        BasketFactory(period=period, pceen=me, date=day)
    me = session.get_one(PCeen, me.id)
    queries.clear()

    assert len(offered(session, pceen=me)) > 50
    assert len(queries) <= 5


# Whose orders


def test_orders_stay_with_whose_they_are(session: Session) -> None:
    period, me = winter(), PCeenFactory()
    coming = BasketFactory(period=period, pceen=me, date=FIRST)
    gone = BasketFactory(period=period, pceen=me, date=date(2026, 11, 20))
    given_up = BasketFactory(period=period, pceen=me, date=SECOND, status=BasketStatus.cancelled)
    BasketFactory(period=period, date=FIRST)
    today = NOW.date()

    assert upcoming(session, me, today=today) == [coming]
    assert past(session, me, today=today).items == [given_up, gone]


@pytest.mark.parametrize("weekday", [1, 2, 3, 4, 6, 7])
def test_another_weekday_offers_other_dates(session: Session, weekday: int) -> None:
    winter()

    assert {one.isoweekday() for one in dates(session, opened(weekday=weekday))} == {weekday}
