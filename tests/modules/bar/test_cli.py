"""``flask bar``, its tasks and its job."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core.tasks import TaskFailed
from app.models import BarAccount, BarDailyData, PCeen
from app.modules.bar import tasks
from app.modules.bar.jobs import VERIFY
from app.modules.bar.mails import LedgerWrong
from app.modules.bar.service import verify
from tests.conftest import Outbox
from tests.modules.bar.ledgers import Bar, drinker, open_bar


@pytest.fixture
def bar(session: Session) -> Bar:
    return open_bar(session)


@pytest.fixture
def ada(bar: Bar) -> PCeen:
    ada = bar.open(drinker(), 1000)
    bar.sell(ada, bar.beer)
    return ada


def spoil(session: Session, who: PCeen) -> None:
    """Alter a balance by a cent."""
    mine = sa.update(BarAccount).where(BarAccount.pceen_id == who.id)
    session.execute(mine.values(balance_cents=BarAccount.balance_cents + 1))
    session.commit()


def forget_days(session: Session) -> None:
    session.execute(sa.delete(BarDailyData))
    session.commit()


@pytest.mark.parametrize("name", ["audit", "verify"])
def test_a_ledger_that_adds_up_is_said_to(cli: FlaskCliRunner, ada: PCeen, name: str) -> None:
    result = cli.invoke(args=["bar", name])

    assert (result.exit_code, result.stdout) == (0, "")
    assert "say the same" in result.stderr


@pytest.mark.parametrize("name", ["audit", "verify"])
def test_a_cent_is_found(
    cli: FlaskCliRunner, session: Session, ada: PCeen, outbox: Outbox, name: str
) -> None:
    spoil(session, ada)

    result = cli.invoke(args=["bar", name])

    assert result.exit_code == 1
    said = result.stdout.replace("\xa0", " ")
    assert f"compte {ada.id} : le solde est 6,51 €, le journal dit 6,50 €" in said
    assert outbox() == []


def test_the_gris_are_told_if_asked(
    cli: FlaskCliRunner, session: Session, ada: PCeen, outbox: Outbox
) -> None:
    cli.invoke(args=["bar", "audit", "--alert"])
    assert outbox() == []
    spoil(session, ada)

    assert cli.invoke(args=["bar", "audit", "--alert"]).exit_code == 1

    (mail,) = outbox()
    assert isinstance(mail, LedgerWrong)
    assert len(mail.faults) == 1


def test_days_are_made_again(cli: FlaskCliRunner, session: Session, ada: PCeen) -> None:
    forget_days(session)

    dry = cli.invoke(args=["bar", "rebuild-daily", "--dry-run"])
    assert (dry.exit_code, "1 days would change." in dry.stderr) == (0, True)
    assert session.scalars(sa.select(BarDailyData)).all() == []
    done = cli.invoke(args=["bar", "rebuild-daily"])

    assert (done.exit_code, "1 days changed." in done.stderr) == (0, True)
    assert "rien, le journal dit solde 6,50" in done.stdout.replace("\xa0", " ")
    again = cli.invoke(args=["bar", "rebuild-daily"])
    assert (again.exit_code, again.stdout) == (0, "")
    assert "0 days changed." in again.stderr


# The tasks, and the job


class Far:
    """How far a task is."""

    cancelled = False

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.told.append((done, total))


def run(app: Flask, session: Session, name: str, *, dry: bool = False, **values: Any) -> object:
    (task,) = (one for one in tasks.TASKS if one.name == name)
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        work = task.dry_run if dry else task.run
        assert work is not None
        return work(session, values, Far())


def test_the_task_that_verifies_fails_on_a_cent(
    app: Flask, session: Session, ada: PCeen, outbox: Outbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(app, session, "bar.verify", alert=True) == "Les comptes du bar tombent juste."
    spoil(session, ada)

    with pytest.raises(TaskFailed, match="ne tombent pas juste"):
        run(app, session, "bar.verify", alert=True)

    assert f"compte {ada.id}" in capsys.readouterr().out
    assert [type(one) for one in outbox()] == [LedgerWrong]


def test_the_task_makes_days_again(
    app: Flask, session: Session, ada: PCeen, capsys: pytest.CaptureFixture[str]
) -> None:
    forget_days(session)

    assert run(app, session, "bar.rebuild-daily", dry=True) == "1 jour serait recalculé."
    assert run(app, session, "bar.rebuild-daily") == "1 jour recalculé."
    assert str(run(app, session, "bar.rebuild-daily")).startswith("0 jour")
    assert capsys.readouterr().out.count(f"compte {ada.id}") == 2


def test_each_morning_the_gris_are_told_of_what_is_wrong_once(
    app: Flask, session: Session, ada: PCeen, outbox: Outbox
) -> None:
    with app.app_context():
        VERIFY.run(session)
        assert outbox() == []
        spoil(session, ada)
        VERIFY.run(session)
        VERIFY.run(session)
        assert len(verify.faults(session)) == 1

    (mail,) = outbox()
    assert isinstance(mail, LedgerWrong)
    assert mail.to == "gri@example.org"
