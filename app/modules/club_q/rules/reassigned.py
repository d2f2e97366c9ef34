"""Which of the places that people offer back a complement gives to others. Pure."""

from collections.abc import Mapping, Sequence

from app.modules.club_q.rules.instance import Instance

#: A wish: its person and its show.
Key = tuple[int, int]


def given(instance: Instance, grants: Mapping[Key, int]) -> Mapping[Key, int]:
    """How many places more each wish has after a complement; only those with more."""
    had = {(one.person, one.show): one.places for one in instance.grants}
    more = {key: places - had.get(key, 0) for key, places in grants.items()}
    return {key: places for key, places in more.items() if places > 0}


def reassigned(
    instance: Instance, grants: Mapping[Key, int], offers: Sequence[tuple[Key, int]]
) -> Sequence[int]:
    """How many places of each offer somebody else has now.

    *offers* are wishes and places, the oldest first: these go first, and before places that nobody
    ever had.
    """
    left: dict[int, int] = {}
    for (_person, show), places in given(instance, grants).items():
        left[show] = left.get(show, 0) + places
    taken = []
    for (_person, show), places in offers:
        count = min(places, left.get(show, 0))
        left[show] = left.get(show, 0) - count
        taken.append(count)
    return taken
