"""The tables of notifications: what was told, to whom, and the devices that ring.

A ``Notification`` has its recipients, computed once. A ``PushDelivery`` is what one of their
devices is owed of it.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.enums import AudienceKind, NotificationTopic, PushState
from app.models.base import Base
from app.models.gris import Role
from app.models.people import PCeen
from app.models.types import Id, reference

#: The longest of each text, in characters.
NOTICE_TITLE_MAX, NOTICE_BODY_MAX, NOTICE_URL_MAX = 128, 512, 256
ENDPOINT_MAX, PUSH_KEY_MAX, PUSH_DEVICE_MAX = 1024, 255, 64


class Notification(Base):
    """Something that people are told."""

    __tablename__ = "notification"

    id: Mapped[Id]
    topic: Mapped[NotificationTopic]
    #: In French; then in English, for who reads it, where it was given.
    title: Mapped[str] = mapped_column(sa.String(NOTICE_TITLE_MAX))
    body: Mapped[str] = mapped_column(sa.String(NOTICE_BODY_MAX))
    title_en: Mapped[str | None] = mapped_column(sa.String(NOTICE_TITLE_MAX))
    body_en: Mapped[str | None] = mapped_column(sa.String(NOTICE_BODY_MAX))
    #: A picture, and where it leads: addresses of this site, or ``https``.
    image: Mapped[str | None] = mapped_column(sa.String(NOTICE_URL_MAX))
    url: Mapped[str] = mapped_column(sa.String(NOTICE_URL_MAX), default="/")
    target_type: Mapped[AudienceKind]
    #: Whether devices show it without a sound.
    quiet: Mapped[bool] = mapped_column(default=False)
    #: Who sent it; nobody when the site did, or once they are erased.
    sender_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    #: What tells an event of the site from others: it is told once.
    key: Mapped[str | None] = mapped_column(sa.String(128), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    #: How many people it is for, then how many of their devices took it, were gone, failed.
    audience_count: Mapped[int] = mapped_column(default=0)
    delivered_count: Mapped[int] = mapped_column(default=0)
    gone_count: Mapped[int] = mapped_column(default=0)
    failed_count: Mapped[int] = mapped_column(default=0)

    sender: Mapped[PCeen | None] = relationship()
    roles: Mapped[list[Role]] = relationship(
        secondary="notification_role", order_by=(Role.index, Role.name), viewonly=True
    )

    def words(self, locale: str) -> tuple[str, str]:
        """Its title and its text for who reads *locale*: in French where it has no other."""
        if locale == "en" and self.title_en:
            return self.title_en, self.body_en or ""
        return self.title, self.body


class NotificationRole(Base):
    """A role whose holders were told."""

    __tablename__ = "notification_role"

    notification_id: Mapped[int] = mapped_column(
        sa.ForeignKey("notification.id", ondelete="CASCADE"), primary_key=True
    )
    role_id: Mapped[int] = mapped_column(
        sa.ForeignKey("role.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class NotificationRecipient(Base):
    """Someone who was told."""

    __tablename__ = "notification_recipient"
    __table_args__ = (sa.Index(None, "pceen_id", "read_at"),)

    notification_id: Mapped[int] = mapped_column(
        sa.ForeignKey("notification.id", ondelete="CASCADE"), primary_key=True
    )
    pceen_id: Mapped[int] = mapped_column(
        sa.ForeignKey("pceen.id", ondelete="CASCADE"), primary_key=True
    )
    #: Whether their bell shows it: not for who wants nothing of its topic there.
    in_bell: Mapped[bool] = mapped_column(default=True)
    read_at: Mapped[datetime | None]
    #: When a mail may sum it up, then when one did; nothing for who wants none.
    digest_due: Mapped[bool] = mapped_column(default=False, index=True)
    digested_at: Mapped[datetime | None]

    notification: Mapped[Notification] = relationship()


class NotificationChoice(Base):
    """Where someone wants to be told of a topic; without a row, as the topic says."""

    __tablename__ = "notification_choice"

    pceen_id: Mapped[int] = mapped_column(
        sa.ForeignKey("pceen.id", ondelete="CASCADE"), primary_key=True
    )
    topic: Mapped[NotificationTopic] = mapped_column(primary_key=True)
    bell: Mapped[bool]
    push: Mapped[bool]
    digest: Mapped[bool]


class NotificationHours(Base):
    """When someone's devices stay silent: local times, ``HH:MM``; from 22:00 to 08:00, say."""

    __tablename__ = "notification_hours"

    pceen_id: Mapped[int] = mapped_column(
        sa.ForeignKey("pceen.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    #: Both, or neither: no quiet hours.
    quiet_from: Mapped[str | None] = mapped_column(sa.String(5))
    quiet_until: Mapped[str | None] = mapped_column(sa.String(5))


class PushSubscription(Base):
    """A device of someone that notifications are pushed to."""

    __tablename__ = "push_subscription"

    id: Mapped[Id]
    pceen_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE")
    #: The log-in that it was made in: it rings no more once that is ended.
    login_id: Mapped[int | None] = reference("login_session.id", ondelete="CASCADE")
    endpoint: Mapped[str] = mapped_column(sa.String(ENDPOINT_MAX))
    #: The digest of the endpoint: two devices do not share one.
    endpoint_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    #: What messages are sealed for: the public key of the browser and its secret, in base64url.
    p256dh: Mapped[str] = mapped_column(sa.String(PUSH_KEY_MAX))
    auth: Mapped[str] = mapped_column(sa.String(PUSH_KEY_MAX))
    #: What the browser says it is, for its owner to know it.
    device: Mapped[str] = mapped_column(sa.String(PUSH_DEVICE_MAX), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    last_used_at: Mapped[datetime | None]

    pceen: Mapped[PCeen] = relationship()


class PushDelivery(Base):
    """A notification that a device has to be given."""

    __tablename__ = "push_delivery"
    __table_args__ = (
        sa.UniqueConstraint("notification_id", "subscription_id"),
        sa.Index(None, "state", "due_at"),
    )

    id: Mapped[Id]
    notification_id: Mapped[int] = reference("notification.id", ondelete="CASCADE")
    #: Nothing once the device is gone.
    subscription_id: Mapped[int | None] = reference("push_subscription.id", ondelete="SET NULL")
    state: Mapped[PushState] = mapped_column(default=PushState.pending)
    #: Not before: quiet hours, or what a push service asked.
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    attempts: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(sa.String(200))

    notification: Mapped[Notification] = relationship()
    subscription: Mapped[PushSubscription | None] = relationship()
