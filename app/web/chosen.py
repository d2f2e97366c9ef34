"""What was chosen of everything, read once a request by whoever is the first to need it."""

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from flask import g

from app.extensions import db
from app.models import StoredChoice


def chosen() -> Mapping[str, Any]:
    """What is stored, by key: a default holds for what is not, or makes no sense."""
    if "chosen" not in g:
        stmt = sa.select(StoredChoice.key, StoredChoice.value)
        g.chosen = dict(db.session().execute(stmt).all())
    return cast(Mapping[str, Any], g.chosen)


def remember(values: Mapping[str, Any]) -> None:
    """Spare whoever asks next a statement: all the *values* were read along with something."""
    g.chosen = dict(values)
