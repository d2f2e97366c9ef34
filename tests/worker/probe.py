"""An application with tasks that misbehave, for real workers: ``FLASK_APP`` of tests."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from sqlalchemy.orm import Session

from app import create_app
from app.cli import runner
from app.core.tasks import Danger, Kind, Parameter, Progress, Task, TaskFailed, Values
from app.core.transaction import transaction
from app.models import AnsweredRequest
from app.web.module import Module
from tests.conftest import settings_of

#: Where the tasks leave marks, and the database.
FOLDER, DATABASE = "PROBE_FOLDER", "PROBE_DATABASE"
#: How many things ``probe.count`` does.
COUNT = 40


@dataclass(frozen=True)
class Ring:
    """An effect that leaves a mark."""

    kind: ClassVar = "probe.ring"

    name: str


def mark(name: str) -> None:
    """Leave a mark: one more byte."""
    with (Path(os.environ[FOLDER]) / name).open("a") as file:  # noqa: TID251  # not the site's
        file.write(".")


def _ring(_session: Session, effect: Ring, _number: int) -> None:
    mark(f"{effect.name}-begun")
    if effect.name == "slow":
        time.sleep(3)
    mark(effect.name)


def _hello(_session: Session, values: Values, progress: Progress) -> object:
    progress.progress(1, 2, "half")
    print(f"\x1b[31m<script>alert(1)</script>\x1b[0m {values['name']}")  # noqa: T201  # the output of the task
    return "said"


def _would_hello(_session: Session, _values: Values, _progress: Progress) -> object:
    return "would say"


def _count(session: Session, _values: Values, progress: Progress) -> object:
    """Do forty things, each once whatever happens, slowly."""
    for number in range(COUNT):
        with transaction(session):
            if session.get(AnsweredRequest, str(number)) is None:
                session.add(AnsweredRequest(key=str(number)))
                mark("counted")
        progress.progress(number + 1, COUNT)
        time.sleep(0.05)
    return f"{COUNT}"


def _flood(_session: Session, _values: Values, _progress: Progress) -> object:
    line = "x" * 1023 + "\n"
    for _time in range(100):
        sys.stdout.write(line * 1024)
    return None


def _sleep(_session: Session, _values: Values, _progress: Progress) -> object:
    subprocess.Popen(["sleep", "600"])
    mark("sleeping")
    while True:
        mark("awake")
        time.sleep(0.1)


def _exit(_session: Session, _values: Values, _progress: Progress) -> object:
    print("before", flush=True)  # noqa: T201  # the output of the task
    os._exit(0)


def _die(_session: Session, _values: Values, _progress: Progress) -> object:
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def _fail(_session: Session, _values: Values, _progress: Progress) -> object:
    raise TaskFailed("nothing works")


def _crash(_session: Session, _values: Values, _progress: Progress) -> object:
    raise ZeroDivisionError("a secret")


_NAME = Parameter(name="name", label="Nom", kind=Kind.text, maximum=20)
TASKS = (
    Task(
        name="probe.hello",
        label="Hello",
        purpose="Says hello.",
        run=_hello,
        params=(_NAME,),
        dry_run=_would_hello,
    ),
    Task(
        name="probe.danger",
        label="Danger",
        purpose="Says hello.",
        run=_hello,
        params=(_NAME,),
        dry_run=_would_hello,
        danger=Danger.dangerous,
    ),
    Task(name="probe.count", label="Count", purpose="Counts.", run=_count),
    Task(name="probe.flood", label="Flood", purpose="Prints 100 MB.", run=_flood),
    Task(name="probe.sleep", label="Sleep", purpose="Never ends.", run=_sleep),
    Task(
        name="probe.late",
        label="Late",
        purpose="Never ends.",
        run=_sleep,
        limit=timedelta(seconds=1),
    ),
    Task(name="probe.exit", label="Exit", purpose="Exits.", run=_exit),
    Task(name="probe.die", label="Die", purpose="Dies.", run=_die),
    Task(name="probe.fail", label="Fail", purpose="Fails.", run=_fail),
    Task(name="probe.crash", label="Crash", purpose="Crashes.", run=_crash),
)
MODULE = Module(name="probe", blueprints=(), tasks=TASKS, effects={Ring: _ring})


if DATABASE in os.environ:  # noqa: TID251  # not the site's
    runner.GRACE, runner.FAREWELL = 1.0, 1.0
    app = create_app(settings_of(os.environ[DATABASE]), WTF_CSRF_ENABLED=False)  # noqa: TID251
    app.extensions["modules"] = (*app.extensions["modules"], MODULE)
