"""Running the programs of others: what they say, what they must not, and their end."""

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from app.integrations.backup.errors import DiskFull, ProgramFailed, ProgramMissing

#: How often who waits for a program looks whether to go on, in seconds.
LOOKS_EVERY = 0.2
#: How long a program has to end by itself once asked to, in seconds.
_FAREWELL = 10.0
#: How much of what it complained of is told.
_LONGEST = 400
_FULL = re.compile(r"no space left on device|disk full|disk is full|disk quota", re.IGNORECASE)


def find(names: Sequence[str], package: str) -> str:
    """Where the first of these programs is.

    Raises:
        ProgramMissing: If there is none of them.
    """
    for name in names:
        if found := shutil.which(name):
            return found
    raise ProgramMissing(program=names[0], package=package)


def surroundings(**variables: str) -> dict[str, str]:
    """All that a program knows of its surroundings: no secret of the site but those given."""
    return {
        "PATH": os.pathsep.join(os.get_exec_path()),
        "HOME": pwd.getpwuid(os.geteuid()).pw_dir,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        **variables,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program, what it is told, and what it must not repeat."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    folder: Path | None = None
    secrets: Collection[str] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        return Path(self.command[0]).name

    def without_secrets(self, text: str) -> str:
        """*text*, without what must not be told."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return text


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended, and what it complained of."""

    status: int
    complaint: str


def no_tick() -> None:
    """Go on: nobody is told how far it is, and nobody stops it."""


def run(
    program: Program,
    *,
    source: IO[Any] | None = None,
    target: IO[Any] | None = None,
    tick: Callable[[], object] = no_tick,
) -> Ended:
    """Run a program to its end, from the file *source* to the file *target*.

    *tick* is called meanwhile; what it raises stops the program.
    """
    with _running(program, source=source, target=target or subprocess.DEVNULL) as (process, errors):
        while True:
            tick()
            try:
                process.wait(LOOKS_EVERY)
            except subprocess.TimeoutExpired:
                continue
            return _ended(program, process, errors)


def lines(program: Program, heard: Callable[[str], object]) -> Ended:
    """Run a program to its end, and tell each line that it prints; what that raises stops it."""
    with _running(program, source=None, target=subprocess.PIPE) as (process, errors):
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        for line in process.stdout:
            heard(line.decode(errors="replace").rstrip("\n"))
        process.wait()
        return _ended(program, process, errors)


def check(program: Program, ended: Ended) -> None:
    """Refuse an end that is not a good one.

    Raises:
        DiskFull: If the disk was full.
        ProgramFailed: For another reason.
    """
    if ended.status == 0:
        return
    if is_full(ended):
        raise DiskFull(program=program.name)
    raise ProgramFailed(program=program.name, why=last_words(ended))


def is_full(ended: Ended) -> bool:
    """Whether it complained of a disk without room."""
    return _FULL.search(ended.complaint) is not None


def last_words(ended: Ended) -> str:
    """What a program complained of last, on one line."""
    said = [line.strip() for line in ended.complaint.splitlines() if line.strip()]
    words = " / ".join(said[-3:]) or f"status {ended.status}"
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


@contextmanager
def _running(
    program: Program, *, source: IO[Any] | None, target: IO[Any] | int
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """Start a program; it does not outlive the block."""
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(  # noqa: S603  # a command of ours
                program.command,
                stdin=source or subprocess.DEVNULL,
                stdout=target,
                stderr=errors,
                env=dict(program.environment),
                cwd=program.folder,
            )
        except FileNotFoundError:
            raise ProgramMissing(program=program.name, package=program.name) from None
        try:
            yield process, errors
        finally:
            if process.poll() is None:
                _end(process)
            if process.stdout is not None:
                process.stdout.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a program to stop, as Ctrl-C does: it lets go of its locks; then do not ask."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_FAREWELL)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _ended(program: Program, process: subprocess.Popen[bytes], errors: IO[bytes]) -> Ended:
    errors.seek(0)
    complaint = program.without_secrets(errors.read().decode(errors="replace"))
    return Ended(process.returncode, complaint)
