"""``docs/install.md``: the blocks of commands that a person would copy, one after the other."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

DOCUMENT = Path(__file__).parents[2] / "docs" / "install.md"
_SKIP = re.compile(r"<!-- drill: skip, (.+) -->")


class Block(NamedTuple):
    """Commands, under a title."""

    title: str
    text: str
    #: Why they are not run here; empty: they are.
    skipped: str


def blocks(text: str) -> list[Block]:
    """The blocks of shell of a document, in order.

    Raises:
        ValueError: One does not end.
    """
    found: list[Block] = []
    title, reason = "", ""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("## "):
            title, reason = line.removeprefix("## "), ""
        elif match := _SKIP.fullmatch(line):
            reason = match[1]
        elif line == "```sh":
            found.append(Block(title, _until_the_end(lines), reason))
            reason = ""
        elif line:
            reason = ""
    return found


def _until_the_end(lines: Iterator[str]) -> str:
    taken: list[str] = []
    for line in lines:
        if line == "```":
            return "".join(f"{one}\n" for one in taken)
        taken.append(line)
    raise ValueError("a block does not end")


def script(found: list[Block], variables: dict[str, str], mark: str) -> str:
    """One script of all the blocks that are run; it prints *mark* and a number before each."""
    lines = ["set -euo pipefail", *(f"{name}={value}" for name, value in variables.items())]
    for number, block in enumerate(found):
        if not block.skipped:
            lines += [f"echo '{mark}{number}'", block.text.rstrip("\n")]
    return "".join(f"{line}\n" for line in lines)
