"""What is read of the mails that the site sends."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.models import OutboxEntry
from app.modules.operations.rules.outbox import OutboxState, state_of, without_secrets

#: How many of the last ones are shown.
SHOWN = 30
_LANE = "mail:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail that was written, and what became of it."""

    number: int
    kind: str
    to: str
    at: datetime
    state: OutboxState
    error: str


def last_mails(session: Session, kinds: Collection[str]) -> Sequence[Letter]:
    """The last mails, whatever became of them, the latest first."""
    stmt = sa.select(OutboxEntry).where(OutboxEntry.kind.in_(kinds))
    now = clock.now()
    return [
        Letter(
            number=entry.id,
            kind=entry.kind,
            to=(entry.lane or "").removeprefix(_LANE),
            at=entry.sent_at or entry.created_at,
            state=state_of(entry, now=now),
            error=without_secrets(entry.last_error or ""),
        )
        for entry in session.scalars(stmt.order_by(OutboxEntry.id.desc()).limit(SHOWN))
    ]
