"""What the mail of the evening sums up."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager

from app.models import Notification, NotificationRecipient, PCeen

#: Of how long it sums up what was told: older news is none.
WITHIN = timedelta(days=7)
#: How long after a mail there is none: one an evening, whatever runs twice.
APART = timedelta(hours=12)


def people_to_write_to(session: Session, now: datetime) -> Sequence[int]:
    """Who has something to be told, and was told nothing this evening."""
    had = sa.select(NotificationRecipient.pceen_id).where(
        NotificationRecipient.digested_at > now - APART
    )
    stmt = (
        sa.select(NotificationRecipient.pceen_id)
        .join(NotificationRecipient.notification)
        .join(PCeen, PCeen.id == NotificationRecipient.pceen_id)
        .where(
            _due(now),
            PCeen.disabled_at.is_(None),
            PCeen.erased_at.is_(None),
            PCeen.email.is_not(None),
            PCeen.email_confirmed_at.is_not(None),
            NotificationRecipient.pceen_id.not_in(had),
        )
        .distinct()
        .order_by(NotificationRecipient.pceen_id)
    )
    return session.scalars(stmt).all()


def was_written_to(session: Session, pceen_id: int, now: datetime) -> bool:
    """Whether someone had the mail of this evening."""
    had = sa.select(NotificationRecipient.notification_id).where(
        NotificationRecipient.pceen_id == pceen_id,
        NotificationRecipient.digested_at > now - APART,
    )
    return session.scalars(had.limit(1)).first() is not None


def due(session: Session, pceen_id: int, now: datetime) -> Sequence[NotificationRecipient]:
    """What someone has not read and no mail told yet, the latest first."""
    stmt = (
        sa.select(NotificationRecipient)
        .join(NotificationRecipient.notification)
        .options(contains_eager(NotificationRecipient.notification))
        .where(NotificationRecipient.pceen_id == pceen_id, _due(now))
        .order_by(Notification.created_at.desc(), Notification.id.desc())
    )
    return session.scalars(stmt).all()


def _due(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        NotificationRecipient.digest_due.is_(True),
        NotificationRecipient.digested_at.is_(None),
        NotificationRecipient.read_at.is_(None),
        Notification.created_at >= now - WITHIN,
    )
