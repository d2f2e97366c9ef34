"""The chain of seals over what was done: one row that is altered breaks it (network-b B8.2).

A seal holds the digest of its event, and that of the seal before it. The last
thing a transaction does before its commit is to seal its events, under the lock
of the one row of ``audit_head``: as no lock is taken after that one, sealing
waits for others, and never in a circle.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from app.core import clock
from app.models.audit import AuditEvent
from app.models.base import Base
from app.models.types import Id

#: Where a session keeps the events that its commit will seal.
_UNSEALED = "unsealed"
#: What the first seal follows.
GENESIS = "0" * 64
#: What of an event is sealed.
_SEALED = tuple(column.name for column in AuditEvent.__table__.columns)


class AuditSeal(Base):
    """What vouches for one event, after it is purged too."""

    __tablename__ = "audit_seal"

    #: In the order of the commits.
    id: Mapped[Id]
    #: Not a reference: the seal outlives the event.
    event_id: Mapped[int] = mapped_column(unique=True)
    sealed_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: The digest of the event.
    content: Mapped[str] = mapped_column(sa.String(64))
    #: The digest of the seal before it, and of this one.
    hash: Mapped[str] = mapped_column(sa.String(64))
    #: When its event was deleted, kept for long enough.
    purged_at: Mapped[datetime | None]


class AuditHead(Base):
    """The end of the chain: one row, which whoever seals locks."""

    __tablename__ = "audit_head"

    id: Mapped[Id]
    #: The digest of the last seal.
    hash: Mapped[str] = mapped_column(sa.String(64), default=GENESIS)
    #: Events before this one were never sealed: they are older than the chain.
    begins_at: Mapped[int] = mapped_column(default=0)
    #: Up to which seal the chat was told.
    told_id: Mapped[int] = mapped_column(default=0)


def digest_of(row: Mapping[Any, Any]) -> str:
    """What an event says, as 64 hexadecimal digits: by its columns, however it was read."""
    values = {name: _plain(row[name]) for name in _SEALED}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat(timespec="microseconds")
    return json.loads(json.dumps(value))


def link(before: str, *, event_id: int, sealed_at: datetime, content: str) -> str:
    """The digest of a seal, after the one *before* it."""
    text = f"{before}:{event_id}:{_plain(sealed_at)}:{content}"
    return hashlib.sha256(text.encode()).hexdigest()


@event.listens_for(AuditEvent, "after_insert")
def _keep(_mapper: object, _connection: object, written: AuditEvent) -> None:
    session = object_session(written)
    if session is not None:
        session.info.setdefault(_UNSEALED, []).append(written)


@event.listens_for(Session, "before_commit")
def _seal(session: Session) -> None:
    """Seal what this transaction wrote down, as the last thing it does."""
    session.flush()
    written: list[AuditEvent] = session.info.pop(_UNSEALED, [])
    kept = [one for one in written if one in session]
    if not kept:
        return
    last = session.scalar(sa.select(AuditHead.hash).where(AuditHead.id == 1).with_for_update())
    if last is None:
        last = GENESIS
        session.execute(sa.insert(AuditHead).values(id=1, hash=last, begins_at=0, told_id=0))
    rows = []
    for one in kept:
        content = digest_of({name: getattr(one, name) for name in _SEALED})
        sealed_at = clock.now()
        last = link(last, event_id=one.id, sealed_at=sealed_at, content=content)
        rows.append({"event_id": one.id, "sealed_at": sealed_at, "content": content, "hash": last})
    for row in rows:  # one by one: their numbers are the order of the chain
        session.execute(sa.insert(AuditSeal).values(row))
    session.execute(
        sa.update(AuditHead)
        .where(AuditHead.id == 1)
        .values(hash=last)
        .execution_options(synchronize_session=False)
    )


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(_UNSEALED, None)
