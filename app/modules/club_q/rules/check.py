"""The independent checker: what some grants violate, what they are worth, what they waste.

It knows nothing of how they were found, and computes in whole numbers alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.core import draw
from app.modules.club_q.rules.instance import Instance, Wish
from app.modules.club_q.rules.standing import Key, Standing, worth


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Swap:
    """Places that would do more good to somebody else."""

    show: int
    #: Who has them.
    holder: int
    #: Who would do better with them.
    taker: int
    #: How many the holder would lose, and how many of them the other would have.
    lost: int
    taken: int


def problems(instance: Instance, grants: Mapping[Key, int]) -> list[str]:
    """The constraints of community 4.8 that *grants* violate, in words; none: they may be used.

    What the team gave by hand is beyond reproach: only what was added to it is judged.
    """
    standing = Standing(instance, grants)
    return [
        *(
            f"{person} has no wish for {show}"
            for person, show in sorted(set(grants) - set(standing.places))
        ),
        *(
            f"the wish of {person} for {show} has no answer"
            for person, show in sorted(set(standing.places) - set(grants))
        ),
        *_of_wishes(standing),
        *_of_shows(standing),
        *_of_people(standing),
    ]


def _of_wishes(standing: Standing) -> Iterator[str]:
    for key, wish in standing.wishes.items():
        places, given = standing.places[key], standing.given.get(key)
        where = f"the wish of {wish.person} for {wish.show}"
        if given is not None and given.locked:
            if places != given.places:
                yield f"{where}: {places} instead of the {given.places} that are locked"
        elif given is not None and places < given.places:
            yield f"{where}: {places} instead of the {given.places} that it had"
        elif not 0 <= places <= wish.places:
            yield f"{where}: {places} for {wish.places} asked"
        elif places and places < wish.minimum and places != standing.floor(key):
            yield f"{where}: {places}, fewer than the minimum {wish.minimum}"


def _of_shows(standing: Standing) -> Iterator[str]:
    given = dict.fromkeys(standing.shows, 0)
    for grant in standing.given.values():
        given[grant.show] += grant.places
    for number, show in standing.shows.items():
        if standing.granted[number] > max(show.capacity, given[number]):
            yield f"show {number}: {standing.granted[number]} places for {show.capacity}"


def _of_people(standing: Standing) -> Iterator[str]:
    spent = dict.fromkeys(standing.people, 0)
    kept: dict[int, set[int]] = {one: set() for one in standing.people}
    for grant in standing.given.values():
        if grant.places:
            spent[grant.person] += grant.places * standing.shows[grant.show].price
            kept[grant.person].add(grant.show)
    for number, person in standing.people.items():
        held = standing.held[number]
        if person.budget is not None and standing.spent[number] > max(person.budget, spent[number]):
            yield f"person {number}: {standing.spent[number]} cents for {person.budget}"
        if person.max_shows is not None and len(held) > max(person.max_shows, len(kept[number])):
            yield f"person {number}: {len(held)} shows for {person.max_shows}"
        if person.accept_clashes:
            continue
        for show in held:
            for other in standing.overlapping[show] & held.keys():
                if show < other and not {show, other} <= kept[number]:
                    yield f"person {number}: shows {show} and {other} at the same time"


def objectives(
    instance: Instance, grants: Mapping[Key, int], seed: bytes
) -> tuple[int, int, int, int]:
    """People served, worth, places, draw: the four objectives of community 4.8."""
    standing = Standing(instance, grants)
    keys = instance.keys(seed)
    return (
        sum(1 for held in standing.held.values() if held),
        sum(
            worth(standing.start(person) + units) - worth(standing.start(person))
            for person, units in standing.satisfaction.items()
        ),
        sum(standing.places.values()),
        sum(places * draw.weight(keys[key]) for key, places in standing.places.items()),
    )


def wasted(instance: Instance, grants: Mapping[Key, int]) -> list[Key]:
    """The wishes that could take tickets that are left, and break no constraint."""
    standing = Standing(instance, grants)
    return [key for key, wish in standing.wishes.items() if could_take(standing, key, wish)]


def could_take(standing: Standing, key: Key, wish: Wish) -> bool:
    """Whether a wish could take some of the tickets that are left."""
    if standing.places[key] >= wish.places:
        return False
    more = standing.fewest_more(key)
    return standing.left(wish.show) >= more and standing.obstacle(key, more) is None


def improving_swaps(
    instance: Instance, grants: Mapping[Key, int], *, limit: int | None = None
) -> list[Swap]:
    """The exchanges that do better on the objectives 1 to 3 taken in order (community 4.8).

    One person takes the places of one holder of a show, or part of them; what the holder cannot
    keep, being below their minimum, nobody has. At most *limit* of them, the first of each pair.
    """
    standing = Standing(instance, grants)
    found: list[Swap] = []
    for show in standing.shows:
        for swap in _swaps_of(standing, show):
            found.append(swap)
            if len(found) == limit:
                return found
    return found


#: What the holder loses (whether they end with nothing, worth, places), and who that is.
_Loss = tuple[int, int, int, int]


def _swaps_of(standing: Standing, show: int) -> Iterator[Swap]:
    wishes = standing.by_show[show]
    losses = sorted(loss for wish in wishes for loss in _losses(standing, wish))
    if not losses:
        return
    for wish in wishes:
        seen = {wish.person}
        for gain in _gains(standing, wish, max(loss[2] for loss in losses)):
            for loss in losses:
                if loss[:3] >= gain:
                    break
                if loss[2] >= gain[2] and loss[3] not in seen:
                    seen.add(loss[3])
                    yield Swap(
                        show=show,
                        holder=loss[3],
                        taker=wish.person,
                        lost=loss[2],
                        taken=gain[2],
                    )


def _losses(standing: Standing, wish: Wish) -> Iterator[_Loss]:
    """What it costs to take places from a wish, for each number of places that may be taken."""
    key = wish.person, wish.show
    places, floor = standing.places[key], standing.floor(key)
    if not places or standing.is_fixed(key):
        return
    value, others = standing.value(key), len(standing.held[wish.person]) - 1
    for kept in range(floor, places):
        if kept in (0, floor) or kept >= wish.minimum:
            lost = places - kept
            worse = -standing.change(wish.person, -lost * value)
            yield int(kept == 0 and not others), worse, lost, wish.person


def _gains(standing: Standing, wish: Wish, most: int) -> Iterator[tuple[int, int, int]]:
    """What a wish makes of more places, for each number that it may take."""
    key = wish.person, wish.show
    if standing.places[key] >= wish.places:
        return
    served, value = int(not standing.held[wish.person]), standing.value(key)
    for more in range(standing.fewest_more(key), min(wish.places - standing.places[key], most) + 1):
        if standing.obstacle(key, more) is not None:
            return
        yield served, standing.change(wish.person, more * value), more
