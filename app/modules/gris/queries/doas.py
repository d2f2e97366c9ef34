"""When GRIs acted for someone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import AuditEvent, PCeen

#: How many are shown: the latest ones.
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class DoneForMe:
    """A GRI acted for someone."""

    at: datetime
    gri: str
    reason: str


def done_for(session: Session, pceen: PCeen) -> Sequence[DoneForMe]:
    """When GRIs acted for someone, who and why, the latest first."""
    stmt = (
        sa.select(AuditEvent.at, AuditEvent.after, AuditEvent.reason)
        .where(
            AuditEvent.action == "gris.doas.start",
            AuditEvent.object_type == "PCeen",
            AuditEvent.object_id == pceen.id,
        )
        .order_by(AuditEvent.id.desc())
        .limit(_SHOWN)
    )
    return [
        DoneForMe(at, str((after or {}).get("gri", "?")), reason or "")
        for at, after, reason in session.execute(stmt)
    ]
