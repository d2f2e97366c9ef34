"""What the sandbox remembers, in an SQLite file of its own."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlencode

from lydia_sandbox.outcomes import Notice, Request, State

#: How long a writer waits for another, in seconds.
PATIENCE = 10
#: How many requests the list shows.
LATEST = 50

SCHEMA = """
CREATE TABLE IF NOT EXISTS request (
    uuid TEXT PRIMARY KEY,
    request_id TEXT NOT NULL UNIQUE,
    vendor_token TEXT NOT NULL,
    amount TEXT NOT NULL,
    recipient_type TEXT NOT NULL,
    message TEXT NOT NULL,
    order_ref TEXT NOT NULL,
    confirm_url TEXT NOT NULL,
    cancel_url TEXT NOT NULL,
    expire_url TEXT NOT NULL,
    browser_success_url TEXT NOT NULL,
    browser_fail_url TEXT NOT NULL,
    payment_method TEXT NOT NULL,
    state INTEGER NOT NULL,
    transaction_identifier TEXT,
    created_at REAL NOT NULL,
    UNIQUE (vendor_token, order_ref)
);
CREATE TABLE IF NOT EXISTS callback (
    id INTEGER PRIMARY KEY,
    request_uuid TEXT NOT NULL REFERENCES request (uuid),
    kind TEXT NOT NULL,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    due_at REAL,
    sent_at REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    last_status INTEGER
);
CREATE INDEX IF NOT EXISTS callback_request ON callback (request_uuid);
CREATE INDEX IF NOT EXISTS callback_due ON callback (due_at);
CREATE TABLE IF NOT EXISTS behaviour (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    next TEXT NOT NULL
);
INSERT OR IGNORE INTO behaviour VALUES (1, 'normal');
"""


class Behaviour(StrEnum):
    """How the next ``do.json`` answers."""

    normal = "normal"
    error = "error"
    slow = "slow"
    html = "html"


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback, and how sending it went; without ``due_at``, that is over."""

    id: int
    request_uuid: str
    kind: str
    url: str
    body: str
    due_at: float | None
    sent_at: float | None
    attempts: int
    last_status: int | None


def prepare(database: Path) -> None:
    """Make the file and its tables, where they are not there yet."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with opened(database) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection to *database*, each statement on its own."""
    with closing(sqlite3.connect(database, timeout=PATIENCE, isolation_level=None)) as connection:
        yield connection


@contextmanager
def writing(database: Path) -> Iterator[sqlite3.Connection]:
    """A connection whose changes happen all together, or not at all."""
    with opened(database) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            yield connection


def add(connection: sqlite3.Connection, request: Request) -> Request:
    """Keep *request*; one of the same merchant and order that is there already stays."""
    marks = ", ".join("?" for _ in fields(Request))
    connection.execute(
        f"INSERT INTO request VALUES ({marks}) "  # noqa: S608  # question marks alone
        "ON CONFLICT (vendor_token, order_ref) DO NOTHING",
        astuple(request),
    )
    kept = by_order(connection, request.vendor_token, request.order_ref)
    return kept or request


def by_uuid(connection: sqlite3.Connection, uuid: str) -> Request | None:
    """The request of this uuid."""
    return _one(connection.execute("SELECT * FROM request WHERE uuid = ?", (uuid,)))


def by_order(connection: sqlite3.Connection, vendor_token: str, order_ref: str) -> Request | None:
    """The request that a merchant made for an order of theirs."""
    return _one(
        connection.execute(
            "SELECT * FROM request WHERE vendor_token = ? AND order_ref = ?",
            (vendor_token, order_ref),
        )
    )


def latest(connection: sqlite3.Connection) -> list[Request]:
    """The latest requests, the last one first."""
    rows = connection.execute(
        "SELECT * FROM request ORDER BY created_at DESC, rowid DESC LIMIT ?", (LATEST,)
    )
    return [_request(row) for row in rows]


def settle(connection: sqlite3.Connection, ended: Request) -> None:
    """Keep how a request ended."""
    connection.execute(
        "UPDATE request SET state = ?, transaction_identifier = ? WHERE uuid = ?",
        (ended.state, ended.transaction_identifier, ended.uuid),
    )


def queue(
    connection: sqlite3.Connection, uuid: str, notices: Sequence[Notice], *, now: float
) -> None:
    """Have the callbacks of a request sent when they are due."""
    connection.executemany(
        "INSERT INTO callback (request_uuid, kind, url, body, due_at) VALUES (?, ?, ?, ?, ?)",
        [
            (uuid, notice.kind, notice.url, urlencode(notice.fields), now + notice.delay)
            for notice in notices
        ],
    )


def callbacks_of(connection: sqlite3.Connection, uuid: str) -> list[Callback]:
    """The callbacks of a request, in order."""
    rows = connection.execute("SELECT * FROM callback WHERE request_uuid = ? ORDER BY id", (uuid,))
    return [Callback(*row) for row in rows]


def replay(connection: sqlite3.Connection, uuid: str, *, now: float) -> None:
    """Have the callbacks of a request sent again."""
    connection.execute(
        "UPDATE callback SET due_at = ?, attempts = 0 WHERE request_uuid = ?", (now, uuid)
    )


def behaviour(connection: sqlite3.Connection) -> Behaviour:
    """How the next ``do.json`` is to answer."""
    row = connection.execute("SELECT next FROM behaviour").fetchone()
    return Behaviour(row[0])


def take_behaviour(connection: sqlite3.Connection) -> Behaviour:
    """How to answer this ``do.json``; the next one is answered normally."""
    taken = behaviour(connection)
    behave(connection, Behaviour.normal)
    return taken


def behave(connection: sqlite3.Connection, wanted: Behaviour) -> None:
    """Choose how the next ``do.json`` answers."""
    connection.execute("UPDATE behaviour SET next = ?", (wanted,))


def _one(found: sqlite3.Cursor) -> Request | None:
    row = found.fetchone()
    return None if row is None else _request(row)


def _request(row: tuple[object, ...]) -> Request:
    values = dict(zip((field.name for field in fields(Request)), row, strict=True))
    return Request(**values | {"state": State(values["state"])})  # type: ignore[arg-type]  # as declared in SCHEMA
