"""What is done by date."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.cli.worker import _until
from app.core import clock
from app.core.jobs import Job
from app.extensions import db
from app.models import JobRun
from app.modules.operations.queries.jobs import job_lines
from app.worker import run_job, run_jobs


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "now", "due"),
    [
        ("2026-03-14 02:59", "2026-03-14 03:00", "2026-03-14 03:00"),  # 4:00 in Paris
        ("2026-03-14 03:00", "2026-03-14 04:00", None),
        ("2026-03-28 03:00", "2026-03-29 02:00", "2026-03-29 02:00"),  # summer time
        ("2026-01-01 00:00", "2026-03-14 12:00", "2026-03-14 03:00"),  # once, however late
    ],
)
def test_a_job_is_due_when_paris_says(since: str, now: str, due: str | None) -> None:
    job = Job(name="test.job", label="Job", run=lambda _: None, cron="0 4 * * *")

    assert job.last_due(since=utc(since), now=utc(now)) == (due and utc(due))


def test_a_job_runs_once_for_each_time_it_is_due(session: Session) -> None:
    ran: list[int] = []
    job = Job(name="test.job", label="Job", run=lambda _: ran.append(1), cron="0 4 * * *")

    with time_machine.travel("2026-03-14T12:00:00+00:00", tick=False) as clock:
        run_jobs(session, [job])
        run_jobs(session, [job])
        assert len(ran) == 1
        clock.shift(timedelta(days=1))
        run_jobs(session, [job])

    assert len(ran) == 2


def test_a_job_of_every_machine_runs_once_on_each(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    job = Job(
        name="test.job",
        label="Job",
        run=lambda _: ran.append(socket.gethostname()),
        cron="0 4 * * *",
        everywhere=True,
    )

    with time_machine.travel("2026-03-14T12:00:00+00:00", tick=False):
        for machine in ("one", "two", "one", "two"):
            monkeypatch.setattr("socket.gethostname", lambda name=machine: name)
            run_jobs(session, [job])

    assert ran == ["one", "two"]
    (line,) = job_lines(session, [job])
    assert line.last is not None
    assert line.last.job == "test.job@two"
    assert list(_until(threading.Event(), [job], ["network"])) == [job]
    assert list(_until(threading.Event(), [job], ["test"])) == []


def test_a_clock_that_was_ahead_for_a_while_keeps_no_job_from_running(session: Session) -> None:
    ran: list[str] = []
    job = Job(
        name="test.job",
        label="Job",
        run=lambda _: ran.append(f"{clock.now():%H:%M}"),
        cron="* * * * *",
    )

    for now in ("12:00", "14:00", "12:01", "12:02", "14:00", "14:01"):
        with time_machine.travel(f"2026-03-14T{now}:20+00:00", tick=False):
            run_jobs(session, [job])

    assert ran == ["12:00", "14:00", "12:01", "12:02", "14:01"]


def test_a_failure_is_written_down(session: Session) -> None:
    job = Job(name="test.job", label="Job", run=lambda _: 1 / 0)

    run = run_job(session, job, due_at=utc("2026-03-14 03:00"))

    assert run is not None
    assert (run.error, run.ended_at is None) == ("ZeroDivisionError('division by zero')", False)


def test_of_several_workers_one_runs_it(shared: Flask) -> None:
    ran: list[int] = []
    job = Job(name="test.job", label="Job", run=lambda _: ran.append(1))

    def work(_: int) -> None:
        with shared.app_context():
            run_job(db.session(), job, due_at=utc("2026-03-14 03:00"))

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(work, range(8)))

    assert ran == [1]
    with shared.app_context():
        assert len(db.session.scalars(sa.select(JobRun)).all()) == 1


def test_a_job_that_runs_is_not_begun_again(session: Session) -> None:
    ran: list[int] = []
    job = Job(name="test.job", label="Job", run=lambda _: ran.append(1))
    due = utc("2026-03-14 03:00")

    first, second = (run_job(session, job, due_at=due) for _ in range(2))

    assert first is not None
    assert second is None
    assert ran == [1]


def test_a_job_without_a_date_runs_only_when_it_is_asked(session: Session) -> None:
    ran: list[int] = []
    job = Job(name="test.job", label="Job", run=lambda _: ran.append(1))

    assert run_jobs(session, [job]) == []
    assert ran == []


def test_a_job_that_fails_keeps_nothing_and_stops_no_other(session: Session) -> None:
    ran: list[str] = []

    def fail(session: Session) -> None:
        session.add(JobRun(job="half of a change", due_at=utc("2026-03-14 03:00")))
        session.flush()
        raise ZeroDivisionError

    bad = Job(name="test.bad", label="Bad", run=fail, cron="0 4 * * *")
    good = Job(name="test.good", label="Good", run=lambda _: ran.append("good"), cron="0 4 * * *")

    with time_machine.travel("2026-03-14T12:00:00+00:00", tick=False):
        runs = run_jobs(session, [bad, good])

    assert [(run.job, run.error) for run in runs] == [
        ("test.bad", "ZeroDivisionError()"),
        ("test.good", None),
    ]
    assert ran == ["good"]
    assert session.scalars(sa.select(JobRun.job).order_by(JobRun.id)).all() == [
        "test.bad",
        "test.good",
    ]


def test_a_job_that_spoils_the_session_is_a_failure_like_another(session: Session) -> None:
    def spoil(session: Session) -> None:
        session.add(JobRun(job=None, due_at=utc("2026-03-14 03:00")))
        session.flush()

    run = run_job(session, Job(name="test.job", label="Job", run=spoil), due_at=utc("2026-03-14"))

    assert run is not None
    assert run.ended_at is not None
    assert "IntegrityError" in str(run.error)
