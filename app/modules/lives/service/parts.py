"""What the modules of the site bring to the life of accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.models.personal import Keeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the modules do of their tables, and the tasks that are about someone."""

    keepers: tuple[Keeper, ...] = ()
    #: By the name of a task, those of its parameters that are numbers of people.
    people_asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
