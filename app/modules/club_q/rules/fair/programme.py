"""One bundle for each person: the integer programme, and what HiGHS says of it.

The library is imported when something is solved: the processes that serve pages do not carry it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from math import ceil, gcd
from typing import TYPE_CHECKING, Any

from app.modules.club_q.rules.fair.bundles import Bundle, Prices
from app.modules.club_q.rules.fair.problem import Chooser, Pair

if TYPE_CHECKING:
    import highspy

#: Objectives that are large are told in units that are: exactly, a power of two.
_LARGE, _UNIT = 1 << 20, 1 << 10
#: How far from the truth the solver may be, and beyond which number nothing it says is precise.
_TOLERANCE, _DOUBTFUL = 1e-6, 1e10
#: The seed of the solver: it has nothing to do with the draw.
_RANDOM = 0


class SolverFailed(RuntimeError):
    """The solver says that there is no answer, or nothing that makes sense."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """Choose one of the bundles of each person; shows have so many places left."""

    choosers: Sequence[Chooser]
    #: By person, in the order of *choosers*.
    bundles: Sequence[Sequence[Bundle]]
    capacities: Mapping[int, int]
    #: The least that is wanted of the objectives that are decided already, by their rank.
    floors: Mapping[int, int] = field(default_factory=dict)

    def columns(self) -> list[tuple[int, Bundle]]:
        return [(rank, one) for rank, several in enumerate(self.bundles) for one in several]

    def offsets(self, goal: int) -> list[int]:
        """The most of an objective that a bundle of each person has: what is lost, is counted."""
        return [max(one.gains[goal] for one in several) for several in self.bundles]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an integer programme gave."""

    #: A bundle for each person; ``None``: time ran out before one was found.
    chosen: tuple[Bundle, ...] | None
    #: None of the choices does better; ``None`` when that is not known.
    bound: int | None
    #: Whether time ran out.
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """What shares of bundles would give: the price of places, and of serving somebody."""

    value: float
    prices: Prices
    #: What each person would have, once places are paid.
    nets: tuple[float, ...]


@cache
def version() -> tuple[str, str]:
    """The name and version of the solver."""
    from importlib.metadata import version as of  # noqa: PLC0415

    return "HiGHS", of("highspy")


def choose(
    programme: Programme, goal: int, *, seconds: float, start: Sequence[Bundle] | None = None
) -> Answer:
    """Choose bundles so that an objective is as large as can be.

    Raises:
        SolverFailed: If the solver finds that nothing can be chosen.
    """
    import highspy  # noqa: PLC0415

    columns, offsets = programme.columns(), programme.offsets(goal)
    lost = [offsets[rank] - one.gains[goal] for rank, one in columns]
    unit = reduce(gcd, lost, 0) or 1
    scale = _UNIT if max(lost, default=0) // unit >= _LARGE else 1
    solver = _solver(seconds)
    told = _told(programme, columns, [one / (unit * scale) for one in lost])
    told.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)
    solver.passModel(told)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = [float(one == start[rank]) for rank, one in columns]
        solver.setSolution(solution)
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    is_cut = status == highspy.HighsModelStatus.kTimeLimit
    if not is_cut and status != highspy.HighsModelStatus.kOptimal:
        raise SolverFailed(solver.modelStatusToString(status))
    chosen = None
    if info.primal_solution_status == highspy.kSolutionStatusFeasible:
        chosen = _chosen(programme, columns, solver.getSolution().col_value)
    bound = _most(info.mip_dual_bound, unit, scale, sum(offsets))
    return Answer(chosen=chosen, bound=bound, is_cut=is_cut)


def relax(programme: Programme, *, seconds: float) -> Relaxed | None:
    """Prices for which shares of bundles are worth the most; nothing if time runs out.

    Raises:
        SolverFailed: If the solver finds that nothing can be chosen.
    """
    import highspy  # noqa: PLC0415

    columns, offsets = programme.columns(), programme.offsets(1)
    lost = [offsets[rank] - one.worth for rank, one in columns]
    unit = 1 << max(0, max(lost, default=1).bit_length() - 12)
    solver = _solver(seconds)
    solver.setOptionValue("solver", "simplex")
    solver.passModel(_told(programme, columns, [one / unit for one in lost]))
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kTimeLimit:
        return None
    if status != highspy.HighsModelStatus.kOptimal:
        raise SolverFailed(solver.modelStatusToString(status))
    # it makes losses small: its signs are the other way round
    duals = [-one * unit for one in solver.getSolution().row_dual]
    people = len(programme.choosers)
    paid = {
        show: max(0, round(duals[people + rank])) for rank, show in enumerate(programme.capacities)
    }
    served = max(0.0, -duals[people + len(paid)]) if 0 in programme.floors else 0.0
    most_served = programme.offsets(0)
    return Relaxed(
        value=sum(offsets) - solver.getInfo().objective_function_value * unit,
        prices=Prices(paid, round(served)),
        nets=tuple(
            offsets[rank] + duals[rank] + served * most_served[rank] for rank in range(people)
        ),
    )


def _solver(seconds: float) -> "highspy.Highs":
    import highspy  # noqa: PLC0415

    solver = highspy.Highs()
    options: dict[str, Any] = {
        "output_flag": False,
        "threads": 1,
        "random_seed": _RANDOM,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 0.0,
        "mip_feasibility_tolerance": 1e-7,
        "time_limit": max(0.01, seconds),
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver


def _told(
    programme: Programme, columns: Sequence[tuple[int, Bundle]], costs: Sequence[float]
) -> "highspy.HighsLp":
    """The programme, as the solver wants it: what is lost is to be made small."""
    import highspy  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    people, shows = len(programme.choosers), list(programme.capacities)
    row_of = {show: people + rank for rank, show in enumerate(shows)}
    floors, lower = _floors(programme, columns)
    starts, rows, values = [0], [], []
    for column, (rank, bundle) in enumerate(columns):
        rows.append(rank)
        values.append(1.0)
        for got, choice in zip(bundle.places, programme.choosers[rank].choices, strict=True):
            if got and choice.show.id in row_of:
                rows.append(row_of[choice.show.id])
                values.append(float(got))
        for order, coefficients in enumerate(floors):
            if coefficients[column]:
                rows.append(people + len(shows) + order)
                values.append(coefficients[column])
        starts.append(len(rows))
    told = highspy.HighsLp()
    told.num_col_, told.num_row_ = len(columns), people + len(shows) + len(floors)
    told.col_cost_ = np.array(costs, dtype=float)
    told.col_lower_, told.col_upper_ = np.zeros(len(columns)), np.ones(len(columns))
    infinite = highspy.kHighsInf
    told.row_lower_ = np.array([1.0] * people + [-infinite] * len(shows) + lower)
    places = [float(programme.capacities[show]) for show in shows]
    told.row_upper_ = np.array([1.0] * people + places + [infinite] * len(floors))
    told.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    told.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    told.a_matrix_.index_ = np.array(rows, dtype=np.int32)
    told.a_matrix_.value_ = np.array(values, dtype=float)
    return told


def _floors(
    programme: Programme, columns: Sequence[tuple[int, Bundle]]
) -> tuple[list[list[float]], list[float]]:
    """The rows that keep what is decided already, by column, and their least.

    What each bundle loses is counted, in the largest unit that leaves whole numbers, with half of
    it to spare: numbers stay small, and a rounding error changes nothing.
    """
    rows, lower = [], []
    for goal, least in sorted(programme.floors.items()):
        offsets = programme.offsets(goal)
        gains = [one.gains[goal] - offsets[rank] for rank, one in columns]
        unit = reduce(gcd, gains, 0) or 1
        rows.append([one / unit for one in gains])
        lower.append(-((sum(offsets) - least) // unit) - 0.5)
    return rows, lower


def _chosen(
    programme: Programme, columns: Sequence[tuple[int, Bundle]], values: Sequence[float]
) -> tuple[Bundle, ...] | None:
    """The bundle of each person; ``None`` if the solver does not say so without a doubt."""
    found = {
        rank: bundle for (rank, bundle), value in zip(columns, values, strict=True) if value > 0.5
    }
    if len(found) != len(programme.choosers):
        return None
    return tuple(found[rank] for rank in range(len(found)))


def _most(lost: float, unit: int, scale: int, offset: int) -> int | None:
    """A whole number that is surely no less than what can be reached.

    Args:
        lost: The least that has to be lost, as a float, in *scale* times *unit*.
        unit: Every loss is a multiple of it.
        scale: See *lost*.
        offset: What is reached when nothing is lost.
    """
    steps = lost * scale
    if not abs(steps) < _DOUBTFUL:
        return None
    doubt = _TOLERANCE * scale + 1e-11 * abs(steps)
    return offset - unit * max(0, ceil(steps - doubt))


def more(choosers: Sequence[Chooser], chosen: Sequence[Bundle]) -> dict[Pair, int]:
    """What choosers get, of their bundles."""
    return {
        choice.pair: got
        for chooser, bundle in zip(choosers, chosen, strict=True)
        for got, choice in zip(bundle.places, chooser.choices, strict=True)
        if got
    }
