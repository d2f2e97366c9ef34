"""The four objectives, each as large as it can be before the next (community 4.8).

Everything is decided by bundles: all that one person gets. Once each show has a price, whoever has
a bundle whose worth, less its price, is far below the best that they could have is not part of an
answer: what such a choice loses is exact, and tells how good any answer can be. The few bundles
that are left make a small integer programme, which is solved for each objective in turn.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from app.modules.club_q.rules.fair import programme as told_to
from app.modules.club_q.rules.fair.bundles import Bundle, Bundles, Prices, Worths
from app.modules.club_q.rules.fair.problem import Pair, Problem
from app.modules.club_q.rules.fair.programme import Answer, Programme, SolverFailed
from app.modules.club_q.rules.outcome import OBJECTIVES, Objective

#: The part of the time after which each stage leaves what it has to the next.
_SHARES = (0.15, 0.65, 0.85, 1.0)
#: The part after which prices have to do as they are.
_PRICES_SHARE = 0.45
#: What is lost at most by what is looked at first, in hundredths of what each person has; and how
#: many times more next, until it is enough.
_FIRST_LOSS, _GROWTH = 1, 4
#: How many bundles a programme has at most.
_MANY = 400_000
_ROUNDS = 60
#: Prices are good enough once they leave so many millionths in doubt.
_CLOSE = 1

Values = tuple[int, int, int, int]


@dataclass(slots=True)
class Search:
    """What is known so far: the best answer, and what no answer exceeds."""

    problem: Problem
    seconds: float
    tell: Callable[[int, str], object]
    best: dict[Pair, int]
    is_cut: bool = False
    objectives: list[Objective] = field(default_factory=list)
    #: What was found by the way, for the log.
    notes: list[str] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)
    _bundles: list[Bundles] = field(default_factory=list)
    _prices: Prices = field(default_factory=lambda: Prices({}))
    #: What no answer exceeds on the second objective, with these prices, and by person.
    _most: int = 0
    _nets: list[int] = field(default_factory=list)
    _table: list[int] = field(default_factory=list)

    def run(self) -> None:
        """Go through the objectives."""
        self._table = Worths(self.problem.choosers).table
        for rank, stage in enumerate((self._serve, self._be_fair, self._fill, self._draw)):
            self.tell(rank, OBJECTIVES[rank])
            if self._is_reached(rank):
                bound: int | None = self._trivial(rank)
                if rank == 1:
                    self._prepare()
            else:
                bound = stage()
            self._keep(rank, bound)

    def log(self) -> list[str]:
        """What was looked at, and what came of it."""
        ends = (
            f"{one.name}: {one.value}, at most {one.bound}{' (proven)' if one.proven else ''}"
            for one in self.objectives
        )
        return [*self.notes, *ends]

    # What is known

    @property
    def values(self) -> Values:
        return self.problem.values(self.best)

    def _left(self, rank: int) -> float:
        """The seconds that a stage has left."""
        return self._until(_SHARES[rank])

    def _until(self, share: float) -> float:
        return self._begun + self.seconds * share - time.monotonic()

    def _is_reached(self, rank: int) -> bool:
        return self.values[rank] == self._trivial(rank)

    def _keep(self, rank: int, bound: int | None) -> None:
        value, trivial = self.values[rank], self._trivial(rank)
        bound = trivial if bound is None else max(value, min(bound, trivial))
        is_proven = bound == value and all(one.proven for one in self.objectives)
        self.objectives.append(
            Objective(name=OBJECTIVES[rank], value=value, bound=bound, proven=is_proven)
        )

    def _take(self, chosen: Sequence[Bundle] | None) -> bool:
        """Make a better answer the best one; whether it was."""
        if chosen is None:
            return False
        more = told_to.more(self.problem.choosers, chosen)
        if not self.problem.allows(more) or self.problem.values(more) <= self.values:
            return False
        self.best = more
        return True

    def _trivial(self, rank: int) -> int:
        """What no answer exceeds, whatever it is."""
        problem, constant = self.problem, self.problem.constants[rank]
        if rank == 0:
            return constant + sum(not one.is_served for one in problem.choosers)
        if rank == 1:
            tops = (
                (one.level, one.level + sum(c.value * c.most for c in one.choices))
                for one in problem.choosers
            )
            return constant + sum(self._table[top] - self._table[level] for level, top in tops)
        by_show: dict[int, list[tuple[int, int]]] = {}
        for choice in problem.choices:
            weight = choice.weight if rank == 3 else 1
            by_show.setdefault(choice.show.id, []).append((weight, choice.most))
        return constant + sum(
            _fullest(options, problem.capacities.get(show)) for show, options in by_show.items()
        )

    def _current(self) -> list[Bundle]:
        """The bundle that each person has in the best answer."""
        return [
            one.bundle([self.best.get(choice.pair, 0) for choice in one.chooser.choices])
            for one in self._bundles
        ]

    # The stages

    def _serve(self) -> int | None:
        """Look only at one wish at its least for each person: that serves them, too."""
        self._bundles = [
            Bundles(one, self._table, may_be_empty=True) for one in self.problem.choosers
        ]
        bundles = []
        for one in self._bundles:
            none = [0] * len(one.chooser.choices)
            several = [one.bundle(none)]
            if not one.chooser.is_served:
                for rank, choice in enumerate(one.chooser.choices):
                    several.append(one.bundle([*none[:rank], choice.least, *none[rank + 1 :]]))
            bundles.append(several)
        answer = self._choose(0, bundles, {})
        self._take(answer.chosen)
        return None if answer.bound is None else self.problem.constants[0] + answer.bound

    def _be_fair(self) -> int | None:
        """Look for prices, then among the bundles that lose little; more, until it is proven."""
        self._prepare()
        constant = self.problem.constants[1]
        if self.values[1] == constant + self._most:
            return self.values[1]
        loss = self._most * _FIRST_LOSS // (100 * max(1, len(self._bundles)))
        while True:
            bundles = self._within(loss)
            if bundles is None:
                self.is_cut = True
                return constant + self._most
            self._take(self._greedy(bundles))
            answer = self._choose(1, bundles, self._floors(1))
            self._take(answer.chosen)
            lost = constant + self._most - self.values[1]
            # an answer that has another bundle loses more
            elsewhere = self._most - loss - 1
            if answer.is_cut or self._left(1) <= 0:
                known = self._most if answer.bound is None else max(answer.bound, elsewhere)
                self.is_cut = self.is_cut or lost > 0
                return constant + min(self._most, known)
            if lost <= loss:
                return None if answer.bound is None else constant + max(answer.bound, elsewhere)
            loss = min(lost, loss * _GROWTH + 1)

    def _fill(self) -> int | None:
        return self._settle(2)

    def _draw(self) -> int | None:
        return self._settle(3)

    def _settle(self, rank: int) -> int | None:
        """Choose among all that is as good on the objectives before."""
        bundles = self._within(self.problem.constants[1] + self._most - self.values[1])
        if bundles is None:
            self.is_cut = True
            return None
        answer = self._choose(rank, bundles, self._floors(rank))
        self._take(answer.chosen)
        return None if answer.bound is None else self.problem.constants[rank] + answer.bound

    def _floors(self, rank: int) -> Mapping[int, int]:
        """What has to be kept of the objectives before, among what is not given."""
        floors = {goal: self.values[goal] - self.problem.constants[goal] for goal in range(rank)}
        if floors[0] == sum(not one.is_served for one in self.problem.choosers):
            del floors[0]  # nobody has an empty bundle
        return floors

    def _choose(
        self, rank: int, bundles: Sequence[Sequence[Bundle]], floors: Mapping[int, int]
    ) -> Answer:
        seconds = self._left(rank)
        if seconds <= 0:
            self.is_cut = True
            return Answer(chosen=None, bound=None, is_cut=True)
        wanted = Programme(
            choosers=self.problem.choosers,
            bundles=bundles,
            capacities=self.problem.capacities,
            floors=floors,
        )
        size = sum(map(len, bundles))
        self.notes.append(f"{OBJECTIVES[rank]}: {size} bundles of {len(bundles)} people")
        current = None
        if rank:
            current = self._current()
        answer = told_to.choose(wanted, rank, seconds=seconds, start=current)
        self.is_cut = self.is_cut or answer.is_cut
        return answer

    # Prices

    def _prepare(self) -> None:
        """Find what a place of each show is worth, which tells what no answer exceeds."""
        everybody = self.values[0] == self._trivial(0)
        self._bundles = [
            Bundles(one, self._table, may_be_empty=one.is_served or not everybody)
            for one in self.problem.choosers
        ]
        self._most = self._trivial(1) - self.problem.constants[1]
        self._nets = [
            self._table[one.level + sum(c.value * c.most for c in one.choices)]
            - self._table[one.level]
            for one in self.problem.choosers
        ]
        if self._is_reached(1) or not self._bundles:
            return
        pool = [_Pool(one, now) for one, now in zip(self._bundles, self._current(), strict=True)]
        self._look_for_prices(pool)
        self._take(self._greedy([one.bundles for one in pool]))

    def _look_for_prices(self, pool: Sequence["_Pool"]) -> None:
        capacities, floors = self.problem.capacities, self._floors(1)
        for _ in range(_ROUNDS):
            wanted = Programme(
                choosers=self.problem.choosers,
                bundles=[one.bundles for one in pool],
                capacities=capacities,
                floors=floors,
            )
            seconds = self._until(_PRICES_SHARE)
            relaxed = told_to.relax(wanted, seconds=seconds) if seconds > 0 else None
            if relaxed is None:
                return  # those that are known do: what they prove is less
            nets = [one.best(relaxed.prices) for one in self._bundles]
            most = sum(nets) + sum(
                relaxed.prices.places[show] * left for show, left in capacities.items()
            )
            most -= relaxed.prices.served * floors.get(0, 0)
            if most < self._most:
                self._most, self._nets, self._prices = most, nets, relaxed.prices
            added = sum(
                one.add(relaxed.prices, best)
                for one, best, known in zip(pool, nets, relaxed.nets, strict=True)
                if best > known + 0.5
            )
            if not added or most - relaxed.value <= _CLOSE * most / 1_000_000:
                return

    def _greedy(self, bundles: Sequence[Sequence[Bundle]]) -> list[Bundle]:
        """The best answer, where each in turn takes the bundle that is worth the most to all."""
        chosen = self._current()
        left = dict(self.problem.capacities)
        for one, now in zip(self._bundles, chosen, strict=True):
            _move(left, one, now, 1)
        for rank, (one, several) in enumerate(zip(self._bundles, bundles, strict=True)):
            now = chosen[rank]
            _move(left, one, now, -1)
            wanted = sorted(
                (other for other in several if other.served >= now.served),
                key=lambda other: -one.net(other, self._prices),
            )
            for other in wanted:
                if _fits(left, one, other):
                    chosen[rank] = other
                    break
            _move(left, one, chosen[rank], 1)
        return chosen

    def _within(self, loss: int) -> list[list[Bundle]] | None:
        """For each person, all the bundles that lose so much at most, and the one that they have.

        Nothing when there are too many, or no time is left.
        """
        if self._left(len(self.objectives)) <= 0:
            return None
        found: list[list[Bundle]] = []
        size = 0
        for one, best, now in zip(self._bundles, self._nets, self._current(), strict=True):
            several = one.within(self._prices, best - loss, most=_MANY - size)
            if several is None:
                return None
            if now not in several:
                several.append(now)
            size += len(several)
            found.append(several)
        return found


class _Pool:
    """The bundles of someone that prices are made of."""

    def __init__(self, of: Bundles, now: Bundle) -> None:
        self._of = of
        none = [0] * len(of.chooser.choices)
        found = {now.places: now}
        if of.may_be_empty:
            found[tuple(none)] = of.bundle(none)
        for rank, choice in enumerate(of.chooser.choices):
            for got in (choice.least, choice.most):
                places = (*none[:rank], got, *none[rank + 1 :])
                found[places] = of.bundle(places)
        self._found = found

    @property
    def bundles(self) -> list[Bundle]:
        return list(self._found.values())

    def add(self, prices: Prices, least: int) -> int:
        """Take in what is worth so much; tells how many are new."""
        before = len(self._found)
        for bundle in self._of.within(prices, least) or []:
            self._found.setdefault(bundle.places, bundle)
        return len(self._found) - before


def _taken(of: Bundles, bundle: Bundle) -> list[tuple[int, int]]:
    """The shows of a bundle, and how many places of each."""
    pairs = zip(bundle.places, of.chooser.choices, strict=True)
    return [(choice.show.id, got) for got, choice in pairs if got]


def _move(left: dict[int, int], of: Bundles, bundle: Bundle, sign: int) -> None:
    """Take the places of a bundle, or give them back."""
    for show, got in _taken(of, bundle):
        if show in left:
            left[show] -= sign * got


def _fits(left: Mapping[int, int], of: Bundles, bundle: Bundle) -> bool:
    return all(got <= left.get(show, got) for show, got in _taken(of, bundle))


def _fullest(options: Sequence[tuple[int, int]], capacity: int | None) -> int:
    """What a show gives at most: to those first who weigh the most."""
    total = 0
    left = sum(most for _weight, most in options) if capacity is None else capacity
    for weight, most in sorted(options, reverse=True):
        got = min(most, left)
        total += weight * got
        left -= got
    return total


__all__ = ["Search", "SolverFailed"]
