"""What the database keeps of parameters and answers, read again. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from app.enums import Strategy
from app.modules.club_q.rules.instance import FORMAT, Parameters, canonical_json, read
from app.modules.club_q.rules.outcome import Objective, Outcome


def parameters_as_json(parameters: Parameters) -> dict[str, Any]:
    """Parameters, as a run keeps them."""
    told = asdict(parameters)
    return {name: list(one) if isinstance(one, tuple) else one for name, one in told.items()}


def parameters(told: Mapping[str, Any]) -> Parameters:
    """The parameters that a run keeps."""
    alone = {"format": FORMAT, "season": 0, "parameters": dict(told)}
    return read(canonical_json(alone)).parameters


def outcome(text: str) -> Outcome:
    """The answer that a run keeps: all of it that has a digest."""
    told = json.loads(text)
    name, version = told["solver"]
    return Outcome(
        strategy=Strategy(told["strategy"]),
        grants={(one["person"], one["show"]): one["places"] for one in told["grants"]},
        objectives=tuple(Objective(**one) for one in told["objectives"]),
        cut_short=told["cut_short"],
        solver=(name, version),
    )
