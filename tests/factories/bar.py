"""What the bar sells, who buys and who serves."""

from datetime import date
from typing import Any

import factory

from app.enums import PermissionScope as S, PermissionType as T
from app.models import BarAccount, BarItem, PCeen
from tests.factories.base import Factory, current
from tests.factories.people import PCeenFactory, role_with


class BarItemFactory(Factory):
    """A soft drink at 1 €, that nobody counts."""

    class Meta:
        model = BarItem

    name = factory.Sequence(lambda n: f"Jus {n}")
    price_cents = 100


def customer(
    balance_cents: int = 0,
    *,
    deposit: bool = True,
    birth_date: date | None = None,
    **columns: Any,
) -> PCeen:
    """Someone who may buy: their money comes from nowhere, unlike that of the ledger."""
    columns.setdefault("roles", [role_with((T.read, S.bar))])
    pceen = PCeenFactory(**columns)
    session = current()
    account = session.get(BarAccount, pceen.id)
    account.balance_cents = balance_cents
    account.deposit_cents = 0 if deposit else None
    account.birth_date = birth_date
    session.commit()
    return pceen


def barman(**columns: Any) -> PCeen:
    """Someone who serves."""
    columns.setdefault("roles", [role_with((T.write, S.bar))])
    return PCeenFactory(**columns)


def manager(**columns: Any) -> PCeen:
    """Someone who runs the bar."""
    columns.setdefault("roles", [role_with((T.all, S.bar))])
    return PCeenFactory(**columns)
