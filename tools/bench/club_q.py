"""What the fair strategy of Club Q is worth against the classic one: ``make bench``.

    python -m tools.bench.club_q [--seeds 10] [--large 4000]

Seasons that nobody lived, shared out by both; eight seasons in a row of the same people; a season
ten times larger. What is written is in ``bench/results/``. No figure fails anything.
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from app.core.draw import SEED_SIZE
from app.enums import Strategy
from app.modules.club_q.demo.instances import generate
from app.modules.club_q.rules import check, fair
from app.modules.club_q.rules.classic import share
from app.modules.club_q.rules.discontent import levels
from app.modules.club_q.rules.figures import figures
from app.modules.club_q.rules.instance import Instance
from app.modules.club_q.rules.outcome import Outcome
from app.settings import ROOT

RESULTS = ROOT / "bench" / "results"
SEED = bytes(range(SEED_SIZE))
SEASONS, REGULARS = 8, 120
#: The seats and wishes of the season that the specification speaks of.
SMALL_RATIO = 952 / 5331
SEVERAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What one strategy made of one season."""

    season: str
    strategy: str
    people: int
    served: int
    unserved: int
    first: int
    rank: float
    weighted: float
    gini: float
    #: The spread of discontent afterwards, in its unit.
    spread: float
    seats: int
    empty: int
    wanted: int
    #: The value and the bound of each objective.
    values: tuple[int, ...]
    bounds: tuple[int | None, ...]
    proven: int
    faults: int
    seconds: float
    cpu: float
    #: The most memory that it took, with Python and the solver, in megabytes.
    megabytes: int


def measured(season: str, instance: Instance, strategy: Strategy, limit: float) -> Shared:
    """Share a season out, in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measured, (season, instance, strategy, limit))


def _measured(season: str, instance: Instance, strategy: Strategy, limit: float) -> Shared:
    begun, cpu = time.perf_counter(), time.process_time()
    outcome = solved(instance, strategy, limit)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told = figures(instance, outcome)
    values = check.objectives(instance, outcome.grants, SEED)
    wrong = sum(one.value != value for one, value in zip(outcome.objectives, values, strict=True))
    return Shared(
        season=season,
        strategy=strategy.value,
        people=told["people"],
        served=told["served"],
        unserved=told["unserved"],
        first=told["first"],
        rank=told["best_mean"],
        weighted=told["weighted"],
        gini=told["satisfaction"]["gini"],
        spread=told["discontent"]["after"]["sd"],
        seats=told["tickets"]["offered"],
        empty=told["tickets"]["left"],
        wanted=told["tickets"]["wanted"],
        values=values,
        bounds=tuple(one.bound for one in outcome.objectives),
        proven=sum(one.proven for one in outcome.objectives),
        faults=len(check.problems(instance, outcome.grants)) + wrong,
        seconds=seconds,
        cpu=cpu,
        megabytes=megabytes,
    )


def solved(instance: Instance, strategy: Strategy, limit: float = 300) -> Outcome:
    """The answer of a strategy."""
    if strategy is Strategy.classic:
        return share(instance, SEED)
    return fair.solve(instance, SEED, time_limit=limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """What one strategy made of several seasons of the same people."""

    strategy: str
    #: Whether some people bound what they pay or how many shows they go to: no sharing evens that.
    is_bounded: bool
    #: How many people had nothing at all in two seasons or more.
    left_out: int
    #: The standard deviation of what people had in all, in points, and its mean.
    spread: float
    mean: float
    #: The mean discontent after the last season, and the largest one on the way.
    drift: float
    seconds: float


def years(strategy: Strategy, *, is_bounded: bool = False) -> Years:
    """Eight seasons of the same people, who keep their discontent from one to the next."""
    begun = time.perf_counter()
    discontent = dict.fromkeys(range(1, REGULARS + 1), 0)
    total: dict[int, int] = dict.fromkeys(discontent, 0)
    nothing = dict.fromkeys(discontent, 0)
    means = []
    for number in range(SEASONS):
        season = generate(100 + number, people=REGULARS, shows=20, ratio=0.2)
        people = tuple(replace(one, discontent=discontent[one.id]) for one in season.people)
        if not is_bounded:
            people = tuple(replace(one, budget=None, max_shows=None) for one in people)
        season = replace(season, season=number + 1, people=people)
        outcome = solved(season, strategy)
        units = satisfaction(season, outcome)
        for person, level in levels(season, outcome).items():
            discontent[person] = level.after
            total[person] += units[person]
            nothing[person] += not any(
                places for (one, _show), places in outcome.grants.items() if one == person
            )
        means.append(statistics.fmean(discontent.values()) / 10)
    points = [one / 210 for one in total.values()]
    return Years(
        strategy=strategy.value,
        is_bounded=is_bounded,
        left_out=sum(times >= SEVERAL for times in nothing.values()),
        spread=statistics.pstdev(points),
        mean=statistics.fmean(points),
        drift=max(means, key=abs),
        seconds=time.perf_counter() - begun,
    )


def satisfaction(instance: Instance, outcome: Outcome) -> dict[int, int]:
    """The units that everybody has."""
    standing = check.Standing(instance, outcome.grants)
    return dict(standing.satisfaction)


def verdicts(
    pairs: Sequence[tuple[Shared, Shared]], lives: Sequence[Years]
) -> list[tuple[str, str]]:
    """What was wanted of the fair strategy, and in how many seasons it is so."""
    wanted = [
        ("nobody more is left without a place", lambda old, new: new.served >= old.served),
        ("not fewer people have their first wish", lambda old, new: new.first >= old.first),
        ("Σ (x/n)/p is 5 % higher", lambda old, new: new.weighted >= 1.05 * old.weighted),
        ("what people have is less unequal (Gini)", lambda old, new: new.gini < old.gini),
        ("the second objective is not lower", lambda old, new: new.values[1] >= old.values[1]),
        ("no place is left that is wanted", lambda _old, new: new.wanted == 0),
        ("all four stages are proven", lambda _old, new: new.proven == len(new.values)),
        ("the checker finds no fault", lambda _old, new: new.faults == 0),
        ("30 s and 1 GB are enough", lambda _old, new: new.seconds <= 30 and new.megabytes <= 1000),
    ]
    said = [
        (text, f"{sum(bool(is_so(old, new)) for old, new in pairs)} of {len(pairs)}")
        for text, is_so in wanted
    ]
    classic, even = lives[:2]
    return [
        *said,
        ("over eight seasons, nobody has nothing twice", _yes(even.left_out == 0)),
        ("over eight seasons, the spread is at most half", _yes(2 * even.spread <= classic.spread)),
        ("over eight seasons, discontent drifts by 0.5 at most", _yes(abs(even.drift) <= 0.5)),
    ]


def _yes(is_so: bool) -> str:  # noqa: FBT001
    return "yes" if is_so else "**no**"


_BOUNDED = {False: "", True: ", with budgets and bounds"}
HEAD = (
    "| season | strategy | people | served | nothing | first wish | best rank | Σ (x/n)/p | Gini"
    " | discontent after, sd | seats | empty | wanted | proven | gap of 1-3 | s | CPU s | MB |"
)


def row(one: Shared) -> str:
    """A line of the table."""
    proven = f"{one.proven} of 4" if one.bounds[0] is not None else ""
    gaps = [
        (bound - value) / bound * 100 if bound else 0.0
        for value, bound in zip(one.values[:3], one.bounds[:3], strict=True)
        if bound is not None
    ]
    gap = ", ".join(f"{part:.3g} %" for part in gaps)
    return (
        f"| {one.season} | {one.strategy} | {one.people} | {one.served} | {one.unserved}"
        f" | {one.first} | {one.rank:.2f} | {one.weighted:.1f} | {one.gini:.3f} | {one.spread:.2f}"
        f" | {one.seats} | {one.empty} | {one.wanted} | {proven} | {gap} | {one.seconds:.1f}"
        f" | {one.cpu:.1f} | {one.megabytes} |"
    )


def table(
    pairs: Sequence[tuple[Shared, Shared]], more: Sequence[Shared], lives: Sequence[Years]
) -> str:
    """What was found, to be read."""
    lines = ["# Club Q: classic against fair", "", HEAD, "|---" * 18 + "|"]
    lines += [row(one) for pair in pairs for one in pair]
    lines += [row(one) for one in more]
    lines += ["", f"{SEASONS} seasons of the same {REGULARS} people, all at 0 at first:", ""]
    lines += [
        "| strategy | nothing in two seasons or more | points in all | sd | mean discontent | s |",
        "|---" * 6 + "|",
    ]
    lines += [
        f"| {one.strategy}{_BOUNDED[one.is_bounded]} | {one.left_out} | {one.mean:.1f}"
        f" | {one.spread:.2f}"
        f" | {one.drift:+.2f} | {one.seconds:.1f} |"
        for one in lives
    ]
    lines += ["", "| wanted of `fair` | so |", "|---|---|"]
    lines += [f"| {text} | {said} |" for text, said in verdicts(pairs, lives)]
    return "\n".join([*lines, ""])


def main() -> None:
    """Share everything out, and write what was found."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.club_q")
    parser.add_argument("--seeds", type=int, default=10, help="how many seasons of 400 people")
    parser.add_argument("--large", type=int, default=4000, help="people of the large season, or 0")
    parser.add_argument("--limit", type=float, default=300, help="seconds of a run")
    asked = parser.parse_args()
    seasons = [(str(seed), generate(seed)) for seed in range(asked.seeds)]
    seasons.append(("952 seats", generate(0, ratio=SMALL_RATIO)))
    fresh = generate(1)
    equal = tuple(replace(one, discontent=0) for one in fresh.people)
    seasons.append(("nobody discontented", replace(fresh, people=equal)))
    pairs = []
    for name, season in seasons:
        pairs.append(
            (
                measured(name, season, Strategy.classic, asked.limit),
                measured(name, season, Strategy.fair, asked.limit),
            )
        )
        for one in pairs[-1]:
            _say(row(one))
    more = []
    if asked.large:
        large = generate(0, people=asked.large)
        for strategy in (Strategy.classic, Strategy.fair):
            more.append(measured("large", large, strategy, asked.limit))
            _say(row(more[-1]))
    lives = [
        years(strategy, is_bounded=is_bounded)
        for is_bounded in (False, True)
        for strategy in (Strategy.classic, Strategy.fair)
    ]
    text = table(pairs, more, lives)
    found: dict[str, Any] = {
        "seasons": [asdict(one) for pair in pairs for one in pair] + [asdict(one) for one in more],
        "years": [asdict(one) for one in lives],
        "wanted": verdicts(pairs, lives),
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "club_q.json").write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    (RESULTS / "club_q.md").write_text(text)
    _say(text)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # a command


if __name__ == "__main__":
    main()
