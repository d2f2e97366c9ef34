"""What the Bekk has the worker do."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class RenderBekk:
    """Draw the pages of an issue, and take its text."""

    kind: ClassVar = "bekk.render"
    slow: ClassVar = True

    issue: int
    #: One that was replaced meanwhile is not drawn.
    revision: int


@dataclass(frozen=True, slots=True)
class SweepBekk:
    """Remove the files that an issue no longer has, or all of them once it is gone."""

    kind: ClassVar = "bekk.sweep"
    coalesces: ClassVar = True

    issue: int
