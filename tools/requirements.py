"""What the files of requirements say: names, versions, digests.

``requirements*.in`` name what is wanted; ``make pins`` makes ``requirements*.txt`` of them.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
_DIGEST = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_PIN = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<where>[^\\]+?))? ?\\?$"
)


class Pin(NamedTuple):
    """A package, at a version, with the digests of its files, and where it is wanted."""

    name: str
    version: str
    where: str
    digests: tuple[str, ...]


def normalised(name: str) -> str:
    """The name of a package, as packages are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: Path) -> Iterator[Pin]:
    """What a file of requirements asks for, in its order.

    Raises:
        ValueError: If a line is neither a comment, nor an option, nor a version of a package.
    """
    found: list[tuple[re.Match[str], list[str]]] = []
    for line in path.read_text().splitlines():
        text = line.strip()
        if not text or text.startswith(("#", "-r ", "-c ", "--only-binary ")):
            continue
        digest = _DIGEST.match(text)
        if digest and found:
            found[-1][1].append(digest[1])
            continue
        pin = _PIN.fullmatch(text)
        if pin is None:
            raise ValueError(f"{path.name}: what is this? {text}")
        found.append((pin, []))
    for pin, digests in found:
        yield Pin(normalised(pin["name"]), pin["version"], pin["where"] or "", tuple(digests))
