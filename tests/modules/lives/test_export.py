"""The archive of what the site knows of someone (network-a 3.11)."""

import json
import re
import stat
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, TypeAlias
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.extensions import db
from app.models import AuditEvent, DataExport, PCeen
from app.models.personal import CARE
from app.modules.lives.mails import ExportFailed, ExportReady
from app.modules.lives.service import archive, exports
from app.web.module import all_effects
from app.worker import run_due
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory
from tests.modules.lives.conftest import Proved
from tests.modules.lives.people import HERS, settle, somebody

Waiting: TypeAlias = tuple[Flask, Session, PCeen, Path]


def work(app: Flask) -> None:
    """Have the worker do what waits, mails aside."""
    with app.app_context():
        run_due(db.session(), all_effects(), kinds=["lives.build_export"])


def rows(session: Session, pceen: PCeen) -> list[DataExport]:
    session.expire_all()
    stmt = sa.select(DataExport).where(DataExport.pceen_id == pceen.id).order_by(DataExport.id)
    return list(session.scalars(stmt))


@pytest.fixture
def ada(session: Session) -> PCeen:
    return PCeenFactory(prenom="Ada", nom="Lovelace")


@pytest.fixture
def waiting(app: Flask, session: Session, ada: PCeen, exports_dir: Path) -> Waiting:
    """What an archive is made with, for whom, and where."""
    return app, session, ada, exports_dir


@pytest.fixture
def browser(ada: PCeen, proved: Proved, exports_dir: Path) -> Client:
    """The browser of Ada, who has just proved who she is."""
    return proved(ada)


@pytest.fixture
def link(browser: Client, app: Flask, outbox: Outbox) -> str:
    """The link of the archive of Ada."""
    assert browser.post("/profile/export").status_code == 303
    work(app)
    (mail,) = (one for one in outbox() if isinstance(one, ExportReady))
    return f"/profile/export/{mail.secret}"


def take(browser: Client, link: str) -> TestResponse:
    """Open the link of an archive, to the end of it."""
    answer = browser.get(link)
    assert answer.data
    answer.close()
    return answer


def read(path: Path) -> dict[str, Any]:
    """What an archive holds: a list by table."""
    with ZipFile(path) as opened:
        assert opened.testzip() is None
        texts = {name: opened.read(name).decode() for name in opened.namelist()}
    return {Path(n).stem: json.loads(t) for n, t in texts.items() if n.endswith(".json")}


def test_it_shows_every_personal_column_of_every_table(
    app: Flask, session: Session, gri: PCeen, tmp_path: Path
) -> None:
    her = somebody()
    settle(session, her, gri)

    with app.app_context():
        exports.write(session, pceen=her, path=tmp_path / "a.zip")

    shown = read(tmp_path / "a.zip")
    assert set(shown) == set(CARE)
    for name, care in CARE.items():
        assert shown[name], f"{name}: fill it"
        assert {key for row in shown[name] for key in row} == set(care.personal), name
    link = f"/photos/c{HERS.rank}/gala/{HERS.rank}.jpg"
    assert [row["photo_id"] for row in shown["photo_tag"]] == [link]
    assert shown["pceen"][0]["email"] == HERS.email
    assert shown["pceen_role"] == [{"role_id": f"role of {HERS.rank}"}]
    assert {row["mac_address"] for row in shown["device"]} == {HERS.mac}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", shown["device"][0]["registered_at"])
    with ZipFile(tmp_path / "a.zip") as opened:
        assert HERS.full_name in opened.read("LISEZ-MOI.txt").decode()


def test_it_says_nothing_of_others(
    app: Flask, session: Session, gri: PCeen, tmp_path: Path
) -> None:
    her = somebody()
    settle(session, her, gri)
    session.add(
        AuditEvent(
            action="account.pceen.change",
            actor_id=her.id,
            object_type="PCeen",
            object_id=gri.id,
            before={"nom": "Sesame"},
            reason="Sesame",
        )
    )
    session.add(
        AuditEvent(
            action="account.pceen.change",
            object_type="PCeen",
            object_id=her.id,
            actor_id=gri.id,
            address="203.0.113.9",
        )
    )
    session.commit()

    with app.app_context():
        exports.write(session, pceen=her, path=tmp_path / "a.zip")

    with ZipFile(tmp_path / "a.zip") as opened:
        text = "".join(opened.read(name).decode() for name in opened.namelist())
    for word in (gri.nom, gri.username, gri.email, "Sesame", "203.0.113.9", "Une voisine"):
        assert str(word) not in text, word


def test_it_is_asked_made_told_and_taken(
    session: Session, ada: PCeen, browser: Client, link: str, exports_dir: Path
) -> None:
    (made,) = rows(session, ada)
    assert made.file is not None
    path = exports_dir / made.file
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(exports_dir.stat().st_mode) == 0o700
    assert made.size == path.stat().st_size

    answer = take(browser, link)

    assert answer.status_code == 200
    assert answer.data == path.read_bytes()
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert take(browser, link).status_code == 200  # as often as one wants
    assert "Prête" in browser.get("/profile/").text


def test_nobody_else_takes_it(link: str, proved: Proved, client: Client, gri: PCeen) -> None:
    assert proved(PCeenFactory()).get(link).status_code == 404
    assert proved(gri).get(link).status_code == 404
    assert client.get(link).status_code == 302
    assert proved(PCeenFactory()).get("/profile/export/wrong").status_code == 404


def test_it_is_gone_after_a_week(
    app: Flask, session: Session, ada: PCeen, proved: Proved, link: str, exports_dir: Path
) -> None:
    assert len(list(exports_dir.iterdir())) == 1
    for days, status in ((6.99, 200), (7.01, 404)):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            assert take(proved(ada), link).status_code == status
    with time_machine.travel(clock.now() + timedelta(days=7.01), tick=False), app.app_context():
        exports.tidy(db.session(), directory=exports_dir)
    assert list(exports_dir.iterdir()) == []
    assert [one.file for one in rows(session, ada)] == [None]


def test_one_at_a_time_three_a_day(
    app: Flask, session: Session, ada: PCeen, browser: Client
) -> None:
    assert browser.post("/profile/export").status_code == 303
    again = browser.post("/profile/export", follow_redirects=True)
    assert "déjà en préparation" in again.text
    work(app)
    for _time in range(2):
        browser.post("/profile/export")
        work(app)
    assert len(rows(session, ada)) == 3

    fourth = browser.post("/profile/export", follow_redirects=True)

    assert "attendez demain" in fourth.text
    assert len(rows(session, ada)) == 3
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)), app.app_context():
        exports.ask(session, pceen=ada, asked=exports.Asked())


def test_it_takes_a_recent_proof_and_the_person(session: Session, ada: PCeen, login: Login) -> None:
    answer = login(ada).post("/profile/export")

    assert (answer.status_code, answer.location) == (303, "/reauth?next=/profile/")
    assert rows(session, ada) == []


def test_a_full_disk_is_told_and_it_may_be_asked_again(
    waiting: Waiting, browser: Client, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, session, ada, exports_dir = waiting

    def full(_session: Session, *, pceen: PCeen, file: IO[bytes]) -> None:
        file.write(pceen.nom.encode())
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(archive, "write", full)
        browser.post("/profile/export")
        work(app)

    (failed,) = rows(session, ada)
    assert failed.failed_at is not None
    assert list(exports_dir.iterdir()) == []
    assert [one for one in outbox() if isinstance(one, ExportFailed)]
    assert "Ratée" in browser.get("/profile/").text
    browser.post("/profile/export")
    work(app)
    assert rows(session, ada)[-1].built_at is not None


def test_a_worker_killed_before_the_commit_leaves_nothing_for_ever(
    app: Flask,
    session: Session,
    ada: PCeen,
    browser: Client,
    exports_dir: Path,
) -> None:
    browser.post("/profile/export")
    exports_dir.mkdir(mode=0o700)
    orphan = exports_dir / "0123.zip"
    orphan.write_bytes(b"half of it")
    work(app)  # another worker makes it again

    with app.app_context():
        exports.tidy(db.session(), directory=exports_dir)
        assert orphan.exists()  # it may be being written
        with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
            exports.tidy(db.session(), directory=exports_dir)

    (made,) = rows(session, ada)
    assert [path.name for path in exports_dir.iterdir()] == [made.file]


def test_who_is_closed_meanwhile_gets_none(
    app: Flask, session: Session, ada: PCeen, browser: Client, exports_dir: Path, outbox: Outbox
) -> None:
    browser.post("/profile/export")
    ada.disabled_at = clock.now()
    session.commit()

    work(app)

    assert list(exports_dir.iterdir()) == []
    assert rows(session, ada)[0].failed_at is not None
    assert not [one for one in outbox() if isinstance(one, ExportReady | ExportFailed)]


def test_a_gri_has_it_made_for_someone_who_alone_takes_it(
    waiting: Waiting, gri: PCeen, proved: Proved, outbox: Outbox
) -> None:
    app, session, ada, _directory = waiting
    browser = proved(gri)
    path = f"/gris/pceens/{ada.id}/export"

    assert browser.post(path, data={"reason": ""}).status_code == 422
    answer = browser.post(path, data={"reason": "Demandé par mail"})

    assert answer.location == f"/gris/pceens/{ada.id}#data"
    work(app)
    (made,) = rows(session, ada)
    assert (made.reason, made.requested_by_id) == ("Demandé par mail", gri.id)
    (mail,) = (one for one in outbox() if isinstance(one, ExportReady))
    assert mail.to == ada.email
    assert browser.get(f"/profile/export/{mail.secret}").status_code == 404
    closed = PCeenFactory(disabled_at=clock.now())
    refused = browser.post(f"/gris/pceens/{closed.id}/export", data={"reason": "x"})
    assert refused.status_code == 409
