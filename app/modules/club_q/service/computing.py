"""Computing a run from its input: the strategy, the checker, the explanations, the figures."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _, lazy_gettext as _l

from app.core.tasks import Progress, TaskCancelled
from app.enums import RunMode, Strategy, WishReason
from app.modules.club_q.queries.inputs import Input, Key
from app.modules.club_q.rules import check
from app.modules.club_q.rules.classic import share
from app.modules.club_q.rules.discontent import moved
from app.modules.club_q.rules.explain import Explained, WishExplained, explain
from app.modules.club_q.rules.figures import figures
from app.modules.club_q.rules.instance import Instance, Wish
from app.modules.club_q.rules.outcome import OBJECTIVES, Outcome
from app.modules.club_q.rules.reassigned import reassigned
from app.modules.club_q.rules.value import place_value

Told = Callable[[int, int, str], object]
#: Out of a hundred: where the strategy begins and ends.
_SOLVED_FROM, _SOLVED_TO = 5, 85
#: What the fair strategy looks for, one after the other.
_STAGES = {
    "served": _l("Le plus de personnes servies"),
    "worth": _l("Les parts les plus égales"),
    "places": _l("Le moins de places vides"),
    "draw": _l("Le tirage"),
    "done": _l("Partage trouvé"),
}


class Broken(Exception):
    """The answer cannot be used: the checker says why, in its own words."""

    def __init__(self, faults: list[str], log: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults[:5]))
        self.faults, self.log = faults, log


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a run is computed."""

    strategy: Strategy
    seed: bytes
    #: Seconds.
    time_limit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """All that is kept of a run."""

    outcome: Outcome
    explained: Explained
    figures: dict[str, Any]


def solve(instance: Instance, asked: Asked, told: Told = lambda *_said: None) -> Outcome:
    """The answer of a strategy to an input."""
    if asked.strategy is Strategy.classic:
        return share(instance, asked.seed)
    from app.modules.club_q.rules import fair  # noqa: PLC0415  # the pages do without a solver

    return fair.solve(instance, asked.seed, time_limit=asked.time_limit, told=told)


def faults(instance: Instance, outcome: Outcome, seed: bytes) -> list[str]:
    """What the checker has against an answer: constraints violated, values that are wrong."""
    found = check.problems(instance, outcome.grants)
    if found:
        return found
    values = check.objectives(instance, outcome.grants, seed)
    told = {one.name: one.value for one in outcome.objectives}
    return [
        f"{name}: {told.get(name)} was told, {value} it is"
        for name, value in zip(OBJECTIVES, values, strict=True)
        if told.get(name) != value
    ]


def compute(found: Input, asked: Asked, progress: Progress) -> Computed:
    """Compute a run, and check it.

    Raises:
        Broken: If the checker finds anything.
        TaskCancelled: If someone asked to stop.
    """
    begun, instance = time.monotonic(), found.instance
    outcome = solve(instance, asked, _told(progress))
    _listen(progress, _SOLVED_TO, _("Vérification"))
    if against := faults(instance, outcome, asked.seed):
        raise Broken(against, outcome.log)
    _listen(progress, 88, _("Explications"))
    explained = _explained(found, outcome, asked.seed)
    _listen(progress, 92, _("Chiffres"))
    told = dict(figures(instance, outcome))
    told["seconds"] = round(time.monotonic() - begun, 1)
    if asked.strategy is Strategy.fair:
        told["classic"] = dict(figures(instance, share(instance, asked.seed)))  # to compare
    _listen(progress, 96, _("Enregistrement"))
    return Computed(outcome=outcome, explained=explained, figures=told)


def _listen(progress: Progress, done: int, message: str) -> None:
    progress.progress(done, 100, message)
    if progress.cancelled:
        raise TaskCancelled


def _told(progress: Progress) -> Told:
    """Where the solver says how far it is: its part of the whole."""

    def tell(done: int, total: int, message: str) -> None:
        part = min(1.0, done / total) if total > 0 else 0.0
        at = _SOLVED_FROM + int(part * (_SOLVED_TO - _SOLVED_FROM))
        said = _STAGES.get(message)
        progress.progress(at, 100, str(said) if said is not None else message)

    return tell


# A complement, and who gives places back


def _explained(found: Input, outcome: Outcome, seed: bytes) -> Explained:
    instance = found.instance
    if instance.mode is RunMode.full:
        return explain(instance, outcome, seed, cancelled=found.cancelled)
    offers = [(one.wish, one.places) for one in found.offers]
    taken = reassigned(instance, outcome.grants, offers)
    returned = {one.wish: n for one, n in zip(found.offers, taken, strict=True) if n}
    kept = {one.wish: one.places - n for one, n in zip(found.offers, taken, strict=True)}
    told = explain(instance, outcome, seed, returned=returned, cancelled=found.cancelled)
    return _with_returns(instance, outcome, told, returned=returned, kept=kept)


def _with_returns(
    instance: Instance,
    outcome: Outcome,
    told: Explained,
    *,
    returned: Mapping[Key, int],
    kept: Mapping[Key, int],
) -> Explained:
    """What people end with: the offers that nobody took are still theirs."""
    wishes, people = dict(told.wishes), dict(told.people)
    by_key = {(one.person, one.show): one for one in instance.wishes}
    for key, places in kept.items():
        if places:
            wishes[key] = _more(wishes[key], places)
            person = people[key[0]]
            units = person.satisfaction + places * _value(instance, by_key[key])
            people[key[0]] = replace(person, satisfaction=units, served=True)
    if outcome.strategy is Strategy.fair:
        for key, places in returned.items():
            person = people[key[0]]
            lost = places * _value(instance, by_key[key])
            people[key[0]] = replace(person, after=moved(person.after, -lost))
    return Explained(wishes=wishes, people=people)


def _value(instance: Instance, wish: Wish) -> int:
    return place_value(wish, instance.parameters)


def _more(one: WishExplained, places: int) -> WishExplained:
    granted = one.granted + places
    reason = one.reason if one.reason is WishReason.returned else WishReason.locked
    return WishExplained(granted=granted, reason=reason, data={**one.data, "granted": granted})
