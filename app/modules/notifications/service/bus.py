"""The bus: a module says what happened, once, and each is told as they chose.

    tell(session, Notice(topic=NotificationTopic.bekk, title=_l("Un nouveau Bekk"), …), FOLLOWERS)

in the transaction of what happened: both happen, or neither. The worker does the rest.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import LazyString, force_locale
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.enums import NotificationChannel, NotificationTopic
from app.models import (
    NOTICE_BODY_MAX,
    NOTICE_TITLE_MAX,
    Notification,
    NotificationChoice,
    NotificationRecipient,
    NotificationRole,
    PCeen,
    defer,
)
from app.modules.notifications.effects import RingDevices
from app.modules.notifications.queries import audiences
from app.modules.notifications.rules.audiences import Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What people are told: what is translated is kept in both languages."""

    topic: NotificationTopic
    title: LazyString | str
    body: LazyString | str
    #: Where it leads, on this site.
    url: str = "/"
    image: str | None = None
    #: Whether devices show it without a sound.
    quiet: bool = False
    #: What tells this event from others: it is told once, whoever tries again.
    key: str | None = None


def tell(
    session: Session, notice: Notice, audience: Audience, *, sender: PCeen | None = None
) -> Notification | None:
    """Tell people, once; ``None`` for what was told already.

    Who is told is computed here, and nowhere again: the bell, the devices and the mail of the
    evening all read it.
    """
    french, english = _in(notice, "fr"), _in(notice, "en")
    told = Notification(
        topic=notice.topic,
        title=french[0],
        body=french[1],
        title_en=english[0] if english != french else None,
        body_en=english[1] if english != french else None,
        image=notice.image,
        url=notice.url,
        target_type=audience.kind,
        quiet=notice.quiet,
        sender_id=sender.id if sender else None,
        key=notice.key,
    )
    if not _is_first(session, told):
        return None
    session.add_all(
        NotificationRole(notification_id=told.id, role_id=role) for role in set(audience.roles)
    )
    told.audience_count = _address(session, told, audience)
    defer(session, RingDevices(told.id))
    return told


def _in(notice: Notice, locale: str) -> tuple[str, str]:
    """The words of a notice in a language, as long as they may be."""
    with force_locale(locale):
        return _cut(str(notice.title), NOTICE_TITLE_MAX), _cut(str(notice.body), NOTICE_BODY_MAX)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _is_first(session: Session, told: Notification) -> bool:
    """Write it down, unless the same event was told already."""
    if told.key is not None:
        known = sa.select(Notification.id).where(Notification.key == told.key)
        if session.scalars(known).first() is not None:
            return False
    try:
        with session.begin_nested():
            session.add(told)
    except IntegrityError:
        return False
    return True


def _address(session: Session, told: Notification, audience: Audience) -> int:
    """Write down whom it is for, in one statement; return how many they are."""
    bell, digest = (_wants(told.topic, c) for c in _KEPT)
    chosen = sa.select(
        sa.literal(told.id), PCeen.id, bell.label("in_bell"), digest.label("digest_due")
    )
    chosen = chosen.outerjoin(
        NotificationChoice,
        sa.and_(NotificationChoice.pceen_id == PCeen.id, NotificationChoice.topic == told.topic),
    ).where(PCeen.id.in_(audiences.members(audience, told.topic)))
    chosen = chosen.order_by(PCeen.id)  # as people are locked elsewhere, one after the other
    columns = ["notification_id", "pceen_id", "in_bell", "digest_due"]
    session.execute(sa.insert(NotificationRecipient).from_select(columns, chosen))
    counted = sa.select(sa.func.count()).where(NotificationRecipient.notification_id == told.id)
    return session.scalars(counted).one()


_KEPT = (NotificationChannel.bell, NotificationChannel.digest)


def _wants(topic: NotificationTopic, channel: NotificationChannel) -> sa.ColumnElement[bool]:
    """Whether someone wants a topic on a channel; the messages of the site are in every bell."""
    if topic is NotificationTopic.site and channel is NotificationChannel.bell:
        return sa.true()
    column = getattr(NotificationChoice, channel.value)
    return sa.func.coalesce(column, sa.literal(topic.default(channel)))
