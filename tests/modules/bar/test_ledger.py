"""Money that comes and goes, what is undone, and the days that it counts for."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.core.transaction import transaction
from app.enums import BarKind, BarMethod, PaymentMethod, PaymentStatus, PaymentType
from app.models import (
    BALANCE_MAX,
    AuditEvent,
    BarAccount,
    BarItem,
    BarTransaction,
    Choice,
    Payment,
    PCeen,
)
from app.modules.bar import choices, errors
from app.modules.bar.service import requests, sales
from app.modules.bar.service.requests import Outcome, asked
from app.modules.bar.service.sales import Order
from app.modules.payments import around
from app.modules.payments.errors import RevokedAlready
from app.modules.payments.service import books, collect
from tests.factories import BarItemFactory, barman, customer, manager
from tests.modules.bar.counter import Counter, lines, wrong

BEER = Decimal("14.4")


@pytest.fixture
def counter(app: Flask, session: Session) -> Counter:
    return Counter(app, session)


@pytest.fixture
def ada(session: Session) -> PCeen:
    """Who buys, with 5 €."""
    return customer(500)


@pytest.fixture
def bob(session: Session) -> PCeen:
    """Who serves."""
    return barman()


@pytest.fixture
def eve(session: Session) -> PCeen:
    """Who runs the bar."""
    return manager()


def choose(
    session: Session, choice: Choice[int] | Choice[str] | Choice[bool], value: object
) -> None:
    choice.set(session, value)  # type: ignore[arg-type]
    session.commit()


def archive(session: Session, item: BarItem, name: str | None = None) -> None:
    """Sell it no more, under its name or another."""
    with session.no_autoflush:
        item.archived = True
        item.rename(name or item.name)
    session.commit()


# Top-ups


@pytest.mark.parametrize("cents", [1, 1250, 50_000])
def test_a_top_up_adds_what_was_given(
    counter: Counter, ada: PCeen, bob: PCeen, session: Session, cents: int
) -> None:
    line = counter.top_up(bob, ada, cents)

    assert counter.balance(ada) == 500 + cents
    assert (line.type, line.method) == (BarKind.top_up, BarMethod.cash)
    assert (line.balance_change_cents, line.balance_after_cents) == (cents, 500 + cents)
    assert (line.client_id, line.barman_id) == (ada.id, bob.id)
    assert list(counter.days(ada).values()) == [(cents, 0, 0, Decimal(0))]
    assert wrong(session, opening={ada.id: 500}) == []


@pytest.mark.parametrize("cents", [0, -1, -500, 50_001, 9_999_999])
def test_a_top_up_is_within_its_bounds(
    counter: Counter, ada: PCeen, bob: PCeen, cents: int
) -> None:
    refused = counter.refusal(counter.top_up, bob, ada, cents)

    assert (type(refused), refused.status) == (errors.AmountOutOfBounds, 422)
    assert counter.balance(ada) == 500


def test_the_most_of_a_top_up_is_a_rule_of_the_house(
    counter: Counter, ada: PCeen, bob: PCeen, session: Session
) -> None:
    choose(session, choices.TOP_UP_MAX, 1000)

    assert counter.top_up(bob, ada, 1000).balance_after_cents == 1500
    assert isinstance(counter.refusal(counter.top_up, bob, ada, 1001), errors.AmountOutOfBounds)


def test_nobody_does_anything_to_their_own_account(counter: Counter, session: Session) -> None:
    own = manager()
    sale = counter.top_up(barman(), _paid(session, own), 500)

    for act in (
        lambda: counter.top_up(own, own, 100),
        lambda: counter.refund(own, own, 100),
        lambda: counter.adjust(own, own, 100),
        lambda: counter.take_deposit(own, own),
        lambda: counter.give_deposit_back(own, own),
        lambda: counter.reverse(own, sale, manager=True, reason="r"),
    ):
        refused = counter.refusal(act)
        assert (type(refused), refused.status) == (errors.ForOneself, 422)


def _paid(session: Session, pceen: PCeen) -> PCeen:
    session.get_one(BarAccount, pceen.id).deposit_cents = 0
    session.commit()
    return pceen


def test_who_serves_may_serve_themselves(counter: Counter, bob: PCeen, session: Session) -> None:
    counter.top_up(barman(), _paid(session, bob), 500)

    assert counter.sell(bob, bob, BarItemFactory()).balance_after_cents == 400


def test_without_a_caution_no_money_comes_but_it_may_leave(
    counter: Counter, bob: PCeen, eve: PCeen
) -> None:
    ada = customer(500, deposit=False)

    assert isinstance(counter.refusal(counter.top_up, bob, ada, 100), errors.NoDeposit)
    counter.refund(eve, ada, 500)
    assert counter.balance(ada) == 0


def test_a_balance_has_a_bound(counter: Counter, bob: PCeen, eve: PCeen) -> None:
    rich = customer(BALANCE_MAX - 100)

    assert isinstance(counter.refusal(counter.top_up, bob, rich, 101), errors.BalanceTooHigh)
    assert isinstance(counter.refusal(counter.adjust, eve, rich, 101), errors.BalanceTooHigh)
    counter.top_up(bob, rich, 100)
    assert counter.balance(rich) == BALANCE_MAX


def test_room_is_left_for_what_is_being_paid_online(
    counter: Counter, bob: PCeen, session: Session
) -> None:
    rich = customer(BALANCE_MAX - 1000)
    _payment(session, rich, 900, status=PaymentStatus.waiting)

    assert isinstance(counter.refusal(counter.top_up, bob, rich, 101), errors.BalanceTooHigh)
    assert counter.top_up(bob, rich, 100).type is BarKind.top_up


def _payment(
    session: Session, pceen: PCeen, cents: int, *, status: PaymentStatus = PaymentStatus.waiting
) -> Payment:
    payment = Payment(
        pceen=pceen,
        type=PaymentType.bar,
        amount_cents=cents,
        method=PaymentMethod.lydia,
        status=status,
    )
    session.add(payment)
    session.commit()
    return payment


@pytest.mark.parametrize("name", ["top_up", "take_deposit", "sell"])
def test_who_may_not_come_to_the_bar_is_not_known_there(
    counter: Counter, bob: PCeen, eve: PCeen, name: str
) -> None:
    ada = customer(500, roles=[])
    more = {"top_up": (100,), "take_deposit": (), "sell": (BarItemFactory(),)}

    refused = counter.refusal(getattr(counter, name), bob, ada, *more[name])

    assert (type(refused), refused.status) == (errors.NoSuchCustomer, 404)


def test_who_no_longer_comes_is_given_their_money_back(
    counter: Counter, bob: PCeen, eve: PCeen, session: Session
) -> None:
    ada = customer(500)
    sale = counter.sell(bob, ada, BarItemFactory())
    session.refresh(ada)
    ada.roles = []
    session.commit()

    counter.reverse(bob, sale)
    counter.adjust(eve, ada, -100)
    counter.refund(eve, ada, 400)
    counter.give_deposit_back(bob, ada)

    account = counter.account(ada)
    assert (account.balance_cents, account.deposit_cents) == (0, None)


# Refunds and corrections


@pytest.mark.parametrize(("cents", "is_done"), [(1, True), (500, True), (501, False), (0, False)])
def test_a_refund_is_of_what_there_is(
    counter: Counter, ada: PCeen, eve: PCeen, session: Session, cents: int, is_done: bool
) -> None:
    if is_done:
        line = counter.refund(eve, ada, cents)
        assert (line.balance_change_cents, line.reason) == (-cents, "r")
        assert counter.balance(ada) == 500 - cents
    else:
        refused = counter.refusal(counter.refund, eve, ada, cents)
        assert isinstance(refused, errors.AmountOutOfBounds)
    assert wrong(session, opening={ada.id: 500}) == []


@pytest.mark.parametrize("cents", [-500, -1, 1, BALANCE_MAX - 500])
def test_a_correction_goes_both_ways(
    counter: Counter, ada: PCeen, eve: PCeen, session: Session, cents: int
) -> None:
    counter.adjust(eve, ada, cents)

    assert counter.balance(ada) == 500 + cents
    assert wrong(session, opening={ada.id: 500}) == []


@pytest.mark.parametrize(
    ("cents", "reason", "expected"),
    [
        (0, "r", errors.NoMoneyMoved),
        (100, None, errors.ReasonMissing),
        (100, "", errors.ReasonMissing),
        (-501, "r", errors.BalanceTooLow),
        (BALANCE_MAX, "r", errors.BalanceTooHigh),
    ],
)
def test_a_correction_has_its_reason_and_its_bounds(
    counter: Counter, ada: PCeen, eve: PCeen, cents: int, reason: str | None, expected: type
) -> None:
    refused = counter.refusal(counter.adjust, eve, ada, cents, reason=reason)

    assert (type(refused), refused.status) == (expected, 422)


def test_who_moved_money_is_written_in_the_audit(
    counter: Counter, ada: PCeen, eve: PCeen, session: Session
) -> None:
    counter.adjust(eve, ada, 100, reason="Erreur de caisse")

    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.reason) == ("bar.ledger.adjustment", "Erreur de caisse")


# The caution


def test_a_caution_is_given_back_as_it_was_taken_whatever_it_is_now(
    counter: Counter, bob: PCeen, session: Session
) -> None:
    ada = customer(500, deposit=False)
    choose(session, choices.DEPOSIT, 2000)
    taken = counter.take_deposit(bob, ada)
    choose(session, choices.DEPOSIT, 3000)

    given = counter.give_deposit_back(bob, ada)

    assert (taken.deposit_change_cents, given.deposit_change_cents) == (2000, -2000)
    assert (taken.balance_change_cents, given.balance_change_cents) == (0, 0)
    assert counter.account(ada).deposit_cents is None
    assert counter.balance(ada) == 500
    assert counter.take_deposit(bob, ada).deposit_change_cents == 3000
    assert counter.days(ada) == {}


def test_a_caution_of_nothing_is_one(counter: Counter, bob: PCeen) -> None:
    ada = customer(500, deposit=False)

    counter.take_deposit(bob, ada)

    assert counter.account(ada).has_deposit
    assert isinstance(counter.refusal(counter.take_deposit, bob, ada), errors.DepositThere)
    assert counter.sell(bob, ada, BarItemFactory()).balance_after_cents == 400


def test_once_it_is_given_back_nothing_is_sold(counter: Counter, ada: PCeen, bob: PCeen) -> None:
    counter.give_deposit_back(bob, ada)

    assert isinstance(counter.refusal(counter.give_deposit_back, bob, ada), errors.DepositNotThere)
    assert isinstance(counter.refusal(counter.sell, bob, ada, BarItemFactory()), errors.NoDeposit)


def test_of_two_cautions_the_one_of_the_merged_account_goes_first(
    counter: Counter, ada: PCeen, bob: PCeen, session: Session
) -> None:
    account = session.get_one(BarAccount, ada.id)
    account.deposit_cents, account.deposit_owed_cents = 2000, 1500
    session.commit()

    assert counter.give_deposit_back(bob, ada).deposit_change_cents == -1500
    assert counter.account(ada).deposit_cents == 2000
    assert counter.give_deposit_back(bob, ada).deposit_change_cents == -2000
    assert isinstance(counter.refusal(counter.give_deposit_back, bob, ada), errors.DepositNotThere)


def test_cautions_and_stock_are_not_reversed(counter: Counter, bob: PCeen, eve: PCeen) -> None:
    taken = counter.take_deposit(bob, customer(0, deposit=False))

    refused = counter.refusal(counter.reverse, eve, taken, manager=True, reason="r")

    assert (type(refused), refused.status) == (errors.NotReversible, 422)


# Sales


def test_a_line_keeps_the_price_the_name_and_the_grams_of_then(
    counter: Counter, ada: PCeen, bob: PCeen, session: Session
) -> None:
    beer = BarItemFactory(name="Blonde", price_cents=350, alcohol_mass=BEER, quantity=3)
    number = counter.sell(bob, ada, beer).id
    beer.rename("Brune")
    beer.price_cents, beer.alcohol_mass = 900, Decimal(0)
    session.commit()

    line = session.get_one(BarTransaction, number)
    assert (line.item_name, line.price_cents, line.alcohol_mass) == ("Blonde", 350, BEER)
    assert (line.stock_change, line.balance_change_cents) == (-1, -350)


def test_what_is_archived_or_unknown_is_not_sold(
    counter: Counter, ada: PCeen, bob: PCeen, session: Session
) -> None:
    old = BarItemFactory()
    archive(session, old)

    for item in (old, 2**31 - 1):
        refused = counter.refusal(counter.sell, bob, ada, item)
        assert (type(refused), refused.status) == (errors.NoSuchItem, 404)


def test_another_price_than_was_seen_sells_nothing(
    counter: Counter, ada: PCeen, bob: PCeen
) -> None:
    beer = BarItemFactory(price_cents=350)

    refused = counter.refusal(counter.sell, bob, ada, beer, price=300)

    assert (type(refused), refused.status) == (errors.PriceChanged, 409)
    assert refused.detail == {"price_cents": 350}
    assert counter.sell(bob, ada, beer, price=350).balance_after_cents == 150


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        (choices.OPEN, False, errors.BarClosed),
        (choices.ALCOHOL_CAP, "0", errors.TooMuchAlcohol),
        (choices.ALCOHOL_CAP, "14.3", errors.TooMuchAlcohol),
    ],
)
def test_the_rules_of_the_house_hold_at_the_next_sale(
    counter: Counter,
    ada: PCeen,
    bob: PCeen,
    setting: Choice[str],
    value: str,
    expected: type,
) -> None:
    beer = BarItemFactory(price_cents=100, alcohol_mass=BEER)
    counter.sell(bob, ada, beer)
    choose(counter.session, setting, value)

    assert isinstance(counter.refusal(counter.sell, bob, ada, beer), expected)


def test_two_of_three_drinks_are_under_the_cap(
    counter: Counter, bob: PCeen, session: Session
) -> None:
    ada = customer(5000)
    beer = BarItemFactory(price_cents=100, alcohol_mass=BEER)

    assert [counter.sell(bob, ada, beer).alcohol_after for _ in range(2)] == [BEER, BEER * 2]
    assert isinstance(counter.refusal(counter.sell, bob, ada, beer), errors.TooMuchAlcohol)
    assert isinstance(counter.sell(bob, ada, BarItemFactory()), BarTransaction)
    assert wrong(session, opening={ada.id: 5000}) == []


def test_who_is_a_minor_is_refused_alcohol_alone(counter: Counter, bob: PCeen) -> None:
    with time_machine.travel(datetime(2026, 11, 29, 20, tzinfo=UTC), tick=False):
        young = customer(5000, birth_date=date(2008, 11, 30))
        beer = BarItemFactory(alcohol_mass=BEER)

        assert isinstance(counter.refusal(counter.sell, bob, young, beer), errors.TooYoung)
        counter.sell(bob, young, BarItemFactory())
    # the night goes on: it is still the day before that of their 18 years
    with time_machine.travel(datetime(2026, 11, 30, 4, 59, tzinfo=UTC), tick=False):
        assert isinstance(counter.refusal(counter.sell, bob, young, beer), errors.TooYoung)
    with time_machine.travel(datetime(2026, 11, 30, 5, tzinfo=UTC), tick=False):
        counter.sell(bob, young, beer)


# Days


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-29T05:59", "2026-03-28"),
        ("2026-03-29T06:01", "2026-03-29"),
        ("2026-10-25T05:59", "2026-10-24"),
        ("2026-10-25T06:01", "2026-10-25"),
    ],
)
def test_a_sale_counts_for_the_day_of_the_bar(
    counter: Counter, ada: PCeen, bob: PCeen, at: str, day: str
) -> None:
    instant = datetime.fromisoformat(at).replace(tzinfo=PARIS).astimezone(UTC)
    with time_machine.travel(instant, tick=False):
        line = counter.sell(bob, ada, BarItemFactory())

    assert line.bar_day.isoformat() == day
    assert line.bar_hour == int(at[11:13])
    assert counter.days(ada) == {day: (-100, 100, 1, Decimal(0))}


def test_grams_are_forgotten_when_the_day_ends(counter: Counter, bob: PCeen) -> None:
    ada = customer(5000)
    beer = BarItemFactory(alcohol_mass=Decimal(40))
    with time_machine.travel(datetime(2026, 11, 29, 4, 59, tzinfo=UTC), tick=False) as traveller:
        counter.sell(bob, ada, beer)
        assert isinstance(counter.refusal(counter.sell, bob, ada, beer), errors.TooMuchAlcohol)
        traveller.shift(timedelta(minutes=1))
        assert counter.sell(bob, ada, beer).alcohol_after == 40

    assert [one[3] for one in counter.days(ada).values()] == [40, 40]


def test_a_day_that_ends_during_a_sale_is_the_one_that_it_began_in(
    counter: Counter, ada: PCeen, bob: PCeen, monkeypatch: pytest.MonkeyPatch
) -> None:
    beer = BarItemFactory(alcohol_mass=BEER)
    with time_machine.travel(datetime(2026, 11, 29, 5, tzinfo=UTC), tick=False):
        counter.sell(bob, ada, beer)
    passing = iter([datetime(2026, 11, 29, 4, 59, 59, 999_999, tzinfo=UTC)])
    after = datetime(2026, 11, 29, 5, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: next(passing, after))

    line = counter.sell(bob, ada, beer)

    assert (line.bar_day, line.bar_hour) == (date(2026, 11, 28), 5)
    assert [one[3] for one in counter.days(ada).values()] == [BEER, BEER]


# Reversals


def test_what_was_sold_comes_back_as_it_was_whatever_became_of_it(
    counter: Counter, ada: PCeen, bob: PCeen, session: Session
) -> None:
    beer = BarItemFactory(name="Blonde", price_cents=350, alcohol_mass=BEER, quantity=3)
    sale = counter.sell(bob, ada, beer)
    beer.price_cents, beer.alcohol_mass = 100, Decimal(0)
    archive(session, beer, "Brune")

    undone = counter.reverse(bob, sale)

    assert counter.balance(ada) == 500
    assert counter.stock(beer) == 3
    assert list(counter.days(ada).values()) == [(0, 0, 0, Decimal(0))]
    assert (undone.price_cents, undone.alcohol_mass, undone.item_name) == (350, BEER, "Blonde")
    assert (undone.alcohol_after, undone.stock_after) == (0, 3)
    refused = counter.refusal(counter.reverse, bob, sale)
    assert (type(refused), refused.status) == (errors.ReversedAlready, 422)
    assert wrong(session, opening={ada.id: 500}) == []


def test_nothing_is_undone_twice_nor_undone_again(
    counter: Counter, ada: PCeen, bob: PCeen, eve: PCeen
) -> None:
    undone = counter.reverse(bob, counter.sell(bob, ada, BarItemFactory()))

    refused = counter.refusal(counter.reverse, eve, undone, manager=True, reason="r")

    assert isinstance(refused, errors.NotReversible)
    assert isinstance(counter.refusal(counter.reverse, bob, 2**31 - 1), errors.NoSuchTransaction)


@pytest.mark.parametrize(("before", "after"), [(3, None), (None, 5), (3, 7)])
def test_stock_comes_back_if_it_left_and_is_still_counted(
    counter: Counter,
    ada: PCeen,
    bob: PCeen,
    session: Session,
    before: int | None,
    after: int | None,
) -> None:
    item = BarItemFactory(quantity=before)
    sale = counter.sell(bob, ada, item)
    item.quantity = after
    session.commit()

    undone = counter.reverse(bob, sale)

    is_back = before is not None and after is not None
    assert undone.stock_change == int(is_back)
    assert counter.stock(item) == (after + 1 if is_back and after is not None else after)


@pytest.mark.parametrize(
    ("late", "asked_as", "expected"),
    [
        (timedelta(hours=24), {"manager": False, "reason": None}, None),
        (
            timedelta(hours=24, minutes=1),
            {"manager": False, "reason": None},
            errors.TooLateToReverse,
        ),
        (
            timedelta(hours=24, minutes=1),
            {"manager": False, "reason": "r"},
            errors.TooLateToReverse,
        ),
        (timedelta(hours=24, minutes=1), {"manager": True, "reason": None}, errors.ReasonMissing),
        (timedelta(hours=24, minutes=1), {"manager": True, "reason": "r"}, None),
        (timedelta(days=700), {"manager": True, "reason": "r"}, None),
        (timedelta(hours=1), {"manager": True, "reason": None}, None),
    ],
)
def test_after_a_while_it_takes_who_runs_the_bar_and_a_reason(
    counter: Counter,
    ada: PCeen,
    bob: PCeen,
    late: timedelta,
    asked_as: dict[str, Any],
    expected: type | None,
) -> None:
    with time_machine.travel(datetime(2026, 11, 29, 20, tzinfo=UTC), tick=False) as traveller:
        sale = counter.sell(bob, ada, BarItemFactory())
        traveller.shift(late)
        if expected is None:
            assert counter.reverse(bob, sale, **asked_as).reason == asked_as["reason"]
            return
        refused = counter.refusal(counter.reverse, bob, sale, **asked_as)

    assert isinstance(refused, expected)
    assert refused.status == (403 if expected is errors.TooLateToReverse else 422)


def test_what_is_undone_later_counts_for_its_own_day_and_hour(
    counter: Counter, ada: PCeen, bob: PCeen, session: Session
) -> None:
    beer = BarItemFactory(price_cents=100, alcohol_mass=BEER)
    with time_machine.travel(datetime(2026, 11, 28, 21, tzinfo=UTC), tick=False) as traveller:
        sale = counter.sell(bob, ada, beer)
        traveller.shift(timedelta(hours=12))
        counter.sell(bob, ada, beer)
        undone = counter.reverse(bob, sale)

    assert (undone.bar_day, undone.bar_hour) == (sale.bar_day, 22)
    assert undone.alcohol_after == BEER  # of today: what is undone was yesterday's
    assert counter.days(ada) == {
        "2026-11-28": (0, 0, 0, Decimal(0)),
        "2026-11-29": (-100, 100, 1, BEER),
    }
    assert wrong(session, opening={ada.id: 500}) == []


def test_a_day_that_begins_otherwise_since_changes_nothing_of_what_was(
    counter: Counter, ada: PCeen, bob: PCeen, session: Session
) -> None:
    with time_machine.travel(datetime(2026, 11, 29, 7, tzinfo=UTC), tick=False):
        sale = counter.sell(bob, ada, BarItemFactory(alcohol_mass=BEER))
        choose(session, choices.DAY_START, "09:30")
        counter.reverse(bob, sale)

    assert counter.days(ada) == {"2026-11-29": (0, 0, 0, Decimal(0))}


def test_money_that_is_spent_is_not_undone(counter: Counter, bob: PCeen) -> None:
    ada = customer(0)
    paid = counter.top_up(bob, ada, 1000)
    counter.sell(bob, ada, BarItemFactory(price_cents=600))

    refused = counter.refusal(counter.reverse, bob, paid)

    assert (type(refused), refused.status) == (errors.BalanceTooLow, 422)
    assert counter.balance(ada) == 400


def test_what_comes_back_has_to_fit(counter: Counter, eve: PCeen, bob: PCeen) -> None:
    ada = customer(BALANCE_MAX)
    given = counter.refund(eve, ada, 1000)
    counter.top_up(bob, ada, 1000)

    refused = counter.refusal(counter.reverse, bob, given)

    assert (type(refused), refused.status) == (errors.BalanceTooHigh, 422)


def test_refunds_and_corrections_are_undone_both_ways(
    counter: Counter, ada: PCeen, bob: PCeen, eve: PCeen, session: Session
) -> None:
    moved = [
        counter.refund(eve, ada, 100),
        counter.adjust(eve, ada, -100),
        counter.adjust(eve, ada, 100),
        counter.top_up(bob, ada, 100),
    ]

    undone = [counter.reverse(bob, line) for line in moved]

    assert [one.balance_change_cents for one in undone] == [100, 100, -100, -100]
    assert counter.balance(ada) == 500
    assert wrong(session, opening={ada.id: 500}) == []


def test_the_same_key_undoes_once_and_tells_the_same(
    counter: Counter, ada: PCeen, bob: PCeen, session: Session
) -> None:
    sale = counter.sell(bob, ada, BarItemFactory())

    found = [counter.reverse(bob, sale, key="one-key-here").id for _ in range(3)]

    assert len(set(found)) == 1
    assert lines(session) == 2


# What was paid online


@pytest.fixture
def online(app: Flask, session: Session, ada: PCeen) -> BarTransaction:
    """20 € that came by Lydia."""
    payment = _payment(session, ada, 2000)
    with app.test_request_context(), transaction(session):
        collect.accept(session, payment, till=around.till())
    stmt = sa.select(BarTransaction).where(BarTransaction.payment_id == payment.id)
    return session.scalars(stmt).one()


def test_what_is_paid_online_is_credited_by_nobody(
    counter: Counter, ada: PCeen, online: BarTransaction
) -> None:
    assert counter.balance(ada) == 2500
    assert (online.barman_id, online.method, online.type) == (None, BarMethod.lydia, BarKind.top_up)
    assert online.is_online


def test_it_is_undone_by_who_runs_the_bar_alone_for_a_reason_and_revoked(
    counter: Counter,
    ada: PCeen,
    bob: PCeen,
    eve: PCeen,
    online: BarTransaction,
) -> None:
    number, payment_id = online.id, online.payment_id
    refused = counter.refusal(counter.reverse, bob, number, reason="r")
    assert (type(refused), refused.status) == (errors.OnlineTopUp, 403)
    refused = counter.refusal(counter.reverse, eve, number, manager=True)
    assert isinstance(refused, errors.ReasonMissing)

    undone = counter.reverse(eve, number, manager=True, reason="Remboursé", key="one-key-here")

    assert counter.balance(ada) == 500
    assert (undone.reverses_id, undone.barman_id) == (number, eve.id)
    payment = counter.session.get_one(Payment, payment_id)
    assert (payment.status, payment.revoked_by_id) == (PaymentStatus.cancelled, eve.id)
    again = counter.reverse(eve, number, manager=True, reason="Remboursé", key="one-key-here")
    assert again.id == undone.id
    refused = counter.refusal(counter.reverse, eve, number, manager=True, reason="r")
    assert isinstance(refused, errors.ReversedAlready)
    assert wrong(counter.session, opening={ada.id: 500}) == []
    with counter.app.test_request_context():
        assert list(books.faults(counter.session)) == []


def test_what_the_gris_revoke_is_undone_here_once(
    counter: Counter, ada: PCeen, eve: PCeen, online: BarTransaction, app: Flask, session: Session
) -> None:
    number, payment = online.id, session.get_one(Payment, online.payment_id)
    with app.test_request_context():
        with transaction(session):
            collect.revoke(
                session,
                payment=payment,
                by=eve,
                why="Erreur",
                version=payment.version,
                till=around.till(),
            )
        with pytest.raises(RevokedAlready), transaction(session):
            collect.revoke(
                session,
                payment=payment,
                by=eve,
                why="Erreur",
                version=payment.version,
                till=around.till(),
            )

    assert counter.balance(ada) == 500
    stmt = sa.select(BarTransaction).where(BarTransaction.reverses_id == number)
    undone = session.scalars(stmt).one()
    assert (undone.reason, undone.barman_id) == ("Erreur", eve.id)
    refused = counter.refusal(counter.reverse, eve, number, manager=True, reason="r")
    assert isinstance(refused, errors.ReversedAlready)


def test_what_is_spent_is_revoked_by_nobody(
    counter: Counter,
    ada: PCeen,
    bob: PCeen,
    eve: PCeen,
    online: BarTransaction,
) -> None:
    session = counter.session
    number, payment = online.id, session.get_one(Payment, online.payment_id)
    counter.sell(bob, ada, BarItemFactory(price_cents=600))

    refused = counter.refusal(counter.reverse, eve, number, manager=True, reason="r")

    assert isinstance(refused, errors.BalanceTooLow)
    with (
        counter.app.test_request_context(),
        pytest.raises(errors.BalanceTooLow),
        transaction(session),
    ):
        collect.revoke(
            session, payment=payment, by=eve, why="r", version=payment.version, till=around.till()
        )
    session.expire_all()
    assert payment.status is PaymentStatus.accepted
    assert counter.balance(ada) == 1900


# Requests


@pytest.mark.parametrize("key", [None, "", "short", "x" * 65, "a key with blanks", "clé-accentuée"])
def test_a_request_has_a_key(bob: PCeen, key: str | None) -> None:
    with pytest.raises(errors.KeyMissing):
        asked(bob, key, "pay")


def test_a_key_is_of_one_person_and_of_one_thing(
    counter: Counter, ada: PCeen, bob: PCeen, eve: PCeen, session: Session
) -> None:
    juice, water = BarItemFactory(), BarItemFactory()
    counter.sell(bob, ada, juice, key="one-key-here")

    refused = counter.refusal(counter.sell, bob, ada, water, key="one-key-here")
    assert (type(refused), refused.status) == (errors.KeyReused, 409)
    assert isinstance(
        counter.refusal(counter.sell, bob, customer(500), juice, key="one-key-here"),
        errors.KeyReused,
    )
    counter.sell(eve, ada, juice, key="one-key-here")
    assert lines(session) == 2


def test_what_is_told_again_is_what_was_told_then(
    counter: Counter, ada: PCeen, bob: PCeen, session: Session
) -> None:
    item = BarItemFactory(quantity=5)
    counter.sell(bob, ada, item, key="one-key-here")
    counter.sell(bob, ada, item)
    archive(session, item)

    again = counter.sell(bob, ada, item, key="one-key-here")

    assert (again.balance_after_cents, again.stock_after) == (400, 4)
    assert counter.balance(ada) == 300


class _Lost(Exception):
    """What a driver says when a database gives something up."""

    def __init__(self, *args: object, **names: str) -> None:
        super().__init__(*args)
        self.__dict__.update(names)


@pytest.mark.parametrize(
    "said",
    [
        _Lost("deadlock detected", pgcode="40P01"),
        _Lost("could not serialize access", pgcode="40001"),
        _Lost(1213, "Deadlock found when trying to get lock"),
        _Lost("database is locked", sqlite_errorname="SQLITE_BUSY_SNAPSHOT"),
    ],
)
@pytest.mark.parametrize("times", [1, 4, 5])
def test_what_a_database_gives_up_is_tried_again_a_few_times(
    counter: Counter, ada: PCeen, bob: PCeen, session: Session, said: _Lost, times: int
) -> None:
    left, order = times, Order(ada.id, BarItemFactory().id)
    question = asked(bob, "one-key-here", "pay")

    def act(session: Session) -> Outcome:
        nonlocal left
        left -= 1
        if left >= 0:
            session.get_one(BarAccount, ada.id).balance_cents = 1
            session.flush()
            raise sa.exc.OperationalError("UPDATE", {}, said)
        return sales.sell(session, order, request=question)

    with nullcontext() if times < 5 else pytest.raises(sa.exc.OperationalError):
        requests.once(session, question, act)

    assert counter.balance(ada) == (400 if times < 5 else 500)
    assert lines(session) == (1 if times < 5 else 0)


@pytest.mark.parametrize(
    "said", [_Lost(1205, "Lock wait timeout"), _Lost("gone", pgcode="57P01"), _Lost()]
)
def test_a_database_that_is_away_is_not_asked_again(
    bob: PCeen, session: Session, said: _Lost
) -> None:
    asks = 0

    def act(_session: Session) -> Outcome:
        nonlocal asks
        asks += 1
        raise sa.exc.OperationalError("SELECT", {}, said)

    with pytest.raises(sa.exc.OperationalError):
        requests.once(session, asked(bob, "one-key-here", "pay"), act)

    assert asks == 1
