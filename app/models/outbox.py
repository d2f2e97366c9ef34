"""What is to be done once a change is safe, written down with it."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, ClassVar, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock
from app.models.base import Base
from app.models.types import Id


class Effect(Protocol):
    """Something to do after a commit: a frozen dataclass of plain values.

    It may be done twice, if the machine stops at the wrong moment. A class may
    also set ``coalesces`` (several that wait are done as one), ``lane`` (those
    of a lane are done in order), ``confidential`` (its values are forgotten
    once it is done), ``quiet`` (its failures are written in the file alone) and
    ``slow`` (it gives way to those that are not).
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    #: Its name in the outbox, which outlives that of the class.
    kind: ClassVar[str]


class OutboxEntry(Base):
    """An effect that waits for the worker, or that it has done."""

    __tablename__ = "outbox"
    __table_args__ = (sa.Index(None, "sent_at", "parked_at", "due_at"),)

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(sa.String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    fingerprint: Mapped[str] = mapped_column(sa.String(64), index=True)
    #: Those of one lane are done in order: mails to the same person, say.
    lane: Mapped[str | None] = mapped_column(sa.String(128), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    due_at: Mapped[datetime] = mapped_column(default=clock.now)
    attempts: Mapped[int] = mapped_column(default=0)
    #: Until when a worker has it for itself.
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None] = mapped_column(sa.String(64))
    sent_at: Mapped[datetime | None]
    #: When the worker gave up: a person has to look.
    parked_at: Mapped[datetime | None]
    #: When a GRI gave up: it is never done.
    cancelled_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(sa.String(500))


def defer(session: Session, effect: Effect, *, due_at: datetime | None = None) -> None:
    """Have *effect* done once this transaction is committed, and not before *due_at*.

    It is written in the transaction itself: both happen, or neither.
    """
    payload = asdict(effect)
    text = json.dumps([effect.kind, payload], sort_keys=True)
    session.add(
        OutboxEntry(
            kind=effect.kind,
            payload=payload,
            fingerprint=hashlib.sha256(text.encode()).hexdigest(),
            lane=getattr(effect, "lane", None),
            due_at=due_at or clock.now(),
        )
    )
