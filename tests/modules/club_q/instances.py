"""Inputs of runs for tests: made by hand, drawn at random, and solved by trying everything."""

import itertools
import random
from collections.abc import Iterator, Mapping

from app.enums import RunMode, Strategy
from app.modules.club_q.rules import check
from app.modules.club_q.rules.instance import Grant, Instance, Parameters, Person, Show, Wish
from app.modules.club_q.rules.outcome import OBJECTIVES, Objective, Outcome

SEED = bytes(range(32))
Key = tuple[int, int]

ADA, BOB, CY, DAN = 1, 2, 3, 4
A, B, C, D = 11, 12, 13, 14


def show(key: int, capacity: int, *, price: int = 1000, start: int | None = None) -> Show:
    """A show of two hours, on an evening of its own unless *start* says when."""
    evening = 29_000_000 + key * 1440 if start is None else start
    return Show(id=key, capacity=capacity, price=price, start=evening)


def instance(
    people: dict[int, dict[str, object]],
    shows: dict[int, int | Show],
    wishes: list[tuple[int, ...]],
    grants: tuple[Grant, ...] = (),
    **rest: object,
) -> Instance:
    """An input: wishes are (person, show, priority, places = 1, minimum = 1)."""
    return Instance(
        season=7,
        people=tuple(Person(id=key, **fields) for key, fields in people.items()),
        shows=tuple(one if isinstance(one, Show) else show(key, one) for key, one in shows.items()),
        wishes=tuple(
            Wish(
                person=one[0],
                show=one[1],
                priority=one[2],
                places=one[3] if len(one) > 3 else 1,
                minimum=one[4] if len(one) > 4 else 1,
            )
            for one in wishes
        ),
        grants=grants,
        **rest,
    )


def drawn(
    number: int, *, people: int = 5, shows: int = 4, asked: int = 4, capacity: int = 4
) -> Instance:
    """An input drawn at random, always the same for a *number*."""
    draw = random.Random(number)
    made_people = tuple(
        Person(
            id=key,
            promo=draw.choice([145, 144, 143, 140, None]),
            discontent=draw.randint(-200, 200),
            budget=draw.choice([None, None, 1500, 4000, 9000]),
            max_shows=draw.choice([None, None, 1, 2]),
            accept_clashes=draw.random() < 0.2,
        )
        for key in range(1, people + 1)
    )
    made_shows = tuple(
        Show(
            id=100 + key,
            capacity=draw.randint(0, capacity),
            price=draw.choice([0, 700, 1500]),
            start=29_000_000 + draw.randint(0, shows) * 120,
            duration=draw.choice([60, 120, 180]),
        )
        for key in range(shows)
    )
    wishes = []
    for person in made_people:
        chosen = draw.sample(made_shows, draw.randint(1, min(asked, shows)))
        for priority, one in enumerate(chosen, 1):
            places = draw.randint(1, 3)
            minimum = draw.randint(1, places)
            wishes.append(
                Wish(
                    person=person.id,
                    show=one.id,
                    priority=priority,
                    places=places,
                    minimum=minimum,
                )
            )
    return Instance(
        season=7,
        parameters=Parameters(
            theta=draw.randint(0, 4),
            use_bonus=draw.random() < 0.5,
            promo_1a=145,
            bonuses=(40, 30, 20, 10),
        ),
        people=made_people,
        shows=made_shows,
        wishes=tuple(wishes),
        grants=_locked(draw, made_shows, wishes),
    )


def _locked(draw: random.Random, shows: tuple[Show, ...], wishes: list[Wish]) -> tuple[Grant, ...]:
    """Sometimes one grant that the team has set, 0 included."""
    if draw.random() < 0.7:
        return ()
    wish = draw.choice(wishes)
    capacity = next(one.capacity for one in shows if one.id == wish.show)
    places = draw.randint(0, min(capacity, wish.places))
    return (Grant(person=wish.person, show=wish.show, places=places),)


def complement(full: Instance, grants: Mapping[Key, int], **more: int) -> Instance:
    """What is left after *grants*, with *more* places of some shows (``s100=2``)."""
    return Instance(
        season=full.season,
        mode=RunMode.complement,
        parameters=full.parameters,
        people=full.people,
        shows=tuple(
            Show(
                id=one.id,
                capacity=one.capacity + more.get(f"s{one.id}", 0),
                price=one.price,
                start=one.start,
                duration=one.duration,
            )
            for one in full.shows
        ),
        wishes=full.wishes,
        grants=tuple(
            Grant(person=person, show=show, places=places, locked=False)
            for (person, show), places in grants.items()
            if places
        ),
    )


def some(one: Instance, number: int) -> dict[Key, int]:
    """Grants that break no constraint, drawn at random."""
    chance = random.Random(number)
    grants = {(wish.person, wish.show): 0 for wish in one.wishes}
    grants |= {(given.person, given.show): given.places for given in one.grants}
    for wish in chance.sample(one.wishes, len(one.wishes)):
        tried = {**grants, (wish.person, wish.show): chance.randint(0, wish.places)}
        if not check.problems(one, tried):
            grants = tried
    return grants


def everything(one: Instance) -> Iterator[dict[Key, int]]:
    """All grants that break no constraint."""
    given = {(grant.person, grant.show): grant.places for grant in one.grants}
    choices = [
        [given[wish.person, wish.show]]
        if (wish.person, wish.show) in given
        else [0, *range(wish.minimum, wish.places + 1)]
        for wish in one.wishes
    ]
    keys = [(wish.person, wish.show) for wish in one.wishes]
    left = {one.id: one.capacity for one in one.shows}
    for places in itertools.product(*choices):
        grants = dict(zip(keys, places, strict=True))
        asked = dict.fromkeys(left, 0)
        for (_, show), count in grants.items():
            asked[show] += count
        if all(asked[show] <= left[show] for show in left) and not check.problems(one, grants):
            yield grants


def best(one: Instance) -> Outcome:
    """The fair answer, found by trying everything."""
    found = max(
        everything(one),
        key=lambda grants: (check.objectives(one, grants, SEED), sorted(grants.items())),
    )
    return outcome(one, found, Strategy.fair)


def outcome(
    one: Instance, grants: Mapping[Key, int], strategy: Strategy = Strategy.fair
) -> Outcome:
    """An answer with these *grants*: a fair one is said to be proven."""
    is_fair = strategy is Strategy.fair
    return Outcome(
        strategy=strategy,
        grants=dict(grants),
        objectives=tuple(
            Objective(name=name, value=value, bound=value if is_fair else None, proven=is_fair)
            for name, value in zip(OBJECTIVES, check.objectives(one, grants, SEED), strict=True)
        ),
    )
