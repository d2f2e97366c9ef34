"""Keeping what statements of the bank account say: where they say it, and what came in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.text import comparison_key
from app.core.transaction import lock
from app.models import BankLayout, BankLine, PCeen, audit, public_role
from app.modules.payments import queries
from app.modules.payments.errors import LayoutUnknown
from app.modules.payments.rules import statement
from app.modules.payments.rules.statement import Credit, Layout, Table

#: How far the row that names the columns may be from the top.
_PREAMBLE = 60


@dataclass(frozen=True, slots=True)
class Imported:
    """What a statement brought."""

    #: How many of its credits are new.
    added: int
    #: How many were there already.
    known: int


def layout_of(session: Session, table: Table) -> Layout | None:
    """Where a file says what: as was said of another of its bank, or as its names tell."""
    kept = _kept(session, table)
    if kept is not None:
        return kept
    try:
        return statement.guess(table)
    except LayoutUnknown:
        return None


def _kept(session: Session, table: Table) -> Layout | None:
    """Where a file says what, as was said of another of its bank."""
    headers = [table.header] if table.header >= 0 else [*range(len(table.rows))[:_PREAMBLE], -1]
    keys = {_key(table, header): header for header in reversed(headers)}
    stmt = sa.select(BankLayout).where(BankLayout.header_hash.in_(keys))
    found = {keys[row.header_hash]: row.layout for row in session.scalars(stmt)}
    for header in headers:
        if header in found:
            return _read(found[header], table, header)
    return None


def _read(said: dict[str, Any], table: Table, header: int) -> Layout | None:
    here = {**said, "separator": table.separator, "header": header}
    try:
        return Layout.from_text(json.dumps(here))
    except LayoutUnknown:
        return None


def _key(table: Table, header: int) -> str:
    """What the exports of one bank share, as a digest: the names of the columns, if any."""
    names = table.rows[header].cells if header >= 0 else ()
    said = "|".join(map(comparison_key, names)) or f"{table.separator} {table.width}"
    return sha256(said.encode()).hexdigest()


def remember(session: Session, table: Table, layout: Layout) -> None:
    """Keep where a file says what, for the next ones of its bank."""
    lock(session, public_role(session))  # one statement is kept at a time
    key, said = _key(table, layout.header), json.loads(layout.to_text())
    kept = queries.bank_layout(session, key)
    if kept is None:
        session.add(BankLayout(header_hash=key, layout=said))
        return
    kept.layout, kept.confirmed_at = said, clock.now()


def import_credits(session: Session, credits: Sequence[Credit], *, by: PCeen | None) -> Imported:  # noqa: A002  # what a bank calls them
    """Keep what came to the account, but for what is kept already; *by* nobody: a terminal."""
    lock(session, public_role(session))  # one statement is kept at a time
    known = queries.known_hashes(session, [credit.digest for credit in credits])
    now, by_id = clock.now(), None if by is None else by.id
    rows = {
        credit.digest: {
            "hash": credit.digest,
            "day": credit.day,
            "label": credit.label,
            "amount_cents": credit.amount_cents,
            "imported_at": now,
            "imported_by_id": by_id,
        }
        for credit in credits
        if credit.digest not in known
    }
    if rows:
        session.execute(sa.insert(BankLine), list(rows.values()))
    done = Imported(added=len(rows), known=len(credits) - len(rows))
    after = {"added": done.added, "known": done.known}
    audit(session, "payments.statement.import", after=after)
    return done
