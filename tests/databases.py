"""Run the suite on SQLite, then PostgreSQL, then MariaDB.

    python -m tests.databases [--only sqlite,postgresql,mariadb] [--whole] [pytest's arguments…]

Each server is made for the run and removed with it, also when the run is
stopped. One that is not installed is skipped, and said to be at the end; where
``CI=true`` it is an error. Tests marked ``once`` run on the first database
only, which is also where pages are read strictly; those marked ``browser`` on
PostgreSQL only, or on the first without it. Tests that ask for pages run on the
first and, file by file, on one of the two servers in turn (ADR 5): ``--whole``
runs them on both.
"""

import argparse
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import NamedTuple

from tests.servers import MariaDB, PostgreSQL, Server, ServerError

SERVERS: dict[str, Server] = {"postgresql": PostgreSQL(), "mariadb": MariaDB()}
NAMES = ("sqlite", *SERVERS)
#: How long pytest may take, once asked to stop, before it is made to; in seconds.
GRACE = 8
#: What pytest says when no test was chosen.
NOTHING_RAN = 5

#: Where the first database took so long, in seconds, time is short: everything takes turns
#: on the servers but what is of the databases themselves (``ALWAYS`` of ``tests/conftest.py``).
LATE = 1300

#: Two processes, each with whole files: what a file starts, it starts once. The slowest files come
#: first (``tests/conftest.py``).
SPREAD = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")


class Result(NamedTuple):
    """What came out of one database."""

    name: str
    status: int
    said: str
    seconds: float = 0


class Suite:
    """The suite, until the last database or until someone stops it."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.arguments = arguments
        self.stopped_by = 0
        self._turn, self._is_late = "", False
        self._pytest: subprocess.Popen[bytes] | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGALRM, self._kill)

    def run(self, name: str, *, chosen: str, turn: str, is_late: bool = False) -> Result:
        """Run the tests that the ``-m`` expression has *chosen* on a database, in its *turn*."""
        if self.stopped_by:
            return Result(name, 1, f"not run: {_label(name)}")
        self._turn, self._is_late = turn, is_late
        begun = time.monotonic()
        if name == "sqlite":
            title = f"{_label(name)} {sqlite3.sqlite_version}"
            result = self._run_pytest(title, "sqlite://", chosen)
        else:
            result = self._run_on_server(SERVERS[name], chosen)
        seconds = time.monotonic() - begun
        _headline(f"{result.name}: {seconds:.1f} s")
        return result._replace(seconds=seconds)

    def _run_on_server(self, server: Server, chosen: str) -> Result:
        begun = time.monotonic()
        try:
            with server.running() as cluster:
                url = cluster.url.render_as_string(hide_password=False)
                title = f"{server.name} {cluster.version}"
                ready = f", ready in {time.monotonic() - begun:.1f} s"
                return self._run_pytest(title, url, chosen, detail=ready)
        except ServerError as error:
            return Result(server.name, 1, f"failed: {error}")

    def _run_pytest(self, title: str, url: str, chosen: str, *, detail: str = "") -> Result:
        _headline(title + detail)
        colour = ["--color=yes"] if sys.stdout.isatty() else []
        self._pytest = subprocess.Popen(
            [sys.executable, "-m", "pytest", *SPREAD, "-m", chosen, *colour, *self.arguments],
            env=_environment(is_first="not once" not in chosen)
            | {"TEST_DATABASE_URL": url, "TEST_PAGES_TURN": self._turn}
            | {"TEST_ALL_TAKE_TURNS": str(int(self._is_late))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
        if self.stopped_by:  # while it was starting
            self._interrupt()
        end = _repeat_output(self._pytest)
        status = self._pytest.wait()
        signal.alarm(0)
        words = "stopped" if self.stopped_by else _closing_words(end, status)
        return Result(title, 128 - status if status < 0 else status, words)

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        """Let the tests end, as Ctrl-C does; asked twice, do not wait for them."""
        if self.stopped_by:
            self._kill()
            return
        self.stopped_by = number
        self._interrupt()

    def _interrupt(self) -> None:
        signal.alarm(GRACE)
        self._signal_pytest(signal.SIGINT)

    def _kill(self, *_: object) -> None:
        self._signal_pytest(signal.SIGKILL)

    def _signal_pytest(self, number: signal.Signals) -> None:
        """Tell pytest and its workers."""
        if self._pytest is not None and self._pytest.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._pytest.pid, number)


def main(arguments: Sequence[str]) -> int:
    """Run the suite where *arguments* say, and return the worst status."""
    only, is_whole, pytest_arguments = _parse(arguments)
    missing = [name for name in only if name in SERVERS and SERVERS[name].programs() is None]
    present = [name for name in only if name not in missing]
    suite = Suite(pytest_arguments)
    results: list[Result] = []
    for name in present:
        turn = "" if is_whole else _turn(name, present)
        is_late = bool(turn) and results[0].seconds > LATE
        if is_late:
            _headline(f"{_label(name)}: this machine is slow, services take turns too")
        results.append(suite.run(name, chosen=_chosen(name, present), turn=turn, is_late=is_late))
    results += [_absent(SERVERS[name]) for name in missing]
    _summarise(results)
    return 128 + suite.stopped_by if suite.stopped_by else _worst(results)


def _parse(arguments: Sequence[str]) -> tuple[list[str], bool, list[str]]:
    """The databases to run on, in our order; whether on all of each; what is for pytest."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.databases",
        usage="%(prog)s [--only sqlite,postgresql,mariadb] [--whole] [pytest's arguments...]",
        description="Run the suite on each database.",
        allow_abbrev=False,
    )
    parser.add_argument("--only", default=",".join(NAMES), help="names, with commas between")
    parser.add_argument("--whole", action="store_true", help="all the pages on each server")
    options, rest = parser.parse_known_args(arguments)
    asked = options.only.split(",")
    if unknown := set(asked) - set(NAMES):
        parser.error(f"--only: {', '.join(sorted(unknown))}: not one of {', '.join(NAMES)}")
    return [name for name in NAMES if name in asked], options.whole, rest


def _turn(name: str, present: Sequence[str]) -> str:
    """Which files of pages a database runs, where there are three: ``0`` or ``1``, or all."""
    takes_turns = len(present) == len(NAMES) and name in SERVERS
    return str(present.index(name) % 2) if takes_turns else ""


def _chosen(name: str, present: Sequence[str]) -> str:
    """The tests of a database, as ``-m`` wants them: each mark has one that runs it."""
    runs_once = name == present[0]
    runs_browser = name == ("postgresql" if "postgresql" in present else present[0])
    if runs_browser:
        return "" if runs_once else "browser or not once"
    return "not browser" if runs_once else "not browser and not once"


def _environment(*, is_first: bool) -> dict[str, str]:
    """Ours; what a process compiles is kept for the others, that are hundreds."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"TEST_PAGES_READ": str(int(not is_first))}


def _label(name: str) -> str:
    return SERVERS[name].name if name in SERVERS else "SQLite"


def _absent(server: Server) -> Result:
    is_error = os.environ.get("CI") == "true"
    verdict = "missing" if is_error else "skipped"
    reason = f"no server binaries found; apt install {server.package}"
    return Result(server.name, int(is_error), f"{verdict}: {server.name} ({reason})")


def _repeat_output(process: subprocess.Popen[bytes]) -> str:
    """Write on our output what *process* writes, as it does, and return the end of it."""
    end = b""
    while process.stdout and (chunk := os.read(process.stdout.fileno(), 65536)):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        end = (end + chunk)[-4096:]
    return end.decode(errors="replace")


def _closing_words(end: str, status: int) -> str:
    """What pytest says last: ``41 passed, 3 skipped in 8.12s``."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", end)
    said = re.findall(
        r"^=* ?((?:\d+ [a-z]+|no tests ran).* in [\d.]+s.*?)(?: =+)?$", plain, re.MULTILINE
    )
    return said[-1] if said else f"exit status {status}"


def _worst(results: Sequence[Result]) -> int:
    """A database where nothing was chosen is not at fault, unless none had any test."""
    statuses = [result.status for result in results]
    if all(status == NOTHING_RAN for status in statuses):
        return NOTHING_RAN
    return max(status for status in statuses if status != NOTHING_RAN)


def _summarise(results: Sequence[Result]) -> None:
    _headline("Summary")
    for result in results:
        if result.seconds:
            verdict = {0: "ok", NOTHING_RAN: "none"}.get(result.status, "FAILED")
            print(f"{result.name:20} {verdict:7} {result.seconds:6.1f} s   {result.said}")
    for result in results:
        if not result.seconds:
            print(result.said)
    sys.stdout.flush()


def _headline(text: str) -> None:
    print(f"\n#### {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
