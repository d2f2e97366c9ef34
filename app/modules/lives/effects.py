"""What follows from asking for an archive, done by the worker."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class BuildExport:
    """Make the archive of what the site knows of someone."""

    kind: ClassVar = "lives.build_export"

    export: int
