"""Orders, as whoever runs the Panier Bio looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core.money import Cents
from app.core.pagination import Page, paginate
from app.enums import BasketPayment, BasketStatus
from app.models import OrderPanierBio, PCeen
from app.modules.panier_bio.errors import NoSuchOrder
from app.modules.panier_bio.queries.admin_dates import HOLDS

#: How many orders of a date a page shows; how many of a search.
PAGE_SIZE, SEARCH_SIZE = 200, 50
#: What people write between the digits of a phone number.
_PHONE_MARKS = str.maketrans("", "", " .-\u00a0\u202f()/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Some baskets, and the money that they are about."""

    baskets: int = 0
    taken: int = 0
    due: Cents = 0
    paid_baskets: int = 0
    paid: Cents = 0
    validated_baskets: int = 0
    validated: Cents = 0

    @property
    def left(self) -> Cents:
        """What is still to be paid."""
        return self.due - self.paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a date comes to, altogether and by way of paying."""

    all: Sum
    by_payment: Sequence[tuple[BasketPayment, Sum]]


def totals(session: Session, day: date) -> Totals:
    """What the baskets of a date come to, in one statement."""
    price = OrderPanierBio.price
    paid, validated = OrderPanierBio.payment_made, OrderPanierBio.treasurer_validate
    stmt = (
        sa.select(
            OrderPanierBio.payment_method,
            sa.func.count(),
            _sum_if(OrderPanierBio.taken, 1),
            sa.func.sum(price),
            _sum_if(paid, 1),
            _sum_if(paid, price),
            _sum_if(validated, 1),
            _sum_if(validated, price),
        )
        .where(OrderPanierBio.date == day, OrderPanierBio.status.in_(HOLDS))
        .group_by(OrderPanierBio.payment_method)
    )
    found = {row[0]: tuple(int(one) for one in row[1:]) for row in session.execute(stmt)}
    ways = [(one, _sum(found[one])) for one in BasketPayment if one in found]
    everything = [sum(column) for column in zip(*found.values(), strict=True)] if found else ()
    return Totals(all=_sum(everything), by_payment=ways)


def _sum(values: Sequence[int]) -> Sum:
    names = ("baskets", "taken", "due", "paid_baskets", "paid", "validated_baskets", "validated")
    return Sum(**dict(zip(names, values, strict=False)))


def _sum_if(condition: Any, value: Any) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, value), else_=0)), 0)


def _of_day(day: date) -> sa.Select[OrderPanierBio]:
    """The orders of a date that hold a basket, by name, with their accounts."""
    return (
        sa.select(OrderPanierBio)
        .where(OrderPanierBio.date == day, OrderPanierBio.status.in_(HOLDS))
        .order_by(sa.func.lower(OrderPanierBio.name), OrderPanierBio.id)
        .options(joinedload(OrderPanierBio.pceen), joinedload(OrderPanierBio.period))
    )


def page(session: Session, day: date, *, number: int, total: int) -> Page[OrderPanierBio]:
    """Some of the orders of a date, of which there are *total*, in one statement."""
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    stmt = _of_day(day).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    return Page(session.scalars(stmt).all(), number, PAGE_SIZE, total)


def everything(session: Session, day: date) -> Sequence[OrderPanierBio]:
    """All the orders of a date that hold a basket, by name, in one statement."""
    return session.scalars(_of_day(day)).all()


def waiting(session: Session, day: date) -> Sequence[OrderPanierBio]:
    """Who waits for a basket of a date, the first one first, in one statement."""
    stmt = (
        sa.select(OrderPanierBio)
        .where(OrderPanierBio.date == day, OrderPanierBio.status == BasketStatus.waiting)
        .order_by(OrderPanierBio.created_at, OrderPanierBio.id)
        .options(joinedload(OrderPanierBio.pceen), joinedload(OrderPanierBio.period))
    )
    return session.scalars(stmt).all()


def search(session: Session, words: str, *, number: int) -> Page[OrderPanierBio]:
    """The orders of all times that say something, the latest first, in two statements."""
    columns = (
        OrderPanierBio.name,
        OrderPanierBio.service,
        OrderPanierBio.email,
        OrderPanierBio.phone_number,
        PCeen.email,
    )
    conditions = [column.icontains(words, autoescape=True) for column in columns]
    digits = words.translate(_PHONE_MARKS)
    if digits.removeprefix("+").isdigit():
        conditions.append(_bare(OrderPanierBio.phone_number).contains(digits, autoescape=True))
    stmt = (
        sa.select(OrderPanierBio)
        .outerjoin(OrderPanierBio.pceen)
        .where(sa.or_(*conditions))
        .order_by(OrderPanierBio.date.desc(), OrderPanierBio.id.desc())
        .options(joinedload(OrderPanierBio.pceen), joinedload(OrderPanierBio.period))
    )
    return paginate(session, stmt, number=number, size=SEARCH_SIZE)


def _bare(column: Any) -> sa.Function[str]:
    """A phone number, without what stands between its digits."""
    for mark in " .-()/":
        column = sa.func.replace(column, mark, "")
    return cast(sa.Function[str], column)


def order(session: Session, key: int) -> OrderPanierBio:
    """An order.

    Raises:
        NoSuchOrder: There is none.
    """
    found = session.get(OrderPanierBio, key)
    if found is None:
        raise NoSuchOrder
    return found


def has_orders(session: Session, day: date) -> bool:
    """Whether somebody ever ordered a basket of a date."""
    stmt = sa.select(OrderPanierBio.id).where(OrderPanierBio.date == day).limit(1)
    return session.scalar(stmt) is not None


def customer(session: Session, text: str) -> PCeen | None:
    """Who has an account with this username or this address."""
    stmt = sa.select(PCeen).where(
        PCeen.disabled_at.is_(None),
        sa.or_(PCeen.username == text.lower(), PCeen.email == text.lower()),
    )
    found = session.scalars(stmt.limit(2)).all()
    return found[0] if len(found) == 1 else None
