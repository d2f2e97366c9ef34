"""The cash box of the bar: what should be in it, and what was counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core.money import Cents
from app.core.pagination import Page, paginate
from app.enums import BarKind, BarMethod
from app.models import BarClosing, BarTransaction

#: What a line of cash puts in the box, or takes from it.
_CASH = BarTransaction.balance_change_cents + BarTransaction.deposit_change_cents
_IS_CASH = BarTransaction.method == BarMethod.cash


def last(session: Session) -> BarClosing | None:
    """The last time that somebody counted."""
    stmt = (
        sa.select(BarClosing)
        .options(joinedload(BarClosing.by))
        .order_by(BarClosing.rank.desc())
        .limit(1)
    )
    return session.scalars(stmt).one_or_none()


def ledger_cents(session: Session) -> Cents:
    """What all the cash of the ledger comes to, now."""
    stmt = sa.select(sa.func.coalesce(sa.func.sum(_CASH), 0)).where(_IS_CASH)
    return int(session.scalars(stmt).one())


@dataclass(frozen=True, slots=True)
class Moved:
    """Lines of cash of a kind: how many, and what they come to."""

    type: BarKind
    count: int
    cents: Cents


@dataclass(frozen=True, slots=True)
class Box:
    """The box, before it is counted."""

    last: BarClosing | None
    ledger_cents: Cents
    moved: Sequence[Moved]

    @property
    def rank(self) -> int:
        """How many times it was counted."""
        return self.last.rank if self.last else 0

    @property
    def opening_cents(self) -> Cents:
        """What was left in it."""
        return self.last.left_cents if self.last else 0

    @property
    def moved_cents(self) -> Cents:
        """What moved since, by the ledger as a whole."""
        return self.ledger_cents - (self.last.ledger_cents if self.last else 0)

    @property
    def expected_cents(self) -> Cents:
        return self.opening_cents + self.moved_cents

    @property
    def late_cents(self) -> Cents:
        """What was being written while it was last counted, and is known only now."""
        return self.moved_cents - sum(one.cents for one in self.moved)


def box(session: Session) -> Box:
    """What should be in the box now, in two statements: the total, and what it is made of."""
    closing = last(session)
    since = closing.at if closing else None
    total, moved = 0, []
    for kind, is_new, count, cents in session.execute(_by_kind(since)):
        total += int(cents)
        if is_new:
            moved.append(Moved(kind, int(count), int(cents)))
    order = list(BarKind)
    return Box(closing, total, sorted(moved, key=lambda one: order.index(one.type)))


def _by_kind(since: datetime | None) -> sa.Select[BarKind, int, int, int]:
    """All the cash of the ledger, by kind; apart, that which is written after an instant."""
    is_new = sa.literal_column("1") if since is None else sa.case((_is_after(since), 1), else_=0)
    per_line = (
        sa.select(BarTransaction.type, is_new.label("is_new"), _CASH.label("cents"))
        .where(_IS_CASH)
        .subquery()
    )
    return sa.select(
        per_line.c.type,
        per_line.c.is_new,
        sa.func.count(),
        sa.func.sum(per_line.c.cents),
    ).group_by(per_line.c.type, per_line.c.is_new)


def _is_after(instant: datetime) -> sa.ColumnElement[bool]:
    return BarTransaction.at > instant


def closings(session: Session, *, number: int, size: int) -> Page[BarClosing]:
    """A page of the times that it was counted, the latest first."""
    stmt = sa.select(BarClosing).options(joinedload(BarClosing.by)).order_by(BarClosing.rank.desc())
    return paginate(session, stmt, number=number, size=size)


def all_closings(session: Session) -> Sequence[BarClosing]:
    """All of them, the first one first, for a file."""
    stmt = sa.select(BarClosing).options(joinedload(BarClosing.by)).order_by(BarClosing.rank)
    return session.scalars(stmt).all()
