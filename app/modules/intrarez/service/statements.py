"""Making payments of the transfers that the statements of the bank account tell of."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.enums import BankLineStatus, PaymentMethod
from app.models import BankLine, Offer, Payment, PCeen, audit
from app.modules.intrarez import queries
from app.modules.intrarez.errors import OtherAmount
from app.modules.intrarez.service import subscriptions
from app.modules.intrarez.service.subscriptions import Money
from app.modules.payments import queries as payments
from app.modules.payments.errors import BankLineDone
from app.modules.payments.service.till import Till


def confirm(
    session: Session, *, line: BankLine, pceen: PCeen, offer: Offer, by: PCeen, till: Till
) -> Payment:
    """Write that a line is someone's transfer, and give them what it buys.

    Raises:
        BankLineDone: If someone dealt with it meanwhile.
        OtherAmount: If another amount came than the price of the offer.
        OfferError: If it may not be recorded.
        ForOneself: If it is for who confirms it.
    """
    _lock_waiting(session, line)
    if offer.price_cents != line.amount_cents:
        raise OtherAmount
    payment = subscriptions.record(
        session,
        pceen=pceen,
        money=Money(
            offer=offer,
            method=PaymentMethod.transfer,
            day=line.day,
            reason=line.label,
            bank_line_id=line.id,
        ),
        by=by,
        till=till,
    )
    _become(session, line, BankLineStatus.matched)
    return payment


@dataclass(frozen=True, slots=True)
class Sure:
    """A line that leaves no doubt, and what it is."""

    line_id: int
    pceen_id: int
    offer_slug: str


def confirm_sure(session: Session, sure: Sure, *, by: PCeen, till: Till) -> Payment:
    """Write that a line is what it surely is.

    Raises:
        DomainError: As for any line.
    """
    return confirm(
        session,
        line=payments.bank_line(session, sure.line_id),
        pceen=session.get_one(PCeen, sure.pceen_id),
        offer=queries.offer(session, sure.offer_slug),
        by=by,
        till=till,
    )


def ignore(session: Session, *, line: BankLine) -> None:
    """Leave a line aside: it pays for nothing here.

    Raises:
        BankLineDone: If someone made a payment of it.
    """
    lock(session, line)
    if line.status is BankLineStatus.ignored:
        return
    if line.status is not BankLineStatus.proposed:
        raise BankLineDone
    _become(session, line, BankLineStatus.ignored)


def restore(session: Session, *, line: BankLine) -> None:
    """Have a line that was left aside wait again.

    Raises:
        BankLineDone: If someone made a payment of it.
    """
    lock(session, line)
    if line.status is BankLineStatus.matched:
        raise BankLineDone
    if line.status is BankLineStatus.ignored:
        _become(session, line, BankLineStatus.proposed)


def _lock_waiting(session: Session, line: BankLine) -> None:
    lock(session, line)
    if line.status is not BankLineStatus.proposed:
        raise BankLineDone


_VERBS = {
    BankLineStatus.matched: "match",
    BankLineStatus.ignored: "ignore",
    BankLineStatus.proposed: "restore",
}


def _become(session: Session, line: BankLine, status: BankLineStatus) -> None:
    before, line.status = line.status, status
    audit(
        session,
        f"payments.line.{_VERBS[status]}",
        line,
        before={"status": before},
        after={"status": status},
    )
