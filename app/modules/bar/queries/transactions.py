"""The whole ledger, as the staff of the bar reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import BarKind
from app.models import BarTransaction
from app.modules.bar.queries.history import Cursor, Stretch, stretch


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines are listed, and in which order."""

    kind: BarKind | None = None
    #: Days of the bar, both included.
    since: date | None = None
    until: date | None = None
    oldest_first: bool = False

    @property
    def has_days(self) -> bool:
        """Whether only some days are wanted."""
        return self.since is not None or self.until is not None

    @property
    def conditions(self) -> Sequence[sa.ColumnElement[bool]]:
        """What a line has to be."""
        found = []
        if self.kind is not None:
            found.append(BarTransaction.type == self.kind)
        if self.since is not None:
            found.append(BarTransaction.bar_day >= self.since)
        if self.until is not None:
            found.append(BarTransaction.bar_day <= self.until)
        return found


def page(session: Session, wanted: Wanted, *, cursor: Cursor, size: int) -> Stretch:
    """The lines that come after a line, or before it: it costs the same wherever that is."""
    conditions = wanted.conditions
    if wanted.has_days:
        conditions = [BarTransaction.id.in_(_numbers(session, wanted, cursor, size + 1))]
    return stretch(session, *conditions, cursor=cursor, size=size, oldest_first=wanted.oldest_first)


def after_pages(session: Session, wanted: Wanted, *, count: int, size: int) -> Cursor:
    """Where the page after so many of them begins, for who knows its number alone.

    The numbers of the lines are counted, and nothing else of them is read; where there are not as
    many pages, it is the first one.
    """
    if count <= 0:
        return Cursor()
    stmt = _in_order(wanted, Cursor()).offset(count * size - 1).limit(1)
    return Cursor(after=session.scalars(stmt).one_or_none())


def _numbers(session: Session, wanted: Wanted, cursor: Cursor, most: int) -> Sequence[int]:
    """The numbers of the lines of a page."""
    return session.scalars(_in_order(wanted, cursor).limit(most)).all()


def _in_order(wanted: Wanted, cursor: Cursor) -> sa.Select[int]:
    """The numbers of the lines, from a line on.

    Those of a few days are found by their days, then put in order: a database that goes through
    the ledger in its order until it meets them, years ago, takes long.
    """
    column = BarTransaction.id
    ascending = wanted.oldest_first is not (cursor.before is not None)
    edge = cursor.before if cursor.before is not None else cursor.after
    stmt = sa.select(column).where(*wanted.conditions)
    if edge is not None:
        stmt = stmt.where(column > edge if ascending else column < edge)
    order = column + 0 if wanted.has_days else column
    return stmt.order_by(order.asc() if ascending else order.desc())
