"""A request that is sent twice, and done once (community 3.2)."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.models import BarTransaction, PCeen
from app.modules.bar.errors import KeyMissing, KeyReused
from app.modules.bar.queries import ledger

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
#: How often a request is tried, in all, that others are in the way of.
_TRIES = 5
#: How PostgreSQL, then SQLite, call what cannot be done beside something else; then MariaDB.
_DEADLOCKS = frozenset({"40P01", "40001", "SQLITE_BUSY_SNAPSHOT"})
_MARIADB_DEADLOCK = 1213


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks something of the ledger, and how it is told from anything else that they ask."""

    #: The number of who asks.
    by_id: int
    #: The digest of the key, and of who sent it.
    key: str
    #: The digest of what is asked.
    hash: str


def asked(by: PCeen, key: str | None, what: str, **body: Any) -> Asked:
    """Who asks *what*, with the key that their page made for it.

    Raises:
        KeyMissing: If there is none, or if it is not one.
    """
    if key is None or not _KEY.fullmatch(key):
        raise KeyMissing
    said = json.dumps([what, body], sort_keys=True)
    return Asked(by.id, _digest(f"{by.id}:{key}"), _digest(said))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The line that a request wrote, now or before: as it was written, apart from the session."""

    line: BarTransaction
    is_replay: bool = False


def replayed(line: BarTransaction, request: Asked) -> Outcome:
    """What a request that was done already is answered.

    Raises:
        KeyReused: If its key did something else.
    """
    if line.request_hash != request.hash:
        raise KeyReused
    return Outcome(line, is_replay=True)


def done_before(session: Session, request: Asked) -> Outcome | None:
    """What a request did already, if it did.

    Raises:
        KeyReused: If its key did something else.
    """
    line = ledger.with_key(session, request.key)
    return None if line is None else replayed(line, request)


def once(session: Session, request: Asked, act: Callable[[Session], Outcome]) -> Outcome:
    """Do a request in a transaction of its own; if another did it meanwhile, tell what that did.

    What the database gives up to let others go on is tried again.

    Raises:
        DomainError: What *act* refuses, or a key that did something else.
    """
    for left in reversed(range(_TRIES)):
        try:
            return _once(session, request, act)
        except sa.exc.OperationalError as error:
            if not left or not is_deadlock(error):
                raise
    raise AssertionError  # the last try returns, or raises


def _once(session: Session, request: Asked, act: Callable[[Session], Outcome]) -> Outcome:
    try:
        with transaction(session):
            outcome = act(session)
            session.flush()
            session.expunge(outcome.line)
            return outcome
    except sa.exc.IntegrityError:
        found = done_before(session, request)
        if found is None:
            raise
        return found


def is_deadlock(error: sa.exc.DBAPIError) -> bool:
    """Whether a database ended what waited for others that waited for it: it may be done again."""
    said: Any = error.orig
    names = {getattr(said, "pgcode", None), getattr(said, "sqlite_errorname", None)}
    return bool(names & _DEADLOCKS) or said.args[:1] == (_MARIADB_DEADLOCK,)
