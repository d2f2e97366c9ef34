"""What is left to decide of an input: the wishes that may get something more than they have.

What is given (locked grants, those that a complement keeps) is a constant: it may break a bound of
its owner, and the rest is decided all the same. What can never happen is left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import gcd

from app.core import draw
from app.modules.club_q.rules.instance import BETWEEN_MINUTES, Instance, Person, Show, Wish
from app.modules.club_q.rules.value import place_value, start_level, worth

#: A person and a show.
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A wish that may get more: nothing more, or from *least* to *most* places more."""

    wish: Wish
    show: Show
    least: int
    most: int
    #: Whether it has nothing yet.
    is_new: bool
    #: What a place is worth, in units.
    value: int
    #: What a place weighs in the draw.
    weight: int
    key: int

    @property
    def pair(self) -> Pair:
        return (self.wish.person, self.wish.show)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """Someone with choices, and what binds them."""

    person: Person
    choices: tuple[Choice, ...]
    #: Units: where they start, and where they are with what is given.
    start: int
    level: int
    #: Whether they have a place already.
    is_served: bool
    #: Cents left; ``None`` where it cannot bind.
    budget: int | None
    #: New shows left; ``None`` where it cannot bind.
    shows: int | None
    #: Choices of which one at most may be served, by rank in *choices*.
    clashes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Choosers in the order of the draw, places left by show, and what is given."""

    choosers: tuple[Chooser, ...]
    #: Places left of each show where they are fewer than what could be taken.
    capacities: Mapping[int, int]
    given: Mapping[Pair, int]
    #: Every wish, and what it weighs in the draw.
    weights: Mapping[Pair, int]
    instance: Instance
    #: What those without a choice have reached, by objective.
    constants: tuple[int, int, int, int] = field(default=(0, 0, 0, 0))

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(choice for chooser in self.choosers for choice in chooser.choices)

    def grants(self, more: Mapping[Pair, int]) -> dict[Pair, int]:
        """What every wish has, with so many places more than what is given."""
        return {
            pair: self.given.get(pair, 0) + more.get(pair, 0)
            for pair in ((wish.person, wish.show) for wish in self.instance.wishes)
        }

    def values(self, more: Mapping[Pair, int]) -> tuple[int, int, int, int]:
        """The four objectives, of whatever choosers get besides what is given: exact."""
        served, total, places, drawn = self.constants
        for chooser in self.choosers:
            units, any_place = chooser.level, chooser.is_served
            for choice in chooser.choices:
                if got := more.get(choice.pair, 0):
                    units += choice.value * got
                    places += got
                    drawn += choice.weight * got
                    any_place = True
            total += worth(units) - worth(chooser.level)
            served += any_place and not chooser.is_served
        return served, total, places, drawn

    def allows(self, more: Mapping[Pair, int]) -> bool:
        """Whether it breaks nothing."""
        known = {choice.pair for choice in self.choices}
        if any(got and pair not in known for pair, got in more.items()):
            return False
        taken: dict[int, int] = defaultdict(int)
        for chooser in self.choosers:
            for choice in chooser.choices:
                got = more.get(choice.pair, 0)
                if got and not choice.least <= got <= choice.most:
                    return False
                taken[choice.show.id] += got
            if not _is_within(chooser, more):
                return False
        return all(taken[show] <= left for show, left in self.capacities.items())


def _is_within(chooser: Chooser, more: Mapping[Pair, int]) -> bool:
    got = [more.get(choice.pair, 0) for choice in chooser.choices]
    cost = sum(one * choice.show.price for one, choice in zip(got, chooser.choices, strict=True))
    new = sum(one > 0 and choice.is_new for one, choice in zip(got, chooser.choices, strict=True))
    return (
        (chooser.budget is None or cost <= chooser.budget)
        and (chooser.shows is None or new <= chooser.shows)
        and all(sum(got[rank] > 0 for rank in clash) <= 1 for clash in chooser.clashes)
    )


def problem(instance: Instance, seed: bytes) -> Problem:
    """What an input leaves to decide."""
    keys = instance.keys(seed)
    given = {(one.person, one.show): one.places for one in instance.grants if one.places}
    fixed = {(one.person, one.show) for one in instance.grants if one.locked}
    shows = {show.id: show for show in instance.shows}
    left = {show.id: show.capacity for show in instance.shows}
    for (_person, show), places in given.items():
        left[show] -= places
    wishes: dict[int, list[Wish]] = defaultdict(list)
    for wish in instance.wishes:
        wishes[wish.person].append(wish)
    found = [
        _Chooser(person, wishes[person.id], shows, keys, instance).made(given, fixed, left)
        for person in instance.people
    ]
    # who comes first is told by the draw: numbers mean nothing
    choosers = tuple(
        sorted(
            (one for one in found if one.choices),
            key=lambda one: [(choice.key, choice.wish.priority) for choice in one.choices],
        )
    )
    could: dict[int, int] = defaultdict(int)
    for chooser in choosers:
        for choice in chooser.choices:
            could[choice.show.id] += choice.most
    weights = {pair: draw.weight(key) for pair, key in keys.items()}
    return Problem(
        choosers=choosers,
        capacities={show: left[show] for show, most in could.items() if most > left[show]},
        given=given,
        weights=weights,
        instance=instance,
        constants=_constants(found, given, weights),
    )


def _constants(
    found: Iterable[Chooser], given: Mapping[Pair, int], weights: Mapping[Pair, int]
) -> tuple[int, int, int, int]:
    """What is reached with what is given."""
    found = list(found)
    return (
        sum(one.is_served for one in found),
        sum(worth(one.level) - worth(one.start) for one in found),
        sum(given.values()),
        sum(weights[pair] * places for pair, places in given.items()),
    )


@dataclass(frozen=True, slots=True)
class _Chooser:
    """Someone, and all that is needed to tell what they may still get."""

    person: Person
    wishes: Sequence[Wish]
    shows: Mapping[int, Show]
    keys: Mapping[Pair, int]
    instance: Instance

    def made(self, given: Mapping[Pair, int], fixed: set[Pair], left: Mapping[int, int]) -> Chooser:
        """Tell their choices from what everybody has, what stays so, and what shows have left."""
        parameters = self.instance.parameters
        has = {wish.show: given.get((wish.person, wish.show), 0) for wish in self.wishes}
        start = start_level(self.person, parameters)
        level = start + sum(place_value(wish, parameters) * has[wish.show] for wish in self.wishes)
        budget, more_shows = self._left(has)
        holds = [self.shows[show] for show, places in has.items() if places]
        choices = []
        for wish in self.wishes:
            if (wish.person, wish.show) in fixed:
                continue
            choice = self._choice(wish, has[wish.show], left[wish.show], budget)
            if choice is None or (choice.is_new and self._is_excluded(choice, more_shows, holds)):
                continue
            choices.append(choice)
        choices.sort(key=lambda one: (one.key, one.wish.priority))
        return self._bound(choices, start, level, budget, more_shows, bool(holds))

    def _left(self, has: Mapping[int, int]) -> tuple[int | None, int | None]:
        """Cents and shows that their own bounds leave."""
        person = self.person
        spent = sum(self.shows[show].price * places for show, places in has.items())
        held = sum(places > 0 for places in has.values())
        return (
            None if person.budget is None else max(0, person.budget - spent),
            None if person.max_shows is None else max(0, person.max_shows - held),
        )

    def _is_excluded(self, choice: Choice, shows: int | None, holds: Sequence[Show]) -> bool:
        if shows == 0:
            return True
        return not self.person.accept_clashes and any(choice.show.overlaps(one) for one in holds)

    def _choice(self, wish: Wish, has: int, left: int, budget: int | None) -> Choice | None:
        """What a wish may still get; nothing if it can get nothing."""
        show = self.shows[wish.show]
        most = min(wish.places - has, left)
        if budget is not None and show.price:
            most = min(most, budget // show.price)
        least = max(1, wish.minimum - has)
        if most < least:
            return None
        key = self.keys[wish.person, wish.show]
        return Choice(
            wish=wish,
            show=show,
            least=least,
            most=most,
            is_new=not has,
            value=place_value(wish, self.instance.parameters),
            weight=draw.weight(key),
            key=key,
        )

    def _bound(  # all of it is of one person
        self,
        choices: Sequence[Choice],
        start: int,
        level: int,
        budget: int | None,
        shows: int | None,
        is_served: bool,  # noqa: FBT001
    ) -> Chooser:
        """Leave out the bounds that cannot bind."""
        if budget is not None:
            unit = gcd(*(one.show.price for one in choices)) or 1
            budget = budget // unit * unit
            if sum(one.most * one.show.price for one in choices) <= budget:
                budget = None
        if shows is not None and sum(one.is_new for one in choices) <= shows:
            shows = None
        return Chooser(
            person=self.person,
            choices=tuple(choices),
            start=start,
            level=level,
            is_served=is_served,
            budget=budget,
            shows=shows,
            clashes=() if self.person.accept_clashes else _clashes(choices),
        )


def _clashes(choices: Sequence[Choice]) -> tuple[tuple[int, ...], ...]:
    """The largest groups of new shows that are on at one time."""
    new = [(rank, one.show) for rank, one in enumerate(choices) if one.is_new]
    groups: set[frozenset[int]] = set()
    for _, show in new:
        # whatever overlaps meets where one of them begins
        at = show.start
        groups.add(
            frozenset(
                rank
                for rank, one in new
                if one.start <= at < one.start + one.duration + BETWEEN_MINUTES
            )
        )
    largest = [one for one in groups if len(one) > 1 and not any(one < two for two in groups)]
    return tuple(sorted(tuple(sorted(one)) for one in largest))
