"""Paying online: the one thing that the site asks of another while someone waits."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.integrations.lydia import Accepted, Lydia, LydiaAway, Order
from app.models import Payment, PCeen
from app.modules.payments import queries
from app.modules.payments.errors import LydiaSilent
from app.modules.payments.service import collect
from app.modules.payments.service.collect import Purchase
from app.modules.payments.service.till import Till


def pay(
    session: Session,
    *,
    pceen: PCeen,
    purchase: Purchase,
    key: str,
    order: Callable[[Payment], Order],
    till: Till,
) -> tuple[Payment, bool]:
    """Have Lydia wait for someone to pay; return the payment, and whether it is a new one.

    It is written before Lydia is asked, and nothing is held meanwhile: if the
    answer is lost, what Lydia says later finds its payment.

    Raises:
        LydiaSilent: If Lydia does not take the request.
        PaidTooOften: If the person began many payments.
        DomainError: If what they buy could not be handed over.
    """
    with transaction(session):
        payment, is_new = collect.begin(session, pceen=pceen, purchase=purchase, key=key, till=till)
    if not is_new:
        return payment, False
    wanted = order(payment)
    lydia, payment_id = till.lydia, payment.id
    session.rollback()
    try:
        accepted = _ask(lydia, wanted)
        with transaction(session):
            payment = queries.payment(session, payment_id)
            collect.wait(session, payment, accepted)
    except (LydiaAway, sa.exc.IntegrityError) as trouble:  # or a number that another payment has
        with transaction(session):
            collect.fail(session, queries.payment(session, payment_id))
        raise LydiaSilent from trouble
    return payment, True


def _ask(lydia: Lydia | None, wanted: Order) -> Accepted:
    """Lydia's word that it waits for the payer.

    Raises:
        LydiaAway: If it does not give it, or if there is nobody to ask.
    """
    if lydia is None or not lydia.takes(wanted.type):
        raise LydiaAway("nobody takes money online here")
    return lydia.request(wanted)
