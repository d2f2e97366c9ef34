"""Settling the money that fits no payment."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.enums import Account, PaymentMethod, Settlement
from app.models import Payment, PaymentEvent, PCeen, audit
from app.modules.payments import queries
from app.modules.payments.errors import SettledAlready
from app.modules.payments.service import books, collect
from app.modules.payments.service.collect import Purchase, Received
from app.modules.payments.service.till import Till


def _settle(
    session: Session, event: PaymentEvent, *, by: PCeen, how: Settlement, note: str
) -> None:
    """Write that money which waited is dealt with.

    Raises:
        SettledAlready: If it was, meanwhile.
    """
    lock(session, event)
    if event.settled_at is not None:
        raise SettledAlready
    event.settled_at, event.settled_by = clock.now(), by
    event.settled_how, event.settled_note = how, note
    after = {"how": how, "amount_cents": event.amount_cents, "order_ref": event.order_ref}
    audit(session, "payments.event.settle", event, after=after, reason=note or None)


def refund(session: Session, event: PaymentEvent, *, by: PCeen, note: str) -> None:
    """Write that the money was given back to who had sent it.

    Raises:
        SettledAlready: If it was dealt with, meanwhile.
    """
    _settle(session, event, by=by, how=Settlement.refunded, note=note)
    books.give_back(session, event, by=by, why=note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose the money is, and what it buys."""

    pceen: PCeen
    #: ``None`` for what is put on an account: at the bar.
    offer_slug: str | None
    note: str


def attach(
    session: Session, event: PaymentEvent, *, owner: Owner, by: PCeen, till: Till
) -> Payment:
    """Make of the money a payment of someone: for an offer, or for their account at the bar.

    Raises:
        SettledAlready: If it was dealt with, meanwhile.
        ForOneself: If it is one's own.
        DomainError: If what it buys cannot be handed over.
    """
    _settle(session, event, by=by, how=Settlement.attached, note=owner.note)
    entry = queries.unmatched_entry(session, event.id)
    payment = collect.record(
        session,
        pceen=owner.pceen,
        by=by,
        received=Received(
            purchase=Purchase(
                type=event.type,
                offer_slug=owner.offer_slug,
                amount_cents=event.amount_cents or 0,
                method=PaymentMethod.lydia,
            ),
            payed_at=event.at,
            reason=owner.note,
            transaction_id=event.transaction_id,
            source=Account.unmatched if entry is not None else None,
        ),
        till=till,
    )
    event.payment = payment
    return payment
