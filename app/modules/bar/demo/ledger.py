"""Writing the ledger of the demonstration: by thousands, each line with what follows from it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.clock import PARIS
from app.core.money import Cents
from app.enums import BarKind, BarMethod, PaymentMethod, PaymentStatus, PaymentType
from app.models import BarClosing, BarDailyData, BarTransaction, Base, Payment
from app.modules.bar.demo.menu import Product
from app.modules.bar.demo.people import Client
from app.modules.payments.service import books

#: How many lines are written at once; how many are one step of the bar of progress.
_CHUNK, STEP = 4000, 100
#: How long who serves may undo a line.
_REVERT = timedelta(hours=24)
#: What a line says when it says nothing else.
_BLANK: dict[str, Any] = {
    **dict.fromkeys(("client_id", "barman_id", "item_id", "item_name", "price_cents")),
    **dict.fromkeys(("alcohol_mass", "balance_after_cents", "alcohol_after", "stock_after")),
    **dict.fromkeys(("method", "reason", "payment_id", "reverses_id")),
    **dict.fromkeys(("idempotency_key", "request_hash")),
    **dict.fromkeys(("stock_change", "balance_change_cents", "deposit_change_cents"), 0),
}
#: What is left in the box after an evening.
_FLOAT = 10_000


@cache
def _grams(tenths: int) -> Decimal:
    return Decimal(tenths).scaleb(-1)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, in a day of the bar, at an hour of the clock in Paris."""

    at: datetime
    day: date
    hour: int

    @classmethod
    def of(cls, at: datetime, day: date) -> "Moment":
        return cls(at, day, at.astimezone(PARIS).hour)


@dataclass(slots=True)
class _Day:
    """What someone did in a day."""

    change: Cents = 0
    spent: Cents = 0
    items: int = 0
    tenths: int = 0


@dataclass
class Ledger:
    """The lines that are being written, and what they add up to."""

    session: Session
    tick: Callable[[], object]
    #: How many lines there are.
    written: int = 0
    cash: Cents = 0
    _lines: list[dict[str, Any]] = field(default_factory=list)
    _payments: list[Payment] = field(default_factory=list)
    _days: dict[tuple[int, date], _Day] = field(default_factory=dict)
    _closings: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._first = _next(self.session, BarTransaction)
        self._first_payment = self._next_payment = _next(self.session, Payment)

    # Lines

    def write(
        self, moment: Moment, kind: BarKind, client: Client | None, **columns: Any
    ) -> dict[str, Any]:
        """Add a line, and change the account that it is about."""
        line = {
            **_BLANK,
            "id": self._first + self.written,
            "type": kind,
            "at": moment.at,
            "bar_day": moment.day,
            "bar_hour": moment.hour,
            "revert_until": moment.at + _REVERT,
            **columns,
        }
        change, deposit = line["balance_change_cents"], line["deposit_change_cents"]
        if client is not None:
            client.balance += change
            line["client_id"] = client.id
            line["balance_after_cents"] = client.balance
            line["alcohol_after"] = _grams(client.drank(moment.day))
        if change and client is not None:
            self._day(client, line["bar_day"]).change += change
        if line["method"] is BarMethod.cash:
            self.cash += change + deposit
        self._add(line)
        return line

    def sell(
        self, moment: Moment, client: Client, product: Product, price: Cents, barman: int
    ) -> dict[str, Any]:
        """Sell something that may be sold."""
        client.drank(moment.day)
        client.tenths += product.tenths
        self._count(client, moment.day, price, product.tenths, sign=1)
        return self.write(
            moment,
            BarKind.pay_item,
            client,
            barman_id=barman,
            balance_change_cents=-price,
            **_sold(product, price, -1),
        )

    def undo(
        self, moment: Moment, client: Client, product: Product, line: dict[str, Any], **why: Any
    ) -> None:
        """Undo a sale: it counts for the day, and the hour, of the sale."""
        day, price = line["bar_day"], line["price_cents"]
        client.drank(moment.day)
        if day == moment.day:
            client.tenths -= product.tenths
        self._count(client, day, price, product.tenths, sign=-1)
        self.write(
            moment,
            BarKind.reversal,
            client,
            balance_change_cents=price,
            reverses_id=line["id"],
            bar_day=day,
            bar_hour=line["bar_hour"],
            **_sold(product, price, 1),
            **why,
        )

    def stock(
        self, moment: Moment, product: Product, change: int, by: int | None, why: str
    ) -> None:
        """Write what came, or what was missing, of something that is counted."""
        product.quantity = (product.quantity or 0) + change
        line = self.write(
            moment,
            BarKind.stock,
            None,
            barman_id=by,
            item_id=product.id,
            item_name=product.name,
            stock_change=change,
            stock_after=product.quantity,
            revert_until=None,
            reason=why,
        )
        if product.counted_from is None:
            product.counted_from = line["id"]

    def pay_online(self, moment: Moment, client: Client, cents: Cents, method: BarMethod) -> None:
        """Write money that came from the site, with its payment and its line in the books."""
        payment = self._payment(moment, client, cents, method, PaymentStatus.accepted)
        self.write(
            moment,
            BarKind.top_up,
            client,
            balance_change_cents=cents,
            method=method,
            payment_id=payment.id,
        )

    def give_up(self, moment: Moment, client: Client, cents: Cents) -> None:
        """Write a payment that someone began, and left there."""
        self._payment(moment, client, cents, BarMethod.card, PaymentStatus.cancelled)

    def close(self, moment: Moment, by: int | None, *, missing: Cents, why: str) -> None:
        """Count the box, which may not quite hold what it should."""
        before = self._closings[-1] if self._closings else None
        opening = before["counted_cents"] - before["taken_cents"] if before else 0
        moved = self.cash - (before["ledger_cents"] if before else 0)
        expected = opening + moved
        counted = max(0, expected - missing)
        self._closings.append(
            {
                "rank": len(self._closings) + 1,
                "at": moment.at,
                "bar_day": moment.day,
                "by_id": by,
                "opening_cents": opening,
                "ledger_cents": self.cash,
                "expected_cents": expected,
                "counted_cents": counted,
                "taken_cents": max(0, counted - _FLOAT) // 1000 * 1000,
                "note": None if counted == expected else why,
            }
        )

    # What follows

    def _add(self, line: dict[str, Any]) -> None:
        self._lines.append(line)
        self.written += 1
        if self.written % STEP == 0:
            self.tick()

    def _day(self, client: Client, day: date) -> _Day:
        return self._days.setdefault((client.id, day), _Day())

    def _count(self, client: Client, day: date, price: Cents, tenths: int, *, sign: int) -> None:
        found = self._day(client, day)
        found.spent += sign * price
        found.items += sign
        found.tenths += sign * tenths

    def _payment(
        self,
        moment: Moment,
        client: Client,
        cents: Cents,
        method: BarMethod,
        status: PaymentStatus,
    ) -> Payment:
        created = moment.at - timedelta(minutes=2)
        payment = Payment(
            id=self._next_payment,
            pceen_id=client.id,
            type=PaymentType.bar,
            amount_cents=cents,
            method=PaymentMethod(method),
            status=status,
            created_at=created,
            payed_at=moment.at if status is PaymentStatus.accepted else None,
            order_ref=f"PEM-{self._next_payment}-{int(created.timestamp())}",
        )
        self._next_payment += 1
        self._payments.append(payment)
        return payment

    # To the database

    def flush_if_long(self) -> None:
        """Write what there is, if it is much: no line of it is changed any more."""
        if len(self._lines) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write the lines, after the payments that they name."""
        if self._payments:
            self.session.add_all(self._payments)
            self.session.flush()
            for payment in self._payments:
                if payment.payed_at is not None:
                    books.record(self.session, payment)
            self.session.flush()
            self._payments = []
        if self._lines:
            self.session.execute(sa.insert(_table(BarTransaction)), self._lines)
            self._lines = []

    def end(self) -> None:
        """Write all that is left: lines, days, and the box."""
        self.flush()
        days = [
            {
                "pceen_id": key,
                "bar_day": day,
                "balance_change_cents": one.change,
                "total_spent_cents": one.spent,
                "items_bought_count": one.items,
                "alcohol_bought": _grams(one.tenths),
            }
            for (key, day), one in self._days.items()
        ]
        for model, rows in ((BarDailyData, days), (BarClosing, self._closings)):
            if rows:
                self.session.execute(sa.insert(_table(model)), rows)
        for held, last in (
            (BarTransaction, self._first + self.written - 1),
            (Payment, self._next_payment - 1),
        ):
            _go_on_after(self.session, held, last)


def _sold(product: Product, price: Cents, change: int) -> dict[str, Any]:
    """What a line says of an item, of which *change* come if it is counted."""
    if product.quantity is not None:
        product.quantity += change
    return {
        "item_id": product.id,
        "item_name": product.name,
        "price_cents": price,
        "alcohol_mass": product.mass,
        "stock_change": change if product.quantity is not None else 0,
        "stock_after": product.quantity,
    }


def _table(model: type[Base]) -> sa.Table:
    """The table of a model: rows go there by thousands, without an object each."""
    return cast(sa.Table, model.__table__)


def _next(session: Session, model: type[Any]) -> int:
    """The number of the next row."""
    return (session.scalars(sa.select(sa.func.max(model.id))).one() or 0) + 1


def _go_on_after(session: Session, model: type[Any], last: int) -> None:
    """Have PostgreSQL, which does not look at what is there, number rows from the next on."""
    if session.get_bind().dialect.name == "postgresql" and last > 0:
        name = sa.func.pg_get_serial_sequence(model.__tablename__, "id")
        session.execute(sa.select(sa.func.setval(name, last)))
