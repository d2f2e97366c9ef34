"""The figures of a run (community 4.8): the same for each strategy, ready for JSON.

What is exact is a whole number: people, wishes, places, cents. Means, spreads and the like are
rounded to three decimals; satisfaction is in points (12 for a first wish granted in full) and
discontent in the unit that people know. ``staff`` names people by their numbers: the team alone
reads it, and whoever publishes figures leaves it out (`published`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil, sqrt
from typing import Any

from app.enums import WishReason
from app.modules.club_q.rules.check import could_take
from app.modules.club_q.rules.discontent import Level, levels
from app.modules.club_q.rules.envy import Holders, Pair, Tie
from app.modules.club_q.rules.explain import WishExplained, reasons
from app.modules.club_q.rules.instance import Instance, Wish
from app.modules.club_q.rules.outcome import Outcome
from app.modules.club_q.rules.standing import Key, Standing
from app.modules.club_q.rules.value import POINT

FORMAT = "club-q-figures-1"
#: The most pairs that the team is given one by one.
ENVY_LISTED = 200
#: The figures of fewer people would tell of each.
FEWEST_PUBLISHED = 5
#: How wide the bars of discontent are, in tenths.
_BAR = 20

_OWN = {
    WishReason.locked: Tie.locked,
    WishReason.clash: Tie.clash,
    WishReason.budget: Tie.budget,
    WishReason.shows: Tie.shows,
}


def figures(instance: Instance, outcome: Outcome) -> dict[str, Any]:
    """All of them but how long it took."""
    run = _Run(instance, outcome)
    everybody = sorted(run.standing.wished)
    envy = run.envy()
    return {
        "format": FORMAT,
        "strategy": outcome.strategy.value,
        "mode": instance.mode.value,
        **run.of(everybody),
        "tickets": run.tickets(),
        "by_priority": run.by_priority(),
        "by_promo": run.by_promo(everybody),
        "envy": {
            "pairs": envy.pairs,
            "people": len(envy.people),
            "by_constraint": {why.value: count for why, count in sorted(envy.why.items())},
        },
        "objectives": [
            {
                "name": one.name,
                "value": one.value,
                "bound": one.bound,
                "proven": one.proven,
                "gap": None if one.gap is None else round(one.gap, 6),
            }
            for one in outcome.objectives
        ],
        "staff": {
            "unserved": [one for one in everybody if not run.standing.held[one]],
            "envy": [
                {
                    "person": one.person,
                    "holder": one.holder,
                    "show": one.show,
                    "constraint": one.why.value,
                }
                for one in envy.first
            ],
        },
    }


def published(found: Mapping[str, Any]) -> dict[str, Any]:
    """The figures that anybody may see: nobody's number, and no promo of a few people."""
    public = {name: value for name, value in found.items() if name != "staff"}
    promos = found.get("by_promo", ())
    public["by_promo"] = [one for one in promos if one["people"] >= FEWEST_PUBLISHED]
    return public


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envy:
    pairs: int
    people: frozenset[int]
    why: Mapping[Tie, int]
    first: Sequence[Pair]


class _Run:
    def __init__(self, instance: Instance, outcome: Outcome) -> None:
        self.instance = instance
        self.standing = Standing(instance, outcome.grants)
        self.explained: Mapping[Key, WishExplained] = reasons(self.standing, outcome)
        self.levels: Mapping[int, Level] = levels(instance, outcome)

    @cached_property
    def best(self) -> Mapping[int, int]:
        """The best priority served, of those who have something."""
        wishes = self.standing.wishes
        return {
            person: min(wishes[person, show].priority for show in held)
            for person, held in self.standing.held.items()
            if held
        }

    def of(self, people: Collection[int]) -> dict[str, Any]:
        """The figures of some people."""
        standing = self.standing
        wishes = [wish for person in people for wish in standing.by_person[person]]
        outcomes = Counter(self._explained(wish).reason for wish in wishes)
        best = Counter(self.best.get(person) for person in people)
        places = [sum(standing.held[person].values()) for person in people]
        ranks = [self.best[person] for person in people if person in self.best]
        before = [self.levels[person].before for person in people]
        after = [self.levels[person].after for person in people]
        return {
            "people": len(people),
            "served": len(ranks),
            "unserved": len(people) - len(ranks),
            "wishes": len(wishes),
            "asked": sum(wish.places for wish in wishes),
            "granted": sum(places),
            "by_outcome": {one.value: outcomes[one] for one in WishReason if outcomes[one]},
            "best_mean": _mean(ranks),
            "first": best[1],
            "first_three": sum(best[rank] for rank in (1, 2, 3)),
            "weighted": round(sum(self._weighted(wish) for wish in wishes), 3),
            "satisfaction": _satisfaction([standing.satisfaction[one] for one in people]),
            "places": {
                "mean": _mean(places),
                "sd": _deviation(places),
                "max": max(places, default=0),
            },
            "discontent": {"before": _discontent(before), "after": _discontent(after)},
            "amount": sum(standing.spent[person] for person in people),
            "clashes_avoided": outcomes[WishReason.clash],
            "budgets_binding": len({one.person for one in wishes if self._is_short(one)}),
            "shows_binding": len(
                {one.person for one in wishes if self._explained(one).reason is WishReason.shows}
            ),
            "distributions": {
                "best": [[rank, best[rank]] for rank in sorted(set(best) - {None}, key=_rank)]
                + ([[None, best[None]]] if best[None] else []),
                "places": sorted([one, count] for one, count in Counter(places).items()),
                "before": _bars(before),
                "after": _bars(after),
            },
        }

    def _explained(self, wish: Wish) -> WishExplained:
        return self.explained[wish.person, wish.show]

    def _weighted(self, wish: Wish) -> float:
        """``(x / n) / p``: a first wish in full counts 1."""
        places = self.standing.places[wish.person, wish.show]
        return places / wish.places / wish.priority

    def _is_short(self, wish: Wish) -> bool:
        """Whether the budget keeps a wish from having more."""
        one = self._explained(wish)
        return one.reason is WishReason.budget or one.data.get("cause") == "budget"

    def tickets(self) -> dict[str, int]:
        """Places of the shows. ``wanted``: those that are left and that a wish could take."""
        standing = self.standing
        wanted = 0
        for show, wishes in standing.by_show.items():
            takers = [one for one in wishes if could_take(standing, (one.person, show), one)]
            could = sum(one.places - standing.places[one.person, show] for one in takers)
            wanted += min(max(0, standing.left(show)), could)
        return {
            "asked": sum(one.places for one in self.instance.wishes),
            "offered": sum(one.capacity for one in self.instance.shows),
            "granted": sum(standing.granted.values()),
            "left": sum(max(0, standing.left(show)) for show in standing.shows),
            "wanted": wanted,
        }

    def by_priority(self) -> list[dict[str, int]]:
        """The wishes of each priority, and what became of them."""
        found: dict[int, Counter[str]] = {}
        for wish in self.instance.wishes:
            places = self.standing.places[wish.person, wish.show]
            row = found.setdefault(wish.priority, Counter())
            row["wishes"] += 1
            row["full"] += places >= wish.places
            row["partial"] += 0 < places < wish.places
            row["nothing"] += not places
            row["asked"] += wish.places
            row["granted"] += places
        return [{"priority": priority, **found[priority]} for priority in sorted(found)]

    def by_promo(self, people: Iterable[int]) -> list[dict[str, Any]]:
        """The same figures for each promo, the youngest first; at last those without one."""
        groups: dict[int | None, list[int]] = {}
        for person in people:
            groups.setdefault(self.standing.people[person].promo, []).append(person)
        promos = sorted(groups, key=lambda one: (one is None, -(one or 0)))
        return [{"promo": promo, **self.of(groups[promo])} for promo in promos]

    def envy(self) -> _Envy:
        """Those who would still be behind a holder who lost the show."""
        holders = {show: Holders(self.standing, show) for show in self.standing.shows}
        people: set[int] = set()
        why: Counter[Tie] = Counter()
        first: list[Pair] = []
        for key, one in self.explained.items():
            if one.granted:
                continue
            for pair in holders[key[1]].pairs(key, _OWN.get(one.reason)):
                why[pair.why] += 1
                people.add(pair.person)
                if len(first) < ENVY_LISTED:
                    first.append(pair)
        return _Envy(pairs=why.total(), people=frozenset(people), why=why, first=first)


def _rank(one: int | None) -> int:
    return one or 0


def _mean(values: Sequence[int]) -> float:
    return round(sum(values) / len(values), 3) if values else 0.0


def _deviation(values: Sequence[int]) -> float:
    """The standard deviation of all of them: exact until the root."""
    if not values:
        return 0.0
    count, total = len(values), sum(values)
    return round(sqrt(count * sum(one * one for one in values) - total * total) / count, 3)


def _percentile(values: Sequence[int], percent: int) -> int:
    """The smallest value that so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)] if ordered else 0


def _gini(values: Sequence[int]) -> float:
    """0 where all have the same, nearly 1 where one has everything."""
    total, count = sum(values), len(values)
    if not total:
        return 0.0
    ranked = sum(rank * one for rank, one in enumerate(sorted(values), 1))
    return round((2 * ranked - (count + 1) * total) / (count * total), 4)


def _points(units: float) -> float:
    return round(units / POINT, 3)


def _median(values: Sequence[int]) -> float:
    ordered, middle = sorted(values), len(values) // 2
    if not ordered:
        return 0.0
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _satisfaction(units: Sequence[int]) -> dict[str, float]:
    return {
        "min": _points(min(units, default=0)),
        "p10": _points(_percentile(units, 10)),
        "median": _points(_median(units)),
        "mean": _points(sum(units) / len(units) if units else 0),
        "max": _points(max(units, default=0)),
        "gini": _gini(units),
    }


def _discontent(tenths: Sequence[int]) -> dict[str, float]:
    return {
        "mean": round(sum(tenths) / len(tenths) / 10, 3) if tenths else 0.0,
        "sd": round(_deviation(tenths) / 10, 3),
        "min": min(tenths, default=0) / 10,
        "max": max(tenths, default=0) / 10,
        "p90": _percentile(tenths, 90) / 10,
    }


def _bars(tenths: Sequence[int]) -> list[list[int]]:
    """How many there are from each even number to the next, in the unit that people know."""
    found = Counter(one // _BAR for one in tenths)
    if not found:
        return []
    return [[bar * _BAR // 10, found[bar]] for bar in range(min(found), max(found) + 1)]
