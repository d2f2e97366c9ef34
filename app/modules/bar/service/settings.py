"""The rules of the house: changed together, or one by one from the counter (community 1.3)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.models import BarItem, audit, defer, public_role
from app.modules.bar.choices import (
    ALCOHOL_CAP,
    BACKGROUND,
    CHOICES,
    DAY_START,
    DEPOSIT,
    MINIMUM_AGE,
    OPEN,
    QUICK_ITEM,
    RECHARGE_MAX,
    RECHARGE_MIN,
    REVERT_HOURS,
    TOP_UP_MAX,
)
from app.modules.bar.effects import RemovePicture
from app.modules.bar.errors import NoSuchItem, StaleBar
from app.modules.bar.queries.house import house as read_house
from app.modules.bar.queries.items import item as read_item
from app.modules.bar.rules.house import House


def stored(house: House) -> dict[str, Any]:
    """The rules of the house as they are stored, by key."""
    return {
        ALCOHOL_CAP.key: f"{house.alcohol_cap:.1f}",
        QUICK_ITEM.key: house.quick_item or 0,
        RECHARGE_MIN.key: house.recharge_min,
        RECHARGE_MAX.key: house.recharge_max,
        TOP_UP_MAX.key: house.top_up_max,
        DEPOSIT.key: house.deposit_cents,
        DAY_START.key: f"{house.day_start:%H:%M}",
        MINIMUM_AGE.key: house.minimum_age,
        REVERT_HOURS.key: house.revert_hours,
        OPEN.key: house.is_open,
        BACKGROUND.key: house.background or "",
    }


def version_of(house: House) -> int:
    """A number that tells rules of the house from others: what a form was shown."""
    text = json.dumps(stored(house), sort_keys=True)
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def change(session: Session, wanted: House, *, version: int) -> bool:
    """Change the rules of the house, all at once; whether anything changed.

    Raises:
        StaleBar: If somebody changed some meanwhile.
        NoSuchItem: If what is to be sold in one tap is not sold.
    """
    if wanted.quick_item is not None:
        _lock_sold(session, wanted.quick_item)
    before = _locked(session)
    if version_of(before) != version:
        raise StaleBar
    return _write(session, before, stored(wanted))


def forget_quick(session: Session, item: BarItem) -> None:
    """Have a locked item sold in one tap no more, if it was."""
    before = _locked(session)
    if before.quick_item == item.id:
        _write(session, before, stored(before) | {QUICK_ITEM.key: 0})


def _lock_sold(session: Session, key: int) -> None:
    """Keep an item from being archived until the commit; items are locked before settings.

    Raises:
        NoSuchItem: If it is not sold.
    """
    found = read_item(session, key)
    lock(session, found)
    if found.archived:
        raise NoSuchItem


def _locked(session: Session) -> House:
    """The rules of the house, kept from others until the commit."""
    lock(session, public_role(session))  # a setting may have no row yet: one change at a time
    session.expire_all()
    return read_house(session)


def _write(session: Session, house: House, wanted: Mapping[str, Any]) -> bool:
    """Store what is not so already; what stood behind the pages goes with its row."""
    before = stored(house)
    changed = [choice for choice in CHOICES if wanted[choice.key] != before[choice.key]]
    if not changed:
        return False
    for choice in changed:
        choice.set(session, wanted[choice.key])
    keys = [choice.key for choice in changed]
    if BACKGROUND.key in keys and house.background:
        defer(session, RemovePicture(house.background))
    audit(
        session,
        "bar.settings.change",
        before={key: before[key] for key in keys},
        after={key: wanted[key] for key in keys},
    )
    return True
