"""What the theatre club has the worker do."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class RemovePoster:
    """Remove a poster that nothing shows any more."""

    kind: ClassVar = "theatre.remove_poster"

    #: The number of the season in whose directory it is.
    saison: int
    #: The name of its file.
    name: str
