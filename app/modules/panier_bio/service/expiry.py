"""Orders that nobody confirmed in time: their baskets come free."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import day_of
from app.models import OrderPanierBio
from app.modules.panier_bio.queries import orders as queries
from app.modules.panier_bio.queries.options import options as read_options
from app.modules.panier_bio.queries.orders import waited_days
from app.modules.panier_bio.rules.offer import lapses_at
from app.modules.panier_bio.rules.options import Options
from app.modules.panier_bio.service.counting import give_free, lock_days, lock_orders
from app.modules.panier_bio.service.orders import empty, is_unconfirmed


def lapsed(session: Session, options: Options, now: datetime | None = None) -> list[OrderPanierBio]:
    """The orders that nobody confirmed in time, in order of date."""
    now = now or clock.now()
    return [one for one in queries.unconfirmed(session) if now >= lapses_at(one, options)]


def expire(session: Session, now: datetime | None = None) -> int:
    """Cancel what nobody confirmed in time, and give its baskets; return how many orders.

    Days that somebody waits for are looked at too: a basket of theirs may be free.
    """
    now = now or clock.now()
    options = read_options(session)
    found = lapsed(session, options, now)
    days = sorted({*(one.date for one in found), *waited_days(session, first=day_of(now))})
    lock_days(session, days)
    lock_orders(session, found)
    late = [one for one in found if is_unconfirmed(one) and now >= lapses_at(one, options)]
    for one in late:
        empty(one, now)
    session.flush()
    for day in days:
        # what lapsed before the deadline came free before it, however late the worker is
        freed = [lapses_at(one, options) for one in late if one.date == day]
        give_free(session, day, options=options, now=max(freed, default=now))
    return len(late)
