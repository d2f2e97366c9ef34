"""Counting the baskets of dates, which are locked meanwhile; giving those that come free.

Whoever makes, moves or cancels orders locks the periods around their dates, then the dates, then
the orders: periods and orders by number, dates in order. Orders of one period are thus made one
after the other, and its shape does not change meanwhile.
"""

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.enums import BasketStatus, NotificationTopic
from app.models import OrderPanierBio, PanierBioDate, PeriodPanierBio, defer
from app.modules.notifications.rules import words
from app.modules.notifications.rules.audiences import people
from app.modules.notifications.service.bus import Notice, tell
from app.modules.panier_bio.errors import StalePanierBio
from app.modules.panier_bio.mails import BasketGranted
from app.modules.panier_bio.queries.offer import tallies
from app.modules.panier_bio.queries.orders import first_waiting
from app.modules.panier_bio.queries.periods import keys_around
from app.modules.panier_bio.rules import days as rules
from app.modules.panier_bio.rules.offer import Tally
from app.modules.panier_bio.rules.options import Options
from app.modules.panier_bio.service.letters import addressee


def lock_periods(session: Session) -> None:
    """Keep every period from others until the commit: nothing is ordered meanwhile."""
    stmt = sa.select(PeriodPanierBio.id).order_by(PeriodPanierBio.id)
    session.execute(stmt.with_for_update()).all()


def lock_days(session: Session, days: Iterable[date]) -> dict[date, PanierBioDate]:
    """Keep dates, and the periods around them, from others until the commit."""
    wanted = sorted(set(days))
    for key in keys_around(session, wanted):
        stmt = sa.select(PeriodPanierBio).where(PeriodPanierBio.id == key)
        session.scalars(stmt.with_for_update().execution_options(populate_existing=True)).first()
    return {day: _locked(session, day) for day in wanted}


def lock_orders(session: Session, orders: Iterable[OrderPanierBio]) -> None:
    """Keep orders, whose dates are locked, from others until the commit, and read them afresh.

    Raises:
        StalePanierBio: If one has just moved to another date.
    """
    for one in sorted(orders, key=lambda order: order.id):
        day = one.date
        lock(session, one)
        if one.date != day:
            raise StalePanierBio


def lock_order(session: Session, order: OrderPanierBio, *others: date) -> None:
    """Keep an order, its date and *others* from everybody else until the commit.

    Raises:
        StalePanierBio: If it has just moved to another date.
    """
    day = order.date
    lock_days(session, {day, *others})
    lock(session, order)
    if order.date != day:
        raise StalePanierBio


def _locked(session: Session, day: date) -> PanierBioDate:
    """The row of a date, made if need be, and locked."""
    stmt = sa.select(PanierBioDate).where(PanierBioDate.date == day).with_for_update()
    stmt = stmt.execution_options(populate_existing=True)
    found = session.scalars(stmt).first()
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(PanierBioDate(date=day))
    except sa.exc.IntegrityError:  # somebody else has just made it
        pass
    return session.scalars(stmt).one()


def tally(session: Session, day: date) -> Tally:
    """What is known of a date that is locked."""
    session.flush()
    return tallies(session, first=day, only=[day]).get(day, Tally())


def give_free(
    session: Session, day: date, *, options: Options, now: datetime | None = None
) -> list[OrderPanierBio]:
    """Give the free baskets of a locked date to who has waited longest, while it is time.

    After the deadline nothing moves by itself: the team decides. Return who has one now.
    """
    now = now or clock.now()
    if rules.is_closed(day, options, now):
        return []
    free = tally(session, day).free(options)
    waiting = first_waiting(session, day, free) if free != 0 else []
    lock_orders(session, waiting)
    given = [one for one in waiting if one.status is BasketStatus.waiting]
    for one in given:
        grant(session, one)
    return given


def grant(session: Session, order: OrderPanierBio) -> None:
    """Give a locked order that waits a basket of its date, and tell whose it is."""
    order.status = BasketStatus.confirmed
    order.confirmed_at = order.confirmed_at or clock.now()
    order.version += 1
    if (to := addressee(order)) is not None:
        mail = BasketGranted(
            to=to.email,
            locale=to.locale,
            prenom=to.prenom,
            on=order.date.isoformat(),
            price_cents=order.price,
            pay_by=order.payment_method.value,
        )
        defer(session, mail)
    session.flush()
    if order.pceen_id is not None:
        tell(session, _granted(order), people(order.pceen_id))


def _granted(order: OrderPanierBio) -> Notice:
    """What is said in the site of a basket that came free."""
    return Notice(
        topic=NotificationTopic.panier_bio,
        title=_l("Un panier s'est libéré : il est à vous"),
        body=_l("Il vous attend le %(day)s.", day=words.day(order.date)),
        url="/panier_bio",
        key=f"panier_bio:granted:{order.id}:{order.date.isoformat()}",
    )
