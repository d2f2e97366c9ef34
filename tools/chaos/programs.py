"""The programs of the site, each started again when it ends, as a supervisor does."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from app.settings import ROOT

#: How often one looks whether a program still runs, and how long it may take to stop, in seconds.
EVERY, GRACE = 0.1, 40.0
#: How long to wait before one that ended at once is started again.
PAUSE = 1.0


class Program:
    """A program that is to run, whatever happens to it."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self._command, self._environment = list(command), dict(environment)
        self._log = folder / f"{name}.out"
        self._process: subprocess.Popen[bytes] | None = None
        self._is_wanted = False
        self._lock = threading.Lock()
        #: How often it was started.
        self.starts = 0

    @property
    def pid(self) -> int:
        """The number of its process.

        Raises:
            ProcessLookupError: It does not run.
        """
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                raise ProcessLookupError(self.name)
            return self._process.pid

    def start(self) -> None:
        """Have it run from now on."""
        self._is_wanted = True
        self._start()
        threading.Thread(target=self._keep, name=f"keep-{self.name}", daemon=True).start()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def pause(self) -> None:
        """Stop it as if its machine had been unplugged, and leave it so."""
        self._is_wanted = False
        self._kill()

    def resume(self) -> None:
        """Have it run again."""
        if not self._is_wanted:
            self.start()

    def stop(self) -> None:
        """Stop it for good, with all that it started."""
        self._is_wanted = False
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
        self._kill()

    def _kill(self) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _start(self) -> None:
        with self._lock, self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # a command of ours
                [*_ended_with_us(), *self._command],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.starts += 1

    def _keep(self) -> None:
        while self._is_wanted:
            process, begun = self._process, time.monotonic()
            assert process is not None  # noqa: S101  # it was started
            while self._is_wanted and process.poll() is None:
                time.sleep(EVERY)
            if time.monotonic() - begun < PAUSE:
                time.sleep(PAUSE)
            if self._is_wanted:
                self._start()


def _ended_with_us() -> list[str]:
    """What has the kernel stop a program when the harness dies, whatever kills it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def children(pid: int) -> list[int]:
    """The processes that *pid* has started, and that run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            after_name = stat.read_text().rpartition(")")[2].split()
            if int(after_name[1]) == pid and after_name[0] != "Z":
                found.append(int(stat.parent.name))
    return sorted(found)


def descendants(pid: int) -> list[int]:
    """Those that *pid* has started, and those that these have."""
    return [one for child in children(pid) for one in (child, *descendants(child))]


def command_of(pid: int) -> str:
    """The command of a process; nothing once it is over."""
    with suppress(OSError):
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    return ""


def send(pid: int, number: signal.Signals) -> bool:
    """Send a signal; say whether there was somebody to take it."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def until(is_so: Callable[[], bool], seconds: float, *, every: float = 0.1) -> bool:
    """Wait until it *is_so*, for so long at most; say whether it is."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
