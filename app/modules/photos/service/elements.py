"""What collections and albums have in common: a name, words, dates, and whether they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from app.models import Album, Collection, audit
from app.modules.photos.errors import (
    EndsTooEarly,
    NameNotTyped,
    NoSuchAlbum,
    NoSuchCollection,
    StaleVersion,
)
from app.modules.photos.service.locking import lock_or

Element: TypeAlias = Collection | Album


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What someone says of a collection, or of an album."""

    name: str
    description: str | None = None
    start: date | None = None
    end: date | None = None

    def check(self) -> None:
        """Refuse dates that go backwards.

        Raises:
            EndsTooEarly: If they do.
        """
        if self.start and self.end and self.end < self.start:
            raise EndsTooEarly


def kind_of(element: Element) -> str:
    """What the audit calls it."""
    return "album" if isinstance(element, Album) else "collection"


def described(element: Element) -> dict[str, Any]:
    """What the audit keeps of it."""
    return {
        "name": element.name,
        "description": element.description,
        "start": element.start and element.start.isoformat(),
        "end": element.end and element.end.isoformat(),
        "visible": element.visible,
    }


def lock_element(session: Session, element: Element) -> None:
    """Read it afresh, and keep it from others until the commit.

    Raises:
        NoSuchAlbum, NoSuchCollection: If it was deleted meanwhile.
    """
    lock_or(session, element, NoSuchAlbum if isinstance(element, Album) else NoSuchCollection)


def check_version(element: Element, seen: int) -> None:
    """Refuse to change what someone else has changed meanwhile; it is locked.

    Raises:
        StaleVersion: If it was.
    """
    if element.version != seen:
        raise StaleVersion


def check_typed(element: Element, typed: str) -> None:
    """Refuse to delete what was not called by its name.

    Raises:
        NameNotTyped: If it was not.
    """
    if typed != element.name:
        raise NameNotTyped(name=element.name)


def change(session: Session, element: Element, *, wanted: Draft, visible: bool) -> None:
    """Write what is wanted of an element that is locked."""
    before = described(element)
    element.name, element.description = wanted.name, wanted.description
    element.start, element.end = wanted.start, wanted.end
    element.visible = visible
    after = described(element)
    if before == after:
        return
    element.version += 1
    audit(session, f"photos.{kind_of(element)}.change", element, before=before, after=after)


def place(elements: Sequence[Element]) -> bool:
    """Have these stand in that order; return whether they did not already."""
    are_placed = all(one.position == rank for rank, one in enumerate(elements, 1))
    for rank, one in enumerate(elements, 1):
        one.position = rank
    return not are_placed
