"""The classic strategy: one wish after the other (community 4.6). Exact: tenths, no float.

A person's discontent and the current priorities of their wishes change only when one of theirs is
decided. So one entry in the heap for each person, that of their next wish, keeps the whole order.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator
from math import isqrt

from app.enums import RunMode, Strategy
from app.modules.club_q.rules import check
from app.modules.club_q.rules.instance import Instance, Wish
from app.modules.club_q.rules.options import write_tenths
from app.modules.club_q.rules.outcome import OBJECTIVES, Objective, Outcome
from app.modules.club_q.rules.tenths import nearest

SOLVER = ("classic", "1")


def share(instance: Instance, seed: bytes) -> Outcome:
    """Decide of all wishes, in the order of their current priority, discontent and draw."""
    return _Sharing(instance, seed).run()


def weight(places: int) -> int:
    """``places ** 1.5``, in tenths, to the nearest."""
    return (isqrt(400 * places**3) + 1) // 2


def after_full(tenths: int, priority: int, places: int) -> int:
    """The discontent of someone who gets all that a wish asks."""
    return nearest(3 * tenths + (priority - 6) * weight(places), 3) if priority < 6 else tenths


def after_partial(tenths: int, priority: int, places: int) -> int:
    """The discontent of someone who gets the *places* that were left."""
    return nearest(6 * tenths + (priority - 6) * weight(places), 6) if priority < 6 else tenths


def after_refusal(tenths: int, priority: int) -> int:
    """The discontent of someone who gets nothing of a wish."""
    return nearest(3 * tenths + 10 * (8 - 2 * priority), 3) if priority < 5 else tenths


class _Sharing:
    """What is decided so far."""

    def __init__(self, instance: Instance, seed: bytes) -> None:
        self.instance, self.seed = instance, seed
        self.keys = instance.keys(seed)
        self.people = {one.id: one for one in instance.people}
        self.shows = {one.id: one for one in instance.shows}
        self.grants = {(one.person, one.show): 0 for one in instance.wishes}
        self.left = {one.id: one.capacity for one in instance.shows}
        self.held: dict[int, list[int]] = defaultdict(list)
        self.spent: dict[int, int] = defaultdict(int)
        self.skipped: dict[tuple[int, int], str] = {}
        self.log: list[str] = []
        self.discontent: dict[int, int] = {}
        #: How many of their wishes were refused: so far the others moved up.
        self.promoted: dict[int, int] = defaultdict(int)
        decided = set()
        for grant in instance.grants:
            if grant.locked or grant.places:
                decided.add((grant.person, grant.show))
                self._give(grant.person, grant.show, grant.places)
        waiting: dict[int, list[Wish]] = defaultdict(list)
        for wish in instance.wishes:
            if (wish.person, wish.show) not in decided:
                waiting[wish.person].append(wish)
        self.waiting: dict[int, Iterator[Wish]] = {
            person: iter(sorted(wishes, key=lambda one: one.priority))
            for person, wishes in waiting.items()
        }
        self.heap: list[tuple[int, int, int, int, Wish]] = []

    def run(self) -> Outcome:
        start = self._start()
        self.discontent = dict(start)
        for person in self.waiting:
            self._push_next(person)
        while self.heap:
            priority, _, _, _, wish = heapq.heappop(self.heap)
            self._decide(wish, priority)
            self._push_next(wish.person)
        self._sum_up()
        values = check.objectives(self.instance, self.grants, self.seed)
        return Outcome(
            strategy=Strategy.classic,
            grants=self.grants,
            objectives=tuple(
                Objective(name=name, value=value)
                for name, value in zip(OBJECTIVES, values, strict=True)
            ),
            solver=SOLVER,
            changes={
                person: tenths - start[person]
                for person, tenths in self.discontent.items()
                if tenths != start[person]
            },
            skipped=self.skipped,
            log=tuple(self.log),
        )

    def _start(self) -> dict[int, int]:
        """The discontent that everybody starts with: the bonus counts once, in a full run."""
        parameters = self.instance.parameters
        if self.instance.mode is RunMode.complement:
            return {one.id: one.present for one in self.instance.people}
        unknown = [f"#{one.id}" for one in self.instance.people if one.promo is None]
        if unknown:
            self.log.append(f"promo inconnue, sans bonus : {', '.join(unknown)}")
        return {
            one.id: one.discontent + parameters.bonus(one.promo) for one in self.instance.people
        }

    def _push_next(self, person: int) -> None:
        wish = next(self.waiting[person], None)
        if wish is not None:
            rank = wish.priority - self.promoted[person]
            key = self.keys[person, wish.show]
            heapq.heappush(self.heap, (rank, -self.discontent[person], key, person, wish))

    def _decide(self, wish: Wish, priority: int) -> None:
        left, person = self.left[wish.show], wish.person
        places = min(wish.places, left)
        if why := self._obstacle(wish, max(places, wish.minimum)):
            self.skipped[person, wish.show] = why
            self._tell(wish, priority, _SKIPPED[why])
            return
        before = self.discontent[person]
        if left >= wish.places:
            self._give(person, wish.show, places)
            self.discontent[person] = after_full(before, priority, places)
        elif left >= wish.minimum:
            self._give(person, wish.show, places)
            self.discontent[person] = after_partial(before, priority, places)
        else:
            self.discontent[person] = after_refusal(before, priority)
            self.promoted[person] += 1
            self._tell(wish, priority, "refusé")
            return
        self._tell(wish, priority, f"{places} sur {wish.places}")

    def _obstacle(self, wish: Wish, places: int) -> str | None:
        """What of the person's own forbids so many *places*."""
        person, show = self.people[wish.person], self.shows[wish.show]
        held = self.held[wish.person]
        if not person.accept_clashes and any(show.overlaps(self.shows[one]) for one in held):
            return "clash"
        if person.max_shows is not None and len(held) >= person.max_shows:
            return "shows"
        cost = self.spent[wish.person] + places * show.price
        return "budget" if person.budget is not None and cost > person.budget else None

    def _give(self, person: int, show: int, places: int) -> None:
        self.grants[person, show] = places
        self.left[show] -= places
        self.spent[person] += places * self.shows[show].price
        if places:
            self.held[person].append(show)

    def _tell(self, wish: Wish, priority: int, what: str) -> None:
        self.log.append(
            f"#{wish.person} → spectacle #{wish.show}, priorité {priority} : {what} ; "
            f"restent {self.left[wish.show]} ; "
            f"mécontentement {write_tenths(self.discontent[wish.person])}"
        )

    def _sum_up(self) -> None:
        granted = dict.fromkeys(self.people, 0)
        for (person, _), places in self.grants.items():
            granted[person] += places
        for show in self.instance.shows:
            given = show.capacity - self.left[show.id]
            self.log.append(f"spectacle #{show.id} : {show.capacity} places, {given} attribuées")
        self.log.extend(f"#{person} : {places} places" for person, places in granted.items())


_SKIPPED = {
    "shows": "laissé : nombre de spectacles atteint",
    "clash": "laissé : en même temps qu'un autre",
    "budget": "laissé : budget dépassé",
}
