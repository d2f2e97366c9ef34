"""Have a command run whenever a file is new: nothing is missed, nothing is run for nothing."""

import logging
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

logger = logging.getLogger(__name__)

#: How long a command may take, in seconds.
PATIENCE = 60
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
                _run(target)
        return
    states = [_State(target) for target in targets]
    woken = threading.Event()
    with _observing(targets, woken):
        while not stop.is_set():
            rests = [_look(state, pace) for state in states]
            woken.wait(min([pace.poll, *filter(None, rests)]))
            woken.clear()


def _look(state: _State, pace: Pace) -> float | None:
    """Run the command of a file if it is time; how soon to look again, if it is not."""
    now, found = time.monotonic(), _signature(state.target.path)
    if found is None:
        state.changing_since = None
        return None
    if found == state.handled:
        if state.failed_at is not None and now - state.failed_at >= pace.retry:
            _handle(state, found)
        return None
    if state.changing_since is None:
        state.changing_since = now
    if found != state.seen:
        state.seen, state.last_change = found, now
    rests_at = min(state.last_change + pace.quiet, state.changing_since + pace.at_most)
    if now < rests_at:
        return rests_at - now
    _handle(state, found)
    return 0.01


def _handle(state: _State, found: Signature) -> None:
    """Run the command of a file that was read as *found* just before."""
    state.handled, state.changing_since = found, None
    state.failed_at = None if _run(state.target) else time.monotonic()


def _run(target: Watched) -> bool:
    """Run a command; whether it went well."""
    try:
        done = subprocess.run(  # noqa: S603  # what the settings say, without a shell
            target.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        logger.log(logging.ERROR, "%s: %s", target.path.name, error)
        return False
    lines = done.stdout.decode(errors="replace").strip().splitlines()
    level = logging.INFO if done.returncode == 0 else logging.ERROR
    said = lines[-1][:200] if lines else ""
    logger.log(level, "%s: exit status %s. %s", target.path.name, done.returncode, said)
    return done.returncode == 0


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
    for folder in {target.path.parent for target in targets}:
        try:
            observer.schedule(_Waker(woken), str(folder))
        except OSError as error:
            logger.info("%s is not observed, only looked at: %s", folder, error)
    try:
        observer.start()
    except OSError as error:
        logger.info("the kernel does not tell of changes: %s", error)
        yield
        return
    try:
        yield
    finally:
        observer.stop()
        observer.join()
