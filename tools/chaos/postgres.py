"""A cluster of PostgreSQL that is stopped, killed, and starved of its disk."""

import os
import pwd
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.servers import PostgreSQL, ServerError
from tools.chaos.programs import until

#: How long it may take to start, in seconds: it recovers from a crash.
PATIENCE = 60
_ACCOUNT = "postgres"
#: Somebody, and their account of the bar, in no order that the site keeps to.
_BOTH_ROWS = sa.text(
    "SELECT 1 FROM bar_account JOIN pceen ON pceen.id = pceen_id"
    " WHERE pceen_id = :number FOR UPDATE"
)


class Cluster:
    """A server on a disk of its own, which keeps what it says that it keeps."""

    def __init__(self, home: Path, sockets: Path) -> None:
        programs = PostgreSQL().programs()
        if programs is None:
            raise ServerError("no server binaries found; apt install postgresql")
        self._bin = programs.maker.parent
        self._data, self._sockets = home / "data", sockets
        self._log = sockets / "log"
        self.url = sa.make_url(f"postgresql+psycopg2://postgres@/pem?host={sockets}")
        self.engine = sa.create_engine(
            self.url, poolclass=sa.NullPool, connect_args={"connect_timeout": 3}
        )

    def make(self) -> None:
        """Make it, and the database of the site, with its rows kept through crashes."""
        self._sockets.mkdir()
        for place in (self._data.parent, self._sockets):
            os.chown(place, *_ids())
        options = "--username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8"
        self._run("initdb", f"--pgdata={self._data}", *options.split())
        settings = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self._sockets}'",
            "max_connections": "80",
            "max_wal_size": "'96MB'",
            "min_wal_size": "'32MB'",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "checkpoint_timeout": "'30s'",
        }
        with (self._data / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in settings.items())
        self.start()
        admin = sa.create_engine(self.url.set(database="postgres"), poolclass=sa.NullPool)
        with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CREATE DATABASE pem")

    def start(self) -> None:
        """Start it, if it does not run, and wait until it answers.

        Raises:
            ServerError: It does not start.
        """
        if self.answers():
            return
        self._run("pg_ctl", "start", "-D", str(self._data), "-l", str(self._log), "-W", fails=False)
        if not until(lambda: self.answers(database="postgres"), PATIENCE):
            tail = self._log.read_text(errors="replace").splitlines()[-15:]
            raise ServerError("\n".join(["PostgreSQL does not start:", *tail]))

    def stop(self, mode: str) -> None:
        """Stop it: ``fast``, or ``immediate``, after which it recovers as from a crash."""
        self._run(
            "pg_ctl", "stop", "-D", str(self._data), "-m", mode, "-w", "-t", "30", fails=False
        )

    def answers(self, *, database: str = "pem") -> bool:
        """Whether it answers."""
        engine = sa.create_engine(
            self.url.set(database=database),
            poolclass=sa.NullPool,
            connect_args={"connect_timeout": 2},
        )
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except sa.exc.OperationalError:
            return False
        return True

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """What a statement finds."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement), values).mappings()]

    @contextmanager
    def snapshot(self) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
        """Read several things as of one instant."""
        with self.engine.connect().execution_options(
            isolation_level="REPEATABLE READ"
        ) as connection:

            def rows(statement: str) -> list[dict[str, Any]]:
                found = connection.execute(sa.text(statement)).mappings()
                return [dict(row) for row in found]

            yield rows

    def do(self, statement: str, **values: Any) -> int:
        """Change something behind the back of the site; say how many rows."""
        with self.engine.begin() as connection:
            return connection.execute(sa.text(statement), values).rowcount

    def end_connections(self) -> int:
        """End all connections of the site."""
        found = self.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = 'pem' AND pid <> pg_backend_pid()"
        )
        return len(found)

    @contextmanager
    def holding(self, statements: Sequence[str]) -> Iterator[None]:
        """Hold the locks that these statements take, until the end of the block."""
        with self.engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
            yield
            connection.rollback()

    def quarrel(self, seconds: float) -> int:
        """Lock rows that the site locks, in no good order, for so long; count the deadlocks."""
        over = threading.Event()
        deadlocks: list[int] = []
        numbers = [row["pceen_id"] for row in self.rows("SELECT pceen_id FROM bar_account")]

        def lock(order: int) -> None:
            rank = order
            while not over.wait(0.02):
                pair = numbers[rank % len(numbers)], numbers[(rank * 7 + 3) % len(numbers)]
                rank += 1
                try:
                    with self.engine.begin() as connection:
                        for number in pair if order % 2 else pair[::-1]:
                            connection.execute(_BOTH_ROWS, {"number": number})
                except sa.exc.OperationalError:
                    deadlocks.append(rank)

        threads = [threading.Thread(target=lock, args=(order,), daemon=True) for order in range(4)]
        for thread in threads:
            thread.start()
        over.wait(seconds)
        over.set()
        for thread in threads:
            thread.join()
        return len(deadlocks)

    def _run(self, program: str, *arguments: str, fails: bool = True) -> None:
        user: dict[str, Any] = {}
        if os.geteuid() == 0:
            uid, gid = _ids()
            user = {"user": uid, "group": gid, "extra_groups": []}
        done = subprocess.run(  # noqa: S603  # a command of ours
            [self._bin / program, *arguments],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the server would hold a pipe open
            stderr=subprocess.DEVNULL,
            check=False,
            **user,
        )
        if done.returncode and fails:
            raise ServerError(f"{program} fails: {done.returncode}")


def _ids() -> tuple[int, int]:
    if os.geteuid() != 0:
        return os.getuid(), os.getgid()
    entry = pwd.getpwnam(_ACCOUNT)
    return entry.pw_uid, entry.pw_gid
