"""The watcher: each change is followed by a run of the right helper, the last one always."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.gateway.models import assignments, install

pytestmark = pytest.mark.once

#: How long anything may take, in seconds.
PATIENCE = 10


class Watcher:
    """A watcher whose seconds are short, and helpers that write down what they find."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.hosts, self.pairs = home / "site" / "hosts", home / "site" / "pairs"
        (home / "site").mkdir()
        values = {"HOSTS_FILE": self.hosts, "NFT_FILE": self.pairs, "STATE_DIR": home / "state"}
        (home / "gateway.conf").write_text(assignments(values.items()))
        own = ("CONF=/etc/pem-gateway.conf", f"CONF={home / 'gateway.conf'}")
        install(home, "pem-gateway.sh", own)
        self.program = install(
            home,
            "pem-watch",
            ("/usr/local/lib/pem-gateway.sh", str(home / "pem-gateway.sh")),
            ("/usr/local/sbin/", f"{home}/"),
            ("sleep 1", "sleep 0.05"),
        )
        self.helper("dhcp", "")
        self.helper("nft", "")
        self.process: subprocess.Popen[bytes] | None = None

    def helper(self, name: str, script: str) -> None:
        """Write a helper: it writes down the file it is for, then does something."""
        file = self.hosts if name == "dhcp" else self.pairs
        path = self.home / f"pem-{name}-reload"
        new = path.with_suffix(".new")
        new.write_text(f"#!/bin/sh\ncat {file} >>{self.home}/{name}.log\n{script}\n")
        new.chmod(0o755)
        new.rename(path)

    def start(self) -> None:
        self.process = subprocess.Popen([self.program])

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def write(self, text: str, *, pairs: bool = False) -> None:
        """As the site does: beside, then by a rename."""
        path = self.pairs if pairs else self.hosts
        new = path.with_name("new")
        new.write_text(f"{text}\n")
        new.rename(path)

    def runs(self, name: str = "dhcp") -> list[str]:
        """What the helper found, each time."""
        log = self.home / f"{name}.log"
        return log.read_text().split() if log.exists() else []


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Watcher]:
    own = Watcher(tmp_path)
    yield own
    if own.process is not None:
        own.stop()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_it_waits_for_files_that_are_missing(watcher: Watcher) -> None:
    watcher.start()
    time.sleep(0.5)
    assert watcher.runs() == []

    watcher.write("one")
    wait_until(lambda: watcher.runs() == ["one"])
    watcher.write("two", pairs=True)
    wait_until(lambda: watcher.runs("nft") == ["two"])
    assert watcher.runs() == ["one"]


def test_what_was_written_before_it_started_is_followed(watcher: Watcher) -> None:
    watcher.write("before")
    watcher.start()

    wait_until(lambda: watcher.runs() == ["before"])


def test_a_rename_during_a_reload_causes_another(watcher: Watcher) -> None:
    running = watcher.home / "running"
    watcher.helper("dhcp", f"touch {running}; sleep 0.5; rm {running}")
    watcher.start()

    for number in range(3):
        watcher.write(f"first{number}")
        wait_until(running.exists)
        watcher.write(f"during{number}")
        wait_until(lambda: not running.exists())
        wait_until(running.exists)
        assert watcher.runs()[-1] == f"during{number}"


def test_many_changes_are_few_reloads_and_the_last_one_counts(watcher: Watcher) -> None:
    watcher.start()
    for number in range(50):
        watcher.write(str(number))
        time.sleep(0.02)

    wait_until(lambda: watcher.runs()[-1:] == ["49"])
    assert len(watcher.runs()) <= 5


def test_a_file_that_stays_the_same_is_not_reloaded(watcher: Watcher) -> None:
    watcher.write("one")
    watcher.start()
    wait_until(lambda: watcher.runs() == ["one"])

    time.sleep(1)

    assert watcher.runs() == ["one"]


def test_a_failure_is_tried_again_at_the_next_change(watcher: Watcher) -> None:
    watcher.helper("dhcp", "exit 1")
    watcher.write("bad")
    watcher.start()
    wait_until(lambda: watcher.runs() == ["bad"])

    watcher.write("good")

    wait_until(lambda: watcher.runs() == ["bad", "good"])


def test_a_failure_is_tried_again_after_a_while(watcher: Watcher) -> None:
    watcher.helper("nft", f'[ "$(wc -l <{watcher.home}/nft.log)" -gt 1 ]')  # fails once
    watcher.write("one", pairs=True)
    watcher.start()

    wait_until(lambda: watcher.runs("nft") == ["one", "one"])
    time.sleep(1)
    assert watcher.runs("nft") == ["one", "one"]


def test_a_file_taken_away_is_followed_when_it_is_back(watcher: Watcher) -> None:
    watcher.write("one")
    watcher.start()
    wait_until(lambda: watcher.runs() == ["one"])
    watcher.hosts.unlink()
    time.sleep(0.5)

    watcher.write("two")

    wait_until(lambda: watcher.runs() == ["one", "two"])


def test_it_ends_at_once_when_asked_to(watcher: Watcher) -> None:
    watcher.start()
    time.sleep(0.3)
    begun = time.monotonic()

    assert watcher.stop() == 0
    assert time.monotonic() - begun < 2
