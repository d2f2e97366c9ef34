"""Selling, one item at a time (community 3.2)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.core import clock
from app.core.dates import day_from
from app.core.money import Cents
from app.enums import BarKind
from app.models import BarItem
from app.modules.bar.errors import (
    BarClosed,
    NoDeposit,
    NoSuchCustomer,
    NoSuchItem,
    NotEnoughMoney,
    OutOfStock,
    PriceChanged,
    SaleRefused,
    TooMuchAlcohol,
    TooYoung,
)
from app.modules.bar.queries import ledger as reading
from app.modules.bar.queries.ledger import Opened, Wanted
from app.modules.bar.rules.sales import Customer, Product, Refusal, refusals
from app.modules.bar.service import ledger
from app.modules.bar.service.ledger import Day, Movement, Sold
from app.modules.bar.service.requests import Asked, Outcome, replayed
from app.modules.bar.service.words import euros

#: The sentence of each refusal.
WHY: dict[Refusal, type[SaleRefused]] = {
    Refusal.closed: BarClosed,
    Refusal.deposit: NoDeposit,
    Refusal.stock: OutOfStock,
    Refusal.funds: NotEnoughMoney,
    Refusal.age: TooYoung,
    Refusal.alcohol: TooMuchAlcohol,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What someone buys."""

    client_id: int
    item_id: int
    #: The price that was seen; ``None`` for whatever it is.
    expected_price: Cents | None = None


def sell(session: Session, order: Order, *, request: Asked) -> Outcome:
    """Sell something to someone, in six statements.

    Raises:
        NoSuchCustomer, NoSuchItem: If there is none.
        KeyReused: If the key of the request did something else.
        PriceChanged: If it does not cost what was seen.
        SaleRefused: One of its kinds.
    """
    opened = reading.open_account(session, order.client_id, anyone=True)
    now = clock.now()
    day = day_from(now, opened.house.day_start)
    wanted = reading.open_item(
        session, order.item_id, account=opened.account, day=day, key=request.key
    )
    if wanted.written is not None:
        return replayed(reading.line(session, wanted.written), request)
    if not opened.is_customer:
        raise NoSuchCustomer
    item = wanted.item
    if item.archived:
        raise NoSuchItem
    _check(opened, wanted, day)
    if order.expected_price not in (None, item.price_cents):
        raise PriceChanged(price=euros(item.price_cents), price_cents=item.price_cents)
    movement = Movement(
        type=BarKind.pay_item,
        balance_cents=-item.price_cents,
        stock=-1 if item.is_quantifiable else 0,
        sold=Sold(item, item.name, item.price_cents, item.alcohol_mass),
    )
    known = Day(now, wanted.day_is_there, wanted.alcohol_today)
    return Outcome(ledger.write(session, opened, movement, request=request, known=known))


def _check(opened: Opened, wanted: Wanted, day: date) -> None:
    """Refuse what may not be sold, for its first reason.

    Raises:
        SaleRefused: One of its kinds.
    """
    account = opened.account
    customer = Customer(
        has_deposit=account.has_deposit,
        balance_cents=account.balance_cents,
        birth_date=account.birth_date,
        alcohol_today=wanted.alcohol_today,
    )
    found = refusals(customer, product(wanted.item), house=opened.house, day=day)
    if found:
        raise WHY[found[0]]


def product(item: BarItem) -> Product:
    """What the rules need of an item."""
    return Product(
        price_cents=item.price_cents,
        alcohol_mass=item.alcohol_mass,
        quantity=item.quantity,
    )
