"""What the residents of the demonstration paid, over two years."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import (
    BanKind,
    EventSource,
    PaymentMethod,
    PaymentStatus,
    PaymentType,
    SubState,
)
from app.models import BankLine, Device, Offer, Payment, PaymentEvent, PCeen, Subscription
from app.modules.intrarez import queries
from app.modules.intrarez.rules import subscriptions as rules
from app.modules.intrarez.rules.matching import reference
from app.modules.intrarez.rules.offers import WELCOME
from app.modules.intrarez.rules.subscriptions import Period
from app.modules.intrarez.service import bans, offers
from app.modules.payments.service import books
from app.web import installation
from app.web.module import Demo

#: How many people have a device, in a school of full size.
PEOPLE = 400
_GRI, _TRIAL, _WAITING = "mcurie", "plangevi", "plangevi"
#: How people pay, and how many of a hundred.
_METHODS = {
    PaymentMethod.card: 45,
    PaymentMethod.lydia: 30,
    PaymentMethod.transfer: 14,
    PaymentMethod.cash: 9,
    PaymentMethod.gift: 2,
}
_SLUGS = {"3months": 45, "6months": 30, "12months": 25}


@dataclass(frozen=True, slots=True)
class _Shop:
    """What there is to buy, and who records what comes by hand."""

    offers: dict[str, Offer]
    gri: PCeen


@dataclass(frozen=True, slots=True)
class _Bought:
    """What someone bought once, and when."""

    pceen: PCeen
    offer: Offer
    method: PaymentMethod
    payed_at: datetime
    period: Period


def load(session: Session, demo: Demo) -> None:
    """Subscriptions with their payments, people who did not pay, and what waits for a GRI."""
    offers.seed(session)
    session.flush()
    gri = session.scalars(sa.select(PCeen).where(PCeen.username == _GRI)).one()
    shop = _Shop({one.slug: one for one in queries.all_offers(session)}, gri)
    first = dict(
        session.execute(
            sa.select(Device.pceen_id, sa.func.min(Device.registered_at)).group_by(Device.pceen_id)
        ).all()
    )
    session.execute(sa.delete(Subscription))  # the welcome months of today
    people = session.scalars(sa.select(PCeen).where(PCeen.id.in_(first)).order_by(PCeen.id))
    bought: list[_Bought] = []
    for pceen in people.all():
        bought += _live(session, demo, shop, pceen, since=clock.day_of(first[pceen.id]))
        demo.tick()
    _write(session, shop, sorted(bought, key=lambda one: (one.payed_at, one.pceen.id)))
    _cut(session)
    _leave_work(session, shop)


def _live(
    session: Session, demo: Demo, shop: _Shop, pceen: PCeen, *, since: date
) -> Iterator[_Bought]:
    """A welcome month, then what someone buys, on time or late, until they stop."""
    chance, today = demo.chance, clock.today()
    is_gri, is_new = pceen is shop.gri, pceen.username == _TRIAL
    if is_new:
        since = today - timedelta(days=12)
    elif not is_gri:
        since = min(since, today - timedelta(days=chance.randint(30, 730)))
    period = Period(since, since)
    session.add(
        Subscription(
            pceen=pceen,
            offer_slug=WELCOME,
            start=since,
            end=since,
            created_at=clock.day_start(since),
            effective_start=since,
            welcome_of=pceen.id,
        )
    )
    while not is_new and period.end <= today and (is_gri or _pays(demo, period, today)):
        bought = _buy(demo, shop, pceen, after=period)
        period = bought.period
        yield bought
    pceen.sub_state = rules.state(period, today)


def _pays(demo: Demo, period: Period, today: date) -> bool:
    """Whether someone goes on: in the free month, half of them have not yet."""
    return demo.chance.random() < (0.5 if today < period.cut_day else 0.95)


def _buy(demo: Demo, shop: _Shop, pceen: PCeen, *, after: Period) -> _Bought:
    """Someone pays, before Internet is cut or a few days later."""
    chance, today = demo.chance, clock.today()
    (slug,) = chance.choices(list(_SLUGS), list(_SLUGS.values()))
    (method,) = chance.choices(list(_METHODS), list(_METHODS.values()))
    if pceen is shop.gri:
        slug, method = "12months", PaymentMethod.card
    offer = shop.offers[slug]
    payed_on = min(after.cut_day + timedelta(days=chance.randint(-25, 6)), today)
    minutes = chance.randint(9 * 60, 23 * 60) if payed_on < today else 0
    return _Bought(
        pceen=pceen,
        offer=offer,
        method=method,
        payed_at=clock.day_start(payed_on) + timedelta(minutes=minutes),
        period=rules.bought(max(after.cut_day, payed_on), months=offer.months, days=offer.days),
    )


def _write(session: Session, shop: _Shop, bought: Sequence[_Bought]) -> None:
    """The payments, in the order in which they came, and what they gave."""
    payments = [_payment(shop, one) for one in bought]
    session.add_all(payments)
    session.flush()
    for one, payment in zip(bought, payments, strict=True):
        payment.order_ref = f"PEM-{payment.id}-{int(payment.created_at.timestamp())}"
        books.record(session, payment)
        session.add(
            Subscription(
                pceen=one.pceen,
                offer=one.offer,
                payment=payment,
                start=one.period.start,
                end=one.period.end,
                created_at=one.payed_at,
                effective_start=one.period.start,
            )
        )
    session.flush()


def _payment(shop: _Shop, bought: _Bought) -> Payment:
    is_online, is_gift = bought.method.is_online, bought.method is PaymentMethod.gift
    return Payment(
        pceen=bought.pceen,
        offer_slug=bought.offer.slug,
        amount_cents=0 if is_gift else bought.offer.price_cents,
        method=bought.method,
        status=PaymentStatus.accepted if is_online else PaymentStatus.manual,
        created_at=bought.payed_at - timedelta(minutes=2 if is_online else 0),
        payed_at=bought.payed_at,
        gri=None if is_online else shop.gri,
        reason="A aidé à câbler le quatrième." if is_gift else "",
    )


def _cut(session: Session) -> None:
    """Who lives there and did not pay has no Internet."""
    reason = bans.Terms(reason="Pas d'abonnement en cours", notify=False)
    for resident in queries.residents(session):
        pceen = session.get_one(PCeen, resident.pceen_id)
        if pceen.sub_state is SubState.outlaw:
            plan = installation.plan()
            bans.start(session, pceen=pceen, kind=BanKind.unpaid, terms=reason, plan=plan)


def _leave_work(session: Session, shop: _Shop) -> None:
    """A payment that waits, money that fits nothing, a statement to go through."""
    waiting = session.scalars(sa.select(PCeen).where(PCeen.username == _WAITING)).one()
    begun = Payment(
        pceen=waiting,
        offer_slug="6months",
        amount_cents=shop.offers["6months"].price_cents,
        method=PaymentMethod.card,
        status=PaymentStatus.cancelled,
        created_at=clock.day_start(clock.today() - timedelta(days=1)) + timedelta(hours=20),
    )
    session.add(begun)
    session.flush()
    begun.order_ref = f"PEM-{begun.id}-{int(begun.created_at.timestamp())}"
    event = PaymentEvent(
        source=EventSource.confirm,
        type=PaymentType.internet,
        order_ref="PEM-99999-1700000000",
        request_id="4242",
        transaction_id="TX0000000001",
        amount_cents=800,
        body="{}",
        outcome="unknown",
        unmatched_key="internet:TX0000000001",
    )
    session.add(event)
    session.flush()
    books.receive_unmatched(session, event, amount_cents=800)
    _statement(session, shop, waiting)


def _statement(session: Session, shop: _Shop, pceen: PCeen) -> None:
    """The lines of a bank statement: one sure, one of another amount, one nameless."""
    lines = (
        (f"VIR SEPA RECU /MOTIF {reference(pceen.username, '12months')}", 1500),
        (f"VIR INST {reference(pceen.username, '3months')} MERCI", 500),
        (f"VIR DE {pceen.nom.upper()} {pceen.prenom.upper()} internet", 800),
        ("REMBOURSEMENT ASSURANCE HABITATION", 4250),
    )
    for number, (label, cents) in enumerate(lines):
        session.add(
            BankLine(
                hash=f"{number:064d}",
                day=clock.today() - timedelta(days=number + 1),
                label=label,
                amount_cents=cents,
                imported_by=shop.gri,
            )
        )
