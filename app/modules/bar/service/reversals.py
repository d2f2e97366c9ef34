"""Undoing a line of the ledger: the opposite line, for the same day (community 3.2)."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.enums import BarKind
from app.models import BarItem, BarTransaction, Payment, PCeen
from app.modules.bar.errors import (
    ForOneself,
    NotReversible,
    OnlineTopUp,
    ReasonMissing,
    ReversedAlready,
    TooLateToReverse,
)
from app.modules.bar.queries import ledger as reading
from app.modules.bar.service import ledger
from app.modules.bar.service.ledger import Movement, Sold
from app.modules.bar.service.money import audit_line
from app.modules.bar.service.requests import Asked, Outcome, done_before
from app.modules.payments.service import collect
from app.modules.payments.service.till import Till

#: What may be undone.
REVERSIBLE = frozenset((BarKind.pay_item, BarKind.top_up, BarKind.refund, BarKind.adjustment))


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """A line to undo, and by what right."""

    number: int
    reason: str | None = None
    #: Whether who asks runs the bar.
    by_manager: bool = False


def reverse(session: Session, undoing: Undoing, *, request: Asked, till: Till) -> Outcome:
    """Write the opposite of a line.

    A payment made online is revoked with it.

    Raises:
        NoSuchTransaction: If there is none.
        KeyReused: If the key of the request did something else.
        ForOneself, NotReversible, ReversedAlready: If nobody may, or not this person.
        TooLateToReverse, OnlineTopUp, ReasonMissing: If it takes a manager, or a reason.
        BalanceTooLow, BalanceTooHigh: If the money is spent already.
    """
    line = reading.line(session, undoing.number)
    if line.client_id is None or line.type not in REVERSIBLE:
        raise NotReversible
    if line.client_id == request.by_id:
        raise ForOneself
    if line.payment_id is not None:
        return _revoke(session, line, undoing, request=request, till=till)
    opened = reading.open_account(session, line.client_id, anyone=True)
    if (done := done_before(session, request)) is not None:
        return done
    _check_right(session, line, undoing)
    coming = reading.coming(session, line.client_id) if line.balance_change_cents < 0 else 0
    ledger.check_room(opened, -line.balance_change_cents, coming_cents=coming)
    undone = ledger.write(
        session, opened, opposite(session, line, reason=undoing.reason), request=request
    )
    audit_line(session, undone)
    return Outcome(undone)


def _check_right(session: Session, line: BarTransaction, undoing: Undoing) -> None:
    """Refuse what was undone already, and what takes a manager, or a reason.

    Raises:
        ReversedAlready, TooLateToReverse, OnlineTopUp, ReasonMissing: If so.
    """
    if reading.reversal_of(session, line.id) is not None:
        raise ReversedAlready
    is_late = line.revert_until is None or clock.now() > line.revert_until
    if not undoing.by_manager:
        if line.payment_id is not None:
            raise OnlineTopUp
        if is_late:
            raise TooLateToReverse
    elif (is_late or line.payment_id is not None) and not undoing.reason:
        raise ReasonMissing


def opposite(session: Session, line: BarTransaction, *, reason: str | None) -> Movement:
    """What undoes a line: stock comes back if it left, and if it is still counted."""
    sold, stock = None, 0
    if line.item_id is not None:
        item = session.get_one(BarItem, line.item_id)
        lock(session, item)
        if item.is_quantifiable:
            stock = -line.stock_change
        sold = Sold(
            item, line.item_name or "", line.price_cents or 0, line.alcohol_mass or Decimal(0)
        )
    return Movement(
        type=BarKind.reversal,
        balance_cents=-line.balance_change_cents,
        stock=stock,
        sold=sold,
        method=line.method,
        reason=reason,
        reverses=line,
    )


# A payment made online: the books change with the ledger


def _revoke(
    session: Session, line: BarTransaction, undoing: Undoing, *, request: Asked, till: Till
) -> Outcome:
    """Undo a line, and revoke the payment that brought it: payments are locked first."""
    payment = session.get_one(Payment, line.payment_id)
    lock(session, payment)
    opened = reading.open_account(session, payment.pceen_id, anyone=True)
    if (done := done_before(session, request)) is not None:
        return done
    _check_right(session, line, undoing)
    movement = opposite(session, line, reason=undoing.reason)
    undone = ledger.write(session, opened, movement, request=request)
    audit_line(session, undone)
    collect.revoke(
        session,
        payment=payment,
        by=session.get_one(PCeen, request.by_id),
        why=(undoing.reason or "")[:255],
        version=payment.version,
        till=till,
    )
    return Outcome(undone)
