"""What someone chose, and what rings of theirs."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.dates import read_time
from app.enums import NotificationChannel, NotificationTopic
from app.models import NotificationChoice, NotificationHours, PCeen, PushSubscription
from app.modules.notifications.rules import choices as rules
from app.modules.notifications.rules.choices import Chosen


@dataclass(frozen=True, slots=True)
class Summary:
    """How someone is told, in a line."""

    #: How many of their devices ring.
    devices: int
    quiet_from: str | None
    quiet_until: str | None


def chosen(session: Session, pceen_id: int) -> Chosen:
    """What someone chose; where they chose nothing, as each topic says."""
    found = sa.select(NotificationChoice).where(NotificationChoice.pceen_id == pceen_id)
    kept = {one.topic: one for one in session.scalars(found)}
    hours = session.get(NotificationHours, pceen_id)
    return Chosen(
        wanted={
            topic: rules.settled(topic, _wanted(kept[topic]))
            if topic in kept
            else rules.default(topic)
            for topic in NotificationTopic
        },
        quiet_from=read_time(hours.quiet_from or "") if hours else None,
        quiet_until=read_time(hours.quiet_until or "") if hours else None,
    )


def _wanted(choice: NotificationChoice) -> frozenset[NotificationChannel]:
    return frozenset(one for one in NotificationChannel if getattr(choice, one.value))


def summary(session: Session, pceen_id: int) -> Summary:
    """How someone is told, in one statement."""
    devices = sa.select(sa.func.count()).where(PushSubscription.pceen_id == pceen_id)
    stmt = (
        sa.select(
            devices.scalar_subquery(), NotificationHours.quiet_from, NotificationHours.quiet_until
        )
        .select_from(PCeen)
        .outerjoin(NotificationHours, NotificationHours.pceen_id == PCeen.id)
        .where(PCeen.id == pceen_id)
    )
    return Summary(*session.execute(stmt).one())
