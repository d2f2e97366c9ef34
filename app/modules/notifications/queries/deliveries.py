"""What devices are owed of notifications."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import NotificationChannel, PushState
from app.models import (
    Notification,
    NotificationChoice,
    NotificationHours,
    NotificationRecipient,
    OutboxEntry,
    PCeen,
    PushDelivery,
    PushSubscription,
)
from app.modules.notifications.effects import DeliverPushes


class Device(NamedTuple):
    """A device that is owed a notification, and when its owner wants silence."""

    subscription: int
    quiet_from: str | None
    quiet_until: str | None


def devices_to_ring(session: Session, told: Notification) -> Sequence[Device]:
    """The devices of those who are told and want it there, that are not owed it yet."""
    owed = sa.exists().where(
        PushDelivery.notification_id == told.id,
        PushDelivery.subscription_id == PushSubscription.id,
    )
    stmt = (
        sa.select(PushSubscription.id, NotificationHours.quiet_from, NotificationHours.quiet_until)
        .join(NotificationRecipient, NotificationRecipient.pceen_id == PushSubscription.pceen_id)
        .join(PCeen, PCeen.id == PushSubscription.pceen_id)
        .outerjoin(NotificationHours, NotificationHours.pceen_id == PushSubscription.pceen_id)
        .outerjoin(
            NotificationChoice,
            sa.and_(
                NotificationChoice.pceen_id == PushSubscription.pceen_id,
                NotificationChoice.topic == told.topic,
            ),
        )
        .where(
            NotificationRecipient.notification_id == told.id,
            NotificationRecipient.read_at.is_(None),
            PCeen.disabled_at.is_(None),
            PCeen.erased_at.is_(None),
            sa.func.coalesce(
                NotificationChoice.push, sa.literal(told.topic.default(NotificationChannel.push))
            ),
            ~owed,
        )
        .order_by(PushSubscription.id)
    )
    return [Device(*row) for row in session.execute(stmt)]


def due(now: datetime, most: int) -> sa.Select[PushDelivery]:
    """What is to be sent now, the oldest first, but for what another worker has in hand."""
    return (
        sa.select(PushDelivery)
        .where(PushDelivery.state == PushState.pending, PushDelivery.due_at <= now)
        .order_by(PushDelivery.due_at, PushDelivery.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A notification that a device is owed, all that sending it takes included."""

    delivery: int
    notification: Notification
    #: Nothing if the device is gone.
    subscription: PushSubscription | None
    locale: str
    #: When its owner wants silence.
    quiet_from: str | None
    quiet_until: str | None
    #: Whether its owner still has an account, wants it there, and has not read it.
    is_wanted: bool


def owed(session: Session, numbers: Collection[int]) -> list[Owed]:
    """What these deliveries are about."""
    stmt = (
        sa.select(
            PushDelivery.id,
            Notification,
            PushSubscription,
            PCeen.locale,
            sa.and_(PCeen.disabled_at.is_(None), PCeen.erased_at.is_(None)).label("is_open"),
            NotificationRecipient.read_at,
            NotificationChoice.push,
            NotificationHours.quiet_from,
            NotificationHours.quiet_until,
        )
        .join(Notification, Notification.id == PushDelivery.notification_id)
        .outerjoin(PushSubscription, PushSubscription.id == PushDelivery.subscription_id)
        .outerjoin(PCeen, PCeen.id == PushSubscription.pceen_id)
        .outerjoin(
            NotificationRecipient,
            sa.and_(
                NotificationRecipient.notification_id == PushDelivery.notification_id,
                NotificationRecipient.pceen_id == PushSubscription.pceen_id,
            ),
        )
        .outerjoin(
            NotificationChoice,
            sa.and_(
                NotificationChoice.pceen_id == PushSubscription.pceen_id,
                NotificationChoice.topic == Notification.topic,
            ),
        )
        .outerjoin(NotificationHours, NotificationHours.pceen_id == PushSubscription.pceen_id)
        .where(PushDelivery.id.in_(numbers))
        .order_by(PushDelivery.due_at, PushDelivery.id)
    )
    return [
        Owed(
            delivery=number,
            notification=told,
            subscription=device,
            locale=locale or "fr",
            quiet_from=quiet_from,
            quiet_until=quiet_until,
            is_wanted=device is not None and is_open and read_at is None and _wants(told, push),
        )
        for number, told, device, locale, is_open, read_at, push, quiet_from, quiet_until in (
            session.execute(stmt)
        )
    ]


def _wants(told: Notification, chosen: bool | None) -> bool:  # noqa: FBT001  # as it is stored
    return told.topic.default(NotificationChannel.push) if chosen is None else chosen


def soonest(session: Session) -> datetime | None:
    """When something has to be sent next."""
    pending = sa.select(sa.func.min(PushDelivery.due_at)).where(
        PushDelivery.state == PushState.pending
    )
    return session.scalars(pending).one()


def is_called(session: Session, by: datetime, now: datetime) -> bool:
    """Whether the worker will look at what is due, by then: what it is at does not count."""
    waiting = sa.select(OutboxEntry.id).where(
        OutboxEntry.kind == DeliverPushes.kind,
        OutboxEntry.sent_at.is_(None),
        OutboxEntry.parked_at.is_(None),
        OutboxEntry.cancelled_at.is_(None),
        sa.or_(OutboxEntry.leased_until.is_(None), OutboxEntry.leased_until <= now),
        OutboxEntry.due_at <= by,
    )
    return session.scalars(waiting.limit(1)).first() is not None
