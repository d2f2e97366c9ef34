"""What the bar sells, as its staff sees it; and how its stock is counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.pagination import Page, paginate
from app.models import BarItem, BarTransaction
from app.modules.bar.errors import NoSuchItem

#: Items on a page of the list.
PAGE_SIZE = 40
#: What the list may be sorted by; the first is the default.
SORTS = ("name", "quantity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which items are listed, and in which order."""

    #: Of ``SORTS``, with ``-`` before it to descend.
    sort: str = SORTS[0]
    #: Those that are no longer sold, instead of the others.
    archived: bool = False


def item(session: Session, key: int) -> BarItem:
    """An item, sold or not.

    Raises:
        NoSuchItem: If there is none.
    """
    found = session.get(BarItem, key)
    if found is None:
        raise NoSuchItem
    return found


def sold(session: Session, key: int) -> BarItem:
    """An item that is sold.

    Raises:
        NoSuchItem: If there is none, or if it is archived.
    """
    found = item(session, key)
    if found.archived:
        raise NoSuchItem
    return found


def page(session: Session, wanted: Wanted, *, number: int) -> Page[BarItem]:
    """A page of the list of the items."""
    stmt = sa.select(BarItem).where(BarItem.archived == wanted.archived)
    return paginate(session, stmt.order_by(*_order(wanted.sort)), number=number, size=PAGE_SIZE)


def archived_count(session: Session) -> int:
    """How many items are no longer sold."""
    stmt = sa.select(sa.func.count()).select_from(BarItem).where(BarItem.archived)
    return session.scalars(stmt).one()


def all_sold(session: Session) -> Sequence[BarItem]:
    """All that is sold, by name."""
    stmt = sa.select(BarItem).where(~BarItem.archived).order_by(*_order("name"))
    return session.scalars(stmt).all()


def all_counted(session: Session) -> Sequence[BarItem]:
    """All that is sold and counted, by name."""
    stmt = sa.select(BarItem).where(~BarItem.archived, BarItem.quantity.is_not(None))
    return session.scalars(stmt.order_by(*_order("name"))).all()


def lock_all(session: Session, keys: Sequence[int]) -> Sequence[BarItem]:
    """Items, in the order of their numbers, kept from others until the commit."""
    stmt = (
        sa.select(BarItem)
        .where(BarItem.id.in_(keys))
        .order_by(BarItem.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(stmt).all()


def _order(sort: str) -> Sequence[Any]:
    """How the list is sorted: what is not counted comes last, whichever way."""
    name = sa.func.coalesce(BarItem.live_name, sa.func.lower(BarItem.name))
    if sort.removeprefix("-") == "quantity":
        quantity = BarItem.quantity.desc() if sort.startswith("-") else BarItem.quantity.asc()
        return [sa.case((BarItem.quantity.is_(None), 1), else_=0), quantity, name, BarItem.id]
    return [name.desc() if sort.startswith("-") else name.asc(), BarItem.id]


# How stock is counted: it is the sum of what moved since the count began, from zero


def counted(session: Session) -> Mapping[int, int]:
    """What the ledger says is left of each counted item, by its number, in one statement."""
    stmt = (
        sa.select(BarItem.id, sa.func.coalesce(sa.func.sum(BarTransaction.stock_change), 0))
        .outerjoin(
            BarTransaction,
            sa.and_(
                BarTransaction.item_id == BarItem.id,
                BarTransaction.id >= sa.func.coalesce(BarItem.counted_from_id, 0),
            ),
        )
        .where(BarItem.quantity.is_not(None))
        .group_by(BarItem.id)
    )
    return {key: int(total) for key, total in session.execute(stmt)}
