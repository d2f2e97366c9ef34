"""Lines of the ledger, as pages show them: page after page by their numbers, never by counting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.models import BarTransaction, PCeen

_Reversal = aliased(BarTransaction)
_Client, _Barman, _Undoer = aliased(PCeen), aliased(PCeen), aliased(PCeen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A line, with the names of those whom it is about."""

    line: BarTransaction
    client: PCeen | None
    #: ``None`` for what came from the site, or from who is no longer there.
    barman: PCeen | None
    #: When it was undone, and by whom.
    undone_at: datetime | None
    undone_by: PCeen | None

    @property
    def is_undone(self) -> bool:
        return self.undone_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where a page begins: what comes after a line, in the order of the page, or before it."""

    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of lines, and whether there are others on each side."""

    lines: Sequence[Shown]
    has_previous: bool
    has_next: bool

    @property
    def first(self) -> int | None:
        """The number of the first line, for the link to the page before."""
        return self.lines[0].line.id if self.lines else None

    @property
    def last(self) -> int | None:
        """The number of the last line, for the link to the page after."""
        return self.lines[-1].line.id if self.lines else None


def stretch(
    session: Session,
    *conditions: sa.ColumnElement[bool],
    cursor: Cursor,
    size: int,
    oldest_first: bool = False,
) -> Stretch:
    """A page of the lines that meet *conditions*, the newest first unless said otherwise.

    It costs the same wherever it is: one statement.
    """
    backwards = cursor.before is not None
    ascending = oldest_first is not backwards
    column = BarTransaction.id
    stmt = _shown().where(*conditions)
    edge = cursor.before if backwards else cursor.after
    if edge is not None:
        stmt = stmt.where(column > edge if ascending else column < edge)
    stmt = stmt.order_by(column.asc() if ascending else column.desc()).limit(size + 1)
    found = [_as_shown(row) for row in session.execute(stmt)]
    has_more, found = len(found) > size, found[:size]
    if backwards:
        return Stretch(found[::-1], has_more, has_next=True)
    return Stretch(found, edge is not None, has_more)


def latest(session: Session, client_id: int, *, size: int) -> Sequence[Shown]:
    """The latest lines of an account."""
    whose = BarTransaction.client_id == client_id
    return stretch(session, whose, cursor=Cursor(), size=size).lines


def _shown() -> Any:
    """Lines, with the names that they are shown with."""
    return (
        sa.select(BarTransaction, _Client, _Barman, _Reversal.at, _Undoer)
        .outerjoin(_Client, _Client.id == BarTransaction.client_id)
        .outerjoin(_Barman, _Barman.id == BarTransaction.barman_id)
        .outerjoin(_Reversal, _Reversal.reverses_id == BarTransaction.id)
        .outerjoin(_Undoer, _Undoer.id == _Reversal.barman_id)
    )


def _as_shown(row: Any) -> Shown:
    line, client, barman, undone_at, undone_by = row
    return Shown(line=line, client=client, barman=barman, undone_at=undone_at, undone_by=undone_by)
