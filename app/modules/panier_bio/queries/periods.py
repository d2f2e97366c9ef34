"""Periods, and their days without a distribution."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import BasketStatus
from app.models import OrderPanierBio, PanierBioDisabledDay, PeriodPanierBio
from app.modules.panier_bio.errors import NoSuchPeriod
from app.modules.panier_bio.rules.offer import Span


def period(session: Session, key: int) -> PeriodPanierBio:
    """The period numbered *key*.

    Raises:
        NoSuchPeriod: If there is none.
    """
    found = session.get(PeriodPanierBio, key)
    if found is None:
        raise NoSuchPeriod
    return found


def all_periods(session: Session) -> Sequence[PeriodPanierBio]:
    """Every period, the latest first."""
    stmt = sa.select(PeriodPanierBio).order_by(PeriodPanierBio.start_date.desc())
    return session.scalars(stmt).all()


def disabled_days(session: Session, keys: Sequence[int]) -> dict[int, frozenset[date]]:
    """The days without a distribution of some periods, by the number of each."""
    found: dict[int, set[date]] = defaultdict(set)
    stmt = sa.select(PanierBioDisabledDay.period_id, PanierBioDisabledDay.date)
    for key, day in session.execute(stmt.where(PanierBioDisabledDay.period_id.in_(keys))):
        found[key].add(day)
    return {key: frozenset(found[key]) for key in keys}


def active_spans(session: Session, *, first: date) -> list[Span]:
    """The active periods that end on *first* or later, in order, in one statement."""
    stmt = (
        sa.select(PeriodPanierBio, PanierBioDisabledDay.date)
        .outerjoin(PanierBioDisabledDay, PanierBioDisabledDay.period_id == PeriodPanierBio.id)
        .where(PeriodPanierBio.active, PeriodPanierBio.end_date >= first)
        .order_by(PeriodPanierBio.start_date, PeriodPanierBio.id)
    )
    disabled: dict[PeriodPanierBio, set[date]] = {}
    for period, day in session.execute(stmt):
        disabled.setdefault(period, set()).update({day} if day is not None else ())
    return [
        Span(one.id, one.start_date, one.end_date, frozenset(days))
        for one, days in disabled.items()
    ]


def keys_around(session: Session, days: Sequence[date]) -> Sequence[int]:
    """The numbers of the periods, active or not, that some of *days* are in, in order."""
    if not days:
        return []
    around = [
        sa.and_(PeriodPanierBio.start_date <= day, PeriodPanierBio.end_date >= day) for day in days
    ]
    stmt = sa.select(PeriodPanierBio.id).where(sa.or_(*around)).order_by(PeriodPanierBio.id)
    return session.scalars(stmt).all()


def period_around(session: Session, day: date) -> PeriodPanierBio | None:
    """The period, active or not, that *day* is in, if it is in one."""
    stmt = sa.select(PeriodPanierBio).where(
        PeriodPanierBio.start_date <= day, PeriodPanierBio.end_date >= day
    )
    return session.scalars(stmt.order_by(PeriodPanierBio.id)).first()


def overlapping(
    session: Session, start: date, end: date, *, but: int | None = None
) -> PeriodPanierBio | None:
    """A period that has some days from *start* to *end*, if one has."""
    stmt = sa.select(PeriodPanierBio).where(
        PeriodPanierBio.start_date <= end,
        PeriodPanierBio.end_date >= start,
        PeriodPanierBio.id != (but or 0),
    )
    return session.scalars(stmt.order_by(PeriodPanierBio.start_date)).first()


def ordered_days(session: Session, period: PeriodPanierBio) -> Sequence[date]:
    """The days of a period for which there are orders that are not cancelled, in order."""
    stmt = sa.select(OrderPanierBio.date).where(
        OrderPanierBio.period_id == period.id, OrderPanierBio.status != BasketStatus.cancelled
    )
    return session.scalars(stmt.distinct().order_by(OrderPanierBio.date)).all()


def count_orders(session: Session, period: PeriodPanierBio) -> int:
    """How many orders a period has, cancelled ones included."""
    stmt = sa.select(sa.func.count()).where(OrderPanierBio.period_id == period.id)
    return session.scalars(stmt).one()
