"""What was measured, what was wanted, and how both are told: arithmetic alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

#: Worse than the last accepted run by so much, it is a regression.
REGRESSION = 0.2
#: What is the same on any machine, or nearly: what is compared with another run.
COMPARED = frozenset({"x floor", "x", "statements", "kB", "% of bare", "MB"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One thing that was measured, and the bound that was wanted of it, if any."""

    #: What names it from one run to the next.
    name: str
    value: float
    unit: str
    limit: float | None = None
    #: Whether the limit is the least, not the most.
    at_least: bool = False
    #: What else was seen: milliseconds, requests per second.
    detail: str = ""
    #: Why the target is out of reach, if it is.
    reason: str = ""
    #: What the last accepted run had.
    accepted: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; ``None`` where there is none."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    @property
    def is_regression(self) -> bool:
        """Whether it is worse than the last accepted run by more than one may doubt of."""
        if self.accepted is None or self.unit not in COMPARED:
            return False
        if self.at_least:
            return self.value < self.accepted / (1 + REGRESSION)
        return self.value > self.accepted * (1 + REGRESSION)

    @property
    def verdict(self) -> str:
        if self.is_met is None:
            return ""
        return "yes" if self.is_met else "**no**"

    @property
    def target(self) -> str:
        if self.limit is None:
            return ""
        return f"{'≥' if self.at_least else '≤'} {plain(self.limit)}"


def quantile(values: Sequence[float], part: float) -> float:
    """The value that a *part* of them does not exceed, from 0 to 1: between two, in proportion.

    Raises:
        ValueError: If there are none.
    """
    if not values:
        raise ValueError("no values")
    ranked = sorted(values)
    where = part * (len(ranked) - 1)
    low = int(where)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (where - low)


def plain(value: float) -> str:
    """A number as one reads it: three digits that matter."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) < 10 else f"{value:.1f}"


def compared(found: Iterable[Figure], accepted: Mapping[str, float]) -> list[Figure]:
    """The same figures, each with what the last accepted run had."""
    return [replace(one, accepted=accepted.get(one.name)) for one in found]


def explained(found: Iterable[Figure], reasons: Mapping[str, str]) -> list[Figure]:
    """The same figures; those that miss their target say why, where a reason is known."""
    return [
        replace(one, reason=reasons.get(one.name, "")) if one.is_met is False else one
        for one in found
    ]


def to_accept(found: Iterable[Figure]) -> dict[str, float]:
    """What of a run the next ones are compared with."""
    return {one.name: round(one.value, 3) for one in found if one.unit in COMPARED}


def as_json(found: Iterable[Figure], facts: Mapping[str, Any]) -> dict[str, Any]:
    """All of a run, for programs."""
    return {
        "machine": dict(facts),
        "figures": [
            asdict(one) | {"met": one.is_met, "regression": one.is_regression} for one in found
        ],
    }


def from_json(content: Mapping[str, Any]) -> list[Figure]:
    """The figures of a run that was written."""
    names = Figure.__dataclass_fields__
    return [
        Figure(**{name: value for name, value in row.items() if name in names})
        for row in content["figures"]
    ]


def summary(found: Sequence[Figure]) -> str:
    """How many targets are met, missed with and without a reason, and what got worse."""
    wanted = [one for one in found if one.is_met is not None]
    missed = [one for one in wanted if not one.is_met]
    told = sum(bool(one.reason) for one in missed)
    worse = sum(one.is_regression for one in found)
    return (
        f"{len(wanted) - len(missed)} targets of {len(wanted)} are met, {told} are missed for a"
        f" reason that is told, {len(missed) - told} without; {worse} regressions."
    )


def table(found: Sequence[Figure], facts: Mapping[str, Any]) -> str:
    """All of a run, for people."""
    lines = ["# The bench", ""]
    lines += [f"- {name}: {value}" for name, value in facts.items()]
    lines += ["", summary(found), ""]
    lines += [
        "| what | measured | | target | met | accepted | | detail | reason |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        before = "" if one.accepted is None else plain(one.accepted)
        flag = "**worse**" if one.is_regression else ""
        lines.append(
            f"| {one.name} | {plain(one.value)} | {one.unit} | {one.target} | {one.verdict}"
            f" | {before} | {flag} | {one.detail} | {one.reason} |"
        )
    return "\n".join([*lines, ""])
