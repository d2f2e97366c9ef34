"""The figures of the bar: what was sold, when, to how many. What was reversed does not count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.core.dates import add_months
from app.core.money import Cents
from app.enums import BarKind
from app.models import BarAccount, BarDailyData, BarItem, BarTransaction, PCeen


@dataclass(frozen=True, slots=True)
class Span:
    """Days of the bar, both ends included."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Figures:
    """What a span comes to."""

    clients: int
    alcohol_clients: int
    alcohol: Decimal
    revenue_cents: Cents
    #: What the accounts of all hold, now.
    held_cents: Cents


def figures(session: Session, span: Span) -> Figures:
    """Who came during a span, and what they bought, in one statement."""
    people = (
        sa.select(
            sa.func.sum(BarDailyData.total_spent_cents).label("spent"),
            sa.func.sum(_tenths(BarDailyData.alcohol_bought)).label("alcohol"),
        )
        .where(_within(BarDailyData.bar_day, span))
        .group_by(BarDailyData.pceen_id)
        .subquery()
    )
    held = sa.select(_sum(BarAccount.balance_cents)).scalar_subquery()
    stmt = sa.select(
        _count_if(people.c.spent != 0),
        _count_if(people.c.alcohol > 0),
        _sum(people.c.alcohol),
        _sum(people.c.spent),
        held,
    ).select_from(people)
    clients, drinkers, tenths, spent, balances = session.execute(stmt).one()
    return Figures(int(clients), int(drinkers), _grams(tenths), int(spent), int(balances))


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the bar."""

    clients: int
    alcohol_clients: int
    spent_cents: Cents


#: A day on which nothing was sold.
NOTHING = Day(0, 0, 0)


def days(session: Session, span: Span) -> Mapping[date, Day]:
    """Each day of a span on which somebody came, in one statement.

    Clients are here those who took something, were it free.
    """
    stmt = (
        sa.select(
            BarDailyData.bar_day,
            _count_if(BarDailyData.items_bought_count > 0),
            _count_if(BarDailyData.alcohol_bought > Decimal(0)),
            _sum(BarDailyData.total_spent_cents),
        )
        .where(_within(BarDailyData.bar_day, span))
        .group_by(BarDailyData.bar_day)
    )
    return {day: Day(int(a), int(b), int(c)) for day, a, b, c in session.execute(stmt)}


@dataclass(frozen=True, slots=True)
class Visitors:
    """How many came during a month."""

    clients: int
    alcohol_clients: int


def visitors(session: Session, span: Span) -> Mapping[date, Visitors]:
    """How many came in each month of a span, by its first day, in one statement."""
    firsts = months_of(span)
    # which month a day is of: comparing dates costs less than taking them apart
    place = sa.case(
        *((BarDailyData.bar_day < first, rank) for rank, first in enumerate(firsts[1:])),
        else_=len(firsts) - 1,
    ).label("place")
    people = (
        sa.select(
            place,
            sa.func.sum(BarDailyData.total_spent_cents).label("spent"),
            sa.func.sum(_tenths(BarDailyData.alcohol_bought)).label("alcohol"),
        )
        .where(_within(BarDailyData.bar_day, span))
        .group_by(place, BarDailyData.pceen_id)
        .subquery()
    )
    stmt = sa.select(
        people.c.place,
        _count_if(people.c.spent != 0),
        _count_if(people.c.alcohol > 0),
    ).group_by(people.c.place)
    return {
        firsts[place]: Visitors(int(clients), int(drinkers))
        for place, clients, drinkers in session.execute(stmt)
    }


def months_of(span: Span) -> list[date]:
    """The first day of each month of a span."""
    firsts, first = [], span.start.replace(day=1)
    while first <= span.end:
        firsts.append(first)
        first = add_months(first, 1)
    return firsts


@dataclass(frozen=True, slots=True)
class Month:
    """A month, from its first day."""

    first: date
    spent_cents: Cents
    topped_up_cents: Cents


def last_months(span: Span, spent: Mapping[date, Day], added: Mapping[date, Cents]) -> list[Month]:
    """The months of a span, the oldest first, from what each of its days saw."""
    firsts = months_of(span)
    sums = {one: [0, 0] for one in firsts}
    for day, seen in spent.items():
        sums[day.replace(day=1)][0] += seen.spent_cents
    for day, cents in added.items():
        sums[day.replace(day=1)][1] += cents
    return [Month(one, *sums[one]) for one in firsts]


def topped_up(session: Session, span: Span) -> Mapping[date, Cents]:
    """The money that came to accounts on each day of a span, in one statement."""
    stmt = (
        sa.select(BarTransaction.bar_day, _sum(BarTransaction.balance_change_cents))
        .where(
            BarTransaction.type == BarKind.top_up,
            _within(BarTransaction.bar_day, span),
            ~is_reversed(),
        )
        .group_by(BarTransaction.bar_day)
    )
    return {day: int(cents) for day, cents in session.execute(stmt)}


def is_reversed() -> sa.ColumnElement[bool]:
    """Whether a line of the ledger was undone."""
    undoer = aliased(BarTransaction)
    return sa.exists().where(undoer.reverses_id == BarTransaction.id)


@dataclass(frozen=True, slots=True)
class Seller:
    """An item, and how much of it was sold."""

    name: str
    count: int
    revenue_cents: Cents
    alcohol: Decimal


@dataclass(frozen=True, slots=True)
class _Sold:
    """How much of an item was sold in an hour of the clock."""

    item_id: int
    name: str
    hour: int
    count: int
    revenue_cents: Cents
    tenths: int


@dataclass(frozen=True, slots=True)
class Sales:
    """What was sold, item by item and hour by hour."""

    _sold: Sequence[_Sold]

    def best_sellers(self, most: int) -> list[Seller]:
        """The items that sold most, of which there are *most*."""
        items: dict[int, list[_Sold]] = {}
        for one in self._sold:
            items.setdefault(one.item_id, []).append(one)
        sellers = [
            Seller(
                name=sold[0].name,
                count=sum(one.count for one in sold),
                revenue_cents=sum(one.revenue_cents for one in sold),
                alcohol=_grams(sum(one.tenths for one in sold)),
            )
            for sold in items.values()
        ]
        sellers = [seller for seller in sellers if seller.count > 0]
        return sorted(sellers, key=lambda one: (-one.count, -one.revenue_cents, one.name))[:most]

    def hours(self) -> dict[int, int]:
        """How many were sold in each hour of the clock that saw some."""
        counts: dict[int, int] = {}
        for one in self._sold:
            counts[one.hour] = counts.get(one.hour, 0) + one.count
        return {hour: count for hour, count in counts.items() if count}


def sales(session: Session, span: Span) -> Sales:
    """What was sold during a span, in one statement that reads the ledger once.

    A sale counts once, and what undoes it takes it back: it has its day, and its hour.
    """
    sign = sa.case((BarTransaction.type == BarKind.pay_item, 1), else_=-1)
    sold = (
        sa.select(
            BarTransaction.item_id.label("item_id"),
            BarTransaction.bar_hour.label("hour"),
            sa.func.sum(sign).label("count"),
            sa.func.sum(-BarTransaction.balance_change_cents).label("cents"),
            sa.func.sum(sign * _tenths(BarTransaction.alcohol_mass)).label("tenths"),
        )
        .where(
            BarTransaction.type.in_((BarKind.pay_item, BarKind.reversal)),
            BarTransaction.item_id.is_not(None),
            _within(BarTransaction.bar_day, span),
        )
        .group_by(BarTransaction.item_id, BarTransaction.bar_hour)
        .subquery()
    )
    stmt = sa.select(
        BarItem.id, BarItem.name, sold.c.hour, sold.c.count, sold.c.cents, sold.c.tenths
    ).join(sold, sold.c.item_id == BarItem.id)
    return Sales(
        [
            _Sold(item_id, name, hour, int(count), int(cents), int(tenths or 0))
            for item_id, name, hour, count, cents, tenths in session.execute(stmt)
        ]
    )


@dataclass(frozen=True, slots=True)
class Best:
    """Who spent most, and how much."""

    name: str
    spent_cents: Cents


def best_customer(session: Session, span: Span) -> Best | None:
    """Who spent most during a span, in one statement; ``None`` if nobody did."""
    spent = sa.func.sum(BarDailyData.total_spent_cents)
    first = (
        sa.select(BarDailyData.pceen_id, spent.label("spent"))
        .where(_within(BarDailyData.bar_day, span))
        .group_by(BarDailyData.pceen_id)
        .having(spent > 0)
        .order_by(spent.desc(), BarDailyData.pceen_id)
        .limit(1)
        .subquery()
    )
    stmt = sa.select(PCeen.prenom, PCeen.nom, first.c.spent).join(
        first, first.c.pceen_id == PCeen.id
    )
    row = session.execute(stmt).one_or_none()
    return None if row is None else Best(f"{row.prenom} {row.nom}", int(row.spent))


def _tenths(column: Any) -> sa.ColumnElement[int]:
    """A mass as it is stored, to be added up: a sum is no mass of a line."""
    return sa.type_coerce(column, sa.Integer)


def _within(column: Any, span: Span) -> sa.ColumnElement[bool]:
    return sa.and_(column >= span.start, column <= span.end)


def _sum(column: Any) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(column), 0)


def _count_if(condition: Any) -> sa.ColumnElement[int]:
    return _sum(sa.case((condition, 1), else_=0))


def _grams(tenths: int | Decimal | None) -> Decimal:
    return Decimal(int(tenths or 0)).scaleb(-1)
