"""How discontent moves from season to season (community 4.6 and 4.8). Tenths, exact."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.enums import RunMode, Strategy
from app.modules.club_q.rules.instance import Instance
from app.modules.club_q.rules.outcome import Outcome
from app.modules.club_q.rules.standing import Standing
from app.modules.club_q.rules.tenths import nearest
from app.modules.club_q.rules.value import DISCONTENT_CAP, POINT


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The discontent of someone around a run, in tenths."""

    before: int
    #: What the run counted besides: the bonus of their promo.
    bonus: int = 0
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


def levels(instance: Instance, outcome: Outcome) -> Mapping[int, Level]:
    """What the discontent of everybody with a wish becomes, by person.

    In a complement only what it changes counts, and ``before`` is what it is now.
    """
    if outcome.strategy is Strategy.classic:
        return _classic(instance, outcome)
    if instance.mode is RunMode.complement:
        return _complement(instance, outcome)
    standing = Standing(instance, outcome.grants)
    everything, count = sum(standing.satisfaction.values()), len(standing.wished)
    use_bonus = instance.parameters.use_bonus
    return {
        one.id: Level(
            before=one.discontent,
            bonus=instance.parameters.bonus(one.promo) if use_bonus else 0,
            after=participant(
                one.discontent,
                satisfaction=standing.satisfaction[one.id],
                everything=everything,
                count=count,
            )
            if one.id in standing.wished
            else faded(one.discontent),
        )
        for one in instance.people
    }


def participant(tenths: int, *, satisfaction: int, everything: int, count: int) -> int:
    """What the discontent of a participant becomes: ``0.8 D + (mean - s) / 2`` in points.

    *everything* is the sum of the satisfactions of all *count* participants, in units.
    """
    above = 4 * tenths * 42 * count + 5 * (everything - count * satisfaction)
    return _bounded(nearest(above, 5 * 42 * count))


def faded(tenths: int) -> int:
    """What the discontent of someone without a wish becomes: ``0.8 D``."""
    return _bounded(nearest(4 * tenths, 5))


def moved(tenths: int, units: int) -> int:
    """What a discontent becomes when the satisfaction grows by so many *units*, or shrinks.

    The bounds hold but for what was beyond them already.
    """
    after = nearest(2 * POINT * tenths - 10 * units, 2 * POINT)
    return max(min(-DISCONTENT_CAP, tenths), min(max(DISCONTENT_CAP, tenths), after))


def _bounded(tenths: int) -> int:
    return max(-DISCONTENT_CAP, min(DISCONTENT_CAP, tenths))


def _classic(instance: Instance, outcome: Outcome) -> dict[int, Level]:
    found = {}
    for one in instance.people:
        change = outcome.changes.get(one.id, 0)
        if instance.mode is RunMode.complement:
            found[one.id] = Level(before=one.present, after=one.present + change)
        else:
            bonus = instance.parameters.bonus(one.promo)
            after = one.discontent + bonus + change
            found[one.id] = Level(before=one.discontent, bonus=bonus, after=after)
    return found


def _complement(instance: Instance, outcome: Outcome) -> dict[int, Level]:
    standing = Standing(instance, outcome.grants)
    former = Standing(instance, {(one.person, one.show): one.places for one in instance.grants})
    return {
        one.id: Level(
            before=one.present,
            after=moved(one.present, standing.satisfaction[one.id] - former.satisfaction[one.id]),
        )
        for one in instance.people
    }
