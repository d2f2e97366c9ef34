"""What is found of the database."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.models.immutable import guards
from app.modules.operations.queries import health
from app.modules.operations.rules.doctor.database import Database

_LONGEST = 160
#: What MariaDB calls the rights to change tables.
_DEFINING = re.compile(r"\b(ALL PRIVILEGES|CREATE|ALTER|DROP|TRIGGER|SUPER)\b(?! USER| TEMP)")
_ON_POSTGRESQL = """
SELECT current_setting('server_version_num')::int AS version,
       current_setting('server_encoding') AS encoding,
       current_setting('TimeZone') AS zone,
       current_setting('transaction_isolation') AS isolation,
       current_setting('max_connections')::int AS connections,
       (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connected
"""
_RIGHTS_ON_POSTGRESQL = """
SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS super,
       has_schema_privilege(current_schema(), 'CREATE') AS creates,
       EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema()
               AND pg_has_role(tableowner, 'USAGE')) AS owns
"""
_ON_MARIADB = """
SELECT @@version AS version, @@character_set_database AS encoding, @@time_zone AS zone,
       @@max_connections AS connections,
       (SELECT COUNT(*) FROM information_schema.PROCESSLIST) AS connected
"""
#: It has had two names.
_ISOLATION_ON_MARIADB = (
    "SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation')"
)
#: Their names, whatever the database: small letters.
_TRIGGERS = {
    "postgresql": "SELECT lower(tgname) FROM pg_trigger "
    "WHERE NOT tgisinternal AND tgenabled <> 'D'",
    "mysql": "SELECT lower(trigger_name) FROM information_schema.triggers "
    "WHERE trigger_schema = database()",
    "sqlite": "SELECT lower(name) FROM sqlite_master WHERE type = 'trigger'",
}
_TRIGGERS["mariadb"] = _TRIGGERS["mysql"]
_NOW = {
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
    "mysql": "SELECT unix_timestamp(now(6))",
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400.0",
}
_NOW["mariadb"] = _NOW["mysql"]


def look(
    session: Session, *, wanted: frozenset[str], known: frozenset[str] = frozenset()
) -> Database:
    """The database; *wanted* are the last migrations of the code, and *known* all of them.

    Raises:
        SQLAlchemyError: If it does not answer.
    """
    dialect = _dialect(session)
    session.execute(sa.select(1))  # the first one opens the connection
    began = time.perf_counter()
    session.execute(sa.select(1))
    took = 1000 * (time.perf_counter() - began)
    about = dict(_about(session, dialect))
    names = session.scalars(sa.text(_TRIGGERS[dialect])).all()
    skew, may = _skew(session, dialect), tuple(_rights(session, dialect))
    revisions = _revisions(session)
    found = Database(
        dialect=dialect,
        milliseconds=took,
        skew=skew,
        may=may,
        found=revisions,
        wanted=wanted,
        is_ahead=bool(revisions and known) and known.isdisjoint(revisions),
        missing=guards(dialect) - set(names),
        **about,
    )
    session.rollback()
    return found


def reason(error: sa.exc.SQLAlchemyError) -> str:
    """Why a database does not answer, in one line: what its driver says tells no password."""
    cause = getattr(error, "orig", None)
    text = str(cause) if cause is not None else type(error).__name__
    return " ".join(text.split())[:_LONGEST]


def _dialect(session: Session) -> str:
    dialect = session.get_bind().dialect
    return "mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name


def _about(session: Session, dialect: str) -> Iterator[tuple[str, Any]]:
    if dialect == "sqlite":
        version = session.scalars(sa.text("SELECT sqlite_version()")).one()
        yield from {
            "version": numbers(version),
            "encoding": "",
            "zone": "",
            "isolation": "",
        }.items()
        return
    sql = _ON_POSTGRESQL if dialect == "postgresql" else _ON_MARIADB
    row = session.execute(sa.text(sql)).mappings().one()
    if dialect != "postgresql":
        yield "isolation", session.execute(sa.text(_ISOLATION_ON_MARIADB)).all()[0][1]
    for name, value in row.items():
        yield str(name), numbers(value) if name == "version" else value


def numbers(version: object) -> tuple[int, ...]:
    """What a server says that it is: ``150004`` and ``10.11.6-MariaDB`` alike."""
    if isinstance(version, int):
        return version // 10_000, version % 10_000
    return tuple(int(one) for one in re.findall(r"\d+", str(version))[:3])


def _skew(session: Session, dialect: str) -> float:
    """How far ahead of ours its clock is, in seconds, less the half of what asking takes."""
    before = clock.now()
    theirs = float(session.scalars(sa.text(_NOW[dialect])).one())
    middle = before + (clock.now() - before) / 2
    return (datetime.fromtimestamp(theirs, UTC) - middle).total_seconds()


def _rights(session: Session, dialect: str) -> Iterator[str]:
    """What of the tables our role could do."""
    if dialect == "postgresql":
        row = session.execute(sa.text(_RIGHTS_ON_POSTGRESQL)).one()
        told = (("do anything", row.super), ("make tables", row.creates), ("drop them", row.owns))
        yield from (what for what, may in told if may)
    elif dialect in ("mariadb", "mysql"):
        granted = session.scalars(sa.text("SHOW GRANTS FOR CURRENT_USER()")).all()
        rights = {right for one in granted for right in _DEFINING.findall(one.partition(" ON ")[0])}
        yield from sorted(right.lower() for right in rights)


def _revisions(session: Session) -> frozenset[str]:
    """Up to which migrations it is; none, without its tables."""
    if not sa.inspect(session.connection()).has_table("alembic_version"):
        return frozenset()
    return health.revisions(session)
