"""The kernel's neighbour table, with a kernel of ours."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pyroute2
import pytest
from pyroute2.netlink.exceptions import NetlinkError

from app.integrations import neighbours
from app.integrations.neighbours import Neighbours, read_table

pytestmark = pytest.mark.once

REACHABLE, STALE, DELAY, PROBE, PERMANENT = 0x02, 0x04, 0x08, 0x10, 0x80
INCOMPLETE, FAILED, NOARP = 0x01, 0x20, 0x40


class Entry(dict[str, Any]):
    """A line of the table, as pyroute2 gives it."""

    def __init__(self, address: str | None, mac: str | None, state: int = REACHABLE) -> None:
        super().__init__(state=state)
        self._attributes = {"NDA_DST": address, "NDA_LLADDR": mac}

    def get_attr(self, name: str) -> str | None:
        return self._attributes[name]


class Kernel:
    """Answers as netlink does; ``entries`` may be what it fails with."""

    def __init__(self) -> None:
        self.entries: list[Entry] | Exception = []
        self.reads = 0
        self.is_open = False

    def __call__(self) -> "Kernel":
        return self

    def __enter__(self) -> "Kernel":
        self.is_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open = False

    def get_neighbours(self, **_: object) -> Iterator[Entry]:
        self.reads += 1
        if isinstance(self.entries, Exception):
            raise self.entries
        yield from self.entries


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(pyroute2, "IPRoute", kernel)  # imported when it is needed
    return kernel


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time that passes, in ``seconds``."""
    clock = SimpleNamespace(seconds=1000.0)
    clock.monotonic = lambda: clock.seconds
    monkeypatch.setattr(neighbours, "time", clock)
    return clock


def test_only_machines_that_answered_are_neighbours(kernel: Kernel) -> None:
    states = (REACHABLE, STALE, DELAY, PROBE, PERMANENT, INCOMPLETE, FAILED, NOARP)
    kernel.entries = [
        Entry(f"10.0.0.{n}", f"3C:22:FB:00:00:0{n}", state) for n, state in enumerate(states)
    ]
    kernel.entries += [Entry("10.0.0.8", None), Entry("10.0.0.9", "")]

    assert read_table() == {f"10.0.0.{n}": f"3c:22:fb:00:00:0{n}" for n in range(5)}
    assert not kernel.is_open


def test_the_table_is_kept_a_few_seconds(kernel: Kernel, clock: SimpleNamespace) -> None:
    kernel.entries = [Entry("10.0.0.1", "3c:22:fb:00:00:01")]
    table = Neighbours(5)
    assert table.mac_of("10.0.0.1") == "3c:22:fb:00:00:01"
    assert table.mac_of("10.0.0.2") is None
    kernel.entries = [Entry("10.0.0.2", "3c:22:fb:00:00:02")]

    clock.seconds += 4.9
    assert table.mac_of("10.0.0.1") == "3c:22:fb:00:00:01"
    assert kernel.reads == 1
    clock.seconds += 0.2
    assert table.mac_of("10.0.0.1") is None
    assert table.mac_of("10.0.0.2") == "3c:22:fb:00:00:02"
    assert kernel.reads == 2


def test_a_table_may_be_read_each_time(kernel: Kernel) -> None:
    table = Neighbours(0)

    for _ in range(3):
        table.mac_of("10.0.0.1")

    assert kernel.reads == 3


@pytest.mark.parametrize(
    "fault", [OSError("no netlink here"), PermissionError(), NetlinkError(1, "refused")]
)
def test_a_table_that_cannot_be_read_is_empty_and_said(
    kernel: Kernel, clock: SimpleNamespace, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    kernel.entries = fault
    table = Neighbours(5)

    assert table.mac_of("10.0.0.1") is None
    assert table.mac_of("10.0.0.1") is None

    assert kernel.reads == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "everyone looks external" in caplog.text
