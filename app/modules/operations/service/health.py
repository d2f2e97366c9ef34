"""Whether the site is as it should be (network-b B8.4)."""

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.jobs import Job
from app.enums import TaskState
from app.modules.operations.queries import health, jobs
from app.modules.operations.rules.health import Facts

logger = logging.getLogger(__name__)

State: TypeAlias = Literal["ok", "degraded", "failing"]

#: How long the database may take to say one thing.
SLOW = timedelta(milliseconds=200)
#: How much of a disk must be free.
FREE = 0.05
#: How long a worker may say nothing, and an effect may wait.
SILENCE = timedelta(seconds=120)
DELAY = timedelta(minutes=10)
#: How far behind what was done the clock may be.
DRIFT = timedelta(seconds=5)
#: How old the last backup may be: one is made each night, and takes its time.
BACKUP_AGE = timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    #: Figures and names, for who mends it.
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What this installation has."""

    #: The migrations that the code wants.
    heads: frozenset[str]
    #: Where it writes.
    directories: tuple[Path, ...]
    log_dir: Path | None
    jobs: tuple[Job, ...]
    #: What its modules ask.
    checks: Mapping[str, Callable[[Session], bool]]
    #: Whether it is to be backed up each night.
    is_backed_up: bool = False
    #: The migrations that the code knows.
    known: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Health:
    """How the site is."""

    checks: tuple[Check, ...]
    facts: Facts | None

    @property
    def status(self) -> str:
        """``ready``, ``degraded``, or ``unavailable``."""
        states = {check.state for check in self.checks}
        if "failing" in states:
            return "unavailable"
        return "degraded" if "degraded" in states else "ready"

    def __getitem__(self, name: str) -> Check:
        return next(check for check in self.checks if check.name == name)


def look(session: Session, installed: Installed) -> Health:
    """Look at everything; without its database, or its tables, no more is known of a site."""
    try:
        database = _database(session)
        migrations = _migrations(session, installed)
    except sa.exc.SQLAlchemyError:
        session.rollback()
        return Health((Check("database", "failing"), *_files(installed)), None)
    if migrations.state == "failing":  # the tables may not be those that the code reads
        return Health((database, migrations, *_files(installed)), None)
    facts = health.facts(session)
    checks = (
        database,
        migrations,
        *_files(installed),
        _worker(facts),
        _outbox(facts),
        *(_asked(session, name, ask) for name, ask in installed.checks.items()),
        *((_backup(facts),) if installed.is_backed_up else ()),
        _jobs(session, installed.jobs),
        _clock(facts),
    )
    return Health(checks, facts)


def _check(name: str, is_right: bool, **detail: object) -> Check:  # noqa: FBT001  # a verdict
    return Check(name, "ok" if is_right else "degraded", detail)


def _database(session: Session) -> Check:
    session.connection()  # to open one is not to answer
    began = time.perf_counter()
    session.execute(sa.select(1))
    took = timedelta(seconds=time.perf_counter() - began)
    detail = {"ms": round(1000 * took.total_seconds(), 1)}
    return Check("database", "ok" if took <= SLOW else "failing", detail)


def _migrations(session: Session, installed: Installed) -> Check:
    """Whether the tables are those that the code reads, or those of a later release, as after a
    return to the one before (ADR 29).
    """
    try:
        found = health.revisions(session)
    except (sa.exc.OperationalError, sa.exc.ProgrammingError):  # there is no such table
        session.rollback()
        session.execute(sa.select(1))
        found = frozenset()
    detail = {"found": sorted(found), "wanted": sorted(installed.heads)}
    if found == installed.heads:
        return Check("migrations", "ok", detail)
    is_ahead = found and installed.known and installed.known.isdisjoint(found)
    return Check("migrations", "degraded" if is_ahead else "failing", detail)


def _files(installed: Installed) -> Iterator[Check]:
    free = {str(place): _free(place) for place in installed.directories}
    is_right = all(share is not None and share >= FREE for share in free.values())
    shown = {place: share and round(100 * share, 1) for place, share in free.items()}
    yield _check("disk", is_right, free_percent=shown)
    log_dir = installed.log_dir
    yield _check("logs", log_dir is None or os.access(log_dir, os.W_OK))


def _free(place: Path) -> float | None:
    """Which part of the disk of *place* is free; ``None`` if there is no such place."""
    try:
        usage = shutil.disk_usage(place)
    except OSError:
        return None
    return usage.free / usage.total if usage.total else 1.0


def _worker(facts: Facts) -> Check:
    silence = facts.silence
    seconds = None if silence is None else round(silence.total_seconds())
    return _check("worker", silence is not None and silence <= SILENCE, seconds=seconds)


def _outbox(facts: Facts) -> Check:
    return _check("outbox", facts.delay <= DELAY, seconds=round(facts.delay.total_seconds()))


def _backup(facts: Facts) -> Check:
    age = None if facts.backup_at is None else facts.now - facts.backup_at
    hours = None if age is None else round(age.total_seconds() / 3600, 1)
    is_right = age is not None and age <= BACKUP_AGE and facts.backup_verdict != TaskState.failed
    return _check("backup", is_right, hours=hours, verified=facts.backup_verdict)


def _asked(session: Session, name: str, ask: Callable[[Session], bool]) -> Check:
    """What a module says of itself; one that fails to is not well."""
    try:
        return _check(name, ask(session))
    except Exception:
        logger.warning("the check %s failed", name, exc_info=True)
        session.rollback()
        return _check(name, is_right=False)


def _jobs(session: Session, known: Iterable[Job]) -> Check:
    late = jobs.jobs_late(session, known)
    return _check("jobs", not late, late=late)


def _clock(facts: Facts) -> Check:
    is_right = facts.audit_at is None or facts.audit_at <= clock.now() + DRIFT
    return _check("clock", is_right)
