"""A site is backed up while it is used, lost, and put back: with the tools of each database."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.extensions import db
from app.integrations.backup.databases import make_database
from app.models import AuditEvent, PCeen, audit
from app.modules.operations import around
from app.modules.operations.errors import DatabaseTaken, PlaceTaken
from app.modules.operations.service.backups import keeping, making, restoring
from app.modules.operations.service.backups.site import Site
from tests import database_urls
from tests.modules.operations.backed_up import (
    Watcher,
    backup_settings,
    files,
    needs,
    site_at,
    small_site,
    write,
)
from tests.visitors import Snapshot, snapshot

TOOLS = {
    "sqlite": (),
    "postgresql": ("pg_dump", "pg_restore"),
    "mariadb": ("mariadb-dump", "mariadb"),
}
#: What goes on while the drill is done.
GROWS = frozenset({"audit_event", "audit_seal", "audit_head"})


def url_of(app: Flask) -> sa.URL:
    with app.app_context():
        return db.engine.url


def shown(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture
def source(shared: Flask, repository: Path, tmp_path: Path) -> Iterator[Flask]:
    """A site, and a repository for its backups."""
    url = url_of(shared)
    needs(*TOOLS[url.get_backend_name()])
    shutil.copytree(repository, tmp_path / "repository")
    app = site_at(shown(url), tmp_path / "old", backup_settings(tmp_path))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def target(source: Flask, tmp_path: Path) -> Iterator[Flask]:
    """The same site on an empty machine: another database, other directories."""
    url = database_urls.own(url_of(source), tmp_path, name="restored")
    app = site_at(shown(url), tmp_path / "new", backup_settings(tmp_path, staging="other"))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def site_of(app: Flask) -> Site:
    with app.app_context():
        return around.site()


def run(terminal: FlaskCliRunner, *command: str) -> str:
    result = terminal.invoke(args=list(command))
    assert result.exit_code == 0, result.output
    return result.output


def rows(app: Flask) -> Snapshot:
    with app.app_context(), db.session() as session:
        return snapshot(session)


class Writer(threading.Thread):
    """Someone who does things on the site, one after the other."""

    def __init__(self, app: Flask) -> None:
        super().__init__(daemon=True)
        self._app, self._over = app, threading.Event()
        self.count = 0

    def run(self) -> None:
        with self._app.app_context():
            while not self._over.wait(0.005):
                with transaction(db.session()) as session:
                    audit(session, "test.drill.write", after={"number": self.count})
                self.count += 1
            db.session.remove()

    def stop(self) -> None:
        self._over.set()
        self.join()


def test_a_site_that_is_lost_comes_back_whole(
    source: Flask, target: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = tmp_path / "old" / ".env"
    env.parent.mkdir()
    env.write_text("SECRET_KEY=what second factors are sealed with\n")
    monkeypatch.setattr(around, "_SETTINGS_FILE", env)
    monkeypatch.setattr(around, "INSTANCE", tmp_path / "old" / "instance")
    run(source.test_cli_runner(), "demo", "load", "--size", "small")
    photos = tmp_path / "old" / "photos"
    original = next(path for path in sorted(photos.glob("*/*/*.*")) if path.is_file())
    moved = next(
        path for path in sorted(photos.glob("*/*/_thumbs")) if path.parent != original.parent
    )
    write(tmp_path / "old", ["bekks/_incoming/being-made", "photos/_archives/nobody"])
    before, kept = rows(source), files(tmp_path / "old")
    kept = {name: held for name, held in kept.items() if "being-made" not in name}
    kept = {name: held for name, held in kept.items() if "nobody" not in name}

    def meddle() -> None:
        """What happens between the copy of the database and the last one of the files."""
        original.unlink()
        moved.rename(moved.with_name("_elsewhere"))
        write(tmp_path / "old", ["bekks/99/came-since.pdf"])

    writer = Writer(source)
    writer.start()
    with source.app_context():
        site = around.site()
        made = making.create(site, progress=Watcher(Fichiers_venus_depuis=meddle))
    writer.stop()
    assert writer.count > 3
    assert made.manifest.gone
    monkeypatch.setattr(around, "_SETTINGS_FILE", tmp_path / "new" / ".env")
    monkeypatch.setattr(around, "INSTANCE", tmp_path / "new" / "instance")

    said = run(target.test_cli_runner(), "backup", "restore")

    assert f"{len(made.manifest.rows)} tables" in said
    # every row
    after, now = rows(target), rows(source)
    for table, held in after.items():
        if table not in GROWS:
            assert held == before[table], table
    assert set(after["audit_event"]) <= set(now["audit_event"])
    assert set(after["audit_event"]) > set(before["audit_event"])
    # every file, to the byte, among those that came since
    found = files(tmp_path / "new")
    assert {name: found.get(name) for name in kept} == kept
    assert {Path(name).name for name in found.keys() - kept.keys()} <= {
        "came-since.pdf",
        *(path.name for path in (photos / moved.parent.relative_to(photos)).rglob("*")),
    }
    assert not list((tmp_path / "new").rglob(".restoring*"))
    _check_that_it_works(target)


def _check_that_it_works(app: Flask) -> None:
    """What it says of itself is right, rows may be added, and what was written is kept."""
    terminal = app.test_cli_runner()
    for command in ("payments audit", "bar audit", "audit verify", "photos verify"):
        run(terminal, *command.split())
    with app.app_context():
        session = db.session()
        last = session.scalars(sa.select(sa.func.max(PCeen.id))).one()
        with transaction(session):
            someone = PCeen(prenom="Ada", nom="Lovelace", username="ada.lovelace")
            session.add(someone)
            session.flush()
            assert someone.id > last
            audit(session, "test.drill.after")
        for stmt in (sa.delete(AuditEvent), sa.update(AuditEvent).values(action="another")):
            with pytest.raises(sa.exc.DBAPIError), session.begin_nested():
                session.execute(stmt)
            session.rollback()
    run(terminal, "audit", "verify")


@pytest.fixture
def pair(source: Flask, target: Flask, tmp_path: Path) -> tuple[Site, Site]:
    """A small site with two files and a backup, and an empty one."""
    write(tmp_path / "old", ["photos/c/a/1.jpg", "photos/c/a/[odd] *?\\ name.jpg"])
    with source.app_context():
        known = {"known": around.migrations(), "heads": around.heads()}
    old = small_site(shown(url_of(source)), tmp_path / "old", backup_settings(tmp_path), **known)
    new = small_site(
        shown(url_of(target)),
        tmp_path / "new",
        backup_settings(tmp_path, staging="other"),
        **known,
    )
    return old, new


def never() -> None:
    raise AssertionError("nothing is to be migrated")


def test_nothing_is_restored_over_anything(pair: tuple[Site, Site], tmp_path: Path) -> None:
    old, new = pair
    odd = tmp_path / "old" / "photos" / "c" / "a" / "[odd] *?\\ name.jpg"
    made = making.create(old, progress=Watcher(Fichiers_venus_depuis=odd.unlink))
    verified = keeping.verify(old, whole=True, progress=Watcher())
    assert (verified.id, verified.part, verified.manifest) == (made.id, None, made.manifest)
    (tmp_path / "new" / "photos" / "empty").mkdir()

    with pytest.raises(DatabaseTaken):
        restoring.restore(old, name="latest", migrate=never, progress=Watcher())
    write(tmp_path / "new", ["photos/empty/something"])
    with pytest.raises(PlaceTaken):
        restoring.restore(new, name="latest", migrate=never, progress=Watcher())
    assert new.database.tables() == []
    shutil.rmtree(tmp_path / "new" / "photos" / "empty")
    migrated: list[str] = []

    manifest, left = restoring.restore(
        replace(new, heads=frozenset({"a later one"})),
        name="latest",
        migrate=lambda: migrated.append("once"),
        progress=Watcher(),
    )

    assert (left, migrated) == ([], ["once"])
    assert new.database.rows() == old.database.rows() == manifest.rows
    found = files(tmp_path / "new" / "photos")
    assert set(found) == {"c/a/1.jpg", "c/a/[odd] *?\\ name.jpg"}


def test_the_guards_that_are_made_again_are_those_of_the_migrations(
    fresh: Flask, tmp_path: Path
) -> None:
    url = url_of(fresh)
    if url.get_backend_name() != "mariadb":
        pytest.skip("there, a copy has them")
    with fresh.app_context():
        upgrade()
    triggers = sa.text(
        "SELECT trigger_name, event_object_table, event_manipulation, action_timing,"
        " action_statement FROM information_schema.triggers WHERE trigger_schema = :at"
    )
    engine = sa.create_engine(url)

    def there() -> set[Any]:
        with engine.connect() as connection:
            return set(map(tuple, connection.execute(triggers, {"at": url.database})))

    before = there()
    make_database(shown(url)).complete()

    assert len(before) > 5
    assert there() == before
    engine.dispose()


# Who may


@pytest.fixture
def roles(source: Flask, target: Flask) -> Iterator[tuple[sa.URL, sa.URL]]:
    """The databases, for who may change no table of the first, and who owns the second."""
    old, new = url_of(source), url_of(target)
    if old.get_backend_name() == "sqlite":
        pytest.skip("it knows no roles")
    maker = {"postgresql": _postgresql_roles, "mariadb": _mariadb_roles}[old.get_backend_name()]
    yield from maker(old, new)


SECRET = "p'a\"s\\s w%rd"


def _postgresql_roles(old: sa.URL, new: sa.URL) -> Iterator[tuple[sa.URL, sa.URL]]:
    reader, owner = f"{old.database}_pem", f"{old.database}_pem_owner"
    run = sa.create_engine(old, isolation_level="AUTOCOMMIT")
    with run.connect() as connection:
        for name in (reader, owner):
            password = SECRET.replace("'", "''")
            connection.exec_driver_sql(
                f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}'".replace("%", "%%")
            )
        connection.exec_driver_sql(
            f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{reader}"'
        )
        connection.exec_driver_sql(
            f'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO "{reader}"'
        )
        connection.exec_driver_sql(f'ALTER DATABASE "{new.database}" OWNER TO "{owner}"')
    try:
        yield (
            old.set(username=reader, password=SECRET),
            new.set(username=owner, password=SECRET),
        )
    finally:
        with run.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{new.database}" WITH (FORCE)')
            for name in (reader, owner):
                connection.exec_driver_sql(f'DROP OWNED BY "{name}"')
                connection.exec_driver_sql(f'DROP ROLE "{name}"')
        run.dispose()


def _mariadb_roles(old: sa.URL, new: sa.URL) -> Iterator[tuple[sa.URL, sa.URL]]:
    reader, owner = f"{old.database}_pem"[-32:], f"{old.database}_owner"[-32:]
    run = sa.create_engine(old, isolation_level="AUTOCOMMIT")
    with run.connect() as connection:
        password = SECRET.replace("\\", "\\\\").replace("'", "''").replace("%", "%%")
        for name, rights, base in (
            (reader, "SELECT, INSERT, UPDATE, DELETE", old.database),
            (owner, "ALL PRIVILEGES", new.database),
        ):
            connection.exec_driver_sql(f"CREATE USER `{name}`@localhost IDENTIFIED BY '{password}'")
            connection.exec_driver_sql(f"GRANT {rights} ON `{base}`.* TO `{name}`@localhost")
    try:
        yield (
            old.set(username=reader, password=SECRET),
            new.set(username=owner, password=SECRET),
        )
    finally:
        with run.connect() as connection:
            for name in (reader, owner):
                connection.exec_driver_sql(f"DROP USER `{name}`@localhost")
        run.dispose()


def test_the_role_of_the_site_backs_up_and_the_owner_of_the_tables_restores(
    pair: tuple[Site, Site], roles: tuple[sa.URL, sa.URL], source: Flask
) -> None:
    reader, owner = (make_database(shown(url)) for url in roles)
    old, new = replace(pair[0], database=reader), replace(pair[1], database=owner)

    made = making.create(old, progress=Watcher())
    restoring.restore(new, name=made.id, migrate=never, progress=Watcher())

    assert new.database.rows() == made.manifest.rows
    engine = sa.create_engine(roles[1])
    with Session(engine) as session:
        audit(session, "test.role.write")
        session.commit()
        with pytest.raises(sa.exc.DBAPIError):
            session.execute(sa.delete(AuditEvent))
    engine.dispose()
    with pytest.raises(sa.exc.DBAPIError), Session(sa.create_engine(roles[0])) as session:
        session.execute(sa.text("CREATE TABLE not_for_it (id INTEGER)"))
