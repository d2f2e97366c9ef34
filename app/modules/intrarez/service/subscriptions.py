"""Giving Internet to who paid for it, and what each day makes of it (network-b B5)."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from flask_babel import force_locale, gettext as _
from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.core.dates import add_months
from app.core.transaction import lock, transaction
from app.enums import BanKind, PaymentMethod, PaymentType, SubState
from app.models import Device, Offer, Payment, PCeen, Subscription, audit, defer
from app.modules.intrarez import queries
from app.modules.intrarez.choices import RENEW_REMINDER_DAYS
from app.modules.intrarez.errors import (
    BannedAlready,
    GiftWithoutReason,
    NotTheLatest,
    OfferNotForSale,
    PaidInTheFuture,
    PaidTooLongAgo,
    WelcomeOfferFixed,
)
from app.modules.intrarez.mails import (
    CutMail,
    DayNotDone,
    InternetCut,
    NewSubscription,
    RenewReminder,
    SetUp,
    SubscriptionExpired,
    SubscriptionRevoked,
)
from app.modules.intrarez.queries import Resident
from app.modules.intrarez.rules import subscriptions as rules
from app.modules.intrarez.rules.offers import WELCOME
from app.modules.intrarez.rules.subscriptions import Period, Work
from app.modules.intrarez.service import bans, news
from app.modules.payments.service import collect
from app.modules.payments.service.collect import Purchase, Received
from app.modules.payments.service.till import Till

logger = logging.getLogger(__name__)

#: How old money may be that is recorded today, in days.
OLDEST_DAYS = 366
#: For how long a device that gave a welcome month makes another one doubtful, in months.
_DOUBT_MONTHS = 12


# What a payment gives


def grant(session: Session, payment: Payment) -> Subscription | None:
    """Give what a locked payment bought, once: the only way in (network-b B5.3).

    Return what was given; ``None`` if it had been already, were it revoked since.
    """
    pceen = payment.pceen
    lock(session, pceen)
    if queries.of_payment(session, payment.id) is not None:
        return None
    offer = queries.offer(session, payment.offer_slug or "")
    period = queries.standing(session, pceen.id).would_give(offer)
    given = Subscription(
        pceen=pceen,
        offer=offer,
        payment=payment,
        start=period.start,
        end=period.end,
        effective_start=period.start,
    )
    session.add(given)
    session.flush()  # what it refers to is known by its number from here on
    audit(session, "intrarez.subscription.grant", given, after=_said(given))
    _write_state(session, pceen)
    _lift(session, pceen)
    _tell_granted(session, pceen, payment, offer, period)
    news.tell_paid(session, payment, period)
    return given


def take_back(session: Session, payment: Payment) -> None:
    """Revoke what a locked payment gave; the ban, if one follows, is the day's work.

    Raises:
        NotTheLatest: If another subscription follows it.
    """
    pceen = payment.pceen
    lock(session, pceen)
    given = queries.of_payment(session, payment.id)
    if given is None or given.revoked_at is not None:
        return
    latest = queries.latest(session, pceen.id)
    if latest is not None and latest.id != given.id:
        raise NotTheLatest(payment=latest.payment_id)
    before = _said(given)
    given.revoked_at, given.effective_start = clock.now(), None
    audit(
        session,
        "intrarez.subscription.revoke",
        given,
        before=before,
        reason=payment.revoked_why or None,
    )
    _write_state(session, pceen)
    if pceen.email is None:
        return
    locale = pceen.locale or "fr"
    mail = SubscriptionRevoked(
        to=pceen.email,
        locale=locale,
        prenom=pceen.prenom,
        offer=given.offer.name_in(locale),
        reason=payment.revoked_why,
        payment=payment.id,
    )
    defer(session, mail)


def _said(given: Subscription) -> dict[str, object]:
    return {
        "offer": given.offer_slug,
        "payment": given.payment_id,
        "start": given.start.isoformat(),
        "end": given.end.isoformat(),
    }


def _write_state(session: Session, pceen: PCeen) -> None:
    """Write where a locked person stands now."""
    session.flush()
    state = queries.standing(session, pceen.id).state
    if state is pceen.sub_state:
        return
    before, pceen.sub_state = pceen.sub_state, state
    audit(
        session,
        "intrarez.subscription.state",
        pceen,
        before={"state": before},
        after={"state": state},
    )


def write_state(session: Session, *, pceen: PCeen) -> None:
    """Write where a locked person stands, from the subscriptions that they have by now."""
    _write_state(session, pceen)
    if pceen.sub_state in (SubState.subscribed, SubState.trial):
        _lift(session, pceen)


def _lift(session: Session, pceen: PCeen) -> None:
    """End the ban of who had not paid, be it put off; what they get next tells them."""
    ban = queries.open_ban(session, pceen.id, BanKind.unpaid)
    if ban is not None:
        bans.end(session, ban=ban, notify=False)


def _tell_granted(
    session: Session, pceen: PCeen, payment: Payment, offer: Offer, period: Period
) -> None:
    if pceen.email is None or payment.payed_at is None:
        return
    locale = pceen.locale or "fr"
    defer(
        session,
        NewSubscription(
            to=pceen.email,
            locale=locale,
            prenom=pceen.prenom,
            offer=offer.name_in(locale),
            amount_cents=payment.amount_cents,
            payed_on=clock.day_of(payment.payed_at).isoformat(),
            start=period.start.isoformat(),
            end=period.end.isoformat(),
            last_day=period.last_day.isoformat(),
            payment=payment.id,
        ),
    )


# The welcome month


def welcome(session: Session, *, pceen: PCeen, device: Device) -> Subscription | None:
    """Give their free month to a locked person who has just registered a first device.

    Return it; ``None`` if they have a subscription already.
    """
    if queries.latest(session, pceen.id) is not None:
        return None
    today = clock.today()
    others = [one for one in queries.own_devices(session, pceen.id) if one.id != device.id]
    start = min([today, *(clock.day_of(one.registered_at) for one in others)])
    return _welcome(session, pceen, Period(start, today), device)


def _welcome(session: Session, pceen: PCeen, period: Period, device: Device | None) -> Subscription:
    """Write the welcome month of a locked person; one that another device had is doubtful."""
    mac = device.mac_address if device is not None else None
    since = clock.day_start(add_months(clock.today(), -_DOUBT_MONTHS))
    given = Subscription(
        pceen=pceen,
        offer_slug=WELCOME,
        start=period.start,
        end=period.end,
        effective_start=period.start,
        welcome_of=pceen.id,
        welcome_mac=mac,
        is_doubtful=mac is not None and queries.welcomed_with(session, mac, since=since),
    )
    session.add(given)
    after = {**_said(given), "doubtful": given.is_doubtful}
    audit(session, "intrarez.subscription.welcome", given, after=after)
    _write_state(session, pceen)
    return given


# What a GRI records


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Money that a GRI says to have received, or a gift."""

    offer: Offer
    method: PaymentMethod
    #: The day on which it was paid.
    day: date
    reason: str = ""
    bank_line_id: int | None = None
    key: str | None = None


def check_money(money: Money) -> None:
    """Refuse money that may not be recorded.

    Raises:
        OfferError: What is wrong with it.
    """
    if money.offer.slug == WELCOME:
        raise WelcomeOfferFixed
    if not money.offer.active:
        raise OfferNotForSale
    if money.method is PaymentMethod.gift and not money.reason:
        raise GiftWithoutReason
    today = clock.today()
    if money.day > today:
        raise PaidInTheFuture
    if money.day < today - timedelta(days=OLDEST_DAYS):
        raise PaidTooLongAgo


def amount_of(offer: Offer, method: PaymentMethod) -> int:
    """What is paid for an offer, in cents: nothing, if it is offered."""
    return 0 if method is PaymentMethod.gift else offer.price_cents


def record(session: Session, *, pceen: PCeen, money: Money, by: PCeen, till: Till) -> Payment:
    """Write money that was received for someone, or a gift, and give them what it buys.

    Raises:
        OfferError: If it may not be.
        ForOneself: If it is for who records it.
    """
    check_money(money)
    is_today = money.day == clock.today()
    return collect.record(
        session,
        pceen=pceen,
        by=by,
        received=Received(
            purchase=Purchase(
                type=PaymentType.internet,
                offer_slug=money.offer.slug,
                amount_cents=amount_of(money.offer, money.method),
                method=money.method,
            ),
            payed_at=clock.now() if is_today else clock.day_start(money.day),
            reason=money.reason,
            bank_line_id=money.bank_line_id,
            key=money.key,
        ),
        till=till,
    )


# The work of each day


@dataclass(frozen=True, slots=True)
class Done:
    """What was done of someone, or would be."""

    pceen_id: int
    work: Work
    #: Why it could not be, if it could not.
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What the day's work needs."""

    plan: AddressPlan
    #: Whom alerts go to: one address, or none.
    admins: tuple[str, ...] = ()
    #: Told after each person, for a bar to move.
    tell: Callable[[Done], object] = lambda _: None


def due(session: Session) -> list[Done]:
    """What is to be done today, and of whom; nothing is changed."""
    today, reminder_days = clock.today(), RENEW_REMINDER_DAYS.get(session)
    found = []
    for resident in queries.residents(session):
        work = rules.work(resident.facts, today=today, reminder_days=reminder_days)
        if not work.is_nothing:
            found.append(Done(resident.pceen_id, work))
    return found


def update(session: Session, day: Day) -> list[Done]:
    """Do the day's work, each person in their own transaction: one failure stops nobody else."""
    planned = due(session)
    session.rollback()
    found = []
    for one in planned:
        done = _update(session, one, day)
        found.append(done)
        day.tell(done)
    failed = [one for one in found if one.error]
    if failed and day.admins:
        mail = DayNotDone(
            to=day.admins[0],
            locale="fr",
            people=[one.pceen_id for one in failed],
            errors=sorted({str(one.error) for one in failed}),
        )
        with transaction(session):
            defer(session, mail)
    return found


def _update(session: Session, planned: Done, day: Day) -> Done:
    """Do the day's work of one person, or write why it cannot be."""
    try:
        with transaction(session):
            work = _work_on(session, planned.pceen_id, day)
    except Exception as error:  # noqa: BLE001  # whatever it is, the others have their turn
        logger.error(  # noqa: TRY400  # the class is enough: what it holds may be about someone
            "the subscription of %s could not be updated: %s",
            planned.pceen_id,
            type(error).__name__,
        )
        return Done(planned.pceen_id, planned.work, type(error).__name__)
    return Done(planned.pceen_id, work)


def _work_on(session: Session, pceen_id: int, day: Day) -> Work:
    """Look again at someone who is locked, and do what is to be done."""
    pceen = session.get_one(PCeen, pceen_id)
    lock(session, pceen)
    resident = next(iter(queries.residents(session, only=pceen_id)), None)
    if resident is None:
        return Work()
    reminder_days = RENEW_REMINDER_DAYS.get(session)
    work = rules.work(resident.facts, today=clock.today(), reminder_days=reminder_days)
    if not work.is_nothing:
        _do(session, pceen, resident, work, day)
    return work


def _do(session: Session, pceen: PCeen, resident: Resident, work: Work, day: Day) -> None:
    if work.welcome is not None:
        devices = queries.devices_of(session, pceen.id)
        first = min(devices, key=lambda device: device.registered_at, default=None)
        _welcome(session, pceen, work.welcome, first)
    _write_state(session, pceen)
    period = work.welcome or resident.facts.period
    if work.ban:
        _ban(session, pceen, day)
    if work.unban:
        _lift(session, pceen)
    if period is None:
        return
    if work.tell:
        _tell_state(session, pceen, work, period)
    if work.remind and resident.subscription_id is not None:
        session.get_one(Subscription, resident.subscription_id).reminded_at = clock.now()
        _tell(session, pceen, RenewReminder, period)
        news.tell_cut(session, pceen, RenewReminder, period)


def _ban(session: Session, pceen: PCeen, day: Day) -> None:
    """Keep from the Internet who has not paid; the mail of their state tells them."""
    with force_locale(pceen.locale or "fr"):
        terms = bans.Terms(
            reason=_("Pas d'abonnement en cours"),
            message=_(
                "Votre mois offert est terminé. Choisissez une offre : Internet revient quelques "
                "minutes après le paiement."
            ),
            notify=False,
        )
    try:
        bans.start(session, pceen=pceen, kind=BanKind.unpaid, terms=terms, plan=day.plan)
    except BannedAlready:
        logger.info("someone who has not paid was banned meanwhile")


def _tell_state(session: Session, pceen: PCeen, work: Work, period: Period) -> None:
    if work.becomes is SubState.trial:
        is_first = work.welcome is not None
        _tell(session, pceen, partial(SubscriptionExpired, is_first=is_first), period)
        if not is_first:
            news.tell_cut(session, pceen, SubscriptionExpired, period)
    elif work.becomes is SubState.outlaw:
        _tell(session, pceen, InternetCut, period)
        news.tell_cut(session, pceen, InternetCut, period)


def _tell(session: Session, pceen: PCeen, mail: Callable[..., CutMail], period: Period) -> None:
    if pceen.email is None:
        return
    locale, cut = pceen.locale or "fr", period.cut_day.isoformat()
    defer(session, mail(to=pceen.email, locale=locale, prenom=pceen.prenom, cut=cut))


# The first day of a residence that charges


def set_up(session: Session) -> Sequence[int]:
    """Give a welcome month to who has a device and no subscription, and tell them.

    Return whom: each has their own transaction, and a second run finds nobody.
    """
    keys = queries.without_subscription(session)
    session.rollback()
    for key in keys:
        with transaction(session):
            pceen = session.get_one(PCeen, key)
            lock(session, pceen)
            if queries.latest(session, key) is not None:
                continue
            devices = queries.devices_of(session, key)
            first = min(devices, key=lambda device: device.registered_at, default=None)
            today = clock.today()
            start = min(clock.day_of(first.registered_at), today) if first else today
            period = Period(start, today)
            _welcome(session, pceen, period, first)
            _tell(session, pceen, SetUp, period)
    return keys
