"""The figures of the Panier Bio: baskets, money, customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.dates import add_months
from app.core.money import Cents
from app.models import OrderPanierBio
from app.modules.panier_bio.queries.admin_dates import HOLDS

#: The month in which a school year begins.
SEPTEMBER = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a distribution was."""

    date: date
    baskets: int
    members: int
    taken: int
    due: Cents
    paid: Cents
    validated: Cents

    @property
    def visitors(self) -> int:
        return self.baskets - self.members


def distributions(session: Session, start: date, end: date) -> list[Given]:
    """The distributions from *start* to *end* that had orders, in one statement."""
    price = OrderPanierBio.price
    stmt = (
        sa.select(
            OrderPanierBio.date,
            sa.func.count(),
            _sum_if(OrderPanierBio.pceen_id.is_not(None), 1),
            _sum_if(OrderPanierBio.taken, 1),
            sa.func.sum(price),
            _sum_if(OrderPanierBio.payment_made, price),
            _sum_if(OrderPanierBio.treasurer_validate, price),
        )
        .where(_held(start, end))
        .group_by(OrderPanierBio.date)
        .order_by(OrderPanierBio.date)
    )
    names = ("baskets", "members", "taken", "due", "paid", "validated")
    return [
        Given(date=row[0], **dict(zip(names, (int(one) for one in row[1:]), strict=True)))
        for row in session.execute(stmt)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What a month is about: from its first day."""

    first: date
    due: Cents
    paid: Cents
    validated: Cents


def months(given: Sequence[Given], start: date, end: date) -> list[Money]:
    """The money of each month from that of *start* to that of *end*."""
    sums: dict[date, list[Cents]] = {}
    first = start.replace(day=1)
    while first <= end:
        sums[first] = [0, 0, 0]
        first = add_months(first, 1)
    for one in given:
        month = sums[one.date.replace(day=1)]
        for rank, cents in enumerate((one.due, one.paid, one.validated)):
            month[rank] += cents
    return [
        Money(first=first, due=due, paid=paid, validated=validated)
        for first, (due, paid, validated) in sums.items()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """How many people had a basket."""

    members: int
    visitors: int
    #: How many of them had more than one.
    regulars: int

    @property
    def all(self) -> int:
        return self.members + self.visitors


def customers(session: Session, start: date, end: date) -> Customers:
    """How many people had a basket from *start* to *end*, in one statement."""
    people = (
        sa.select(
            OrderPanierBio.pceen_id.label("pceen"),
            OrderPanierBio.email.label("email"),
            sa.func.count().label("baskets"),
        )
        .where(_held(start, end))
        .group_by(OrderPanierBio.pceen_id, OrderPanierBio.email)
        .subquery()
    )
    is_member = people.c.pceen.is_not(None)
    row = session.execute(
        sa.select(
            _sum_if(is_member, 1), _sum_if(~is_member, 1), _sum_if(people.c.baskets > 1, 1)
        ).select_from(people)
    ).one()
    return Customers(members=int(row[0]), visitors=int(row[1]), regulars=int(row[2]))


def years(session: Session) -> Sequence[int]:
    """The school years that had orders, the latest first, by the year in which they begin."""
    first, last = session.execute(
        sa.select(sa.func.min(OrderPanierBio.date), sa.func.max(OrderPanierBio.date))
    ).one()
    if first is None:
        return ()
    return range(school_year(last), school_year(first) - 1, -1)


def school_year(day: date) -> int:
    """The year in which the school year of a day begins: on 1 September."""
    return day.year if day.month >= SEPTEMBER else day.year - 1


def _held(start: date, end: date) -> sa.ColumnElement[bool]:
    """Which orders hold a basket of these days."""
    return sa.and_(
        OrderPanierBio.date >= start,
        OrderPanierBio.date <= end,
        OrderPanierBio.status.in_(HOLDS),
    )


def _sum_if(condition: Any, value: Any) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, value), else_=0)), 0)
