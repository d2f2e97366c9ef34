"""What people are told in the site: what tests look at."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.models import Effect, Notification, NotificationRecipient, OutboxEntry
from app.modules.notifications.effects import RingDevices
from tests.conftest import Outbox


def told(session: Session) -> dict[str | None, set[int]]:
    """What was told, by its key, and to whom; each rings the devices once."""
    session.flush()
    found: dict[int, tuple[str | None, set[int]]] = {
        number: (key, set())
        for number, key in session.execute(sa.select(Notification.id, Notification.key))
    }
    whom = sa.select(NotificationRecipient.notification_id, NotificationRecipient.pceen_id)
    for number, pceen in session.execute(whom):
        found[number][1].add(pceen)
    rings = sa.select(OutboxEntry.payload).where(OutboxEntry.kind == RingDevices.kind)
    assert sorted(one["notification"] for one in session.scalars(rings)) == sorted(found)
    return dict(found.values())


def notice(session: Session, key: str) -> Notification:
    """What was told, by its key."""
    return session.scalars(sa.select(Notification).filter_by(key=key)).one()


def but_rings(outbox: Outbox) -> list[Effect]:
    """What waits for the worker, but to ring the devices of who is told."""
    return [one for one in outbox() if not isinstance(one, RingDevices)]


class NotKept(Exception):
    """What a change fails of."""


@contextmanager
def not_kept(session: Session) -> Iterator[None]:
    """A change that fails at its end."""
    with suppress(NotKept), transaction(session):
        yield
        raise NotKept
