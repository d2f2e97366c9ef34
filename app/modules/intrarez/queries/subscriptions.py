"""What someone pays Internet with: offers, subscriptions, where they stand."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.enums import BanKind, PaymentStatus, PaymentType, PermissionScope, SubState
from app.models import (
    Ban,
    Device,
    Offer,
    Payment,
    PCeen,
    Permission,
    Rental,
    Subscription,
    pceen_role,
    public_role,
    role_permission,
)
from app.modules.intrarez.errors import NoSuchOffer
from app.modules.intrarez.queries.rooms import is_current
from app.modules.intrarez.rules import subscriptions as rules
from app.modules.intrarez.rules.offers import WELCOME
from app.modules.intrarez.rules.subscriptions import Facts, Period

#: How many people the day's work looks at together.
BATCH = 500


def offer(session: Session, slug: str) -> Offer:
    """The offer of that name.

    Raises:
        NoSuchOffer: If there is none.
    """
    found = session.get(Offer, slug) if len(slug) <= 32 and "\x00" not in slug else None
    if found is None or found.slug != slug:  # for MariaDB, blanks at the end are nothing
        raise NoSuchOffer
    return found


def all_offers(session: Session) -> Sequence[Offer]:
    """All of them: those that are for sale first, by price."""
    order = (Offer.active.desc(), Offer.visible.desc(), Offer.price_cents, Offer.slug)
    return session.scalars(sa.select(Offer).order_by(*order)).all()


def offers_for_sale(session: Session) -> Sequence[Offer]:
    """Those that anybody may buy, by price; what is free is given, not sold."""
    stmt = sa.select(Offer).where(
        Offer.visible, Offer.active, Offer.slug != WELCOME, Offer.price_cents > 0
    )
    return session.scalars(stmt.order_by(Offer.price_cents, Offer.slug)).all()


def offers_to_give(session: Session) -> Sequence[Offer]:
    """Those that a GRI may record, listed or not, by price."""
    stmt = sa.select(Offer).where(Offer.active, Offer.slug != WELCOME)
    return session.scalars(stmt.order_by(Offer.price_cents, Offer.slug)).all()


def used_offers(session: Session) -> set[str]:
    """Those that a payment or a subscription refers to."""
    paid = sa.select(Payment.offer_slug).where(Payment.offer_slug.is_not(None))
    given = sa.select(Subscription.offer_slug)
    return {str(slug) for slug in session.scalars(paid.union(given))}


def periods_since(session: Session, since: date) -> list[list[Period]]:
    """The subscriptions that end after *since*, but the revoked ones: a list for each person."""
    stmt = sa.select(Subscription.pceen_id, Subscription.start, Subscription.end).where(
        Subscription.end >= since, Subscription.revoked_at.is_(None)
    )
    found: dict[int, list[Period]] = {}
    for pceen_id, start, end in session.execute(stmt):
        found.setdefault(pceen_id, []).append(Period(start, end))
    return list(found.values())


def effective(session: Session, pceen_id: int) -> list[Period]:
    """The subscriptions of someone, but the revoked ones."""
    stmt = sa.select(Subscription.start, Subscription.end).where(
        Subscription.pceen_id == pceen_id, Subscription.revoked_at.is_(None)
    )
    return [Period(start, end) for start, end in session.execute(stmt)]


def latest(session: Session, pceen_id: int) -> Subscription | None:
    """The subscription that decides where someone stands."""
    stmt = (
        sa.select(Subscription)
        .where(Subscription.pceen_id == pceen_id, Subscription.revoked_at.is_(None))
        .order_by(Subscription.start.desc(), Subscription.end.desc())
        .limit(1)
    )
    return session.scalars(stmt).first()


def of_payment(session: Session, payment_id: int) -> Subscription | None:
    """What a payment gave, be it revoked."""
    stmt = sa.select(Subscription).where(Subscription.payment_id == payment_id)
    return session.scalars(stmt).one_or_none()


def welcomed_with(session: Session, mac: str, *, since: datetime) -> bool:
    """Whether a welcome month was obtained with that device since then."""
    stmt = sa.select(Subscription.id).where(
        Subscription.welcome_mac == mac, Subscription.created_at >= since
    )
    return session.scalars(stmt.limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where someone stands with the Internet they pay for."""

    state: SubState | None
    period: Period | None
    today: date

    @property
    def renew_day(self) -> date:
        """When what they would buy now would begin."""
        return rules.renew_day(self.period, self.today)

    def would_give(self, offer: Offer) -> Period:
        """What an offer would give them, bought now."""
        return rules.bought(self.renew_day, months=offer.months, days=offer.days)


def standing(session: Session, pceen_id: int) -> Standing:
    """Where someone stands today, from their subscriptions."""
    return _standing(effective(session, pceen_id))


def standing_of(subscriptions: Iterable[Subscription]) -> Standing:
    """Where someone stands today, from all their subscriptions, read already."""
    kept = (one for one in subscriptions if one.revoked_at is None)
    return _standing(Period(one.start, one.end) for one in kept)


def _standing(periods: Iterable[Period]) -> Standing:
    today, period = clock.today(), rules.latest(periods)
    return Standing(rules.state(period, today), period, today)


def subscriptions_of(session: Session, pceen_id: int) -> Sequence[Subscription]:
    """The subscriptions of someone, the latest first, with what was paid for them."""
    stmt = (
        sa.select(Subscription)
        .where(Subscription.pceen_id == pceen_id)
        .options(joinedload(Subscription.offer), joinedload(Subscription.payment))
        .order_by(Subscription.start.desc(), Subscription.id.desc())
        .limit(100)
    )
    return session.scalars(stmt).all()


def unfinished_payments(session: Session, pceen_id: int) -> Sequence[Payment]:
    """The payments of someone that gave nothing, or not yet: the latest ones."""
    done = (PaymentStatus.accepted, PaymentStatus.manual)
    stmt = (
        sa.select(Payment)
        .where(
            Payment.pceen_id == pceen_id,
            Payment.type == PaymentType.internet,
            Payment.status.not_in(done),
            Payment.revoked_at.is_(None),
        )
        .order_by(Payment.id.desc())
        .limit(10)
    )
    return session.scalars(stmt).all()


@dataclass(frozen=True, slots=True)
class Resident:
    """Someone whom the day's work looks at."""

    pceen_id: int
    facts: Facts
    #: The latest subscription, if there is one.
    subscription_id: int | None


def residents(session: Session, *, only: int | None = None) -> Iterator[Resident]:
    """Who has the right to Internet, and a device: all of them, or one; a batch at a time."""
    after = 0
    while keys := _resident_keys(session, after=after, only=only):
        yield from _residents(session, keys)
        after = keys[-1]
        if only is not None:
            return


def _resident_keys(session: Session, *, after: int, only: int | None) -> Sequence[int]:
    stmt = sa.select(PCeen.id).where(
        PCeen.id > after,
        PCeen.disabled_at.is_(None),
        sa.exists().where(Device.pceen_id == PCeen.id),
    )
    everyone = public_role(session)
    if not any(one.scope is PermissionScope.intrarez for one in everyone.permissions):
        holders = (
            sa.select(pceen_role.c.pceen_id)
            .join(role_permission, role_permission.c.role_id == pceen_role.c.role_id)
            .join(Permission, Permission.id == role_permission.c.permission_id)
            .where(Permission.scope == PermissionScope.intrarez, Permission.ref_id.is_(None))
        )
        stmt = stmt.where(PCeen.id.in_(holders))
    if only is not None:
        stmt = stmt.where(PCeen.id == only)
    return session.scalars(stmt.order_by(PCeen.id).limit(BATCH)).all()


def _residents(session: Session, keys: Sequence[int]) -> Iterator[Resident]:
    """What the day's work looks at of these people: five statements."""
    was = dict(
        session.execute(sa.select(PCeen.id, PCeen.sub_state).where(PCeen.id.in_(keys))).all()
    )
    first = dict(
        session.execute(
            sa.select(Device.pceen_id, sa.func.min(Device.registered_at))
            .where(Device.pceen_id.in_(keys))
            .group_by(Device.pceen_id)
        ).all()
    )
    tenants = sa.select(Rental.pceen_id).where(Rental.pceen_id.in_(keys), is_current(clock.today()))
    banned = sa.select(Ban.pceen_id).where(
        Ban.pceen_id.in_(keys), Ban.kind == BanKind.unpaid, Ban.open_key.is_not(None)
    )
    with_room, with_ban = set(session.scalars(tenants)), set(session.scalars(banned))
    found = _latest_of(session, keys)
    for key in keys:
        if key not in first:
            continue  # the device was removed meanwhile
        subscription = found.get(key)
        yield Resident(
            pceen_id=key,
            facts=Facts(
                was=was.get(key),
                period=Period(subscription.start, subscription.end) if subscription else None,
                has_room=key in with_room,
                is_banned=key in with_ban,
                is_reminded=subscription is not None and subscription.reminded_at is not None,
                first_device_on=clock.day_of(first[key]),
            ),
            subscription_id=subscription.id if subscription else None,
        )


def _latest_of(
    session: Session, keys: Sequence[int]
) -> dict[int, sa.Row[int, int, date, date, datetime | None]]:
    """The latest subscription of each of these people."""
    stmt = (
        sa.select(
            Subscription.id,
            Subscription.pceen_id,
            Subscription.start,
            Subscription.end,
            Subscription.reminded_at,
        )
        .where(Subscription.pceen_id.in_(keys), Subscription.revoked_at.is_(None))
        .order_by(Subscription.start, Subscription.end)
    )
    return {row.pceen_id: row for row in session.execute(stmt)}


def without_subscription(session: Session) -> list[int]:
    """Who has the right to Internet and a device, and no subscription."""
    return [one.pceen_id for one in residents(session) if one.subscription_id is None]


def doubtful_welcomes(session: Session) -> Sequence[Subscription]:
    """The welcome months obtained with a device that had given one already: the latest ones."""
    stmt = (
        sa.select(Subscription)
        .where(Subscription.is_doubtful)
        .options(joinedload(Subscription.pceen))
        .order_by(Subscription.id.desc())
        .limit(20)
    )
    return session.scalars(stmt).all()


def count_states(session: Session) -> dict[SubState, int]:
    """How many people are in each state, as last written down."""
    stmt = sa.select(PCeen.sub_state, sa.func.count()).group_by(PCeen.sub_state)
    return {state: count for state, count in session.execute(stmt) if state is not None}


def usage(session: Session) -> dict[str, int]:
    """How many subscriptions each offer gave."""
    stmt = sa.select(Subscription.offer_slug, sa.func.count()).group_by(Subscription.offer_slug)
    return dict(session.execute(stmt).all())
