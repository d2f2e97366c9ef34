"""What GRIs and managers write to many people at once."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import NotificationTopic
from app.models import Notification, PCeen, audit
from app.modules.notifications.errors import NobodyToTell
from app.modules.notifications.rules.audiences import Audience
from app.modules.notifications.service.bus import Notice, tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What someone writes, and to whom."""

    topic: NotificationTopic
    audience: Audience
    title: str
    body: str
    #: Both, or neither: who reads English is written to in French.
    title_en: str | None
    body_en: str | None
    image: str | None
    url: str
    quiet: bool


def send(session: Session, draft: Draft, *, sender: PCeen, key: str) -> Notification:
    """Tell people what someone wrote; what was sent with this key is not sent again.

    Raises:
        NobodyToTell: If there is nobody in the audience.
    """
    notice = Notice(
        topic=draft.topic,
        title=draft.title,
        body=draft.body,
        url=draft.url,
        image=draft.image,
        quiet=draft.quiet,
        key=_sent(key),
    )
    told = tell(session, notice, draft.audience, sender=sender)
    if told is None:
        return sent_with(session, key)
    told.title_en, told.body_en = draft.title_en, draft.body_en
    if not told.audience_count:
        raise NobodyToTell
    audit(
        session,
        "notifications.message.send",
        told,
        after={
            "topic": draft.topic.value,
            "target": draft.audience.kind.value,
            "title": draft.title,
            "audience": told.audience_count,
        },
    )
    return told


def sent_with(session: Session, key: str) -> Notification:
    """What was sent with a key."""
    stmt = sa.select(Notification).where(Notification.key == _sent(key))
    return session.scalars(stmt).one()


def _sent(key: str) -> str:
    return f"sent:{key}"
