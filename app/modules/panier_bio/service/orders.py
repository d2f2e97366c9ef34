"""Ordering baskets, confirming and cancelling that, by whoever wants them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.clock import day_of
from app.enums import BasketPayment, BasketStatus
from app.models import Limit, OrderPanierBio, Origin, PCeen, TriedTooOften, audit, defer
from app.modules.panier_bio.errors import (
    CancelledAlready,
    DatesRefused,
    JustOrdered,
    NoDateChosen,
    NothingToConfirm,
    OrdersClosed,
    PhoneNeeded,
    ServiceNeeded,
    TooLateToCancel,
    TooManyPending,
)
from app.modules.panier_bio.mails import ConfirmOrder, OrderCancelled, OrderConfirmed
from app.modules.panier_bio.queries import orders as queries
from app.modules.panier_bio.queries.offer import world
from app.modules.panier_bio.queries.options import options as read_options
from app.modules.panier_bio.rules import days as rules, offer as offers
from app.modules.panier_bio.rules.offer import PENDING_MAX, DayState, OfferedDay, lapses_at
from app.modules.panier_bio.rules.options import Options
from app.modules.panier_bio.service.counting import give_free, lock_days, lock_order, lock_orders
from app.modules.panier_bio.service.letters import addressee

__all__ = ["TriedTooOften", "Visitor", "Wanted", "cancel", "confirm", "order", "visitor_orders"]

#: How many baskets are ordered from one address, and how many of its orders are refused: what is
#: refused tells which days somebody else ordered.
PER_HOUR = Limit("panier_bio.order", 20, timedelta(hours=1))
REFUSED_PER_HOUR = Limit("panier_bio.refused", 20, timedelta(hours=1))


#: What an order says of a person.
_PERSONAL = frozenset(("name", "service", "phone", "email", "comment"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What someone orders: a basket for each of some dates."""

    dates: tuple[date, ...]
    payment: BasketPayment
    phone: str = ""
    comment: str = ""
    #: Of who has no promo.
    service: str = ""
    #: Whether to wait for a basket of the dates that are full.
    wait: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody without an account, and where they are, as limits count it."""

    name: str
    #: Lower-case (``app.core.emails``).
    email: str
    #: In which language they are written to.
    locale: str
    place: str


@dataclass(frozen=True, slots=True)
class Placed:
    """What was ordered together, in order of date."""

    orders: Sequence[OrderPanierBio]

    @property
    def waiting(self) -> Sequence[OrderPanierBio]:
        """What is only waited for."""
        return [one for one in self.orders if one.status is BasketStatus.waiting]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a visitor's link confirmed, and what it could not any more."""

    orders: Sequence[OrderPanierBio]
    lost: Sequence[OrderPanierBio] = ()


# Ordering


def order(
    session: Session,
    *,
    wanted: Wanted,
    by: PCeen | Visitor,
    secret: str | None = None,
    options: Options | None = None,
    now: datetime | None = None,
) -> Placed:
    """Order a basket for each of some dates, or none at all.

    What a visitor orders waits until they open the link with *secret*, which they are mailed.
    The settings are read once nobody else changes what they decide, unless they are given.

    Raises:
        OrdersClosed, NoDateChosen, ServiceNeeded, PhoneNeeded: If it is not that far.
        DatesRefused: If some date may not be had: it says why for each.
        TooManyPending: If four baskets of that address wait to be confirmed.
        TriedTooOften: If twenty baskets were ordered from there in the last hour, or twenty orders
            refused.
        JustOrdered: If another request was quicker.
    """
    now = now or clock.now()
    days = sorted(set(wanted.dates))
    if isinstance(by, Visitor):
        REFUSED_PER_HOUR.check(session, by.place)
    lock_days(session, days)
    options = options or read_options(session)
    _check(wanted, by, options)
    found = _judge(session, wanted, by, options=options, now=now)
    if isinstance(by, Visitor):
        _limit(session, by, len(days))
    if isinstance(by, PCeen):
        secret = None
    made = [_made(one, wanted, by, secret=secret, options=options, now=now) for one in found]
    _add(session, made)
    if isinstance(by, Visitor):
        _ask(session, made, secret=secret or "", options=options)
    else:
        tell_confirmed(session, made, options=options)
    return Placed(made)


def count_refusal(session: Session, by: Visitor) -> None:
    """Count an order of a visitor that was refused: there are so many, and no more."""
    REFUSED_PER_HOUR.count(session, by.place)


def _check(wanted: Wanted, by: PCeen | Visitor, options: Options) -> None:
    if not options.is_open:
        raise OrdersClosed
    if not wanted.dates:
        raise NoDateChosen
    if not wanted.service and (isinstance(by, Visitor) or by.promo is None):
        raise ServiceNeeded
    if not wanted.phone and isinstance(by, Visitor):
        raise PhoneNeeded


def _judge(
    session: Session, wanted: Wanted, by: PCeen | Visitor, *, options: Options, now: datetime
) -> list[OfferedDay]:
    """What is wanted, as it is offered: the dates are locked.

    Raises:
        DatesRefused: If some of it may not be had.
    """
    customer = by.email if isinstance(by, Visitor) else by
    known = world(session, customer=customer, first=day_of(now))
    offer = {one.date: one for one in offers.offered(known, options, now)}
    refused = {}
    for day in sorted(set(wanted.dates)):
        if (found := offer.get(day)) is not None:
            why = offers.refusal(found, wait=wanted.wait)
        else:
            why = offers.not_offered(day, known.spans, options, now)
        if why is not None:
            refused[day] = why.sentence
    if refused:
        raise DatesRefused(refused)
    return [offer[day] for day in sorted(set(wanted.dates))]


def _limit(session: Session, by: Visitor, baskets: int) -> None:
    if queries.pending_count(session, by.email) + baskets > PENDING_MAX:
        raise TooManyPending
    for _basket in range(baskets):
        PER_HOUR.check(session, by.place)
        PER_HOUR.count(session, by.place)
        session.flush()


def _made(
    day: OfferedDay,
    wanted: Wanted,
    by: PCeen | Visitor,
    *,
    secret: str | None,
    options: Options,
    now: datetime,
) -> OrderPanierBio:
    """An order for a date, as it begins."""
    is_full = day.state is DayState.full
    made = OrderPanierBio(
        date=day.date,
        period_id=day.period_id,
        phone_number=wanted.phone,
        payment_method=wanted.payment,
        comment=wanted.comment,
        price=options.price,
        created_at=now,
    )
    if isinstance(by, Visitor):
        made.name, made.service = by.name, wanted.service
        made.email = made.live_email = by.email
        made.locale = by.locale
        made.token_hash = tokens.digest(secret or "")
        made.status = BasketStatus.waiting if is_full else BasketStatus.pending
    else:
        made.name, made.service = by.full_name, str(by.promo) if by.promo else wanted.service
        made.pceen, made.live_pceen = by, by.id
        made.status = BasketStatus.waiting if is_full else BasketStatus.confirmed
        made.confirmed_at = now
    return made


def _add(session: Session, made: Sequence[OrderPanierBio]) -> None:
    """Write orders down, whatever others do at once."""
    actor = for_another(session)
    for one in made:
        one.by_id = actor
    try:
        with session.begin_nested():
            session.add_all(made)
    except sa.exc.IntegrityError:
        raise JustOrdered from None
    if actor is not None:
        for one in made:
            audit(session, "panier_bio.order.place", one, after=audited(said(one)))


def for_another(session: Session) -> int | None:
    """The number of who does it in place of somebody, if someone does."""
    origin: Origin = session.info.get("origin", Origin())
    return origin.actor_id if origin.as_id is not None else None


def said(order: OrderPanierBio) -> dict[str, object]:
    """All that an order says."""
    return {
        "date": order.date.isoformat(),
        "pceen": order.pceen_id,
        "name": order.name,
        "service": order.service,
        "phone": order.phone_number,
        "email": order.email,
        "payment": order.payment_method,
        "comment": order.comment,
        "price": order.price,
        "status": order.status,
    }


def audited(order: dict[str, object]) -> dict[str, object]:
    """An order as the audit tells it, which lasts: without who, where and what they wrote."""
    return {key: value for key, value in order.items() if key not in _PERSONAL}


def audited_change(
    before: dict[str, object], after: dict[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """A change as the audit tells it: of what is personal, only that it changed."""
    changed = sorted(key for key in _PERSONAL if before[key] != after[key])
    told = {"changed": changed} if changed else {}
    return audited(before), audited(after) | told


def _ask(
    session: Session, made: Sequence[OrderPanierBio], *, secret: str, options: Options
) -> None:
    """Mail a visitor the link that confirms what they ordered."""
    first = made[0]
    mail = ConfirmOrder(
        to=first.email or "",
        locale=first.locale or "fr",
        prenom=None,
        price_cents=first.price,
        pay_by=first.payment_method.value,
        baskets=_baskets(made, options),
        waited=_waited(made),
        secret=secret,
        until=min(lapses_at(one, options) for one in made).isoformat(),
    )
    defer(session, mail)


def tell_confirmed(
    session: Session,
    orders: Sequence[OrderPanierBio],
    *,
    options: Options,
    secret: str | None = None,
) -> None:
    """Mail someone what they ordered together, if they can be."""
    first = orders[0]
    to = addressee(first)
    if to is None:
        return
    mail = OrderConfirmed(
        to=to.email,
        locale=to.locale,
        prenom=to.prenom,
        price_cents=first.price,
        pay_by=first.payment_method.value,
        baskets=_baskets(orders, options),
        waited=_waited(orders),
        secret=secret,
    )
    defer(session, mail)


def _waits(order: OrderPanierBio) -> bool:
    return order.status is BasketStatus.waiting


def _baskets(orders: Iterable[OrderPanierBio], options: Options) -> list[tuple[str, str]]:
    """The dates for which there is a basket, and until when each may be given up."""
    return [
        (one.date.isoformat(), rules.deadline(one.date, options.deadline).isoformat())
        for one in orders
        if not _waits(one)
    ]


def _waited(orders: Iterable[OrderPanierBio]) -> list[str]:
    """The dates that are only waited for."""
    return [one.date.isoformat() for one in orders if _waits(one)]


# What visitors do with their link


def visitor_orders(session: Session, secret: str) -> Sequence[OrderPanierBio]:
    """What a visitor ordered together, by the secret of their link, in order of date.

    Raises:
        NoSuchLink: If it opens nothing.
    """
    return queries.behind(session, secret)


def confirm(
    session: Session, *, secret: str, options: Options | None = None, now: datetime | None = None
) -> Confirmed:
    """Confirm what a visitor ordered: their address is theirs. Twice is once.

    Raises:
        NoSuchLink: If the link opens nothing.
        NothingToConfirm: If it is too late for all of it, or it was cancelled.
    """
    now = now or clock.now()
    found = queries.behind(session, secret)
    lock_days(session, (one.date for one in found))
    lock_orders(session, found)
    options = options or read_options(session)
    asked = [one for one in found if is_unconfirmed(one)]
    in_time = [one for one in asked if now < lapses_at(one, options)]
    held = [one for one in found if one.status is not BasketStatus.cancelled and one not in asked]
    if not in_time and not held:
        raise NothingToConfirm
    for one in in_time:
        one.confirmed_at = now
        one.version += 1
        if one.status is BasketStatus.pending:
            one.status = BasketStatus.confirmed
    lost = [one for one in asked if one not in in_time]
    for one in lost:
        empty(one, now)
    session.flush()
    if in_time:
        tell_confirmed(session, in_time, options=options, secret=secret)
    for day in sorted({one.date for one in asked}):
        give_free(session, day, options=options, now=now)
    return Confirmed(orders=[*held, *in_time], lost=lost)


def is_unconfirmed(order: OrderPanierBio) -> bool:
    """Whether nobody has confirmed it yet."""
    if order.status is BasketStatus.pending:
        return True
    return _waits(order) and order.pceen_id is None and order.confirmed_at is None


# Cancelling


def cancel(
    session: Session,
    *,
    order: OrderPanierBio,
    options: Options | None = None,
    now: datetime | None = None,
) -> None:
    """Cancel an order, by whose it is; the next in line has its basket.

    Raises:
        TooLateToCancel: If the orders of its date are closed.
        CancelledAlready: If it is cancelled.
    """
    now = now or clock.now()
    lock_order(session, order)
    options = options or read_options(session)
    if order.status is BasketStatus.cancelled:
        raise CancelledAlready
    if rules.is_closed(order.date, options, now):
        raise TooLateToCancel
    tells = not is_unconfirmed(order)
    before = said(order)
    empty(order, now)
    session.flush()
    if tells:
        tell_cancelled(session, order, by_team=False)
    if for_another(session) is not None:
        audit(session, "panier_bio.order.cancel", order, before=audited(before))
    give_free(session, order.date, options=options, now=now)


def empty(order: OrderPanierBio, now: datetime) -> None:
    """Cancel a locked order: its basket is free, and another may be ordered."""
    order.status, order.cancelled_at = BasketStatus.cancelled, now
    order.live_pceen = order.live_email = None
    order.version += 1


def tell_cancelled(session: Session, order: OrderPanierBio, *, by_team: bool) -> None:
    """Tell someone that an order of theirs is cancelled, if they can be."""
    to = addressee(order)
    if to is None:
        return
    mail = OrderCancelled(
        to=to.email,
        locale=to.locale,
        prenom=to.prenom,
        on=order.date.isoformat(),
        by_team=by_team,
        was_paid=order.payment_made,
    )
    defer(session, mail)
