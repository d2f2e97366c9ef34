"""Sales at the bar: one after the other, then eight people at once, and none is lost."""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import BarKind
from app.models import BarAccount, BarItem, BarTransaction, PCeen, Role
from app.modules.account.demo import PASSWORD
from tools.bench.figures import Figure, quantile
from tools.bench.pages import BARMAN, FLOOR, MANAGER, WARM_UP, Effort
from tools.loopback import Answer, Browser

#: How many people serve at once.
BARMEN = 8
#: What is sold: it has no alcohol, and nobody counts it.
SOLD = "Sirop à l'eau"
#: Sales a second on one account, at least.
HOT = 50
CREATED = 201
#: What an account has before people sell to it, in cents.
ENOUGH = 400_000


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


class Bar:
    """The bar of a site, and those who sell there."""

    def __init__(self, origin: str, engine: sa.Engine, effort: Effort) -> None:
        self.origin, self.engine, self.effort = origin, engine, effort
        self.people = {name: self._enter(name) for name in (BARMAN, MANAGER)}
        self.nobody = Browser(origin)
        self._run, self._keys = secrets.token_hex(4), 0

    def _enter(self, username: str, *, rank: int = 1) -> Browser:
        browser = Browser(self.origin, address=f"192.0.2.{rank}")
        browser.log_in(username, PASSWORD)
        return browser

    def measured(self) -> Iterator[Figure]:
        """One sale against the floor; eight barmen, on eight accounts and on one."""
        alone, figures = self._sale()
        yield from figures
        yield from self._together(alone, buyers=BARMEN)
        yield from self._together(alone, buyers=1)

    def _sale(self) -> tuple[float, list[Figure]]:
        buyer, item = self.buyers(1)[0], self.item()
        with self._checked(buyer) as count:
            answers, floor = self._in_turn(lambda: self.sell(self.people[BARMAN], buyer, item))
            is_kept = count(answers, WARM_UP)
        times = [answer.seconds for answer in answers]
        alone = quantile(times, 0.5)
        return alone, [
            Figure(
                name="one sale, to its answer",
                value=alone / quantile(floor, 0.5),
                unit="x floor",
                limit=4,
                detail=f"p50 {alone * 1000:.1f} ms, p95 {quantile(times, 0.95) * 1000:.1f} ms",
            ),
            _lost("one sale", is_kept=is_kept),
        ]

    def _together(self, alone: float, *, buyers: int) -> Iterator[Figure]:
        """Eight people sell for a while, to as many others or to the same one."""
        chosen, item = self.buyers(buyers), self.item()
        barmen = [self._enter(name, rank=10 + n) for n, name in enumerate(self._barmen(BARMEN))]
        selling = Selling()
        with self._checked(*chosen) as count:
            self._rush(selling, barmen, chosen, item)
            is_kept = count(selling.answers)
        times = [one.seconds for one in selling.answers]
        name = f"8 barmen, {'one account' if buyers == 1 else f'{buyers} accounts'}"
        rate = selling.done / selling.elapsed
        detail = f"{rate:.0f} sales a second; {selling.statuses}"
        is_whole = is_kept and selling.done == len(times)
        yield _lost(name, is_kept=is_whole)
        if buyers == 1:
            yield Figure(
                name=f"{name}: sales a second",
                value=rate,
                unit="/s",
                limit=HOT,
                at_least=True,
                detail=detail,
            )
            return
        yield Figure(
            name=f"{name}: p95 against one sale",
            value=quantile(times, 0.95) / alone,
            unit="x",
            limit=3,
            detail=detail,
        )

    def _in_turn(self, ask: Callable[[], Answer]) -> tuple[list[Answer], list[float]]:
        """Ask something over and over, and the floor each time."""
        for _ in range(WARM_UP):
            ask()
        answers, floor = [], []
        for _ in range(self.effort.rounds):
            floor.append(self.nobody.get(FLOOR).seconds)
            answers.append(ask())
        return answers, floor

    def _rush(
        self, selling: Selling, barmen: Sequence[Browser], buyers: Sequence[int], item: int
    ) -> None:
        begun = time.perf_counter()
        kept: list[list[Answer]] = [[] for _ in barmen]

        def work(rank: int) -> None:
            while time.perf_counter() - begun < self.effort.seconds:
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
        return f"bench-{self._run}-{self._keys:08d}-{threading.get_ident()}"

    def top_up(self, buyer: int) -> None:
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
            self.top_up(buyer)
        return Checked(self.engine, buyers)

    def buyers(self, many: int) -> list[int]:
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

    def item(self) -> int:
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


def _lost(name: str, *, is_kept: bool) -> Figure:
    """Whether answers, lines and money say the same."""
    return Figure(
        name=f"{name}: sales lost or made up", value=0 if is_kept else 1, unit="", limit=0
    )
