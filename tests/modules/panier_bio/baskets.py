"""Ordering baskets in tests: an instant, a period, who orders, what came of it."""

from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.clock import PARIS
from app.core.transaction import transaction
from app.enums import BasketPayment, BasketStatus
from app.models import OrderPanierBio, PanierBioDate, PCeen, PeriodPanierBio
from app.modules.panier_bio.rules.options import Options
from app.modules.panier_bio.service import orders
from app.modules.panier_bio.service.orders import Placed, Visitor, Wanted
from tests.factories.community import PeriodFactory

#: A Monday.
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
#: Fridays.
FIRST, SECOND, THIRD = date(2026, 11, 27), date(2026, 12, 4), date(2026, 12, 11)
SECRET = "s" * 43


def opened(**changes: Any) -> Options:
    """Orders are open, of baskets given out on Fridays."""
    return Options(**({"is_open": True, "weekday": 5, "price": 1200} | changes))


def winter(**columns: Any) -> PeriodPanierBio:
    """The period of the specification, across the New Year."""
    period: PeriodPanierBio = PeriodFactory(
        **({"start_date": date(2026, 11, 15), "end_date": date(2027, 1, 31)} | columns)
    )
    return period


def limited(session: Session, day: date, capacity: int | None, note: str = "") -> None:
    """Say how many baskets a date has."""
    session.add(PanierBioDate(date=day, capacity=capacity, note=note))
    session.commit()


def visitor(email: str = "grace@example.org", **changes: Any) -> Visitor:
    found = {"name": "Grace Hopper", "email": email, "locale": "en", "place": "192.0.2.7"}
    return Visitor(**(found | changes))


def wanted(*days: date, **changes: Any) -> Wanted:
    """What someone asks, as the form does."""
    values = {"payment": BasketPayment.cash, "service": "LPEM", "phone": "06 12 34 56 78"}
    return Wanted(dates=days, **(values | changes))


def place(
    session: Session,
    by: PCeen | Visitor,
    *days: date,
    now: datetime = NOW,
    options: Options | None = None,
    **changes: Any,
) -> Placed:
    """Order baskets of some days, in a transaction of its own."""
    secret = changes.pop("secret", SECRET)
    with transaction(session):
        return orders.order(
            session,
            wanted=wanted(*days, **changes),
            by=by,
            secret=secret,
            options=options or opened(),
            now=now,
        )


def cancel(session: Session, order: OrderPanierBio, **changes: Any) -> None:
    """Cancel an order, by whose it is."""
    with transaction(session):
        orders.cancel(session, order=order, **({"options": opened(), "now": NOW} | changes))


def states(session: Session) -> list[BasketStatus]:
    """How the orders stand, from the first."""
    return list(session.scalars(sa.select(OrderPanierBio.status).order_by(OrderPanierBio.id)))


def at(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """An instant, as the clock shows it in Paris."""
    return datetime.combine(day, time(hour, minute, second), tzinfo=PARIS).astimezone(UTC)
