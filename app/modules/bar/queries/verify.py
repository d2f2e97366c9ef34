"""What the ledger says of all that is derived from it, and where it is not what is kept.

Each question is one statement, whatever the length of the ledger: it sees one state of the
database, so that a sale which is being written is wholly there, or not at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.core.money import Cents
from app.enums import BarKind, PaymentStatus, PaymentType
from app.models import (
    BarAccount,
    BarDailyData,
    BarItem,
    BarTransaction,
    MergedAccount,
    Payment,
)
from app.models.personal import table

_INTEGER = sa.BigInteger()
_NONE = sa.literal(0, _INTEGER)


def _sum(column: Any) -> sa.ColumnElement[int]:
    """The sum of a column; 0 of nothing."""
    return sa.func.coalesce(sa.func.sum(column, type_=_INTEGER), _NONE)


# Accounts


@dataclass(frozen=True, slots=True)
class WrongAccount:
    """An account whose money is not what the ledger says."""

    pceen_id: int
    balance_cents: Cents
    told_balance_cents: Cents
    deposit_cents: Cents
    told_deposit_cents: Cents


def wrong_accounts(session: Session, *, most: int | None = None) -> Sequence[WrongAccount]:
    """The accounts whose balance, or caution, is not the sum of their lines."""
    held = sa.func.coalesce(BarAccount.deposit_cents, 0) + BarAccount.deposit_owed_cents
    kept = sa.select(
        BarAccount.pceen_id.label("key"),
        BarAccount.balance_cents.label("kept_balance"),
        _NONE.label("told_balance"),
        held.label("kept_deposit"),
        _NONE.label("told_deposit"),
    )
    told = sa.select(
        BarTransaction.client_id,
        _NONE,
        BarTransaction.balance_change_cents,
        _NONE,
        BarTransaction.deposit_change_cents,
    ).where(BarTransaction.client_id.is_not(None))
    both = sa.union_all(kept, told).subquery()
    sums = [_sum(both.c[name]) for name in _names(both, but=("key",))]
    stmt = (
        sa.select(both.c.key, *sums)
        .group_by(both.c.key)
        .having(sa.or_(sums[0] != sums[1], sums[2] != sums[3]))
        .order_by(both.c.key)
        .limit(most)
    )
    return [WrongAccount(*map(int, row)) for row in session.execute(stmt)]


def _names(table: sa.Subquery, *, but: tuple[str, ...]) -> list[str]:
    return [column.name for column in table.columns if column.name not in but]


# Items


@dataclass(frozen=True, slots=True)
class WrongItem:
    """An item of which there are not as many as the ledger says."""

    item_id: int
    name: str
    quantity: int
    told: int


def wrong_items(session: Session, *, most: int | None = None) -> Sequence[WrongItem]:
    """The counted items whose stock is not the sum of what moved since they are counted."""
    begins = sa.func.coalesce(BarItem.counted_from_id, 0)
    told = _sum(BarTransaction.stock_change)
    stmt = (
        sa.select(BarItem.id, BarItem.name, BarItem.quantity, told)
        .outerjoin(
            BarTransaction,
            sa.and_(BarTransaction.item_id == BarItem.id, BarTransaction.id >= begins),
        )
        .where(BarItem.quantity.is_not(None))
        .group_by(BarItem.id, BarItem.name, BarItem.quantity)
        .having(told != BarItem.quantity)
        .order_by(BarItem.id)
        .limit(most)
    )
    return [
        WrongItem(key, name, int(kept or 0), int(total))
        for key, name, kept, total in session.execute(stmt)
    ]


# Days


@dataclass(frozen=True, slots=True)
class Figures:
    """What someone did on a day of the bar, in the columns of ``bar_daily_data``."""

    balance_change_cents: Cents = 0
    total_spent_cents: Cents = 0
    items_bought_count: int = 0
    alcohol_bought: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class WrongDay:
    """A day whose figures are not what the ledger says."""

    pceen_id: int
    day: date
    #: Whether it is written down, and whether the ledger has anything of it.
    is_kept: bool
    is_told: bool
    kept: Figures
    told: Figures


_FIGURES = tuple(one.name for one in fields(Figures))


def wrong_days(session: Session, *, most: int | None = None) -> Sequence[WrongDay]:
    """The days that are not what the ledger says: a line that undoes another is of its day."""
    both = sa.union_all(_kept_days(), _told_days()).subquery()
    kept = [_sum(sa.case((both.c.is_told == 0, both.c[name]), else_=0)) for name in _FIGURES]
    told = [_sum(sa.case((both.c.is_told == 1, both.c[name]), else_=0)) for name in _FIGURES]
    written = _sum(1 - both.c.is_told)
    stmt = (
        sa.select(both.c.key, both.c.day, written, _sum(both.c.is_told), *kept, *told)
        .group_by(both.c.key, both.c.day)
        .having(sa.or_(*(mine != theirs for mine, theirs in zip(kept, told, strict=True))))
        .order_by(both.c.key, both.c.day)
        .limit(most)
    )
    half = 4 + len(_FIGURES)
    return [
        WrongDay(
            row[0], row[1], bool(row[2]), bool(row[3]), _figures(row[4:half]), _figures(row[half:])
        )
        for row in session.execute(stmt)
    ]


def _kept_days() -> Any:
    """The days, as they are written down."""
    return sa.select(
        BarDailyData.pceen_id.label("key"),
        BarDailyData.bar_day.label("day"),
        _NONE.label("is_told"),
        *(_whole(table("bar_daily_data").c[name]).label(name) for name in _FIGURES),
    )


def _told_days() -> Any:
    """What each line of the ledger adds to its day."""
    line = BarTransaction
    sign = sa.case((line.type == BarKind.reversal, -1), else_=1)
    is_sale = line.item_id.is_not(None)
    columns = {
        "balance_change_cents": line.balance_change_cents,
        "total_spent_cents": sa.case((is_sale, sign * line.price_cents), else_=0),
        "items_bought_count": sa.case((is_sale, sign), else_=0),
        "alcohol_bought": sa.case((is_sale, sign * _whole(line.alcohol_mass)), else_=0),
    }
    return sa.select(
        line.client_id,
        line.bar_day,
        sa.literal(1, _INTEGER),
        *(columns[name] for name in _FIGURES),
    ).where(line.client_id.is_not(None))


def _whole(column: Any) -> sa.ColumnElement[int]:
    """A column as the database stores it: grams in tenths."""
    return sa.type_coerce(column, _INTEGER)


def _figures(row: Sequence[Any]) -> Figures:
    balance, spent, count, tenths = map(int, row)
    return Figures(balance, spent, count, Decimal(tenths).scaleb(-1))


def write_days(session: Session, wrong: Sequence[WrongDay]) -> None:
    """Make of wrong days what the ledger says."""
    days = table("bar_daily_data")
    keys = [{"key": one.pceen_id, "at": one.day} for one in wrong if one.is_kept]
    if keys:
        theirs = (days.c.pceen_id == sa.bindparam("key"), days.c.bar_day == sa.bindparam("at"))
        session.connection().execute(sa.delete(days).where(*theirs), keys)
    rows = [
        {"pceen_id": one.pceen_id, "bar_day": one.day}
        | {name: getattr(one.told, name) for name in _FIGURES}
        for one in wrong
        if one.is_told
    ]
    if rows:
        session.connection().execute(sa.insert(days), rows)
    session.expire_all()


def lock_accounts(session: Session, keys: Sequence[int]) -> None:
    """Keep these accounts from sales until the commit, in the order of their numbers."""
    for start in range(0, len(keys), _BATCH):
        batch = keys[start : start + _BATCH]
        stmt = sa.select(BarAccount.pceen_id).where(BarAccount.pceen_id.in_(batch))
        session.execute(stmt.order_by(BarAccount.pceen_id).with_for_update()).all()


#: How many numbers one statement names.
_BATCH = 500


# Lines, one after another


@dataclass(frozen=True, slots=True)
class BrokenChain:
    """A line after which the balance is not that of the line before, and what it changes."""

    line_id: int
    client_id: int
    after_cents: Cents
    told_cents: Cents


def broken_chains(session: Session, *, most: int | None = None) -> Sequence[BrokenChain]:
    """The lines whose balance does not follow from the line before of their account.

    Those of an account that absorbed another are left out: two pasts are mixed there.
    """
    line = BarTransaction
    before = sa.func.lag(line.balance_after_cents).over(
        partition_by=line.client_id, order_by=line.id
    )
    merged = sa.exists().where(MergedAccount.kept_id == line.client_id)
    chain = (
        sa.select(
            line.id.label("key"),
            line.client_id.label("client"),
            line.balance_after_cents.label("after"),
            (sa.func.coalesce(before, 0) + line.balance_change_cents).label("told"),
        )
        .where(line.client_id.is_not(None), ~merged)
        .subquery()
    )
    stmt = (
        sa.select(chain.c.key, chain.c.client, chain.c.after, chain.c.told)
        .where(sa.or_(chain.c.after.is_(None), chain.c.after != chain.c.told))
        .order_by(chain.c.key)
        .limit(most)
    )
    return [
        BrokenChain(key, client, after or 0, told)
        for key, client, after, told in session.execute(stmt)
    ]


@dataclass(frozen=True, slots=True)
class WrongReversal:
    """A line that does not undo the one that it says it does."""

    line_id: int
    reverses_id: int


def wrong_reversals(session: Session, *, most: int | None = None) -> Sequence[WrongReversal]:
    """The lines that are not the opposite of the line that they undo, on its day."""
    undone, line = aliased(BarTransaction), BarTransaction
    same = (
        line.client_id == undone.client_id,
        line.bar_day == undone.bar_day,
        line.balance_change_cents == -undone.balance_change_cents,
        sa.func.coalesce(line.item_id, 0) == sa.func.coalesce(undone.item_id, 0),
        sa.func.coalesce(line.price_cents, 0) == sa.func.coalesce(undone.price_cents, 0),
        sa.func.coalesce(_whole(line.alcohol_mass), 0)
        == sa.func.coalesce(_whole(undone.alcohol_mass), 0),
    )
    stmt = (
        sa.select(line.id, undone.id)
        .join(undone, undone.id == line.reverses_id)
        .where(line.type == BarKind.reversal, sa.not_(sa.and_(*same)))
        .order_by(line.id)
        .limit(most)
    )
    return [WrongReversal(*row) for row in session.execute(stmt)]


# Payments made online


@dataclass(frozen=True, slots=True)
class WrongCredit:
    """A payment that the ledger does not agree with."""

    payment_id: int
    #: What was paid, if it was; what the ledger credits, if it does.
    paid_cents: Cents | None
    credited_cents: Cents | None
    #: Whether it is revoked, and its credit undone.
    is_revoked: bool
    is_undone: bool
    #: Whether the account that is credited is that of who paid.
    is_theirs: bool


def wrong_credits(session: Session, *, most: int | None = None) -> Sequence[WrongCredit]:
    """The payments without their line, and the lines without their payment."""
    line, undo = aliased(BarTransaction), aliased(BarTransaction)
    is_back = Payment.revoked_at.is_not(None)
    is_paid = sa.or_(Payment.status.in_((PaymentStatus.accepted, PaymentStatus.manual)), is_back)
    is_due = sa.and_(Payment.type == PaymentType.bar, is_paid)
    agrees = sa.case(
        (line.id.is_(None), sa.not_(is_due)),
        else_=sa.and_(
            is_due,
            line.balance_change_cents == Payment.amount_cents,
            line.client_id == Payment.pceen_id,
            undo.id.is_not(None) == is_back,
        ),
    )
    stmt = (
        sa.select(
            Payment.id,
            sa.case((is_due, Payment.amount_cents)),
            line.balance_change_cents,
            is_back,
            undo.id.is_not(None),
            sa.func.coalesce(line.client_id, 0) == Payment.pceen_id,
        )
        .outerjoin(line, line.payment_id == Payment.id)
        .outerjoin(undo, undo.reverses_id == line.id)
        .where(sa.or_(Payment.type == PaymentType.bar, line.id.is_not(None)), sa.not_(agrees))
        .order_by(Payment.id)
        .limit(most)
    )
    return [
        WrongCredit(key, paid, credited, bool(back), bool(undone), bool(theirs))
        for key, paid, credited, back, undone, theirs in session.execute(stmt)
    ]
