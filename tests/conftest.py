"""Fixtures of the whole suite.

The schema is made once a run; each test lives in a transaction that is rolled
back. ``TEST_DATABASE_URL`` chooses PostgreSQL or MariaDB; the default is
SQLite, in memory (``database_urls.py``).
"""

import gc
import os
import re
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, get_flashed_messages
from flask.testing import FlaskCliRunner
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.orm import Session

from app import create_app
from app.enums import LoginMethod
from app.extensions import db
from app.integrations.photo_store import PhotoStore
from app.models import Base, Club, Effect, LoginSession, OutboxEntry, PCeen
from app.modules.gris.service.roles import seed_roles
from app.modules.intrarez.service import offers, rooms
from app.modules.operations import around
from app.settings import MailSettings, NetworkSettings, Settings
from app.web import installation
from app.web.module import all_effects
from tests import database_urls
from tests.client import Client
from tests.factories import base as factories
from tests.secrets import Detector, watching

Outbox = Callable[[], list[Effect]]
Login = Callable[[PCeen], Client]
Inside = Callable[..., Client]

#: An address that is nobody's, far from the residence.
OUTSIDE = "192.0.2.1"


#: Files of few long tests: begun last, they would have the others' processes wait for them.
SLOW = (
    *("test_ledger_stateful.py", "test_cockpit.py", "test_accessibility.py", "test_tasks.py"),
    *("test_machines.py", "test_access.py", "test_ledger_killed.py", "test_ledger_races.py"),
    *("test_campaigns_killed.py", "test_adoption_races.py", "test_fair.py", "test_brochures.py"),
    *("test_catalogue.py", "test_catalogue_images.py", "test_my_page.py", "test_wishes.py"),
    *("test_escalation.py", "test_lydia_killed.py", "test_metrics.py", "test_two_years.py"),
)


#: What asks for pages, or starts workers: tests that run on one of the two servers in turn
#: (``databases.py``).
PAGES = frozenset(("client", "login", "inside", "workers"))
#: Whole lives, drawn or long: they take turns too.
LIVES = (
    "test_escalation.py",
    "test_ledger_stateful.py",
    "test_random_life.py",
    "test_two_years.py",
)
#: Which files of them run here, ``0`` or ``1``; all if it is empty.
TURN = os.environ.get("TEST_PAGES_TURN", "")  # noqa: TID251  # not the site's


#: Whether everything else takes turns too, on a machine where time is short…
ALL_TAKE_TURNS = os.environ.get("TEST_ALL_TAKE_TURNS") == "1"  # noqa: TID251  # not the site's
#: … but what is of the databases themselves: several at once, what they refuse, how they grow.
ALWAYS = re.compile(r"race|killed|ledger|migration|model|lives|immutable|seal|delivering|outbox")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave pages to the other server where it is its turn; begin with the slowest files."""
    others = [item for item in items if TURN and _is_of_the_other(item)]
    if others:
        config.hook.pytest_deselected(items=others)
        kept = set(items).difference(others)
        items[:] = [item for item in items if item in kept]
    items.sort(key=lambda item: SLOW.index(item.path.name) if item.path.name in SLOW else len(SLOW))


def _is_of_the_other(item: pytest.Item) -> bool:
    """Whether a test asks for what takes turns, in a file that is the other server's."""
    name = item.path.name
    asks = not PAGES.isdisjoint(getattr(item, "fixturenames", ())) or name in LIVES
    asks = asks or (ALL_TAKE_TURNS and ALWAYS.search(name) is None)
    if not asks or item.get_closest_marker("browser"):
        return False
    return str(zlib.crc32(item.path.name.encode()) % 2) != TURN


def pytest_collection_finish() -> None:
    """Look no more at what stays until the end: the modules, the tests."""
    _leave_alone()
    # tests make objects by the thousand, and few that need a collector
    gc.set_threshold(20_000, 20, 20)


def _leave_alone() -> None:
    """Have the collector go through all that there is for the last time."""
    gc.collect()
    gc.freeze()


class Compiled(BytecodeCache):
    """The templates that this process compiled, for each application that it makes."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@event.listens_for(sa.Engine, "connect")
def _do_not_wait_for_the_disk(connection: object, _record: object) -> None:
    """As the servers of a run do not (``servers.py``): nothing is kept of what tests write."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}


def settings_of(database_url: str, **values: Any) -> Settings:
    """The settings of a test: no file, no variable of the machine counts."""
    network = NetworkSettings(**values.pop("network", {}))
    return Settings(
        mode="testing",
        secret_key=SecretStr("not a secret: a test, and a long one at that"),
        SQLALCHEMY_DATABASE_URI=database_url,
        server_name="localhost",
        admins="gri@example.org",
        mail=MailSettings(suppress_send=True),
        network=network,
        **values,
    )


@pytest.fixture(scope="session")
def app() -> Iterator[Flask]:
    app = create_app(settings_of(database_urls.of_this_process()), WTF_CSRF_ENABLED=False)
    app.test_client_class = Client
    with app.app_context():
        db.session.configure(join_transaction_mode="create_savepoint")
        Base.metadata.drop_all(db.engine)
        Base.metadata.create_all(db.engine)
        furnish(db.session())
    _leave_alone()
    yield app
    with app.app_context():
        db.session.remove()
        Base.metadata.drop_all(db.engine)
        db.engine.dispose()


def furnish(session: Session) -> None:
    """What every installation has: its version, roles of the system, rooms, offers, clubs."""
    session.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))
    session.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(64))"))
    version = sa.text("INSERT INTO alembic_version VALUES (:head)")
    session.execute(version, [{"head": head} for head in around.heads()])
    seed_roles(session)
    rooms.seed(session, plan=installation.plan())
    offers.seed(session)
    session.add(Club(slug=Club.CLUB_Q, name="Club Q", color="#dc8add"))
    session.add(Club(slug=Club.OTHER, name="Autre", color="#757575"))
    session.commit()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """The database, as it was before the test once the test is over.

    The test and the requests it makes have a session each, on one connection:
    what either commits is a savepoint, released into a transaction that the
    end of the test rolls back.
    """
    with app.app_context():
        engines, engine = db.engines, db.engine
    with engine.connect() as connection:
        outer = connection.begin()
        engines[None] = connection
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            factories.use(session)
            yield session
        engines[None] = engine
        outer.rollback()


@pytest.fixture
def fresh(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty database of its own."""
    with app.app_context():
        own = database_urls.own(db.engine.url, tmp_path)
    yield from _serving(app, own)


@pytest.fixture(scope="session")
def furnished(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> sa.URL:
    """A database that has what every installation has, and that others are copies of."""
    with app.app_context():
        folder = tmp_path_factory.mktemp("furnished")
        url = database_urls.own(db.engine.url, folder, name="furnished")
        engine = sa.create_engine(url)
        Base.metadata.create_all(engine)
        with Session(engine) as session:
            furnish(session)
        engine.dispose()
    return url


@pytest.fixture
def shared(app: Flask, furnished: sa.URL, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database that several threads write to for real."""
    yield from _serving(app, database_urls.copied(furnished, tmp_path, Base.metadata))


def _serving(app: Flask, url: sa.URL) -> Iterator[Flask]:
    """The application anew, on the database at *url*."""
    other = create_app(
        app.extensions["settings"], SQLALCHEMY_DATABASE_URI=url, WTF_CSRF_ENABLED=False
    )
    other.test_client_class = Client
    yield other
    with other.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask, session: Session) -> Client:
    """A browser, not logged in."""
    client = app.test_client()
    assert isinstance(client, Client)
    client.environ_base["REMOTE_ADDR"] = OUTSIDE
    return client


@pytest.fixture
def login(client: Client, session: Session) -> Login:
    """Log a PCéen in: ``login(barman).open_page(...)``."""

    def _login(pceen: PCeen) -> Client:
        begun = LoginSession(pceen=pceen, method=LoginMethod.password)
        session.add(begun)
        session.commit()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = begun.secret
        return client

    return _login


@pytest.fixture
def cli(app: Flask, session: Session) -> FlaskCliRunner:
    """A terminal."""
    return app.test_cli_runner()


@pytest.fixture
def outbox(app: Flask, session: Session) -> Outbox:
    """What waits for the worker: ``outbox()``."""
    with app.app_context():
        kinds = all_effects()

    def waiting() -> list[Effect]:
        stmt = sa.select(OutboxEntry).where(OutboxEntry.sent_at.is_(None)).order_by(OutboxEntry.id)
        return [kinds[entry.kind][0](**entry.payload) for entry in session.scalars(stmt)]

    return waiting


@pytest.fixture
def mailbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[EmailMessage]:
    """The mails sent during the test."""
    box: list[EmailMessage] = []
    monkeypatch.setitem(app.extensions, "mailer", SimpleNamespace(send=box.append))
    return box


@pytest.fixture
def neighbours(app: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the gateway knows: the hardware address of each address."""
    table: dict[str, str] = {}
    monkeypatch.setitem(
        app.extensions, "neighbours", SimpleNamespace(mac_of=table.get, table=lambda: table)
    )
    return table


@pytest.fixture
def inside(client: Client, neighbours: dict[str, str]) -> Inside:
    """Put the browser in the residence: ``inside()``, ``inside(mac="…", address="10.0.1.1")``."""

    def _inside(*, mac: str | None = "3c:22:fb:00:00:01", address: str = "10.0.0.101") -> Client:
        client.environ_base["REMOTE_ADDR"] = address
        if mac is not None:
            neighbours[address] = mac
        return client

    return _inside


@pytest.fixture
def queries(app: Flask) -> Iterator[list[str]]:
    """The SQL statements run during the test, in order."""
    statements: list[str] = []

    def record(conn, cursor, statement, *_):  # type: ignore[no-untyped-def]
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", record)
    yield statements
    event.remove(engine, "before_cursor_execute", record)


@pytest.fixture
def unwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that are not written out, for what only looks at how the site answers."""
    monkeypatch.setattr("flask.templating._render", lambda *_: str(get_flashed_messages()))


@pytest.fixture(scope="session")
def leaks() -> Iterator[Detector]:
    """What reads all that the suite logs."""
    with watching() as detector:
        yield detector


@pytest.fixture(autouse=True)
def _no_secret_is_logged(leaks: Detector) -> Iterator[None]:
    yield
    assert leaks.take() == []


@pytest.fixture
def store(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PhotoStore:
    """Where the site keeps photos during the test: nothing is there."""
    store = PhotoStore(tmp_path / "photos")
    store.base.mkdir()
    monkeypatch.setitem(app.extensions, "photo_store", store)
    return store
