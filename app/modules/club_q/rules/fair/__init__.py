"""The fair strategy: an answer that nothing does better than, and the proof (community 4.8)."""

from collections.abc import Callable
from typing import Final

from app.enums import Strategy
from app.modules.club_q.rules import classic
from app.modules.club_q.rules.fair.problem import Pair, Problem, problem
from app.modules.club_q.rules.fair.programme import SolverFailed, version
from app.modules.club_q.rules.fair.stages import Search
from app.modules.club_q.rules.instance import Instance
from app.modules.club_q.rules.outcome import OBJECTIVES, Outcome

#: The seconds after which the best that is known is the answer, unless told otherwise.
TIME_LIMIT: Final = 300.0

Told = Callable[[int, int, str], object]


def solve(
    instance: Instance,
    seed: bytes,
    *,
    time_limit: float = TIME_LIMIT,
    told: Told = lambda _done, _total, _what: None,
) -> Outcome:
    """Share out the places: as many people served as can be, then worth, places and the draw.

    Args:
        instance: What is asked, and what is given.
        seed: What decides when nothing else does.
        time_limit: Seconds; an answer that is proven before does not depend on it.
        told: Is told how many stages are done, of how many, and which comes.

    Raises:
        SolverFailed: If the solver says what cannot be.
    """
    left = problem(instance, seed)
    search = Search(
        problem=left,
        seconds=time_limit,
        tell=lambda done, what: told(done, len(OBJECTIVES), what),
        best=_first(left, instance, seed),
    )
    search.run()
    told(len(OBJECTIVES), len(OBJECTIVES), "done")
    if not left.allows(search.best):
        raise SolverFailed("the answer breaks a constraint")
    return Outcome(
        strategy=Strategy.fair,
        grants=left.grants(search.best),
        objectives=tuple(search.objectives),
        cut_short=search.is_cut,
        solver=version(),
        log=tuple(search.log()),
    )


def _first(left: Problem, instance: Instance, seed: bytes) -> dict[Pair, int]:
    """An answer to begin with: what the classic strategy gives, or nothing more than is given."""
    shared = classic.share(instance, seed).grants
    more = {pair: places - left.given.get(pair, 0) for pair, places in shared.items()}
    more = {pair: places for pair, places in more.items() if places}
    return more if left.allows(more) else {}


__all__ = ["TIME_LIMIT", "SolverFailed", "solve"]
