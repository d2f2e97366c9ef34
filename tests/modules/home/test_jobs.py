"""What the site does by date."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.models import JobRun, OutboxEntry
from app.modules.home import service
from app.modules.home.jobs import rotate


def sent(kind: str, *, days_ago: int | None) -> OutboxEntry:
    at = None if days_ago is None else clock.now() - timedelta(days=days_ago)
    return OutboxEntry(kind=kind, payload={}, fingerprint="f", sent_at=at)


def test_what_was_sent_long_ago_is_forgotten_and_what_waits_is_not(session: Session) -> None:
    session.add_all(
        [sent("old", days_ago=91), sent("new", days_ago=89), sent("waits", days_ago=None)]
    )
    session.flush()

    service.forget_old(session)

    kinds = session.scalars(sa.select(OutboxEntry.kind).order_by(OutboxEntry.kind)).all()
    assert kinds == ["new", "waits"]


def test_the_last_run_of_a_job_is_remembered_however_old(session: Session) -> None:
    for days in (40, 30, 20):
        session.add(JobRun(job="test.rare", due_at=clock.now() - timedelta(days=days)))
        session.flush()

    service.forget_old(session)

    (run,) = session.scalars(sa.select(JobRun).where(JobRun.job == "test.rare"))
    assert clock.now() - run.due_at < timedelta(days=21)


@time_machine.travel("2026-11-24T00:01:00+01:00", tick=False)
def test_the_log_of_the_day_before_is_put_aside_and_the_oldest_deleted(tmp_path: Path) -> None:
    (tmp_path / "pc-est-magique.log").write_text("yesterday\n")
    (tmp_path / "pc-est-magique.log.2025-11-23").write_text("too old\n")
    (tmp_path / "pc-est-magique.log.2025-11-24").write_text("a year old\n")

    rotate(tmp_path, keep=timedelta(days=365))
    rotate(tmp_path, keep=timedelta(days=365))

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "pc-est-magique.log.2025-11-24",
        "pc-est-magique.log.2026-11-23",
    ]
