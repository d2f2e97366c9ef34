"""What is done at the counter, through the services; and what the books should say of it."""

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.enums import BarKind, BarMethod
from app.models import BarAccount, BarDailyData, BarItem, BarTransaction, PCeen
from app.modules.bar.service import money, requests, reversals, sales
from app.modules.bar.service.money import Money
from app.modules.bar.service.requests import Outcome, asked
from app.modules.bar.service.reversals import Undoing
from app.modules.bar.service.sales import Order
from app.modules.payments import around

#: What a sale, or its reversal, may be.
SOLD = (BarKind.pay_item, BarKind.reversal)
_KEYS = count(1)


def new_key() -> str:
    """The key of one more tap."""
    return f"tap-{next(_KEYS):08}"


class Counter:
    """Where one buys, pays, is given money back."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app = app
        self.session = session

    def do(
        self, by: PCeen, act: Callable[..., Outcome], *about: Any, key: str | None, **options: Any
    ) -> BarTransaction:
        """Have *by* ask something, with a key: the same asks the same."""
        what = f"{act.__name__} {about} {sorted(options.items(), key=str)}"
        with self.app.test_request_context():
            question = asked(by, key or new_key(), what)
            if act is reversals.reverse:
                options["till"] = around.till()

            def run(session: Session) -> Outcome:
                return act(session, *about, request=question, **options)

            return requests.once(self.session, question, run).line

    def sell(
        self,
        by: PCeen,
        client: PCeen,
        item: BarItem | int,
        *,
        price: int | None = None,
        key: str | None = None,
    ) -> BarTransaction:
        number = item if isinstance(item, int) else item.id
        return self.do(by, sales.sell, Order(client.id, number, price), key=key)

    def top_up(self, by: PCeen, client: PCeen, cents: int) -> BarTransaction:
        wanted = Money(client_id=client.id, amount_cents=cents, method=BarMethod.cash)
        return self.do(by, money.top_up, wanted, key=None)

    def refund(self, by: PCeen, client: PCeen, cents: int) -> BarTransaction:
        wanted = Money(client_id=client.id, amount_cents=cents, method=BarMethod.cash, reason="r")
        return self.do(by, money.refund, wanted, key=None)

    def adjust(
        self, by: PCeen, client: PCeen, cents: int, *, reason: str | None = "r"
    ) -> BarTransaction:
        wanted = Money(client_id=client.id, amount_cents=cents, reason=reason)
        return self.do(by, money.adjust, wanted, key=None)

    def take_deposit(self, by: PCeen, client: PCeen) -> BarTransaction:
        wanted = Money(client_id=client.id, method=BarMethod.cash)
        return self.do(by, money.take_deposit, wanted, key=None)

    def give_deposit_back(self, by: PCeen, client: PCeen) -> BarTransaction:
        wanted = Money(client_id=client.id, method=BarMethod.cash)
        return self.do(by, money.give_deposit_back, wanted, key=None)

    def reverse(
        self,
        by: PCeen,
        line: BarTransaction | int,
        *,
        reason: str | None = None,
        manager: bool = False,
        key: str | None = None,
    ) -> BarTransaction:
        number = line if isinstance(line, int) else line.id
        undoing = Undoing(number=number, reason=reason, by_manager=manager)
        return self.do(by, reversals.reverse, undoing, key=key)

    def refusal(self, act: Callable[..., object], *about: Any, **options: Any) -> DomainError:
        """What is answered to what is refused; it writes nothing."""
        before = lines(self.session)
        try:
            act(*about, **options)
        except DomainError as refused:
            assert lines(self.session) == before
            return refused
        raise AssertionError("it was done")

    # What there is

    def balance(self, client: PCeen) -> int:
        self.session.expire_all()
        return self.session.get_one(BarAccount, client.id).balance_cents

    def account(self, client: PCeen) -> BarAccount:
        self.session.expire_all()
        return self.session.get_one(BarAccount, client.id)

    def stock(self, item: BarItem) -> int | None:
        self.session.expire_all()
        return self.session.get_one(BarItem, item.id).quantity

    def days(self, client: PCeen) -> dict[str, tuple[int, int, int, Decimal]]:
        """The days of an account: the change of its balance, what was spent, items, grams."""
        self.session.expire_all()
        stmt = sa.select(BarDailyData).where(BarDailyData.pceen_id == client.id)
        return {one.bar_day.isoformat(): figures(one) for one in self.session.scalars(stmt)}


def figures(day: BarDailyData) -> tuple[int, int, int, Decimal]:
    """What a day counts."""
    return (
        day.balance_change_cents,
        day.total_spent_cents,
        day.items_bought_count,
        day.alcohol_bought,
    )


def lines(session: Session) -> int:
    """How long the ledger is."""
    return session.execute(sa.select(sa.func.count()).select_from(BarTransaction)).scalar_one()


def wrong(
    session: Session, *, opening: dict[int, int] | None = None, is_chained: bool = True
) -> list[str]:
    """What does not follow from the ledger, told anew: not with the code that is tried.

    *opening*: what accounts held before its first line. *is_chained*: whether each line says what
    the one before left, as all do but those of merged accounts.
    """
    session.expire_all()
    balances, days = dict(opening or {}), dict[tuple[int, str], list[Any]]()
    for line in session.scalars(sa.select(BarTransaction).order_by(BarTransaction.id)):
        if line.client_id is None:
            continue
        balances[line.client_id] = balances.get(line.client_id, 0) + line.balance_change_cents
        day = days.setdefault((line.client_id, line.bar_day.isoformat()), [0, 0, 0, Decimal(0)])
        day[0] += line.balance_change_cents
        if line.item_id is not None and line.type in SOLD:
            sign = 1 if line.type is BarKind.pay_item else -1
            day[1] += sign * (line.price_cents or 0)
            day[2] += sign
            day[3] += sign * (line.alcohol_mass or 0)
        if is_chained and line.balance_after_cents != balances[line.client_id]:
            days[line.client_id, f"the balance after {line.id}"] = [1, 0, 0, Decimal(0)]
    accounts = session.execute(sa.select(BarAccount.pceen_id, BarAccount.balance_cents))
    found = [
        f"{key} has {held}, and should have {balances.get(key, 0)}"
        for key, held in accounts
        if held != balances.get(key, 0)
    ]
    told = {key: tuple(day) for key, day in days.items() if any(day)}
    kept = {
        (one.pceen_id, one.bar_day.isoformat()): figures(one)
        for one in session.scalars(sa.select(BarDailyData))
        if any(figures(one))
    }
    differ = [key for key in {**told, **kept} if told.get(key) != kept.get(key)]
    return found + [f"{key}: {kept.get(key)} is {told.get(key)}" for key in differ]
