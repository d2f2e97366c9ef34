"""What clients read of their own account at the bar."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.dates import day_from
from app.core.money import Cents
from app.enums import BarKind, PaymentType
from app.models import BarAccount, BarDailyData, BarTransaction, Payment
from app.modules.bar.errors import NoSuchTopUp
from app.modules.bar.queries.history import Cursor, Stretch, stretch
from app.modules.bar.queries.house import house_columns, house_of
from app.modules.bar.rules.house import House

#: Lines of the ledger on a page, and top-ups made online that are listed.
HISTORY_SIZE, TOP_UPS = 5, 10


@dataclass(frozen=True, slots=True)
class Own:
    """An account, with the rules that hold and the day of the bar that it is."""

    account: BarAccount
    house: House

    @property
    def day(self) -> date:
        return day_from(clock.now(), self.house.day_start)


def own(session: Session, pceen_id: int) -> Own:
    """The account of someone, with the rules of the house: one statement."""
    stmt = sa.select(BarAccount, *house_columns()).where(BarAccount.pceen_id == pceen_id)
    row = session.execute(stmt).one()
    return Own(row[0], house_of(row[1:]))


def own_today(session: Session, pceen_id: int) -> tuple[Own, BarDailyData]:
    """The account of someone, and what they did today at the bar, if anything: one statement.

    A day of the bar begins in the morning: it is today's, or yesterday's still.
    """
    is_lately = sa.and_(
        BarDailyData.pceen_id == BarAccount.pceen_id,
        BarDailyData.bar_day >= clock.today() - timedelta(days=1),
    )
    stmt = (
        sa.select(BarAccount, BarDailyData, *house_columns())
        .outerjoin(BarDailyData, is_lately)
        .where(BarAccount.pceen_id == pceen_id)
    )
    rows = session.execute(stmt).all()
    mine = Own(rows[0][0], house_of(rows[0][2:]))
    return mine, day_among(mine, (row[1] for row in rows if row[1] is not None))


def days(session: Session, mine: Own, *, since: date) -> Sequence[BarDailyData]:
    """What someone did at the bar, day by day."""
    stmt = sa.select(BarDailyData).where(
        BarDailyData.pceen_id == mine.account.pceen_id, BarDailyData.bar_day >= since
    )
    return session.scalars(stmt.order_by(BarDailyData.bar_day)).all()


def day_among(mine: Own, found: Iterable[BarDailyData]) -> BarDailyData:
    """That of today among days: nothing, if nothing is written."""
    return next((one for one in found if one.bar_day == mine.day), None) or _nothing(mine)


def _nothing(mine: Own) -> BarDailyData:
    return BarDailyData(
        pceen_id=mine.account.pceen_id,
        bar_day=mine.day,
        balance_change_cents=0,
        total_spent_cents=0,
        items_bought_count=0,
        alcohol_bought=0,
    )


def spent_by_month(found: Iterable[BarDailyData]) -> dict[date, Cents]:
    """What was spent each month, by its first day."""
    months: dict[date, Cents] = {}
    for one in found:
        month = one.bar_day.replace(day=1)
        months[month] = months.get(month, 0) + one.total_spent_cents
    return months


# The history: a line that was undone says so itself, what undid it is left out


def _lines(pceen_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (BarTransaction.client_id == pceen_id, BarTransaction.type != BarKind.reversal)


def history(session: Session, pceen_id: int, cursor: Cursor) -> Stretch:
    """Lines of an account, the newest first; those before the first of all are the first ones."""
    found = stretch(session, *_lines(pceen_id), cursor=cursor, size=HISTORY_SIZE)
    if found.lines or cursor == Cursor():
        return found
    return stretch(session, *_lines(pceen_id), cursor=Cursor(), size=HISTORY_SIZE)


def cursor_of(session: Session, pceen_id: int, page: int) -> Cursor:
    """Where a page begins that only its number tells: the first one, if there is none."""
    if page <= 1:
        return Cursor()
    stmt = (
        sa.select(BarTransaction.id)
        .where(*_lines(pceen_id))
        .order_by(BarTransaction.id.desc())
        .offset((page - 1) * HISTORY_SIZE - 1)
        .limit(1)
    )
    return Cursor(after=session.scalars(stmt).one_or_none())


# Top-ups made online


def _top_ups(pceen_id: int) -> sa.Select[Payment]:
    return sa.select(Payment).where(Payment.pceen_id == pceen_id, Payment.type == PaymentType.bar)


def top_ups(session: Session, pceen_id: int) -> Sequence[Payment]:
    """The last ones that someone began."""
    return session.scalars(_top_ups(pceen_id).order_by(Payment.id.desc()).limit(TOP_UPS)).all()


def top_up(session: Session, pceen_id: int, key: int | None) -> Payment:
    """One of someone's; without a number, the last one.

    Raises:
        NoSuchTopUp: If there is none, be it a payment of somebody else, or for something else.
    """
    stmt = _top_ups(pceen_id).order_by(Payment.id.desc()).limit(1)
    if key is not None:
        stmt = stmt.where(Payment.id == key)
    found = session.scalars(stmt).one_or_none()
    if found is None:
        raise NoSuchTopUp
    return found
