"""The fair answer by looking at everything: all that each person may get, then all together."""

import itertools
from collections.abc import Iterator

from app.core import draw
from app.modules.club_q.rules.instance import Instance, Person, Wish
from app.modules.club_q.rules.value import place_value, start_level, worth

Values = tuple[int, int, int, int]


def best_values(one: Instance, seed: bytes) -> Values:
    """The four objectives of the best answer to a small input."""
    shows = [show.id for show in one.shows]
    given = {(grant.person, grant.show): grant for grant in one.grants}
    limits = []
    for show in one.shows:
        has = sum(grant.places for grant in one.grants if grant.show == show.id)
        limits.append(max(show.capacity, has))
    states: dict[tuple[int, ...], Values] = {(0,) * len(shows): (0, 0, 0, 0)}
    for person in one.people:
        wishes = [wish for wish in one.wishes if wish.person == person.id]
        options: dict[tuple[int, ...], Values] = {}
        for places in _all(one, person, wishes, given):
            taken = dict(zip((wish.show for wish in wishes), places, strict=True))
            used = tuple(taken.get(show, 0) for show in shows)
            values = _values(one, person, wishes, places, seed)
            options[used] = max(values, options.get(used, values))
        following: dict[tuple[int, ...], Values] = {}
        for state, so_far in states.items():
            for used, values in options.items():
                then = tuple(map(sum, zip(state, used, strict=True)))
                if any(many > limit for many, limit in zip(then, limits, strict=True)):
                    continue
                total = tuple(map(sum, zip(so_far, values, strict=True)))
                following[then] = max(total, following.get(then, total))
        states = following
    return max(states.values())


def _values(
    one: Instance, person: Person, wishes: list[Wish], places: tuple[int, ...], seed: bytes
) -> Values:
    pairs = list(zip(wishes, places, strict=True))
    keys = one.keys(seed)
    start = start_level(person, one.parameters)
    units = sum(place_value(wish, one.parameters) * got for wish, got in pairs)
    return (
        int(any(places)),
        worth(start + units) - worth(start),
        sum(places),
        sum(draw.weight(keys[wish.person, wish.show]) * got for wish, got in pairs),
    )


def _all(
    one: Instance, person: Person, wishes: list[Wish], given: dict
) -> Iterator[tuple[int, ...]]:
    """Everything that someone may get, whatever others get."""
    shows = {show.id: show for show in one.shows}
    ranges = []
    for wish in wishes:
        grant = given.get((wish.person, wish.show))
        has = grant.places if grant else 0
        if grant and grant.locked:
            ranges.append([has])
        else:
            more = range(max(has, wish.minimum), wish.places + 1)
            ranges.append(sorted({has, *more}))
    kept = [given[w.person, w.show].places if (w.person, w.show) in given else 0 for w in wishes]
    prices = [shows[wish.show].price for wish in wishes]
    for places in itertools.product(*ranges):
        cost = sum(got * price for got, price in zip(places, prices, strict=True))
        spent = sum(got * price for got, price in zip(kept, prices, strict=True))
        if person.budget is not None and cost > max(person.budget, spent):
            continue
        held = sum(got > 0 for got in places)
        if person.max_shows is not None and held > max(
            person.max_shows, sum(got > 0 for got in kept)
        ):
            continue
        together = [
            (rank, other)
            for rank, other in itertools.combinations(range(len(wishes)), 2)
            if places[rank] and places[other] and not (kept[rank] and kept[other])
        ]
        if not person.accept_clashes and any(
            shows[wishes[a].show].overlaps(shows[wishes[b].show]) for a, b in together
        ):
            continue
        yield places
