"""How the site is served: gunicorn, four processes of four threads each.

``kill -HUP`` has the master read this file again, through the link ``current``,
and start processes of the release that it names by then. The former ones go on
until those are there, so that nobody waits for them; if they do not start, the
former ones stay (ADR 29). Nothing of the site is imported here: a process that
is made later would find it as it was.
"""

import ctypes
import fcntl
import gc
import importlib
import json
import logging
import mmap
import os
import site
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

#: The release, by the link that leads to it: ``current``.
HERE = Path(__file__).absolute().parent
#: How long the first new process waits for its like, in seconds, before it is enough alone.
COMPANY = 10
#: What ``mallopt`` calls the number of heaps.
_ARENA_MAX = -8
#: What the master understands as: this will never start.
_BOOT_ERROR = 3


class Board:
    """What the processes tell one another: who serves, and who is replaced.

    Each has a number, its ``age``: the higher, the newer.
    """

    #: What a process may be; nothing, once it is gone.
    BEGINS, SERVES = 1, 2
    #: Where the states begin, after the number of the first of the newest, and a word of the end.
    _HEAD, _MOST = 9, 1 << 20
    #: How many are looked at.
    SEEN = 4096

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, self._HEAD + self._MOST)

    def replace(self, first: int) -> None:
        """Have those before *first* leave, once those from it on are there."""
        self._memory[: self._HEAD] = first.to_bytes(8, "big") + b"\0"

    @property
    def first(self) -> int:
        """The number of the first that is not replaced."""
        return int.from_bytes(self._memory[:8], "big")

    def stop(self) -> None:
        """Say that one was asked to leave that nobody replaces: all of them are."""
        self._memory[8] = 1

    @property
    def is_stopped(self) -> bool:
        """Whether the site stops."""
        return bool(self._memory[8])

    def write(self, age: int, state: int) -> None:
        """Say what a process is."""
        self._memory[self._HEAD + age % self._MOST] = state

    def states(self, first: int) -> bytes:
        """What those from *first* on are."""
        at = self._HEAD + first % self._MOST
        return self._memory[at : at + self.SEEN]


class Worker(ThreadWorker):
    """A process of the site, which leaves once it is relieved."""

    #: What the master gave it.
    board: Board
    #: When it was asked to leave, and the number that those who relieve it begin with.
    _asked_at, _relief = 0.0, 0

    def load_wsgi(self) -> None:
        """Become a process of the release; its failure is not the whole site's, where one runs."""
        try:
            share_heap()
            enter(HERE.resolve())
            super().load_wsgi()
        except (Exception, SystemExit):
            self.log.exception("the site does not start")
            runs = Board.SERVES in self.board.states(max(0, self.age - Board.SEEN))
            raise SystemExit(1 if runs else _BOOT_ERROR) from None

    def run(self) -> None:
        """Serve, until asked to leave."""
        gc.collect()
        gc.freeze()  # what there is by now stays: nobody goes through it again
        self.board.write(self.age, Board.SERVES)
        super().run()

    def handle_exit(self, sig: int, frame: object) -> None:
        """Leave: at once if the site stops, else once those of the new release are there."""
        first = self.board.first
        if self.age >= first:
            self.board.stop()
        elif self._relief != first:
            self._asked_at, self._relief = time.monotonic(), first
            return
        elif any(self.board.states(first)):
            return  # the master is impatient: they take long
        super().handle_exit(sig, frame)

    def notify(self) -> None:
        """Say that it lives, each second at least; see whether it may leave."""
        super().notify()
        if self._relief and self.alive and self._may_leave():
            self.alive = False

    def _may_leave(self) -> bool:
        there = self.board.states(self._relief).count(Board.SERVES)
        enough = 1 if time.monotonic() - self._asked_at > COMPANY else self.cfg.workers
        return there >= enough or self.board.is_stopped


def enter(release: Path) -> None:
    """Have this process be of one release to its end, wherever the link leads later.

    Raises:
        RuntimeError: If the release is for another Python than the one that runs.
    """
    hold(release)
    os.chdir(release)
    former = {str(HERE), str(Path(sys.prefix).parent), *site.getsitepackages()}
    sys.path[:] = [str(release), *(entry for entry in sys.path if entry not in former)]
    environment = release / ".venv"
    if not environment.exists() or environment.resolve() == Path(sys.prefix).resolve():
        sys.path += site.getsitepackages()
    else:
        packages = environment / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
        if not packages.is_dir():
            raise RuntimeError(f"{environment} is for another Python: restart the site")
        sys.prefix = sys.exec_prefix = str(environment)
        sys.executable = str(environment / "bin" / "python")
        site.addsitedir(str(packages / "site-packages"))
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()


def share_heap() -> None:
    """Have the threads of this process share one heap: each would keep all it ever needed."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # of the GNU library alone
    if mallopt is not None:
        mallopt(_ARENA_MAX, 1)


def hold(release: Path) -> None:
    """Keep a release from being pruned for as long as this process, or a child of it, lives."""
    fcntl.flock(os.open(release, os.O_RDONLY), fcntl.LOCK_SH)


class JsonLine(logging.Formatter):
    """Writes a record as the site writes its own."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


class Lines(Logger):
    """The log of gunicorn itself, as lines of JSON; requests are written by the site."""

    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLine())


def on_starting(server: object) -> None:
    """Keep what the master itself runs on, and make the board."""
    hold(Path(sys.prefix).parent)
    server.board = Board()


def on_reload(server: object) -> None:
    """Tell those who serve that the next to come relieve them."""
    server.board.replace(server.worker_age + 1)


def post_fork(server: object, worker: Worker) -> None:
    """Give a process what the master has for it."""
    worker.board = server.board
    worker.board.write(worker.age, Board.BEGINS)


def child_exit(server: object, worker: Worker) -> None:
    """Note that a process is gone."""
    server.board.write(worker.age, 0)


wsgi_app = "pc-est-magique:app"
chdir = str(HERE)
bind = "127.0.0.1:8000"
workers = 4
threads = 4
worker_class = Worker
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108  # a beat is no disk's business
logger_class = Lines
proc_name = "pem"
control_socket_disable = True

# Longer than the web server keeps a connection that is idle: it is the one to close it.
keepalive = 75
# A process that does not beat is killed; what is being answered has so long to end.
timeout = 60
graceful_timeout = 25
# None lives for ever: what little memory is lost comes back. It is replaced as on a reload.
max_requests = 50_000
max_requests_jitter = 10_000

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
# What a client pretends about the path of the site is nobody's business.
forwarder_headers = ""
