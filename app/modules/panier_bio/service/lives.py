"""What becomes of baskets when accounts are merged, or someone is erased."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import BasketStatus
from app.models import OrderPanierBio, PanierBioDate, PCeen, audit
from app.modules.panier_bio.queries.options import options as read_options
from app.modules.panier_bio.rules.days import is_closed
from app.modules.panier_bio.service import counting, orders


def before_locks(session: Session) -> None:
    """Lock the periods and the days to come: whoever orders locks them before people."""
    counting.lock_periods(session)
    days = sa.select(PanierBioDate.date).where(PanierBioDate.date >= clock.today())
    session.scalars(days.order_by(PanierBioDate.date).with_for_update()).all()


def before_merge(session: Session, kept: PCeen, absorbed: PCeen) -> None:
    """Let the account that is kept have the live orders of both: two for one day are two baskets.

    Of two for one day, one that only waits goes; else the one that comes along leaves its place
    in the constraint to the other.
    """
    mine = {order.date: order for order in _live(session, kept)}
    for theirs in _live(session, absorbed):
        own = mine.get(theirs.date)
        if own is None:
            theirs.live_pceen = kept.id
        elif theirs.status is BasketStatus.waiting:
            orders.empty(theirs, clock.now())
        elif own.status is BasketStatus.waiting:
            orders.empty(own, clock.now())
            session.flush()
            theirs.live_pceen = kept.id
        else:
            theirs.live_pceen = None
    session.flush()


def _live(session: Session, pceen: PCeen) -> Sequence[OrderPanierBio]:
    stmt = sa.select(OrderPanierBio).where(OrderPanierBio.live_pceen == pceen.id)
    return session.scalars(stmt.order_by(OrderPanierBio.id)).all()


def forget(session: Session, pceen: PCeen) -> None:
    """Cancel the baskets that who is erased could still cancel: others have them."""
    _withdraw(session, _of(session, OrderPanierBio.pceen_id == pceen.id))


def forget_visitor(session: Session, email: str) -> int:
    """Take who a visitor is out of their orders; return how many there were.

    Those that they could still cancel are cancelled.
    """
    found = _of(session, OrderPanierBio.email == email)
    _withdraw(session, found)
    for order in found:
        order.name = order.service = order.phone_number = order.comment = ""
        order.email = order.live_email = order.locale = order.token_hash = None
        audit(session, "panier_bio.order.forget", order)
    session.flush()
    return len(found)


def _of(session: Session, whose: sa.ColumnElement[bool]) -> Sequence[OrderPanierBio]:
    return session.scalars(sa.select(OrderPanierBio).where(whose).order_by(OrderPanierBio.id)).all()


def _withdraw(session: Session, found: Sequence[OrderPanierBio]) -> None:
    """Lock orders, and cancel without a word those whose day is not closed yet."""
    counting.lock_days(session, [order.date for order in found])
    counting.lock_orders(session, found)
    options, now = read_options(session), clock.now()
    freed = [
        order
        for order in found
        if order.status is not BasketStatus.cancelled and not is_closed(order.date, options, now)
    ]
    for order in freed:
        orders.empty(order, now)
    session.flush()
    for day in sorted({order.date for order in freed}):
        counting.give_free(session, day, options=options, now=now)
