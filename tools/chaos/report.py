"""What a run did, and what it found: a table and JSON."""

import json
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.chaos.checker import LEASE, Finding, counted
from tools.chaos.evidence import Evidence
from tools.chaos.run import Happened, Run

#: What makes a run fail.
BAD = ("lost", "doubled", "wrong")
#: How many findings are shown.
SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that is told of a run."""

    seed: int
    seconds: float
    run: Run
    evidence: Evidence
    findings: list[Finding]

    @property
    def is_well(self) -> bool:
        """Whether nothing was lost, doubled or wrong."""
        found = counted(self.findings)
        return not any(found[name] for name in BAD)

    def cause(self, finding: Finding) -> str:
        """The fault during which, or after which, it was asked; nothing where nobody knows."""
        if finding.at is None:
            return ""
        before = [one for one in self.run.happened if one.begun <= finding.at + LEASE]
        during = [one for one in before if finding.at <= one.healed + LEASE]
        return (during or before)[-1].name if before else ""


def lines(told: Told) -> list[dict[str, Any]]:
    """A line for each fault that happened."""
    grouped: dict[str, list[Happened]] = defaultdict(list)
    for one in told.run.happened:
        grouped[one.name].append(one)
    blamed: dict[str, list[Finding]] = defaultdict(list)
    for finding in told.findings:
        blamed[told.cause(finding)].append(finding)
    return [_line(name, some, blamed[name]) for name, some in sorted(grouped.items())]


def _line(name: str, some: list[Happened], blamed: list[Finding]) -> dict[str, Any]:
    times = [one.recovery for one in some if one.recovery is not None]
    found = counted(blamed)
    return {
        "fault": name,
        "count": len(some),
        "p50": round(statistics.median(times), 2) if times else None,
        "max": round(max(times), 2) if times else None,
        **{verdict: found[verdict] for verdict in (*BAD, "repeated")},
    }


def markdown(told: Told) -> str:
    """The whole, to be read."""
    found = counted(told.findings)
    acts = _acts(told)
    summary = (
        f"{len(told.run.happened)} faults in {told.seconds / 60:.0f} min, "
        f"{sum(row['asked'] for row in acts)} acts, {len(told.evidence.mails)} mails: "
        f"**{found['lost']} lost, {found['doubled']} doubled, {found['wrong']} wrong**; "
        f"{found['repeated']} told twice as allowed."
    )
    said = [
        f"# Chaos, seed {told.seed}",
        "",
        summary,
        "",
        *_table(
            ("fault", "times", "back after (p50, s)", "(max, s)", "lost", "doubled", "wrong"),
            [
                [row[n] for n in ("fault", "count", "p50", "max", "lost", "doubled", "wrong")]
                for row in lines(told)
            ],
        ),
        "",
        *_table(
            ("act", "asked", "told", "refused", "unknown", "sent"),
            [[row[n] for n in row] for row in acts],
        ),
        "",
        "Answers: "
        + ", ".join(f"{n} x {s}" for s, n in sorted(told.run.world.watch.statuses.items()))
        + f"; {told.run.world.watch.unanswered} questions without an answer.",
    ]
    if told.run.impossible:
        said += ["", "Not done here, and not counted:", ""]
        said += [f"- {what} ({n} times)" for what, n in sorted(told.run.impossible.items())]
    if told.run.load.troubles:
        said += ["", "Troubles of the harness itself:", ""]
        said += [f"    {line}" for one in told.run.load.troubles[:5] for line in one.splitlines()]
    bad = [one for one in told.findings if one.verdict in BAD]
    if bad:
        said += ["", "Found:", ""]
        said += [
            f"- **{one.verdict}** {one.what} `{one.mark}`: {one.evidence}"
            + (f" (near {told.cause(one)})" if told.cause(one) else "")
            for one in bad[:SHOWN]
        ]
    return "\n".join([*said, ""])


def _acts(told: Told) -> list[dict[str, Any]]:
    grouped: dict[str, list[Any]] = defaultdict(list)
    for act in told.evidence.acts:
        grouped[act.kind].append(act)
    return [
        {
            "act": kind,
            "asked": len(some),
            **{
                name: sum(a.outcome == name for a in some)
                for name in ("told", "refused", "unknown")
            },
            "sent": sum(a.attempts for a in some),
        }
        for kind, some in sorted(grouped.items())
    ]


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> list[str]:
    names = list(head)
    said = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    said += [f"| {' | '.join('' if cell is None else str(cell) for cell in row)} |" for row in rows]
    return said


def write(folder: Path, told: Told) -> list[Path]:
    """Write both files; return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"chaos-{datetime.now(UTC):%Y%m%d-%H%M%S}"  # noqa: TID251  # not the site's
    table, data = folder / f"{name}.md", folder / f"{name}.json"
    table.write_text(markdown(told))
    data.write_text(
        json.dumps(
            {
                "seed": told.seed,
                "seconds": round(told.seconds),
                "counted": counted(told.findings),
                "faults": lines(told),
                "happened": [asdict(one) for one in told.run.happened],
                "acts": _acts(told),
                "impossible": dict(told.run.impossible),
                "statuses": told.run.world.watch.statuses,
                "findings": [asdict(one) | {"near": told.cause(one)} for one in told.findings],
            },
            indent=1,
            default=str,
            ensure_ascii=False,
        )
    )
    return [table, data]
