"""The roles of the database, made by their models on real servers: what the site's may, and not."""

import gc
import re
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.models import AuditEvent, Base, PCeen
from app.models.audit import audit
from tests import factories
from tests.conftest import furnish
from tests.factories import PCeenFactory
from tests.gateway.models import PATH, model, needs
from tests.servers import MariaDB, PostgreSQL, Server

pytestmark = pytest.mark.once

#: What the site does with rows, and what it may not do with tables.
ROWS = {"SELECT", "INSERT", "UPDATE", "DELETE"}
#: What would change the tables, or undo what keeps rows as they are.
REFUSED = {
    "both": (
        "CREATE TABLE own (id INTEGER)",
        "ALTER TABLE audit_event ADD COLUMN own INTEGER",
        "DROP TABLE audit_event",
        "TRUNCATE TABLE audit_event",
        "TRUNCATE TABLE room",
        "CREATE INDEX own ON audit_event (at)",
        "CREATE VIEW own AS SELECT 1",
        "CREATE ROLE own",
    ),
    "postgresql": (
        "ALTER TABLE audit_event DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_event_UPDATE ON audit_event",
        "DROP FUNCTION refuse_change_of_audit_event() CASCADE",
        "SET session_replication_role = replica",
        "SET ROLE pem_owner",
        "CREATE SCHEMA own",
        "CREATE TEMPORARY TABLE own (id INTEGER)",
        "COPY room TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
    ),
    "mariadb": (
        "DROP TRIGGER audit_event_UPDATE",
        "CREATE TRIGGER own BEFORE INSERT ON room FOR EACH ROW SET NEW.num = 1",
        "CREATE DATABASE own",
        "GRANT ALL ON pem.* TO pem@localhost",
        "SELECT 1 INTO OUTFILE '/tmp/own'",
        "SELECT * FROM mysql.user",
    ),
}
#: What no role may do, once it is written.
SEALED = ("UPDATE audit_event SET reason = 'another'", "DELETE FROM audit_event")


class Made(NamedTuple):
    """A server with the roles of the models."""

    dialect: str
    owner: sa.Engine
    site: sa.Engine


@contextmanager
def _roles(server: Server, folder: Path) -> Iterator[Made]:
    """Start a server, run its model there, and make the tables as who owns them."""
    with ExitStack() as stack:
        with warnings.catch_warnings():
            # Asked too soon, MariaDB ends a connection that its client then forgets to close.
            warnings.simplefilter("ignore", ResourceWarning)
            cluster = stack.enter_context(server.running())
            gc.collect()
        where = cluster.url.set(database=None)
        dialect = where.get_backend_name()
        name = {"postgresql": "postgresql-roles.sql", "mariadb": "mariadb-roles.sql"}[dialect]
        passwords = {"OWNER-PASSWORD": "of the owner", "SITE-PASSWORD": "of the site"}
        path = folder / name
        path.write_text(model(name, *passwords.items()))
        _run(dialect, where, path)
        engines = [
            sa.create_engine(where.set(username=user, password=word, database="pem"))
            for user, word in zip(("pem_owner", "pem"), passwords.values(), strict=True)
        ]
        yield Made(dialect, *engines)
        for engine in engines:
            engine.dispose()


def _run(dialect: str, where: sa.URL, path: Path) -> None:
    """Have the server's own client run a file, as the documents say."""
    if dialect == "postgresql":
        command = ["psql", "-q", "-h", str(where.query["host"]), "-U", "postgres"]
    else:
        command = ["mariadb", f"--socket={where.query['unix_socket']}", "--user=root"]
    with path.open() as file:
        done = subprocess.run(
            command,
            stdin=file,
            env={"PATH": PATH},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(PostgreSQL, marks=needs("psql")),
        pytest.param(MariaDB, marks=needs("mariadbd", "mariadb")),
    ],
)
def made(
    request: pytest.FixtureRequest, app: Flask, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("roles")
    with _roles(request.param(), folder) as made:
        Base.metadata.create_all(made.owner)
        with app.app_context(), Session(made.owner) as session:
            furnish(session)
        with Session(made.site) as session:
            factories.base.use(session)
            pceen = PCeenFactory()
            audit(session, "account.created", pceen, reason="written by the site")
            session.commit()
        yield made


def test_the_site_reads_and_writes_rows_of_every_table(made: Made) -> None:
    with made.site.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        assert set(Base.metadata.tables) <= set(tables)
        if made.dialect == "postgresql":
            rights = sa.text(
                "SELECT table_name, privilege_type FROM information_schema.table_privileges "
                "WHERE grantee = 'pem' AND table_schema = 'public'"
            )
            given: dict[str, set[str]] = {}
            for table, right in connection.execute(rights):
                given.setdefault(table, set()).add(right)
            assert given == dict.fromkeys(tables, ROWS)
        else:
            grants = connection.exec_driver_sql("SHOW GRANTS").scalars().all()
            (on_rows,) = [grant for grant in grants if "`pem`.*" in grant]
            assert set(re.findall(r"[A-Z]+", on_rows.partition(" ON ")[0])) == {"GRANT", *ROWS}
            assert len(grants) == 2  # that, and to connect


def test_the_site_changes_rows(made: Made) -> None:
    with Session(made.site) as session:
        session.execute(sa.update(PCeen).values(prenom="Marie"))
        names = session.scalars(sa.select(PCeen.prenom)).all()
        reasons = session.scalars(sa.select(AuditEvent.reason)).all()

    assert names == ["Marie"]
    assert "written by the site" in reasons


def test_the_site_changes_no_table(made: Made) -> None:
    for statement in (*REFUSED["both"], *REFUSED[made.dialect]):
        with made.site.connect() as connection, pytest.raises(DBAPIError) as refused:
            connection.exec_driver_sql(statement)
        said = str(refused.value.orig)
        assert re.search(r"permission denied|must be |denied", said), (statement, said)


@pytest.mark.parametrize("statement", SEALED)
@pytest.mark.parametrize("role", ["site", "owner"])
def test_nobody_changes_what_was_done(made: Made, role: str, statement: str) -> None:
    engine: sa.Engine = getattr(made, role)
    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.exec_driver_sql(statement)

    assert "rows of audit_event are never changed" in str(refused.value.orig)


@pytest.mark.parametrize("name", ["postgresql-roles.sql", "mariadb-roles.sql"])
def test_a_model_has_no_password_of_anybody(name: str) -> None:
    words = re.findall(r"(?:PASSWORD|IDENTIFIED BY) '([^']+)'", model(name))

    assert words == ["OWNER-PASSWORD", "SITE-PASSWORD"]
