"""A site that is killed, or loses its database, between any two statements: one delivery."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy import event

from app.core import clock
from app.enums import LoginMethod, PaymentStatus
from app.extensions import db
from app.models import Attempt, LoginSession, Payment, PCeen
from app.modules.payments import around
from app.modules.payments.service import books, reconcile
from tests.factories import base as factories
from tests.modules.payments.conftest import (
    CONFIRM,
    ONCE,
    Outcome,
    Sandbox,
    Spoken,
    begun,
    callback,
    outcome_of,
    resident,
    serving,
)

S = PaymentStatus
#: Answers requests in children, each of which is killed before its step of that number: a
#: statement, a commit, what follows a commit, or either side of a call to Lydia.
PROGRAM = """
import json, os, signal, sys
from sqlalchemy import event
from sqlalchemy.orm import Session
from app import create_app
from app.extensions import db
from app.integrations.lydia import Lydia
from tests.conftest import settings_of
from tests.modules.payments.conftest import MERCHANTS

url, address = sys.argv[1:]
app = create_app(settings_of(url), WTF_CSRF_ENABLED=False)
app.extensions["lydia"] = lydia = Lydia(address, MERCHANTS)
with app.app_context():
    engine = db.engine

def answer(wanted):
    left = wanted["steps"]

    def step(*_):
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    ask = lydia.request

    def request(order):
        step()
        accepted = ask(order)
        step()
        return accepted

    lydia.request = request
    for target, name in (
        (engine, "before_cursor_execute"), (engine, "commit"), (Session, "after_commit")
    ):
        event.listen(target, name, step)
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    if wanted["secret"]:
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = wanted["secret"]
    said = browser.post(wanted["path"], data=wanted["fields"]).status_code
    os._exit(0 if said in (204, 303) else 1)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        answer(json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
ROOMS = count(401)
#: More steps than any request takes.
MOST = 150


@dataclass
class Site:
    """The site in another process, on a database that this one reads."""

    app: Flask
    sandbox: Sandbox
    process: subprocess.Popen[str]

    def payer(self) -> tuple[int, str]:
        """Someone who may pay, and their cookie."""
        with self.app.app_context():
            session = db.session()
            factories.use(session)
            payer = resident(room_num=next(ROOMS))
            login = LoginSession(pceen=payer, method=LoginMethod.password)
            session.add(login)
            session.commit()
            found = payer.id, login.secret
            db.session.remove()
        return found

    def payment(self, payer_id: int) -> Payment:
        with self.app.app_context():
            session = db.session()
            payment = begun(session, session.get_one(PCeen, payer_id))
            session.refresh(payment)
            session.expunge(payment)
            db.session.remove()
        return payment

    def killed(self, steps: int, path: str, fields: dict[str, str], secret: str = "") -> bool:
        """Have a request answered by a process that is killed; whether it was, or ended before."""
        wanted = {"steps": steps, "path": path, "fields": fields, "secret": secret}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(wanted)}\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        assert code in (0, -signal.SIGKILL), f"the request ended with {code}"
        return code != 0

    def outcome(self, key: int) -> Outcome:
        with self.app.app_context():
            found = outcome_of(db.session(), key)
            db.session.remove()
        return found

    def payments_of(self, payer_id: int) -> list[tuple[int, str | None, PaymentStatus]]:
        stmt = sa.select(Payment.id, Payment.order_ref, Payment.status)
        with self.app.app_context():
            rows = db.session.execute(stmt.where(Payment.pceen_id == payer_id)).all()
            db.session.remove()
        return [tuple(row) for row in rows]

    def faults(self) -> list[str]:
        with self.app.test_request_context():
            found = list(books.faults(db.session()))
            db.session.remove()
        return found

    def forget_attempts(self) -> None:
        """Let the payer begin as many payments as there are steps."""
        with self.app.app_context():
            db.session.execute(sa.delete(Attempt))
            db.session.commit()
            db.session.remove()

    def call(self, fields: dict[str, str]) -> int:
        """Call this process as Lydia does."""
        return self.app.test_client().post(CONFIRM, data=fields).status_code

    def reconcile(self, *, after: timedelta) -> None:
        """Do, later, what the worker does each minute."""
        with time_machine.travel(clock.now() + after), self.app.test_request_context():
            reconcile.run(db.session(), till=around.till())
            db.session.remove()


@pytest.fixture(scope="module")
def site(hall: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with hall.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    with serving(tmp_path_factory.mktemp("lydia")) as sandbox:
        hall.extensions["lydia"] = sandbox.client()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url, sandbox.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        with process:
            yield Site(hall, sandbox, process)
            assert process.stdin is not None
            process.stdin.close()


def test_killed_before_any_step_of_a_confirmation_it_is_delivered_once_when_told_again(
    site: Site,
) -> None:
    payer_id, _secret = site.payer()
    steps = 0
    for steps in range(MOST):
        payment = site.payment(payer_id)
        said = callback(payment)
        was_killed = site.killed(steps, CONFIRM, said)
        assert site.outcome(payment.id) in (ONCE, Outcome(S.waiting, 0, 0, 0))

        assert site.call(said) == 204
        assert site.call(said) == 204

        assert site.outcome(payment.id) == ONCE
        if not was_killed:
            break

    assert 20 < steps < MOST - 1
    assert site.faults() == []


def test_killed_before_any_step_of_a_confirmation_that_was_heard_it_changes_nothing(
    site: Site,
) -> None:
    payer_id, _secret = site.payer()
    payment = site.payment(payer_id)
    said = callback(payment)
    assert site.call(said) == 204

    steps = 0
    while site.killed(steps, CONFIRM, said):
        steps += 1
    assert steps > 5

    assert site.outcome(payment.id) == ONCE
    assert site.faults() == []


@pytest.mark.parametrize("outcome", ["pay", "silent"])
def test_killed_before_any_step_of_paying_what_lydia_took_is_found(
    site: Site, outcome: str
) -> None:
    payer_id, secret = site.payer()
    seen: set[PaymentStatus] = set()
    asked = steps = 0
    was_killed = True
    while was_killed:
        site.forget_attempts()
        before = {key for key, _, _ in site.payments_of(payer_id)}
        fields = {"phone": "0612345678", "idempotency_key": f"{outcome}-{steps}"}
        path = "/payments/pay/lydia/12months"
        was_killed = site.killed(steps, path, fields, secret)
        for key, order_ref, status in site.payments_of(payer_id):
            if key in before:
                continue
            seen.add(status)
            request = site.sandbox.of(order_ref)
            if request is not None:
                asked += 1
                site.sandbox.choose(request.uuid, outcome)
                answers = site.sandbox.deliver(site.app.test_client())
                assert answers == ([204] if outcome == "pay" else [])
                if outcome == "silent":
                    site.reconcile(after=timedelta(minutes=16))
                assert site.outcome(key) == ONCE
            else:
                site.reconcile(after=timedelta(minutes=16))
                assert site.outcome(key) == Outcome(S.error, 0, 0, 0)
        steps += 1

    assert seen == {S.creating, S.waiting}
    assert asked >= 4, "it was never killed after Lydia was asked"
    assert steps > 15
    assert site.faults() == []


# The database, cut off


def killer(engine: sa.Engine) -> Callable[[Any], None]:
    """What has a server end a connection, through another."""
    ways = {
        "postgresql": ("SELECT pg_backend_pid()", "SELECT pg_terminate_backend({})"),
        "mysql": ("SELECT CONNECTION_ID()", "KILL {}"),
        "mariadb": ("SELECT CONNECTION_ID()", "KILL {}"),
    }
    if engine.dialect.name not in ways:
        pytest.skip("SQLite has no server")
    who, kill = ways[engine.dialect.name]
    other = sa.create_engine(engine.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

    def end(cursor: Any) -> None:
        cursor.execute(who)
        (number,) = cursor.fetchone()
        with other.connect() as connection:
            connection.exec_driver_sql(kill.format(int(number)))

    return end


@contextmanager
def cut(engine: sa.Engine, at: int) -> Iterator[Callable[[], bool]]:
    """Cut the connection before the statement of that number; tell whether it was."""
    end, left = killer(engine), at

    def before(conn: Any, cursor: Any, *_: object) -> None:
        nonlocal left
        if left == 0:
            end(cursor)
        left -= 1

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield lambda: left < 0
    finally:
        event.remove(engine, "before_cursor_execute", before)


def test_cut_off_before_any_statement_of_a_confirmation_it_is_delivered_once_when_told_again(
    hall: Flask, site: Site
) -> None:
    with hall.app_context():
        engine = db.engine
    payer_id, _secret = site.payer()
    at = 0
    for at in range(MOST):
        payment = site.payment(payer_id)
        said = callback(payment)
        with cut(engine, at) as was_cut:
            answer = site.call(said)
        assert answer == (503 if was_cut() else 204)
        assert site.outcome(payment.id) == (Outcome(S.waiting, 0, 0, 0) if was_cut() else ONCE)

        assert site.call(said) == 204

        assert site.outcome(payment.id) == ONCE
        if not was_cut():
            break

    assert 15 < at < MOST - 1
    assert site.faults() == []


def test_cut_off_before_any_statement_of_a_poll_it_is_delivered_once_by_the_next(
    hall: Flask, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    lydia = Spoken()
    lydia.say("1")
    monkeypatch.setitem(hall.extensions, "lydia", lydia)
    with hall.app_context():
        engine = db.engine
    payer_id, _secret = site.payer()
    for at in range(MOST):
        payment = site.payment(payer_id)
        with hall.test_request_context():
            with cut(engine, at) as was_cut:
                try:
                    reconcile.poll(db.session(), payment.id, till=around.till())
                except sa.exc.DBAPIError:
                    assert was_cut()
            db.session.remove()
            reconcile.poll(db.session(), payment.id, till=around.till())
            db.session.remove()

        assert site.outcome(payment.id) == ONCE
        if not was_cut():
            break

    assert site.faults() == []
