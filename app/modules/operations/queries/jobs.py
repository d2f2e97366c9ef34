"""What is read of the jobs: what they are, how their last run went, which are late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.jobs import Job
from app.models import JobRun, WorkerBeat

#: A worker that said nothing for so long is dead.
SILENCE = timedelta(seconds=60)
#: A run that is not over after so long was cut.
LONGEST = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """A job, and where it stands."""

    job: Job
    last: JobRun | None
    next_due: datetime | None
    is_late: bool
    #: Whether its last run goes on.
    is_running: bool

    @property
    def is_interrupted(self) -> bool:
        """Whether its last run was cut short."""
        return self.last is not None and self.last.ended_at is None and not self.is_running

    @property
    def seconds(self) -> float | None:
        """How long its last run took."""
        if self.last is None or self.last.ended_at is None:
            return None
        return (self.last.ended_at - self.last.started_at).total_seconds()


def job_lines(session: Session, jobs: Iterable[Job]) -> Sequence[JobLine]:
    """Each job, with its last run; in three statements."""
    now = clock.now()
    last, begun = _last_runs(session), _first_run(session)
    workers = live_workers(session)
    return [
        JobLine(
            job=job,
            last=last.get(job.name),
            next_due=job.next_due(now=now),
            is_late=_is_late(job, last.get(job.name), begun, now),
            is_running=_is_running(last.get(job.name), workers, now),
        )
        for job in jobs
    ]


def jobs_late(session: Session, jobs: Iterable[Job]) -> list[str]:
    """The names of the *jobs* that did not begin for more than two of their times."""
    now = clock.now()
    last, begun = _last_runs(session), _first_run(session)
    return [job.name for job in jobs if _is_late(job, last.get(job.name), begun, now)]


def live_workers(session: Session) -> Sequence[WorkerBeat]:
    """The workers that said lately that they live."""
    alive = WorkerBeat.beat_at >= clock.now() - SILENCE
    return session.scalars(sa.select(WorkerBeat).where(alive)).all()


def _last_runs(session: Session) -> dict[str, JobRun]:
    latest = sa.select(sa.func.max(JobRun.id)).group_by(JobRun.job).scalar_subquery()
    runs = session.scalars(sa.select(JobRun).where(JobRun.id.in_(latest)).order_by(JobRun.id))
    return {run.job.partition("@")[0]: run for run in runs}  # of all machines, the last one


def _first_run(session: Session) -> datetime | None:
    """Since when jobs run here, as far as is known."""
    first = sa.select(JobRun.started_at).order_by(JobRun.id).limit(1)
    return session.scalars(first).first()


def _is_late(job: Job, last: JobRun | None, begun: datetime | None, now: datetime) -> bool:
    """Whether it is; one that never ran is as old as the first run of any."""
    ran = last.started_at if last is not None else begun
    return ran is not None and job.is_late(ran=ran, now=now)


def _is_running(last: JobRun | None, workers: Sequence[WorkerBeat], now: datetime) -> bool:
    """Whether a worker that lived when it began lives still."""
    if last is None or last.ended_at is not None or now - last.started_at > LONGEST:
        return False
    return any(worker.started_at <= last.started_at for worker in workers)
