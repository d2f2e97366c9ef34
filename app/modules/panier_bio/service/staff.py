"""What the team does of orders, of a date and of the settings (community 6.3)."""

import enum
import hashlib
import json
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.money import Cents
from app.core.transaction import lock
from app.enums import BasketPayment, BasketStatus
from app.models import (
    OrderPanierBio,
    PanierBioDate,
    PCeen,
    PeriodPanierBio,
    audit,
    defer,
    public_role,
)
from app.modules.panier_bio.choices import CHOICES
from app.modules.panier_bio.effects import TellPickedUp
from app.modules.panier_bio.errors import (
    CancelledAlready,
    DateIsFull,
    NoBasketYet,
    NoSuchDate,
    NotWaiting,
    OrderedAlready,
    OutsidePeriods,
    StalePanierBio,
)
from app.modules.panier_bio.queries.options import options as read_options
from app.modules.panier_bio.queries.orders import waited_days
from app.modules.panier_bio.queries.periods import period_around
from app.modules.panier_bio.rules.options import Options, stored
from app.modules.panier_bio.service import counting
from app.modules.panier_bio.service.orders import (
    audited,
    audited_change,
    empty,
    is_unconfirmed,
    said,
    tell_cancelled,
    tell_confirmed,
)
from app.modules.panier_bio.service.reminders import TOLD_AFTER


class Flag(enum.StrEnum):
    """What the team ticks of an order."""

    payment = "payment"
    treasurer = "treasurer"
    taken = "taken"

    @property
    def column(self) -> str:
        """Where it is kept."""
        return _COLUMNS[self]


_COLUMNS = {
    Flag.payment: "payment_made",
    Flag.treasurer: "treasurer_validate",
    Flag.taken: "taken",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """All that the team writes of an order."""

    date: date
    name: str
    service: str
    payment: BasketPayment
    price: Cents
    phone: str = ""
    #: Of a visitor, lower-case; a member has their own.
    email: str | None = None
    comment: str = ""


# Orders


def add(
    session: Session,
    *,
    details: Details,
    pceen: PCeen | None = None,
    options: Options,
    force: bool = False,
) -> OrderPanierBio:
    """Order a basket for someone, a member or not, for any date of a period, even past.

    Raises:
        OutsidePeriods: If no period has that date.
        DateIsFull: If no basket is left, unless *force* insists.
        OrderedAlready: If they have an order for that date.
    """
    now = clock.now()
    counting.lock_days(session, [details.date])
    made = OrderPanierBio(
        pceen=pceen,
        live_pceen=pceen.id if pceen else None,
        status=BasketStatus.confirmed,
        created_at=now,
        confirmed_at=now,
    )
    _put(session, made, details, options=options, force=force)
    audit(session, "panier_bio.order.add", made, after=audited(said(made)) | {"forced": force})
    if made.date >= clock.today():
        tell_confirmed(session, [made], options=options)
    return made


def edit(
    session: Session,
    *,
    order: OrderPanierBio,
    details: Details,
    version: int,
    force: bool = False,
) -> bool:
    """Change all that an order says; whether anything changed.

    Who has another day, or another address, is told.

    Raises:
        StalePanierBio: If somebody changed it meanwhile.
        CancelledAlready: If it is cancelled.
        OutsidePeriods, DateIsFull, OrderedAlready: Likewise, if it moves to another date.
    """
    options = read_options(session)
    former, address = order.date, order.email
    counting.lock_order(session, order, details.date)
    if order.version != version:
        raise StalePanierBio
    _check_live(order)
    before = said(order)
    _put(session, order, details, options=options, force=force)
    if before == said(order):
        return False
    order.version += 1
    told = audited_change(before, said(order))
    audit(session, "panier_bio.order.change", order, before=told[0], after=told[1])
    if order.email != address:
        _readdress(order)
    if order.date != former:
        order.reminded_at = None
        session.flush()
        for day in (former, order.date):
            counting.give_free(session, day, options=options)
    if (order.date, order.email) != (former, address) and order.date >= clock.today():
        tell_confirmed(session, [order], options=options)
    return True


def _readdress(order: OrderPanierBio) -> None:
    """Close the link that went to the former address of a visitor; the team vouches for the new."""
    order.token_hash = None
    if is_unconfirmed(order):
        order.confirmed_at = clock.now()
        if order.status is BasketStatus.pending:
            order.status = BasketStatus.confirmed


def _put(
    session: Session, order: OrderPanierBio, details: Details, *, options: Options, force: bool
) -> None:
    """Write the details of an order, whose dates are locked."""
    is_new = order.id is None
    if is_new or order.date != details.date:
        period = _period_of(session, details.date)
        if order.status is not BasketStatus.waiting:
            _check_room(session, details.date, options, force=force)
        order.period_id = period.id
    try:
        with session.begin_nested():
            order.date, order.name, order.service = details.date, details.name, details.service
            order.phone_number, order.comment = details.phone, details.comment
            order.payment_method, order.price = details.payment, details.price
            if order.pceen_id is None and order.pceen is None:
                order.email = order.live_email = details.email
            if is_new:
                session.add(order)
    except sa.exc.IntegrityError:
        raise OrderedAlready from None


def _period_of(session: Session, day: date) -> PeriodPanierBio:
    found = period_around(session, day)
    if found is None:
        raise OutsidePeriods
    return found


def _check_room(session: Session, day: date, options: Options, *, force: bool) -> None:
    if not force and counting.tally(session, day).free(options) == 0:
        raise DateIsFull


def _check_live(order: OrderPanierBio) -> None:
    if order.status is BasketStatus.cancelled:
        raise CancelledAlready


def cancel(session: Session, *, order: OrderPanierBio) -> None:
    """Cancel an order, at any time, and tell whose it was; the next in line has its basket.

    Raises:
        CancelledAlready: If it is cancelled.
    """
    options = read_options(session)
    counting.lock_order(session, order)
    _check_live(order)
    before = said(order)
    empty(order, clock.now())
    audit(session, "panier_bio.order.cancel", order, before=audited(before))
    tell_cancelled(session, order, by_team=True)
    counting.give_free(session, order.date, options=options)


def grant(session: Session, *, order: OrderPanierBio, force: bool = False) -> None:
    """Give a basket to someone who waits, whoever else does, even after the deadline.

    Raises:
        NotWaiting: If they do not wait.
        DateIsFull: If no basket is left, unless *force* insists.
    """
    options = read_options(session)
    counting.lock_order(session, order)
    if order.status is not BasketStatus.waiting:
        raise NotWaiting
    _check_room(session, order.date, options, force=force)
    counting.grant(session, order)
    audit(session, "panier_bio.order.grant", order, after=audited(said(order)) | {"forced": force})


def set_flag(session: Session, *, order: OrderPanierBio, flag: Flag, value: bool) -> bool:
    """Tick something of an order, or untick it; whether that changed anything.

    A while after it is said to be picked up, whose it is are told.

    Raises:
        CancelledAlready: If the order is cancelled.
        NoBasketYet: If it waits, for a basket or to be confirmed.
    """
    lock(session, order)
    _check_live(order)
    if order.status is not BasketStatus.confirmed:
        raise NoBasketYet
    before = bool(getattr(order, flag.column))
    if before == value:
        return False
    setattr(order, flag.column, value)
    if flag is Flag.taken:
        now = clock.now()
        order.taken_at = now if value else None
        if value and order.told_taken_at is None:
            defer(session, TellPickedUp(order.id), due_at=now + TOLD_AFTER)
    order.version += 1
    named = {"flag": flag.value}
    before_after = ({**named, "value": before}, {**named, "value": value})
    audit(session, "panier_bio.order.tick", order, before=before_after[0], after=before_after[1])
    return True


# Dates


def date_version(row: PanierBioDate | None) -> int:
    """The version of what is particular to a date, for who changes it: a row may come later."""
    return row.version if row is not None else 1


def set_date(session: Session, *, day: date, capacity: int | None, note: str, version: int) -> bool:
    """Say how many baskets a date has, and what customers are told; whether that changed.

    Raises:
        NoSuchDate: If no period has that date.
        StalePanierBio: If somebody changed it meanwhile.
    """
    options = read_options(session)
    if period_around(session, day) is None:
        raise NoSuchDate
    row = counting.lock_days(session, [day])[day]
    if row.version != version:
        raise StalePanierBio
    before = {"date": day.isoformat(), "capacity": row.capacity, "note": row.note}
    after = {"date": day.isoformat(), "capacity": capacity, "note": note}
    if before == after:
        return False
    row.capacity, row.note = capacity, note
    row.version += 1
    audit(session, "panier_bio.date.change", row, before=before, after=after)
    counting.give_free(session, day, options=options)
    return True


# Settings


def version_of(options: Options) -> int:
    """A number that tells settings from others: what a form was shown."""
    text = json.dumps(stored(options), sort_keys=True)
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def set_options(session: Session, *, wanted: Options, version: int) -> bool:
    """Change the settings, all at once; whether anything changed.

    Raises:
        StalePanierBio: If somebody changed some meanwhile.
    """
    counting.lock_periods(session)
    lock(session, public_role(session))  # a setting may have no row yet: one change at a time
    session.expire_all()
    found = read_options(session)
    if version_of(found) != version:
        raise StalePanierBio
    before, after = stored(found), stored(wanted)
    changed = [choice for choice in CHOICES if before[choice.key] != after[choice.key]]
    if not changed:
        return False
    for choice in changed:
        choice.set(session, after[choice.key])  # type: ignore[arg-type]  # each its own type
    keys = [choice.key for choice in changed]
    audit(
        session,
        "panier_bio.settings.change",
        before={key: before[key] for key in keys},
        after={key: after[key] for key in keys},
    )
    _give_free_everywhere(session, wanted)
    return True


def _give_free_everywhere(session: Session, options: Options) -> None:
    """Give the baskets that a greater capacity, or a later deadline, sets free."""
    days = waited_days(session, first=clock.today())
    counting.lock_days(session, days)
    for day in days:
        counting.give_free(session, day, options=options)
