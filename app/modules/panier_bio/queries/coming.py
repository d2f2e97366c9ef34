"""The next distribution, for the home page, which may not cost much."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.clock import day_of
from app.enums import BasketStatus
from app.models import OrderPanierBio, PanierBioDisabledDay, PCeen, PeriodPanierBio
from app.modules.panier_bio.queries.orders import is_live
from app.modules.panier_bio.rules import days, offer
from app.modules.panier_bio.rules.offer import Span
from app.modules.panier_bio.rules.options import Options

#: What a row is about.
_PERIOD, _DISABLED, _ORDERED, _WAITED = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """The next distribution, and what someone has of it."""

    date: date
    #: Of their order.
    status: BasketStatus | None
    #: Whether it is too late to order it.
    is_closed: bool


def coming(session: Session, options: Options, *, now: datetime, pceen: PCeen) -> Coming | None:
    """The next distribution, today's included, in one statement; ``None`` when none is planned.

    A day that they ordered counts even if it would not be offered any more.
    """
    today = day_of(now)
    spans, mine = _read(session, today, pceen)
    planned = next((day for day, _span in offer.planned(spans, options, first=today)), None)
    first = min((day for day in (planned, *mine) if day is not None), default=None)
    if first is None:
        return None
    closed = days.is_closed(first, options, now)
    return Coming(date=first, status=mine.get(first), is_closed=closed)


def _read(
    session: Session, today: date, pceen: PCeen
) -> tuple[list[Span], dict[date, BasketStatus]]:
    """The active periods, and the days that someone ordered."""
    periods: list[tuple[int, date, date]] = []
    disabled: dict[int, set[date]] = defaultdict(set)
    mine: dict[date, BasketStatus] = {}
    for kind, key, start, end in session.execute(_everything(today, pceen)):
        if kind == _PERIOD:
            periods.append((key, start, end))
        elif kind == _DISABLED:
            disabled[key].add(start)
        else:
            mine[start] = BasketStatus.waiting if kind == _WAITED else BasketStatus.confirmed
    spans = [Span(key, start, end, frozenset(disabled[key])) for key, start, end in periods]
    return spans, mine


def _everything(today: date, pceen: PCeen) -> sa.CompoundSelect[Any]:
    """All of it: what a row is about, the number of a period, a first day, a last one."""
    is_on = sa.and_(PeriodPanierBio.active, PeriodPanierBio.end_date >= today)
    waits = OrderPanierBio.status == BasketStatus.waiting
    day, own = PanierBioDisabledDay.date, OrderPanierBio.date
    return sa.union_all(
        sa.select(
            sa.literal_column(str(_PERIOD), sa.Integer),
            PeriodPanierBio.id,
            PeriodPanierBio.start_date,
            PeriodPanierBio.end_date,
        ).where(is_on),
        sa.select(sa.literal_column(str(_DISABLED)), PanierBioDisabledDay.period_id, day, day)
        .join(PeriodPanierBio, PeriodPanierBio.id == PanierBioDisabledDay.period_id)
        .where(is_on, day >= today),
        sa.select(
            sa.case(
                (waits, sa.literal_column(str(_WAITED))), else_=sa.literal_column(str(_ORDERED))
            ),
            OrderPanierBio.period_id,
            own,
            own,
        ).where(OrderPanierBio.live_pceen == pceen.id, is_live, own >= today),
    )
