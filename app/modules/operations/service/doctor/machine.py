"""What is found of the machine: its users, its processes, its clock."""

import ctypes
import os
import pwd
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from app.modules.operations.rules.doctor.machine import Machine, Process, Program

_PROC = Path("/proc")
#: What ``adjtimex`` answers when nothing keeps the clock right; its structure has room there.
_UNSYNCHRONISED, _TIMEX_BYTES = 5, 512


def look(root: Path) -> Machine:
    """The machine of the installation whose code is in *root*."""
    return Machine(
        python=sys.version_info[:3],
        user=user_name(os.geteuid()),
        processes=list(_processes(_installation(root))),
        is_on_time=_is_on_time(),
    )


def user_name(number: int) -> str:
    """What a user is called; its number where nobody knows."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _installation(root: Path) -> Path:
    """Where all the releases of an installation are; its code, where there is but one."""
    return root.parent.parent if root.parent.name == "releases" else root


def _processes(root: Path) -> Iterator[Process]:
    for place in _PROC.glob("[0-9]*"):
        with suppress(OSError):  # it has just ended, or is none of our business
            words = (place / "cmdline").read_text(errors="replace").split("\0")
            kind = kind_of(words, root)
            if kind is not None:
                yield Process(kind, user_name(place.stat().st_uid))


def kind_of(words: Sequence[str], root: Path) -> str | None:
    """What a command does for the installation in *root*; ``None`` if it is not one of its own."""
    programs = [Path(word).name for word in words[:2]]
    if not any(Path(word).is_relative_to(root) for word in words[:2]):
        return None
    if "gunicorn" in programs:
        return "pem-web"
    return "pem-worker" if "flask" in programs and "worker" in words[2:] else None


def _is_on_time() -> bool | None:
    """Whether the kernel says that something keeps its clock right; ``None`` if it may not."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    state = adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))  # zeros: it is only asked
    return None if state < 0 else bool(state != _UNSYNCHRONISED)


def programs(wanted: Iterable[tuple[str, str, str]]) -> list[Program]:
    """Which programs are there: each by its name, what it is for, and the package that has it."""
    return [Program(name, what, package, _has(name)) for name, what, package in wanted]


def _has(name: str) -> bool:
    return shutil.which(name, path=f"{os.defpath}:/usr/local/bin:/usr/sbin") is not None
