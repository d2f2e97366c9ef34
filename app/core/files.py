"""Files that others read while they are written."""

import fcntl
import glob
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: After that long, a temporary file is one that nobody will finish.
STALE_SECONDS = 3600
#: How often a lock is asked for again.
_PAUSE_SECONDS = 0.05


def write_atomically(
    path: Path, text: str, *, mode: int = 0o644, keep_previous: bool = True
) -> None:
    """Replace what a file holds: whoever reads it finds all of the old or all of the new.

    The file need not exist. What it held stays in ``<file>.previous``. A
    symbolic link is replaced, not followed.

    Raises:
        OSError: If it cannot be; the file is still what it was, or all that it should be.
    """
    try:
        _replace(path, text.encode(), mode, keep_previous=keep_previous)
    except OSError as error:
        # said of the file, not of a temporary one: the same fault reads the same
        raise OSError(error.errno, error.strerror, str(path)) from error
    _sweep(path)


def previous(path: Path) -> Path:
    """Where the former version of a file is kept."""
    return path.with_name(f"{path.name}.previous")


@contextmanager
def exclusive(path: Path, timeout: float) -> Iterator[None]:
    """Be the only one to run the block for this file, through ``<file>.lock``.

    Raises:
        TimeoutError: If someone else still is, after *timeout* seconds.
        OSError: If the directory is missing or closed to us.
    """
    lock = path.with_name(f"{path.name}.lock")
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _wait(descriptor, lock, timeout)
        yield
    finally:
        os.close(descriptor)  # and with it the lock


def _wait(descriptor: int, lock: Path, timeout: float) -> None:
    """Take a lock as soon as it is free."""
    give_up_at = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if (left := give_up_at - time.monotonic()) <= 0:
                raise TimeoutError(f"{lock} is held by another run") from None
            time.sleep(min(_PAUSE_SECONDS, left))
        else:
            return


def _replace(path: Path, content: bytes, mode: int, *, keep_previous: bool) -> None:
    """Write beside the file, then take its name."""
    new = _temporary(path)
    try:
        _write(new, content, mode)
        if keep_previous and path.is_file():
            _keep(path)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    sync(path.parent)


def _temporary(path: Path) -> Path:
    """A name that nobody has, in the same directory: a rename cannot leave its disk."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")


def _write(path: Path, content: bytes, mode: int) -> None:
    """Make a file, and wait until the disk has it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(descriptor, mode)  # whatever the umask is
        os.fsync(descriptor)


def _keep(path: Path) -> None:
    """Make ``<file>.previous`` what the file is now, at once too."""
    kept = _temporary(path)
    try:
        try:
            kept.hardlink_to(path.resolve())
        except OSError:  # some file systems have no such links
            _write(kept, path.read_bytes(), path.stat().st_mode & 0o777)
        kept.replace(previous(path))
    finally:
        # also when both were links to one file: a rename then does nothing
        kept.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until the disk has what a file holds, or the names of a directory.

    Raises:
        OSError: If it cannot be opened, or the disk fails.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sweep(path: Path) -> None:
    """Remove what runs that were killed left behind."""
    with suppress(OSError):  # the next run will
        written_at = path.stat().st_ctime
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
            if written_at - left.lstat().st_ctime > STALE_SECONDS:
                left.unlink()
