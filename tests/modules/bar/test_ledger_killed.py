"""A site that is killed, or loses its database, between any two statements: all, or nothing."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.enums import PaymentStatus, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import BarAccount, BarDailyData, BarItem, BarTransaction
from tests.modules.bar.counter import new_key
from tests.modules.bar.ledger_site import CONFIRM, Site, said_by_lydia
from tests.modules.payments.conftest import Spoken
from tests.modules.payments.test_lydia_killed import cut

#: Answers requests in children, each of which is killed before its step of that number: a
#: statement, a commit, or what follows a commit.
PROGRAM = """
import json, os, signal, sys
from sqlalchemy import event
from sqlalchemy.orm import Session
from app import create_app
from app.extensions import db
from app.integrations.lydia import Lydia
from tests.conftest import settings_of
from tests.modules.payments.conftest import MERCHANTS

app = create_app(settings_of(sys.argv[1]), WTF_CSRF_ENABLED=False)
app.extensions["lydia"] = Lydia("https://lydia.example.org", MERCHANTS)
with app.app_context():
    engine = db.engine

def answer(wanted):
    left = wanted["steps"]

    def step(*_):
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    for target, name in (
        (engine, "before_cursor_execute"), (engine, "commit"), (Session, "after_commit")
    ):
        event.listen(target, name, step)
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    if wanted["secret"]:
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = wanted["secret"]
    headers = {"Idempotency-Key": wanted["key"]}
    said = browser.post(wanted["path"], data=wanted["fields"], headers=headers).status_code
    os._exit(0 if said in (201, 204) else 1)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        answer(json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
#: More steps than any request takes.
MOST = 120


@dataclass
class Killer:
    """The site in another process, that is killed when one says."""

    process: subprocess.Popen[str]

    def kill(
        self, steps: int, path: str, fields: dict[str, str], *, secret: str = "", key: str = ""
    ) -> bool:
        """Have a request answered by a process that is killed; whether it was, or ended before."""
        wanted = {"steps": steps, "path": path, "fields": fields, "secret": secret, "key": key}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(wanted)}\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        assert code in (0, -signal.SIGKILL), f"the request ended with {code}"
        return code != 0


@dataclass
class Bar(Site):
    """The site, someone who serves, someone who buys, and what they buy."""

    cookies: dict[str, str] = field(default_factory=dict)
    ada: int = 0
    juice: int = 0

    def post(self, path: str, key: str, *, cookie: str, **body: Any) -> tuple[int, str, bool]:
        """The answer of this process, and whether it says that it is not the first."""
        answer = self._browser(cookie).post(path, data=body, headers={"Idempotency-Key": key})
        return answer.status_code, answer.text, "Idempotent-Replay" in answer.headers

    def is_whole(self) -> bool:
        """Whether money, stock and the day are what the ledger says, for who buys."""

        def total(column: Any) -> Any:
            return sa.select(sa.func.coalesce(sa.func.sum(column), 0)).scalar_subquery()

        stmt = sa.select(
            total(BarTransaction.balance_change_cents),
            total(BarTransaction.stock_change),
            total(BarDailyData.balance_change_cents),
            total(BarDailyData.items_bought_count),
            sa.select(BarAccount.balance_cents)
            .where(BarAccount.pceen_id == self.ada)
            .scalar_subquery(),
            sa.select(BarItem.quantity).where(BarItem.id == self.juice).scalar_subquery(),
        )
        money, stock, day, items, balance, left = self.ask(
            lambda session: [int(one) for one in session.execute(stmt).one()]
        )
        return (balance, left, day, items) == (100_000 + money, 1000 + stock, money, -stock)


@pytest.fixture
def bar(shared: Flask) -> Iterator[Bar]:
    shared.extensions["lydia"] = Spoken()
    bar = Bar(shared)
    bar.cookies = {
        "barman": bar.cookie(bar.customer(rights=((T.write, S.bar),))),
        "boss": bar.cookie(bar.customer(rights=((T.all, S.bar),))),
    }
    bar.ada = bar.customer(100_000)
    bar.juice = bar.item(quantity=1000, alcohol_mass=0, price_cents=100)
    yield bar
    with shared.app_context():
        db.session.remove()


@pytest.fixture
def killer(bar: Bar) -> Iterator[Killer]:
    with bar.app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    with process:
        yield Killer(process)
        assert process.stdin is not None
        process.stdin.close()


def test_killed_before_any_step_of_a_sale_it_is_sold_once_when_asked_again(
    bar: Bar, killer: Killer
) -> None:
    path, cookie = f"/api/bar/pay/{bar.ada}/{bar.juice}", bar.cookies["barman"]
    seen, steps = set(), 0
    for steps in range(MOST):
        before, key = bar.lines(), new_key()
        was_killed = killer.kill(steps, path, {}, secret=cookie, key=key)
        written = bar.lines() - before
        seen.add(written)
        assert written in (0, 1)
        assert bar.is_whole()

        first, second = (bar.post(path, key, cookie=cookie) for _ in range(2))

        assert first[:2] == second[:2]
        assert (first[0], first[2], second[2]) == (201, written == 1, True)
        assert bar.lines() == before + 1
        assert bar.is_whole()
        if not was_killed:
            break

    assert bar.faults() == []
    assert seen == {0, 1}
    assert 8 < steps < MOST - 1


def test_killed_before_any_step_of_an_undoing_it_is_undone_once_when_asked_again(
    bar: Bar, killer: Killer
) -> None:
    cookie = bar.cookies["barman"]
    seen, steps = set(), 0
    for steps in range(MOST):
        sold = bar.post(f"/api/bar/pay/{bar.ada}/{bar.juice}", new_key(), cookie=cookie)
        number = json.loads(sold[1])["transaction"]["id"]
        path, key = f"/api/bar/revert_transaction/{number}", new_key()
        was_killed = killer.kill(steps, path, {}, secret=cookie, key=key)
        written = bar.lines(BarTransaction.reverses_id == number)
        seen.add(written)
        assert bar.is_whole()

        first, second = (bar.post(path, key, cookie=cookie) for _ in range(2))

        assert first[:2] == second[:2]
        assert (first[0], first[2]) == (201, written == 1)
        assert bar.lines(BarTransaction.reverses_id == number) == 1
        assert bar.is_whole()
        if not was_killed:
            break

    assert bar.faults() == []
    assert seen == {0, 1}
    assert 10 < steps < MOST - 1
    assert bar.balance(bar.ada) == 100_000


def test_killed_before_any_step_of_a_confirmation_it_is_credited_once_when_told_again(
    bar: Bar, killer: Killer
) -> None:
    steps = 0
    for steps in range(MOST):
        payment = bar.payment(bar.ada, 100)
        credited = BarTransaction.payment_id == payment.id
        said = said_by_lydia(payment)
        was_killed = killer.kill(steps, CONFIRM, said)
        outcome = bar.status(payment), bar.lines(credited)
        assert outcome in ((PaymentStatus.waiting, 0), (PaymentStatus.accepted, 1))
        assert bar.is_whole()

        assert [bar.called(said)() for _ in range(2)] == [204, 204]

        assert (bar.status(payment), bar.lines(credited)) == (PaymentStatus.accepted, 1)
        assert bar.is_whole()
        if not was_killed:
            break

    assert bar.faults() == []
    assert 20 < steps < MOST - 1
    assert bar.balance(bar.ada) == 100_000 + 100 * (steps + 1)


def test_killed_before_any_step_of_taking_back_what_was_paid_online_both_books_agree(
    bar: Bar, killer: Killer
) -> None:
    steps = 0
    for steps in range(MOST):
        payment = bar.payment(bar.ada, 100)
        assert bar.called(said_by_lydia(payment))() == 204
        number = bar.ask(
            lambda session, key=payment.id: session.scalars(  # type: ignore[misc]
                sa.select(BarTransaction.id).where(BarTransaction.payment_id == key)
            ).one()
        )
        path, key = f"/api/bar/revert_transaction/{number}", new_key()
        fields = {"reason": "Erreur"}
        was_killed = killer.kill(steps, path, fields, secret=bar.cookies["boss"], key=key)
        undone = BarTransaction.reverses_id == number
        outcome = bar.status(payment), bar.lines(undone)
        assert outcome in ((PaymentStatus.accepted, 0), (PaymentStatus.cancelled, 1))
        assert bar.is_whole()

        answer = bar.post(path, key, cookie=bar.cookies["boss"], **fields)

        assert (answer[0], answer[2]) == (201, outcome[1] == 1)
        assert (bar.status(payment), bar.lines(undone)) == (PaymentStatus.cancelled, 1)
        assert bar.is_whole()
        if not was_killed:
            break

    assert bar.faults() == []
    assert 15 < steps < MOST - 1
    assert bar.balance(bar.ada) == 100_000


def test_cut_off_before_any_statement_of_a_sale_it_says_so_and_is_sold_once_when_asked_again(
    bar: Bar,
) -> None:
    with bar.app.app_context():
        engine = db.engine
    path, cookie = f"/api/bar/pay/{bar.ada}/{bar.juice}", bar.cookies["barman"]
    at = 0
    for at in range(MOST):
        before, key = bar.lines(), new_key()
        with cut(engine, at) as was_cut:
            status, _text, _again = bar.post(path, key, cookie=cookie)
        assert status == (503 if was_cut() else 201)
        assert bar.lines() == before + (not was_cut())
        assert bar.is_whole()

        assert bar.post(path, key, cookie=cookie)[0] == 201

        assert bar.lines() == before + 1
        assert bar.is_whole()
        if not was_cut():
            break

    assert bar.faults() == []
    assert 5 < at < MOST - 1
