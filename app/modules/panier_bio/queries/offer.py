"""What is offered to someone, from the database: the page and the order ask the same."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.clock import day_of
from app.enums import BasketStatus
from app.models import OrderPanierBio, PanierBioDate, PCeen
from app.modules.panier_bio.queries.orders import is_live
from app.modules.panier_bio.queries.periods import active_spans
from app.modules.panier_bio.rules import offer as rules
from app.modules.panier_bio.rules.offer import DayState, OfferedDay, Tally, World
from app.modules.panier_bio.rules.options import Options

#: Whom an offer is for: someone, the address that a visitor left, or whoever looks.
Customer = PCeen | str | None


def offer(
    session: Session, options: Options, *, now: datetime, pceen: PCeen | None
) -> Sequence[OfferedDay]:
    """The distributions that someone, or a visitor, may still order, in order.

    Those that are full, or ordered already, are among them.
    """
    return rules.offered(world(session, customer=pceen, first=day_of(now)), options, now)


def world(session: Session, *, customer: Customer, first: date) -> World:
    """All that an offer is made of, from *first* on, in five statements at most."""
    spans = active_spans(session, first=first)
    if not spans:
        return World()
    return World(
        spans=spans,
        tallies=tallies(session, first=first),
        mine=_orders_of(session, customer, first),
    )


def tallies(
    session: Session, *, first: date, only: Collection[date] | None = None
) -> dict[date, Tally]:
    """What is known of the dates from *first* on, or of some of them, in two statements."""
    dates = sa.select(PanierBioDate.date, PanierBioDate.capacity, PanierBioDate.note)
    counts = _counts()
    if only is not None:
        dates = dates.where(PanierBioDate.date.in_(only))
        counts = counts.where(OrderPanierBio.date.in_(only))
    told = {row.date: row for row in session.execute(dates.where(PanierBioDate.date >= first))}
    counted = session.execute(counts.where(OrderPanierBio.date >= first)).all()
    numbers = {row.date: (int(row.taken), int(row.waiting)) for row in counted}
    return {
        day: Tally(
            told[day].capacity if day in told else None,
            told[day].note if day in told else "",
            *numbers.get(day, (0, 0)),
        )
        for day in {*told, *numbers}
    }


def _counts() -> sa.Select[date, Any, Any]:
    """How many baskets of each date are ordered, and how many people wait for one."""
    waits = OrderPanierBio.status == BasketStatus.waiting
    return (
        sa.select(
            OrderPanierBio.date,
            sa.func.sum(sa.case((waits, 0), else_=1)).label("taken"),
            sa.func.sum(sa.case((waits, 1), else_=0)).label("waiting"),
        )
        .where(is_live)
        .group_by(OrderPanierBio.date)
    )


def _orders_of(session: Session, customer: Customer, first: date) -> dict[date, OrderPanierBio]:
    if customer is None:
        return {}
    whose = (
        OrderPanierBio.live_email == customer
        if isinstance(customer, str)
        else OrderPanierBio.live_pceen == customer.id
    )
    stmt = sa.select(OrderPanierBio).where(whose, OrderPanierBio.date >= first)
    return {one.date: one for one in session.scalars(stmt)}


__all__ = ["DayState", "offer", "tallies", "world"]
