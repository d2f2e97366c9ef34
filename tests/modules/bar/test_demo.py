import itertools
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core.clock import PARIS
from app.core.dates import age_on, day_begins
from app.enums import BarKind, PaymentStatus, PaymentType
from app.models import (
    BarAccount,
    BarClosing,
    BarDailyData,
    BarItem,
    BarTransaction,
    Payment,
    PCeen,
    StoredChoice,
)
from app.modules.account import demo as people
from app.modules.bar import demo
from app.modules.bar.demo.calendar import is_season, tonight
from app.modules.bar.service import verify
from app.modules.payments.service import books
from app.web.module import Demo

#: A Tuesday of the season, late.
NOW = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
SCALE = 0.01


def size(scale: float) -> Demo:
    return Demo(scale=scale, chance=random.Random(1882), tick=lambda: None)


def load(session: Session, now: datetime = NOW) -> None:
    with time_machine.travel(now, tick=False):
        people.load(session, size(0.04))
        demo.load(session, size(SCALE))
        session.commit()
    session.expire_all()


@pytest.fixture
def bar(session: Session) -> Iterator[Session]:
    """The bar of the demonstration, as it is in the night of a Tuesday."""
    load(session)
    with time_machine.travel(NOW, tick=False):
        yield session


def lines(session: Session, *conditions: sa.ColumnElement[bool]) -> list[BarTransaction]:
    stmt = sa.select(BarTransaction).where(*conditions).order_by(BarTransaction.id)
    return list(session.scalars(stmt))


def test_accounts_stock_and_days_are_what_the_ledger_says(bar: Session) -> None:
    assert verify.faults(bar) == []


def test_each_line_tells_what_was_left(bar: Session) -> None:
    balances: dict[int | None, int] = {}
    left: dict[int | None, int] = {}
    grams: dict[tuple[int | None, date], Decimal] = {}

    for line in lines(bar):
        if line.client_id is not None:
            balance = balances.get(line.client_id, 0) + line.balance_change_cents
            balances[line.client_id] = balance
            assert line.balance_after_cents == balance >= 0
        if line.stock_after is not None:
            left[line.item_id] = left.get(line.item_id, 0) + line.stock_change
            assert line.stock_after == left[line.item_id] >= 0
        if line.type in (BarKind.pay_item, BarKind.reversal):
            sign = 1 if line.type is BarKind.pay_item else -1
            day = (line.client_id, line.bar_day)
            grams[day] = grams.get(day, Decimal(0)) + sign * (line.alcohol_mass or 0)
            assert line.alcohol_after == grams[day] or line.type is BarKind.reversal
            assert 0 <= grams[day] <= 40


def test_the_ledger_is_in_the_order_of_time(bar: Session) -> None:
    held = lines(bar)

    assert [line.at for line in held] == sorted(line.at for line in held)
    assert held[-1].at <= NOW
    assert abs(len(held) - 100_000 * SCALE) < 20
    for line in held:
        if line.type is not BarKind.reversal:
            assert day_begins(line.bar_day, time(6)) <= line.at
            assert line.bar_hour == line.at.astimezone(PARIS).hour


def test_the_bar_was_closed_when_nobody_is_there(bar: Session) -> None:
    sold = lines(bar, BarTransaction.type == BarKind.pay_item)

    assert {line.bar_day.month for line in sold} >= {2, 3, 4, 10, 11}
    assert all(is_season(line.bar_day) for line in sold)
    assert {line.bar_day.weekday() for line in sold} == {1, 3, 4}
    assert {line.bar_hour for line in sold} <= {*range(18, 24), 0, 1}
    assert max(line.bar_day for line in sold).isoformat() == "2026-11-24"


def test_nobody_serves_themselves_money_nor_buys_without_a_caution(bar: Session) -> None:
    paid: set[int | None] = set()
    for line in lines(bar, BarTransaction.client_id.is_not(None)):
        if line.type is BarKind.deposit:
            paid.add(line.client_id)
        if line.type in (BarKind.pay_item, BarKind.top_up):
            assert line.client_id in paid
        if line.type is not BarKind.pay_item:
            assert line.barman_id != line.client_id
        if line.type is BarKind.deposit_refund:
            paid.remove(line.client_id)


def test_who_is_too_young_buys_no_alcohol(bar: Session) -> None:
    birth: dict[int | None, date | None] = dict(
        bar.execute(sa.select(BarAccount.pceen_id, BarAccount.birth_date)).all()
    )
    minors = [key for key, born in birth.items() if born and age_on(NOW.date(), born) < 18]

    assert minors
    for line in lines(bar, BarTransaction.alcohol_mass > 0, BarTransaction.client_id.is_not(None)):
        born = birth[line.client_id]
        assert born is None or age_on(line.bar_day, born) >= 18


def test_the_books_agree_with_what_came_from_the_site(bar: Session) -> None:
    paid = bar.scalars(
        sa.select(Payment).where(
            Payment.type == PaymentType.bar, Payment.status == PaymentStatus.accepted
        )
    ).all()

    credited = lines(bar, BarTransaction.payment_id.is_not(None))

    assert paid
    assert {one.id: one.amount_cents for one in paid} == {
        line.payment_id: line.balance_change_cents for line in credited
    }
    assert all(line.barman_id is None for line in credited)
    assert list(books.faults(bar)) == []


def test_each_situation_is_there(bar: Session) -> None:
    kinds = set(bar.scalars(sa.select(BarTransaction.type)))
    items = bar.scalars(sa.select(BarItem)).all()
    quick = bar.get_one(StoredChoice, "QUICK_ACCESS_ITEM_ID").value
    accounts = bar.scalars(sa.select(BarAccount).where(BarAccount.deposit_cents > 0)).all()

    assert kinds >= {BarKind.pay_item, BarKind.top_up, BarKind.deposit, BarKind.stock}
    assert {BarKind.reversal} <= kinds
    assert any(item.archived for item in items)
    assert [item for item in items if item.quantity == 0 and not item.archived]
    assert any(item.favorite_index for item in items)
    assert not bar.get_one(BarItem, quick).archived
    assert min(account.balance_cents for account in accounts) < 100
    assert any(account.nickname for account in accounts)
    assert bar.scalars(sa.select(PCeen).where(PCeen.username == "joneil")).one().nom == '"O\'Neil"'


def test_who_one_may_log_in_as_has_a_part_at_the_bar(bar: Session) -> None:
    named = sa.select(PCeen.username, BarAccount).join(BarAccount.pceen)
    accounts = dict(bar.execute(named).all())

    for name in ("plangevi", "gcharpak", "adebiern"):
        assert accounts[name].deposit_cents == 2000
        assert accounts[name].birth_date is not None
        assert bar.scalars(
            sa.select(BarDailyData).where(BarDailyData.pceen_id == accounts[name].pceen_id)
        ).first()


def test_the_box_is_counted_after_each_evening_but_that_of_now(bar: Session) -> None:
    closings = bar.scalars(sa.select(BarClosing).order_by(BarClosing.rank)).all()
    sold = set(bar.scalars(sa.select(BarDailyData.bar_day)))

    assert [one.rank for one in closings] == list(range(1, len(closings) + 1))
    assert sold - {one.bar_day for one in closings} == {NOW.date()}
    for one, after in itertools.pairwise(closings):
        assert after.opening_cents == one.left_cents
        moved = after.ledger_cents - one.ledger_cents
        assert after.expected_cents == after.opening_cents + moved


def test_what_comes_next_has_the_next_number(bar: Session) -> None:
    last = lines(bar)[-1]
    payment = bar.scalars(sa.select(Payment).order_by(Payment.id.desc()).limit(1)).one()
    held = {column.name: getattr(last, column.name) for column in BarTransaction.__table__.columns}
    held |= {"id": None, "reverses_id": None, "type": BarKind.adjustment, "payment_id": None}
    line = BarTransaction(**{name: value for name, value in held.items() if name != "id"})
    other = Payment(
        pceen_id=payment.pceen_id,
        type=PaymentType.bar,
        amount_cents=100,
        method=payment.method,
        status=PaymentStatus.cancelled,
    )

    bar.add_all([line, other])
    bar.flush()

    assert line.id > last.id
    assert other.id > payment.id


@pytest.mark.once
@pytest.mark.parametrize(
    ("now", "goes_on"),
    [
        (datetime(2026, 8, 11, 20, tzinfo=UTC), False),
        (datetime(2026, 6, 5, 20, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 8, 10, tzinfo=UTC), True),
    ],
)
def test_an_evening_goes_on_in_the_season(now: datetime, *, goes_on: bool) -> None:
    evening = tonight(now.date(), now)

    assert (evening is not None) is goes_on
    if evening is not None:
        assert evening.begins.timestamp() + evening.seconds <= now.timestamp()


@pytest.mark.once
def test_the_ledger_ends_with_the_season_in_summer(session: Session) -> None:
    load(session, datetime(2026, 8, 11, 20, tzinfo=UTC))

    assert verify.faults(session) == []
    assert lines(session)[-1].bar_day.month == 7
