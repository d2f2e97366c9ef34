"""The program that decodes pictures: asked on its input, it answers on its output, in JSON.

It is run by its path, in a process that may do little. The package of the site is not loaded:
that would take longer than the work.
"""

import sys
import types
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_site = types.ModuleType("app")
_site.__path__ = [str(_HERE.parents[1])]
sys.modules["app"] = _site

from app.integrations import confined  # noqa: E402  # once it can be found

confined.bare_package("app.integrations.images", _HERE)

from app.integrations.images import contract  # noqa: E402  # likewise


def _main() -> None:
    parent, seconds = sys.argv[1:]
    confined.limit(
        int(parent),
        float(seconds),
        memory=contract.MEMORY_BYTES,
        largest_file=contract.LARGEST_FILE,
    )
    from app.integrations.images import pictures  # noqa: PLC0415  # within the limits

    confined.answer(pictures.answer, contract.ImageRefused)


if __name__ == "__main__":
    _main()
