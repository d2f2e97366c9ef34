"""What the counter shows of a customer: few statements, as many for whoever it is."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from app.core import clock
from app.core.dates import day_from
from app.core.text import comparison_key
from app.enums import BarKind, PermissionScope as S, PermissionType as T
from app.models import (
    BarAccount,
    BarDailyData,
    BarItem,
    BarTransaction,
    PCeen,
    Permission,
    Role,
    pceen_role,
    role_permission,
)
from app.modules.bar.errors import NoSuchCustomer, NoSuchTransaction
from app.modules.bar.queries import history
from app.modules.bar.queries.customers import is_called, is_customer
from app.modules.bar.queries.history import Cursor, Shown, Stretch
from app.modules.bar.rules.house import House

#: Lines of the ledger on a page of the counter.
LINES = 5


class Standing(enum.Enum):
    """What someone is at the bar: the first that holds."""

    gri = enum.auto()
    barman = enum.auto()
    observer = enum.auto()
    customer = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A customer, and what holds for them now."""

    account: BarAccount
    standing: Standing
    house: House
    #: The day of the bar that it is, and the grams of alcohol that they bought on it.
    day: date
    alcohol_today: Decimal

    @property
    def pceen(self) -> PCeen:
        return self.account.pceen


def customer_seen(session: Session, username: str, house: House) -> Seen:
    """A customer and their day, in one statement.

    Raises:
        NoSuchCustomer: If nobody who has this username may come to the bar.
    """
    return _seen(session, house, is_called(username), is_customer())


def is_customer_called(session: Session, username: str) -> bool:
    """Whether who has this username may come to the bar."""
    stmt = sa.select(PCeen.id).where(is_called(username), is_customer())
    return session.scalars(stmt).first() is not None


def anyone_seen(session: Session, username: str, house: House) -> Seen:
    """Likewise, of somebody who does not come to the bar too: they may have money there.

    Raises:
        NoSuchCustomer: If nobody has this username.
    """
    return _seen(session, house, is_called(username))


def _seen(session: Session, house: House, *conditions: sa.ColumnElement[bool]) -> Seen:
    day = day_from(clock.now(), house.day_start)
    today = sa.and_(
        BarDailyData.pceen_id == BarAccount.pceen_id,
        BarDailyData.bar_day == day,
    )
    stmt = (
        sa.select(
            BarAccount,
            BarDailyData.alcohol_bought,
            _holds((T.all, S.gris)),
            _holds((T.write, S.bar), (T.all, S.bar)),
            _holds(*((kind, S.bar_stats) for kind in T)),
        )
        .join(BarAccount.pceen)
        .outerjoin(BarDailyData, today)
        .options(contains_eager(BarAccount.pceen))
        .where(*conditions)
    )
    row = session.execute(stmt).one_or_none()
    if row is None:
        raise NoSuchCustomer
    account, alcohol, *held = row
    standing = next(
        (one for one, holds in zip(Standing, held, strict=False) if holds), Standing.customer
    )
    return Seen(
        account=account,
        standing=standing,
        house=house,
        day=day,
        alcohol_today=alcohol or Decimal(0),
    )


def _holds(*rights: tuple[T, S]) -> sa.ColumnElement[bool]:
    """Whether whom a statement reads from ``PCeen`` holds one of these, as everybody or not."""
    own = sa.select(pceen_role.c.role_id).where(pceen_role.c.pceen_id == PCeen.id).correlate(PCeen)
    is_one = [sa.and_(Permission.type == kind, Permission.scope == scope) for kind, scope in rights]
    held = (
        sa.select(role_permission.c.permission_id)
        .join(Permission, Permission.id == role_permission.c.permission_id)
        .where(
            sa.or_(role_permission.c.role_id == Role.PUBLIC, role_permission.c.role_id.in_(own)),
            Permission.ref_id.is_(None),
            sa.or_(*is_one),
        )
        .correlate(PCeen)
    )
    return held.exists()


def items_sold(session: Session) -> Sequence[BarItem]:
    """What is sold: the favourites first, the largest index before, then by name."""
    found = session.scalars(sa.select(BarItem).where(BarItem.archived.is_(False))).all()
    return sorted(found, key=lambda one: (-one.favorite_index, comparison_key(one.name), one.id))


def lines(session: Session, client_id: int, *, cursor: Cursor) -> Stretch:
    """The latest lines of an account; what undid a line is told with it, not apart."""
    conditions = (
        BarTransaction.client_id == client_id,
        BarTransaction.type != BarKind.reversal,
    )
    return history.stretch(session, *conditions, cursor=cursor, size=LINES)


def line_seen(session: Session, number: int) -> Shown:
    """A line of the ledger, with the names that it is shown with.

    Raises:
        NoSuchTransaction: If there is none.
    """
    found = history.stretch(session, BarTransaction.id == number, cursor=Cursor(), size=1).lines
    if not found:
        raise NoSuchTransaction
    return found[0]
