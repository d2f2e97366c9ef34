"""What is no page: the DHCP rules, the subscriptions of a day, the start and memory of workers."""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator

from app.settings import ROOT
from tools.bench.figures import Figure, plain, quantile
from tools.bench.place import School, once_answered
from tools.loopback import Browser

#: Bounds at scale 1 and at scale 10: seconds of processor, seconds.
DHCP, DAY = {1: 0.3, 10: 2.0}, {1: 5.0, 10: 50.0}
START, MEMORY = 2.0, 160
_TRIES = 5


def dhcp(school: School, devices: int) -> Iterator[Figure]:
    """``flask dhcp generate``, beyond what any command costs."""
    name = f"DHCP, {plain(devices)} devices"
    # --version alone does not read the site: any other command does, and that is not of the rules
    alone = min(_processor(school, "dhcp", "--help")[0] for _ in range(_TRIES))
    bare = min(_processor(school, "--version")[0] for _ in range(_TRIES))
    spent = []
    for _ in range(_TRIES):
        school.rules.unlink(missing_ok=True)
        spent.append(_processor(school, "dhcp", "generate")[0] - alone)
    many = len(school.rules.read_text().splitlines())
    bound = DHCP.get(round(school.scale))
    yield Figure(
        name=f"{name}: processor beyond any command",
        value=max(0, min(spent)),
        unit="s",
        limit=bound,
        detail=f"median {quantile(spent, 0.5):.2f} s; {many} lines; any command {alone:.2f} s,"
        f" flask --version {bare:.2f} s",
    )
    found = json.loads(school.python("tools.bench.spent", "dhcp", "generate"))
    yield Figure(name=f"{name}: statements", value=found["statements"], unit="statements", limit=10)


def a_day(school: School, residents: int) -> Iterator[Figure]:
    """``flask jobs run subscriptions.update``."""
    name = f"subscriptions of a day, {plain(residents)} residents"
    found = json.loads(school.python("tools.bench.spent", "jobs", "run", "subscriptions.update"))
    yield Figure(
        name=name,
        value=found["seconds"],
        unit="s",
        limit=DAY.get(round(school.scale)),
        detail=f"{found['statements']} statements",
    )
    yield Figure(name=f"{name}: memory", value=found["megabytes"], unit="MB")


def start(school: School) -> Iterator[Figure]:
    """From the start of a worker to its first answer."""
    times = []
    for _ in range(_TRIES - 2):
        origin, process = school.start_one()
        times.append(once_answered(origin, "/legal"))
        process.terminate()
        process.wait()
    yield Figure(
        name="start of a worker to its first answer",
        value=min(times),
        unit="s",
        limit=START,
        detail=f"median {quantile(times, 0.5):.2f} s",
    )


def memory(school: School, origin: str) -> Iterator[Figure]:
    """What a worker of the web holds after all that."""
    Browser(origin).get("/legal")
    found = [one for one in school.workers_memory() if one]
    yield Figure(
        name="memory of a web worker after the bench",
        value=max(found),
        unit="MB",
        limit=MEMORY,
        detail=", ".join(f"{one:.0f} MB" for one in sorted(found)),
    )


def _processor(school: School, *command: str) -> tuple[float, int]:
    """The processor time of a command of the site, in seconds, and its exit status."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603  # a command of the site
        [sys.executable, "-m", "flask", "--app", "pc-est-magique.py", *command],
        cwd=ROOT,
        env=school.environment,
        capture_output=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, done.returncode
