"""Writing in the journal, which nothing ever changes, and checking that it adds up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core import clock
from app.core.money import Cents
from app.enums import Account, EntryKind, PaymentStatus, PaymentType
from app.models import (
    JournalEntry,
    Limit,
    Payment,
    PaymentEvent,
    PCeen,
    TriedTooOften,
    audit,
    defer,
)
from app.modules.payments import queries
from app.modules.payments.errors import SameAccount
from app.modules.payments.mails import BooksWrong
from app.modules.payments.queries import WrongPayment
from app.modules.payments.rules.books import income_of, place_of

#: How often the GRIs are told that the books are wrong.
ALERTS = Limit("payments.books_wrong", 1, timedelta(hours=1))
#: How many faults a mail tells.
_TOLD = 20


def record(session: Session, payment: Payment, *, source: Account | None = None) -> None:
    """Write the money of a payment that came; with *source*, from that account.

    What is free is written nowhere: no money moved.
    """
    if payment.amount_cents == 0 or payment.payed_at is None:
        return
    session.add(
        JournalEntry(
            day=clock.day_of(payment.payed_at),
            kind=EntryKind.payment,
            debit=source or place_of(payment.type, payment.method),
            credit=income_of(payment.type),
            amount_cents=payment.amount_cents,
            payment=payment,
            label=payment.offer_slug or payment.type,
            by_id=payment.gri_id,
        )
    )


def reverse(session: Session, payment: Payment) -> None:
    """Write the opposite of the line of a payment that is revoked."""
    entry = queries.entry_of(session, payment_id=payment.id, kind=EntryKind.payment)
    if entry is None:
        return
    # money that was waiting for its payment goes back where it really is
    place = entry.debit
    if place is Account.unmatched:
        place = place_of(payment.type, payment.method)
    session.add(
        JournalEntry(
            day=clock.today(),
            kind=EntryKind.reversal,
            debit=entry.credit,
            credit=place,
            amount_cents=entry.amount_cents,
            payment=payment,
            reverses_id=entry.id,
            label=payment.revoked_why,
            by_id=payment.revoked_by_id,
        )
    )


def receive_unmatched(session: Session, event: PaymentEvent, *, amount_cents: Cents) -> None:
    """Write money that Lydia has, and that fits no payment."""
    place = Account.lydia if event.type is PaymentType.internet else Account.lydia_bar
    session.add(
        JournalEntry(
            day=clock.day_of(event.at),
            kind=EntryKind.unmatched,
            debit=place,
            credit=Account.unmatched,
            amount_cents=amount_cents,
            event_id=event.id,
            label=event.order_ref or "",
        )
    )


def give_back(session: Session, event: PaymentEvent, *, by: PCeen, why: str) -> None:
    """Write that money which fits no payment was given back."""
    entry = queries.unmatched_entry(session, event.id)
    if entry is None:
        return
    session.add(
        JournalEntry(
            day=clock.today(),
            kind=EntryKind.refund,
            debit=Account.unmatched,
            credit=entry.debit,
            amount_cents=entry.amount_cents,
            event_id=event.id,
            label=why,
            by_id=by.id,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Money that a treasurer took from one place to another."""

    debit: Account
    credit: Account
    amount_cents: Cents
    day: date
    label: str


def move(session: Session, wanted: Move, *, by: PCeen) -> JournalEntry:
    """Write that money went from one account to another.

    Raises:
        SameAccount: If it went nowhere.
    """
    if wanted.debit is wanted.credit:
        raise SameAccount
    entry = JournalEntry(
        day=wanted.day,
        kind=EntryKind.move,
        debit=wanted.debit,
        credit=wanted.credit,
        amount_cents=wanted.amount_cents,
        label=wanted.label,
        by_id=by.id,
    )
    session.add(entry)
    after = {"debit": wanted.debit, "credit": wanted.credit, "amount_cents": wanted.amount_cents}
    audit(session, "payments.move.record", entry, after=after, reason=wanted.label)
    return entry


# The checker


def faults(session: Session) -> Iterator[str]:
    """What does not add up, in words: nothing, if all is well."""
    for wrong in queries.wrong_payments(session):
        yield from _payment_faults(wrong)
    for key in queries.lines_without_payment(session):
        yield _("ligne de relevé %(key)s : son état ne dit pas si un paiement y est lié", key=key)
    for key in queries.events_without_entry(session):
        yield _("événement %(key)s : de l'argent reçu n'est pas dans le journal", key=key)


def _payment_faults(wrong: WrongPayment) -> Iterator[str]:
    """What is wrong about one payment."""
    if wrong.written_cents != wrong.due_cents:
        yield _(
            "paiement %(key)s : %(written)s centimes au journal au lieu de %(due)s",
            key=wrong.id,
            written=wrong.written_cents,
            due=wrong.due_cents,
        )
    if wrong.taken_back_cents != wrong.due_back_cents:
        yield _(
            "paiement %(key)s : %(written)s centimes repris au journal au lieu de %(due)s",
            key=wrong.id,
            written=wrong.taken_back_cents,
            due=wrong.due_back_cents,
        )
    if wrong.subscriptions != wrong.due_subscriptions:
        yield _(
            "paiement %(key)s : %(number)s abonnement(s), en étant « %(status)s »",
            key=wrong.id,
            number=wrong.subscriptions,
            status=wrong.status.label,
        )
    elif wrong.subscriptions and wrong.taken_back != (wrong.status is PaymentStatus.cancelled):
        yield _(
            "paiement %(key)s : lui et son abonnement ne disent pas la même chose", key=wrong.id
        )


def check(session: Session, *, admins: tuple[str, ...]) -> list[str]:
    """Look for faults, and tell the GRIs of them, once an hour at most."""
    found = list(faults(session))
    if not found or not admins:
        return found
    try:
        ALERTS.check(session, "books")
    except TriedTooOften:
        return found
    ALERTS.count(session, "books")
    defer(session, BooksWrong(to=admins[0], locale="fr", faults=found[:_TOLD]))
    return found
