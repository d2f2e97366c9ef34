"""Running the jobs: each once for each time it is due, whatever the machine.

Those that are about what is on the disk of a machine run once on each.
"""

import logging
import socket
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.jobs import Job
from app.core.transaction import transaction
from app.models import JobRun, audit, defer
from app.modules.operations.effects import RunJob

logger = logging.getLogger(__name__)


def ask(session: Session, *, job: Job) -> None:
    """Have the worker run a job now, whatever its schedule."""
    audit(session, "operations.job.run", after={"job": job.name})
    defer(session, RunJob(job=job.name, asked_at=clock.now().isoformat()))


def run_jobs(session: Session, jobs: Iterable[Job]) -> list[JobRun]:
    """Run the jobs that are due, unless another worker has taken them."""
    runs = (_run_if_due(session, job) for job in jobs)
    return [run for run in runs if run is not None]


def _run_if_due(session: Session, job: Job) -> JobRun | None:
    name = job.name_on(socket.gethostname())
    now = clock.now()
    # what ran while the clock was ahead is no reason to wait until it is there again
    before = sa.select(sa.func.max(JobRun.due_at)).where(JobRun.job == name, JobRun.due_at <= now)
    due = job.last_due(since=session.scalar(before), now=now)
    session.rollback()  # let go of what was only read
    return run_job(session, job, due_at=due) if due else None


def run_job(session: Session, job: Job, *, due_at: datetime) -> JobRun | None:
    """Run *job* for this time; ``None`` if another worker has taken it."""
    try:
        with transaction(session):
            run = JobRun(job=job.name_on(socket.gethostname()), due_at=due_at)
            session.add(run)
            session.flush()
            key = run.id
    except sa.exc.IntegrityError:
        return None
    error = _error_of(session, job)
    with transaction(session):
        run = session.get_one(JobRun, key)  # the job may have emptied the session
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
