"""What a worker says while it works: it lives, it keeps what it leased, others are dead."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.cli import heart
from app.core import clock
from app.enums import TaskState
from app.extensions import db
from app.models import OutboxEntry, TaskRun, WorkerBeat
from app.modules.operations.service import workers
from app.worker import LEASE, NAME, renew, run_due
from tests.worker.test_worker import EVENING, Bell, Letter, Ring, entries, write


def test_what_takes_long_is_leased_for_longer(session: Session) -> None:
    bell, kept = Bell(), []
    write(session, Ring("slow"))
    with time_machine.travel(EVENING, tick=False) as time:

        def meanwhile(session: Session) -> None:
            time.shift(LEASE / 2)
            renew(session)
            kept.append(session.scalars(sa.select(OutboxEntry.leased_until)).one())
            session.rollback()

        session.execute(sa.update(OutboxEntry).values(due_at=clock.now()))
        session.commit()
        bell.meanwhile = meanwhile
        run_due(session, bell.effects)

        assert kept == [clock.now() + LEASE]
        renew(session)  # nothing is held any more
    (entry,) = entries(session)
    assert (entry.leased_until, entry.sent_at is None) == (None, False)


def test_a_failure_that_comes_too_late_is_not_written_over_another_worker(
    session: Session,
) -> None:
    bell = Bell()
    write(session, Letter("ada", "slow"))

    def meanwhile(session: Session) -> None:
        session.execute(sa.update(OutboxEntry).values(leased_by="another:1"))
        session.commit()

    bell.meanwhile, bell.failures["slow"] = meanwhile, ConnectionError("no answer")
    run_due(session, bell.effects)

    (entry,) = entries(session)
    assert (entry.leased_by, entry.last_error) == ("another:1", None)


def test_only_the_kinds_that_are_asked_are_done(session: Session) -> None:
    bell = Bell()
    write(session, Ring("a"), Letter("ada", "b"))

    assert run_due(session, bell.effects, kinds=["test.letter"]) == 1
    assert run_due(session, bell.effects, kinds=["tes", "test_ring"]) == 0
    assert run_due(session, bell.effects, kinds=["test"]) == 1

    assert bell.rung == ["b", "a"]


def test_a_worker_that_stops_takes_nothing_more(session: Session) -> None:
    bell = Bell()
    write(session, Ring("a"), Ring("b"))

    assert run_due(session, bell.effects, stops=lambda: len(bell.rung) == 1) == 1

    assert bell.rung == ["a"]


def test_a_worker_says_that_it_lives_until_it_ends(session: Session) -> None:
    with time_machine.travel(EVENING, tick=False) as time:
        workers.begin(session, "here:1")
        session.commit()
        begun = clock.now()
        time.shift(timedelta(seconds=10))
        workers.beat(session, "here:1")
        session.commit()

        (found,) = session.scalars(sa.select(WorkerBeat))
        assert (found.started_at, found.beat_at) == (begun, clock.now())
    workers.end(session, "here:1")
    workers.end(session, "here:2")
    session.commit()
    assert session.scalars(sa.select(WorkerBeat)).all() == []


def test_a_heart_beats_and_closes_what_died(shared: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heart, "EVERY", 0.05)
    long_ago = clock.now() - timedelta(seconds=61)
    with shared.app_context():
        session = db.session()
        with heart.Heart(shared):
            first = session.get_one(WorkerBeat, NAME).beat_at
            run = TaskRun(task="t", state=TaskState.running, beat_at=long_ago, active_key="t")
            session.add(run)
            session.commit()
            while (
                run.state is TaskState.running or session.get_one(WorkerBeat, NAME).beat_at == first
            ):
                session.rollback()
        session.rollback()
        assert (run.state, run.active_key) == (TaskState.interrupted, None)
        assert session.get(WorkerBeat, NAME) is None
        db.session.remove()


def test_once_leaves_no_worker_behind(session: Session, cli: FlaskCliRunner) -> None:
    done = cli.invoke(args=["worker", "--once", "--no-scheduler"])

    assert done.exit_code == 0, done.output
    assert session.scalars(sa.select(WorkerBeat)).all() == []
