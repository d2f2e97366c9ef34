"""A worker that is told to stop: what it does is done once, what waits is left to another."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from flask import Flask

from app.core.transaction import transaction
from app.enums import DhcpResult
from app.extensions import db
from app.models import DhcpRun, OutboxEntry, defer
from app.modules.account.mails import PasswordChanged
from app.modules.intrarez.effects import RefreshNetwork
from app.settings import ROOT
from tests.gateway.models import free_ports

pytestmark = pytest.mark.once

#: How long anything may take, in seconds.
PATIENCE = 90


class SlowServer:
    """A mail server that takes its time to say that it has a message."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.received = 0
        self.port = free_ports(1)[0]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # theirs
        self.begun.set()
        time.sleep(2)
        self.received += 1
        return "250 OK"


def _worker(app: Flask, folder: Path, *options: str, **variables: str) -> subprocess.Popen[bytes]:
    """A real worker, on the database of the application."""
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    model = (ROOT / ".conf_models/model.env").read_text().splitlines()
    names = [line.partition("=")[0] for line in model if "=" in line and line[0] != "#"]
    ours = dict.fromkeys(names, "") | {  # nothing of the machine's own ``.env``
        "MODE": "testing",
        "SECRET_KEY": "not a secret: a test, and a long one at that",
        "SQLALCHEMY_DATABASE_URI": url,
        "SERVER_NAME": "localhost",
        "DHCP_HOSTS_FILE": str(folder / "dhcp.hosts"),
        "PATH": os.environ["PATH"],  # noqa: TID251  # not the site's
    }
    with (folder / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "worker", "--no-scheduler", *options],
            cwd=ROOT,
            env=ours | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def _stop(process: subprocess.Popen[bytes], folder: Path, begun: Callable[[], object]) -> None:
    """Tell it to stop once something has begun."""
    try:
        deadline = time.monotonic() + PATIENCE
        while not begun():
            assert process.poll() is None, (folder / "worker.log").read_text()[-3000:]
            assert time.monotonic() < deadline, (folder / "worker.log").read_text()[-3000:]
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


def _left(app: Flask) -> int:
    """How much waits."""
    with app.app_context():
        stmt = sa.select(sa.func.count(OutboxEntry.id)).where(OutboxEntry.sent_at.is_(None))
        count = db.session().execute(stmt).scalar_one()
        db.session.remove()
    return count


def test_a_mail_that_is_being_sent_is_sent_once(shared: Flask, tmp_path: Path) -> None:
    with shared.app_context(), transaction(db.session()) as session:
        for name in ("first", "second"):
            defer(session, PasswordChanged(to=f"{name}@example.org", locale="fr"))
    server = SlowServer()
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        mail = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(server.port)}
        _stop(_worker(shared, tmp_path, **mail), tmp_path, server.begun.is_set)

        assert (server.received, _left(shared)) == (1, 1)
        assert _worker(shared, tmp_path, "--once", **mail).wait(PATIENCE) == 0
        assert (server.received, _left(shared)) == (2, 0)
    finally:
        controller.stop()


def test_the_rules_are_written_once_whenever_it_is_stopped(shared: Flask, tmp_path: Path) -> None:
    with shared.app_context(), transaction(db.session()) as session:
        defer(session, RefreshNetwork())

    def runs() -> int:
        with shared.app_context():
            count = db.session().execute(sa.select(sa.func.count(DhcpRun.id))).scalar_one()
            db.session.remove()
        return count

    _stop(_worker(shared, tmp_path), tmp_path, runs)

    assert _worker(shared, tmp_path, "--once").wait(PATIENCE) == 0
    assert (runs(), _left(shared)) == (1, 0)
    assert (tmp_path / "dhcp.hosts").exists()
    with shared.app_context():
        found = db.session().scalars(sa.select(DhcpRun.result)).all()
        db.session.remove()
    assert found == [DhcpResult.written]
