"""Which account of the books money goes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.money import Cents
from app.enums import Account, PaymentMethod, PaymentType

_INCOME = {PaymentType.internet: Account.internet, PaymentType.bar: Account.bar}
_LYDIA = {PaymentType.internet: Account.lydia, PaymentType.bar: Account.lydia_bar}
_PLACES = {PaymentMethod.transfer: Account.bank, PaymentMethod.cash: Account.cash}


def place_of(type: PaymentType, method: PaymentMethod) -> Account:
    """Where the money of a payment is once it came."""
    return _PLACES.get(method, _LYDIA[type])


def income_of(type: PaymentType) -> Account:
    """Why it came."""
    return _INCOME[type]


@dataclass(frozen=True, slots=True)
class Line:
    """What the balances need of a line of the journal."""

    debit: Account
    credit: Account
    amount_cents: Cents


def balances(lines: Iterable[Line]) -> Mapping[Account, Cents]:
    """What each account holds: what it got, less what it gave. Their sum is 0."""
    found: dict[Account, Cents] = {}
    for line in lines:
        found[line.debit] = found.get(line.debit, 0) + line.amount_cents
        found[line.credit] = found.get(line.credit, 0) - line.amount_cents
    return found
