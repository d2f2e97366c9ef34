"""What becomes of the runs of tasks, from the button to the end (network-b B6.5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.tasks import DRY_RUN, Task, Values
from app.core.transaction import lock
from app.enums import TaskState
from app.models import PCeen, TaskRun, audit
from app.modules.operations.errors import DryRunFirst, NoDryRun, TaskAlreadyRuns, TaskOver
from app.modules.operations.queries import tasks as queries
from app.modules.operations.queries.tasks import SILENCE

#: How long what a dry run said may be acted on.
DRY_RUN_LASTS = timedelta(hours=1)
#: How long the output of a run is kept, and the run itself.
OUTPUT_KEPT = timedelta(days=90)
RUNS_KEPT = timedelta(days=365)

_LONGEST_WORD = 255
_LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a task, by whom and why."""

    values: Values
    is_dry: bool = False
    #: ``None`` for a terminal.
    by: PCeen | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a run ended."""

    state: TaskState
    message: str | None = None
    error: str | None = None
    incident: str | None = None


def start(session: Session, *, task: Task, asked: Asked, is_read: bool = False) -> TaskRun:
    """Have the worker run a task.

    With *is_read*, what a dangerous one would do need not have been asked first.

    Raises:
        TaskAlreadyRuns: If one of its key does, or waits.
        NoDryRun: If it is asked what it would do, and cannot say.
        DryRunFirst: If it is dangerous, and nobody read what it would do.
    """
    stored = task.stored(asked.values)
    if asked.is_dry:
        if task.dry_run is None:
            raise NoDryRun
        stored[DRY_RUN] = True
    elif task.is_dangerous and not is_read:
        _check_read(session, task, stored)
    interrupt_silent(session)
    run = TaskRun(
        task=task.name,
        params=stored,
        requested_by_id=asked.by.id if asked.by else None,
        reason=asked.reason or None,
        active_key=task.active_key,
    )
    try:
        with session.begin_nested():
            session.add(run)
    except sa.exc.IntegrityError:
        raise TaskAlreadyRuns(run=queries.active(session, task.active_key)) from None
    audit(
        session,
        "operations.task.start",
        run,
        after={"task": task.name, "params": stored},
        reason=asked.reason or None,
    )
    return run


def _check_read(session: Session, task: Task, stored: Mapping[str, Any]) -> None:
    since = clock.now() - DRY_RUN_LASTS
    if task.dry_run and queries.dry_run_of(session, task.name, stored, since=since) is None:
        raise DryRunFirst


def cancel(session: Session, *, run: TaskRun) -> None:
    """Stop a run: at once if it waits; else its worker does.

    Raises:
        TaskOver: If it is over.
    """
    lock(session, run)
    if run.state.is_over:
        raise TaskOver
    if run.cancel_asked_at is None:
        run.cancel_asked_at = clock.now()
        audit(session, "operations.task.cancel", run, after={"task": run.task})
    if run.state is TaskState.queued:
        _close(run, End(state=TaskState.cancelled))


def take(session: Session, *, worker: str) -> int | None:
    """Take the run that waits for longest; return its number, if there is one."""
    waiting = sa.select(TaskRun).where(TaskRun.state == TaskState.queued).order_by(TaskRun.id)
    run = session.scalars(waiting.limit(1).with_for_update(skip_locked=True)).first()
    if run is None:
        return None
    _begin(run, worker)
    return run.id


def take_up(session: Session, *, run: TaskRun, worker: str) -> None:
    """Take a run that was made for this very process."""
    lock(session, run)
    _begin(run, worker)


def _begin(run: TaskRun, worker: str) -> None:
    now = clock.now()
    run.state, run.worker = TaskState.running, worker
    run.started_at = run.beat_at = now


def beat(session: Session, *, key: int, worker: str, said: Mapping[str, Any]) -> bool:
    """Say that a run goes on, and what it *said*; return whether it is still *worker*'s."""
    mine = _mine(key, worker)
    done = session.execute(mine.values(beat_at=clock.now(), **said))
    return bool(done.rowcount)  # type: ignore[attr-defined]  # of an update


def finish(session: Session, *, key: int, worker: str, end: End, said: Mapping[str, Any]) -> bool:
    """Write how a run ended, unless it was taken from *worker*; return whether it was not."""
    run = session.get_one(TaskRun, key, with_for_update=True)
    if run.state is not TaskState.running or run.worker != worker:
        return False
    for name, value in said.items():
        setattr(run, name, value)
    _close(run, end)
    return True


def hand_over(session: Session, *, key: int, worker: str) -> None:
    """Put a run back where another worker takes it: it begins again from the start."""
    waits = {"state": TaskState.queued, "worker": None, "started_at": None, "beat_at": None}
    session.execute(_mine(key, worker).values(progress=0, message=None, output="", **waits))


def _mine(key: int, worker: str) -> sa.Update:
    is_mine = (TaskRun.state == TaskState.running, TaskRun.worker == worker)
    return sa.update(TaskRun).where(TaskRun.id == key, *is_mine)


def _close(run: TaskRun, end: End) -> None:
    run.state, run.finished_at, run.active_key = end.state, clock.now(), None
    if end.state is TaskState.done:
        run.progress = 100
    if end.message is not None:
        run.message = end.message[:_LONGEST_WORD]
    run.error = end.error[:_LONGEST_ERROR] if end.error else None
    run.incident = end.incident


def interrupt_silent(session: Session) -> int:
    """Close the runs whose worker says nothing any more; return how many."""
    now = clock.now()
    silent = (TaskRun.state == TaskState.running, TaskRun.beat_at < now - SILENCE)
    cut = {"state": TaskState.interrupted, "finished_at": now, "active_key": None}
    done = session.execute(sa.update(TaskRun).where(*silent).values(**cut))
    return int(done.rowcount)  # type: ignore[attr-defined]  # of an update


def forget_old(session: Session) -> None:
    """Forget what runs printed long ago, then the runs."""
    now = clock.now()
    is_old = sa.and_(TaskRun.finished_at < now - OUTPUT_KEPT, TaskRun.output != "")
    session.execute(sa.update(TaskRun).where(is_old).values(output=""))
    session.execute(sa.delete(TaskRun).where(TaskRun.finished_at < now - RUNS_KEPT))
