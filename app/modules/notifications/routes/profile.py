"""What the profile says of notifications."""

from sqlalchemy.orm import Session

from app.context import Context
from app.modules.notifications.queries import choices
from app.modules.notifications.queries.choices import Summary


def profile(session: Session, visitor: Context) -> Summary | None:
    """How one is told; nothing to a GRI who acts for someone else."""
    return None if visitor.is_doas else choices.summary(session, visitor.me.id)
