"""What is backed up, where to, and where it is prepared."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.core.files import exclusive
from app.core.tasks import Progress, TaskCancelled
from app.integrations.backup.databases import Database
from app.integrations.backup.errors import BackupRefused, DiskFull, Unreadable
from app.integrations.backup.repository import Repository
from app.modules.operations.errors import BackupRuns, StagingUnusable
from app.modules.operations.rules.backups import Place, Retention

#: What a manifest is called in a backup.
MANIFEST = "manifest.json"
#: What the snapshots of restic are said to be: files, or a whole backup, which names its files.
FILES, BACKUP = "files", "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site, for who backs it up or restores it."""

    database: Database
    repository: Repository
    #: Where its files are.
    places: tuple[Place, ...]
    #: Where copies are prepared.
    staging: Path
    retention: Retention
    #: The migrations that this code knows, and those that it wants.
    known: frozenset[str]
    heads: frozenset[str]


@contextmanager
def workbench(staging: Path) -> Iterator[Path]:
    """An empty directory of which nothing stays, for one at a time on this machine.

    Raises:
        BackupRuns: If someone is at it.
        StagingUnusable: If it cannot be written.
        DiskFull: If no room is left.
    """
    work = staging / "work"
    with ExitStack() as stack:
        try:
            staging.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.enter_context(exclusive(staging / "backup", 0))
            shutil.rmtree(work, ignore_errors=True)  # of one that was killed
            work.mkdir(mode=0o700)
        except TimeoutError:
            raise BackupRuns from None
        except OSError as error:
            raise _told(error, staging) from error
        try:
            yield work
        except OSError as error:
            raise _told(error, staging) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _told(error: OSError, staging: Path) -> Exception:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(program="flask backup")
    if error.filename and not Path(os.fsdecode(error.filename)).is_relative_to(staging):
        return Unreadable(path=os.fsdecode(error.filename))
    return StagingUnusable(path=staging, why=error.strerror or type(error).__name__)


@contextmanager
def heeding(progress: Progress) -> Iterator[None]:
    """Stop as asked, rather than fail: a program that was told to stop too does not end well.

    Raises:
        TaskCancelled: If the block failed, and someone had asked to stop.
    """
    try:
        yield
    except BackupRefused:
        if progress.cancelled:
            raise TaskCancelled from None
        raise


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the work, from one percentage of it to another."""

    progress: Progress
    begin: int
    end: int
    message: str

    def tick(self) -> None:
        """Go on, unless someone asked to stop.

        Raises:
            TaskCancelled: If someone did.
        """
        if self.progress.cancelled:
            raise TaskCancelled

    def heard(self, done: int, total: int) -> None:
        """Say that *done* of *total* are done of this part.

        Raises:
            TaskCancelled: If someone asked to stop.
        """
        share = min(1.0, done / total) if total > 0 else 0.0
        at = self.begin + round(share * (self.end - self.begin))
        self.progress.progress(at, 100, self.message)


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
