"""The periods in which baskets are given out.

No two overlap. Nothing in the database says so: whoever changes their days locks one row that is
always there, the public role, so that the next to look sees what they wrote; then the rows of the
periods, since whoever orders locks theirs (``counting``).
"""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.models import PanierBioDisabledDay, PeriodPanierBio, audit, public_role
from app.modules.panier_bio.errors import (
    DisabledOutside,
    EndsTooEarly,
    OrdersOutside,
    PeriodHasOrders,
    PeriodsOverlap,
    PeriodTooLong,
    StalePanierBio,
)
from app.modules.panier_bio.queries import periods as queries
from app.modules.panier_bio.service import counting

#: How many years a period lasts at most: a page shows all its dates.
YEARS_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a period is: its first and its last day are in it."""

    start: date
    end: date
    #: Its days without a distribution.
    disabled: frozenset[date] = frozenset()


def add(session: Session, *, details: Details, active: bool = False) -> PeriodPanierBio:
    """Add a period.

    Raises:
        EndsTooEarly, PeriodTooLong, DisabledOutside: If it makes no sense.
        PeriodsOverlap: If another one has some of its days.
    """
    _check(details)
    _lock_all(session)
    _check_alone(session, details)
    made = PeriodPanierBio(start_date=details.start, end_date=details.end, active=active)
    session.add(made)
    session.flush()
    _disable(session, made, details.disabled)
    audit(session, "panier_bio.period.add", made, after=_said(details) | {"active": active})
    return made


def edit(session: Session, *, period: PeriodPanierBio, details: Details, version: int) -> bool:
    """Change the days of a period; whether anything changed.

    Raises:
        StalePanierBio: If somebody changed it meanwhile.
        EndsTooEarly, PeriodTooLong, DisabledOutside, PeriodsOverlap: Likewise.
        OrdersOutside: If baskets are ordered for days that it would not have any more.
    """
    _check(details)
    _lock_all(session)
    lock(session, period)
    if period.version != version:
        raise StalePanierBio
    before = details_of(session, period)
    if before == details:
        return False
    _check_alone(session, details, but=period.id)
    gone = [
        day
        for day in queries.ordered_days(session, period)
        if not details.start <= day <= details.end or day in details.disabled - before.disabled
    ]
    if gone:
        raise OrdersOutside(gone)
    period.start_date, period.end_date = details.start, details.end
    period.version += 1
    _disable(session, period, details.disabled)
    audit(session, "panier_bio.period.change", period, before=_said(before), after=_said(details))
    return True


def set_active(session: Session, *, period: PeriodPanierBio, active: bool) -> bool:
    """Open the dates of a period, or close them: orders stay; whether that changed anything."""
    lock(session, period)
    if period.active == active:
        return False
    period.active = active
    period.version += 1
    audit(
        session,
        "panier_bio.period.activate",
        period,
        before={"active": not active},
        after={"active": active},
    )
    return True


def delete(session: Session, *, period: PeriodPanierBio) -> None:
    """Delete a period that nobody ever ordered anything of.

    Raises:
        PeriodHasOrders: If somebody did.
    """
    _lock_all(session)
    lock(session, period)
    count = queries.count_orders(session, period)
    if count:
        raise PeriodHasOrders(count=count)
    before = _said(details_of(session, period)) | {"active": period.active}
    audit(session, "panier_bio.period.delete", period, before=before)
    session.delete(period)
    session.flush()


def details_of(session: Session, period: PeriodPanierBio) -> Details:
    """What a period is."""
    disabled = queries.disabled_days(session, [period.id])[period.id]
    return Details(start=period.start_date, end=period.end_date, disabled=disabled)


def _lock_all(session: Session) -> None:
    """One change of the periods at a time, even when there is none yet.

    The role comes after them: a merge of accounts locks both, in that order.
    """
    counting.lock_periods(session)
    lock(session, public_role(session))


def _check(details: Details) -> None:
    if details.end < details.start:
        raise EndsTooEarly
    if details.end.year - details.start.year > YEARS_MAX:
        raise PeriodTooLong
    outside = [day for day in details.disabled if not details.start <= day <= details.end]
    if outside:
        raise DisabledOutside(outside)


def _check_alone(session: Session, details: Details, *, but: int | None = None) -> None:
    other = queries.overlapping(session, details.start, details.end, but=but)
    if other is not None:
        raise PeriodsOverlap(other)


def _disable(session: Session, period: PeriodPanierBio, days: frozenset[date]) -> None:
    """Have a period be without a distribution on *days*, and on no other."""
    table = PanierBioDisabledDay
    session.execute(sa.delete(table).where(table.period_id == period.id))
    session.add_all(table(period_id=period.id, date=day) for day in sorted(days))
    session.flush()


def _said(details: Details) -> dict[str, object]:
    """What a period is, as the audit tells it."""
    return {
        "start": details.start.isoformat(),
        "end": details.end.isoformat(),
        "disabled": [day.isoformat() for day in sorted(details.disabled)],
    }
