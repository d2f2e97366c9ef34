"""Notifications, read."""

from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.models import Notification, NotificationRecipient
from app.modules.notifications.errors import NoSuchNotification


def read(session: Session, pceen_id: int, key: int) -> Notification:
    """Write down that someone read a notification of theirs; once.

    Raises:
        NoSuchNotification: If they were never told.
    """
    told = session.get(NotificationRecipient, (key, pceen_id))
    if told is None:
        raise NoSuchNotification
    _mark(session, pceen_id, NotificationRecipient.notification_id == key)
    return told.notification


def read_all(session: Session, pceen_id: int) -> int:
    """Write down that someone read all that they were told; return how many were left."""
    return _mark(session, pceen_id)


def _mark(session: Session, pceen_id: int, *which: sa.ColumnElement[bool]) -> int:
    unread = sa.update(NotificationRecipient).where(
        NotificationRecipient.pceen_id == pceen_id,
        NotificationRecipient.read_at.is_(None),
        *which,
    )
    marked = session.execute(unread.values(read_at=clock.now()))
    return cast("sa.CursorResult[object]", marked).rowcount
