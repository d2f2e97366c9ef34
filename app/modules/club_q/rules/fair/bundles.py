"""What one person may get in all, and what it is worth once places have a price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, islice, repeat

from app.modules.club_q.rules.fair.problem import Chooser
from app.modules.club_q.rules.value import STEP, slope


class Worths:
    """The worth of each number of units, up to the most that anybody can reach."""

    def __init__(self, choosers: Sequence[Chooser]) -> None:
        tops = (
            one.level + sum(choice.value * choice.most for choice in one.choices)
            for one in choosers
        )
        top = max(tops, default=0)
        steps = (repeat(slope(step), STEP) for step in range(top // STEP + 1))
        self.table = list(accumulate(islice(chain.from_iterable(steps), top), initial=0))


@dataclass(frozen=True, slots=True)
class Bundle:
    """Places more for each choice of someone, and what they add to each objective."""

    places: tuple[int, ...]
    served: int
    worth: int
    seats: int
    weight: int

    @property
    def gains(self) -> tuple[int, int, int, int]:
        return (self.served, self.worth, self.seats, self.weight)


@dataclass(frozen=True, slots=True)
class Prices:
    """What a place of each show costs, in worth, and what is paid for serving one more."""

    places: Mapping[int, int]
    served: int = 0


class Bundles:
    """All that one person may get, looked through without writing it all down."""

    def __init__(self, chooser: Chooser, table: list[int], *, may_be_empty: bool) -> None:
        self.chooser = chooser
        self.may_be_empty = may_be_empty
        self._table = table
        forbidden = [0] * len(chooser.choices)
        for clash in chooser.clashes:
            for rank in clash:
                forbidden[rank] |= sum(1 << other for other in clash if other != rank)
        self._forbidden = forbidden

    def bundle(self, places: Sequence[int]) -> Bundle:
        """A bundle, of its places."""
        chooser = self.chooser
        pairs = [(got, one) for got, one in zip(places, chooser.choices, strict=True) if got]
        units = chooser.level + sum(got * one.value for got, one in pairs)
        return Bundle(
            places=tuple(places),
            served=int(bool(pairs) and not chooser.is_served),
            worth=self._table[units] - self._table[chooser.level],
            seats=sum(got for got, _one in pairs),
            weight=sum(got * one.weight for got, one in pairs),
        )

    def net(self, bundle: Bundle, prices: Prices) -> int:
        """What a bundle is worth, less what its places cost."""
        cost = sum(
            got * prices.places.get(choice.show.id, 0)
            for got, choice in zip(bundle.places, self.chooser.choices, strict=True)
        )
        return bundle.worth + prices.served * bundle.served - cost

    def best(self, prices: Prices) -> int:
        """The most that any bundle is worth, less its cost."""
        return _Search(self, prices, None).run()[0]

    def within(self, prices: Prices, least: int, *, most: int | None = None) -> list[Bundle] | None:
        """All the bundles that are worth so much at least, less their cost.

        Nothing when there are more than *most* of them.
        """
        search = _Search(self, prices, least, most)
        try:
            found = search.run()[1]
        except _TooMany:
            return None
        return [self.bundle(places) for places in found]


class _TooMany(Exception):
    pass


class _Search:
    """One walk through the bundles of someone.

    What several choices add is at most the sum of what each would add alone, since worth is
    concave: branches that cannot reach what is looked for are not walked.
    """

    def __init__(
        self, bundles: Bundles, prices: Prices, least: int | None, most: int | None = None
    ) -> None:
        self._of, self._table = bundles, bundles._table  # noqa: SLF001  # it is a part of it
        chooser = bundles.chooser
        self._bonus = 0 if chooser.is_served else prices.served
        self._options = [
            [
                (got, got * one.value, got * prices.places.get(one.show.id, 0))
                for got in range(one.least, one.most + 1)
            ]
            for one in chooser.choices
        ]
        base = self._table[chooser.level]
        alone = [
            max(self._table[chooser.level + units] - base - cost for _, units, cost in options)
            for options in self._options
        ]
        self._order = sorted(range(len(alone)), key=lambda rank: (-alone[rank], rank))
        self._keeps, self._most = least is not None, most
        self._least = least
        self._found: list[tuple[int, ...]] = []
        self._places = [0] * len(alone)

    def run(self) -> tuple[int, list[tuple[int, ...]]]:
        chooser = self._of.chooser
        if self._of.may_be_empty or not self._order:
            self._meet(0)
        shows = len(self._order) if chooser.shows is None else chooser.shows
        budget = chooser.budget if chooser.budget is not None else 1 << 60
        self._walk(self._order, chooser.level, self._bonus, 0, (shows, budget))
        if self._least is None:
            raise ValueError("there is no bundle")
        return self._least, self._found

    def _meet(self, net: int) -> None:
        if self._keeps:
            if self._least is not None and net >= self._least:
                self._found.append(tuple(self._places))
                if self._most is not None and len(self._found) > self._most:
                    raise _TooMany
        elif self._least is None or net > self._least:
            self._least = net

    def _walk(
        self, left: Sequence[int], units: int, net: int, taken: int, bounds: tuple[int, int]
    ) -> None:
        """Add one of the choices that are left, in all ways, then some of those after it."""
        shows, budget = bounds
        table, choices = self._table, self._of.chooser.choices
        base = table[units]
        open_: list[int] = []
        gains: list[int] = []
        for rank in left:
            if self._of._forbidden[rank] & taken:  # noqa: SLF001
                continue
            if choices[rank].is_new and not shows:
                continue
            if choices[rank].show.price * choices[rank].least > budget:
                continue
            open_.append(rank)
            gains.append(
                max(table[units + more] - base - cost for _, more, cost in self._options[rank])
            )
        rest = sum(gain for gain in gains if gain > 0)
        for index, rank in enumerate(open_):
            gain = gains[index]
            if gain > 0:
                rest -= gain
            if self._least is not None and net + gain + rest < self._least:
                continue
            price, new = choices[rank].show.price, choices[rank].is_new
            for got, more, cost in self._options[rank]:
                if got * price > budget:
                    break
                then = net + table[units + more] - base - cost
                if self._least is not None and then + rest < self._least:
                    continue
                self._places[rank] = got
                self._meet(then)
                if index + 1 < len(open_):
                    self._walk(
                        open_[index + 1 :],
                        units + more,
                        then,
                        taken | 1 << rank,
                        (shows - new, budget - got * price),
                    )
                self._places[rank] = 0
