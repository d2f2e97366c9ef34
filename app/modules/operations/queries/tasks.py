"""What is read of the runs of tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, joinedload

from app.core import clock
from app.core.pagination import Page, paginate
from app.core.tasks import DRY_RUN
from app.enums import TaskState
from app.models import PCeen, TaskRun
from app.modules.operations.errors import NoSuchRun

#: A run whose worker said nothing for so long is interrupted.
SILENCE = timedelta(seconds=60)
PER_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which runs to show."""

    task: str | None = None
    state: TaskState | None = None
    number: int = 1


def run(session: Session, key: int) -> TaskRun:
    """The run of this number, with who asked for it.

    Raises:
        NoSuchRun: If there is none.
    """
    stmt = sa.select(TaskRun).where(TaskRun.id == key).options(joinedload(TaskRun.requested_by))
    found = session.scalars(stmt).first()
    if found is None:
        raise NoSuchRun
    return found


def state_of(run: TaskRun) -> TaskState:
    """Where a run stands, were there no worker left to write that its own died."""
    silent = run.beat_at is not None and clock.now() - run.beat_at > SILENCE
    return TaskState.interrupted if run.state is TaskState.running and silent else run.state


def active(session: Session, key: str) -> int | None:
    """The number of the run that waits or runs under this key."""
    return session.scalars(sa.select(TaskRun.id).where(TaskRun.active_key == key)).first()


def last_runs(session: Session) -> Mapping[str, TaskRun]:
    """The last run of each task, without what it printed."""
    latest = sa.select(sa.func.max(TaskRun.id)).group_by(TaskRun.task).scalar_subquery()
    stmt = sa.select(TaskRun).where(TaskRun.id.in_(latest)).options(defer(TaskRun.output))
    return {one.task: one for one in session.scalars(stmt)}


def runs_page(session: Session, wanted: Wanted, *, size: int = PER_PAGE) -> Page[TaskRun]:
    """The runs, the last one first, without what they printed."""
    stmt = (
        sa.select(TaskRun)
        .options(defer(TaskRun.output), joinedload(TaskRun.requested_by))
        .order_by(TaskRun.id.desc())
    )
    if wanted.task is not None:
        stmt = stmt.where(TaskRun.task == wanted.task)
    if wanted.state is not None:
        stmt = stmt.where(TaskRun.state == wanted.state)
    return paginate(session, stmt, number=wanted.number, size=size)


def dry_run_of(
    session: Session, task: str, stored: Mapping[str, Any], *, since: datetime
) -> TaskRun | None:
    """The last dry run of a task with these values, if it was lately done."""
    stmt = (
        sa.select(TaskRun)
        .where(
            TaskRun.task == task,
            TaskRun.state == TaskState.done,
            TaskRun.finished_at >= since,
        )
        .order_by(TaskRun.id.desc())
        .limit(20)
    )
    wanted = {**stored, DRY_RUN: True}
    return next((one for one in session.scalars(stmt) if one.params == wanted), None)


def last_dry_run(session: Session, task: str, *, since: datetime) -> TaskRun | None:
    """The last dry run of a task, if it was lately done, whatever its values."""
    stmt = (
        sa.select(TaskRun)
        .where(TaskRun.task == task, TaskRun.state == TaskState.done)
        .where(TaskRun.finished_at >= since)
        .order_by(TaskRun.id.desc())
        .limit(20)
    )
    return next((one for one in session.scalars(stmt) if one.params.get(DRY_RUN)), None)


def last_ended(session: Session, task: str, *states: TaskState) -> TaskRun | None:
    """The last run of a task that ended so, without what it printed."""
    stmt = sa.select(TaskRun).where(TaskRun.task == task, TaskRun.state.in_(states))
    newest = stmt.options(defer(TaskRun.output)).order_by(TaskRun.id.desc()).limit(1)
    return session.scalars(newest).first()


def person_called(session: Session, name: str) -> int | None:
    """The number of the PCéen with this username or address."""
    called = sa.or_(PCeen.username == name, PCeen.email == name.lower())
    return session.scalars(sa.select(PCeen.id).where(called)).first()


def username_of(session: Session, key: int) -> str | None:
    """The username of the PCéen of this number."""
    return session.scalars(sa.select(PCeen.username).where(PCeen.id == key)).first()


def last_of(session: Session, task: str, *, by: int) -> int:
    """The number of the last run of a task that someone asked for.

    Raises:
        NoSuchRun: If there is none.
    """
    mine = (TaskRun.task == task, TaskRun.requested_by_id == by)
    found = session.scalars(sa.select(sa.func.max(TaskRun.id)).where(*mine)).first()
    if found is None:
        raise NoSuchRun
    return found


def names_of(session: Session, keys: Sequence[int]) -> Mapping[int, str]:
    """How the PCéens of these numbers are called."""
    people = session.scalars(sa.select(PCeen).where(PCeen.id.in_(keys))) if keys else ()
    return {one.id: one.full_name for one in people}
