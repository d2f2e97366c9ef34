"""Small disks of their own, in memory: what fills one fills no other."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

#: What takes the room that is left.
FILLER = ".filler"
_MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Disk:
    """A directory; a disk of its own where we may make one."""

    path: Path
    is_real: bool

    def fill(self) -> None:
        """Leave no room at all."""
        with (self.path / FILLER).open("ab") as filler:
            for size in (_MEGABYTE, 4096, 64, 1):
                with suppress(OSError):
                    while os.write(filler.fileno(), bytes(size)):
                        pass

    def free(self) -> None:
        """Give the room back."""
        (self.path / FILLER).unlink(missing_ok=True)


@contextmanager
def disk(path: Path, megabytes: int) -> Iterator[Disk]:
    """A disk of so many megabytes; a plain directory where nobody may mount one."""
    path.mkdir()
    is_real = _mount(path, megabytes)
    try:
        yield Disk(path, is_real)
    finally:
        if is_real:
            command = ["umount", "--lazy", str(path)]
            subprocess.run(command, check=False)  # noqa: S603  # a command of ours
        shutil.rmtree(path, ignore_errors=True)


def _mount(path: Path, megabytes: int) -> bool:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        return False
    options = f"size={megabytes}m,mode=0755"
    command = ["mount", "-t", "tmpfs", "-o", options, "pem-chaos", str(path)]
    done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603  # a command of ours
    return done.returncode == 0
