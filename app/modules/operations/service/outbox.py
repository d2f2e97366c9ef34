"""What a GRI does of an effect that does not leave (network-b B6.8)."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.models import OutboxEntry, WorkerBeat, audit, defer
from app.modules.operations.errors import EntryCancelled, EntryDone, EntryLeaves
from app.modules.operations.mails import OutboxParked
from app.modules.operations.queries import outbox as queries
from app.modules.operations.rules.outbox import OutboxState, state_of

#: How long an effect that was cancelled is kept, and what a dead worker said.
CANCELLED_KEPT = timedelta(days=90)
BEATS_KEPT = timedelta(days=1)
#: How often the GRIs are told what was given up.
TOLD_EACH = timedelta(days=1)


def retry(session: Session, *, entry: OutboxEntry) -> None:
    """Have an effect done now, given up as it may be.

    Raises:
        EntryDone, EntryCancelled, EntryLeaves: If there is nothing to try.
    """
    _lock_waiting(session, entry)
    before = {"parked": entry.parked_at is not None, "attempts": entry.attempts}
    entry.parked_at, entry.due_at = None, clock.now()
    audit(session, "operations.outbox.retry", entry, before=before, after={"kind": entry.kind})


def cancel(session: Session, *, entry: OutboxEntry) -> None:
    """Have an effect never done: those that follow it in its lane are.

    Raises:
        EntryDone, EntryCancelled, EntryLeaves: If there is nothing to cancel.
    """
    _lock_waiting(session, entry)
    entry.cancelled_at = clock.now()
    audit(session, "operations.outbox.cancel", entry, after={"kind": entry.kind})


def _lock_waiting(session: Session, entry: OutboxEntry) -> None:
    lock(session, entry)
    state = state_of(entry, now=clock.now())
    if state is OutboxState.sent:
        raise EntryDone
    if state is OutboxState.cancelled:
        raise EntryCancelled
    if state is OutboxState.leased:
        raise EntryLeaves


def retry_parked(session: Session, *, kind: str | None = None) -> int:
    """Have all the effects of a kind that were given up done now; return how many there are."""
    keys = queries.parked(session, kind=kind)
    if keys:
        again = {"parked_at": None, "due_at": clock.now()}
        session.execute(
            sa.update(OutboxEntry)
            .where(OutboxEntry.id.in_(keys), OutboxEntry.cancelled_at.is_(None))
            .values(**again)
        )
        audit(session, "operations.outbox.retry_parked", after={"kind": kind, "count": len(keys)})
    return len(keys)


def tell_parked(session: Session, *, admins: Sequence[str]) -> None:
    """Tell the GRIs what was given up since the day before, if something was."""
    found = queries.parked_since(session, clock.now() - TOLD_EACH)
    if not found:
        return
    lines = [f"{kind}: {count}" for kind, count in found.items()]
    for address in admins:
        defer(session, OutboxParked(to=address, locale="fr", parked=lines))


def forget_old(session: Session) -> None:
    """Forget the effects cancelled long ago, and the workers that died."""
    now = clock.now()
    old = OutboxEntry.cancelled_at < now - CANCELLED_KEPT
    session.execute(sa.delete(OutboxEntry).where(old))
    session.execute(sa.delete(WorkerBeat).where(WorkerBeat.beat_at < now - BEATS_KEPT))
