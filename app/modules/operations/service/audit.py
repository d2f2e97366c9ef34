"""Whether what was done still reads as it was written (network-b B8.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.models import AuditEvent, AuditHead, AuditSeal
from app.models.seals import GENESIS, digest_of, link

#: What is younger than this was not purged, but taken away.
KEPT_AT_LEAST = timedelta(days=3 * 365)
#: Seals read at once.
_BATCH = 2_000
#: Faults told at most: one is enough to look closer.
_TOLD = 50


@dataclass(frozen=True, slots=True)
class Verified:
    """What a reading of the whole chain found."""

    seals: int
    faults: tuple[str, ...]


def verify(session: Session) -> Verified:
    """Read the whole chain; name each event that is not as it was written, the first ones first."""
    faults: list[str] = []
    hash_, number = GENESIS, 0
    for seal, event in _sealed(session):
        number += 1
        expected = link(
            hash_, event_id=seal.event_id, sealed_at=seal.sealed_at, content=seal.content
        )
        if seal.hash != expected:
            faults.append(f"event {seal.event_id}: its seal does not follow the one before")
        hash_ = seal.hash
        faults += _faults_of(seal, event)
        if len(faults) >= _TOLD:
            return Verified(number, tuple(faults))
    head = session.execute(sa.select(AuditHead.hash, AuditHead.begins_at)).first()
    if head is not None and head.hash != hash_:
        faults.append("the last seals are missing: the chain does not end where it did")
    faults += _unsealed(session, begins_at=head.begins_at if head else 0)
    return Verified(number, tuple(faults))


def _faults_of(seal: AuditSeal, event: sa.Row[tuple[object, ...]] | None) -> Iterator[str]:
    if event is not None:
        if digest_of(dict(event._mapping)) != seal.content:  # noqa: SLF001  # its public name
            yield f"event {seal.event_id}: it is not what was written"
    elif seal.purged_at is None:
        yield f"event {seal.event_id}: it was deleted"
    elif seal.purged_at - seal.sealed_at < KEPT_AT_LEAST - timedelta(days=1):
        yield f"event {seal.event_id}: it was purged too early"


def _sealed(
    session: Session,
) -> Iterator[tuple[AuditSeal, sa.Row[tuple[object, ...]] | None]]:
    """Each seal with its event, in the order of the chain, some at a time."""
    last = 0
    events = sa.inspect(AuditEvent).local_table
    while True:
        stmt = sa.select(AuditSeal).where(AuditSeal.id > last).order_by(AuditSeal.id)
        seals = session.scalars(stmt.limit(_BATCH)).all()
        if not seals:
            return
        numbers = [seal.event_id for seal in seals]
        found = session.execute(sa.select(events).where(events.c.id.in_(numbers)))
        rows = {row.id: row for row in found}
        last = seals[-1].id
        for seal in seals:
            yield seal, rows.get(seal.event_id)
            session.expunge(seal)  # a long chain does not stay in memory


def _unsealed(session: Session, *, begins_at: int) -> list[str]:
    """Events that nobody sealed: written by something else than the site."""
    stmt = (
        sa.select(AuditEvent.id)
        .outerjoin(AuditSeal, AuditSeal.event_id == AuditEvent.id)
        .where(
            AuditSeal.id.is_(None),
            AuditEvent.id >= begins_at,
            AuditEvent.at <= clock.now() - timedelta(minutes=5),
        )
        .order_by(AuditEvent.id)
        .limit(_TOLD)
    )
    return [f"event {number}: it has no seal" for number in session.scalars(stmt)]
