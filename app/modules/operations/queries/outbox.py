"""What is read of the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.pagination import Page, paginate
from app.models import OutboxEntry
from app.modules.operations.errors import NoSuchEntry
from app.modules.operations.rules.outbox import OutboxState

PER_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which effects to show."""

    kind: str | None = None
    state: OutboxState | None = None
    number: int = 1


def entry(session: Session, key: int) -> OutboxEntry:
    """The effect of this number.

    Raises:
        NoSuchEntry: If there is none.
    """
    found = session.get(OutboxEntry, key)
    if found is None:
        raise NoSuchEntry
    return found


def _state() -> sa.ColumnElement[str]:
    """The state of a row, as ``rules.outbox.state_of`` says it."""
    return sa.case(
        (OutboxEntry.sent_at.is_not(None), OutboxState.sent.value),
        (OutboxEntry.cancelled_at.is_not(None), OutboxState.cancelled.value),
        (OutboxEntry.parked_at.is_not(None), OutboxState.parked.value),
        (OutboxEntry.leased_until > clock.now(), OutboxState.leased.value),
        else_=OutboxState.waiting.value,
    )


def counts(session: Session) -> Mapping[str, Mapping[OutboxState, int]]:
    """How many effects of each kind are in each state."""
    states = sa.select(OutboxEntry.kind.label("kind"), _state().label("state")).subquery()
    stmt = (
        sa.select(states.c.kind, states.c.state, sa.func.count())
        .group_by(states.c.kind, states.c.state)
        .order_by(states.c.kind)
    )
    found: dict[str, dict[OutboxState, int]] = {}
    for kind, state, count in session.execute(stmt):
        found.setdefault(kind, {})[OutboxState(state)] = count
    return found


def count_parked(session: Session) -> int:
    """How many effects wait for a person to look."""
    stmt = sa.select(sa.func.count(OutboxEntry.id)).where(*_parked())
    return session.execute(stmt).scalar_one()


def _parked() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        OutboxEntry.parked_at.is_not(None),
        OutboxEntry.sent_at.is_(None),
        OutboxEntry.cancelled_at.is_(None),
    )


def parked_since(session: Session, instant: datetime) -> Mapping[str, int]:
    """How many effects of each kind were given up since then."""
    stmt = (
        sa.select(OutboxEntry.kind, sa.func.count().label("number"))
        .where(*_parked(), OutboxEntry.parked_at >= instant)
        .group_by(OutboxEntry.kind)
        .order_by(OutboxEntry.kind)
    )
    return {row.kind: row.number for row in session.execute(stmt)}


def parked(session: Session, *, kind: str | None = None) -> list[int]:
    """The numbers of the effects that were given up, the first ones first."""
    stmt = sa.select(OutboxEntry.id).where(*_parked()).order_by(OutboxEntry.id)
    if kind is not None:
        stmt = stmt.where(OutboxEntry.kind == kind)
    return list(session.scalars(stmt))


def entries_page(session: Session, wanted: Wanted, *, size: int = PER_PAGE) -> Page[OutboxEntry]:
    """The effects, the last one first."""
    stmt = sa.select(OutboxEntry).order_by(OutboxEntry.id.desc())
    if wanted.kind is not None:
        stmt = stmt.where(OutboxEntry.kind == wanted.kind)
    if wanted.state is not None:
        stmt = stmt.where(_state() == wanted.state.value)
    return paginate(session, stmt, number=wanted.number, size=size)
