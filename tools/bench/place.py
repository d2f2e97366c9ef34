"""Where the bench takes place: a PostgreSQL of its own, a school, the site that serves it."""

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.settings import ROOT
from tests import database_urls
from tests.browser.site import Site, SiteError
from tests.servers import Cluster, PostgreSQL

#: How long a school may take to be made, in seconds, at scale 1.
FURNISHING = 900
#: How long a page may take to come the first time, in seconds.
PATIENCE = 60


class Ordinary(PostgreSQL):
    """A cluster as it is without a word about it, on a disk."""

    homes = ("/var/tmp", "/tmp")  # noqa: S108  # a folder of its own is made there

    def daemon_options(self, home: Path) -> list[str]:
        data, socket = str(home / "data"), str(home)
        return ["-D", data, "--listen_addresses=", f"--unix_socket_directories={socket}"]


class School(Site):
    """The site of a reference school: its database, its files, its servers."""

    def __init__(self, folder: Path, cluster: Cluster, *, scale: float) -> None:
        self.scale = scale
        url = cluster.url.set(database=f"reference_{scale:g}".replace(".", "_"))
        database_urls.create(url, afresh=True)
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, url.render_as_string(hide_password=False))
        self.engine = sa.create_engine(url, poolclass=sa.NullPool)
        #: How long it took to make, in seconds.
        self.loaded = 0.0

    def make(self) -> None:
        """Fill it, then let PostgreSQL do what it does by itself a minute later.

        Raises:
            SiteError: If a command of the site fails.
        """
        self.flask("db", "upgrade", patience=FURNISHING)
        begun = time.perf_counter()
        size = ("--size", "reference", "--scale", f"{self.scale:g}")
        self.flask("demo", "load", *size, patience=FURNISHING * max(1, self.scale))
        self.loaded = time.perf_counter() - begun
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")

    @property
    def environment(self) -> dict[str, str]:
        """What its programs see."""
        return self._environment()

    def python(self, module: str, *arguments: str, sent: str = "") -> str:
        """Run a module of ours as a part of the site; return what it printed.

        Raises:
            SiteError: If it fails.
        """
        done = subprocess.run(  # noqa: S603  # a module of ours
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=self.environment,
            input=sent,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SiteError(f"{module}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout

    def serve_bare(self) -> str:
        """Where a Flask without anything of ours answers, served alike."""
        origin, process = self._gunicorn("bare", "tools.bench.bare:app")
        self._wait_for(process, f"{origin}/page")
        return origin

    def start_one(self) -> tuple[str, subprocess.Popen[bytes]]:
        """Start one worker, without waiting for it: where it will answer, and the process."""
        return self._gunicorn("single", "pc-est-magique:app", workers=1)

    def _gunicorn(
        self, name: str, what: str, *, workers: int = 2
    ) -> tuple[str, subprocess.Popen[bytes]]:
        from tests.browser.site import _free_port  # noqa: PLC0415  # beside the site's own

        port = _free_port()
        options = f"--bind 127.0.0.1:{port} --workers {workers} --threads 4 --preload"
        process = self._start(
            name,
            "gunicorn",
            *options.split(),
            "--no-control-socket",
            what,
            SERVER_NAME=f"127.0.0.1:{port}",
            FORCE_MAC="",
        )
        return f"http://127.0.0.1:{port}", process

    def workers_memory(self) -> list[float]:
        """What each worker of the web holds for itself and in common, in megabytes."""
        return [_resident(pid) for master in self._running for pid in _children(master.pid)]

    def close(self) -> None:
        """Stop all that runs."""
        self.engine.dispose()
        self.stop()


def _children(pid: int) -> list[int]:
    found = subprocess.run(  # noqa: S603  # a program of the system
        ["ps", "-o", "pid=", "--ppid", str(pid)],  # noqa: S607  # wherever it is
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(line) for line in found.stdout.split()]


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    lines = (line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return next((int(line.split()[1]) / 1024 for line in lines), 0.0)


@contextmanager
def school(folder: Path, cluster: Cluster, *, scale: float) -> Iterator[School]:
    """A reference school that is full, until the end of the block."""
    made = School(folder / f"school-{scale:g}", cluster, scale=scale)
    try:
        made.make()
        yield made
    finally:
        made.close()
        shutil.rmtree(made.folder, ignore_errors=True)


def machine(cluster: Cluster) -> dict[str, Any]:
    """What the figures were measured on."""
    cpu = Path("/proc/cpuinfo")
    names = [line for line in cpu.read_text().splitlines() if line.startswith("model name")]
    return {
        "cores": os.cpu_count(),
        "processor": names[0].partition(":")[2].strip() if names else platform.processor(),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB",
        "system": platform.platform(terse=True),
        "Python": platform.python_version(),
        "PostgreSQL": cluster.version,
        "load before": f"{os.getloadavg()[0]:.2f}",
    }


def once_answered(origin: str, path: str) -> float:
    """How long it takes, from now, until a page is answered; in seconds.

    Raises:
        SiteError: If it is not, for long.
    """
    from tools.loopback import Browser  # noqa: PLC0415  # a client of this alone

    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE:
        try:
            if Browser(origin).get(path).status == 200:
                return time.perf_counter() - begun
        except OSError:
            time.sleep(0.005)
    raise SiteError(f"{origin}{path} does not answer")


def people(school: School, stmt: sa.Select[Any]) -> Sequence[Any]:
    """What a statement finds in a school."""
    with school.engine.connect() as connection:
        return connection.execute(stmt).all()
