"""The curves of subscriptions and of payments."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.enums import PaymentMethod, PaymentStatus, SubState
from app.modules.intrarez.rules.subscriptions import Period, counts, latest, state
from app.modules.payments import queries
from tests.conftest import Login
from tests.factories import PaymentFactory, PCeenFactory

DAYS = [date(2026, month, 15) for month in range(1, 13)]


@pytest.mark.once
def test_people_are_counted_where_they_stood_each_day() -> None:
    ada = [Period(date(2026, 1, 1), date(2026, 3, 1)), Period(date(2026, 6, 1), date(2026, 12, 1))]
    bob = [Period(date(2026, 2, 1), date(2026, 3, 1)), Period(date(2026, 2, 20), date(2026, 5, 1))]

    found = counts([ada, bob, []], DAYS)

    for rank, day in enumerate(DAYS):
        stood = [state(latest(p for p in one if p.start <= day), day) for one in (ada, bob)]
        for one in (SubState.subscribed, SubState.trial):
            assert found[one][rank] == stood.count(one), (day, one)
    # cut on 2 April for two months, and on 2 June for the three months that count
    assert found[SubState.outlaw] == (0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0)


@pytest.mark.once
def test_nobody_makes_lines_of_zeros() -> None:
    assert counts([], DAYS) == dict.fromkeys(SubState, (0,) * 12)


def test_money_is_of_the_month_in_paris(session: Session) -> None:
    def paid(method: PaymentMethod, at: datetime, **more: object) -> None:
        status = PaymentStatus.manual if method is PaymentMethod.cash else PaymentStatus.accepted
        PaymentFactory(
            **{"method": method, "status": status, "payed_at": at, "amount_cents": 1500} | more
        )

    paid(PaymentMethod.cash, datetime(2026, 1, 31, 23, 30, tzinfo=UTC))  # in February, in Paris
    paid(PaymentMethod.cash, datetime(2026, 2, 10, tzinfo=UTC))
    paid(PaymentMethod.card, datetime(2026, 3, 1, tzinfo=UTC))
    paid(PaymentMethod.card, datetime(2025, 12, 31, 22, tzinfo=UTC))  # before
    PaymentFactory(method=PaymentMethod.card, status=PaymentStatus.waiting, payed_at=None)
    session.commit()

    assert queries.methods_by_month(session, since=date(2026, 1, 1)) == {
        PaymentMethod.card: {date(2026, 3, 1): 1500},
        PaymentMethod.cash: {date(2026, 2, 1): 3000},
    }


def test_the_page_draws_them_and_asks_little(
    login: Login, session: Session, queries: list[str]
) -> None:
    browser = login(PCeenFactory(slugs=["gri"]))
    with time_machine.travel("2026-03-14T20:00:00+00:00", tick=False):
        PaymentFactory(
            method=PaymentMethod.cash,
            status=PaymentStatus.manual,
            payed_at=datetime(2026, 2, 10, tzinfo=UTC),
        )
        session.commit()
        browser = login(PCeenFactory(slugs=["gri"]))
        browser.open_page("/gris/monitoring")
        queries.clear()
        page = browser.open_page("/gris/monitoring")

    assert len(queries) <= 12
    assert page.html.select("svg g.chart-layer rect")
