"""What residents paid over the years, up to the subscriptions of the reference school."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli.reference import rows
from app.core import clock
from app.core.dates import add_months
from app.enums import PaymentMethod, PaymentStatus
from app.models import Device, Offer, Payment, PCeen, Subscription
from app.modules.intrarez.rules import subscriptions as rules
from app.modules.intrarez.rules.subscriptions import Period
from app.modules.payments.service import books
from app.web.module import Demo

SUBSCRIPTIONS = 2000
#: What was bought, each time, and how many months that is with the free one.
_OFFER, _MONTHS, _EVERY = "12months", 12, 13
_METHODS = (PaymentMethod.card, PaymentMethod.lydia)


def load(session: Session, demo: Demo) -> None:
    """Give a subscription to residents without any, then former ones to all, year after year."""
    session.flush()
    first = dict(
        session.execute(
            sa.select(Subscription.pceen_id, sa.func.min(Subscription.start)).group_by(
                Subscription.pceen_id
            )
        ).all()
    )
    people = list(
        session.scalars(
            sa.select(PCeen).where(PCeen.id.in_(sa.select(Device.pceen_id))).order_by(PCeen.id)
        )
    )
    offer = session.get_one(Offer, _OFFER)
    bought: list[tuple[PCeen, date]] = []
    for pceen in people:
        if pceen.id not in first:
            start = clock.today() - timedelta(days=demo.chance.randint(0, 330))
            first[pceen.id] = start
            bought.append((pceen, start))
            pceen.sub_state = rules.state(_period(start), clock.today())
    missing = demo.count(SUBSCRIPTIONS) - rows.count(session, Subscription) - len(bought)
    for number in range(max(0, missing)):
        pceen = people[number % len(people)]
        first[pceen.id] = add_months(first[pceen.id], -_EVERY) - timedelta(days=1)
        bought.append((pceen, first[pceen.id]))
    _write(session, demo, offer, sorted(bought, key=lambda one: (one[1], one[0].id)))


def _period(start: date) -> Period:
    return rules.bought(start, months=_MONTHS, days=0)


def _write(session: Session, demo: Demo, offer: Offer, bought: list[tuple[PCeen, date]]) -> None:
    """The payments, in the order in which they came, what they gave, and the books."""
    payments = []
    for pceen, start in bought:
        payed_at = clock.day_start(start)
        payment = Payment(
            pceen=pceen,
            offer_slug=offer.slug,
            amount_cents=offer.price_cents,
            method=demo.chance.choice(_METHODS),
            status=PaymentStatus.accepted,
            created_at=payed_at - timedelta(minutes=2),
            payed_at=payed_at,
        )
        payments.append(payment)
    session.add_all(payments)
    session.flush()
    for (pceen, start), payment in zip(bought, payments, strict=True):
        period = _period(start)
        payment.order_ref = f"PEM-{payment.id}-{int(payment.created_at.timestamp())}"
        books.record(session, payment)
        session.add(
            Subscription(
                pceen=pceen,
                offer=offer,
                payment=payment,
                start=period.start,
                end=period.end,
                created_at=payment.payed_at,
                effective_start=period.start,
            )
        )
        demo.tick()
    session.flush()
