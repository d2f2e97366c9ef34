"""In which order the banners stand. Pure."""

from collections.abc import Sequence

from app.modules.banners.errors import NoSuchBanner, NotTheBanners


def check_order(current: Sequence[int], wanted: Sequence[object]) -> list[int]:
    """The order that is *wanted*: of all the banners that there are, each of them once.

    Raises:
        NotTheBanners: If it is another one.
    """
    keys = [one for one in wanted if type(one) is int]
    if len(keys) != len(wanted) or sorted(keys) != sorted(current):
        raise NotTheBanners
    return keys


def shifted(current: Sequence[int], key: int, by: int) -> list[int]:
    """All the banners, with one that many places later; it stops at either end.

    Raises:
        NoSuchBanner: If it has just gone.
    """
    if key not in current:
        raise NoSuchBanner
    others = [other for other in current if other != key]
    place = min(max(0, current.index(key) + by), len(others))
    return [*others[:place], key, *others[place:]]
