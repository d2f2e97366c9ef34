"""What the team has chosen, as it is stored."""

import logging

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import StoredChoice
from app.modules.club_q.choices import CHOICES
from app.modules.club_q.rules.options import Options, options as made, unreadable

logger = logging.getLogger(__name__)

_KEYS = tuple(choice.key for choice in CHOICES)


def options(session: Session) -> Options:
    """What holds now, in one statement."""
    stmt = sa.select(StoredChoice.key, StoredChoice.value).where(StoredChoice.key.in_(_KEYS))
    values: dict[str, object] = dict(session.execute(stmt).all())
    for key in unreadable(values):
        logger.warning("%s holds nothing that makes sense: its default holds", key)
    return made(values)
