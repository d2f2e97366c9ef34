"""What a change of the ledger reads, and keeps from others until it is written."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.money import Cents
from app.enums import PaymentStatus, PaymentType
from app.models import BarAccount, BarDailyData, BarItem, BarTransaction, Payment
from app.modules.bar.errors import NoSuchCustomer, NoSuchItem, NoSuchTransaction
from app.modules.bar.queries.customers import account_is_customers
from app.modules.bar.queries.house import house_columns, house_of
from app.modules.bar.rules.house import House

#: How long a payment that waits may still come.
_COMING = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Opened:
    """An account that is locked, and the rules that hold."""

    account: BarAccount
    is_customer: bool
    house: House


def open_account(session: Session, pceen_id: int, *, anyone: bool = False) -> Opened:
    """Lock an account, and read the rules of the house along with it, in one statement.

    With *anyone*, that of somebody who does not come to the bar too.

    Raises:
        NoSuchCustomer: If there is none.
    """
    row = session.execute(_opening(), {"key": pceen_id}).one_or_none()
    if row is None or not (anyone or row[1]):
        raise NoSuchCustomer
    return Opened(row[0], bool(row[1]), house_of(row[2:]))


@cache
def _opening() -> sa.Select[Any]:
    """How an account is opened: written once, since each sale does it."""
    return (
        sa.select(BarAccount, account_is_customers(), *house_columns())
        .where(BarAccount.pceen_id == sa.bindparam("key"))
        .with_for_update(of=BarAccount)
        .execution_options(populate_existing=True)
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item that is locked, and what its buyer has of the day."""

    item: BarItem
    #: Whether the day of the buyer is written down already, and their grams of alcohol.
    day_is_there: bool
    alcohol_today: Decimal
    #: The line that the same request wrote already.
    written: int | None


def open_item(
    session: Session, item_id: int, *, account: BarAccount, day: date, key: str
) -> Wanted:
    """Lock an item; its buyer is locked, so that what is read of their day is what it is.

    Raises:
        NoSuchItem: If there is none.
    """
    names = {"item": item_id, "account": account.pceen_id, "day": day, "request": key}
    row = session.execute(_wanting(), names).one_or_none()
    if row is None:
        raise NoSuchItem
    return Wanted(row[0], row[1] is not None, row[1] or Decimal(0), row[2])


@cache
def _wanting() -> sa.Select[Any]:
    """How an item is looked at for who buys it: written once, since each sale does it."""
    alcohol = sa.select(BarDailyData.alcohol_bought).where(
        BarDailyData.pceen_id == sa.bindparam("account"),
        BarDailyData.bar_day == sa.bindparam("day"),
    )
    written = sa.select(BarTransaction.id).where(
        BarTransaction.idempotency_key == sa.bindparam("request")
    )
    return (
        sa.select(BarItem, alcohol.scalar_subquery(), written.scalar_subquery())
        .where(BarItem.id == sa.bindparam("item"))
        .with_for_update(of=BarItem)
        .execution_options(populate_existing=True)
    )


def alcohol_on(session: Session, pceen_id: int, day: date) -> Decimal:
    """The grams of pure alcohol that someone bought on a day of the bar."""
    stmt = sa.select(BarDailyData.alcohol_bought).where(
        BarDailyData.pceen_id == pceen_id, BarDailyData.bar_day == day
    )
    return session.scalars(stmt).one_or_none() or Decimal(0)


def with_key(session: Session, key: str) -> BarTransaction | None:
    """The line that a request wrote."""
    stmt = sa.select(BarTransaction).where(BarTransaction.idempotency_key == key)
    return session.scalars(stmt).one_or_none()


def line(session: Session, number: int) -> BarTransaction:
    """A line of the ledger.

    Raises:
        NoSuchTransaction: If there is none.
    """
    found = session.get(BarTransaction, number)
    if found is None:
        raise NoSuchTransaction
    return found


def reversal_of(session: Session, number: int) -> BarTransaction | None:
    """The line that undid another."""
    stmt = sa.select(BarTransaction).where(BarTransaction.reverses_id == number)
    return session.scalars(stmt).one_or_none()


def line_of_payment(session: Session, payment_id: int) -> BarTransaction | None:
    """The line that a payment made online wrote."""
    stmt = sa.select(BarTransaction).where(BarTransaction.payment_id == payment_id)
    return session.scalars(stmt).one_or_none()


def coming(session: Session, pceen_id: int) -> Cents:
    """What payments made online, and not heard of yet, may bring to an account."""
    stmt = sa.select(sa.func.coalesce(sa.func.sum(Payment.amount_cents), 0)).where(
        Payment.pceen_id == pceen_id,
        Payment.type == PaymentType.bar,
        Payment.status.in_((PaymentStatus.creating, PaymentStatus.waiting)),
        Payment.created_at > clock.now() - _COMING,
    )
    return int(session.scalars(stmt).one())
