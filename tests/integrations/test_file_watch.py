"""A command is run whenever a file is new."""

import multiprocessing
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.core.files import write_atomically
from app.integrations import file_watch
from app.integrations.file_watch import Pace, Watched, watch

pytestmark = pytest.mark.once

FAST = Pace(quiet=0.1, at_most=0.5, poll=0.2, retry=0.3)
Watching = Callable[..., None]


def command(log: Path, source: Path, *, seconds: float = 0.0, status: int = 0) -> tuple[str, ...]:
    """A program that writes down what it read, at its start."""
    code = (
        "import sys, time\n"
        f"held = open({str(source)!r}).read()\n"
        f"open({str(log)!r}, 'a').write(held + '\\n')\n"
        f"time.sleep({seconds})\n"
        f"sys.exit({status})\n"
    )
    return sys.executable, "-c", code


@contextmanager
def watching(*targets: Watched, pace: Pace = FAST) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=(targets,), kwargs={"pace": pace, "stop": stop})
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def eventually(is_so: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "etc" / "hosts"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    write_atomically(path, text)


def test_what_is_there_at_the_start_is_new(path: Path, log: Path) -> None:
    write(path, "first")

    with watching(Watched(path, command(log, path))):
        assert eventually(lambda: lines(log) == ["first"])


def test_a_change_has_the_command_run_and_nothing_else_does(path: Path, log: Path) -> None:
    write(path, "first")
    with watching(Watched(path, command(log, path))):
        assert eventually(lambda: lines(log) == ["first"])
        path.read_text()
        (path.parent / "other").write_text("not mine")
        time.sleep(0.5)
        assert lines(log) == ["first"]
        write(path, "second")

        assert eventually(lambda: lines(log) == ["first", "second"])


def test_a_file_that_is_missing_is_waited_for(path: Path, log: Path) -> None:
    path.parent.mkdir()
    with watching(Watched(path, command(log, path))):
        time.sleep(0.3)
        write(path, "late")

        assert eventually(lambda: lines(log) == ["late"])


def test_so_is_its_folder(path: Path, log: Path) -> None:
    with watching(Watched(path, command(log, path))):
        time.sleep(0.3)
        write(path, "late")

        assert eventually(lambda: lines(log) == ["late"])


def test_without_a_word_of_the_kernel_looking_is_enough(
    path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> None:
        raise OSError("inotify watch limit reached")

    monkeypatch.setattr(file_watch.Observer, "start", silent)
    write(path, "first")
    with watching(Watched(path, command(log, path))):
        assert eventually(lambda: lines(log) == ["first"])
        write(path, "second")

        assert eventually(lambda: lines(log) == ["first", "second"])


def test_a_change_during_the_command_has_it_run_again(path: Path, log: Path) -> None:
    write(path, "first")
    with watching(Watched(path, command(log, path, seconds=0.5))):
        assert eventually(lambda: lines(log) == ["first"])
        write(path, "second")

        assert eventually(lambda: lines(log) == ["first", "second"])


def test_a_rename_just_after_the_command_has_it_run_again(path: Path, log: Path) -> None:
    write(path, "first")
    with watching(Watched(path, command(log, path))):
        assert eventually(lambda: lines(log) == ["first"])
        time.sleep(0.2)
        write(path, "second")

        assert eventually(lambda: lines(log) == ["first", "second"])


def test_a_command_that_fails_is_tried_again(path: Path, log: Path) -> None:
    write(path, "first")
    with watching(Watched(path, command(log, path, status=1))):
        assert eventually(lambda: len(lines(log)) >= 3)


def test_a_program_that_is_not_there_stops_nothing(path: Path, log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    write(path, "first")

    with watching(Watched(path, ("/nowhere/at/all",)), Watched(other, command(log, other))):
        assert eventually(lambda: lines(log) == ["mine"])


def _write_many(path: Path, first: int) -> None:
    for number in range(first, first + 12):
        write_atomically(path, str(number), keep_previous=False)
        time.sleep(0.02)


def _write_in_four_processes(path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=_write_many, args=(path, 100 * n)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def test_fifty_changes_of_four_processes_are_a_few_reloads_and_the_last_is_never_missed(
    path: Path, log: Path
) -> None:
    write(path, "first")
    pace = Pace(quiet=0.5, at_most=2.5, poll=1)
    with watching(Watched(path, command(log, path)), pace=pace):
        assert eventually(lambda: lines(log) == ["first"])
        # there are threads here: another process, which has none, is what forks
        spawn = multiprocessing.get_context("spawn")
        writing = spawn.Process(target=_write_in_four_processes, args=(path,))
        writing.start()
        writing.join()
        assert writing.exitcode == 0
        write(path, "last")

        assert eventually(lambda: lines(log)[-1:] == ["last"])
    assert 1 <= len(lines(log)) - 1 <= 5


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_a_stop_is_obeyed_soon_even_while_a_command_runs(path: Path, log: Path) -> None:
    write(path, "first")
    with watching(Watched(path, command(log, path, seconds=4))):
        assert eventually(lambda: lines(log) == ["first"])
        began = time.monotonic()

    assert time.monotonic() - began < 2


def test_a_command_may_leave_a_program_behind(path: Path, log: Path) -> None:
    write(path, "first")
    left = ("sh", "-c", f"sleep 5 & cat {path} >> {log}; echo >> {log}")
    began = time.monotonic()

    watch([Watched(path, left)], once=True)

    assert lines(log) == ["first"]
    assert time.monotonic() - began < 4


def test_a_command_that_hangs_is_ended_and_said(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(file_watch, "PATIENCE", 0.2)
    write(path, "first")

    watch([Watched(path, ("sleep", "60"))], once=True)

    assert "sleep: not done after 0.2 s" in caplog.text


def test_the_kernel_tells_of_one_folder_while_another_is_missing(
    path: Path, log: Path, tmp_path: Path
) -> None:
    write(path, "first")
    missing = Watched(tmp_path / "missing" / "file", ("/nowhere",))
    pace = Pace(quiet=0.1, at_most=0.5, poll=60)
    with watching(missing, Watched(path, command(log, path)), pace=pace):
        assert eventually(lambda: lines(log) == ["first"])
        write(path, "second")

        assert eventually(lambda: lines(log) == ["first", "second"])


def test_once_each_file_that_is_there_is_read_and_that_is_all(
    path: Path, log: Path, tmp_path: Path
) -> None:
    write(path, "first")
    missing = Watched(tmp_path / "missing", ("/nowhere",))

    watch([missing, Watched(path, command(log, path))], once=True)

    assert lines(log) == ["first"]
