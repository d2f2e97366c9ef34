"""What follows from a change of the bar, done by the worker."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class RemovePicture:
    """Remove a picture that is no longer the one of somebody, nor behind the pages."""

    kind: ClassVar = "bar.remove_picture"

    #: The name of its file.
    name: str
