"""What follows from a change of the photos, done by the worker."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class PreparePhoto:
    """Publish a photo that was sent: upright, without what it says of where it was taken."""

    kind: ClassVar = "photos.prepare"
    slow: ClassVar = True

    photo: int


@dataclass(frozen=True, slots=True)
class RotatePhoto:
    """Turn a photo that is published, clockwise; its files get other names."""

    kind: ClassVar = "photos.rotate"
    slow: ClassVar = True

    photo: int
    #: 90, 180 or 270.
    degrees: int
    #: The name that it has: one that was turned already has another.
    file_name: str


@dataclass(frozen=True, slots=True)
class ConcealPhoto:
    """Give the files of a photo that is hidden a name that nobody knows.

    A link opens a whole album: who saw the photo knows the former name.
    """

    kind: ClassVar = "photos.conceal"

    photo: int
    #: The name that it has, and the one that it gets.
    file_name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class MakeCover:
    """Make the cover of a photo that stands for an album."""

    kind: ClassVar = "photos.cover"
    slow: ClassVar = True
    #: Each photo of an album that comes asks for it.
    coalesces: ClassVar = True

    photo: int


@dataclass(frozen=True, slots=True)
class RemoveFiles:
    """Remove the files of photos that are no longer in an album."""

    kind: ClassVar = "photos.remove"

    collection: str
    album: str
    #: The names of photos; their previews go with them.
    file_names: list[str]
    #: The names of covers.
    covers: list[str]


@dataclass(frozen=True, slots=True)
class SweepAlbum:
    """Remove from the directory of an album that is gone what belongs to no photo."""

    kind: ClassVar = "photos.sweep"

    collection: str
    album: str


@dataclass(frozen=True, slots=True)
class MoveAlbum:
    """Give the directory of an album the place that it has in the database.

    The request does it at once; this is for the one that was killed in between.
    """

    kind: ClassVar = "photos.move"

    album: int
    #: Where its files were: the directories of its collection, and its own.
    collection: str
    directory: str


@dataclass(frozen=True, slots=True)
class TellTagged:
    """Tell someone, once a day for an album, that others said that they are on its photos."""

    kind: ClassVar = "photos.tell_tagged"
    coalesces: ClassVar = True

    pceen: int
    album: int
    #: The day when it is told, as ISO 8601 writes it: tags of one day are told together.
    on: str
