"""Who did what: written with the change, never edited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, remote

from app.core import clock
from app.models.base import Base
from app.models.immutable import refuse_changes
from app.models.lives import whose
from app.models.people import PCeen
from app.models.types import Id


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the changes of a database session come from: one request."""

    actor_id: int | None = None
    #: Whom the actor acts for, under doas.
    as_id: int | None = None
    address: str | None = None
    request_id: str | None = None


class AuditEvent(Base):
    """One thing that someone did. The database refuses to change it.

    People are numbers here, not references: what was done outlives them.
    """

    __tablename__ = "audit_event"
    __table_args__ = (sa.Index(None, "object_type", "object_id"),)

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    #: ``area.object.verb``.
    action: Mapped[str] = mapped_column(sa.String(64), index=True)
    #: ``None`` for the worker, a terminal, or who is not logged in.
    actor_id: Mapped[int | None] = mapped_column(index=True)
    #: For whom, under doas.
    as_id: Mapped[int | None] = mapped_column(index=True)
    object_type: Mapped[str | None] = mapped_column(sa.String(64))
    object_id: Mapped[int | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    reason: Mapped[str | None] = mapped_column(sa.String(255))
    address: Mapped[str | None] = mapped_column(sa.String(45))
    request_id: Mapped[str | None] = mapped_column(sa.String(32))

    actor: Mapped[PCeen | None] = relationship(
        primaryjoin=lambda: remote(PCeen.id) == whose(AuditEvent.actor_id), viewonly=True
    )
    target: Mapped[PCeen | None] = relationship(
        primaryjoin=lambda: remote(PCeen.id) == whose(AuditEvent.as_id), viewonly=True
    )


refuse_changes(
    sa.inspect(AuditEvent).local_table,
    deletable="(EXISTS (SELECT 1 FROM audit_seal AS seal "
    "WHERE seal.event_id = OLD.id AND seal.purged_at IS NOT NULL) "
    "OR OLD.id < (SELECT begins_at FROM audit_head WHERE id = 1))",
)


def audit(
    session: Session,
    action: str,
    about: Base | None = None,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Write down what is being done to *about*, in the transaction that does it.

    Who does it, and from where, is known to the session. *before* and *after*
    are plain values, without secrets.
    """
    origin: Origin = session.info.get("origin", Origin())
    session.flush()
    identity = sa.inspect(about).identity if about is not None else None
    event = AuditEvent(
        action=action,
        actor_id=origin.actor_id,
        as_id=origin.as_id,
        object_type=type(about).__name__ if about is not None else None,
        object_id=identity[0] if identity and isinstance(identity[0], int) else None,
        before=before,
        after=after,
        reason=reason,
        address=origin.address,
        request_id=origin.request_id,
    )
    session.add(event)
