"""The master of gunicorn, and the processes that it has."""

import os
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

#: How long anything may take here, in seconds.
PATIENCE = 120


def workers(master: int) -> set[int]:
    """The processes that it has now."""
    children = Path(f"/proc/{master}/task/{master}/children")
    return {int(pid) for pid in children.read_text().split()}


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Wait for something."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"not after {PATIENCE} s: {what}"
        time.sleep(0.05)


def answers(port: int, path: str) -> bool:
    """Whether somebody answers, well."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE / 2):
            return True
    except OSError:
        return False


def reload(master: int) -> None:
    """Tell it to load what there is, and wait until none of its processes is of before."""
    former = workers(master)
    os.kill(master, signal.SIGHUP)
    wait_until(
        lambda: (now := workers(master)) and now.isdisjoint(former), "new processes, and no other"
    )
