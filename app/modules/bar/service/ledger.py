"""Writing in the ledger of the bar: a line, and all that follows from it, under locks.

An account is locked first, then an item: nobody waits for somebody who waits for them.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.core import clock
from app.core.clock import PARIS
from app.core.dates import day_from
from app.core.money import Cents
from app.enums import BarKind, BarMethod
from app.models import BALANCE_MAX, BarAccount, BarDailyData, BarItem, BarTransaction
from app.modules.bar.errors import BalanceTooHigh, BalanceTooLow
from app.modules.bar.queries import ledger as reading
from app.modules.bar.queries.ledger import Opened
from app.modules.bar.rules.house import House
from app.modules.bar.service import warning
from app.modules.bar.service.requests import Asked
from app.modules.bar.service.words import euros


@dataclass(frozen=True, slots=True)
class Sold:
    """What a sale freezes, or a reversal gives back."""

    item: BarItem
    name: str
    price_cents: Cents
    alcohol_mass: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What a line changes."""

    type: BarKind
    balance_cents: Cents = 0
    deposit_cents: Cents = 0
    stock: int = 0
    sold: Sold | None = None
    method: BarMethod | None = None
    reason: str | None = None
    payment_id: int | None = None
    #: The line that it undoes: it counts for its day.
    reverses: BarTransaction | None = None
    #: Who wants it, if no request says so.
    by_id: int | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """What is known already of the day of an account, and when it was looked at."""

    at: datetime
    is_there: bool
    alcohol: Decimal


def today(house: House) -> date:
    """The day of the bar that it is."""
    return day_from(clock.now(), house.day_start)


def check_room(opened: Opened, change_cents: Cents, *, coming_cents: Cents = 0) -> None:
    """Refuse what would bring a balance out of its bounds.

    Raises:
        BalanceTooLow, BalanceTooHigh: If it would.
    """
    balance = opened.account.balance_cents + change_cents
    if balance < 0:
        raise BalanceTooLow
    if change_cents > 0 and balance + coming_cents > BALANCE_MAX:
        raise BalanceTooHigh(high=euros(BALANCE_MAX))


def write(
    session: Session,
    opened: Opened,
    movement: Movement,
    *,
    request: Asked | None = None,
    known: Day | None = None,
) -> BarTransaction:
    """Write a line about a locked account, and change its balance, its day, and the stock.

    *known* is the day of the account, for a line of today, if it was read already.

    Raises:
        BalanceTooLow, BalanceTooHigh: If the balance would be out of its bounds.
    """
    account, house, sold = opened.account, opened.house, movement.sold
    check_room(opened, movement.balance_cents)
    now = known.at if known else clock.now()
    undone = movement.reverses
    this_day = day_from(now, house.day_start)
    day = undone.bar_day if undone is not None else this_day
    change = _day_change(movement)
    before = account.balance_cents
    line = BarTransaction(
        client_id=account.pceen_id,
        barman_id=request.by_id if request is not None else movement.by_id,
        at=now,
        bar_day=day,
        bar_hour=undone.bar_hour if undone is not None else now.astimezone(PARIS).hour,
        type=movement.type,
        item_id=sold.item.id if sold else None,
        item_name=sold.name if sold else None,
        price_cents=sold.price_cents if sold else None,
        alcohol_mass=sold.alcohol_mass if sold else None,
        stock_change=movement.stock,
        balance_change_cents=movement.balance_cents,
        deposit_change_cents=movement.deposit_cents,
        balance_after_cents=before + movement.balance_cents,
        stock_after=_stock_after(sold, movement),
        revert_until=now + timedelta(hours=house.revert_hours),
        method=movement.method,
        reason=movement.reason,
        payment_id=movement.payment_id,
        reverses_id=undone.id if undone is not None else None,
        idempotency_key=request.key if request is not None else None,
        request_hash=request.hash if request is not None else None,
    )
    alcohol = change.get("alcohol_bought", Decimal(0)) if day == this_day else Decimal(0)
    line.alcohol_after = alcohol + (
        reading.alcohol_on(session, account.pceen_id, this_day) if known is None else known.alcohol
    )
    session.add(line)
    session.flush()
    _move_balance(session, account, movement.balance_cents)
    if sold is not None:
        move_stock(session, sold.item, movement.stock)
    if change:
        _count(session, line, change, is_there=known.is_there if known else None)
    warning.warn(session, account, line, before)
    return line


def _stock_after(sold: Sold | None, movement: Movement) -> int | None:
    if sold is None or sold.item.quantity is None:
        return None
    return sold.item.quantity + movement.stock


def _day_change(movement: Movement) -> dict[str, Any]:
    """What a line adds to the day of its account, by column."""
    change: dict[str, Any] = {}
    if movement.balance_cents:
        change["balance_change_cents"] = movement.balance_cents
    if movement.sold is not None:
        sign = -1 if movement.type is BarKind.reversal else 1
        change["total_spent_cents"] = sign * movement.sold.price_cents
        change["items_bought_count"] = sign
        change["alcohol_bought"] = sign * movement.sold.alcohol_mass
    return change


def _move_balance(session: Session, account: BarAccount, change_cents: Cents) -> None:
    """Change a locked balance by so much."""
    if not change_cents:
        return
    stmt = sa.update(BarAccount).where(BarAccount.pceen_id == account.pceen_id)
    session.execute(
        stmt.values(balance_cents=BarAccount.balance_cents + change_cents),
        execution_options={"synchronize_session": False},
    )
    set_committed_value(account, "balance_cents", account.balance_cents + change_cents)


def move_stock(session: Session, item: BarItem, change: int) -> None:
    """Change by so much how many are left of a locked item."""
    if not change or item.quantity is None:
        return
    stmt = sa.update(BarItem).where(BarItem.id == item.id)
    session.execute(
        stmt.values(quantity=BarItem.quantity + change),
        execution_options={"synchronize_session": False},
    )
    set_committed_value(item, "quantity", item.quantity + change)


def _count(
    session: Session, line: BarTransaction, change: dict[str, Any], *, is_there: bool | None
) -> None:
    """Add to the day of a locked account, which may be written already, or not."""
    if is_there is not False:
        columns = BarDailyData.__table__.columns
        stmt = sa.update(BarDailyData).where(
            BarDailyData.pceen_id == line.client_id, BarDailyData.bar_day == line.bar_day
        )
        values = {name: columns[name] + value for name, value in change.items()}
        done = session.execute(
            stmt.values(values), execution_options={"synchronize_session": False}
        )
        if cast(sa.CursorResult[Any], done).rowcount:
            return
    stmt_new = sa.insert(BarDailyData).values(
        pceen_id=line.client_id, bar_day=line.bar_day, **change
    )
    session.execute(stmt_new)
