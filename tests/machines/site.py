"""The site of a machine, with a clock that may be wrong, and work that leaves marks.

``gunicorn tests.machines.site:app`` and ``flask --app tests.machines.site worker``: the very site,
in production, with a module more. Leases are short, so that nobody waits for a minute.
"""

import os
import socket
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar

from sqlalchemy.orm import Session

from app.core import clock

#: Where marks are left, and how far the clock of the machine is from the others', in seconds.
FOLDER, SKEW = "MACHINES_FOLDER", "MACHINES_SKEW"
#: How long a lease lasts here, in seconds, and how often it is renewed.
LEASE, BEAT = 10, 1
#: The machine that never ends some effects, and how many jobs are due each minute.
STUCK_ON, JOBS = "m2", 20

_now = clock.now


def _skewed() -> datetime:
    return _now() + timedelta(seconds=float(os.environ[SKEW]))  # noqa: TID251  # not the site's


def mark(name: str) -> None:
    """Leave a mark: which machine did that, once more."""
    line = f"{socket.gethostname()}\n".encode()
    path = Path(os.environ[FOLDER]) / name  # noqa: TID251  # not the site's
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(descriptor, line)
    os.close(descriptor)


@dataclass(frozen=True)
class Ring:
    """An effect that takes its time, and leaves a mark; on one of the machines, it never ends."""

    kind: ClassVar = "probe.ring"

    name: str


def _ring(_session: Session, effect: Ring, _number: int) -> None:
    if socket.gethostname() == STUCK_ON:
        time.sleep(600)
    time.sleep(0.3)
    mark(effect.name)


if SKEW in os.environ:  # noqa: TID251  # not the site's
    # before the models: columns take their defaults from it
    clock.now = _skewed

    from app import create_app, worker
    from app.cli import heart
    from app.core.jobs import Job
    from app.web.module import Module

    worker.LEASE, heart.EVERY = timedelta(seconds=LEASE), BEAT

    def _job(number: int) -> Job:
        name = f"probe.mark{number}"
        return Job(name=name, label=name, run=lambda _session: mark(name), cron="* * * * *")

    app = create_app()
    probe = Module(
        name="probe",
        blueprints=(),
        effects={Ring: _ring},
        jobs=tuple(_job(number) for number in range(JOBS)),
    )
    app.extensions["modules"] = (*app.extensions["modules"], probe)
