"""Files that others read while they are written."""

import errno
import os
import resource
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.core import files

pytestmark = pytest.mark.once

OLD, NEW = "old\n" * 1000, "new\n" * 2000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hosts.conf"


def names(path: Path) -> set[str]:
    """What is in the directory of a file."""
    return {one.name for one in path.parent.iterdir()}


def in_a_child(work: Callable[[], None]) -> int:
    """Do something in another process; return the signal that ended it, or 0."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks among threads
        child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] & 0x7F


@contextmanager
def failing(name: str, *, call: int, fault: Callable[[], object]) -> Iterator[None]:
    """Have one call of a function of ``os`` do something else."""
    real = getattr(os, name)
    calls = 0

    def instead(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        return fault() if calls == call else real(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, name, instead)
        yield
    assert calls >= call


def disk_full() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def interrupted() -> None:
    raise KeyboardInterrupt


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


#: What a write does, in order, with the file already there.
BEFORE_THE_RENAME = [("open", 1), ("fchmod", 1), ("fsync", 1), ("replace", 1), ("replace", 2)]
AFTER_THE_RENAME = [("open", 2), ("fsync", 2)]


def test_a_file_that_does_not_exist_is_made(path: Path) -> None:
    files.write_atomically(path, NEW)

    assert path.read_text() == NEW
    assert names(path) == {"hosts.conf"}


def test_a_file_is_replaced_and_its_former_version_kept(path: Path) -> None:
    path.write_text("older")
    files.write_atomically(path, OLD)

    files.write_atomically(path, NEW)

    assert path.read_text() == NEW
    assert files.previous(path).read_text() == OLD
    assert names(path) == {"hosts.conf", "hosts.conf.previous"}


def test_the_former_version_is_kept_only_when_it_is_wanted(path: Path) -> None:
    path.write_text(OLD)

    files.write_atomically(path, NEW, keep_previous=False)

    assert names(path) == {"hosts.conf"}


def test_a_reader_keeps_the_file_it_opened(path: Path) -> None:
    path.write_text(OLD)

    with path.open() as reader:
        files.write_atomically(path, NEW)

        assert reader.read() == OLD


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o600])
def test_the_mode_is_the_one_asked_whatever_the_umask(path: Path, mode: int) -> None:
    umask = os.umask(0o077)
    try:
        files.write_atomically(path, NEW, mode=mode)
    finally:
        os.umask(umask)

    assert path.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("text", ["", "é 🎉\n", "a\r\nb\n", "x" * 5_000_000])
def test_a_text_is_written_byte_for_byte(path: Path, text: str) -> None:
    files.write_atomically(path, text)

    assert path.read_bytes() == text.encode()


def test_a_symbolic_link_is_replaced_and_its_target_left_alone(path: Path) -> None:
    target = path.with_name("target")
    target.write_text(OLD)
    path.symlink_to(target)

    files.write_atomically(path, NEW)

    assert not path.is_symlink()
    assert path.read_text() == NEW
    assert target.read_text() == OLD
    assert files.previous(path).read_text() == OLD


def test_the_former_version_is_copied_where_links_are_impossible(path: Path) -> None:
    path.write_text(OLD)

    with failing("link", call=1, fault=disk_full):
        files.write_atomically(path, NEW)

    assert path.read_text() == NEW
    assert files.previous(path).read_text() == OLD
    assert names(path) == {"hosts.conf", "hosts.conf.previous"}


def test_a_former_version_that_is_the_file_itself_leaves_nothing_behind(path: Path) -> None:
    path.write_text(OLD)
    files.previous(path).hardlink_to(path)  # as after a stop between the two renames

    files.write_atomically(path, NEW)

    assert files.previous(path).read_text() == OLD
    assert names(path) == {"hosts.conf", "hosts.conf.previous"}


@pytest.mark.parametrize(("name", "call"), BEFORE_THE_RENAME)
@pytest.mark.parametrize(
    ("fault", "error"), [(disk_full, OSError), (interrupted, KeyboardInterrupt)]
)
def test_a_write_that_fails_changes_nothing_and_leaves_nothing(
    path: Path, name: str, call: int, fault: Callable[[], None], error: type[BaseException]
) -> None:
    path.write_text(OLD)

    with failing(name, call=call, fault=fault), pytest.raises(error):
        files.write_atomically(path, NEW)

    assert path.read_text() == OLD
    assert names(path) <= {"hosts.conf", "hosts.conf.previous"}


@pytest.mark.parametrize(("name", "call"), AFTER_THE_RENAME)
def test_a_directory_that_cannot_be_synchronised_is_told_of(
    path: Path, name: str, call: int
) -> None:
    path.write_text(OLD)

    with failing(name, call=call, fault=disk_full), pytest.raises(OSError, match="No space"):
        files.write_atomically(path, NEW)

    assert path.read_text() == NEW
    assert names(path) == {"hosts.conf", "hosts.conf.previous"}


@pytest.mark.parametrize(("name", "call"), [*BEFORE_THE_RENAME, *AFTER_THE_RENAME, ("link", 1)])
def test_a_run_killed_at_any_step_leaves_a_whole_file_and_the_next_one_works(
    path: Path, name: str, call: int
) -> None:
    path.write_text(OLD)

    def run() -> None:
        with files.exclusive(path, 0), failing(name, call=call, fault=killed):
            files.write_atomically(path, NEW)

    for _ in range(5):
        assert in_a_child(run) == signal.SIGKILL
        assert path.read_text() in {OLD, NEW}

    with files.exclusive(path, 0):
        files.write_atomically(path, "newer")
    assert path.read_text() == "newer"
    assert files.previous(path).read_text() in {OLD, NEW}


def test_a_reader_never_sees_half_a_file(path: Path) -> None:
    texts = {str(digit) * 200_000 for digit in range(4)}
    path.write_text("0" * 200_000)
    seen: set[str] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(path.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(10):
        for text in sorted(texts):
            files.write_atomically(path, text)
    done.set()
    reader.join()

    assert seen <= texts


def test_a_file_too_big_for_the_disk_is_refused_with_the_reason(path: Path) -> None:
    path.write_text(OLD)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large") as refusal:
            files.write_atomically(path, "x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert refusal.value.errno == errno.EFBIG
    assert path.read_text() == OLD
    assert names(path) == {"hosts.conf"}


def test_a_missing_directory_is_told_of_with_the_path_and_the_same_words_each_time(
    tmp_path: Path,
) -> None:
    path = tmp_path / "gone" / "hosts.conf"
    told = set()

    for _ in range(2):
        with pytest.raises(FileNotFoundError) as refusal:
            files.write_atomically(path, NEW)
        told.add(str(refusal.value))

    assert told == {f"[Errno 2] No such file or directory: '{path}'"}
    with pytest.raises(FileNotFoundError, match="gone"), files.exclusive(path, 0):
        pass


def test_a_directory_in_the_way_is_told_of(path: Path) -> None:
    path.mkdir()

    with pytest.raises(IsADirectoryError, match=r"hosts\.conf"):
        files.write_atomically(path, NEW)

    assert names(path) == {"hosts.conf"}


def test_what_killed_runs_left_is_removed_once_it_is_old(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = path.with_name(".hosts.conf.0123456789abcdef.tmp")
    left.write_text("half")
    others = path.with_name(".hosts.conf2.0123456789abcdef.tmp")
    others.write_text("half")

    files.write_atomically(path, OLD)
    assert left.exists()
    monkeypatch.setattr(files, "STALE_SECONDS", -1)
    files.write_atomically(path, NEW)

    assert not left.exists()
    assert others.exists()


def test_the_lock_is_for_one_at_a_time(path: Path) -> None:
    with files.exclusive(path, 0):
        before = time.monotonic()
        with pytest.raises(TimeoutError, match=r"hosts\.conf\.lock"), files.exclusive(path, 0.15):
            pass
        waited = time.monotonic() - before

    assert 0.1 < waited < 2


def test_the_lock_of_another_file_is_another_lock(path: Path) -> None:
    with files.exclusive(path, 0), files.exclusive(path.with_name("other"), 0):
        pass


def test_the_lock_is_taken_as_soon_as_it_is_free(path: Path) -> None:
    taken, free = threading.Event(), threading.Event()

    def hold() -> None:
        with files.exclusive(path, 0):
            taken.set()
            free.wait(5)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(5)
    threading.Timer(0.1, free.set).start()
    with files.exclusive(path, 5):
        assert free.is_set()
    holder.join()


def test_the_lock_is_free_after_a_failure(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), files.exclusive(path, 0):
        _ = 1 / 0

    with files.exclusive(path, 0):
        pass


def test_the_lock_of_a_killed_run_is_free(path: Path) -> None:
    def run() -> None:
        with files.exclusive(path, 0):
            killed()

    assert in_a_child(run) == signal.SIGKILL

    with files.exclusive(path, 0):
        pass


def test_nothing_is_lost_among_eight_that_lock(path: Path) -> None:
    path.write_text("0")

    def count() -> None:
        for _ in range(5):
            with files.exclusive(path, 30):
                files.write_atomically(path, str(int(path.read_text()) + 1))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert path.read_text() == "40"
