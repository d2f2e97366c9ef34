"""What a program that reads what people send does first: it may do little, and not for long.

It is loaded by programs that do without the package of the site.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_MOST_FILES = 64


def bare_package(name: str, place: Path) -> None:
    """Have the modules of a package found, without what its ``__init__`` loads."""
    package = types.ModuleType(name)
    package.__path__ = [str(place)]
    sys.modules[name] = package


def limit(parent: int, seconds: float, *, memory: int, largest_file: int) -> None:
    """Live no longer than who started this, nor than *seconds*; take no more than is given.

    *memory* and *largest_file* are in bytes.
    """
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
    signal.alarm(int(seconds) + 1)
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, max(1, int(seconds))),
        (resource.RLIMIT_FSIZE, largest_file),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def answer(
    work: Callable[[Mapping[str, Any]], Mapping[str, Any]], refused: type[Exception]
) -> None:
    """Answer on the output, in JSON, to what is asked on the input; say why it is *refused*."""
    try:
        said = work(json.load(sys.stdin))
    except refused as refusal:
        said = {"refused": type(refusal).__name__, "why": str(refusal)[:500]}
    except MemoryError:
        said = {"refused": "TooSlow", "why": "memory"}
    except OSError as error:
        said = {"failed": str(error)[:500]}
    json.dump(said, sys.stdout)
