"""What someone chooses to be told of, where, and when not."""

from datetime import time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.enums import NotificationChannel as C, NotificationTopic
from app.models import (
    Notification,
    NotificationChoice,
    NotificationHours,
    NotificationRecipient,
    PCeen,
)
from app.modules.notifications.rules import choices as rules
from app.modules.notifications.rules.choices import Chosen


def choose(session: Session, pceen: PCeen, wanted: Chosen) -> None:
    """Keep what someone chose, where it is not what their topics say anyway.

    Topics that they were not asked about stay as they were.
    """
    lock(session, pceen)  # two tabs
    found = sa.select(NotificationChoice).where(NotificationChoice.pceen_id == pceen.id)
    kept = {one.topic: one for one in session.scalars(found)}
    for topic, channels in wanted.wanted.items():
        _choose(session, pceen, topic, rules.settled(topic, channels), kept.get(topic))
    unwanted = [topic for topic, channels in wanted.wanted.items() if C.digest not in channels]
    _owe_no_mail(session, pceen, unwanted)
    _keep_hours(session, pceen, wanted)


def _choose(
    session: Session,
    pceen: PCeen,
    topic: NotificationTopic,
    channels: frozenset[C],
    kept: NotificationChoice | None,
) -> None:
    if channels == rules.default(topic):
        if kept is not None:
            session.delete(kept)
        return
    values = {channel.value: channel in channels for channel in C}
    if kept is None:
        session.add(NotificationChoice(pceen_id=pceen.id, topic=topic, **values))
        return
    for name, value in values.items():
        setattr(kept, name, value)


def _owe_no_mail(session: Session, pceen: PCeen, topics: list[NotificationTopic]) -> None:
    """Have no mail sum up what they were told of these topics."""
    of_them = sa.select(Notification.id).where(Notification.topic.in_(topics))
    session.execute(
        sa.update(NotificationRecipient)
        .where(
            NotificationRecipient.pceen_id == pceen.id,
            NotificationRecipient.digest_due.is_(True),
            NotificationRecipient.digested_at.is_(None),
            NotificationRecipient.notification_id.in_(of_them),
        )
        .values(digest_due=False)
        .execution_options(synchronize_session=False)
    )


def _keep_hours(session: Session, pceen: PCeen, wanted: Chosen) -> None:
    hours = session.get(NotificationHours, pceen.id)
    if wanted.quiet_from is None or wanted.quiet_until is None:
        if hours is not None:
            session.delete(hours)
        return
    if hours is None:
        hours = NotificationHours(pceen_id=pceen.id)
        session.add(hours)
    hours.quiet_from, hours.quiet_until = _said(wanted.quiet_from), _said(wanted.quiet_until)


def _said(at: time) -> str:
    return f"{at:%H:%M}"
