"""What someone was told, the latest first."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from app.core.pagination import Page, paginate
from app.models import Notification, NotificationRecipient

#: How many the menu of the bell shows, and a page.
LATEST, PER_PAGE = 20, 30


@dataclass(frozen=True, slots=True)
class Bell:
    """What the menu of the bell shows."""

    latest: Sequence[NotificationRecipient]
    #: Of all of them.
    unread: int


def bell(session: Session, pceen_id: int) -> Bell:
    """The latest notifications of someone, and how many are unread."""
    latest = session.scalars(_of(pceen_id).limit(LATEST)).all()
    counted = sa.select(sa.func.count()).where(_in_bell_of(pceen_id), _unread())
    return Bell(latest, session.scalars(counted).one())


def everything(session: Session, pceen_id: int, *, number: int) -> Page[NotificationRecipient]:
    """A page of the notifications of someone."""
    return paginate(session, _of(pceen_id), number=number, size=PER_PAGE)


def _of(pceen_id: int) -> sa.Select[NotificationRecipient]:
    return (
        sa.select(NotificationRecipient)
        .join(NotificationRecipient.notification)
        .options(contains_eager(NotificationRecipient.notification))
        .where(_in_bell_of(pceen_id))
        .order_by(Notification.created_at.desc(), Notification.id.desc())
    )


def _in_bell_of(pceen_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        NotificationRecipient.pceen_id == pceen_id, NotificationRecipient.in_bell.is_(True)
    )


def _unread() -> sa.ColumnElement[bool]:
    return NotificationRecipient.read_at.is_(None)
