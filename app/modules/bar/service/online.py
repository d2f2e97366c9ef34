"""What a payment made online brings to an account of the bar (community 3.7)."""

from collections.abc import Sequence
from dataclasses import replace

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.money import Cents
from app.enums import BarKind, BarMethod, NotificationTopic, PaymentMethod
from app.models import Delivery, Payment, PCeen
from app.modules.bar.errors import AmountOutOfBounds, NoDeposit
from app.modules.bar.queries import ledger as reading
from app.modules.bar.service import ledger, reversals
from app.modules.bar.service.ledger import Movement
from app.modules.bar.service.money import audit_line
from app.modules.bar.service.words import euros
from app.modules.notifications.rules import words
from app.modules.notifications.rules.audiences import people
from app.modules.notifications.service.bus import Notice, tell

#: How the bar calls the ways to pay online.
_METHODS = {PaymentMethod.lydia: BarMethod.lydia, PaymentMethod.card: BarMethod.card}


def check(session: Session, pceen: PCeen, amount_cents: Cents) -> None:
    """Refuse a top-up that the account may not take, before anybody is asked for it.

    Raises:
        NoSuchCustomer, NoDeposit: If nothing may be.
        AmountOutOfBounds: If the house does not take so little, or so much.
        BalanceTooHigh: If it could not be held, with all that is coming.
    """
    opened = reading.open_account(session, pceen.id)
    if not opened.account.has_deposit:
        raise NoDeposit
    low, high = opened.house.recharge_min, opened.house.recharge_max
    if not low <= amount_cents <= high:
        raise AmountOutOfBounds(low=euros(low), high=euros(high))
    ledger.check_room(opened, amount_cents, coming_cents=reading.coming(session, pceen.id))


def deliver(session: Session, payment: Payment) -> None:
    """Credit the account of who paid; a second time, nothing.

    Raises:
        BalanceTooHigh: If the account cannot hold it: Lydia, and the site, ask again later.
    """
    if reading.line_of_payment(session, payment.id) is not None:
        return
    opened = reading.open_account(session, payment.pceen_id, anyone=True)
    movement = Movement(
        type=BarKind.top_up,
        balance_cents=payment.amount_cents,
        method=_METHODS.get(payment.method, BarMethod.lydia),
        payment_id=payment.id,
    )
    ledger.write(session, opened, movement)
    notice = Notice(
        topic=NotificationTopic.bar,
        title=_l("Votre compte du bar est rechargé"),
        body=_l("Il a reçu %(amount)s.", amount=words.euros(payment.amount_cents)),
        url="/bar/me",
        key=f"bar:top_up:{payment.id}",
    )
    tell(session, notice, people(payment.pceen_id))


def take_back(session: Session, payment: Payment) -> None:
    """Undo the credit of a payment that is revoked; a second time, nothing.

    Raises:
        BalanceTooLow: If the money is spent already.
    """
    line = reading.line_of_payment(session, payment.id)
    if line is None or reading.reversal_of(session, line.id) is not None:
        return
    opened = reading.open_account(session, payment.pceen_id, anyone=True)
    movement = reversals.opposite(session, line, reason=payment.revoked_why or None)
    audit_line(
        session, ledger.write(session, opened, replace(movement, by_id=payment.revoked_by_id))
    )


def describe(_session: Session, _payment: Payment) -> tuple[str, Sequence[tuple[str, str]]]:
    """What it bought: a name, and nothing to add."""
    return _("Rechargement du compte du bar"), ()


DELIVERY = Delivery(deliver=deliver, take_back=take_back, describe=describe, check=check)
