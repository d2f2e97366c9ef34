"""What may go wrong with backups: nothing half done counts, and what is wrong is said in words."""

import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskCliRunner
from pydantic import SecretStr
from sqlalchemy.orm import Session

from app.core import clock
from app.core.tasks import TaskCancelled
from app.enums import TaskState
from app.integrations.backup import databases, programs
from app.integrations.backup.databases import SQLite, make_database
from app.integrations.backup.errors import (
    DiskFull,
    DumpDamaged,
    NotCopied,
    ProgramFailed,
    ProgramMissing,
    RepositoryAway,
    RepositoryDamaged,
    RepositoryLocked,
    RepositoryMissing,
    RepositoryThere,
    Unreadable,
    WrongPassword,
)
from app.integrations.backup.programs import Program
from app.integrations.backup.repository import Source
from app.models import OutboxEntry, TaskRun
from app.modules.operations import around, jobs
from app.modules.operations.errors import (
    BackupOfNewerCode,
    BackupOfOtherDatabase,
    BackupRuns,
    DumpChanged,
    NoBackups,
    NoBackupYet,
    NoSuchBackup,
    PlaceEmptied,
    StagingUnusable,
)
from app.modules.operations.rules.backups import Place
from app.modules.operations.service.backups import keeping, making, restoring
from app.modules.operations.service.backups.site import Site, heeding, workbench
from app.settings import BackupSettings
from app.web import installation
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.modules.operations.backed_up import (
    HEADS,
    PASSWORD,
    Watcher,
    backup_settings,
    files,
    needs,
    small_site,
    write,
)

ROOT = Path(__file__).parents[3]
once = pytest.mark.once


@pytest.fixture
def site(repository: Path, tmp_path: Path) -> Site:
    """A small site on SQLite, with a file, and a repository that is empty."""
    shutil.copytree(repository, tmp_path / "repository")
    with closing(sqlite3.connect(tmp_path / "site.db")) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("CREATE TABLE alembic_version (version_num VARCHAR(64))")
        base.execute("INSERT INTO alembic_version VALUES (?)", tuple(HEADS))
        base.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
        base.executemany("INSERT INTO thing (name) VALUES (?)", [("x" * 900,)] * 300)
        base.commit()
    write(tmp_path / "old", ["photos/c/a/1.jpg"])
    made = small_site(
        f"sqlite:///{tmp_path / 'site.db'}", tmp_path / "old", backup_settings(tmp_path)
    )
    made.staging.mkdir()
    return made


def with_backup(site: Site, **values: Any) -> Site:
    """The same site, with other settings of its repository."""
    settings = site.repository.settings.model_copy(update=values)
    return replace(site, repository=replace(site.repository, settings=settings))


def create(site: Site, **acts: Callable[[], object]) -> making.Made:
    return making.create(site, progress=Watcher(**acts))


# What is not there


@once
@pytest.mark.parametrize(
    ("url", "tool", "package"),
    [
        ("sqlite:///x.db", "restic", "restic"),
        ("postgresql+psycopg2://pem@host/pem", "pg_dump", "postgresql-client"),
        ("mariadb+pymysql://pem@host/pem", "mariadb-dump", "mariadb-client"),
    ],
)
def test_a_program_that_is_not_installed_is_named_with_its_package(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, tool: str, package: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    database = make_database(url)
    if tool != "restic":
        monkeypatch.setattr(database, "_connected", lambda *_: closing(_Connection()))

    make = partial(create, site) if tool == "restic" else partial(database.dump, tmp_path / "dump")

    with pytest.raises(ProgramMissing) as refused:
        make()

    assert refused.value.details == {"program": tool, "package": package}


class _Connection:
    """One that was made, and whatever it is asked."""

    def scalar(self, _stmt: object) -> str:
        return "snapshot"

    def close(self) -> None:
        """Nothing is open."""


@once
def test_a_repository_that_is_not_there_is_not_made_by_the_way(site: Site, tmp_path: Path) -> None:
    elsewhere = with_backup(site, repository=str(tmp_path / "not-mounted"))

    with pytest.raises(RepositoryMissing):
        create(elsewhere)

    assert not (tmp_path / "not-mounted").exists()
    with pytest.raises(RepositoryThere):
        site.repository.init()


@once
def test_a_repository_that_does_not_answer_is_said_to_be_away(site: Site) -> None:
    away = with_backup(
        site,
        repository="rest:http://pem:hunter2@127.0.0.1:9/site",
        s3_access_key_id="key",
        s3_secret_access_key=SecretStr("hunter3"),
    )

    with pytest.raises(RepositoryAway) as refused:
        keeping.backups(away)

    assert "refused" in refused.value.message
    assert "hunter" not in refused.value.message


@once
def test_a_wrong_password_is_said_to_be_wrong(site: Site, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("another")

    with pytest.raises(WrongPassword) as refused:
        keeping.backups(with_backup(site, password_file=tmp_path / "other"))
    with pytest.raises(WrongPassword):
        keeping.backups(with_backup(site, password_file=tmp_path / "nothing"))

    assert "another" not in refused.value.message


# What goes wrong meanwhile


def empty_but_for_what_stays(site: Site) -> bool:
    return {path.name for path in site.staging.iterdir()} <= {"backup.lock", "cache", "last.json"}


@once
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_is_full_is_said_to_be(
    site: Site, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def full(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(SQLite, "_dump", full)

    with pytest.raises(DiskFull):
        create(site)

    assert keeping.backups(site) == []
    assert empty_but_for_what_stays(site)


@once
def test_a_program_whose_disk_is_full_says_so(tmp_path: Path) -> None:
    script = "echo 'pg_dump: error: could not write: No space left on device' >&2; exit 1"
    program = Program(command=["sh", "-c", script], environment=programs.surroundings())

    with pytest.raises(DiskFull):
        programs.check(program, programs.run(program))


@once
def test_what_a_program_complains_of_is_told_without_its_secrets() -> None:
    program = Program(
        command=["sh", "-c", "echo first >&2; echo no hunter2 here >&2; exit 3"],
        environment=programs.surroundings(PGPASSWORD="hunter2"),
        secrets=["hunter2"],
    )

    with pytest.raises(ProgramFailed) as refused:
        programs.check(program, programs.run(program))

    assert refused.value.details["why"] == "first / no … here"
    assert "hunter2" not in repr(refused.value)


@once
def test_programs_know_nothing_of_the_secrets_of_the_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    told: list[str] = []

    programs.lines(Program(command=["env"], environment=programs.surroundings()), told.append)

    assert any(line.startswith("PATH=") for line in told)
    assert "hunter2" not in "".join(told)


@once
@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg2://pem:hunter2@127.0.0.1:1/pem?sslmode=require",
        "mariadb+pymysql://pem:hunter2@127.0.0.1:1/pem?unix_socket=/nonexistent",
    ],
)
def test_the_password_of_the_database_is_on_no_command_line(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("pg_restore", "mariadb")
    seen: list[Program] = []
    check = programs.check

    def look(program: Program, ended: programs.Ended) -> None:
        seen.append(program)
        check(program, ended)

    monkeypatch.setattr(programs, "check", look)
    dump = tmp_path / "dump"
    dump.write_bytes(b"PGDMP")

    with pytest.raises(ProgramFailed) as refused:
        make_database(url).fill(dump)

    assert [" ".join(one.command).count("hunter2") for one in seen] == [0]
    assert "hunter2" not in repr(seen) + refused.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["dump"]


@once
def test_two_at_once_are_one_and_a_refusal(site: Site) -> None:
    with workbench(site.staging), pytest.raises(BackupRuns):
        create(site)

    assert keeping.backups(site) == []


@once
def test_a_staging_that_cannot_be_made_is_named(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StagingUnusable):
        create(replace(site, staging=tmp_path / "file" / "staging"))


@once
@pytest.mark.parametrize("at", ["Base de données", "Fichiers venus depuis", "Manifeste"])
def test_one_that_is_stopped_does_not_count(site: Site, at: str) -> None:
    def stop() -> None:
        raise TaskCancelled

    with pytest.raises(TaskCancelled):
        create(site, **{at.replace(" ", "_"): stop})

    with pytest.raises(NoBackupYet):
        keeping.find(site, "latest")
    assert empty_but_for_what_stays(site)


@once
def test_a_program_that_was_told_to_stop_too_did_not_fail() -> None:
    watcher = Watcher()

    with pytest.raises(RepositoryAway), heeding(watcher):
        raise RepositoryAway(why="no answer")
    watcher.cancelled = True
    with pytest.raises(TaskCancelled), heeding(watcher):
        raise ProgramFailed(program="restic", why="status -15")


@once
def test_one_that_is_asked_to_stop_stops_its_programs(tmp_path: Path) -> None:
    program = Program(command=["sleep", "60"], environment=programs.surroundings())
    began = time.monotonic()

    def tick() -> None:
        if time.monotonic() - began > 0.3:
            raise TaskCancelled

    with pytest.raises(TaskCancelled):
        programs.run(program, tick=tick)

    assert time.monotonic() - began < 5


@once
def test_one_that_is_killed_does_not_count_and_is_in_nobody_s_way(
    site: Site, tmp_path: Path
) -> None:
    tool = tmp_path / "bin" / "restic"
    tool.parent.mkdir()
    real = programs.find(["restic"], "restic")
    work = site.staging / "work" / "manifest.json"
    tool.write_text(
        f'#!/bin/sh\n[ -e {work} ] && touch {tmp_path}/reached && sleep 60\nexec {real} "$@"\n'
    )
    tool.chmod(0o755)
    script = f"from tests.modules.operations.test_backups import killed; killed({str(tmp_path)!r})"
    victim = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "PATH": f"{tool.parent}:{os.environ['PATH']}"},  # noqa: TID251  # a child's
        cwd=ROOT,
        start_new_session=True,
    )
    _wait_for(tmp_path / "reached")
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    assert (site.staging / "work" / "database.sqlite").exists()

    assert keeping.backups(site) == []
    made = create(site)
    keeping.verify(site, progress=Watcher())

    assert [one.snapshot.id[:8] for one in keeping.backups(site)] == [made.id]
    assert empty_but_for_what_stays(site)


def killed(folder: str) -> None:
    """Back up the site of the test, in a process that will be killed."""
    there = Path(folder)
    create(small_site(f"sqlite:///{there / 'site.db'}", there / "old", backup_settings(there)))


def _wait_for(path: Path) -> None:
    give_up_at = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


@pytest.fixture
def held(site: Site, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A copy that goes on: it waits for what it is to read."""
    settings = site.repository.settings
    held = subprocess.Popen(
        ["restic", "backup", "--stdin"],
        env={
            **programs.surroundings(),
            "RESTIC_REPOSITORY": str(settings.repository),
            "RESTIC_PASSWORD_FILE": str(settings.password_file),
            "RESTIC_CACHE_DIR": str(tmp_path / "other-cache"),
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    give_up_at = time.monotonic() + 60
    while not list((tmp_path / "repository" / "locks").iterdir()):
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
    yield held
    held.kill()
    held.wait()
    assert held.stdin is not None
    held.stdin.close()


@once
def test_the_lock_of_who_lives_is_respected_and_that_of_who_died_is_not(
    site: Site, held: subprocess.Popen[bytes]
) -> None:
    create(site)  # beside it

    with pytest.raises(RepositoryLocked):
        keeping.prune(site, progress=Watcher())

    held.kill()
    held.wait()
    assert keeping.prune(site, progress=Watcher()) == 0


@once
def test_a_file_that_cannot_be_read_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    said = '{"message_type":"error","error":{"Op":"open","Err":13},"item":"/srv/photos/a.jpg"}'
    gone = '{"message_type":"error","error":{"Op":"lstat","Err":2},"item":"/srv/photos/b.jpg"}'
    real = programs.lines

    def incomplete(program: Program, heard: Callable[[str], object]) -> programs.Ended:
        ended = real(program, heard)
        return programs.Ended(3, complaint) if "backup" in program.command else ended

    monkeypatch.setattr(programs, "lines", incomplete)
    source = Source(paths=[str(site.places[0].path)], tags=())
    complaint = f"{gone}\n{said}"
    with pytest.raises(Unreadable) as refused:
        site.repository.copy(source)
    complaint = gone
    copied = site.repository.copy(source)  # what has just gone is no reason to stop

    assert refused.value.details == {"path": "/srv/photos/a.jpg"}
    assert [path for path, _size in site.repository.files(copied.id)]


# What is not what it was


@once
def test_a_place_that_lost_all_its_files_is_a_disk_that_is_not_mounted(
    site: Site, tmp_path: Path
) -> None:
    create(site)
    (tmp_path / "old" / "photos" / "c" / "a" / "1.jpg").unlink()

    with pytest.raises(PlaceEmptied):
        create(site)
    assert len(keeping.backups(site)) == 1
    made = making.create(site, progress=Watcher(), allow_empty=True)

    assert made.manifest.file_count == 0
    assert len(keeping.backups(site)) == 2
    create(site)  # the next one expects nothing there


@once
def test_one_byte_that_changed_is_found(site: Site, tmp_path: Path) -> None:
    create(site)
    keeping.verify(site, whole=True, progress=Watcher())
    packs = (path for path in (tmp_path / "repository" / "data").rglob("*") if path.is_file())
    pack = max(packs, key=lambda path: path.stat().st_size)
    held = bytearray(pack.read_bytes())
    held[len(held) // 3] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(held)

    with pytest.raises(RepositoryDamaged):
        keeping.verify(site, whole=True, progress=Watcher())


@once
def test_a_copy_of_the_database_that_was_changed_is_found(site: Site, tmp_path: Path) -> None:
    create(site)
    snapshot = keeping.find(site, "latest")
    manifest = replace(keeping.manifest_of(site, snapshot), dump_sha256="00" * 32)

    with pytest.raises(DumpChanged):
        keeping.take_dump(site, snapshot, manifest, tmp_path)


@once
@pytest.mark.parametrize(
    ("dialect", "held"),
    [
        ("sqlite", b"SQLite format 3\0 and then nothing that is"),
        ("postgresql", b"PGDMP and then nothing that is"),
        ("mariadb", b"-- MariaDB dump\nINSERT INTO `a` VALUES\n(1),\n"),
    ],
)
def test_a_copy_that_is_not_whole_is_found(dialect: str, held: bytes, tmp_path: Path) -> None:
    needs("pg_restore")
    (tmp_path / "dump").write_bytes(held)

    with pytest.raises(DumpDamaged):
        databases.checker(dialect).check(tmp_path / "dump")


@once
def test_a_database_in_memory_is_not_backed_up(tmp_path: Path) -> None:
    with pytest.raises(NotCopied):
        make_database("sqlite://").dump(tmp_path / "dump")


@once
def test_a_backup_of_other_code_or_of_another_database_is_not_restored(
    site: Site, tmp_path: Path
) -> None:
    made = create(site)
    other = replace(site, database=make_database(f"sqlite:///{tmp_path / 'new.db'}"))
    other = replace(other, places=(Place(name="photos", path=tmp_path / "new"),))

    def refused(site: Site, *, name: str = "latest") -> None:
        restoring.restore(site, name=name, migrate=lambda: None, progress=Watcher())

    with pytest.raises(BackupOfNewerCode):
        refused(replace(other, known=frozenset({"an older one"})))
    with pytest.raises(NoSuchBackup):
        refused(other, name="0123456789")
    with pytest.raises(NoSuchBackup):
        refused(other, name="")
    mariadb = make_database("mariadb+pymysql://nobody@127.0.0.1:1/nothing")
    mariadb.tables = list  # type: ignore[method-assign,assignment]
    with pytest.raises(BackupOfOtherDatabase):
        refused(replace(other, database=mariadb))
    assert not (tmp_path / "new").exists()
    refused(other, name=made.id)
    assert files(tmp_path / "new") == files(tmp_path / "old" / "photos")


@once
def test_a_backup_is_taken_out_without_a_database(site: Site, tmp_path: Path) -> None:
    extra = tmp_path / "extra.conf"
    extra.write_text("of the machine")
    site = replace(site, places=(*site.places, Place(name="extra_1", path=extra, is_ours=False)))
    made = create(site)

    restoring.extract(site, name="latest", target=tmp_path / "out", progress=Watcher())

    assert set(files(tmp_path / "out")) == {
        "manifest.json",
        "database.sqlite",
        "photos/c/a/1.jpg",
        "extra_1/extra.conf",
    }
    assert keeping.digest(tmp_path / "out" / "database.sqlite") == made.manifest.dump_sha256


# What is kept


@once
def test_what_is_old_is_pruned_with_its_files_and_nothing_else(site: Site, tmp_path: Path) -> None:
    made = []
    for rank in (3, 2, 1):
        write(tmp_path / "old", [f"photos/c/a/{rank}.jpg"])
        made.append(create(site).id)
    site = replace(site, retention=replace(site.retention, days=1, weeks=0, months=0))
    assert [bool(one.reasons) for one in keeping.backups(site)] == [True, False, False]

    with time_machine.travel(clock.now() + timedelta(days=3)):
        count = keeping.prune(site, progress=Watcher())

    assert count == 2
    assert [one.snapshot.id[:8] for one in keeping.backups(site)] == made[-1:]
    assert len(site.repository.snapshots()) == 2  # it, and its files
    keeping.verify(site, whole=True, progress=Watcher())


@once
def test_what_is_being_made_is_not_pruned(site: Site) -> None:
    site.repository.copy(Source(paths=[str(site.places[0].path)], tags=("files",)))

    keeping.prune(site, progress=Watcher())

    assert len(site.repository.snapshots()) == 1


@once
def test_sites_that_share_a_repository_see_their_own(site: Site) -> None:
    create(site)
    other = replace(site, repository=replace(site.repository, host="another.example.org"))

    assert keeping.backups(other) == []
    with pytest.raises(NoBackupYet):
        keeping.find(other, "latest")
    assert keeping.prune(other, progress=Watcher()) == 0
    assert len(keeping.backups(site)) == 1


# From a terminal, by date, on pages


@pytest.fixture
def configured(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BackupSettings:
    """The site has a place for its backups, where nothing is yet."""
    with app.app_context():
        settings = installation.settings()
    backup = backup_settings(tmp_path)
    changed = settings.model_copy(update={"backup": backup})
    monkeypatch.setitem(app.extensions, "settings", changed)
    return backup


@pytest.mark.parametrize("command", ["init", "create", "verify", "list", "prune", "restore"])
def test_without_a_place_for_them_there_are_no_backups(
    cli: FlaskCliRunner, session: Session, command: str
) -> None:
    result = cli.invoke(args=["backup", command])

    assert result.exit_code == 1
    assert "BACKUP_REPOSITORY est vide" in result.output
    assert session.scalars(sa.select(TaskRun)).all() == []


@once
def test_from_a_terminal(
    cli: FlaskCliRunner,
    session: Session,
    configured: BackupSettings,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(around, "site", lambda **_: site)
    assert "0 backup(s)" in cli.invoke(args=["backup", "list"]).output
    made = cli.invoke(args=["backup", "create"])
    verified = cli.invoke(args=["backup", "verify", "--all"])
    listed = cli.invoke(args=["backup", "list"])
    pruned = cli.invoke(args=["backup", "prune"])
    refused = cli.invoke(args=["backup", "restore"])

    results = (made, verified, listed, pruned)
    assert [one.exit_code for one in results] == [0] * 4, [one.output for one in results]
    assert "1 fichiers" in made.output
    assert "tout le dépôt" in verified.output
    assert "last, day, week, month" in listed.output
    assert "0 sauvegarde" in pruned.output
    assert refused.exit_code == 1
    assert "n'est pas vide" in refused.output
    assert not any(PASSWORD in one.output for one in (*results, refused))
    runs = session.scalars(sa.select(TaskRun).order_by(TaskRun.id)).all()
    assert [(run.task, run.state) for run in runs] == [
        ("backup.create", TaskState.done),
        ("backup.verify", TaskState.done),
        ("backup.prune", TaskState.done),
    ]
    assert runs[0].message is not None
    assert "Sauvegarde " in runs[0].message


def test_a_failure_is_said_in_the_terminal_and_kept(
    cli: FlaskCliRunner, session: Session, configured: BackupSettings
) -> None:
    needs("restic")
    result = cli.invoke(args=["backup", "create"])

    run = session.scalars(sa.select(TaskRun)).one()
    assert result.exit_code == 1
    assert "Il n'y a pas de dépôt" in result.output
    assert run.state is TaskState.failed
    assert run.error is not None
    assert "Il n'y a pas de dépôt" in run.error


@pytest.mark.parametrize("job", [jobs.BACKUP, jobs.PRUNE, jobs.VERIFY_BACKUPS])
def test_by_date_the_worker_is_asked_to_run_it_apart(
    app: Flask, session: Session, request: pytest.FixtureRequest, job: Any
) -> None:
    with app.app_context():
        job.run(session)
        assert session.scalars(sa.select(TaskRun)).all() == []
        request.getfixturevalue("configured")
        job.run(session)

    run = session.scalars(sa.select(TaskRun)).one()
    assert (run.task, run.state, run.active_key) == (job.name, TaskState.queued, "backup")
    assert session.scalars(sa.select(OutboxEntry)).all() == []


@once
def test_a_job_of_each_week_is_not_on_the_day_of_another() -> None:
    monday = datetime(2026, 11, 30, tzinfo=clock.PARIS)

    due = {job.name: job.next_due(now=monday) for job in (jobs.PRUNE, jobs.VERIFY_BACKUPS)}

    assert {name: at.strftime("%a %H:%M") for name, at in due.items() if at} == {
        "backup.prune": "Sat 10:00",
        "backup.verify": "Sun 10:00",
    }


def add_run(session: Session, task: str, state: TaskState, *, hours: float) -> None:
    at = clock.now() - timedelta(hours=hours)
    message = "Sauvegarde 0123abcd : base 3,4 Mo" if state is TaskState.done else None
    error = None if state is TaskState.done else "Le dépôt est abîmé"
    run = TaskRun(
        task=task, state=state, queued_at=at, finished_at=at, message=message, error=error
    )
    session.add(run)
    session.commit()


def state(client: Client) -> str | None:
    client.environ_base["REMOTE_ADDR"] = "127.0.0.1"
    checks = client.get("/readyz").json["checks"]  # type: ignore[index]
    return checks["backup"]["status"] if "backup" in checks else None


def test_a_site_that_is_not_backed_up_is_not_checked_for_it(
    client: Client, session: Session
) -> None:
    assert state(client) is None


def test_a_backup_that_is_a_day_old_is_well(
    client: Client, session: Session, configured: BackupSettings
) -> None:
    assert state(client) == "degraded"
    add_run(session, "backup.create", TaskState.done, hours=27)
    assert state(client) == "degraded"
    add_run(session, "backup.create", TaskState.failed, hours=1)
    assert state(client) == "degraded"
    add_run(session, "backup.create", TaskState.done, hours=25)
    assert state(client) == "ok"
    add_run(session, "backup.verify", TaskState.done, hours=3)
    assert state(client) == "ok"
    add_run(session, "backup.verify", TaskState.failed, hours=2)
    assert state(client) == "degraded"
    add_run(session, "backup.verify", TaskState.cancelled, hours=1)
    assert state(client) == "degraded"
    add_run(session, "backup.verify", TaskState.done, hours=1)
    assert state(client) == "ok"


def light(browser: Client) -> str:
    """What the card of the backups says."""
    (card,) = [
        card
        for card in browser.open_page("/gris/status").html.select(".card")
        if card.select_one(".card-title").get_text(strip=True) == "Sauvegardes"  # type: ignore[union-attr]
    ]
    return " ".join(card.get_text(" ", strip=True).split())


def test_gris_read_how_the_last_ones_went(
    login: Login, session: Session, configured: BackupSettings
) -> None:
    gri = login(PCeenFactory(slugs=["gri"]))
    assert "Aucune n'a encore été faite." in light(gri)
    add_run(session, "backup.create", TaskState.done, hours=30)
    assert "en panne" in light(gri)
    add_run(session, "backup.create", TaskState.done, hours=2)
    said = light(gri)
    add_run(session, "backup.verify", TaskState.failed, hours=1)
    damaged = light(gri)
    runs = gri.open_page("/gris/tasks/runs?task=backup.create")

    assert "va bien" in said
    assert "Sauvegarde 0123abcd : base 3,4 Mo" in said
    assert "en panne" in damaged
    assert "abîmée" in damaged
    assert runs.html.get_text().count("Sauvegarde 0123abcd") == 2


def test_the_site_is_what_its_settings_say(app: Flask, configured: BackupSettings) -> None:
    with app.app_context():
        site = around.site()

    places = {place.name: place for place in site.places}
    assert site.repository.host == "localhost"
    assert places.keys() >= {
        *("photos", "bar_avatars", "club_q", "bekks", "theatre", "banners"),
        *("settings", "secret_key", "vapid_key"),
    }
    assert places["photos"].skipped == ("_archives",)
    assert site.heads <= site.known
    assert len(site.known) > 10


def test_the_role_that_may_make_tables_is_the_one_that_restores(
    app: Flask, configured: BackupSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        settings = installation.settings()
    owner = settings.model_copy(update={"migration_url": "postgresql+psycopg2://owner@host/pem"})
    monkeypatch.setitem(app.extensions, "settings", owner)

    with app.app_context():
        site, restored = around.site(), around.site(is_restored=True)

    assert site.database.dialect == make_database(app.config["SQLALCHEMY_DATABASE_URI"]).dialect
    assert restored.database.dialect == "postgresql"
    assert restored.database.url.username == "owner"


def test_without_settings_there_is_no_site_to_back_up(app: Flask) -> None:
    with app.app_context(), pytest.raises(NoBackups):
        around.site()
