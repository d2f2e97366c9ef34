"""Asking a program that reads what people send, and bearing whatever becomes of it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: The ends that mean that it took too much.
_TOO_MUCH = frozenset((signal.SIGKILL, signal.SIGXCPU, signal.SIGALRM, signal.SIGTRAP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program of ours that runs apart: asked on its input, it answers on its output, in JSON."""

    path: Path
    #: All that it knows of its surroundings: no secret of the site.
    environment: Mapping[str, str]
    #: What it may refuse, by name; ``TooSlow`` and what stands for a crash are among them.
    refusals: Mapping[str, type[Exception]]
    crashed: type[Exception]


def ask(program: Program, seconds: float, **request: Any) -> dict[str, Any]:
    """What the program answers within so many seconds.

    Raises:
        Exception: One of its refusals.
        OSError: If a file cannot be read or written.
    """
    too_slow = program.refusals["TooSlow"]
    command = [sys.executable, "-I", str(program.path), str(os.getpid()), str(seconds)]
    try:
        done = subprocess.run(  # noqa: S603  # a program of ours
            command,
            input=json.dumps(request, default=_absolute).encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
            env=program.environment,
            cwd="/",
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise too_slow(f"not done after {seconds:g} s") from None
    if done.returncode < 0:
        kind = too_slow if -done.returncode in _TOO_MUCH else program.crashed
        raise kind(f"ended by signal {-done.returncode}")
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-2000:])
    answer: dict[str, Any] = json.loads(done.stdout)
    if "refused" in answer:
        raise program.refusals[answer["refused"]](answer["why"])
    if "failed" in answer:
        raise OSError(answer["failed"])
    return answer


def _absolute(value: object) -> str:
    """A path, for a program that is not where we are."""
    if not isinstance(value, Path):
        raise TypeError(f"not for JSON: {value!r}")
    return str(value.absolute())
