"""What is done of an account from a terminal, and by a task."""

from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.core.tasks import TaskFailed
from app.enums import LoginMethod
from app.extensions import db
from app.models import AuditEvent, DataExport, LoginSession, MergedAccount, PCeen
from app.modules.account.mails import Invitation
from app.modules.lives.tasks import TASKS
from tests.conftest import Outbox
from tests.factories import PCeenFactory, RentalFactory

TASK = {task.name: task for task in TASKS}


class Watcher:
    """Where a task says how far it is."""

    cancelled = False

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.told.append((done, total))


def run(cli: FlaskCliRunner, *words: str, fails: bool = False) -> str:
    """What a command says."""
    done = cli.invoke(args=["accounts", *words])
    assert bool(done.exit_code) is fails, done.output
    assert "Traceback" not in done.output
    return str(done.output)


@pytest.fixture
def ada(session: Session) -> PCeen:
    return PCeenFactory(prenom="Ada", username="ada", promo=None)


def test_an_account_is_closed_opened_and_its_log_ins_ended(
    cli: FlaskCliRunner, session: Session, ada: PCeen, outbox: Outbox
) -> None:
    session.add(LoginSession(pceen=ada, method=LoginMethod.password))
    ada.activated = False
    session.commit()

    run(cli, "sessions-end", "ada")
    assert session.scalars(sa.select(LoginSession)).all() == []
    run(cli, "disable", "ada", "--reason", "Vol")
    session.expire_all()
    assert (ada.is_disabled, ada.disabled_reason) == (True, "Vol")
    assert "désactivé" in run(cli, "disable", "ada", fails=True)
    run(cli, "enable", "ada")
    run(cli, "invite", "ada")
    session.expire_all()
    assert not ada.is_disabled
    assert [mail for mail in outbox() if isinstance(mail, Invitation)]
    assert "n'existe pas" in run(cli, "invite", "nobody", fails=True)


def test_the_last_gri_is_not_closed(cli: FlaskCliRunner, session: Session) -> None:
    PCeenFactory(username="last", slugs=["gri"])

    assert "aucun GRI" in run(cli, "disable", "last", fails=True)
    assert "aucun GRI" in run(cli, "erase", "last")


def test_a_merge_is_told_then_done(cli: FlaskCliRunner, session: Session, ada: PCeen) -> None:
    other = PCeenFactory(username="other", promo=141)
    RentalFactory(pceen=other)

    plan = run(cli, "merge", "other", "ada")
    assert "--apply" in plan
    assert "promo" in plan
    assert session.scalars(sa.select(MergedAccount)).all() == []
    run(cli, "merge", "other", "ada", "--apply")

    session.expire_all()
    assert ada.promo == 141
    assert session.scalars(sa.select(MergedAccount.kept_id)).all() == [ada.id]
    assert "même compte" in run(cli, "merge", "ada", "ada", fails=True)
    assert "n'existe pas" in run(cli, "merge", "other", "ada", "--apply", fails=True)


def test_an_archive_is_written_where_asked(
    cli: FlaskCliRunner, session: Session, ada: PCeen, tmp_path: Path
) -> None:
    path = Path(run(cli, "export", "ada", "--output", str(tmp_path)).strip())

    assert path.parent == tmp_path
    assert path.stat().st_mode & 0o777 == 0o600
    with ZipFile(path) as opened:
        assert "pceen.json" in opened.namelist()
    actions = session.scalars(sa.select(AuditEvent.action)).all()
    assert "account.export.ask" in actions


def test_an_erasure_is_told_asked_then_done(
    cli: FlaskCliRunner, session: Session, ada: PCeen
) -> None:
    rental = RentalFactory(pceen=ada, room_num=216)
    assert "216" in run(cli, "erase", "ada")
    assert "216" in run(cli, "erase", "ada", "--apply", fails=True)
    rental.open_room = rental.open_pceen = None
    session.commit()

    run(cli, "erase", "ada", "--apply")
    session.expire_all()
    assert ada.erasure_requested_at is not None
    assert not ada.is_erased
    run(cli, "erase", "ada", "--apply", "--now")

    session.expire_all()
    assert ada.is_erased
    assert "n'existe pas" in run(cli, "erase", "ada", fails=True)


def test_the_tasks_do_the_same(
    app: Flask, session: Session, ada: PCeen, capsys: pytest.CaptureFixture[str]
) -> None:
    other = PCeenFactory(username="other")
    values = {"kept": ada.id, "absorbed": other.id}
    merge, dry = TASK["accounts.merge"], TASK["accounts.merge"].dry_run
    assert dry is not None

    with app.app_context():
        dry(db.session(), values, Watcher())
        assert "other" in capsys.readouterr().out
        merge.run(db.session(), values, Watcher())
        for wrong in (values, {"kept": ada.id, "absorbed": ada.id}):
            with pytest.raises(TaskFailed):
                merge.run(db.session(), wrong, Watcher())
        TASK["accounts.export"].run(db.session(), {"person": ada.id, "why": "x"}, Watcher())
        with pytest.raises(TaskFailed):
            TASK["accounts.export"].run(db.session(), {"person": ada.id, "why": "x"}, Watcher())
    assert session.scalars(sa.select(DataExport.reason)).all() == ["x"]


def test_the_task_of_the_erasures_says_how_far_it_is(
    app: Flask, session: Session, cli: FlaskCliRunner
) -> None:
    people = [PCeenFactory(username=f"p{number}") for number in range(3)]
    for pceen in people:
        run(cli, "erase", pceen.username, "--apply")
        pceen.erasure_requested_at = clock.now() - timedelta(days=15)
    session.commit()
    task, watcher = TASK["accounts.erase_due"], Watcher()
    assert task.dry_run is not None

    with app.app_context():
        said = task.dry_run(db.session(), {}, Watcher())
        done = task.run(db.session(), {}, watcher)

    assert said == done == "3 personnes à effacer."
    assert watcher.told == [(1, 3), (2, 3), (3, 3)]
    session.expire_all()
    assert all(pceen.is_erased for pceen in people)
