"""What a strategy answers: what each wish gets, how good that is, and how it is known."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.enums import Strategy
from app.modules.club_q.rules.instance import canonical_json

FORMAT = "club-q-result-1"
#: The objectives of the fair strategy, in their order.
OBJECTIVES = ("served", "worth", "places", "draw")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One of the things to make as large as possible, each before the next."""

    #: ``served``, ``worth``, ``places`` or ``draw``.
    name: str
    value: int
    #: No answer does better than this; ``None`` where nothing was proven (classic).
    bound: int | None = None
    #: Whether none does better than the value.
    proven: bool = False

    @property
    def gap(self) -> float | None:
        """How far the bound is, as a part of it: 0.01 for 1 %."""
        if self.bound is None:
            return None
        return (self.bound - self.value) / self.bound if self.bound else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer to an input: the same input, seed and solver always give the same one."""

    strategy: Strategy
    #: Places by person and show: every wish of the input has its own, 0 included.
    grants: Mapping[tuple[int, int], int]
    objectives: tuple[Objective, ...]
    #: Whether the time limit cut it short.
    cut_short: bool = False
    solver: tuple[str, str] = ("", "")
    #: Tenths of discontent that the classic strategy added to each person; empty for the fair one.
    changes: Mapping[int, int] = field(default_factory=dict)
    #: Why the classic strategy skipped a wish that it reached: ``budget``, ``shows`` or ``clash``.
    skipped: Mapping[tuple[int, int], str] = field(default_factory=dict)
    log: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether nothing does better on any objective."""
        return all(one.proven for one in self.objectives)

    def as_json(self) -> dict[str, Any]:
        """What is kept of it, and published: no duration, no word of the log."""
        return {
            "format": FORMAT,
            "strategy": self.strategy.value,
            "solver": list(self.solver),
            "cut_short": self.cut_short,
            "grants": [
                {"person": person, "show": show, "places": places}
                for (person, show), places in sorted(self.grants.items())
            ],
            "objectives": [
                {
                    "name": one.name,
                    "value": one.value,
                    "bound": one.bound,
                    "proven": one.proven,
                }
                for one in self.objectives
            ],
        }

    def canonical(self) -> str:
        """The one JSON text of this answer."""
        return canonical_json(self.as_json())

    def digest(self) -> str:
        """The SHA-256 of that text, in hexadecimal digits."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()
