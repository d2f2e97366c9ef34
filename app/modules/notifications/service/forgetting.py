"""Notifications, forgotten once they are of no use."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.models import Notification, NotificationRecipient

#: How long a notification is kept, and how long once it is read.
KEPT, KEPT_READ = timedelta(days=365), timedelta(days=90)
#: How many notifications go at once, with all who were told: nobody waits for long.
_BATCH = 100


def forget(session: Session) -> None:
    """Forget what was told long ago, then who read what some time ago."""
    now = clock.now()
    told, read_at = NotificationRecipient, NotificationRecipient.read_at
    is_old, is_read = Notification.created_at < now - KEPT, read_at < now - KEPT_READ
    while keys := _next(session, sa.select(Notification.id).where(is_old)):
        with transaction(session):
            session.execute(sa.delete(Notification).where(Notification.id.in_(keys)))
    while keys := _next(session, sa.select(told.notification_id).where(is_read).distinct()):
        with transaction(session):
            session.execute(sa.delete(told).where(told.notification_id.in_(keys), is_read))


def _next(session: Session, which: sa.Select[int]) -> Sequence[int]:
    """The first numbers of what is left to forget."""
    with transaction(session):
        return session.scalars(which.limit(_BATCH)).all()
