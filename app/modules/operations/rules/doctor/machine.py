"""What is right and wrong with the machine: its Python, its users, its clock, its programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.modules.operations.rules.doctor.verdicts import Verdict, off, ok, warning, wrong

#: The oldest Python that the site is written for.
PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this very installation."""

    #: What supervisor and systemd call it: ``pem-web`` or ``pem-worker``.
    kind: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine, as it was found."""

    python: tuple[int, int, int]
    #: Who asks.
    user: str
    processes: Sequence[Process]
    #: Whether the kernel says that its clock is kept right; ``None`` if it does not say.
    is_on_time: bool | None


@dataclass(frozen=True, slots=True)
class Program:
    """A program that an installation wants, and what is wanted of it."""

    name: str
    purpose: str
    package: str
    is_there: bool


def machine(found: Machine) -> Iterator[Verdict]:
    """Of its Python, its users, its clock."""
    yield _python(found.python)
    yield _user(found.user)
    yield from _processes(found)
    yield _clock(found)


def _python(version: tuple[int, int, int]) -> Verdict:
    text = ".".join(map(str, version))
    if version[:2] < PYTHON:
        wanted = ".".join(map(str, PYTHON))
        return wrong("python", text, f"make the .venv with Python {wanted} or later")
    return ok("python", text)


def _user(name: str) -> Verdict:
    if name == "root":
        said = "asked by root, whom no file is closed to"
        return warning("user", said, "sudo -u pem flask doctor")
    return ok("user", name)


def _processes(found: Machine) -> Iterator[Verdict]:
    """Who serves the site here, and who works for it."""
    for kind in ("pem-web", "pem-worker"):
        users = sorted({one.user for one in found.processes if one.kind == kind})
        if not users:
            yield off(kind, "none runs on this machine")
        elif "root" in users:
            yield warning(kind, "root runs it", "user=pem in supervisor's or systemd's file")
        elif users != [found.user] and found.user != "root":
            said = f"run by {', '.join(users)}, and not by {found.user}, who asks"
            yield warning(kind, said, f"sudo -u {users[0]} flask doctor")
        else:
            yield ok(kind, f"run by {', '.join(users)}")


def _clock(found: Machine) -> Verdict:
    if found.is_on_time is None:
        return off("clock", "the kernel does not say whether it is kept right")
    if not found.is_on_time:
        remedy = "timedatectl set-ntp true (or install systemd-timesyncd, or chrony)"
        return warning("clock", "nothing keeps it right", remedy)
    return ok("clock", "kept right")


def programs(wanted: Sequence[Program]) -> Iterator[Verdict]:
    """Of the programs that this installation calls."""
    for one in wanted:
        if one.is_there:
            yield ok(one.name, one.purpose)
        else:
            said = f"not installed, for {one.purpose}"
            yield warning(one.name, said, f"apt install {one.package}")
