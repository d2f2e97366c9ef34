"""Seasons that nobody lived: what a run starts from, made of one number."""

import random
from collections.abc import Sequence

from app.modules.club_q.rules.instance import Instance, Parameters, Person, Show, Wish

#: The season that they are of.
SEASON = 1
#: When the first evening begins: 4 January 2027 at 0:00 UTC, in minutes since 1970.
_FIRST_DAY = 29_983_680
_DAY, _EVENINGS = 24 * 60, 150
_PROMO_1A = 145
#: How fast shows are less wanted than the one before: the tenth, six times less than the first.
_SKEW = 0.8


def generate(
    seed: int, *, people: int = 400, shows: int = 40, wishes: int = 8, ratio: float = 0.2
) -> Instance:
    """Make a season up: the same for the same numbers, on every machine.

    Some shows are wanted by most people and others by few; some people have a bound on what they
    pay or on how many shows they go to, most refuse two shows at once, and some wishes are worth
    nothing in part.

    Args:
        seed: What makes one season another.
        people: How many have wishes.
        shows: How many shows there are.
        wishes: How many each person has, on average.
        ratio: How many places there are in all, as a part of those asked.
    """
    dice = random.Random(seed)  # noqa: S311  # it protects nothing
    rows = [_show(dice, number) for number in range(1, shows + 1)]
    wanted = [(rank + 1) ** -_SKEW for rank in range(shows)]
    dice.shuffle(wanted)
    asked = [0] * shows
    persons: list[Person] = []
    wished: list[Wish] = []
    for number in range(1, people + 1):
        persons.append(_person(dice, number))
        many = min(shows, max(1, round(dice.gauss(wishes, wishes * 3 / 8))))
        for priority, show in enumerate(_choose(dice, wanted, many), start=1):
            wished.append(_wish(dice, number, show + 1, priority))
            asked[show] += wished[-1].places
    capacities = _capacities(dice, asked, round(sum(asked) * ratio))
    return Instance(
        season=SEASON,
        parameters=Parameters(promo_1a=_PROMO_1A),
        people=tuple(persons),
        shows=tuple(
            Show(
                id=show.id,
                capacity=capacity,
                price=show.price,
                start=show.start,
                duration=show.duration,
            )
            for show, capacity in zip(rows, capacities, strict=True)
        ),
        wishes=tuple(wished),
    )


def _show(dice: random.Random, number: int) -> Show:
    evening = _FIRST_DAY + dice.randrange(_EVENINGS) * _DAY
    return Show(
        id=number,
        capacity=0,
        price=dice.choice((500, 800, 1000, 1200, 1500, 2000, 2500)),
        start=evening + dice.choice((18 * 60, 19 * 60, 19 * 60 + 30)),
        duration=dice.choice((90, 120, 150, 180)),
    )


def _person(dice: random.Random, number: int) -> Person:
    discontent = dice.randint(-60, 60) if dice.random() < 0.7 else 0
    return Person(
        id=number,
        promo=_PROMO_1A - dice.randrange(4),
        discontent=discontent,
        budget=dice.choice((None, None, None, 3000, 5000)),
        max_shows=dice.choice((None, None, None, None, None, 2, 3)),
        accept_clashes=dice.random() < 0.1,
    )


def _wish(dice: random.Random, person: int, show: int, priority: int) -> Wish:
    (places,) = dice.choices((1, 2, 3, 4), (50, 35, 8, 7))
    (minimum,) = dice.choices((1, places, (places + 1) // 2), (70, 20, 10))
    return Wish(person=person, show=show, priority=priority, places=places, minimum=minimum)


def _choose(dice: random.Random, wanted: Sequence[float], many: int) -> list[int]:
    """So many shows, no one twice: those that are wanted more come more often, and earlier."""
    left = dict(enumerate(wanted))
    found: list[int] = []
    for _ in range(many):
        (show,) = dice.choices(list(left), list(left.values()))
        del left[show]
        found.append(show)
    return found


def _capacities(dice: random.Random, asked: Sequence[int], seats: int) -> list[int]:
    """Share so many seats among shows, about as they are wanted; each has one at least."""
    weights = [many * dice.uniform(0.5, 1.5) for many in asked]
    total = sum(weights) or 1
    found = [max(1, int(seats * weight / total)) for weight in weights]
    largest = sorted(range(len(found)), key=lambda rank: -weights[rank])
    for turn in range(max(0, seats - sum(found))):
        found[largest[turn % len(largest)]] += 1
    return found
