"""Have a command run whenever a file is new: nothing is missed, nothing is run for nothing."""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TypeAlias

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

logger = logging.getLogger(__name__)

#: How long a command may take, in seconds.
PATIENCE = 60
#: How long a stop may go unseen, in seconds.
_DEAF = 0.5
#: How long a command that runs at a stop may still take before it is left, in seconds.
_GRACE = 1.0
#: How much of the end of what a command says is read, in bytes.
_SAID = 4096
#: A file may change again within this time without its date saying so, in nanoseconds.
_TICK = 20_000_000
#: A file as it is: two that differ are not the same one, or not the same content.
Signature: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Watched:
    """A file, and the program that is run when it is new, with its arguments."""

    path: Path
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to wait, in seconds."""

    #: … until a file rests,
    quiet: float = 1.0
    #: … but no longer than that;
    at_most: float = 5.0
    #: … between two looks, when the kernel says nothing;
    poll: float = 2.0
    #: … before a command that failed is tried again.
    retry: float = 60.0


@dataclass(slots=True)
class _State:
    """What is known of one file."""

    target: Watched
    #: As it was when its command last began.
    handled: Signature | None = None
    failed_at: float | None = None
    #: Since when it changes, and as it was at the last look.
    changing_since: float | None = None
    last_change: float = field(default=0.0)
    seen: Signature | None = None


def watch(
    targets: Sequence[Watched],
    *,
    pace: Pace | None = None,
    once: bool = False,
    stop: threading.Event | None = None,
) -> None:
    """Run the command of each file that is new, until *stop*.

    A file that is there at the start is new. One that is missing, or whose
    folder is, is waited for. What changes during a command has it run again.
    With *once*, each file that is there has its command run, and that is all.
    """
    pace, stop = pace or Pace(), stop or threading.Event()
    if once:
        for target in targets:
            if _signature(target.path) is not None:
                _run(target, stop)
        return
    states = [_State(target) for target in targets]
    woken = threading.Event()
    with _observing(targets, woken):
        while not stop.is_set():
            rests = [_look(state, pace, stop) for state in states]
            _wait(woken, stop, min([pace.poll, *filter(None, rests)]))
            woken.clear()


def _wait(woken: threading.Event, stop: threading.Event, seconds: float) -> None:
    """Wait until something happens, or that long; not long after *stop*."""
    until = time.monotonic() + seconds
    while not stop.is_set() and (left := until - time.monotonic()) > 0:
        if woken.wait(min(left, _DEAF)):
            return


def _look(state: _State, pace: Pace, stop: threading.Event) -> float | None:
    """Run the command of a file if it is time; how soon to look again, if it is not."""
    now, found = time.monotonic(), _signature(state.target.path)
    if stop.is_set():
        return None
    if found is None:
        state.changing_since = None
        return None
    if found == state.handled:
        if state.failed_at is not None and now - state.failed_at >= pace.retry:
            _handle(state, found, stop)
        return None
    if state.changing_since is None:
        state.changing_since = now
    if found != state.seen:
        state.seen, state.last_change = found, now
    rests_at = min(state.last_change + pace.quiet, state.changing_since + pace.at_most)
    if now < rests_at:
        return rests_at - now
    _handle(state, found, stop)
    return 0.01


def _handle(state: _State, found: Signature, stop: threading.Event) -> None:
    """Run the command of a file that was read as *found* just before."""
    # one that was changed just now may change again and look the same: another run settles it
    is_settled = not 0 <= time.time_ns() - found[1] < _TICK
    state.handled, state.changing_since = found if is_settled else None, None
    state.failed_at = None if _run(state.target, stop) else time.monotonic()


def _run(target: Watched, stop: threading.Event) -> bool:
    """Run a command; whether it went well.

    One that still runs soon after *stop* is left to end by itself: half a reload is worse.
    What it says goes to a file, which may be written when nobody reads it any more.
    """
    with TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603  # what the settings say, without a shell
                target.command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            logger.log(logging.ERROR, "%s: %s", target.path.name, error)
            return False
        status = _status(process, stop)
        if status is None:
            why = "left to itself" if stop.is_set() else f"not done after {PATIENCE} s"
            logger.error("%s: %s: %s", target.path.name, target.command[0], why)
            return False
        level = logging.INFO if status == 0 else logging.ERROR
        logger.log(level, "%s: exit status %s. %s", target.path.name, status, _last_line(said))
        return status == 0


def _status(process: subprocess.Popen[bytes], stop: threading.Event) -> int | None:
    """How a command ended; ``None`` if it takes too long, or is left at *stop*."""
    until = time.monotonic() + PATIENCE
    while not stop.is_set():
        try:
            return process.wait(min(_DEAF, max(0.0, until - time.monotonic())))
        except subprocess.TimeoutExpired:
            if time.monotonic() >= until:
                with suppress(OSError, subprocess.TimeoutExpired):  # sudo's is not ours to end
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait(_GRACE)
                return None
    with suppress(subprocess.TimeoutExpired):
        return process.wait(_GRACE)
    return None


def _last_line(said: IO[bytes]) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - _SAID))
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else ""


def _signature(path: Path) -> Signature | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


class _Waker(FileSystemEventHandler):
    """Says that something happened in a folder; what, the files themselves say."""

    def __init__(self, woken: threading.Event) -> None:
        self._woken = woken

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Wake the watch, for what changes something."""
        if event.event_type not in ("opened", "closed_no_write"):
            self._woken.set()


@contextmanager
def _observing(targets: Sequence[Watched], woken: threading.Event) -> Iterator[None]:
    """Be told by the kernel of what happens in the folders; where it does not, looks are enough."""
    observer = Observer()
    try:
        observer.start()
    except OSError as error:
        logger.info("the kernel does not tell of changes: %s", error)
        yield
        return
    try:
        for folder in {target.path.parent for target in targets}:
            _observe(observer, folder, woken)
        yield
    finally:
        observer.stop()
        observer.join()


def _observe(observer: BaseObserver, folder: Path, woken: threading.Event) -> None:
    """Be told of one folder: without it, or without room for it, the others still are."""
    try:
        observer.schedule(_Waker(woken), str(folder))
    except OSError as error:
        logger.info("%s is not observed, only looked at: %s", folder, error)
