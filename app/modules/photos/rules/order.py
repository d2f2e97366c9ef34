"""In which order collections and albums stand, once someone moved some of them."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def arranged(current: Sequence[T], wanted: Sequence[T]) -> list[T]:
    """All of *current*, where those that are *wanted* take the places they had, in that order.

    One may see, and so move, some of them alone: the others stay where they are.
    """
    there = set(current)
    places = [one for one in wanted if one in there]
    moved, among = iter(places), set(places)
    return [next(moved) if one in among else one for one in current]


def shifted(current: Sequence[T], one: T, by: int) -> list[T]:
    """All of *current*, with *one* that many places later; it stops at either end."""
    others = [other for other in current if other != one]
    place = min(max(0, current.index(one) + by), len(others))
    return [*others[:place], one, *others[place:]]
