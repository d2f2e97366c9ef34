"""A database, copied by its own tools: with all that it holds at one instant, while it is used.

What is made: a file, and how many rows of each table are in it.
"""

import re
import shutil
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar

import sqlalchemy as sa

from app.integrations.backup import programs
from app.integrations.backup.errors import DiskFull, DumpDamaged, NotCopied
from app.integrations.backup.programs import Program, no_tick
from app.models import Base

Tick = Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumped:
    """A copy of a database: what it is a copy of, and what is in it."""

    dialect: str
    server: str
    #: Up to which migrations it is.
    revisions: tuple[str, ...]
    #: How many rows each table has in the copy.
    rows: Mapping[str, int]


class Database(ABC):
    """A database, and the tools that copy it."""

    dialect: ClassVar[str]
    #: What a copy of it is called.
    file_name: ClassVar[str]

    def __init__(self, url: sa.URL) -> None:
        #: Where it is, and as whom: shown, it hides its password.
        self.url = url

    def dump(self, path: Path, tick: Tick = no_tick) -> Dumped:
        """Copy it into the file *path*, which none but us may read.

        Raises:
            BackupRefused: If that cannot be done.
        """
        path.touch(mode=0o600)
        return self._dump(path, tick)

    @abstractmethod
    def _dump(self, path: Path, tick: Tick) -> Dumped: ...

    @abstractmethod
    def fill(self, path: Path, tick: Tick = no_tick) -> None:
        """Put a copy into this database, which is empty.

        Raises:
            BackupRefused: If that cannot be done; what was put stays.
        """

    @abstractmethod
    def check(self, path: Path) -> None:
        """Read a copy to its end, without a database.

        Raises:
            DumpDamaged: If it is not whole.
            ProgramMissing: If what reads it is not there.
        """

    @abstractmethod
    def complete(self) -> None:
        """Make what a copy has not, once its tables are those of this code."""

    def tables(self) -> list[str]:
        """The tables that there are."""
        with self._connected() as connection:
            return sorted(sa.inspect(connection).get_table_names())

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        with self._connected() as connection:
            return counted(connection)

    def revisions(self) -> tuple[str, ...]:
        """Up to which migrations it is."""
        with self._connected() as connection:
            return revisions(connection)

    @contextmanager
    def _connected(self, isolation: str | None = None) -> Iterator[sa.Connection]:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        options = {"isolation_level": isolation} if isolation else {}
        with engine.connect().execution_options(**options) as connection:
            yield connection


def counted(connection: sa.Connection) -> dict[str, int]:
    """How many rows each table has."""
    count = sa.func.count()
    return {
        name: connection.scalar(sa.select(count).select_from(sa.table(name))) or 0
        for name in sorted(sa.inspect(connection).get_table_names())
    }


def revisions(connection: sa.Connection) -> tuple[str, ...]:
    """Up to which migrations a database is; none if it has no tables."""
    if "alembic_version" not in sa.inspect(connection).get_table_names():
        return ()
    return tuple(sorted(connection.scalars(sa.text("SELECT version_num FROM alembic_version"))))


def _server(connection: sa.Connection) -> str:
    return ".".join(str(part) for part in connection.dialect.server_version_info or ())


class PostgreSQL(Database):
    """``pg_dump`` and ``pg_restore``: what is counted is what is dumped, in one snapshot."""

    dialect = "postgresql"
    file_name = "database.dump"
    _PACKAGE = "postgresql-client"

    def _dump(self, path: Path, tick: Tick) -> Dumped:
        # not compressed: what did not change since the last copy is recognised, and not sent again
        options = ["--format=custom", "--compress=0", "--no-password", f"--file={path}"]
        with self._connected("REPEATABLE READ") as connection:
            snapshot = connection.scalar(sa.text("SELECT pg_export_snapshot()"))
            program = self._program("pg_dump", *options, f"--snapshot={snapshot}")
            programs.check(program, programs.run(program, tick=tick))
            return Dumped(
                dialect=self.dialect,
                server=_server(connection),
                revisions=revisions(connection),
                rows=counted(connection),
            )

    def fill(self, path: Path, tick: Tick = no_tick) -> None:
        options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
        program = self._program("pg_restore", *options, "--no-password", file=path)
        programs.check(program, programs.run(program, tick=tick))

    def check(self, path: Path) -> None:
        tool = programs.find(["pg_restore"], self._PACKAGE)
        # reads all of it: a list of its contents is at its beginning
        command = [tool, "--file=/dev/null", str(path)]
        program = Program(command=command, environment=programs.surroundings())
        ended = programs.run(program)
        if ended.status:
            raise DumpDamaged(why=programs.last_words(ended))

    def complete(self) -> None:
        """Have the database know what it holds: it answers badly until it does."""
        with self._connected("AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")

    def _program(self, name: str, *options: str, file: Path | None = None) -> Program:
        _args, values = self.url.get_dialect()().create_connect_args(self.url)
        password = str(values.pop("password", "") or "")
        options = (*options, f"--dbname={_conninfo(values)}", *([str(file)] if file else []))
        return Program(
            command=[programs.find([name], self._PACKAGE), *options],
            environment=programs.surroundings(**({"PGPASSWORD": password} if password else {})),
            secrets=[password] if password else [],
        )


def _conninfo(values: Mapping[str, object]) -> str:
    """Where a database is, as libpq wants it written."""

    def quoted(value: object) -> str:
        return str(value).replace("\\", "\\\\").replace("'", "\\'")

    return " ".join(f"{name}='{quoted(value)}'" for name, value in values.items())


#: What begins the rows of a table, in a dump of MariaDB: each is on a line of its own after it.
_INSERT = re.compile(rb"INSERT INTO `([^`]+)` (?:\([^)]*\) )?VALUES\s*$")
_WHOLE = b"-- Dump completed"


class MariaDB(Database):
    """``mariadb-dump`` and ``mariadb``, without triggers: the code makes them again.

    To read a trigger there takes the right to drop it, which the site's own role must not have.
    """

    dialect = "mariadb"
    file_name = "database.sql"
    _PACKAGE = "mariadb-client"

    def _dump(self, path: Path, tick: Tick) -> Dumped:
        options = ["--single-transaction", "--quick", "--skip-lock-tables", "--skip-triggers"]
        options += ["--hex-blob", "--default-character-set=utf8mb4", "--skip-dump-date"]
        with self._connected() as connection, path.open("wb") as target:
            with self._program(["mariadb-dump", "mysqldump"], *options, beside=path) as program:
                programs.check(program, programs.run(program, target=target, tick=tick))
            with path.open("rb") as made:
                return Dumped(
                    dialect=self.dialect,
                    server=_server(connection),
                    revisions=revisions(connection),
                    rows=_rows_of(made, sa.inspect(connection).get_table_names()),
                )

    def fill(self, path: Path, tick: Tick = no_tick) -> None:
        options = ["--default-character-set=utf8mb4", "--binary-mode"]
        with (
            path.open("rb") as source,
            self._program(["mariadb", "mysql"], *options, beside=path) as program,
        ):
            programs.check(program, programs.run(program, source=source, tick=tick))

    def check(self, path: Path) -> None:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            if _WHOLE not in file.read():
                raise DumpDamaged(why="it is not whole")

    def complete(self) -> None:
        """Make the triggers that keep what was written from change."""
        stmt = sa.text(
            "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema=:at"
        )
        with self._connected() as connection, connection.begin():
            there = connection.scalars(stmt, {"at": self.url.database}).all()
            quote = connection.dialect.identifier_preparer.quote_identifier
            for name in there:
                connection.exec_driver_sql(f"DROP TRIGGER {quote(name)}")
            for table in Base.metadata.sorted_tables:
                table.dispatch.after_create(table, connection)

    @contextmanager
    def _program(self, names: list[str], *options: str, beside: Path) -> Iterator[Program]:
        """The program, told where the database is by a file that goes afterwards."""
        told = beside.with_name(".client.cnf")
        told.unlink(missing_ok=True)
        told.touch(mode=0o600)
        password = self.url.password or ""
        try:
            told.write_text(self._options())
            tool = programs.find(names, self._PACKAGE)
            yield Program(
                command=[tool, f"--defaults-extra-file={told}", *options, str(self.url.database)],
                environment=programs.surroundings(),
                secrets=[password] if password else [],
            )
        finally:
            told.unlink(missing_ok=True)

    def _options(self) -> str:
        url, query = self.url, self.url.query
        values = {
            "user": url.username,
            "password": url.password,
            "host": url.host,
            "port": url.port,
            "socket": query.get("unix_socket"),
            **{
                name: query.get(name.replace("-", "_"))
                for name in ("ssl-ca", "ssl-cert", "ssl-key")
            },
        }
        given = {name: str(value) for name, value in values.items() if value is not None}
        escaped = {
            name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in given.items()
        }
        return "".join(["[client]\n", *(f'{name}="{value}"\n' for name, value in escaped.items())])


def _rows_of(dump: IO[bytes], tables: Iterable[str]) -> dict[str, int]:
    """How many rows of each of the *tables* are in a dump of MariaDB."""
    rows = dict.fromkeys(sorted(tables), 0)
    table = ""
    for line in dump:
        if line.startswith(b"(") and table:
            rows[table] += 1
        elif found := _INSERT.match(line):
            table = found[1].decode()
        elif line.startswith(b"INSERT INTO"):
            raise DumpDamaged(why="rows are not one a line: MariaDB 10.6 or later writes them so")
        else:
            table = ""
    return rows


class SQLite(Database):
    """The online backup of SQLite itself."""

    dialect = "sqlite"
    file_name = "database.sqlite"

    @property
    def _path(self) -> Path:
        if not self.url.database or self.url.database == ":memory:":
            raise NotCopied
        return Path(self.url.database)

    def _dump(self, path: Path, tick: Tick) -> Dumped:
        tick()
        try:
            with (
                closing(sqlite3.connect(self._path)) as source,
                closing(sqlite3.connect(path)) as target,
            ):
                source.backup(target)
        except sqlite3.OperationalError as error:
            if "full" in str(error) or "I/O" in str(error):
                raise DiskFull(program="SQLite") from None
            raise
        self.check(path)
        with closing(_read_only(path)) as copy:
            named = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = sorted(name for (name,) in named if not name.startswith("sqlite_"))
            return Dumped(
                dialect=self.dialect,
                server=sqlite3.sqlite_version,
                revisions=_sqlite_revisions(copy, tables),
                rows={
                    name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608  # a table of ours
                    for name in tables
                },
            )

    def fill(self, path: Path, tick: Tick = no_tick) -> None:
        tick()
        new = self._path.with_name(f".{self._path.name}.new")
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, new)
        for suffix in ("-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)
        new.replace(self._path)

    def check(self, path: Path) -> None:
        try:
            with closing(_read_only(path)) as copy:
                (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            raise DumpDamaged(why=str(error)) from None
        if verdict != "ok":
            raise DumpDamaged(why=verdict)

    def complete(self) -> None:
        """Nothing is missing: a copy has all that the database had."""


def _read_only(path: Path) -> sqlite3.Connection:
    """A database that nobody writes, and that nothing is written beside."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)


def _sqlite_revisions(copy: sqlite3.Connection, tables: Iterable[str]) -> tuple[str, ...]:
    if "alembic_version" not in tables:
        return ()
    found = copy.execute("SELECT version_num FROM alembic_version")
    return tuple(sorted(name for (name,) in found))


_KINDS: Mapping[str, type[Database]] = {
    "postgresql": PostgreSQL,
    "mysql": MariaDB,
    "mariadb": MariaDB,
    "sqlite": SQLite,
}


def make_database(url: str) -> Database:
    """The database at *url*, with the tools that suit it."""
    made = sa.make_url(url)
    return _KINDS[made.get_backend_name()](made)


def checker(dialect: str) -> Database:
    """What reads the copies of the databases of one kind, without any database."""
    return _KINDS[dialect](sa.URL.create(dialect))
