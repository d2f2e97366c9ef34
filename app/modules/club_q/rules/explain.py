"""Why each wish has what it has, in codes and numbers (community 4.8): pages put words on them.

Nothing here tells of another person but how many they are.

What ``data`` of a wish holds, besides ``places`` asked, ``minimum``, ``priority`` and ``granted``:

=============  ====================================================================================
``full``       nothing else
``partial``    ``cause``: ``none_left`` or ``budget``; ``asked`` and ``offered`` for the show;
               ``money``: cents left, where the budget is the cause
``none_left``  ``asked``, ``offered``: places of the show; ``holders``; ``more``, ``same``,
               ``less``: how many of them would lose more, as much, less than the person would
               gain; ``forbidden``: of the latter, how many by what forbids the exchange (`Tie`);
               ``draw``: the weight of the wish in the draw, where some would lose as much
``minimum``    ``asked``, ``offered``, ``left``: places that remain
``clash``      ``shows``: those of the person that exclude it
``budget``     ``money``: cents left; ``cost``: of the minimum
``shows``      ``reached``: how many the person has, ``bound``: the most that they want
``locked``     nothing else
``returned``   ``returned``: how many were given back
``cancelled``  nothing else, and no ``granted``
=============  ====================================================================================
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core import draw
from app.enums import Strategy, WishReason
from app.modules.club_q.rules.discontent import levels
from app.modules.club_q.rules.envy import Holders
from app.modules.club_q.rules.instance import Instance, Wish
from app.modules.club_q.rules.outcome import Outcome
from app.modules.club_q.rules.standing import Key, Standing
from app.modules.club_q.rules.tenths import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class WishExplained:
    """Why a wish has what it has."""

    granted: int
    reason: WishReason
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExplained:
    """What a run did of someone. Discontent in tenths, satisfaction in units."""

    before: int
    bonus: int
    after: int
    satisfaction: int
    served: bool
    #: ``satisfaction`` and ``mean`` of all, in units; ``wishes``, ``obtained``, ``places``,
    #: ``amount`` in cents; ``best``: the best priority served, or ``None``.
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What is said of a run."""

    wishes: Mapping[Key, WishExplained]
    people: Mapping[int, PersonExplained]


def explain(
    instance: Instance,
    outcome: Outcome,
    seed: bytes,
    *,
    returned: Mapping[Key, int] | None = None,
    cancelled: Collection[Key] = (),
) -> Explained:
    """Say why of everything.

    *returned*: places given back, by wish. *cancelled*: wishes that the input leaves out, since
    their shows do not take place.
    """
    standing = Standing(instance, outcome.grants)
    wishes = dict(reasons(standing, outcome))
    keys = instance.keys(seed)
    for key, one in wishes.items():
        if one.data.get("same"):
            data = {**one.data, "draw": draw.weight(keys[key])}
            wishes[key] = WishExplained(granted=one.granted, reason=one.reason, data=data)
    for key, places in (returned or {}).items():
        one = wishes[key]
        data = {**_asked(standing, key), "granted": one.granted, "returned": places}
        wishes[key] = WishExplained(granted=one.granted, reason=WishReason.returned, data=data)
    for key in cancelled:
        wishes[key] = WishExplained(granted=0, reason=WishReason.cancelled)
    return Explained(wishes=wishes, people=_people(standing, outcome))


def reasons(standing: Standing, outcome: Outcome) -> Mapping[Key, WishExplained]:
    """The code of each wish of the input, with its figures."""
    asked = {show: sum(wish.places for wish in wishes) for show, wishes in standing.by_show.items()}
    holders: dict[int, Holders] = {}
    found: dict[Key, WishExplained] = {}
    for key, wish in standing.wishes.items():
        reason = _reason(standing, outcome, key, wish)
        data = {**_asked(standing, key), "granted": standing.places[key]}
        if reason in (WishReason.partial, WishReason.none_left, WishReason.minimum):
            data |= {"asked": asked[wish.show], "offered": standing.shows[wish.show].capacity}
        if reason is WishReason.none_left:
            if wish.show not in holders:
                holders[wish.show] = Holders(standing, wish.show)
            data |= _counted(holders[wish.show], key)
        elif reason is WishReason.partial:
            data |= _partial(standing, outcome, key)
        elif reason in _FIGURES:
            data |= _FIGURES[reason](standing, key)
        found[key] = WishExplained(granted=standing.places[key], reason=reason, data=data)
    return found


def _asked(standing: Standing, key: Key) -> dict[str, Any]:
    wish = standing.wishes[key]
    return {"places": wish.places, "minimum": wish.minimum, "priority": wish.priority}


def _reason(standing: Standing, outcome: Outcome, key: Key, wish: Wish) -> WishReason:
    places = standing.places[key]
    if standing.is_fixed(key):
        return WishReason.locked
    if places:
        return WishReason.full if places >= wish.places else WishReason.partial
    if key in outcome.skipped:
        return WishReason(outcome.skipped[key])
    obstacle = standing.obstacle(key, wish.minimum)
    if obstacle is not None:
        return obstacle
    return WishReason.minimum if standing.left(wish.show) > 0 else WishReason.none_left


def _counted(holders: Holders, key: Key) -> dict[str, Any]:
    counts = holders.counts(key)
    return {
        "holders": len(holders.holders),
        "more": counts.more,
        "same": counts.same,
        "less": sum(counts.less.values()),
        "forbidden": {why.value: count for why, count in sorted(counts.less.items())},
    }


def _partial(standing: Standing, outcome: Outcome, key: Key) -> dict[str, Any]:
    is_fair = outcome.strategy is Strategy.fair
    if is_fair and standing.obstacle(key, 1) is WishReason.budget:
        return {"cause": "budget", "money": standing.money_left(key[0])}
    return {"cause": "none_left"}


def _minimum(standing: Standing, key: Key) -> dict[str, Any]:
    return {"left": standing.left(key[1])}


def _clash(standing: Standing, key: Key) -> dict[str, Any]:
    return {"shows": standing.clashing(key)}


def _budget(standing: Standing, key: Key) -> dict[str, Any]:
    cost = standing.wishes[key].minimum * standing.shows[key[1]].price
    return {"money": standing.money_left(key[0]), "cost": cost}


def _shows(standing: Standing, key: Key) -> dict[str, Any]:
    person = key[0]
    return {
        "reached": len(standing.held[person]),
        "bound": standing.people[person].max_shows,
    }


_FIGURES: Mapping[WishReason, Callable[[Standing, Key], dict[str, Any]]] = {
    WishReason.minimum: _minimum,
    WishReason.clash: _clash,
    WishReason.budget: _budget,
    WishReason.shows: _shows,
}


def _people(standing: Standing, outcome: Outcome) -> dict[int, PersonExplained]:
    mean = nearest(sum(standing.satisfaction.values()), max(1, len(standing.wished)))
    found = {}
    for person, level in levels(standing.instance, outcome).items():
        held = standing.held[person]
        found[person] = PersonExplained(
            before=level.before,
            bonus=level.bonus,
            after=level.after,
            satisfaction=standing.satisfaction[person],
            served=bool(held),
            data={
                "satisfaction": standing.satisfaction[person],
                "mean": mean,
                "wishes": len(standing.by_person.get(person, ())),
                "obtained": len(held),
                "places": sum(held.values()),
                "amount": standing.spent[person],
                "best": min(
                    (standing.wishes[person, show].priority for show in held), default=None
                ),
            },
        )
    return found
