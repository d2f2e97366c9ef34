"""What someone chose to be told of, and where."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time

from app.enums import (
    NotificationChannel as C,
    NotificationTopic,
    PermissionScope,
    PermissionType,
)
from app.modules.notifications.rules.audiences import SCOPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What someone chose."""

    #: Where they want to be told of each topic.
    wanted: Mapping[NotificationTopic, frozenset[C]] = field(default_factory=dict)
    #: When their devices stay silent: both, or neither.
    quiet_from: time | None = None
    quiet_until: time | None = None


def is_fixed(topic: NotificationTopic, channel: C) -> bool:
    """Whether nobody changes that: the messages of the site are in every bell."""
    return topic is NotificationTopic.site and channel is C.bell


def default(topic: NotificationTopic) -> frozenset[C]:
    """Where who chose nothing is told of a topic."""
    return frozenset(channel for channel in C if topic.default(channel))


def settled(topic: NotificationTopic, wanted: frozenset[C]) -> frozenset[C]:
    """Where someone is told of a topic, what nobody changes included."""
    return wanted | {channel for channel in C if is_fixed(topic, channel)}


def concerning(
    may: Callable[[PermissionType, PermissionScope], bool],
) -> tuple[NotificationTopic, ...]:
    """The topics that may concern someone: those of the pages that they may read."""
    return tuple(
        topic
        for topic in NotificationTopic
        if topic not in SCOPES or may(PermissionType.read, SCOPES[topic])
    )
