"""What whoever serves switches in the course of an evening: the bar itself, the quick item."""

from typing import Any

from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.models import BarItem, Choice, audit, public_role
from app.modules.bar.choices import OPEN, QUICK_ITEM
from app.modules.bar.errors import NoSuchItem


def open_or_close(session: Session, *, is_open: bool) -> bool:
    """Open the bar, or close it; say whether it was not so already."""
    return _switch(session, OPEN, is_open)


def choose_quick_item(session: Session, number: int | None) -> bool:
    """Sell an item in one tap, or none; say whether it was not so already.

    Raises:
        NoSuchItem: If there is none, or if it is no longer sold.
    """
    if number is None:
        return _switch(session, QUICK_ITEM, QUICK_ITEM.default)
    item = session.get(BarItem, number)
    if item is None:
        raise NoSuchItem
    lock(session, item)
    if item.archived:
        raise NoSuchItem
    return _switch(session, QUICK_ITEM, item.id)


def _switch(session: Session, choice: Choice[Any], value: object) -> bool:
    lock(session, public_role(session))  # a setting may have no row yet: one change at a time
    before = choice.get(session)
    if before == value:
        return False
    choice.set(session, value)
    audit(
        session,
        "bar.settings.change",
        before={choice.key: before},
        after={choice.key: value},
    )
    return True
