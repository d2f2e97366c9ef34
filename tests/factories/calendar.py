"""Clubs, events, banners, notifications, devices that ring."""

import uuid
from datetime import timedelta
from typing import Any

import factory
import sqlalchemy as sa

from app.core import clock, tokens
from app.enums import AudienceKind, NotificationTopic, PermissionScope as S, PermissionType as T
from app.models import (
    Club,
    Event,
    InfoBanner,
    InfoBannerPreset,
    Notification,
    NotificationRecipient,
    PCeen,
    PushSubscription,
)
from tests.factories.base import Factory, current
from tests.factories.people import PCeenFactory, role_with


class ClubFactory(Factory):
    class Meta:
        model = Club

    name = factory.Sequence(lambda n: f"Club {n}")
    color = "#123456"


class EventFactory(Factory):
    """Two hours of tomorrow."""

    class Meta:
        model = Event

    uid = factory.LazyFunction(lambda: str(uuid.uuid4()))
    title = factory.Sequence(lambda n: f"Événement {n}")
    all_day = False
    start_time = factory.LazyAttribute(
        lambda one: None if one.all_day else clock.now() + timedelta(days=1)
    )
    end_time = factory.LazyAttribute(
        lambda one: None if one.all_day else one.start_time + timedelta(hours=2)
    )
    start_date = factory.LazyAttribute(
        lambda one: clock.today() + timedelta(days=1) if one.all_day else None
    )
    end_date = factory.LazyAttribute(lambda one: one.start_date)
    club = factory.SubFactory(ClubFactory)


class PresetFactory(Factory):
    class Meta:
        model = InfoBannerPreset

    name = factory.Sequence(lambda n: f"Style {n}")


class BannerFactory(Factory):
    """A text that is shown."""

    class Meta:
        model = InfoBanner

    title = factory.Sequence(lambda n: f"Bannière {n}")
    text_content = "Bonjour"
    order_index = factory.Sequence(lambda n: n)


class NotificationFactory(Factory):
    """A message of the site, to nobody yet."""

    class Meta:
        model = Notification

    topic = NotificationTopic.site
    title = factory.Sequence(lambda n: f"Notification {n}")
    body = "Bonjour"
    target_type = AudienceKind.people


class PushSubscriptionFactory(Factory):
    """A device whose keys open nothing."""

    class Meta:
        model = PushSubscription

    pceen = factory.SubFactory(PCeenFactory)
    endpoint = factory.Sequence(lambda n: f"https://updates.push.services.mozilla.com/wpush/v2/{n}")
    endpoint_hash = factory.LazyAttribute(lambda one: tokens.digest(one.endpoint))
    p256dh = "B" + "A" * 86
    auth = "A" * 22


def told(pceen: PCeen, **columns: Any) -> Notification:
    """A notification that someone has."""
    session = current()
    made: Notification = NotificationFactory(**columns)
    session.add(NotificationRecipient(notification_id=made.id, pceen_id=pceen.id))
    session.commit()
    return made


def other_club() -> Club:
    """The club that is always there, for what is no club's."""
    return current().scalars(sa.select(Club).where(Club.slug == Club.OTHER)).one()


def calendar_reader(**columns: Any) -> PCeen:
    """A student who reads the calendar."""
    columns.setdefault("roles", [role_with((T.read, S.calendar))])
    return PCeenFactory(**columns)


def calendar_editor(**columns: Any) -> PCeen:
    """Someone who runs the calendar, its clubs and the banners."""
    columns.setdefault("roles", [role_with((T.write, S.calendar))])
    return PCeenFactory(**columns)
