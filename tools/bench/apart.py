"""What needs no school: sharing shows out, previews of photos, how long the tests take."""

import json
from collections.abc import Iterator
from typing import Any

from app.enums import Strategy
from app.modules.club_q.demo.instances import generate
from app.settings import ROOT
from tools.bench import club_q as sharing, photos as previews
from tools.bench.figures import Figure

#: Seconds, by strategy and number of students; megabytes of the fair one.
BOUNDS = {
    (Strategy.fair, 400): 30.0,
    (Strategy.fair, 4000): 300.0,
    (Strategy.classic, 400): 0.5,
    (Strategy.classic, 4000): 10.0,
}
MEGABYTES, GAP = 1000, 1.0
#: Where the tests say how long they took, if they do: ``{"postgresql": 212.0, …}`` in seconds.
TESTS = ROOT / "bench" / "results" / "tests.json"
_ONE, _ALL = 240, 600


def club_q(*, is_quick: bool) -> Iterator[Figure]:
    """Both strategies on a season of 400 students, and of 4,000."""
    for people in (400,) if is_quick else (400, 4000):
        season = generate(0, people=people)
        for strategy in (Strategy.classic, Strategy.fair):
            name = f"attribution {strategy.value}, {people} students"
            found = sharing.measured(str(people), season, strategy, 300)
            yield Figure(
                name=name,
                value=found.seconds,
                unit="s",
                limit=BOUNDS[strategy, people],
                detail=f"{found.served} served, {found.faults} faults",
            )
            if strategy is Strategy.fair:
                yield Figure(
                    name=f"{name}: memory", value=found.megabytes, unit="MB", limit=MEGABYTES
                )
                yield Figure(
                    name=f"{name}: gap",
                    value=_gap(found),
                    unit="%",
                    limit=GAP,
                    detail=f"{found.proven} of {len(found.values)} stages proven",
                )


def _gap(found: sharing.Shared) -> float:
    """The largest gap of a stage that is not proven, in percent."""
    pairs = [
        (value, bound) for value, bound in zip(found.values, found.bounds, strict=True) if bound
    ]
    return max((100 * abs(bound - value) / abs(bound) for value, bound in pairs), default=0.0)


def photos() -> Iterator[Figure]:
    """Previews, against Pillow in the same run."""
    found: dict[str, Any] = previews.found()
    yield Figure(
        name="previews, against Pillow",
        value=found["same"]["ratio"],
        unit="x",
        limit=previews.RATIO,
        at_least=True,
        detail=f"{found['site']['processor'] * 1000:.0f} ms against"
        f" {found['same']['processor'] * 1000:.0f} ms, one core",
    )
    yield Figure(
        name="previews: memory",
        value=found["site"]["megabytes"],
        unit="MB",
        limit=previews.MEGABYTES,
    )


def suite() -> Iterator[Figure]:
    """How long the tests took, where they have said so."""
    if not TESTS.exists():
        yield Figure(name="test suite", value=0, unit="not measured", detail="no report of tests")
        return
    found = json.loads(TESTS.read_text())
    for name, seconds in found.items():
        yield Figure(name=f"test suite, {name}", value=seconds, unit="s", limit=_ONE)
    if len(found) > 1:
        yield Figure(name="test suite, all", value=sum(found.values()), unit="s", limit=_ALL)
