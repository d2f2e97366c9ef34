"""What the banners have the worker do."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class RemoveBannerFile:
    """Remove a picture or an attachment that nothing shows any more."""

    kind: ClassVar = "banners.remove_file"

    #: The name of its file.
    name: str
