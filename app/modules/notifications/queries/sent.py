"""What was sent to many people, and how it goes."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.pagination import Page, paginate
from app.enums import AudienceKind, PushState
from app.models import Notification, PushDelivery, Role
from app.modules.notifications.errors import NoSuchNotification

#: How many a page lists, and how many failures are shown of one.
PER_PAGE, PARKED = 20, 100


@dataclass(frozen=True, slots=True)
class Sent:
    """A notification that was sent, and how it goes."""

    notification: Notification
    #: How many devices it is still owed to, and how many were given up.
    waiting: int
    given_up: int
    #: The latest of those that were given up.
    parked: Sequence[PushDelivery]


def latest(session: Session, *, sender_id: int | None, number: int) -> Page[Notification]:
    """A page of what was sent, by someone, or by all.

    What the site told people one by one is not there, unless a device could not be reached.
    """
    stmt = (
        sa.select(Notification)
        .options(joinedload(Notification.sender))
        .order_by(Notification.created_at.desc(), Notification.id.desc())
    )
    if sender_id is not None:
        stmt = stmt.where(Notification.sender_id == sender_id)
    else:
        to_many = Notification.target_type != AudienceKind.people
        stmt = stmt.where(sa.or_(to_many, Notification.failed_count > 0))
    return paginate(session, stmt, number=number, size=PER_PAGE)


def sent(session: Session, key: int, *, sender_id: int | None) -> Sent:
    """A notification that was sent, by someone, or by anybody.

    Raises:
        NoSuchNotification: If there is none, of theirs.
    """
    options = (joinedload(Notification.sender), selectinload(Notification.roles))
    found = session.get(Notification, key, options=options)
    if found is None or sender_id not in (None, found.sender_id):
        raise NoSuchNotification
    count = (
        sa.select(PushDelivery.state, sa.func.count())
        .where(PushDelivery.notification_id == key)
        .group_by(PushDelivery.state)
    )
    counts = dict(session.execute(count).all())
    given_up = counts.get(PushState.parked, 0)
    return Sent(
        notification=found,
        waiting=counts.get(PushState.pending, 0),
        given_up=given_up,
        parked=_parked(session, key) if given_up else (),
    )


def _parked(session: Session, key: int) -> Sequence[PushDelivery]:
    stmt = (
        sa.select(PushDelivery)
        .options(joinedload(PushDelivery.subscription))
        .where(PushDelivery.notification_id == key, PushDelivery.state == PushState.parked)
        .order_by(PushDelivery.id.desc())
        .limit(PARKED)
    )
    return session.scalars(stmt).all()


def roles(session: Session) -> Sequence[Role]:
    """The roles whose holders may be written to: of the public one, everybody is."""
    stmt = sa.select(Role).where(Role.id != Role.PUBLIC).order_by(Role.index, Role.name)
    return session.scalars(stmt).all()
