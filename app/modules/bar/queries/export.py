"""The ledger of the bar, line by line, for those who take it away."""

import enum
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.core.money import Cents
from app.enums import BarKind, BarMethod
from app.models import BarTransaction, PCeen
from app.modules.bar.queries.stats import Span, is_reversed

#: How many lines are read at once.
_AT_ONCE = 2000
_Client, _Barman = aliased(PCeen), aliased(PCeen)


class Wanted(enum.StrEnum):
    """What of the ledger is taken away."""

    sales = "sales"
    top_ups = "top_ups"
    #: As it is written: what was undone, and what undid it.
    everything = "everything"


#: The lines that count, of each kind that leaves some out.
_KINDS = {Wanted.sales: BarKind.pay_item, Wanted.top_ups: BarKind.top_up}


class Line(NamedTuple):
    """A line of the ledger, with the names of those whom it is about."""

    id: int
    at: datetime
    barman_id: int | None
    barman: str | None
    client: str | None
    item: str | None
    type: BarKind
    balance_change_cents: Cents
    bar_day: date
    method: BarMethod | None
    reason: str | None
    reverses_id: int | None


def lines(session: Session, span: Span, wanted: Wanted) -> Iterator[Line]:
    """The lines of some days of the bar, the oldest first, in one statement."""
    stmt = (
        sa.select(
            BarTransaction.id,
            BarTransaction.at,
            BarTransaction.barman_id,
            _Barman.prenom,
            _Barman.nom,
            _Client.prenom,
            _Client.nom,
            BarTransaction.item_name,
            BarTransaction.type,
            BarTransaction.balance_change_cents,
            BarTransaction.bar_day,
            BarTransaction.method,
            BarTransaction.reason,
            BarTransaction.reverses_id,
        )
        .outerjoin(_Client, _Client.id == BarTransaction.client_id)
        .outerjoin(_Barman, _Barman.id == BarTransaction.barman_id)
        .where(BarTransaction.bar_day >= span.start, BarTransaction.bar_day <= span.end)
        .order_by(BarTransaction.id)
    )
    if wanted in _KINDS:
        stmt = stmt.where(BarTransaction.type == _KINDS[wanted], ~is_reversed())
    found = session.execute(stmt, execution_options={"yield_per": _AT_ONCE})
    for number, at, barman_id, *names, item, kind, cents, day, method, why, undone in found:
        yield Line(
            *(number, at, barman_id, _name(*names[:2]), _name(*names[2:])),
            *(item, kind, cents, day, method, why, undone),
        )


def _name(prenom: str | None, nom: str | None) -> str | None:
    """What someone is called, as pages write it; nothing without anyone."""
    return None if prenom is None else f"{prenom} {nom}"
