"""What this installation brings to notifications: who writes, whether devices may ring."""

from collections.abc import Sequence
from typing import cast

from flask import current_app

from app.context import current
from app.enums import AudienceKind, NotificationTopic
from app.extensions import db
from app.integrations.push import PushService
from app.models import Role
from app.modules.notifications.queries import sent as queries
from app.modules.notifications.rules import sending as rules


def push() -> PushService:
    """What devices are reached with."""
    return cast(PushService, current_app.extensions["push"])


def topics() -> Sequence[NotificationTopic]:
    """What the visitor may write of."""
    return rules.topics_of(current.has_permission)


def targets() -> Sequence[AudienceKind]:
    """Whom the visitor may write to."""
    return rules.targets_of(is_gri=current.is_gri)


def roles() -> Sequence[Role]:
    """The roles that the visitor may write to."""
    return queries.roles(db.session()) if current.is_gri else ()


def has_keys() -> bool:
    """Whether devices may ring at all."""
    return push().is_on


def own_alone() -> int | None:
    """Whose notifications the visitor sees alone; ``None`` for a GRI, who sees them all."""
    return None if current.is_gri else current.me.id
