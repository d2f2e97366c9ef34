"""The commands of the whole site."""

import importlib
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core.jobs import Job
from app.extensions import db
from app.integrations.bar_pictures import PictureStore
from app.integrations.club_q_files import ClubQFiles
from app.integrations.folders import BannersFiles, BekkFiles, TheatreFiles
from app.integrations.mailer import Mail
from app.integrations.photo_store import PhotoStore
from app.models import Base, JobRun, Offer, OutboxEntry, PCeen, Room, StoredChoice, defer
from app.modules.account.demo import CAST, PASSWORD
from app.modules.account.mails import PasswordChanged
from app.web.module import Module
from tests import database_urls
from tests.client import Client
from tests.conftest import Outbox
from tests.visitors import snapshot

#: Where the modules keep files, and what keeps them there.
FOLDERS = {
    "photo_store": PhotoStore,
    "bar_pictures": PictureStore,
    "club_q_files": ClubQFiles,
    "bekk_files": BekkFiles,
    "theatre_files": TheatreFiles,
    "banners_files": BannersFiles,
}
#: What differs between two demonstrations: secrets that are drawn, instants that pass.
DRAWN = re.compile(
    r"'\$argon2[^']*'|'[\w-]{22}'|datetime\.(datetime|date)\([^)]*\)+|\d{4}-\d\d-\d\dT[^']+"
)
GRI_PAGES = ("/gris/", "/gris/pceens", "/gris/roles")


@pytest.fixture
def demo(shared: Flask, tmp_path: Path) -> Iterator[FlaskCliRunner]:
    """A terminal, on a database where nobody is yet, and a disk where no photo is."""
    shared.extensions["photo_store"] = PhotoStore(tmp_path / "photos")
    yield shared.test_cli_runner()
    with shared.app_context():
        db.session.remove()


def load(terminal: FlaskCliRunner) -> str:
    result = terminal.invoke(args=["demo", "load", "--size", "small"])
    assert result.exit_code == 0, result.output
    return result.output


def rows(app: Flask) -> dict[str, list[str]]:
    with app.app_context(), db.session() as session:
        held = snapshot(session)
    for name in ("audit_seal", "audit_head"):  # digests of instants that pass
        held[name] = [str(len(held[name]))]
    return {name: [DRAWN.sub("", row) for row in of_it] for name, of_it in held.items()}


def test_a_demonstration_is_loaded_once(shared: Flask, demo: FlaskCliRunner) -> None:
    first = load(demo)
    before = rows(shared)

    again = load(demo)

    assert "nothing was changed" in again
    assert first.split("Who to log in as")[1] == again.split("Who to log in as")[1]
    assert rows(shared) == before


def test_a_demonstration_is_not_loaded_over_people(session: Session, cli: FlaskCliRunner) -> None:
    session.add(PCeen(prenom="Ada", nom="Lovelace", username="ada"))
    session.commit()

    output = load(cli)

    assert "nothing was changed" in output
    assert PASSWORD not in output
    assert session.scalars(sa.select(PCeen.username)).all() == ["ada"]


def test_the_demonstration_is_the_same_everywhere(
    shared: Flask, demo: FlaskCliRunner, furnished: sa.URL, tmp_path: Path
) -> None:
    load(demo)
    before = rows(shared)
    with shared.app_context():
        db.session.remove()
        db.engine.dispose()
    database_urls.copied(furnished, tmp_path, Base.metadata)  # in its place

    load(demo)

    assert {len(held) for held in before.values()} != {0}
    assert rows(shared) == before


def test_the_accounts_that_are_printed_open_what_is_said(
    shared: Flask, demo: FlaskCliRunner
) -> None:
    printed = load(demo)
    names = re.findall(r"^  (\w+) +\S", printed, re.MULTILINE)
    assert len(names) == len(CAST)
    assert PASSWORD in printed
    opened: dict[str, list[int]] = {}

    for name in names:
        browser = shared.test_client()
        assert isinstance(browser, Client)
        entered = browser.post("/login", data={"identifier": name, "password": PASSWORD})
        assert (entered.status_code, entered.location) == (303, "/"), name
        assert browser.get("/").status_code == 200
        opened[name] = [browser.get(path).status_code for path in GRI_PAGES]

    gri = next(name for name, part in zip(names, CAST, strict=True) if "gri" in part[3])
    assert opened.pop(gri) == [200, 200, 200]
    assert all(statuses == [403, 403, 403] for statuses in opened.values())


def test_the_demonstration_shows_each_situation(shared: Flask, demo: FlaskCliRunner) -> None:
    load(demo)

    held = rows(shared)

    for table in ("pceen", "rental", "device", "allocation", "ban", "ban_address"):
        assert held[table], table
    assert len(held["room"]) == 160


def test_the_worker_does_what_is_due_then_stops(
    session: Session, cli: FlaskCliRunner, mailbox: list[Mail], outbox: Outbox
) -> None:
    defer(session, PasswordChanged(to="ada@example.org", locale="fr"))
    session.commit()

    result = cli.invoke(args=["worker", "--once"])

    assert result.exit_code == 0, result.output
    assert len(mailbox) == 1
    assert outbox() == []
    session.expire_all()
    assert session.scalar(sa.select(sa.func.count(OutboxEntry.sent_at))) == 1
    assert "network.tick" in session.scalars(sa.select(JobRun.job)).all()


@pytest.fixture
def jobs(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What ran, of the two jobs that there are."""
    ran: list[str] = []
    fine = Job(name="test.fine", label="Fine", run=lambda _: ran.append("fine"), cron="0 4 * * *")
    bad = Job(name="test.bad", label="Bad", run=lambda _: ran[9])
    module = Module(name="test", blueprints=(), jobs=(fine, bad))
    monkeypatch.setitem(app.extensions, "modules", (module,))
    return ran


def test_jobs_are_run_and_listed(session: Session, cli: FlaskCliRunner, jobs: list[str]) -> None:
    before = cli.invoke(args=["jobs", "list"]).output
    done = cli.invoke(args=["jobs", "run", "test.fine"])
    failed = cli.invoke(args=["jobs", "run", "test.bad"])
    after = cli.invoke(args=["jobs", "list"]).output

    assert [line.split()[-1] for line in before.splitlines()] == ["never", "never"]
    assert (done.exit_code, done.output, jobs) == (0, "Done.\n", ["fine"])
    assert failed.exit_code == 1
    assert "IndexError" in failed.output
    assert [line.split()[0] for line in after.splitlines()] == ["test.fine", "test.bad"]
    assert "0 4 * * *" in after.splitlines()[0]
    assert after.splitlines()[0].endswith("done")
    assert "IndexError" in after.splitlines()[1]


def test_a_job_that_does_not_exist_is_said(session: Session, cli: FlaskCliRunner) -> None:
    result = cli.invoke(args=["jobs", "run", "no.such"])

    assert result.exit_code == 1
    assert "No job is called no.such." in result.output


CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Bonjour"
msgstr "{hello}"
"""


@pytest.mark.once
@pytest.mark.parametrize(("hello", "status"), [("Hello", 0), ("", 1)])
def test_a_sentence_left_untranslated_fails_the_check(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hello: str, status: int
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/page.py").write_text('_("Bonjour")\n')
    place = tmp_path / "en/LC_MESSAGES/messages.po"
    place.parent.mkdir(parents=True)
    place.write_text(CATALOGUE.format(hello=hello), encoding="utf-8")
    translate = importlib.import_module("app.cli.translate")  # not the command of that name
    monkeypatch.setattr(translate, "ROOT", tmp_path)
    monkeypatch.setattr(translate, "CATALOGUES", tmp_path)

    result = app.test_cli_runner().invoke(args=["translate", "check"])

    assert result.exit_code == status, result.output
    assert ("en: Bonjour" in result.output) is bool(status)


def test_the_worker_outlives_a_database_that_goes_away(
    cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker_cli = importlib.import_module("app.cli.worker")  # the package names the command so
    turns: list[str] = []

    def run_due(*_: object, **__: object) -> int:
        turns.append("turn")
        if len(turns) == 1:
            raise sa.exc.OperationalError("SELECT", {}, ConnectionError())
        signal.raise_signal(signal.SIGTERM)
        return 0

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr(worker_cli, "run_due", run_due)
    monkeypatch.setattr(worker_cli, "run_jobs", lambda *_: [])
    monkeypatch.setattr(worker_cli, "PAUSE", 0)
    try:
        result = cli.invoke(args=["worker", "--kinds", "account"])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

    assert (result.exit_code, turns) == (0, ["turn", "turn"])


def test_every_page_is_listed_with_who_may_open_it(cli: FlaskCliRunner) -> None:
    lines = cli.invoke(args=["access"]).output.splitlines()

    doors = {line.split()[0]: line.split(maxsplit=2)[2] for line in lines}
    assert doors["/login"] == "anonymous"
    assert doors["/register/rezident"] == "anonymous and internal"
    assert doors["/gris/roles"] == "in_person and write/role or all/gris"


def test_a_seed_makes_what_is_missing_and_nothing_the_second_time(
    app: Flask, session: Session, cli: FlaskCliRunner
) -> None:
    session.execute(sa.delete(StoredChoice).where(StoredChoice.key == "DEVICE_LIMIT"))
    session.execute(sa.delete(Offer).where(Offer.slug == "3months"))
    session.execute(sa.delete(Room).where(Room.num == 312))
    session.commit()

    first = cli.invoke(args=["seed"])
    assert first.exit_code == 0, first.output
    session.rollback()
    before = snapshot(session)
    second = cli.invoke(args=["seed"])
    session.rollback()

    assert {"DEVICE_LIMIT", "3months", "312"} <= set(first.output.split())
    assert second.output.strip() == "0 made."
    assert snapshot(session) == before


def test_the_janitor_does_the_hourly_cleaning_of_each_module(
    app: Flask,
    session: Session,
    cli: FlaskCliRunner,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name, kind in FOLDERS.items():
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setitem(app.extensions, name, kind(folder))

    result = cli.invoke(args=["janitor"])

    assert result.exit_code == 0, result.output
    done = set(session.scalars(sa.select(JobRun.job).where(JobRun.error.is_(None))))
    assert {"janitor", "photos.janitor", "bekk.janitor", "theatre.janitor"} <= done
