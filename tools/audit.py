"""Known vulnerabilities of what is installed: ``make audit``.

    python -m tools.audit

Run by the environment that has pip-audit; asks the databases of PyPI and of npm about exactly what
is pinned. Exits with 1 if a vulnerability is known, with 3 if a database was not reached: nothing
is known then, and that is no success.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SKIPPED = "SKIPPED: no vulnerability database reachable; this is not a success"
#: How long a database is waited for, in seconds.
PATIENCE = 300
FILES = ("requirements.txt", "requirements-dev.txt", "requirements-audit.txt")


class Outcome(IntEnum):
    """What is known; the exit status."""

    clean = 0
    vulnerable = 1
    skipped = 3


class Said(NamedTuple):
    """What a database says."""

    outcome: Outcome
    lines: tuple[str, ...] = ()


Run = Callable[[Sequence[str]], tuple[int, str, str]]


def main(run: Run | None = None) -> int:
    """Ask both, print what they say; the worst is the exit status."""
    asked = run or _run
    answers = {
        **{name: of_python(name, asked) for name in FILES},
        "package-lock.json": of_npm(asked),
    }
    for name, said in answers.items():
        word = SKIPPED if said.outcome is Outcome.skipped else said.outcome.name
        print("\n  ".join((f"{name}: {word}", *said.lines)))  # noqa: T201  # a command
    outcomes = [said.outcome for said in answers.values()]
    return Outcome.vulnerable if Outcome.vulnerable in outcomes else max(outcomes)


def of_python(name: str, run: Run) -> Said:
    """What is known of the packages of a file of requirements."""
    tool = str(Path(sys.executable).with_name("pip-audit"))
    options = ("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off")
    status, out, _ = run([tool, *options, "--requirement", str(ROOT / name)])
    try:
        packages = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Said(Outcome.skipped)
    lines = tuple(
        f"{package['name']} {package['version']}: {fault['id']}"
        for package in packages
        for fault in package.get("vulns", ())
    )
    if lines:
        return Said(Outcome.vulnerable, lines)
    unknown = [package["name"] for package in packages if "vulns" not in package]
    if status or unknown or not packages:  # the tool calls that a success
        return Said(Outcome.skipped, (f"{len(unknown)} packages were looked up nowhere",))
    return Said(Outcome.clean)


def of_npm(run: Run) -> Said:
    """What is known of npm's packages."""
    npm = shutil.which("npm") or "npm"
    _, out, _ = run([npm, "audit", "--json", "--package-lock-only"])
    try:
        report = json.loads(out)
        counts, faults = report["metadata"]["vulnerabilities"], report["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        return Said(Outcome.skipped)
    lines = tuple(f"{name}: {fault['severity']}" for name, fault in faults.items())
    return Said(Outcome.vulnerable if lines or counts["total"] else Outcome.clean, lines)


def _run(command: Sequence[str]) -> tuple[int, str, str]:
    """The status of a command, and what it said; 127 if it is absent, or too slow."""
    try:
        done = subprocess.run(  # noqa: S603  # the two commands above
            command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 127, "", ""
    return done.returncode, done.stdout, done.stderr


if __name__ == "__main__":
    sys.exit(main())
