"""What is right and wrong with the database."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.modules.operations.rules.doctor.verdicts import Verdict, off, ok, warning, wrong

#: The oldest servers that do all that is asked of them.
OLDEST = {"postgresql": (13,), "mysql": (8, 0), "mariadb": (10, 6)}
ENCODING = {"postgresql": "utf8", "mysql": "utf8mb4", "mariadb": "utf8mb4"}
#: Between our clock and its own, in seconds: more than is fit; more than leases bear.
SKEW, UNBEARABLE = 1.0, 30.0
#: How much of its connections may be taken.
_BUSY = 0.8
_RIGHTS = "see 'The role of the database' in docs/operations.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database that answers, as it was found."""

    dialect: str
    version: tuple[int, ...]
    milliseconds: float
    encoding: str
    zone: str
    #: What our transactions see of those of others.
    isolation: str
    #: How far ahead of ours its clock is, in seconds.
    skew: float
    #: What of the tables the role of the site could do, which it never has to; empty: nothing.
    may: tuple[str, ...]
    found: frozenset[str]
    wanted: frozenset[str]
    #: Whether it is at migrations of a later release, as after a return to the one before.
    is_ahead: bool
    #: The triggers that keep what was done from change, and are not there.
    missing: frozenset[str]
    #: How many connections it takes, and how many are taken.
    connections: int | None = None
    connected: int | None = None


def unreachable(reason: str) -> Iterator[Verdict]:
    """Of one that does not answer."""
    remedy = "SQLALCHEMY_DATABASE_URI, or start the server: systemctl status postgresql"
    yield wrong("database", reason, remedy)


def database(found: Database, *, is_production: bool) -> Iterator[Verdict]:
    """Of one that answers."""
    yield _server(found, is_production=is_production)
    yield _tables(found)
    if found.dialect in ENCODING:
        yield _encoding(found)
        yield _isolation(found)
        yield _role(found)
        yield _connections(found)
    yield _triggers(found)
    yield _clock(found)


def _server(found: Database, *, is_production: bool) -> Verdict:
    version = ".".join(map(str, found.version))
    said = f"{found.dialect} {version}, {found.milliseconds:.0f} ms, time zone {found.zone}"
    if found.dialect == "sqlite":
        if is_production:
            remedy = "SQLALCHEMY_DATABASE_URI=postgresql://…"
            return warning("database", "SQLite: for one machine, and few people", remedy)
        return ok("database", f"SQLite {version}")
    oldest = OLDEST[found.dialect]
    if found.version < oldest:
        return wrong("database", said, f"install {found.dialect} {oldest[0]} or later")
    return ok("database", said)


def _tables(found: Database) -> Verdict:
    if found.found == found.wanted:
        return ok("migrations", f"at {', '.join(sorted(found.wanted))}")
    at = ", ".join(sorted(found.found)) or "none"
    if found.is_ahead:
        remedy = "update the code again; a database is not taken back (docs/operations.md)"
        return warning("migrations", f"at {at}, of a later release", remedy)
    return wrong("migrations", f"at {at}, and not those of the code", "flask db upgrade")


def _encoding(found: Database) -> Verdict:
    wanted = ENCODING[found.dialect]
    if found.encoding.lower() != wanted:
        remedy = f"make the database again in {wanted}, and restore into it"
        return wrong("encoding", found.encoding, remedy)
    return ok("encoding", found.encoding)


def _isolation(found: Database) -> Verdict:
    said = found.isolation.lower().replace("-", " ")
    if said != "read committed":
        remedy = "nothing may set it between the site and the database: see its pooler"
        return wrong("isolation", said, remedy)
    return ok("isolation", said)


def _role(found: Database) -> Verdict:
    if found.may:
        said = f"the site's role may {', '.join(found.may)}"
        return warning("role", said, _RIGHTS)
    return ok("role", "reads and writes rows, and nothing more")


def _connections(found: Database) -> Verdict:
    name = "connections"
    if found.connections is None or found.connected is None:
        return off(name, "the server does not say")
    said = f"{found.connected} of {found.connections}"
    if found.connected > _BUSY * found.connections:
        return warning(name, said, "max_connections, or smaller pools: docs/scaling.md counts them")
    return ok(name, said)


def _triggers(found: Database) -> Verdict:
    if found.found != found.wanted:
        return off("triggers", "looked at once the tables are those of the code")
    if found.missing:
        said = f"missing: {', '.join(sorted(found.missing)[:5])}"
        remedy = "restore the copy again with its triggers (as its owner), or see the migrations"
        return warning("triggers", said, remedy)
    return ok("triggers", "what was done is kept from change")


def _clock(found: Database) -> Verdict:
    name, said = "database-clock", f"{found.skew:+.1f} s from ours"
    if abs(found.skew) > UNBEARABLE:
        return wrong(name, said, "timedatectl set-ntp true, on both machines")
    if abs(found.skew) > SKEW:
        return warning(name, said, "timedatectl set-ntp true, on both machines")
    return ok(name, said)
