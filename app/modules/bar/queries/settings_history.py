"""What was changed of the rules of the house, by whom, and when."""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core.pagination import Page, paginate
from app.models import AuditEvent, BarItem

#: Changes on a page.
PAGE_SIZE = 30


def page(session: Session, *, number: int) -> Page[AuditEvent]:
    """A page of the changes, the latest first."""
    stmt = (
        sa.select(AuditEvent)
        .where(AuditEvent.action == "bar.settings.change")
        .options(joinedload(AuditEvent.actor), joinedload(AuditEvent.target))
        .order_by(AuditEvent.id.desc())
    )
    return paginate(session, stmt, number=number, size=PAGE_SIZE)


def names(session: Session, keys: Iterable[int]) -> Mapping[int, str]:
    """What items are called, by their numbers."""
    stmt = sa.select(BarItem.id, BarItem.name).where(BarItem.id.in_(set(keys)))
    return {key: name for key, name in session.execute(stmt)}  # noqa: C416  # rows are no pairs
