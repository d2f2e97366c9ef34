"""The rules of the house, as they are stored."""

import logging
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import StoredChoice
from app.modules.bar.choices import CHOICES
from app.modules.bar.rules.house import House, house as made, unreadable

logger = logging.getLogger(__name__)

_KEYS = tuple(choice.key for choice in CHOICES)


def house(session: Session) -> House:
    """What holds now, in one statement."""
    stmt = sa.select(StoredChoice.key, StoredChoice.value).where(StoredChoice.key.in_(_KEYS))
    return _made(dict(session.execute(stmt).all()))


def house_columns() -> Sequence[sa.ColumnElement[Any]]:
    """What ``house_of`` needs, to be read along with something else."""
    return [
        sa.select(StoredChoice.value).where(StoredChoice.key == key).scalar_subquery()
        for key in _KEYS
    ]


def house_of(columns: Sequence[Any]) -> House:
    """What holds now, as ``house_columns`` told it."""
    return _made(dict(zip(_KEYS, columns, strict=True)))


def _made(values: dict[str, Any]) -> House:
    for key in unreadable(values):
        logger.warning("%s holds nothing that makes sense: its default holds", key)
    return made(values)
