"""What is there at the end: the tables, the files, and what those outside have.

No service of the site is asked.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from tools.chaos.browser import Outrage
from tools.chaos.ledger import Act

Row: TypeAlias = dict[str, Any]

#: What is read of the database, by name.
STATEMENTS = {
    "ledger": "SELECT id, client_id, barman_id, type, item_id, balance_change_cents,"
    " deposit_change_cents, stock_change, payment_id, reverses_id, idempotency_key"
    " FROM bar_transaction",
    "accounts": "SELECT pceen_id, balance_cents FROM bar_account",
    "items": "SELECT id, quantity FROM bar_item WHERE quantity IS NOT NULL",
    "payments": "SELECT id, pceen_id, type, status, amount_cents, order_ref, lydia_uuid, payed_at,"
    " idempotency_key FROM payment",
    "subscriptions": "SELECT id, payment_id FROM subscription",
    "journal": "SELECT payment_id, kind, amount_cents FROM journal_entry",
    "baskets": "SELECT id, date, pceen_id, status FROM order_panier_bio",
    "capacities": "SELECT date, capacity FROM panier_bio_date",
    "wishes": "SELECT pceen_id, spectacle_id, priorite, places_demandees, season_id"
    " FROM club_q_voeu",
    "photos": "SELECT p.sha256, p.file_name, p.state, p.cover_name, a.dir_name AS album,"
    " c.dir_name AS collection FROM photo p JOIN album a ON a.id = p.album_id"
    " JOIN collection c ON c.id = a.collection_id",
    "uploads": "SELECT token FROM photo_upload",
    "devices": "SELECT pceen_id, mac_address FROM device",
    "rentals": "SELECT pceen_id, room_num, closed_at, ends_on FROM rental",
    "people": "SELECT id, username, email, espci_email, sso_subject FROM pceen",
    "messages": "SELECT title FROM contact_message",
    "notices": "SELECT n.title, n.audience_count, count(r.pceen_id) AS told FROM notification n"
    " LEFT JOIN notification_recipient r ON r.notification_id = n.id"
    " GROUP BY n.id, n.title, n.audience_count",
    "outbox": "SELECT id, kind, lane, attempts, sent_at, parked_at, cancelled_at, leased_until,"
    " last_error FROM outbox",
    "jobs": "SELECT job, due_at, ended_at, error FROM job_run",
    "runs": "SELECT id, task, state FROM task_run",
}


@dataclass
class Evidence:
    """All that the checker looks at."""

    tables: dict[str, list[Row]]
    acts: Sequence[Act] = ()
    #: What the mail server and the chat have: each copy of it.
    mails: Sequence[Row] = ()
    chat: Sequence[Row] = ()
    #: What Lydia has of requests: ``order_ref``, ``amount``, ``state``.
    lydia: Sequence[Row] = ()
    #: The files of the photos, as paths from their directory.
    files: frozenset[str] = frozenset()
    #: What is left of work that is over, of all directories.
    leftovers: Sequence[str] = ()
    outrages: Sequence[Outrage] = ()
    #: The commands that check, which failed, and what they said.
    commands: dict[str, str] = field(default_factory=dict)
    #: When what may have something outside be told twice was done: from, until.
    doubtful: Sequence[tuple[float, float]] = ()
    #: How many baskets a day has unless its row says otherwise.
    baskets: int = 0


def read_tables(rows: Callable[[str], list[Row]]) -> dict[str, list[Row]]:
    """The tables, as they are."""
    return {name: rows(statement) for name, statement in STATEMENTS.items()}


def read_lydia(database: Path) -> list[Row]:
    """What the sandbox has of each request."""
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("SELECT order_ref, amount, state FROM request")
        return [dict(row) for row in found]


def files_under(folder: Path) -> frozenset[str]:
    """All files of a folder, as paths from there."""
    return frozenset(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


_TEMPORARY = re.compile(r"(^|/)(tmp[^/]*|\.[^/]*|[^/]*\.(tmp|part|partial|new)(\.[^/]*)?)$")


def leftovers(
    folder: Path, *, incoming: frozenset[str], known: frozenset[str] = frozenset()
) -> list[str]:
    """The files of a folder that look temporary, and those of ``_incoming`` that no row has."""
    found = files_under(folder)
    return sorted(
        path
        for path in found
        if path not in known
        and (
            _TEMPORARY.search(path)
            or ("/_incoming/" in f"/{path}" and path.rsplit("/", 1)[1] not in incoming)
        )
    )


def key_of(by: int, key: str) -> str:
    """What the ledger of the bar keeps of the key of a request."""
    return hashlib.sha256(f"{by}:{key}".encode()).hexdigest()


def saved(evidence: Evidence) -> str:
    """Evidence as JSON, for who looks later."""
    return json.dumps(evidence.tables, default=str, ensure_ascii=False)
