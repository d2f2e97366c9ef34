"""The whole bench, or a part of it: ``python -m tools.bench [--only NAME] [--quick]``.

What is found is written in ``bench/results/``: ``bench.md`` and ``bench.json``. It is compared with
``bench/accepted.json``, that ``--accept`` makes of the last run. No figure fails anything.
"""

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from app.settings import ROOT
from tests.browser.site import SiteError
from tests.servers import Cluster
from tools.bench import apart, commands, figures, pages, place
from tools.bench.figures import Figure
from tools.bench.mix import Crowd
from tools.bench.pages import Effort
from tools.bench.place import Ordinary, School
from tools.bench.reasons import REASONS
from tools.bench.sales import Bar

BENCH = ROOT / "bench"
RESULTS, ACCEPTED = BENCH / "results", BENCH / "accepted.json"
#: How much larger the large school is.
LARGE = 10
QUICK = Effort(rounds=10, seconds=1.5)


class Run:
    """A run of the bench: what it makes on the way, once, and what it found."""

    def __init__(self, cluster: Cluster, folder: Path, stack: ExitStack, *, is_quick: bool) -> None:
        self._cluster, self._folder, self._stack = cluster, folder, stack
        self.is_quick = is_quick
        self.effort = QUICK if is_quick else Effort()
        self._schools: dict[float, School] = {}
        self.facts = place.machine(cluster)

    def school(self, scale: float = 1) -> School:
        """The school at a scale; made the first time."""
        if scale not in self._schools:
            _say(f"a reference school at scale {scale:g}…")
            made = self._stack.enter_context(place.school(self._folder, self._cluster, scale=scale))
            self.facts[f"school at scale {scale:g}"] = f"made in {made.loaded:.0f} s"
            self._schools[scale] = made
        return self._schools[scale]

    def large(self) -> School | None:
        """The large school; none when in a hurry."""
        return None if self.is_quick else self.school(LARGE)


def _pages(run: Run) -> Iterator[Figure]:
    school = run.school()
    wanted = pages.pages_of(school)
    with click.progressbar(length=len(wanted) + 1, label="Pages", file=sys.stderr) as bar:
        origin, bare = school.serve(), school.serve_bare()
        yield from pages.measured(origin, bare, wanted, run.effort, lambda _name: bar.update(1))


def _counts(run: Run) -> Iterator[Figure]:
    school, large = run.school(), run.large()
    beside = pages.pages_of(large) if large else []
    yield from pages.counts(school, pages.pages_of(school), large, beside)


def _sales(run: Run) -> Iterator[Figure]:
    school = run.school()
    yield from Bar(school.serve(), school.engine, run.effort).measured()


def _crowd(run: Run) -> Iterator[Figure]:
    school = run.school()
    yield from Crowd(school.serve(), school.engine, run.effort).measured()


def _memory(run: Run) -> Iterator[Figure]:
    school = run.school()
    yield from commands.memory(school, school.serve())


def _audits(run: Run) -> Iterator[Figure]:
    school = run.school()
    for command in (("bar", "audit"), ("payments", "audit"), ("audit", "verify")):
        try:
            school.flask(*command)
        except SiteError as error:
            yield Figure(
                name=f"flask {' '.join(command)}",
                value=1,
                unit="faults",
                limit=0,
                detail=str(error),
            )
        else:
            yield Figure(name=f"flask {' '.join(command)}", value=0, unit="faults", limit=0)


def _start(run: Run) -> Iterator[Figure]:
    yield from commands.start(run.school())


def _dhcp(run: Run) -> Iterator[Figure]:
    yield from commands.dhcp(run.school(), 800)
    if large := run.large():
        yield from commands.dhcp(large, 800 * LARGE)


def _day(run: Run) -> Iterator[Figure]:
    yield from commands.a_day(run.school(), 400)
    if large := run.large():
        yield from commands.a_day(large, 400 * LARGE)


def _club_q(run: Run) -> Iterator[Figure]:
    yield from apart.club_q(is_quick=run.is_quick)


def _photos(_run: Run) -> Iterator[Figure]:
    yield from apart.photos()


def _suite(_run: Run) -> Iterator[Figure]:
    yield from apart.suite()


#: The parts, in the order in which they are run: pages before what changes the school.
PARTS: dict[str, Callable[[Run], Iterator[Figure]]] = {
    "counts": _counts,
    "pages": _pages,
    "sales": _sales,
    "crowd": _crowd,
    "memory": _memory,
    "audits": _audits,
    "start": _start,
    "dhcp": _dhcp,
    "day": _day,
    "club_q": _club_q,
    "photos": _photos,
    "suite": _suite,
}


def main() -> None:
    """Measure, compare, write."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="a part of it")
    parser.add_argument("--quick", action="store_true", help="shorter, without the large school")
    parser.add_argument(
        "--accept", action="store_true", help="the last run is what counts from now on"
    )
    asked = parser.parse_args()
    if asked.accept:
        accept()
        return
    with (
        Ordinary().running() as cluster,
        tempfile.TemporaryDirectory(prefix="pcem-bench-", dir="/var/tmp") as home,
        ExitStack() as stack,
    ):
        run = Run(cluster, Path(home), stack, is_quick=asked.quick)
        found: list[Figure] = []
        for name in asked.only or PARTS:
            found += part(name, run)
    write(found, run.facts | ({"quick": "yes"} if asked.quick else {}))


def part(name: str, run: Run) -> list[Figure]:
    """A part of the bench; one that fails says so, and the others are measured all the same."""
    begun = time.perf_counter()
    some: list[Figure] = []
    try:
        some += PARTS[name](run)
    except Exception as error:  # noqa: BLE001  # told in the table, whatever it is
        traceback.print_exc()
        told = " ".join(str(error).split())[:200]
        some.append(Figure(name=f"{name}: failed", value=1, unit="", limit=0, detail=told))
    _say(f"{name}: {len(some)} figures in {time.perf_counter() - begun:.0f} s")
    return some


def write(found: list[Figure], facts: dict[str, object]) -> None:
    """Tell what was found, and keep it."""
    accepted = json.loads(ACCEPTED.read_text()) if ACCEPTED.exists() else {}
    told = figures.explained(figures.compared(found, accepted), REASONS)
    text = figures.table(told, facts)
    RESULTS.mkdir(parents=True, exist_ok=True)
    content = json.dumps(figures.as_json(told, facts), indent=2, ensure_ascii=False)
    (RESULTS / "bench.json").write_text(content + "\n")
    (RESULTS / "bench.md").write_text(text)
    _say(text)


def accept() -> None:
    """Keep the figures of the last run as those that the next ones are compared with."""
    found = figures.from_json(json.loads((RESULTS / "bench.json").read_text()))
    kept = figures.to_accept(found)
    if ACCEPTED.exists():  # what a run of a part did not measure stays
        kept = json.loads(ACCEPTED.read_text()) | kept
    BENCH.mkdir(exist_ok=True)
    ACCEPTED.write_text(json.dumps(kept, indent=2, ensure_ascii=False, sort_keys=True) + "\n")
    _say(f"{len(kept)} figures in {ACCEPTED.relative_to(ROOT)}")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # a command


if __name__ == "__main__":
    main()
