"""How fast the bar is, against an empty page of the same site: ``make bench``.

    python -m tools.bench_bar [--size reference|small] [--seconds 10]

A cluster of PostgreSQL with its default settings, the demonstration, gunicorn with two workers, and
a client of the same machine. What is written is in ``bench/results/``. No figure fails anything.
"""

import argparse
import json
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import BarKind
from app.models import BarAccount, BarItem, BarTransaction, PCeen, Role
from app.modules.account.demo import PASSWORD
from app.settings import ROOT
from tests import database_urls
from tests.browser.site import FURNISHING, Site, SiteError
from tests.servers import PostgreSQL
from tools.loopback import Answer, Browser, Times

RESULTS = ROOT / "bench" / "results"
WARM_UP, ROUNDS = 5, 30
#: A page of the whole site, with a sentence and no query of its own.
FLOOR = "/legal"
#: How many people serve at once.
BARMEN = 8
#: Who looks, of the demonstration: somebody who buys, who serves, who runs the bar.
CLIENT, BARMAN, MANAGER = "plangevi", "gcharpak", "adebiern"
#: How many lines the first page of the ledger has, and which page is far.
PAGE, FAR = 10, 5000
#: What is sold: it has no alcohol, and nobody counts it.
SOLD = "Sirop à l'eau"
#: Sales a second on one account, at least; and what a year of statistics may take, in seconds.
HOT, YEAR = 50, 0.3
CREATED = 201
#: What an account has before people sell to it, in cents.
ENOUGH = 400_000


class Ordinary(PostgreSQL):
    """A cluster as it is without a word about it, on a disk."""

    homes = ("/var/tmp", "/tmp")  # noqa: S108  # a folder of its own is made there

    def daemon_options(self, home: Path) -> list[str]:
        data, socket = str(home / "data"), str(home)
        return ["-D", data, "--listen_addresses=", f"--unix_socket_directories={socket}"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Something that was measured, and what was wanted of it."""

    what: str
    times: Times
    #: The floor, asked for in between: what slows the machine down slows both.
    floor: Times
    #: So many times the floor, at most.
    most: float | None = None
    #: What else was wanted, with whether it is so.
    wanted: tuple[tuple[str, bool], ...] = ()
    #: How large the answer is, in bytes.
    size: int = 0
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.times.p50 / self.floor.p50

    def verdicts(self) -> list[tuple[str, bool]]:
        """Each target, and whether it is met."""
        said = list(self.wanted)
        if self.most is not None:
            said.insert(0, (f"≤ {self.most:g} x floor", self.ratio <= self.most))
        return said


@dataclass
class Selling:
    """Several people who sell at once, and all that they were answered."""

    answers: list[Answer] = field(default_factory=list)
    elapsed: float = 0

    @property
    def done(self) -> int:
        return sum(answer.status == CREATED for answer in self.answers)

    @property
    def statuses(self) -> str:
        counted = Counter(answer.status for answer in self.answers)
        return ", ".join(f"{number} x {status}" for status, number in sorted(counted.items()))


class Bench:
    """A site with its demonstration, and those who look at it."""

    def __init__(self, origin: str, engine: sa.Engine, seconds: float) -> None:
        self.origin, self.engine, self.seconds = origin, engine, seconds
        self.people = {name: self._enter(name) for name in (CLIENT, BARMAN, MANAGER)}
        self.nobody = Browser(origin)
        self._keys = 0

    def _enter(self, username: str, *, rank: int = 1) -> Browser:
        browser = Browser(self.origin, address=f"192.0.2.{rank}")
        browser.log_in(username, PASSWORD)
        return browser

    # Pages

    def page(self, what: str, path: str, who: str = BARMAN, **wanted: Any) -> Measure | None:
        """Ask for a page, over and over, one after the other; nothing if there is none."""
        browser = self.people[who] if who else self.nobody
        answers, floor = self._in_turn(lambda: browser.get(path))
        statuses = {answer.status for answer in answers}
        if statuses != {200}:
            _say(f"{what}: {path} answers {sorted(statuses)}: left out")
            return None
        times, size = Times.of([answer.seconds for answer in answers]), len(answers[0].body)
        return Measure(what=what, times=times, floor=floor, size=size, **wanted)

    def _in_turn(self, ask: Callable[[], Answer]) -> tuple[list[Answer], Times]:
        """Ask something over and over, and the floor each time."""
        for _ in range(WARM_UP):
            ask()
        answers, floor = [], []
        for _ in range(ROUNDS):
            floor.append(self.nobody.get(FLOOR).seconds)
            answers.append(ask())
        return answers, Times.of(floor)

    def pages(self) -> list[Measure]:
        """The pages that have a target; what is far is compared with what is near."""
        with Session(self.engine) as session:
            newest = session.scalars(sa.select(sa.func.max(BarTransaction.id))).one()
        number = min(FAR, newest // PAGE - 1)
        after = newest - (number - 1) * PAGE + 1
        first = self.page("transactions, page 1", "/bar/transactions", most=4)
        path = f"/bar/transactions?after={after}&page={number}"
        far = self.page(f"transactions, page {number}", path, most=4)
        if first and far:
            far = replace(far, wanted=(("≤ 1.3 x page 1", far.ratio <= 1.3 * first.ratio),))
        year = self.page("statistics of a year", "/bar/stats?view=year", MANAGER, most=12)
        if year:
            quick = year.times.p50 <= YEAR
            year = replace(year, wanted=((f"≤ {YEAR * 1000:g} ms", quick),))
        found = [
            self.page("the floor, logged in", FLOOR),
            self.page("customer page, the point of sale", f"/bar/user/{CLIENT}", most=4),
            self.page("the same, refreshed (JSON)", f"/api/bar/customer/{CLIENT}", most=4),
            self.page("search", "/bar/search?q=a", most=4),
            self.page("search as one types (JSON)", "/api/bar/search?q=a", most=4),
            first,
            far,
            self.page("items", "/bar/items", most=4),
            self.page("one's own page", "/bar/me", CLIENT, most=4),
            self.page("statistics of a day", "/bar/stats", MANAGER, most=5),
            self.page("statistics of a month", "/bar/stats?view=month", MANAGER, most=12),
            year,
        ]
        return [one for one in found if one is not None]

    # Sales

    def sale(self) -> Measure:
        """Sell to one person, over and over, one after the other."""
        buyer, item = self._buyers(1)[0], self._item()
        with self._checked(buyer) as count:
            answers, floor = self._in_turn(lambda: self.sell(self.people[BARMAN], buyer, item))
            is_kept = count(answers, WARM_UP)
        times = Times.of([answer.seconds for answer in answers])
        wanted = (("no lost sale", is_kept),)
        return Measure(
            what="one sale, to its answer", times=times, floor=floor, most=4, wanted=wanted
        )

    def rush(self, alone: Measure, *, buyers: int) -> Measure:
        """Eight people sell for a while, to as many others or to the same one."""
        chosen, item = self._buyers(buyers), self._item()
        barmen = [
            self._enter(name, rank=10 + rank) for rank, name in enumerate(self._barmen(BARMEN))
        ]
        selling = Selling()
        with self._checked(*chosen) as count:
            self._rush(selling, barmen, chosen, item)
            is_kept = count(selling.answers)
        times = Times.of([one.seconds for one in selling.answers])
        rate = selling.done / selling.elapsed
        wanted = [("no lost sale", is_kept), ("all answered 201", selling.done == times.count)]
        if buyers == 1:
            wanted.append((f"≥ {HOT} a second", rate >= HOT))
        else:
            wanted.append(("p95 ≤ 3 x p50 of one sale", times.p95 <= 3 * alone.times.p50))
        whom = "the same account" if buyers == 1 else f"{buyers} accounts"
        return Measure(
            what=f"{len(barmen)} barmen at once, {whom}",
            times=times,
            floor=alone.floor,
            wanted=tuple(wanted),
            note=f"{rate:.0f} sales a second; {selling.statuses}",
        )

    def _rush(
        self, selling: Selling, barmen: Sequence[Browser], buyers: Sequence[int], item: int
    ) -> None:
        begun = time.perf_counter()
        kept: list[list[Answer]] = [[] for _ in barmen]

        def work(rank: int) -> None:
            while time.perf_counter() - begun < self.seconds:
                buyer = buyers[rank % len(buyers)]
                kept[rank].append(self.sell(barmen[rank], buyer, item))

        threads = [threading.Thread(target=work, args=(rank,)) for rank in range(len(barmen))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        selling.elapsed = time.perf_counter() - begun
        selling.answers = [answer for answers in kept for answer in answers]

    def sell(self, barman: Browser, buyer: int, item: int) -> Answer:
        """Tap once."""
        return barman.post(f"/api/bar/pay/{buyer}/{item}", {}, Idempotency_Key=self._key())

    def _key(self) -> str:
        self._keys += 1
        return f"bench-{self._keys:08d}-{threading.get_ident()}"

    def _top_up(self, buyer: int) -> None:
        """Put money on an account, until there is enough for all the sales to come."""
        with Session(self.engine) as session:
            balance = session.get_one(BarAccount, buyer).balance_cents
        while balance < ENOUGH:
            sent = {"amount": "500", "method": "cash"}
            path, manager = f"/api/bar/top_up/{buyer}", self.people[MANAGER]
            answer = manager.post(path, sent, Idempotency_Key=self._key())
            if answer.status != CREATED:
                raise ValueError(f"no top-up: {answer.body.decode()}")
            balance = answer.json["balance_cents"]

    def _checked(self, *buyers: int) -> "Checked":
        for buyer in buyers:
            self._top_up(buyer)
        return Checked(self.engine, buyers)

    def _buyers(self, many: int) -> list[int]:
        """People who have paid a caution, and do not serve."""
        stmt = (
            sa.select(BarAccount.pceen_id)
            .join(PCeen, PCeen.id == BarAccount.pceen_id)
            .where(BarAccount.deposit_cents.is_not(None))
            .where(PCeen.roles.any(Role.slug == "eleve"), ~PCeen.roles.any(_SERVES))
            .order_by(BarAccount.pceen_id)
            .limit(many)
        )
        with Session(self.engine) as session:
            return list(session.scalars(stmt))

    def _barmen(self, many: int) -> list[str]:
        stmt = sa.select(PCeen.username).where(PCeen.roles.any(_SERVES), PCeen.activated)
        with Session(self.engine) as session:
            found = list(session.scalars(stmt.order_by(PCeen.id).limit(many)))
        return (found * many)[:many]  # a small school has few: they have several devices

    def _item(self) -> int:
        with Session(self.engine) as session:
            return session.scalars(sa.select(BarItem.id).where(BarItem.name == SOLD)).one()


_SERVES = Role.slug.in_(("barman", "bar_manager"))


class Checked:
    """What accounts and the ledger say before, and after: no sale is lost, nor made up."""

    def __init__(self, engine: sa.Engine, buyers: Sequence[int]) -> None:
        self._engine, self._buyers = engine, buyers

    def __enter__(self) -> Callable[..., bool]:
        self._before = self._now()
        return self._count

    def __exit__(self, *_: object) -> None:
        pass

    def _now(self) -> tuple[int, int, int]:
        """How many sales there are, what they took, and what is left."""
        sold = sa.select(
            sa.func.count(), sa.func.coalesce(sa.func.sum(BarTransaction.balance_change_cents), 0)
        ).where(BarTransaction.client_id.in_(self._buyers), BarTransaction.type == BarKind.pay_item)
        left = sa.select(sa.func.sum(BarAccount.balance_cents)).where(
            BarAccount.pceen_id.in_(self._buyers)
        )
        with Session(self._engine) as session:
            number, cents = session.execute(sold).one()
            return int(number), int(cents), int(session.scalars(left).one() or 0)

    def _count(self, answers: Sequence[Answer], unseen: int = 0) -> bool:
        """Whether answers, lines and money say the same, but for *unseen* sales more, alike."""
        before, after = self._before, self._now()
        done = [one.json for one in answers if one.status == CREATED]
        lines = {one["transaction"]["id"] for one in done}
        money = sum(one["transaction"]["balance_change_cents"] for one in done)
        found = (after[0] - before[0], after[1] - before[1], after[2] - before[2])
        money += unseen * money // max(1, len(done))
        return found == (len(lines) + unseen, money, money) and len(lines) == len(done)


def measured(bench: Bench) -> list[Measure]:
    """All of it, the floor first."""
    floor = bench.page("floor", FLOOR, "")
    if floor is None:
        raise ValueError("there is no floor")
    found = [floor, *bench.pages()]
    alone = bench.sale()
    return [*found, alone, bench.rush(alone, buyers=BARMEN), bench.rush(alone, buyers=1)]


def main() -> None:
    """Make a site, measure it, and write what was found."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench_bar")
    parser.add_argument("--size", choices=("reference", "small"), default="reference")
    parser.add_argument("--seconds", type=float, default=10, help="how long eight people sell")
    asked = parser.parse_args()
    with Ordinary().running() as cluster, tempfile.TemporaryDirectory() as home:
        database_urls.create(cluster.url)
        site = Site(Path(home), cluster.url.render_as_string(hide_password=False))
        engine = sa.create_engine(cluster.url)
        try:
            site.flask("db", "upgrade")
            begun = time.perf_counter()
            site.flask("demo", "load", "--size", asked.size, patience=FURNISHING)
            loaded = time.perf_counter() - begun
            _settle(engine)
            found = measured(Bench(site.serve(), engine, asked.seconds))
            audit = _audit(site)
        finally:
            engine.dispose()
            site.stop()
    head = f"PostgreSQL {cluster.version}, 2 workers, {asked.size} school in {loaded:.1f} s."
    text = table(found, head=head, audit=audit)
    RESULTS.mkdir(parents=True, exist_ok=True)
    rows = [asdict(one) | {"ratio": one.ratio, "targets": one.verdicts()} for one in found]
    (RESULTS / "bar.json").write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    (RESULTS / "bar.md").write_text(text)
    _say(text)


def _audit(site: Site) -> str:
    """What the site says of its own ledger after all that."""
    try:
        site.flask("bar", "audit")
    except SiteError as error:
        return str(error)
    return "what is kept is what the ledger says"


def _settle(engine: sa.Engine) -> None:
    """What PostgreSQL does by itself a minute later."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def table(found: Sequence[Measure], *, head: str, audit: str) -> str:
    """What was found, to be read."""
    lines = [
        "# The bar",
        "",
        f"{head} {WARM_UP} requests to warm up, {ROUNDS} in turn with `/legal`, the floor.",
        "",
        "| what | p50, ms | p95, ms | x floor | kB | wanted | met | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        verdicts = one.verdicts()
        wanted = "; ".join(text for text, _is_met in verdicts)
        met = "; ".join("yes" if is_met else "**no**" for _text, is_met in verdicts)
        size = f"{one.size / 1000:.0f}" if one.size else ""
        lines.append(
            f"| {one.what} | {one.times.p50 * 1000:.1f} | {one.times.p95 * 1000:.1f}"
            f" | {one.ratio:.2f} | {size} | {wanted} | {met} | {one.note} |"
        )
    return "\n".join([*lines, "", f"`flask bar audit`, afterwards: {audit}", ""])


def _say(text: str) -> None:
    print(text)  # noqa: T201  # a command


if __name__ == "__main__":
    main()
