"""The process apart: what it may take, and that it does not outlive who started it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.integrations.images import running
from tests.integrations.images.pictures import written

pytestmark = pytest.mark.once

#: Starts the program that decodes with nothing on its input: it waits.
STARTS = """
import os, subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-I", sys.argv[1], str(os.getpid()), "10"],
    stdin=subprocess.PIPE, start_new_session=True,
)
print(child.pid, flush=True)
sys.stdin.read()
"""


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for_the_end(pid: int) -> None:
    end = time.monotonic() + 5
    while is_alive(pid):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_it_ends_when_the_process_that_asks_is_killed() -> None:
    asking = subprocess.Popen(
        [sys.executable, "-I", "-c", STARTS, str(running._CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with asking:
        assert asking.stdout
        pid = int(asking.stdout.readline())
        limits = Path(f"/proc/{pid}/limits")
        end = time.monotonic() + 5
        while "1073741824" not in limits.read_text() and time.monotonic() < end:
            time.sleep(0.01)
        assert is_alive(pid)

        asking.kill()

        wait_for_the_end(pid)


def test_it_does_not_start_for_a_process_that_is_gone() -> None:
    done = subprocess.run(
        [sys.executable, "-I", running._CHILD, "1", "10"], input=b"{}", check=False
    )

    assert done.returncode == 1


def test_it_may_take_so_much_and_knows_no_secret(tmp_path: Path) -> None:
    asked = subprocess.Popen(
        [sys.executable, "-I", running._CHILD, str(os.getpid()), "10"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=running._ENVIRONMENT,
    )
    with asked:
        assert asked.stdin
        assert asked.stdout
        proc, end = Path(f"/proc/{asked.pid}"), time.monotonic() + 5
        while "libvips" not in (proc / "maps").read_text():
            assert time.monotonic() < end
            time.sleep(0.01)

        limits = (proc / "limits").read_text()
        environment = (proc / "environ").read_text()

        asked.stdin.write(
            json.dumps({"do": "inspect", "source": str(written(tmp_path / "a.png"))}).encode()
        )
        asked.stdin.close()
        assert json.loads(asked.stdout.read())["format"] == "png"
    wanted = {
        "Max address space": str(1 << 30),
        "Max cpu time": "10",
        "Max file size": str(1 << 29),
        "Max core file size": "0",
    }
    for name, most in wanted.items():
        line = next(line for line in limits.splitlines() if line.startswith(name))
        assert most in line.split()
    assert "SECRET" not in environment
    assert "PATH" not in environment


def test_it_is_ended_by_itself_when_nobody_ends_it() -> None:
    asked = subprocess.Popen(
        [sys.executable, "-I", running._CHILD, str(os.getpid()), "0.5"], stdin=subprocess.PIPE
    )
    with asked:
        assert asked.wait(5) == -signal.SIGALRM
