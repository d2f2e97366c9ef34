"""The next distribution that the home page tells, in one statement."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.enums import BasketStatus
from app.models import PanierBioDisabledDay, PCeen
from app.modules.panier_bio.queries.coming import Coming, coming
from app.modules.panier_bio.rules.options import Options
from tests.factories.community import BasketFactory, PeriodFactory
from tests.factories.people import PCeenFactory

#: A Monday, at ten; Tuesdays.
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FIRST, SECOND = date(2026, 11, 24), date(2026, 12, 1)
OPTIONS = Options(is_open=True)


@pytest.fixture
def ada(session: Session) -> PCeen:
    ada = PCeenFactory()
    session.commit()
    return ada


def found(session: Session, ada: PCeen, now: datetime = NOW) -> Coming | None:
    return coming(session, OPTIONS, now=now, pceen=ada)


def test_nothing_is_told_when_nothing_is_planned(session: Session, ada: PCeen) -> None:
    PeriodFactory(start_date=FIRST, end_date=SECOND, active=False)
    PeriodFactory(start_date=date(2026, 9, 1), end_date=date(2026, 11, 22))
    session.commit()

    assert found(session, ada) is None


def test_the_first_day_that_is_given_out_is_told(session: Session, ada: PCeen) -> None:
    period = PeriodFactory(start_date=FIRST, end_date=SECOND)
    session.commit()

    assert found(session, ada) == Coming(date=FIRST, status=None, is_closed=False)
    later = found(session, ada, NOW + timedelta(hours=4))
    assert later == Coming(date=FIRST, status=None, is_closed=True)

    session.add(PanierBioDisabledDay(period_id=period.id, date=FIRST))
    session.commit()
    assert found(session, ada) == Coming(date=SECOND, status=None, is_closed=False)


@pytest.mark.parametrize("status", [BasketStatus.confirmed, BasketStatus.waiting])
def test_what_one_has_of_it_is_told(session: Session, ada: PCeen, status: BasketStatus) -> None:
    period = PeriodFactory(start_date=FIRST, end_date=SECOND)
    BasketFactory(period=period, date=FIRST, pceen=ada, status=status)
    BasketFactory(period=period, date=FIRST)
    session.commit()

    assert found(session, ada) == Coming(date=FIRST, status=status, is_closed=False)


def test_a_cancelled_basket_is_none_and_one_of_another_weekday_counts(
    session: Session, ada: PCeen
) -> None:
    period = PeriodFactory(start_date=FIRST, end_date=SECOND)
    BasketFactory(period=period, date=FIRST, pceen=ada, status=BasketStatus.cancelled)
    session.commit()
    assert found(session, ada) == Coming(date=FIRST, status=None, is_closed=False)

    monday = FIRST - timedelta(days=1)
    BasketFactory(period=period, date=monday, pceen=ada)
    session.commit()
    told = found(session, ada)

    assert told is not None
    assert (told.date, told.status) == (monday, BasketStatus.confirmed)
