"""Which address each device has, and who had which (network-b B2.5)."""

import logging
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.enums import AddressKind
from app.models import Allocation, BanAddress, Device, NetworkHistory, Room
from app.modules.intrarez import queries
from app.modules.intrarez.choices import IP_KEEP_DAYS
from app.modules.intrarez.errors import NoAddressLeft
from app.modules.intrarez.rules.rentals import lowest_free

logger = logging.getLogger(__name__)

#: The ranks of a room: as many devices have an address in it.
RANKS = 256
#: How long a ban address is kept after the ban.
BAN_ADDRESS_KEPT = timedelta(hours=24)


def allocate(session: Session, *, device: Device, room: Room, plan: AddressPlan) -> Allocation:
    """Give *device* its address in *room*, which is locked: its former one, or the lowest free.

    Raises:
        NoAddressLeft: If all are in use or kept.
    """
    _release_ranks(session, room_num=room.num)
    found = session.scalars(
        sa.select(Allocation).where(
            Allocation.mac_address == device.mac_address, Allocation.room_num == room.num
        )
    ).one_or_none()
    if found is None:
        taken = set(session.scalars(sa.select(Allocation.rank).filter_by(room_num=room.num)))
        rank = lowest_free(taken, RANKS)
        if rank is None:
            logger.error("room %s has no address left", room.num)
            raise NoAddressLeft(num=room.num)
        found = Allocation(
            mac_address=device.mac_address,
            room_num=room.num,
            rank=rank,
            ip=plan.device_address(room.num, rank),
        )
        session.add(found)
    found.device_id, found.ended_at = device.id, None
    session.flush()
    if queries.active_ban(session, device.pceen_id) is None:
        _begin_history(session, device, ip=found.ip, room_num=room.num, kind=AddressKind.room)
    else:
        give_ban_address(session, device=device, plan=plan)
    return found


def end(session: Session, *, device: Device, room_num: int | None = None) -> None:
    """Take from *device* its addresses, in a room or in all: they are kept a while."""
    held = sa.update(Allocation).where(
        Allocation.device_id == device.id, Allocation.ended_at.is_(None)
    )
    if room_num is not None:
        held = held.where(Allocation.room_num == room_num)
    session.execute(held.values(ended_at=clock.now()))
    _end_history(session, device)


def move(session: Session, *, device: Device, mac: str, room: Room) -> None:
    """Leave to *mac* the place that *device* has in a room, before it has that address.

    What was kept there for *mac*, that nobody registered, is forgotten.
    """
    here = Allocation.room_num == room.num
    session.execute(sa.delete(Allocation).where(Allocation.mac_address == mac, here))
    held = sa.update(Allocation).where(Allocation.device_id == device.id, here)
    session.execute(held.values(mac_address=mac))
    _end_history(session, device)


def _release_ranks(session: Session, *, room_num: int | None = None) -> None:
    """Forget the addresses that were kept long enough."""
    kept_since = clock.now() - timedelta(days=IP_KEEP_DAYS.get(session))
    old = sa.delete(Allocation).where(Allocation.ended_at <= kept_since)
    if room_num is not None:
        old = old.where(Allocation.room_num == room_num)
    session.execute(old)


def purge(session: Session) -> None:
    """Forget the addresses, of rooms and of bans, that were kept long enough."""
    _release_ranks(session)
    over = clock.now() - BAN_ADDRESS_KEPT
    session.execute(sa.delete(BanAddress).where(BanAddress.ended_at <= over))


def release_room(session: Session, *, room: Room) -> int:
    """Forget at once the addresses kept in a room; return how many there were."""
    kept = sa.select(Allocation).where(
        Allocation.room_num == room.num, Allocation.ended_at.is_not(None)
    )
    rows = session.scalars(kept).all()
    for row in rows:
        session.delete(row)
    return len(rows)


def give_ban_address(session: Session, *, device: Device, plan: AddressPlan) -> BanAddress | None:
    """Give a device of someone banned an address of its own; ``None`` if all are taken."""
    found = session.scalars(sa.select(BanAddress).filter_by(device_id=device.id)).one_or_none()
    while found is None:
        taken = set(session.scalars(sa.select(BanAddress.slot)))
        slot = lowest_free(taken, plan.ban_slots)
        if slot is None:
            logger.error("the ban range is full: device %s has no address", device.id)
            return None
        try:
            with session.begin_nested():
                found = BanAddress(slot=slot, device_id=device.id)
                session.add(found)
        except sa.exc.IntegrityError:
            found = None  # someone was quicker: the next one
    found.ended_at = None
    ip = plan.ban_address(found.slot)
    _begin_history(session, device, ip=ip, room_num=None, kind=AddressKind.ban)
    return found


def give_ban_addresses(session: Session, *, pceen_id: int, plan: AddressPlan) -> None:
    """Give an address of its own to each device of someone who is banned from now on."""
    for device in queries.own_devices(session, pceen_id):
        give_ban_address(session, device=device, plan=plan)


def take_ban_addresses(session: Session, *, pceen_id: int) -> None:
    """The last ban of someone is over: their devices have the addresses of their room again."""
    for device in queries.own_devices(session, pceen_id):
        session.execute(
            sa.update(BanAddress)
            .where(BanAddress.device_id == device.id, BanAddress.ended_at.is_(None))
            .values(ended_at=clock.now())
        )
        held = queries.allocation(session, device)
        if held is None:
            _end_history(session, device)
        else:
            kind = AddressKind.room
            _begin_history(session, device, ip=held.ip, room_num=held.room_num, kind=kind)


def _begin_history(
    session: Session, device: Device, *, ip: str, room_num: int | None, kind: AddressKind
) -> None:
    _end_history(session, device)
    session.add(
        NetworkHistory(
            mac_address=device.mac_address,
            ip=ip,
            pceen_id=device.pceen_id,
            room_num=room_num,
            kind=kind,
        )
    )


def _end_history(session: Session, device: Device) -> None:
    still = sa.update(NetworkHistory).where(
        NetworkHistory.mac_address == device.mac_address, NetworkHistory.ended_at.is_(None)
    )
    session.execute(still.values(ended_at=clock.now()))
