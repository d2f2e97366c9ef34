"""Do what the outbox holds, and the jobs that are due."""

import logging
import os
import socket
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from jinja2 import TemplateError
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.jobs import Job
from app.core.transaction import transaction
from app.integrations.mailer import PermanentFailure
from app.models import Effect, JobRun, OutboxEntry
from app.web.module import Handler

logger = logging.getLogger(__name__)

#: How long a worker has an entry for itself: longer than any effect may take.
LEASE = timedelta(minutes=3)
#: How long to wait after each failure; the last one again and again.
DELAYS = tuple(timedelta(seconds=s) for s in (10, 30, 120, 600, 1800, 3600, 7200, 21600))
#: After so long a person has to look.
PARKED_AFTER = timedelta(hours=48)
#: … or after so many failures of a template, which time does not mend.
TEMPLATE_ATTEMPTS = 5
#: Whose leases they are.
NAME = f"{socket.gethostname()}:{os.getpid()}"[:64]

#: The effects, by kind: their class, and how to do them.
Effects = Mapping[str, tuple[type[Effect], Handler]]


def run_due(session: Session, effects: Effects) -> int:
    """Do the effects that are due, oldest first; return how many were tried."""
    tried = 0
    while (taken := _take(session, effects)) is not None:
        _do(session, effects, taken)
        tried += 1
    return tried


def _take(session: Session, effects: Effects) -> list[int] | None:
    """Lease the next entry, with its equals if its kind is done once for several."""
    now = clock.now()
    before = aliased(OutboxEntry)
    in_order = sa.exists().where(
        before.lane == OutboxEntry.lane,
        before.id < OutboxEntry.id,
        before.sent_at.is_(None),
        before.parked_at.is_(None),
    )
    free = (
        OutboxEntry.sent_at.is_(None),
        OutboxEntry.parked_at.is_(None),
        OutboxEntry.due_at <= now,
        sa.or_(OutboxEntry.leased_until.is_(None), OutboxEntry.leased_until <= now),
    )
    next_one = sa.select(OutboxEntry).where(*free, ~in_order).order_by(OutboxEntry.id).limit(1)
    with transaction(session):
        entry = session.scalars(next_one.with_for_update(skip_locked=True)).first()
        if entry is None:
            return None
        entries = [entry]
        if entry.kind in effects and getattr(effects[entry.kind][0], "coalesces", False):
            alike = sa.select(OutboxEntry).where(
                *free, OutboxEntry.fingerprint == entry.fingerprint, OutboxEntry.id != entry.id
            )
            entries += session.scalars(alike.with_for_update(skip_locked=True))
        for one in entries:
            one.leased_until, one.leased_by = now + LEASE, NAME
            one.attempts += 1
        return [one.id for one in entries]


def _do(session: Session, effects: Effects, numbers: list[int]) -> None:
    """Do an effect outside of any transaction, then write how it went."""
    entry = session.get_one(OutboxEntry, numbers[0])
    kind, payload, attempts = entry.kind, entry.payload, entry.attempts
    session.rollback()
    error: Exception | None = None
    try:
        effect, handler = effects[kind]
        handler(session, effect(**payload), numbers[0])
    except Exception as failure:
        logger.exception("%s failed (attempt %d)", kind, attempts)
        error = failure
    confidential = kind in effects and getattr(effects[kind][0], "confidential", False)
    with transaction(session):
        for one in session.scalars(sa.select(OutboxEntry).where(OutboxEntry.id.in_(numbers))):
            _settle(one, error, confidential=confidential)


def _settle(entry: OutboxEntry, error: Exception | None, *, confidential: bool) -> None:
    now = clock.now()
    entry.leased_until = entry.leased_by = None
    if error is None:
        entry.sent_at, entry.last_error = now, None
        if confidential:
            entry.payload = {}
        return
    entry.last_error = f"{type(error).__name__}: {error}"[:500]
    is_hopeless = isinstance(error, PermanentFailure) or (
        isinstance(error, TemplateError) and entry.attempts >= TEMPLATE_ATTEMPTS
    )
    if is_hopeless or now - entry.created_at >= PARKED_AFTER:
        entry.parked_at = now
    entry.due_at = now + DELAYS[min(entry.attempts, len(DELAYS)) - 1]


def run_jobs(session: Session, jobs: Iterable[Job]) -> list[JobRun]:
    """Run the jobs that are due, unless another worker has taken them."""
    runs = (_run_if_due(session, job) for job in jobs)
    return [run for run in runs if run is not None]


def _run_if_due(session: Session, job: Job) -> JobRun | None:
    last = sa.select(sa.func.max(JobRun.due_at)).where(JobRun.job == job.name)
    due = job.last_due(since=session.scalar(last), now=clock.now())
    session.rollback()  # let go of what was only read
    return run_job(session, job, due_at=due) if due else None


def run_job(session: Session, job: Job, *, due_at: datetime) -> JobRun | None:
    """Run *job* for this time; ``None`` if another worker has taken it."""
    try:
        with transaction(session):
            run = JobRun(job=job.name, due_at=due_at)
            session.add(run)
    except sa.exc.IntegrityError:
        return None
    error = _error_of(session, job)
    with transaction(session):
        run.ended_at = clock.now()
        run.error = error
    return run


def _error_of(session: Session, job: Job) -> str | None:
    """Run *job*; what went wrong, if anything did."""
    try:
        job.run(session)
    except Exception as error:
        logger.exception("%s failed", job.name)
        return repr(error)
    return None
