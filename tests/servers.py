"""Throw-away database servers: a cluster in a private folder, reached by a socket there."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.database_urls import DIALECTS

#: How long a server may take to start, and to stop, in seconds.
PATIENCE = 60
#: Where they are made, in memory where there is enough: nothing of them is to be kept. Short, as
#: the path of a socket must be.
HOMES = ("/dev/shm", "/tmp")
#: What one may take, in bytes.
ROOM = 3 * 1024**3
#: Where distributions put servers, that a user's path may lack.
FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec")


class ServerError(Exception):
    """A server did not start; the text says why."""


class Programs(NamedTuple):
    """What makes a cluster, and what serves it."""

    maker: Path
    daemon: Path


class Cluster(NamedTuple):
    """A server that runs; the database of its URL is for the caller to make."""

    url: sa.URL
    version: str


class Server(ABC):
    """A kind of server."""

    name: ClassVar[str]
    #: What to ask of ``apt install``.
    package: ClassVar[str]
    #: Whom it runs as when we are root, which none of them accepts.
    account: ClassVar[str]
    #: What stops it at once: nothing is worth writing down.
    stop_signal: ClassVar[signal.Signals]
    #: Where it may be made: the first place that has room.
    homes: ClassVar[tuple[str, ...]] = HOMES

    @abstractmethod
    def programs(self) -> Programs | None:
        """Its programs, or nothing where it is not installed."""

    @abstractmethod
    def url(self, home: Path) -> sa.URL: ...

    @abstractmethod
    def maker_options(self, home: Path) -> list[str]: ...

    @abstractmethod
    def daemon_options(self, home: Path) -> list[str]: ...

    @contextmanager
    def running(self) -> Iterator[Cluster]:
        """Start one, and leave no trace of it after the block.

        Raises:
            ServerError: It is not installed, or it does not start.
        """
        programs = self.programs()
        if programs is None:
            raise ServerError(f"no server binaries found; apt install {self.package}")
        home = Path(tempfile.mkdtemp(prefix="pcem-", dir=_roomy(self.homes)))
        try:
            self._make(programs.maker, home)
            with self._serve(programs.daemon, home) as cluster:
                yield cluster
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def _make(self, maker: Path, home: Path) -> None:
        user = self._user()
        if user:
            os.chown(home, user["user"], user["group"])
        with (home / "log").open("wb") as log:
            made = subprocess.run(
                [maker, *self.maker_options(home)], **_quiet(home, log), **user, check=False
            )
        if made.returncode:
            raise ServerError(_end_of_log(home))

    @contextmanager
    def _serve(self, daemon: Path, home: Path) -> Iterator[Cluster]:
        with (home / "log").open("ab") as log:
            process = subprocess.Popen(
                [daemon, *self.daemon_options(home)], **_quiet(home, log), **self._user()
            )
        try:
            yield self._when_ready(process, home)
        finally:
            process.send_signal(self.stop_signal)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _when_ready(self, process: subprocess.Popen[bytes], home: Path) -> Cluster:
        url = self.url(home)
        always_there = DIALECTS[url.get_backend_name()].home
        engine = sa.create_engine(url.set(database=always_there), poolclass=sa.NullPool)
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with engine.connect() as connection:
                    version = connection.dialect.server_version_info or ()
            except OperationalError:
                time.sleep(0.02)
            else:
                return Cluster(url, ".".join(map(str, version)))
        raise ServerError(_end_of_log(home))

    def _user(self) -> dict[str, Any]:
        """What makes ``subprocess`` drop the privileges of root."""
        if os.geteuid() != 0:
            return {}
        try:
            entry = pwd.getpwnam(self.account)
        except KeyError:
            raise ServerError(f"root needs a user named {self.account} to run it as") from None
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


class PostgreSQL(Server):
    """PostgreSQL, bytes in the order of their values, as SQLite and MariaDB are asked for."""

    name = "PostgreSQL"
    package = "postgresql"
    account = "postgres"
    stop_signal = signal.SIGQUIT

    def programs(self) -> Programs | None:
        """The newest of Debian's, or those on the path."""
        makers = sorted(
            Path("/usr/lib/postgresql").glob("*/bin/initdb"),
            key=lambda path: float(path.parts[-3]),
        )
        maker = makers[-1] if makers else _find("initdb")
        daemon = maker and maker.with_name("postgres")
        return Programs(maker, daemon) if maker and daemon and daemon.exists() else None

    def url(self, home: Path) -> sa.URL:
        return sa.make_url(f"postgresql+psycopg2://postgres@/test?host={home}")

    def maker_options(self, home: Path) -> list[str]:
        options = "--username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync"
        return [f"--pgdata={home / 'data'}", *options.split()]

    def daemon_options(self, home: Path) -> list[str]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(home),
            "max_connections": "200",
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
        }
        return [
            "-D",
            str(home / "data"),
            *(f"--{name}={value}" for name, value in settings.items()),
        ]


class MariaDB(Server):
    """MariaDB, comparing letters one by one: our keys are computed by us, alike everywhere."""

    name = "MariaDB"
    package = "mariadb-server"
    account = "mysql"
    stop_signal = signal.SIGKILL

    def programs(self) -> Programs | None:
        maker, daemon = _find("mariadb-install-db"), _find("mariadbd")
        return Programs(maker, daemon) if maker and daemon else None

    def url(self, home: Path) -> sa.URL:
        query = f"unix_socket={home / 's.sock'}&charset=utf8mb4"
        return sa.make_url(f"mariadb+pymysql://root@localhost/test?{query}")

    def maker_options(self, home: Path) -> list[str]:
        data = f"--datadir={home / 'data'}"
        return ["--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db"]

    def daemon_options(self, home: Path) -> list[str]:
        return [
            "--no-defaults",
            f"--datadir={home / 'data'}",
            f"--socket={home / 's.sock'}",
            f"--pid-file={home / 'pid'}",
            f"--tmpdir={home}",
            "--skip-networking",
            "--max-connections=200",
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_bin",
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-flush-method=nosync",
            "--skip-innodb-doublewrite",
        ]


def _find(name: str) -> Path | None:
    """The program called *name*, itself rather than a link to it."""
    found = shutil.which(name, path=os.pathsep.join([*os.get_exec_path(), *FOLDERS]))
    return Path(found).resolve() if found else None


def _roomy(homes: tuple[str, ...]) -> str:
    """The first place that has room for a cluster, else the last."""
    there = (place for place in homes if Path(place).is_dir())
    return next((one for one in there if shutil.disk_usage(one).free > ROOM), homes[-1])


def _quiet(home: Path, log: Any) -> dict[str, Any]:
    """Options of a program that writes to *log*, out of reach of the terminal's Ctrl-C."""
    return {
        "cwd": home,
        "stdin": subprocess.DEVNULL,
        "stdout": log,
        "stderr": subprocess.STDOUT,
        "start_new_session": True,
    }


def _end_of_log(home: Path) -> str:
    lines = (home / "log").read_text(errors="replace").splitlines()
    return "\n".join(["it does not start:", *lines[-15:]])
