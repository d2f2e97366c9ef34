"""What people are told around a distribution: to come, and that they came."""

from datetime import datetime, time, timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import day_of
from app.core.dates import day_begins
from app.core.transaction import lock
from app.enums import BasketStatus, NotificationTopic
from app.models import OrderPanierBio, PanierBioDate, defer
from app.modules.notifications.rules import words
from app.modules.notifications.rules.audiences import people
from app.modules.notifications.service.bus import Notice, tell
from app.modules.panier_bio.mails import BasketPickedUp, BasketReminder
from app.modules.panier_bio.queries.orders import to_remind
from app.modules.panier_bio.rules.days import reminds_from
from app.modules.panier_bio.service.counting import lock_days
from app.modules.panier_bio.service.letters import addressee

#: How long a tick has to stay before it is told: it may be a mistake.
TOLD_AFTER = timedelta(minutes=10)
#: Until when people are reminded on the day itself: later, they came, or it is too late.
_UNTIL = time(12)
#: For how long after a distribution people are told that they came: not of years ago.
TOLD_WITHIN = timedelta(days=7)


def remind(session: Session, now: datetime | None = None) -> int:
    """Remind people of the basket that they pick up the next day, once; return how many.

    Who ordered after the reminders began has just been told.
    """
    now = now or clock.now()
    today = day_of(now)
    near = (today, today + timedelta(days=1))
    days = [day for day in near if reminds_from(day) <= now < day_begins(day, _UNTIL)]
    notes = dict(
        session.execute(
            sa.select(PanierBioDate.date, PanierBioDate.note).where(PanierBioDate.date.in_(days))
        ).all()
    )
    count = 0
    found = to_remind(session, days)
    lock_days(session, {one.date for one in found})  # before people, whom a notification names
    for one in found:
        lock(session, one)
        if one.status is not BasketStatus.confirmed or one.reminded_at or one.date not in days:
            continue
        one.reminded_at = now
        if one.created_at < reminds_from(one.date) and not one.taken:
            count += _remind(session, one, notes.get(one.date, ""))
            _notify(session, one)
    return count


def _remind(session: Session, order: OrderPanierBio, note: str) -> bool:
    to = addressee(order)
    if to is None:
        return False
    mail = BasketReminder(
        to=to.email,
        locale=to.locale,
        prenom=to.prenom,
        on=order.date.isoformat(),
        price_cents=order.price,
        pay_by=order.payment_method.value,
        note=note,
        is_paid=order.payment_made,
    )
    defer(session, mail)
    return True


def _notify(session: Session, order: OrderPanierBio) -> None:
    """Remind a member in the site too."""
    if order.pceen_id is None:
        return
    notice = Notice(
        topic=NotificationTopic.panier_bio,
        title=_l("Votre panier vous attend bientôt"),
        body=_l("Pensez à venir le chercher le %(day)s, avec un sac.", day=words.day(order.date)),
        url="/panier_bio",
        key=f"panier_bio:reminder:{order.id}:{order.date.isoformat()}",
    )
    tell(session, notice, people(order.pceen_id))


def tell_picked_up(session: Session, key: int, now: datetime | None = None) -> bool:
    """Tell whose an order is that it was picked up, if it is still ticked; once."""
    now = now or clock.now()
    order = session.get(OrderPanierBio, key)
    if order is None:
        return False
    lock(session, order)
    if not order.taken or order.taken_at is None or order.told_taken_at is not None:
        return False
    if now < order.taken_at + TOLD_AFTER:
        return False  # ticked again meanwhile: that tick tells it later
    order.told_taken_at = now
    to = addressee(order)
    if to is None or order.status is not BasketStatus.confirmed:
        return False
    if day_of(now) - order.date > TOLD_WITHIN:
        return False
    mail = BasketPickedUp(
        to=to.email,
        locale=to.locale,
        prenom=to.prenom,
        on=order.date.isoformat(),
        price_cents=order.price,
        pay_by=order.payment_method.value,
        at=order.taken_at.isoformat(),
        is_paid=order.payment_made,
    )
    defer(session, mail)
    return True
