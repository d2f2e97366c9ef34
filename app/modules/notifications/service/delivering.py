"""Notifications, owed to devices: written down, sent when they are due, tried again."""

import time
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import PushState
from app.integrations.push import PushService, Round
from app.models import Notification, PushDelivery, defer
from app.modules.notifications.effects import DeliverPushes
from app.modules.notifications.errors import NoLongerNews
from app.modules.notifications.queries import deliveries as queries
from app.modules.notifications.rules import deliveries as rules
from app.modules.notifications.rules.quiet import rings_at
from app.modules.notifications.service.pushing import send_due

#: How long sending goes on, in seconds, before the worker looks at what else there is.
BUDGET = 4.0
#: How long what became of a delivery is kept.
KEPT = timedelta(days=30)


def ring(session: Session, number: int) -> None:
    """Write down what each device of those who are told is owed; once, whoever tries again."""
    told = session.get(Notification, number, with_for_update=True)
    if told is None:
        return
    now = clock.now()
    rows = [
        {
            "notification_id": number,
            "subscription_id": one.subscription,
            "state": PushState.pending,
            "attempts": 0,
            "due_at": rings_at(now, one.quiet_from, one.quiet_until),
        }
        for one in queries.devices_to_ring(session, told)
    ]
    if rows:
        session.execute(sa.insert(PushDelivery), rows)
    wake(session)


def wake(session: Session) -> None:
    """Have the worker come when something has to be sent, unless it will already."""
    soonest, now = queries.soonest(session), clock.now()
    if soonest is not None and not queries.is_called(session, max(soonest, now), now):
        defer(session, DeliverPushes(), due_at=soonest)


def deliver(session: Session, push: PushService, *, budget: float = BUDGET) -> None:
    """Send what is due for a few seconds, and be called again if more is, or will be."""
    if not push.is_on:
        return
    with Round(push) as sending:
        send_due(session, sending, until=time.monotonic() + budget)
    with transaction(session):
        wake(session)


def retry(session: Session, notification_id: int) -> int:
    """Try again the devices that were given up; return how many.

    Raises:
        NoLongerNews: If it was told too long ago for a device to show it.
    """
    now = clock.now()
    told = session.get_one(Notification, notification_id)
    if now - told.created_at >= rules.NEWS:
        raise NoLongerNews
    parked = sa.select(PushDelivery).where(
        PushDelivery.notification_id == notification_id,
        PushDelivery.state == PushState.parked,
        PushDelivery.subscription_id.is_not(None),
    )
    found = session.scalars(parked.order_by(PushDelivery.id).with_for_update()).all()
    for one in found:
        one.state, one.attempts = PushState.pending, 0
        one.due_at, one.ended_at = now, None
    session.execute(
        sa.update(Notification)
        .where(Notification.id == notification_id)
        .values(failed_count=Notification.failed_count - len(found))
    )
    session.flush()
    wake(session)
    return len(found)


def forget(session: Session) -> None:
    """Forget what became of what was sent long ago: the counts of the notification stay."""
    old = PushDelivery.ended_at < clock.now() - KEPT
    with transaction(session):
        session.execute(sa.delete(PushDelivery).where(old))
