"""Who sees and changes which albums (community 2.1 and 2.3): one answer for pages and queries.

It says what ``has_permission`` says, for many albums at once, without asking for each.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.enums import PermissionScope, PermissionType
from app.models import Album, Collection, Permission


@dataclass(frozen=True, slots=True)
class Reach:
    """The collections and albums that a kind of permission is about."""

    #: Whether it is about all of them.
    everything: bool = False
    collections: frozenset[int] = frozenset()
    #: Albums of which someone was given the right alone.
    albums: frozenset[int] = frozenset()

    def has_collection(self, key: int) -> bool:
        return self.everything or key in self.collections

    def has_album(self, album: Album) -> bool:
        return self.has_collection(album.collection_id) or album.id in self.albums

    def __bool__(self) -> bool:
        return self.everything or bool(self.collections) or bool(self.albums)


@dataclass(frozen=True, slots=True)
class Access:
    """What someone may do of the photos."""

    #: Whether they may look at the photos at all.
    opens: bool
    reads: Reach
    writes: Reach
    deletes: Reach

    @classmethod
    def of(cls, permissions: Iterable[Permission]) -> "Access":
        """What all these permissions let one do."""
        held = list(permissions)
        photos = [p for p in held if p.scope is PermissionScope.photos]
        return cls(
            opens=any(p.type.covers(PermissionType.read) for p in photos),
            reads=_reach(held, PermissionType.read),
            writes=_reach(held, PermissionType.write),
            deletes=_reach(held, PermissionType.delete),
        )

    def sees_album(self, album: Album) -> bool:
        """Whether they may open an album.

        Its collection must be shown too, but for who was given the album alone.
        """
        if not self.opens:
            return False
        if self.writes.has_album(album):
            return True
        if not album.visible:
            return False
        alone = album.id in self.reads.albums
        shown = album.collection.visible and self.reads.has_collection(album.collection_id)
        return alone or shown

    def sees_as_a_whole(self, collection: Collection) -> bool:
        """Whether they may open a collection for itself, and not for some of its albums alone."""
        if not self.opens:
            return False
        readable = collection.visible and self.reads.has_collection(collection.id)
        return readable or self.writes.has_collection(collection.id)


def _reach(held: Iterable[Permission], wanted: PermissionType) -> Reach:
    """What is within reach of who may do *wanted*."""
    enough = [p for p in held if p.type.covers(wanted)]
    collections = [p.ref_id for p in enough if p.scope is PermissionScope.collection]
    albums = [p.ref_id for p in enough if p.scope is PermissionScope.album]
    return Reach(
        everything=None in collections,
        collections=frozenset(key for key in collections if key is not None),
        albums=frozenset(key for key in albums if key is not None),
    )
