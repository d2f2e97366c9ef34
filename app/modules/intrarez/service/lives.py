"""What becomes of the network of someone when their accounts are merged, or they are erased."""

from collections.abc import Iterator
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.core.transaction import lock
from app.enums import ClaimStatus
from app.models import (
    Allocation,
    Ban,
    BanAddress,
    Device,
    NetworkHistory,
    PCeen,
    Rental,
    RoomClaim,
    Subscription,
    audit,
    defer,
)
from app.modules.intrarez import queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.rules import bans as ban_rules
from app.modules.intrarez.service import addresses, bans, devices, subscriptions


def obstacles(session: Session, pceen: PCeen) -> Iterator[str]:
    """What someone has to give back before they are erased: their room."""
    rental = _open_rental(session, pceen)
    if rental is not None:
        yield _("la chambre %(num)s est encore louée", num=rental.room_num)


def _open_rental(session: Session, pceen: PCeen) -> Rental | None:
    return session.scalars(sa.select(Rental).where(Rental.open_pceen == pceen.id)).one_or_none()


# A merge


def conflicts(session: Session, kept: PCeen, absorbed: PCeen) -> Iterator[str]:
    """Why two accounts cannot become one: two rooms, or the same days paid twice."""
    rooms = [_open_rental(session, one) for one in (kept, absorbed)]
    if all(rooms):
        first, second = (rental.room_num for rental in rooms if rental is not None)
        yield _(
            "Les deux comptes ont une chambre (%(first)s et %(second)s) : libérez-en une d'abord.",
            first=first,
            second=second,
        )
    for start in _paid_twice(session, kept, absorbed):
        yield _(
            "Les deux comptes ont un abonnement payé qui commence le %(day)s : annulez l'un des "
            "deux paiements d'abord, ou donnez-le de nouveau ensuite.",
            day=start.strftime("%d/%m/%Y"),
        )


def _paid_twice(session: Session, kept: PCeen, absorbed: PCeen) -> list[date]:
    starts = [
        {one.effective_start for one in _effective(session, pceen) if one.payment_id is not None}
        for pceen in (kept, absorbed)
    ]
    return sorted(day for day in set.intersection(*starts) if day is not None)


def _effective(session: Session, pceen: PCeen) -> list[Subscription]:
    stmt = sa.select(Subscription).where(
        Subscription.pceen_id == pceen.id, Subscription.effective_start.is_not(None)
    )
    return list(session.scalars(stmt.order_by(Subscription.id)))


def prepare_merge(session: Session, kept: PCeen, absorbed: PCeen) -> None:
    """Settle what both accounts cannot keep: a welcome month, a ban of each kind."""
    _settle_welcomes(session, kept, absorbed)
    _settle_bans(session, kept, absorbed)
    rental = _open_rental(session, absorbed)
    if rental is not None:
        rental.open_pceen = kept.id
    session.flush()


def _settle_welcomes(session: Session, kept: PCeen, absorbed: PCeen) -> None:
    """Leave one welcome month, and no two subscriptions that begin on one day."""
    own = _effective(session, kept)
    for one in _effective(session, absorbed):
        twin = next((mine for mine in own if mine.effective_start == one.effective_start), None)
        if twin is not None:  # one of them is a welcome month: what was paid stays
            given_up = one if one.payment_id is None else twin
            given_up.revoked_at, given_up.effective_start = clock.now(), None
            audit(
                session,
                "intrarez.subscription.revoke",
                given_up,
                before={"start": given_up.start.isoformat(), "offer": given_up.offer_slug},
                reason="merge",
            )
    has_own = sa.select(Subscription.id).where(Subscription.welcome_of == kept.id)
    if session.scalars(has_own).first() is not None:
        second = sa.update(Subscription).where(Subscription.welcome_of == absorbed.id)
        session.execute(second.values(welcome_of=None))
    session.flush()


def _settle_bans(session: Session, kept: PCeen, absorbed: PCeen) -> None:
    """Leave one open ban of each kind: the own one of who is kept, for as long as the longest."""
    stmt = sa.select(Ban).where(Ban.pceen_id == absorbed.id, Ban.open_key.is_not(None))
    for ban in session.scalars(stmt):
        own = queries.open_ban(session, kept.id, ban.kind)
        if own is None:
            ban.open_key = ban_rules.open_key(kept.id, ban.kind)
            continue
        ends = (own.ends_at, ban.ends_at)
        own.ends_at = max(end for end in ends if end) if all(ends) else None
        own.starts_at = min(own.starts_at, ban.starts_at)
        own.version += 1
        ban.ended_at, ban.open_key = clock.now(), None
        ban.version += 1
        audit(session, "intrarez.ban.end", ban, reason="merge")


def complete_merge(session: Session, kept: PCeen, *, plan: AddressPlan) -> None:
    """Give their devices the addresses of their room, or those of a ban, and write their state.

    Raises:
        NoAddressLeft: If the room is full.
    """
    rental = queries.current_rental(session, kept.id)
    banned = queries.active_ban(session, kept.id) is not None
    apart = set(
        session.scalars(sa.select(BanAddress.device_id).where(BanAddress.ended_at.is_(None)))
    )
    if rental is not None:
        lock(session, rental.room)
    for device in queries.own_devices(session, kept.id):
        held = queries.allocation(session, device)
        if rental is not None and (held is None or held.room_num != rental.room_num):
            addresses.allocate(session, device=device, room=rental.room, plan=plan)
        if banned and device.id not in apart:
            addresses.give_ban_address(session, device=device, plan=plan)
    subscriptions.write_state(session, pceen=kept)
    defer(session, RefreshNetwork())


# An erasure


def forget(session: Session, pceen: PCeen) -> None:
    """Remove the devices of someone, with the addresses that name them, and what they ask for."""
    for ban in queries.bans_of(session, pceen.id):
        if ban.open_key is not None:
            bans.end(session, ban=ban, notify=False)
    _withdraw_claims(session, pceen)
    macs = set(
        session.scalars(
            sa.select(NetworkHistory.mac_address).where(NetworkHistory.pceen_id == pceen.id)
        )
    )
    for device in queries.own_devices(session, pceen.id):
        macs.add(device.mac_address)
        devices.remove(session, device=device, by_gri=True)
    session.flush()
    _release(session, macs)


def _withdraw_claims(session: Session, pceen: PCeen) -> None:
    asked = sa.select(RoomClaim).where(
        RoomClaim.pceen_id == pceen.id, RoomClaim.open_key.is_not(None)
    )
    for claim in session.scalars(asked):
        claim.status, claim.open_key = ClaimStatus.withdrawn, None
        claim.decided_at = clock.now()
        after = {"status": claim.status}
        audit(session, f"intrarez.room.{claim.kind}.decide", claim, after=after)


def _release(session: Session, macs: set[str]) -> None:
    """Forget the addresses kept for devices that nobody has any more."""
    had = set(session.scalars(sa.select(Device.mac_address).where(Device.mac_address.in_(macs))))
    kept_for = Allocation.mac_address.in_(macs - had)
    session.execute(sa.delete(Allocation).where(kept_for))
