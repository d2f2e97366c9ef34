"""Who may buy what (community 3.2). Pure: the menu and the sale ask the same function."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.core.dates import age_on
from app.core.money import Cents
from app.modules.bar.rules.house import House


class Refusal(enum.StrEnum):
    """Why something is not sold, in the order in which a sale says it; the value is its code."""

    closed = "closed"
    deposit = "deposit"
    stock = "stock"
    funds = "funds"
    age = "age"
    alcohol = "alcohol"


#: The order in which the menu says it.
SHOWN = (
    Refusal.closed,
    Refusal.deposit,
    Refusal.funds,
    Refusal.age,
    Refusal.alcohol,
    Refusal.stock,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """What a sale needs of whoever buys."""

    has_deposit: bool
    balance_cents: Cents
    #: ``None`` when nobody knows.
    birth_date: date | None = None
    #: Grams of pure alcohol that they bought on this day of the bar.
    alcohol_today: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a sale needs of what is bought."""

    price_cents: Cents
    alcohol_mass: Decimal = Decimal(0)
    #: ``None`` when they are not counted.
    quantity: int | None = None


def is_minor(birth_date: date | None, day: date, house: House) -> bool:
    """Whether someone is known to be too young for alcohol on *day*."""
    return birth_date is not None and age_on(day, birth_date) < house.minimum_age


def refusals(
    customer: Customer, product: Product, *, house: House, day: date
) -> tuple[Refusal, ...]:
    """Why someone may not buy something on a day of the bar: nothing, if they may."""
    return tuple(_refusals(customer, product, house, day))


def _refusals(customer: Customer, product: Product, house: House, day: date) -> Iterator[Refusal]:
    if not house.is_open:
        yield Refusal.closed
    if not customer.has_deposit:
        yield Refusal.deposit
    if product.quantity is not None and product.quantity <= 0:
        yield Refusal.stock
    if customer.balance_cents < product.price_cents:
        yield Refusal.funds
    if product.alcohol_mass <= 0:
        return
    if is_minor(customer.birth_date, day, house):
        yield Refusal.age
    if house.alcohol_cap <= 0 or (
        customer.alcohol_today + product.alcohol_mass > house.alcohol_cap
    ):
        yield Refusal.alcohol
