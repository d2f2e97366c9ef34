"""Tasks, run by real workers, each in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core import clock
from app.core.tasks import Task
from app.core.transaction import transaction
from app.enums import TaskState
from app.extensions import db
from app.models import AnsweredRequest, TaskRun, WorkerBeat, defer
from app.modules.operations.rules.output import LONGEST
from app.modules.operations.service import tasks as service
from app.modules.operations.service.tasks import Asked
from app.settings import ROOT
from tests.worker import probe

#: How long anything may take, in seconds.
PATIENCE = 40


class Workers:
    """Real workers on a database of their own."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.running: list[subprocess.Popen[bytes]] = []
        with app.app_context():
            self.url = db.engine.url.render_as_string(hide_password=False)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one more."""
        ours = {
            "FLASK_APP": "tests/worker/probe.py",
            probe.DATABASE: self.url,
            probe.FOLDER: str(self.folder),
        }
        with (self.folder / "worker.log").open("ab") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", "flask", "worker", "--no-scheduler", *arguments],
                cwd=ROOT,
                env=os.environ | ours,  # noqa: TID251  # not the site's
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.running.append(started)
        return started

    def ask(self, name: str, /, **values: Any) -> int:
        """Have a task run; return the number of the run."""
        task: Task = next(one for one in probe.TASKS if one.name == name)
        with self.app.app_context(), transaction(db.session()) as session:
            return service.start(session, task=task, asked=Asked(values=values)).id

    def read(self, key: int) -> TaskRun:
        """A run, as it stands."""
        with self.app.app_context():
            run = db.session().get_one(TaskRun, key)
            db.session().expunge(run)
            db.session.remove()
            return run

    def wait_for(self, holds: Callable[[], Any]) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, (self.folder / "worker.log").read_text()[-4000:]
            time.sleep(0.05)

    def end_of(self, key: int) -> TaskRun:
        """A run, once it is over."""
        self.wait_for(lambda: self.read(key).state.is_over)
        return self.read(key)

    def marks(self, name: str) -> int:
        """How many marks tasks left under this name."""
        path = self.folder / name
        return path.stat().st_size if path.exists() else 0

    def stop(self) -> None:
        for one in self.running:
            with suppress(ProcessLookupError):
                one.kill()
            one.wait()


@pytest.fixture
def workers(shared: Flask, tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(shared, tmp_path)
    yield workers
    workers.stop()


def test_a_task_says_how_far_it_is_and_what_it_prints(workers: Workers) -> None:
    key = workers.ask("probe.hello", name="Ada")
    workers.start()

    run = workers.end_of(key)

    assert (run.state, run.progress, run.message) == (TaskState.done, 100, "said")
    assert run.output == "<script>alert(1)</script> Ada\n"
    assert (run.active_key, run.error) == (None, None)
    assert run.worker
    assert run.finished_at


def test_killed_with_its_worker_a_task_is_interrupted_then_done_once(workers: Workers) -> None:
    key = workers.ask("probe.count")
    worker = workers.start()
    workers.wait_for(lambda: workers.marks("counted") > 3)

    worker.kill()
    worker.wait()

    time.sleep(1)
    counted = workers.marks("counted")
    time.sleep(1)
    assert workers.marks("counted") == counted < probe.COUNT  # its process ended with the worker
    with workers.app.app_context(), transaction(db.session()) as session:
        session.execute(sa.update(TaskRun).values(beat_at=clock.now() - timedelta(seconds=61)))
    workers.start()
    assert workers.end_of(key).state is TaskState.interrupted
    again = workers.end_of(workers.ask("probe.count"))
    assert again.state is TaskState.done
    assert workers.marks("counted") in (probe.COUNT, probe.COUNT + 1)  # cut after a mark
    with workers.app.app_context():
        count = sa.select(sa.func.count()).select_from(AnsweredRequest)
        assert db.session().scalar(count) == probe.COUNT


def test_a_worker_that_stops_hands_its_task_over(workers: Workers) -> None:
    key = workers.ask("probe.sleep")
    worker = workers.start()
    workers.wait_for(lambda: workers.marks("awake") > 3)

    begun = time.monotonic()
    worker.terminate()

    assert worker.wait(timeout=30) == 0
    assert time.monotonic() - begun < 30
    run = workers.read(key)
    assert (run.state, run.worker, run.started_at) == (TaskState.queued, None, None)
    awake = workers.marks("awake")
    with workers.app.app_context():
        assert db.session().scalars(sa.select(WorkerBeat)).all() == []
    workers.start()
    workers.wait_for(lambda: workers.marks("awake") > awake)


@pytest.mark.once
def test_effects_leave_while_a_task_runs(workers: Workers) -> None:
    key = workers.ask("probe.sleep")
    workers.start()
    workers.wait_for(lambda: workers.marks("awake"))

    with workers.app.app_context(), transaction(db.session()) as session:
        defer(session, probe.Ring("rung"))

    workers.wait_for(lambda: workers.marks("rung"))
    assert workers.read(key).state is TaskState.running


@pytest.mark.once
def test_a_task_that_is_cancelled_ends_with_all_that_it_started(workers: Workers) -> None:
    key = workers.ask("probe.sleep")
    workers.start()
    workers.wait_for(lambda: workers.marks("awake"))

    with workers.app.app_context(), transaction(db.session()) as session:
        service.cancel(session, run=session.get_one(TaskRun, key))

    run = workers.end_of(key)
    assert (run.state, run.active_key) == (TaskState.cancelled, None)
    awake = workers.marks("awake")
    time.sleep(0.5)
    assert workers.marks("awake") == awake


@pytest.mark.once
def test_a_task_has_so_much_time_and_no_more(workers: Workers) -> None:
    key = workers.ask("probe.late")
    workers.start()

    assert workers.end_of(key).state is TaskState.timed_out


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("probe.exit", "Arrêtée brutalement, avec le statut 0."),
        ("probe.die", "Arrêtée brutalement par le système (SIGKILL)."),
        ("probe.crash", "ZeroDivisionError"),
    ],
)
def test_a_task_that_ends_badly_has_the_number_of_its_incident(
    workers: Workers, name: str, error: str
) -> None:
    key = workers.ask(name)
    workers.start()

    run = workers.end_of(key)

    assert (run.state, run.error) == (TaskState.failed, error)
    assert run.incident
    assert run.incident in (workers.folder / "worker.log").read_text()
    assert "a secret" not in run.output


@pytest.mark.once
def test_a_task_that_cannot_says_why(workers: Workers) -> None:
    key = workers.ask("probe.fail")
    workers.start("--kinds", "tasks")

    run = workers.end_of(key)

    assert (run.state, run.error, run.incident) == (TaskState.failed, "nothing works", None)


@pytest.mark.once
def test_of_a_hundred_megabytes_the_ends_are_kept(workers: Workers) -> None:
    key = workers.ask("probe.flood")
    workers.start()

    run = workers.end_of(key)

    assert run.state is TaskState.done
    assert LONGEST // 2 < len(run.output.encode()) <= LONGEST
    assert "octets n'ont pas été gardés" in run.output


@pytest.mark.once
def test_once_does_what_waits_and_leaves(workers: Workers) -> None:
    key = workers.ask("probe.hello", name="Ada")

    worker = workers.start("--once")

    assert worker.wait(timeout=PATIENCE) == 0
    assert workers.read(key).state is TaskState.done


@pytest.mark.once
def test_a_worker_told_of_some_kinds_leaves_the_others(workers: Workers) -> None:
    key = workers.ask("probe.hello", name="Ada")
    with workers.app.app_context(), transaction(db.session()) as session:
        defer(session, probe.Ring("rung"))

    worker = workers.start("--once", "--kinds", "probe")

    assert worker.wait(timeout=PATIENCE) == 0
    assert workers.marks("rung") == 1
    assert workers.read(key).state is TaskState.queued


@pytest.mark.once
def test_a_worker_that_stops_ends_the_effect_it_is_at_and_begins_no_other(
    workers: Workers,
) -> None:
    with workers.app.app_context(), transaction(db.session()) as session:
        for name in ("slow", "next"):
            defer(session, probe.Ring(name))
            session.flush()
    worker = workers.start()
    workers.wait_for(lambda: workers.marks("slow-begun"))

    worker.terminate()

    assert worker.wait(timeout=30) == 0
    assert [workers.marks(name) for name in ("slow", "next-begun")] == [1, 0]
    workers.start()
    workers.wait_for(lambda: workers.marks("next"))
    assert workers.marks("slow-begun") == 1
