"""Writing rows by thousands."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

_STEP = 1000


def count(session: Session, model: type[Any], *conditions: sa.ColumnElement[bool]) -> int:
    """How many rows of a table there are."""
    stmt = sa.select(sa.func.count()).select_from(model).where(*conditions)
    return int(session.scalars(stmt).one())


def write(session: Session, model: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, a thousand at once."""
    for begin in range(0, len(rows), _STEP):
        session.execute(sa.insert(model), rows[begin : begin + _STEP])


def write_numbered(session: Session, model: type[Any], rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows; return the numbers that they were given, in order."""
    numbers: list[int] = []
    for begin in range(0, len(rows), _STEP):
        stmt = sa.insert(model).returning(model.id, sort_by_parameter_order=True)
        numbers += session.scalars(stmt, rows[begin : begin + _STEP])
    return numbers
