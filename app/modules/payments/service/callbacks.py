"""Hearing what Lydia says: once or a hundred times, in any order, the outcome is the same."""

import json
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.money import Cents
from app.core.transaction import lock
from app.enums import EventSource, PaymentStatus, PaymentType
from app.models import Limit, Payment, PaymentEvent, TriedTooOften, defer
from app.modules.payments import queries
from app.modules.payments.mails import MoneyUnmatched
from app.modules.payments.rules import callbacks as rules
from app.modules.payments.service import books, collect
from app.modules.payments.service.till import Till

#: How often the GRIs are told of each way not to fit.
ALERTS = Limit("payments.unmatched", 1, timedelta(hours=1))
#: How much of what was said is kept, in characters.
_LONGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What Lydia said, well written and well signed."""

    source: EventSource
    #: The merchant that it was said to.
    type: PaymentType
    fields: dict[str, str]

    @property
    def amount_cents(self) -> Cents:
        return rules.cents(self.fields["amount"])

    @property
    def transaction_id(self) -> str | None:
        return self.fields.get("transaction_identifier")

    @property
    def body(self) -> str:
        """What was said, without its secrets."""
        kept = {name: value for name, value in self.fields.items() if name not in rules.SECRET}
        return json.dumps(kept, sort_keys=True)[:_LONGEST]


def hear(session: Session, said: Said, *, till: Till) -> int:
    """Do what Lydia says, and keep what it said; return the status of the answer."""
    payment = _find(session, said)
    if payment is not None:
        lock(session, payment)
    status, outcome = _judge(session, said, payment, till=till)
    _keep(session, said, payment, outcome=outcome, till=till)
    return status


def _find(session: Session, said: Said) -> Payment | None:
    """The payment that Lydia speaks of, if it is one, and of this merchant."""
    by_order = queries.by_order(session, said.fields["order_ref"])
    by_request = queries.by_request(session, said.fields["request_id"])
    found = by_order or by_request
    if found is None or (by_request is not None and found is not by_request):
        return None
    return found if found.type is said.type else None


def _judge(session: Session, said: Said, payment: Payment | None, *, till: Till) -> tuple[int, str]:
    """The status of the answer, and what was done, in a word."""
    if payment is None:
        return 404, "unknown"
    if till.lydia is None or said.fields["vendor_token"] != till.lydia.vendor_token(said.type):
        return 400, "other_merchant"
    if said.fields["currency"] != rules.CURRENCY:
        return 400, "other_currency"
    if said.amount_cents != payment.amount_cents:
        return 400, "other_amount"
    if payment.lydia_request_id is None:
        payment.lydia_request_id = said.fields["request_id"]
    if said.source is EventSource.cancel:
        return 204, _outcome("cancelled", collect.close(session, payment, PaymentStatus.cancelled))
    return _confirm(session, said, payment, till=till)


def _confirm(session: Session, said: Said, payment: Payment, *, till: Till) -> tuple[int, str]:
    """The money was taken."""
    assert said.transaction_id is not None  # noqa: S101  # the form of a confirmation has one
    paid = queries.with_transaction(session, said.transaction_id)
    if paid is not None and paid != payment.id:
        return 400, "other_payment"
    first = payment.lydia_transaction_id
    is_done = payment.status.is_paid or payment.is_revoked
    if is_done and first is not None and first != said.transaction_id:
        return 204, "paid_twice"
    is_new = collect.accept(session, payment, till=till, transaction_id=said.transaction_id)
    if not is_new and first is None:
        payment.lydia_transaction_id = said.transaction_id  # a poll came before, without it
    return 204, _outcome("accepted", is_new)


def _outcome(word: str, is_new: bool) -> str:  # noqa: FBT001  # one word of two
    return word if is_new else "nothing"


#: Ways not to fit where money came all the same, in our currency, to our account.
_MONEY = frozenset({"unknown", "other_amount", "paid_twice"})
_ALARMING = _MONEY | {"other_merchant", "other_currency", "other_payment"}


def _keep(
    session: Session, said: Said, payment: Payment | None, *, outcome: str, till: Till
) -> None:
    """Write what was said; money that fits no payment is put aside, once, and told of."""
    event = PaymentEvent(
        source=said.source,
        type=said.type,
        payment=payment,
        order_ref=said.fields["order_ref"],
        request_id=said.fields["request_id"],
        transaction_id=said.transaction_id,
        amount_cents=said.amount_cents,
        body=said.body,
        outcome=outcome,
    )
    session.add(event)
    session.flush()
    if outcome not in _ALARMING:
        return
    is_money = said.source is EventSource.confirm and said.amount_cents > 0
    if is_money and outcome in _MONEY and _is_ours(said, till):
        if not _put_aside(session, event, f"{said.type}:{said.transaction_id}"):
            return
        books.receive_unmatched(session, event, amount_cents=said.amount_cents)
    _alert(session, event, till=till)


def _is_ours(said: Said, till: Till) -> bool:
    """Whether the money is on our account, and in our currency."""
    vendor = till.lydia.vendor_token(said.type) if till.lydia else None
    return said.fields["currency"] == rules.CURRENCY and said.fields["vendor_token"] == vendor


def _put_aside(session: Session, event: PaymentEvent, key: str) -> bool:
    """Have money wait for a GRI; return whether it did not yet, by another message."""
    try:
        with session.begin_nested():
            event.unmatched_key = key
            session.flush()
    except sa.exc.IntegrityError:
        session.refresh(event)
        return False
    return True


def _alert(session: Session, event: PaymentEvent, *, till: Till) -> None:
    """Tell the GRIs, once an hour for each way not to fit."""
    if not till.admins:
        return
    try:
        ALERTS.check(session, event.outcome)
    except TriedTooOften:
        return
    ALERTS.count(session, event.outcome)
    mail = MoneyUnmatched(
        to=till.admins[0],
        locale="fr",
        outcome=event.outcome,
        order_ref=event.order_ref or "",
        amount_cents=event.amount_cents or 0,
    )
    defer(session, mail)
