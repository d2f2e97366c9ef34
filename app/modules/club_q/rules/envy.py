"""Holders of a show against those who were refused it, and why they do not exchange."""

import enum
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from app.modules.club_q.rules.standing import Key, Standing


class Tie(enum.StrEnum):
    """Why someone does not have the places of somebody else."""

    #: The places of the holder are not to be decided.
    locked = "locked"
    #: The holder has fewer than the other would need.
    minimum = "minimum"
    #: The holder would have nothing at all, and the other has something.
    served = "served"
    #: The holder would lose as much, or more.
    worth = "worth"
    #: As much: the draw decided.
    draw = "draw"
    #: Nothing but the order: wishes were taken one by one, or the search stopped before its end.
    order = "order"
    #: Of the person's own, as their wish says.
    clash = "clash"
    budget = "budget"
    shows = "shows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many holders would lose more, as much and less than someone would gain."""

    more: int
    same: int
    #: Those who would lose less, by what forbids the exchange.
    less: dict[Tie, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Someone who would still be behind a holder who lost the show."""

    person: int
    holder: int
    show: int
    why: Tie


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holder:
    person: int
    places: int
    #: What the places are worth to them.
    loss: int
    #: Where they would stand without, in units.
    without: int
    is_locked: bool
    #: Whether they would have nothing at all without.
    is_last: bool


class Holders:
    """Those who hold places of a show."""

    def __init__(self, standing: Standing, show: int) -> None:
        self.standing = standing
        self.holders = sorted(
            (
                _holder(standing, (wish.person, show))
                for wish in standing.by_show[show]
                if standing.places[wish.person, show] > 0
            ),
            key=lambda one: (-one.without, one.person),
        )
        groups: dict[tuple[bool, bool, int], list[int]] = defaultdict(list)
        for one in self.holders:
            groups[one.is_locked, one.is_last, one.places].append(one.loss)
        self._groups = {group: sorted(losses) for group, losses in groups.items()}

    def counts(self, key: Key) -> Counts:
        """The three counts of a wish that got nothing (community 4.8)."""
        gain = self._gain(key)
        more = same = 0
        less: dict[Tie, int] = defaultdict(int)
        for (is_locked, is_last, places), losses in self._groups.items():
            first, last = bisect_left(losses, gain), bisect_right(losses, gain)
            more += len(losses) - last
            same += last - first
            if first:
                less[self._forbids(key, is_locked=is_locked, is_last=is_last, places=places)] += (
                    first
                )
        return Counts(more=more, same=same, less=dict(less))

    def pairs(self, key: Key, own: Tie | None) -> Iterator[Pair]:
        """The holders whom a wish that got nothing envies; *own*: what of the person forbids it."""
        person, show = key
        level, gain = self.standing.level(person), self._gain(key)
        for one in self.holders:
            if one.without <= level:
                return
            if one.person != person:
                why = own or self._why(key, one, gain)
                yield Pair(person=person, holder=one.person, show=show, why=why)

    def _gain(self, key: Key) -> int:
        units = self.standing.wishes[key].minimum * self.standing.value(key)
        return self.standing.change(key[0], units)

    def _why(self, key: Key, holder: _Holder, gain: int) -> Tie:
        why = self._forbids(
            key, is_locked=holder.is_locked, is_last=holder.is_last, places=holder.places
        )
        if why is not Tie.order or holder.loss < gain:
            return why
        return Tie.worth if holder.loss > gain else Tie.draw

    def _forbids(self, key: Key, *, is_locked: bool, is_last: bool, places: int) -> Tie:
        if is_locked:
            return Tie.locked
        if places < self.standing.wishes[key].minimum:
            return Tie.minimum
        if is_last and self.standing.held[key[0]]:
            return Tie.served
        return Tie.order


def _holder(standing: Standing, key: Key) -> _Holder:
    person, places = key[0], standing.places[key]
    units = places * standing.value(key)
    return _Holder(
        person=person,
        places=places,
        loss=-standing.change(person, -units),
        without=standing.level(person) - units,
        is_locked=standing.is_fixed(key) or standing.floor(key) > 0,
        is_last=len(standing.held[person]) == 1,
    )
