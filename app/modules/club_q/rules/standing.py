"""Where everybody stands with given grants: what they hold, what it is worth, what they may take.

The checker, the explanations and the figures read it. No strategy does: they are judged by it. Its
arithmetic is its own (community 4.8), in whole numbers.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from app.enums import WishReason
from app.modules.club_q.rules.instance import Grant, Instance, Person, Show, Wish

#: A wish: its person and its show.
Key = tuple[int, int]

_FULL, _HALF, _POINT = 2520, 1260, 210
_CAP = 160
_STEPS = 14


def worth(units: int) -> int:
    """The concave worth *f* of so many units, 0 or more, in closed form."""
    step, rest = divmod(units, _HALF)
    if step < _STEPS:
        return _HALF * ((2 << _STEPS) - (2 << (_STEPS - step))) + (rest << (_STEPS - step))
    return _HALF * ((2 << _STEPS) - 2 - _STEPS) + units


class Standing:
    """What everybody has of an input with given *grants*, which need not keep any constraint."""

    def __init__(self, instance: Instance, grants: Mapping[Key, int]) -> None:
        self.instance = instance
        self.people: dict[int, Person] = {one.id: one for one in instance.people}
        self.shows: dict[int, Show] = {one.id: one for one in instance.shows}
        self.wishes: dict[Key, Wish] = {(one.person, one.show): one for one in instance.wishes}
        self.given: dict[Key, Grant] = {(one.person, one.show): one for one in instance.grants}
        self.places: dict[Key, int] = {key: grants.get(key, 0) for key in self.wishes}
        self.held: dict[int, dict[int, int]] = {one: {} for one in self.people}
        self.satisfaction: dict[int, int] = dict.fromkeys(self.people, 0)
        self.spent: dict[int, int] = dict.fromkeys(self.people, 0)
        self.granted: dict[int, int] = dict.fromkeys(self.shows, 0)
        for (person, show), places in self.places.items():
            if places > 0:
                self.held[person][show] = places
                self.spent[person] += places * self.shows[show].price
                self.granted[show] += places
                self.satisfaction[person] += places * self.value((person, show))
        self._start = {one.id: self._started(one) for one in instance.people}

    @cached_property
    def wished(self) -> frozenset[int]:
        """The people with a wish."""
        return frozenset(person for person, _ in self.wishes)

    @cached_property
    def overlapping(self) -> dict[int, frozenset[int]]:
        """The shows that nobody can be at besides each."""
        shows = sorted(self.instance.shows, key=lambda one: one.start)
        found: dict[int, set[int]] = {one.id: set() for one in shows}
        longest = max((one.duration for one in shows), default=0)
        for rank, show in enumerate(shows):
            for other in shows[rank + 1 :]:
                if other.start >= show.start + longest + 30:
                    break
                if show.overlaps(other):
                    found[show.id].add(other.id)
                    found[other.id].add(show.id)
        return {show: frozenset(others) for show, others in found.items()}

    @cached_property
    def by_show(self) -> dict[int, Sequence[Wish]]:
        """The wishes for each show."""
        found: dict[int, list[Wish]] = {one.id: [] for one in self.instance.shows}
        for wish in self.instance.wishes:
            found[wish.show].append(wish)
        return dict(found)

    @cached_property
    def by_person(self) -> dict[int, Sequence[Wish]]:
        """The wishes of each person, those wanted most first."""
        found: dict[int, list[Wish]] = defaultdict(list)
        for wish in sorted(self.instance.wishes, key=lambda one: (one.person, one.priority)):
            found[wish.person].append(wish)
        return dict(found)

    def value(self, key: Key) -> int:
        """What one place is worth to whom wishes for it, in units."""
        wish, theta = self.wishes[key], self.instance.parameters.theta
        return _FULL * (theta + (4 - theta) * wish.priority) // (4 * wish.priority * wish.places)

    def _started(self, person: Person) -> int:
        tenths = person.discontent
        if self.instance.parameters.use_bonus:
            tenths += self.instance.parameters.bonus(person.promo)
        return (_CAP - min(_CAP, max(-_CAP, tenths))) * _POINT // 10

    def start(self, person: int) -> int:
        """Where someone starts, in units."""
        return self._start[person]

    def level(self, person: int) -> int:
        """Where someone stands, in units: from where they start, with what they have."""
        return self._start[person] + self.satisfaction[person]

    def change(self, person: int, units: int) -> int:
        """How much more it is worth to someone to have so many *units* more, or fewer."""
        now = self.level(person)
        return worth(now + units) - worth(now)

    def is_fixed(self, key: Key) -> bool:
        """Whether nothing may change that grant."""
        given = self.given.get(key)
        return given is not None and given.locked

    def floor(self, key: Key) -> int:
        """The fewest places that wish may end with, because it has them already."""
        given = self.given.get(key)
        return 0 if given is None else given.places

    def left(self, show: int) -> int:
        """How many tickets nobody has; negative where too many were given by hand."""
        return self.shows[show].capacity - self.granted[show]

    def money_left(self, person: int) -> int | None:
        """Cents that someone may still spend; ``None`` for no bound."""
        budget = self.people[person].budget
        return None if budget is None else max(0, budget - self.spent[person])

    def clashing(self, key: Key) -> list[int]:
        """The shows that the person holds and that exclude this one."""
        person, show = key
        if self.people[person].accept_clashes:
            return []
        return sorted(self.overlapping[show] & self.held[person].keys())

    def fewest_more(self, key: Key) -> int:
        """The fewest places that may be added to a wish that has fewer than asked."""
        return max(1, self.wishes[key].minimum - self.places[key])

    def obstacle(self, key: Key, more: int) -> WishReason | None:
        """What forbids so many places *more* to that wish, whatever the show has left."""
        person, show = key
        bound = self.people[person].max_shows
        if self.is_fixed(key):
            return WishReason.locked
        if self.places[key] == 0:
            if self.clashing(key):
                return WishReason.clash
            if bound is not None and len(self.held[person]) >= bound:
                return WishReason.shows
        money = self.money_left(person)
        if money is not None and more * self.shows[show].price > money:
            return WishReason.budget
        return None
