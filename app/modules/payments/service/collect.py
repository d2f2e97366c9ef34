"""Taking money: online through Lydia, or by a GRI who records it; and taking it back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.money import Cents
from app.core.transaction import lock
from app.enums import Account, BankLineStatus, PaymentMethod, PaymentStatus, PaymentType
from app.integrations.lydia import Accepted
from app.models import Limit, Payment, PCeen, TriedTooOften, audit, defer
from app.modules.payments import queries
from app.modules.payments.effects import PollPayment
from app.modules.payments.errors import (
    AskedTooOften,
    ForOneself,
    NotPaid,
    OwnPayment,
    PaidTooOften,
    RevokedAlready,
    StalePayment,
)
from app.modules.payments.rules import polls
from app.modules.payments.rules.statuses import may_become
from app.modules.payments.service import books
from app.modules.payments.service.till import Till

#: How long a payment that waits is used again instead of another.
REUSED = timedelta(minutes=30)
#: How many payments someone may begin.
BEGUN = Limit("payments.begin", 20, timedelta(minutes=10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What someone pays for, and how."""

    type: PaymentType = PaymentType.internet
    offer_slug: str | None = None
    amount_cents: Cents
    method: PaymentMethod


def begin(
    session: Session, *, pceen: PCeen, purchase: Purchase, key: str, till: Till
) -> tuple[Payment, bool]:
    """The payment of a purchase, and whether Lydia must be asked for it.

    The one that the same form made, or that waits for the payer already, is used again.

    Raises:
        PaidTooOften: If the person began many of them.
        DomainError: If what they buy could not be handed over.
    """
    lock(session, pceen)
    found = queries.with_key(session, key) or _waiting(session, pceen, purchase)
    if found is not None:
        return found, False
    till.deliveries[purchase.type].check(session, pceen, purchase.amount_cents)
    try:
        BEGUN.check(session, pceen.id)
    except TriedTooOften as refusal:
        raise PaidTooOften(**refusal.details) from None
    BEGUN.count(session, pceen.id)
    payment = Payment(
        pceen=pceen,
        type=purchase.type,
        offer_slug=purchase.offer_slug,
        amount_cents=purchase.amount_cents,
        method=purchase.method,
        idempotency_key=key,
    )
    _number(session, payment)
    payment.next_poll_at = polls.next_poll(payment.created_at, payment.created_at)
    audit(session, "payments.payment.begin", payment, after=_said(payment))
    return payment, True


def _waiting(session: Session, pceen: PCeen, purchase: Purchase) -> Payment | None:
    """A payment of the very same purchase that Lydia waits for, and that is recent."""
    stmt = sa.select(Payment).where(
        Payment.pceen_id == pceen.id,
        Payment.type == purchase.type,
        Payment.offer_slug == purchase.offer_slug,
        Payment.amount_cents == purchase.amount_cents,
        Payment.method == purchase.method,
        Payment.status == PaymentStatus.waiting,
        Payment.created_at > clock.now() - REUSED,
    )
    return session.scalars(stmt.order_by(Payment.id.desc()).limit(1)).first()


def _number(session: Session, payment: Payment) -> None:
    """Write a payment, and give it the reference that Lydia and people know it by."""
    session.add(payment)
    session.flush()
    payment.order_ref = f"PEM-{payment.id}-{int(payment.created_at.timestamp())}"


def wait(session: Session, payment: Payment, accepted: Accepted) -> None:
    """Lydia waits for the payer; its callback may have come before its answer."""
    lock(session, payment)
    payment.lydia_uuid = payment.lydia_uuid or accepted.uuid
    payment.lydia_request_id = payment.lydia_request_id or accepted.request_id
    _become(session, payment, PaymentStatus.waiting)


def fail(session: Session, payment: Payment) -> None:
    """Lydia did not take the request, as far as one knows."""
    lock(session, payment)
    _become(session, payment, PaymentStatus.error)


def close(session: Session, payment: Payment, status: PaymentStatus) -> bool:
    """A locked payment is refused, cancelled, in error; return whether it was not yet."""
    return _become(session, payment, status)


def _become(session: Session, payment: Payment, status: PaymentStatus) -> bool:
    """Change what a locked payment is, if it may; return whether it did."""
    if not may_become(payment.status, status, is_revoked=payment.is_revoked):
        return False
    before, payment.status = payment.status, status
    payment.version += 1
    audit(
        session,
        "payments.payment.change",
        payment,
        before={"status": before},
        after={"status": status},
    )
    return True


def accept(
    session: Session, payment: Payment, *, till: Till, transaction_id: str | None = None
) -> bool:
    """The money of a locked payment came: write it, and hand over what it bought.

    Return whether it had not come yet: a second time, nothing happens.
    """
    if not may_become(payment.status, PaymentStatus.accepted, is_revoked=payment.is_revoked):
        return False
    # now: PostgreSQL shares the row of who pays at the second change of the payment, and two
    # payments of theirs would wait for each other
    lock(session, payment.pceen)
    payment.payed_at = clock.now()
    payment.next_poll_at = None
    payment.lydia_transaction_id = payment.lydia_transaction_id or transaction_id
    _become(session, payment, PaymentStatus.accepted)
    books.record(session, payment)
    till.deliveries[payment.type].deliver(session, payment)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Money that someone says to have received."""

    purchase: Purchase
    payed_at: datetime
    reason: str = ""
    bank_line_id: int | None = None
    #: What names it at Lydia, for money that fitted no payment.
    transaction_id: str | None = None
    #: Where the money was, if it was in the books already.
    source: Account | None = None
    key: str | None = None


def record(session: Session, *, pceen: PCeen, by: PCeen, received: Received, till: Till) -> Payment:
    """Write money that a GRI received for someone, and hand over what it bought.

    Raises:
        ForOneself: If they are the same person.
    """
    if pceen.id == by.id:
        raise ForOneself
    lock(session, pceen)
    if received.key is not None:
        found = queries.with_key(session, received.key)
        if found is not None:
            return found
    purchase = received.purchase
    payment = Payment(
        pceen=pceen,
        type=purchase.type,
        offer_slug=purchase.offer_slug,
        amount_cents=purchase.amount_cents,
        method=purchase.method,
        status=PaymentStatus.manual,
        payed_at=received.payed_at,
        gri=by,
        reason=received.reason,
        bank_line_id=received.bank_line_id,
        lydia_transaction_id=received.transaction_id,
        idempotency_key=received.key,
    )
    _number(session, payment)
    books.record(session, payment, source=received.source)
    after = {**_said(payment), "payer": pceen.id}
    audit(session, "payments.payment.record", payment, after=after, reason=received.reason or None)
    till.deliveries[payment.type].deliver(session, payment)
    return payment


def revoke(
    session: Session, *, payment: Payment, by: PCeen, why: str, version: int, till: Till
) -> None:
    """Cancel a payment that was paid: its line of the books is reversed, what it gave taken back.

    Raises:
        RevokedAlready, NotPaid, OwnPayment: If it cannot be.
        StalePayment: If it changed meanwhile.
        DomainError: If what it gave may not be taken back.
    """
    if payment.pceen_id == by.id:
        raise OwnPayment
    lock(session, payment)
    if payment.is_revoked:
        raise RevokedAlready
    if not payment.status.is_paid:
        raise NotPaid
    if payment.version != version:
        raise StalePayment
    before = {"status": payment.status}
    payment.status = PaymentStatus.cancelled
    payment.revoked_at, payment.revoked_by, payment.revoked_why = clock.now(), by, why
    payment.version += 1
    till.deliveries[payment.type].take_back(session, payment)
    books.reverse(session, payment)
    _release_line(session, payment)
    after = {"status": payment.status}
    audit(session, "payments.payment.revoke", payment, before=before, after=after, reason=why)


def _release_line(session: Session, payment: Payment) -> None:
    """Let the line of a statement that was a revoked payment be another's."""
    if payment.bank_line_id is None:
        return
    line = queries.bank_line(session, payment.bank_line_id)
    payment.bank_line_id = None
    line.status = BankLineStatus.proposed
    audit(session, "payments.bank_line.release", line, before={"payment": payment.id})


def ask(session: Session, payment: Payment) -> None:
    """Have the worker ask Lydia what became of a payment.

    Raises:
        AskedTooOften: If it was asked seconds ago.
    """
    lock(session, payment)
    now = clock.now()
    if payment.checked_at is not None and payment.checked_at > now - polls.BETWEEN_CHECKS:
        left = payment.checked_at + polls.BETWEEN_CHECKS - now
        raise AskedTooOften(seconds=int(left.total_seconds()) + 1)
    payment.checked_at = now
    if payment.is_pending or payment.status is PaymentStatus.error:
        defer(session, PollPayment(payment.id))


def _said(payment: Payment) -> dict[str, object]:
    return {
        "type": payment.type,
        "offer": payment.offer_slug,
        "amount_cents": payment.amount_cents,
        "method": payment.method,
    }
