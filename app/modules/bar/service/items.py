"""What the bar sells: made, changed, archived, counted (community 3.3).

What is left of a counted item is the sum of the lines of the ledger since its count began: each
change of it is a line.
"""

from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.core.money import Cents
from app.core.transaction import lock
from app.enums import BarKind
from app.models import BarItem, BarTransaction, audit
from app.modules.bar.errors import (
    CountTooLow,
    ItemNameTaken,
    NoSuchItem,
    NotCounted,
    NothingChanges,
    SoldWhileCounting,
    StaleBar,
    StockTooLow,
    TooMuchStock,
)
from app.modules.bar.queries import items as reading
from app.modules.bar.queries.house import house
from app.modules.bar.service import ledger, settings
from app.modules.bar.service.requests import Asked, Outcome, done_before

#: How many of an item may be counted.
MOST = 999_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an item is to be, but for how many are left."""

    name: str
    price_cents: Cents
    alcohol_mass: Decimal = Decimal(0)
    favorite_index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many there are, and how many the page showed; ``None`` for what is not counted."""

    counted: int | None
    seen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who changes what is left, and why."""

    by_id: int
    reason: str | None = None
    #: What the request is told from others by, if the ledger is to keep it.
    key: str | None = None
    hash: str | None = None
    #: The day of the bar that it is, if it was asked for already.
    day: date | None = None


# What is sold


def create(session: Session, draft: Draft, *, quantity: int | None, entry: Entry) -> BarItem:
    """Make an item, counted from *quantity* on, or not counted.

    Raises:
        ItemNameTaken: If another has this name.
    """
    item = BarItem(**asdict(draft))
    _save(session, item)
    audit(session, "bar.item.create", item, after=_said(item))
    if quantity is not None:
        _begin_count(session, item, quantity, entry)
    return item


def edit(
    session: Session, item: BarItem, draft: Draft, *, count: Count, version: int, entry: Entry
) -> None:
    """Change an item. What was sold since the page was shown is not lost.

    Raises:
        NoSuchItem: If it is archived.
        StaleBar: If it was changed meanwhile.
        ItemNameTaken: If another has this name.
        CountTooLow, TooMuchStock: If there would be too few of it, or too many.
    """
    lock(session, item)
    if item.archived:
        raise NoSuchItem
    if item.version != version:
        raise StaleBar
    before = _said(item)
    was_counted = item.quantity is not None
    _fill(session, item, draft)
    if count.counted is None:
        item.quantity = item.counted_from_id = None
    after = _said(item) | {"is_quantifiable": count.counted is not None}
    if changed := [key for key in after if after[key] != before[key]]:
        item.version += 1
        audit(
            session,
            "bar.item.change",
            item,
            before={key: before[key] for key in changed},
            after={key: after[key] for key in changed},
        )
    if count.counted is not None:
        if was_counted:
            seen = count.counted if count.seen is None else count.seen
            _move(session, item, count.counted - seen, entry, too_low=CountTooLow)
        else:
            _begin_count(session, item, count.counted, entry)


def _fill(session: Session, item: BarItem, draft: Draft) -> None:
    """Give an item what is wanted of it.

    Raises:
        ItemNameTaken: If another has this name.
    """
    item.rename(draft.name)
    item.price_cents, item.alcohol_mass = draft.price_cents, draft.alcohol_mass
    item.favorite_index = draft.favorite_index
    _save(session, item)


def _save(session: Session, item: BarItem) -> None:
    try:
        with session.begin_nested():
            session.add(item)
    except sa.exc.IntegrityError:
        raise ItemNameTaken from None


def _said(item: BarItem) -> dict[str, Any]:
    """What the audit tells of an item."""
    return {
        "name": item.name,
        "price_cents": item.price_cents,
        "alcohol_mass": f"{item.alcohol_mass:.1f}",
        "favorite_index": item.favorite_index,
        "is_quantifiable": item.is_quantifiable,
    }


def archive(session: Session, item: BarItem) -> None:
    """Sell something no more; what was sold of it stays. It is no longer sold in one tap.

    Raises:
        NoSuchItem: If it is archived already.
    """
    lock(session, item)
    if item.archived:
        raise NoSuchItem
    item.archived, item.live_name = True, None
    item.version += 1
    audit(session, "bar.item.archive", item, before={"name": item.name})
    settings.forget_quick(session, item)


def restore(session: Session, item: BarItem) -> None:
    """Sell something again; what is sold already stays so.

    Raises:
        ItemNameTaken: If another has its name by now.
    """
    lock(session, item)
    if not item.archived:
        return
    item.archived = False
    item.rename(item.name)
    item.version += 1
    _save(session, item)
    audit(session, "bar.item.restore", item, after={"name": item.name})


# How many are left


def change_stock(session: Session, key: int, change: int, *, request: Asked, why: str) -> Outcome:
    """Write a delivery, or a loss.

    Raises:
        NoSuchItem, NotCounted, NothingChanges: If it makes no sense.
        StockTooLow, TooMuchStock: If there would be too few of it, or too many.
        KeyReused: If the key of the request did something else.
    """
    item = _locked(session, key)
    if (done := done_before(session, request)) is not None:
        return done
    if not item.is_quantifiable:
        raise NotCounted
    entry = Entry(by_id=request.by_id, reason=why, key=request.key, hash=request.hash)
    line = _move(session, item, change, entry)
    if line is None:
        raise NothingChanges
    return Outcome(line)


def take_stock(session: Session, counts: dict[int, Count], *, entry: Entry) -> int:
    """Write what was counted, against what the page showed then; how many lines that made.

    What was sold meanwhile was sold from what was counted: the difference alone is written.

    Raises:
        StaleBar: If an item is no longer sold, or counted.
        SoldWhileCounting: If more was sold than was counted.
        TooMuchStock: If there would be too many of one.
    """
    items = reading.lock_all(session, sorted(counts))
    if len(items) != len(counts) or any(one.archived or not one.is_quantifiable for one in items):
        raise StaleBar
    changes = {item: _difference(counts[item.id]) for item in items}
    for item, change in changes.items():
        if (item.quantity or 0) + change < 0:
            raise SoldWhileCounting(item=item.name, quantity=item.quantity, key=item.id)
    moved = {item: change for item, change in changes.items() if change}
    entry = replace(entry, day=ledger.today(house(session)))
    for item, change in moved.items():
        _move(session, item, change, entry, is_told=False)
    if moved:
        said = {item.name: change for item, change in moved.items()}
        audit(session, "bar.ledger.stock", after=said, reason=(entry.reason or "")[:255])
    return len(moved)


def _difference(count: Count) -> int:
    return (count.counted or 0) - (count.seen or 0)


def _locked(session: Session, key: int) -> BarItem:
    item = reading.item(session, key)
    lock(session, item)
    if item.archived:
        raise NoSuchItem
    return item


def _begin_count(session: Session, item: BarItem, quantity: int, entry: Entry) -> None:
    """Count a locked item from now on: the line says so, even of nothing."""
    item.quantity = 0
    session.flush()
    line = _line(session, item, quantity, entry)
    ledger.move_stock(session, item, quantity)
    item.counted_from_id = line.id
    session.flush()
    _tell(session, line)


def _move(
    session: Session,
    item: BarItem,
    change: int,
    entry: Entry,
    *,
    too_low: type[StockTooLow] = StockTooLow,
    is_told: bool = True,
) -> BarTransaction | None:
    """Change by so much what is left of a locked item; nothing is written of no change.

    Raises:
        StockTooLow, TooMuchStock: If there would be too few of it, or too many.
    """
    left = (item.quantity or 0) + change
    if left < 0:
        raise too_low(quantity=item.quantity)
    if left > MOST:
        raise TooMuchStock(high=MOST)
    if not change:
        return None
    line = _line(session, item, change, entry)
    ledger.move_stock(session, item, change)
    if is_told:
        _tell(session, line)
    return line


def _line(session: Session, item: BarItem, change: int, entry: Entry) -> BarTransaction:
    """Write a line of stock."""
    now = clock.now()
    line = BarTransaction(
        barman_id=entry.by_id,
        at=now,
        bar_day=entry.day or ledger.today(house(session)),
        bar_hour=now.astimezone(PARIS).hour,
        type=BarKind.stock,
        item_id=item.id,
        item_name=item.name,
        stock_change=change,
        stock_after=(item.quantity or 0) + change,
        reason=entry.reason,
        idempotency_key=entry.key,
        request_hash=entry.hash,
    )
    session.add(line)
    session.flush()
    return line


def _tell(session: Session, line: BarTransaction) -> None:
    after = {"item": line.item_id, "stock": line.stock_change}
    audit(session, "bar.ledger.stock", line, after=after, reason=(line.reason or "")[:255])
