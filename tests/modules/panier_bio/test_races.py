"""Baskets that many people want at once: on real connections."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import BasketStatus
from app.extensions import db
from app.models import OrderPanierBio, PanierBioDate, PCeen, PeriodPanierBio
from app.modules.panier_bio.queries.options import options as read_options
from app.modules.panier_bio.rules.days import holiday_name
from app.modules.panier_bio.service import expiry, orders, periods, staff
from app.modules.panier_bio.service.staff import Flag
from tests.factories import PCeenFactory
from tests.factories.community import BasketFactory, PeriodFactory
from tests.modules.bar.ledger_site import Act, Site, at_once
from tests.modules.panier_bio.baskets import opened, visitor, wanted

CONFIRMED, WAITING = BasketStatus.confirmed, BasketStatus.waiting
CANCELLED, PENDING = BasketStatus.cancelled, BasketStatus.pending


@pytest.fixture
def site(shared: Flask) -> Iterator[Site]:
    yield Site(shared)
    with shared.app_context():
        db.session.remove()


@pytest.fixture
def day(site: Site) -> date:
    """A day far enough, with a distribution, in an active period."""
    found = clock.today() + timedelta(days=10)
    while holiday_name(found):
        found += timedelta(days=1)
    start, end = found - timedelta(days=9), found + timedelta(days=60)
    site.ask(lambda _session: PeriodFactory(start_date=start, end_date=end).id)
    return found


def people(site: Site, count: int) -> list[int]:
    return site.ask(lambda _session: [PCeenFactory().id for _ in range(count)])


def limit(site: Site, day: date, capacity: int) -> None:
    def make(session: Session) -> None:
        session.add(PanierBioDate(date=day, capacity=capacity))
        session.commit()

    site.ask(make)


def ordering(site: Site, key: int, *days: date, wait: bool = True) -> Act:
    """What ordering is answered, for a member."""
    options = opened(weekday=days[0].isoweekday())

    def work(session: Session) -> None:
        asked = wanted(*days, wait=wait)
        by = session.get_one(PCeen, key)
        orders.order(session, wanted=asked, by=by, options=options)

    return site.done(work)


def cancelling(site: Site, key: int) -> Act:
    def work(session: Session) -> None:
        order = session.get_one(OrderPanierBio, key)
        orders.cancel(session, order=order, options=opened(weekday=order.date.isoweekday()))

    return site.done(work)


def states(site: Site) -> Counter[BasketStatus]:
    stmt = sa.select(OrderPanierBio.status)
    return Counter(site.ask(lambda session: session.scalars(stmt).all()))


def keys(site: Site, status: BasketStatus) -> list[int]:
    """The orders in a state, in order."""
    stmt = sa.select(OrderPanierBio.id).where(OrderPanierBio.status == status)
    stmt = stmt.order_by(OrderPanierBio.created_at, OrderPanierBio.id)
    return site.ask(lambda session: list(session.scalars(stmt)))


@pytest.mark.parametrize("is_known", [True, False])
def test_of_thirty_two_orders_at_once_five_have_a_basket(
    site: Site, day: date, is_known: bool
) -> None:
    if is_known:
        limit(site, day, 5)
        acts = [ordering(site, key, day, wait=False) for key in people(site, 32)]
    else:  # nothing was ever said of that date: its row is made by whoever comes first
        options = opened(weekday=day.isoweekday(), capacity=5)

        def act(key: int) -> Act:
            def work(session: Session) -> None:
                by = session.get_one(PCeen, key)
                asked = wanted(day, wait=False)
                orders.order(session, wanted=asked, by=by, options=options)

            return site.done(work)

        acts = [act(key) for key in people(site, 32)]

    assert at_once(acts) == {"done": 5, "DatesRefused": 27}
    assert states(site) == {CONFIRMED: 5}


def test_of_sixteen_people_for_the_last_basket_one_has_it_and_fifteen_wait(
    site: Site, day: date
) -> None:
    limit(site, day, 1)

    assert at_once([ordering(site, key, day) for key in people(site, 16)]) == {"done": 16}
    assert states(site) == {CONFIRMED: 1, WAITING: 15}

    (first,), (second, *_others) = keys(site, CONFIRMED), keys(site, WAITING)
    assert cancelling(site, first)() == "done"
    assert states(site) == {CANCELLED: 1, CONFIRMED: 1, WAITING: 14}
    assert keys(site, CONFIRMED) == [second]


def test_a_member_who_orders_twice_at_once_has_one_basket(site: Site, day: date) -> None:
    (ada,) = people(site, 1)

    answers = at_once([ordering(site, ada, day) for _ in range(8)])

    assert answers == {"done": 1, "DatesRefused": 7}
    assert states(site) == {CONFIRMED: 1}


def test_a_visitor_who_orders_twice_at_once_has_one_basket(site: Site, day: date) -> None:
    def work(session: Session) -> None:
        options = opened(weekday=day.isoweekday())
        orders.order(session, wanted=wanted(day), by=visitor(), secret="s", options=options)

    assert at_once([site.done(work) for _ in range(8)]) == {"done": 1, "DatesRefused": 7}
    assert states(site) == {PENDING: 1}


def test_dates_in_any_order_do_not_wait_for_one_another(site: Site, day: date) -> None:
    week = timedelta(days=7)
    days = [one for n in range(4) if not holiday_name(one := day + n * week)]
    acts = [
        ordering(site, key, *(days if number % 2 else reversed(days)))
        for number, key in enumerate(people(site, 16))
    ]

    answers = at_once(acts)

    assert set(answers) <= {"done", "DatesRefused"}
    assert states(site)[CONFIRMED] == answers["done"] * len(days)


def test_orders_and_cancellations_at_once_leave_no_basket_free(site: Site, day: date) -> None:
    limit(site, day, 4)
    for key in people(site, 8):
        assert ordering(site, key, day)() == "done"
    given_up = keys(site, CONFIRMED)
    acts = [cancelling(site, key) for key in [*given_up, *given_up]]
    acts += [ordering(site, key, day) for key in people(site, 8)]

    answers = at_once(acts)

    assert answers == {"done": 12, "CancelledAlready": 4}
    assert states(site) == {CANCELLED: 4, CONFIRMED: 4, WAITING: 8}


def test_all_that_is_done_at_once_around_a_date_ends_well(site: Site, day: date) -> None:
    limit(site, day, 3)
    options = opened(weekday=day.isoweekday())
    for key in people(site, 6):
        ordering(site, key, day)()
    period = site.ask(lambda session: session.scalars(sa.select(PeriodPanierBio.id)).one())
    old = clock.now() - timedelta(hours=2)
    site.ask(
        lambda session: (
            BasketFactory(
                period=session.get_one(PeriodPanierBio, period),
                pceen=None,
                email="late@example.org",
                date=day,
                status=PENDING,
                created_at=old,
            ).id
        )
    )
    first, *_rest = keys(site, CONFIRMED)

    def tick(session: Session) -> None:
        order = session.get_one(OrderPanierBio, first)
        staff.set_flag(session, order=order, flag=Flag.payment, value=True)

    def widen(session: Session) -> None:
        staff.set_date(session, day=day, capacity=5, note="", version=1)

    def choose(session: Session) -> None:
        known = read_options(session)
        staff.set_options(session, wanted=options, version=staff.version_of(known))

    def close(session: Session) -> None:
        found = session.get_one(PeriodPanierBio, period)
        periods.set_active(session, period=found, active=False)

    def forget(session: Session) -> None:
        expiry.expire(session)

    def remove(session: Session) -> None:
        periods.delete(session, period=session.get_one(PeriodPanierBio, period))

    works = [tick, widen, choose, close, forget, remove, forget, choose]
    acts = [site.done(one) for one in works] + [cancelling(site, first)]
    acts += [ordering(site, key, day) for key in people(site, 6)]

    answers = at_once(acts)

    known = {"done", "CancelledAlready", "DatesRefused", "PeriodHasOrders", "StalePanierBio"}
    assert set(answers) <= known
    found = states(site)
    assert found[CONFIRMED] == 5
    assert found[PENDING] == 0
    assert found[CANCELLED] == 2


def test_of_periods_that_overlap_one_is_added(site: Site) -> None:
    start = clock.today()

    def work(session: Session) -> None:
        details = periods.Details(start=start, end=start + timedelta(days=30))
        periods.add(session, details=details)

    assert at_once([site.done(work) for _ in range(12)]) == {"done": 1, "PeriodsOverlap": 11}


def test_a_period_shrinks_before_an_order_or_not_at_all(site: Site, day: date) -> None:
    (ada,) = people(site, 1)

    def shrink(session: Session) -> None:
        found = session.scalars(sa.select(PeriodPanierBio)).one()
        details = periods.Details(start=found.start_date, end=day - timedelta(days=1))
        periods.edit(session, period=found, details=details, version=1)

    answers = at_once([site.done(shrink), ordering(site, ada, day)])

    assert answers in ({"done": 1, "DatesRefused": 1}, {"done": 1, "OrdersOutside": 1})
