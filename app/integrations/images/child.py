"""The program that decodes pictures: asked on its input, it answers on its output, in JSON.

It is run by its path, in a process that may do little. The package of the site is not loaded:
that would take longer than the work.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import types
from pathlib import Path

_HERE = Path(__file__).resolve().parent
for _name, _place in (("app", _HERE.parents[1]), ("app.integrations.images", _HERE)):
    _package = types.ModuleType(_name)
    _package.__path__ = [str(_place)]
    sys.modules[_name] = _package

from app.integrations.images import contract  # noqa: E402  # once it can be found

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_MOST_FILES = 64


def _limit(parent: int, seconds: float) -> None:
    """Live no longer than who started this, nor than *seconds*; take no more than is given."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)
    signal.alarm(int(seconds) + 1)
    for kind, most in (
        (resource.RLIMIT_AS, contract.MEMORY_BYTES),
        (resource.RLIMIT_CPU, max(1, int(seconds))),
        (resource.RLIMIT_FSIZE, contract.LARGEST_FILE),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _main() -> None:
    parent, seconds = sys.argv[1:]
    _limit(int(parent), float(seconds))
    from app.integrations.images import pictures  # noqa: PLC0415  # within the limits

    try:
        answer = pictures.answer(json.load(sys.stdin))
    except contract.ImageRefused as refusal:
        answer = {"refused": type(refusal).__name__, "why": str(refusal)[:500]}
    except MemoryError:
        answer = {"refused": "TooSlow", "why": "memory"}
    except OSError as error:
        answer = {"failed": str(error)[:500]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    _main()
