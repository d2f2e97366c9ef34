"""Asking Lydia what became of payments, for when it could not say (network-b B5.6, 6 and 7)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock, transaction
from app.enums import EventSource, PaymentStatus
from app.integrations.lydia import LydiaAway, LydiaGarbled, LydiaRefused, LydiaUnsure, State
from app.models import JobRun, Payment, PaymentEvent
from app.modules.payments import queries
from app.modules.payments.rules import polls
from app.modules.payments.rules.statuses import of_state
from app.modules.payments.service import collect
from app.modules.payments.service.till import Till

logger = logging.getLogger(__name__)

#: After so many silences in a row, Lydia is left alone until the next minute.
_SILENCES = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What came out of asking about one payment."""

    payment_id: int
    #: What it is now.
    status: PaymentStatus
    #: Why nothing is known, if nothing is.
    trouble: str | None = None
    #: Whether Lydia may say more before long.
    is_silent: bool = False


def run(
    session: Session,
    *,
    till: Till,
    everything: bool = False,
    tell: Callable[[Asked], object] = lambda _: None,
) -> list[Asked]:
    """Ask about each payment that is due, and give up those that nobody answers for.

    With *everything*, about all that wait. Nothing is held while Lydia answers.
    """
    with transaction(session):
        _give_up(session)
    due = list(queries.due_polls(session, everything=everything))
    session.rollback()
    if till.lydia is None:
        return []
    found: list[Asked] = []
    silences = 0
    for key in due:
        asked = _poll_alone(session, key, till=till)
        found.append(asked)
        tell(asked)
        silences = silences + 1 if asked.is_silent else 0
        if silences == _SILENCES:
            break
    return found


def _poll_alone(session: Session, key: int, *, till: Till) -> Asked:
    """Ask about one payment; if what follows fails, the others have their turn all the same."""
    try:
        return poll(session, key, till=till)
    except Exception as error:  # noqa: BLE001  # whatever it is
        session.rollback()
        name = type(error).__name__
        logger.error("payment %s could not be brought up to date: %s", key, name)  # noqa: TRY400  # what it holds may be about someone
        status = session.get_one(Payment, key).status
        session.rollback()
        return Asked(key, status, name)


def was_stopped(session: Session, job: str, *, now: datetime) -> bool:
    """Whether a job that runs each minute had not, before this run, for a while."""
    stmt = (
        sa.select(JobRun.started_at)
        .where(JobRun.job == job, JobRun.ended_at.is_not(None), JobRun.error.is_(None))
        .order_by(JobRun.id.desc())
        .limit(1)
    )
    last = session.scalars(stmt).first()
    return last is None or now - last > polls.OUTAGE


def _give_up(session: Session) -> None:
    """Write in error what is too long in the making, or waits for too long."""
    for key in queries.too_old(session):
        payment = session.get_one(Payment, key)
        lock(session, payment)
        collect.close(session, payment, PaymentStatus.error)


def poll(session: Session, key: int, *, till: Till) -> Asked:
    """Ask Lydia about one payment, and do what it says."""
    lydia = till.lydia
    with transaction(session):
        payment = session.get_one(Payment, key)
        lock(session, payment)
        payment.polls += 1
        payment.next_poll_at = polls.next_poll(payment.created_at, clock.now())
        type_, uuid, order_ref = payment.type, payment.lydia_uuid, payment.order_ref
        status = payment.status
    if lydia is None or not lydia.takes(type_):
        return Asked(key, status, "nobody takes money online here")
    try:
        state = lydia.state(type_, uuid=uuid, order_ref=order_ref)
    except LydiaAway as trouble:
        return _not_said(session, key, trouble)
    with transaction(session):
        payment = session.get_one(Payment, key)
        lock(session, payment)
        return _apply(session, payment, state, till=till)


def _not_said(session: Session, key: int, trouble: LydiaAway) -> Asked:
    """Nothing changes, but that it is asked again: before long, of a Lydia that was silent."""
    is_silent = not isinstance(trouble, LydiaUnsure | LydiaRefused)
    with transaction(session):
        payment = session.get_one(Payment, key)
        lock(session, payment)
        if is_silent:
            soon = clock.now() + polls.AFTER_SILENCE
            payment.next_poll_at = min(payment.next_poll_at or soon, soon)
        if isinstance(trouble, LydiaUnsure | LydiaGarbled):
            _keep(session, payment, body=str(trouble), outcome="unsure")
        return Asked(key, payment.status, str(trouble), is_silent)


def _apply(session: Session, payment: Payment, state: State, *, till: Till) -> Asked:
    """Make of a locked payment what Lydia says, and keep what it said."""
    if state.amount_cents != payment.amount_cents:
        _keep(session, payment, body=state.body, outcome="other_amount")
        return Asked(payment.id, payment.status, "another amount")
    status = of_state(state.code)
    if status is PaymentStatus.accepted:
        changed = collect.accept(session, payment, till=till)
    else:
        changed = collect.close(session, payment, status)
    # one that is thought to have failed is asked about for as long as its number is unknown
    is_lost = payment.status is PaymentStatus.error
    if payment.lydia_uuid is None and not is_lost and not _is_taken(session, state.uuid):
        payment.lydia_uuid = state.uuid
    _keep(session, payment, body=state.body, outcome=status if changed else "nothing")
    return Asked(payment.id, payment.status)


def _is_taken(session: Session, uuid: str) -> bool:
    stmt = sa.select(Payment.id).where(Payment.lydia_uuid == uuid)
    return session.scalars(stmt).first() is not None


def _keep(session: Session, payment: Payment, *, body: str, outcome: str) -> None:
    """Write what Lydia answered."""
    session.add(
        PaymentEvent(
            source=EventSource.poll,
            type=payment.type,
            payment=payment,
            order_ref=payment.order_ref,
            request_id=payment.lydia_request_id,
            amount_cents=payment.amount_cents,
            body=body[:4096],
            outcome=outcome,
        )
    )
