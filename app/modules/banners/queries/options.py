"""What the team has chosen, as it is stored."""

import logging
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import StoredChoice
from app.modules.banners.choices import CHOICES
from app.modules.banners.rules.options import Options, options as made, unreadable

logger = logging.getLogger(__name__)

_KEYS = tuple(choice.key for choice in CHOICES)


def options(session: Session) -> Options:
    """What holds now, in one statement."""
    stmt = sa.select(StoredChoice.key, StoredChoice.value).where(StoredChoice.key.in_(_KEYS))
    return options_of(dict(session.execute(stmt).all()))


def options_of(stored: Mapping[str, object]) -> Options:
    """What holds now, of all that is *stored*."""
    values = {key: value for key, value in stored.items() if key in _KEYS}
    for key in unreadable(values):
        logger.warning("%s holds nothing that makes sense: its default holds", key)
    return made(values)
