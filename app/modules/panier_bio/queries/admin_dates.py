"""Periods and distributions, as whoever runs the Panier Bio looks at them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import BasketStatus
from app.models import OrderPanierBio, PanierBioDate, PanierBioDisabledDay, PeriodPanierBio
from app.modules.panier_bio.errors import NoSuchDate, NoSuchPeriod
from app.modules.panier_bio.rules.days import distribution_days, holiday_name

#: How far back the list of the distributions goes, in days.
LOOKS_BACK = 60
#: The states of an order that holds a basket.
HOLDS = tuple(status for status in BasketStatus if status.holds_basket)


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """A day of a period on which baskets would be given out."""

    date: date
    is_holiday: bool
    is_disabled: bool

    @property
    def is_offered(self) -> bool:
        return not self.is_holiday and not self.is_disabled

    def holiday(self, language: str) -> str | None:
        """What the public holiday that it is is called, in a language of the site."""
        return holiday_name(self.date, language)


def planned(
    start: date, end: date, *, weekday: int, disabled: Collection[date]
) -> list[PlannedDay]:
    """What each day of this weekday becomes in a period: a distribution, a holiday, disabled."""
    given = set(distribution_days(start, end, weekday))
    first = start.toordinal() + (weekday - start.isoweekday()) % 7
    days = (date.fromordinal(number) for number in range(first, end.toordinal() + 1, 7))
    return [PlannedDay(day, day not in given, day in disabled) for day in days]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A period, its days without a distribution, and how many orders it has."""

    period: PeriodPanierBio
    disabled: frozenset[date]
    orders: int

    def days(self, weekday: int) -> list[PlannedDay]:
        """Its distribution days, with this weekday."""
        period = self.period
        return planned(period.start_date, period.end_date, weekday=weekday, disabled=self.disabled)


def periods(session: Session) -> list[Planned]:
    """Every period, the latest first, in two statements."""
    counted = (
        sa.select(OrderPanierBio.period_id, sa.func.count().label("orders"))
        .group_by(OrderPanierBio.period_id)
        .subquery()
    )
    found = session.execute(
        sa.select(PeriodPanierBio, sa.func.coalesce(counted.c.orders, 0))
        .outerjoin(counted, counted.c.period_id == PeriodPanierBio.id)
        .order_by(PeriodPanierBio.start_date.desc(), PeriodPanierBio.id.desc())
    ).all()
    disabled = _disabled(session)
    return [
        Planned(period=period, disabled=disabled.get(period.id, frozenset()), orders=int(orders))
        for period, orders in found
    ]


def _disabled(session: Session) -> Mapping[int, frozenset[date]]:
    """The days without a distribution of each period."""
    days: dict[int, set[date]] = {}
    stmt = sa.select(PanierBioDisabledDay.period_id, PanierBioDisabledDay.date)
    for key, day in session.execute(stmt):
        days.setdefault(key, set()).add(day)
    return {key: frozenset(found) for key, found in days.items()}


def period(session: Session, key: int) -> Planned:
    """A period.

    Raises:
        NoSuchPeriod: There is none.
    """
    found = session.get(PeriodPanierBio, key)
    if found is None:
        raise NoSuchPeriod
    days = session.scalars(
        sa.select(PanierBioDisabledDay.date).where(PanierBioDisabledDay.period_id == key)
    )
    orders = session.scalar(
        sa.select(sa.func.count()).select_from(OrderPanierBio).filter_by(period_id=key)
    )
    return Planned(period=found, disabled=frozenset(days), orders=orders or 0)


@dataclass(frozen=True, slots=True)
class Count:
    """How many baskets of a day are held, taken, and waited for."""

    held: int = 0
    taken: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """A day on which baskets are given out, or were."""

    date: date
    count: Count
    #: How many baskets there are, 0 for any number.
    capacity: int
    is_past: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The distributions that a list shows, the first one first, and the one to look at."""

    listed: Sequence[Distribution]
    #: The next one, else the last one that was.
    next: date | None
    #: From when on it goes, and what is particular to the days from then on.
    first: date
    rows: Mapping[date, PanierBioDate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What tells the days of the distributions: the weekday, the capacity, today."""

    weekday: int
    capacity: int
    today: date


def dates(session: Session, planned_periods: Sequence[Planned], calendar: Calendar) -> Dates:
    """The distributions of the last weeks and those to come, in two statements.

    Those with orders are there whatever became of their period.
    """
    first = calendar.today - timedelta(days=LOOKS_BACK)
    counts = _counts(session, first)
    known = {day for day, _count in counts.items()} | {
        day.date
        for one in planned_periods
        if one.period.active
        for day in one.days(calendar.weekday)
        if day.is_offered and day.date >= first
    }
    rows = {
        row.date: row
        for row in session.scalars(sa.select(PanierBioDate).where(PanierBioDate.date >= first))
    }
    own = {day: row.capacity for day, row in rows.items() if row.capacity is not None}
    listed = [
        Distribution(
            date=day,
            count=counts.get(day, Count()),
            capacity=own.get(day, calendar.capacity),
            is_past=day < calendar.today,
        )
        for day in sorted(known)
    ]
    coming = next((one.date for one in listed if not one.is_past), None)
    last = listed[-1].date if listed else None
    return Dates(listed=listed, next=coming or last, first=first, rows=rows)


def _counts(session: Session, first: date) -> Mapping[date, Count]:
    """How many live orders each day has, from *first* on."""
    status = OrderPanierBio.status
    stmt = (
        sa.select(
            OrderPanierBio.date,
            _count_if(status.in_(HOLDS)),
            _count_if(sa.and_(status.in_(HOLDS), OrderPanierBio.taken)),
            _count_if(status == BasketStatus.waiting),
        )
        .where(OrderPanierBio.date >= first, status != BasketStatus.cancelled)
        .group_by(OrderPanierBio.date)
    )
    return {day: Count(int(a), int(b), int(c)) for day, a, b, c in session.execute(stmt)}


def check_distribution(session: Session, day: date, *, weekday: int) -> None:
    """Make sure that baskets are given out on a day, or were.

    Raises:
        NoSuchDate: They are not.
    """
    has_orders = session.scalar(
        sa.select(OrderPanierBio.id).where(OrderPanierBio.date == day).limit(1)
    )
    if has_orders is not None:
        return
    found = session.scalar(
        sa.select(PeriodPanierBio.id)
        .where(PeriodPanierBio.start_date <= day, PeriodPanierBio.end_date >= day)
        .where(
            ~sa.exists().where(
                PanierBioDisabledDay.period_id == PeriodPanierBio.id,
                PanierBioDisabledDay.date == day,
            )
        )
        .limit(1)
    )
    if found is None or day.isoweekday() != weekday or holiday_name(day) is not None:
        raise NoSuchDate


def particular(session: Session, day: date) -> PanierBioDate | None:
    """What is particular to a day, if anything is."""
    return session.get(PanierBioDate, day)


def _count_if(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)
