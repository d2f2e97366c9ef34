"""What the processes of the site count together: nothing personal (network-b B8.4).

Each process writes to files of its own in one directory, and any of them adds
them all up. A process takes the files of one that is gone: there are never more
than there were processes at once, and totals outlive restarts. Where there is
no directory, a process counts for itself alone.
"""

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any, cast

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    disable_created_metrics,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

logger = logging.getLogger(__name__)

#: What the environment calls the directory: how the library is told.
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_REQUESTS = "pem_requests_total"
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class _Slots:
    """Which files are whose: a process keeps a lock for as long as it lives."""

    directory: Path | None = None
    pid: int = 0
    slot: int = 0
    lock: IO[str] | None = field(default=None, repr=False)

    def mine(self) -> int:
        """The number of this process: the lowest that no other has."""
        if self.pid != os.getpid() and self.directory is not None:
            self.pid, self.slot = os.getpid(), 0
            while not self._take(self.directory / f"slot_{self.slot}.lock"):
                self.slot += 1
        return self.slot

    def _take(self, path: Path) -> bool:
        file = path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self.lock = file
        return True


disable_created_metrics()  # type: ignore[no-untyped-call]  # theirs
_slots = _Slots()
_own = CollectorRegistry()


def use(directory: Path | None) -> None:
    """Count in *directory*, before anything was counted; alone, if it cannot be written."""
    if directory is None or _slots.directory is not None:
        return
    try:
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "slot_0.lock").touch()
    except OSError as error:
        logger.warning("nothing is counted across processes: %s", error)
        return
    _slots.directory = directory
    os.environ[_VARIABLE] = str(directory)  # noqa: TID251  # the only way to tell the library
    make = cast(Callable[[Callable[[], int]], Any], values.MultiProcessValue)  # not typed
    values.ValueClass = make(_slots.mine)


@cache
def requests() -> Counter:
    """Requests, by endpoint, method and status."""
    return Counter(_REQUESTS, "Requests answered.", ("endpoint", "method", "status"), registry=_own)


@cache
def request_seconds() -> Histogram:
    """How long they took."""
    return Histogram("pem_request_seconds", "Time of an answer.", buckets=_BUCKETS, registry=_own)


@cache
def lydia_seconds() -> Histogram:
    """How long Lydia took to answer."""
    return Histogram("pem_lydia_seconds", "Time of Lydia.", buckets=_BUCKETS, registry=_own)


@cache
def discord_failures() -> Counter:
    """Messages that the chat did not take."""
    return Counter("pem_discord_failures_total", "Messages that Discord refused.", registry=_own)


@cache
def pushes() -> Counter:
    """Messages to devices, by what became of them."""
    return Counter("pem_pushes_total", "Messages to devices.", ("result",), registry=_own)


@cache
def logins() -> Counter:
    """Log-ins, by how they ended."""
    return Counter("pem_login_total", "Log-ins.", ("result",), registry=_own)


def counted() -> CollectorRegistry:
    """What all the processes counted; what never happened is at 0."""
    for metric in (requests, request_seconds, lydia_seconds, discord_failures):
        metric()
    for result in ("success", "failure"):
        logins().labels(result)
    for fate in ("sent", "gone", "later", "failed", "hung", "refused", "put_off"):
        pushes().labels(fate)
    if _slots.directory is None:
        return _own
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(_slots.directory))  # type: ignore[no-untyped-call]  # theirs
    return registry


def _families() -> Iterator[Metric]:
    yield from counted().collect()


def _totals() -> tuple[int, int]:
    """How many requests were answered, and by an error of ours, since anybody counts."""
    answered, errors = 0.0, 0.0
    for family in _families():
        for sample in family.samples:
            if sample.name == _REQUESTS:
                answered += sample.value
                errors += sample.value if sample.labels.get("status", "").startswith("5") else 0
    return round(answered), round(errors)


def since_last_time() -> tuple[int, int]:
    """Requests and errors since this was last asked, by whichever process."""
    if _slots.directory is None:
        return 0, 0
    kept, now = _slots.directory / "sampled.json", _totals()
    before = (0, 0)
    with suppress(OSError, ValueError, TypeError):
        answered, errors = json.loads(kept.read_text())
        before = (int(answered), int(errors))
    if before[0] > now[0] or before[1] > now[1]:  # the files were deleted
        before = (0, 0)
    with suppress(OSError):
        kept.write_text(json.dumps(now))
    return now[0] - before[0], now[1] - before[1]
