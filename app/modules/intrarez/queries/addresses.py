"""Which address each device has, and had."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.addresses import AddressPlan
from app.models import Allocation, Ban, BanAddress, Device, NetworkHistory, PCeen, Rental
from app.modules.intrarez.queries.bans import active_ban, weighs
from app.modules.intrarez.queries.devices import with_mac
from app.modules.intrarez.queries.rooms import current_rental, is_current
from app.modules.intrarez.rules.dhcp import Host


def allocation(session: Session, device: Device) -> Allocation | None:
    """The address that a device has in the room of its owner, banned or not."""
    stmt = sa.select(Allocation).where(
        Allocation.device_id == device.id, Allocation.ended_at.is_(None)
    )
    return session.scalars(stmt).first()


def address_of(session: Session, device: Device, plan: AddressPlan) -> str | None:
    """The address that the rules give to a device; ``None`` without one."""
    rental = current_rental(session, device.pceen_id)
    is_banned = active_ban(session, device.pceen_id) is not None
    found = addresses_of(session, [device], plan, rental=rental, is_banned=is_banned)
    return found.get(device.id)


def addresses_of(
    session: Session,
    devices: Sequence[Device],
    plan: AddressPlan,
    *,
    rental: Rental | None,
    is_banned: bool,
) -> dict[int, str]:
    """The addresses that the rules give to the devices of one person, by device."""
    keys = [device.id for device in devices]
    if is_banned:
        slots = sa.select(BanAddress).where(BanAddress.device_id.in_(keys))
        return {one.device_id: plan.ban_address(one.slot) for one in session.scalars(slots)}
    if rental is None or not keys:
        return {}
    allocated = sa.select(Allocation).where(
        Allocation.device_id.in_(keys),
        Allocation.room_num == rental.room_num,
        Allocation.ended_at.is_(None),
    )
    return {one.device_id: one.ip for one in session.scalars(allocated) if one.device_id}


def wrongly_addressed(session: Session) -> tuple[Sequence[int], Sequence[int]]:
    """Who is banned without ban addresses, and who has some without being banned.

    Two statements, whatever the number of people.
    """
    banned = sa.exists().where(Ban.pceen_id == Device.pceen_id, weighs(clock.now()))
    held = sa.exists().where(BanAddress.device_id == Device.id, BanAddress.ended_at.is_(None))
    owners = sa.select(Device.pceen_id).distinct().order_by(Device.pceen_id)
    return (
        session.scalars(owners.where(banned, ~held)).all(),
        session.scalars(owners.where(~banned, held)).all(),
    )


def used_addresses(session: Session) -> tuple[Sequence[tuple[int, int, int]], int]:
    """How many addresses each room has in use and kept; how many banned devices have one."""
    in_use = sa.func.sum(sa.case((Allocation.ended_at.is_(None), 1), else_=0))
    stmt = (
        sa.select(Allocation.room_num, in_use, sa.func.count())
        .group_by(Allocation.room_num)
        .order_by(sa.func.count().desc(), Allocation.room_num)
        .limit(20)
    )
    rooms_ = [(num, int(used), total - int(used)) for num, used, total in session.execute(stmt)]
    banned = sa.select(sa.func.count()).where(BanAddress.ended_at.is_(None))
    return rooms_, session.execute(banned).scalar_one()


def hosts(session: Session, plan: AddressPlan) -> list[Host]:
    """What the DHCP rules are made of, in one statement (network-b B3.1)."""
    banned = sa.exists().where(Ban.pceen_id == Rental.pceen_id, weighs(clock.now()))
    stmt = (
        sa.select(
            Rental.room_num,
            Device.id,
            Device.mac_address,
            Allocation.ip,
            BanAddress.slot,
            banned.label("is_banned"),
        )
        .select_from(Rental)
        .join(PCeen, PCeen.id == Rental.pceen_id)
        .join(Device, Device.pceen_id == Rental.pceen_id)
        .outerjoin(
            Allocation,
            sa.and_(
                Allocation.device_id == Device.id,
                Allocation.room_num == Rental.room_num,
                Allocation.ended_at.is_(None),
            ),
        )
        .outerjoin(BanAddress, BanAddress.device_id == Device.id)
        .where(is_current(clock.today()), PCeen.disabled_at.is_(None))
        .order_by(Rental.room_num, Device.id)
    )
    found = []
    for room_num, device_id, mac, ip, slot, is_banned in session.execute(stmt):
        address = ip
        if is_banned:
            address = None if slot is None else plan.ban_address(slot)
        if address is not None:
            found.append(Host(room_num, device_id, mac, address, bool(is_banned)))
    return found


def device_at(session: Session, what: str, plan: AddressPlan) -> Device | None:
    """The device that has a hardware address, or an address of the network, now."""
    found = with_mac(session, what)
    if found is not None:
        return found
    by_address = {host.address: host.device_id for host in hosts(session, plan)}
    return session.get(Device, by_address[what]) if what in by_address else None


def history_of(session: Session, mac: str) -> Sequence[NetworkHistory]:
    """The addresses that a device had, the latest first."""
    stmt = sa.select(NetworkHistory).where(NetworkHistory.mac_address == mac)
    return session.scalars(stmt.order_by(NetworkHistory.id.desc()).limit(50)).all()


def who_had(session: Session, address: str, at: datetime) -> Sequence[NetworkHistory]:
    """Which devices had an address at an instant, and whose they were."""
    stmt = (
        sa.select(NetworkHistory)
        .where(
            NetworkHistory.ip == address,
            NetworkHistory.started_at <= at,
            sa.or_(NetworkHistory.ended_at.is_(None), NetworkHistory.ended_at > at),
        )
        .options(joinedload(NetworkHistory.pceen))
        .order_by(NetworkHistory.id)
    )
    return session.scalars(stmt).all()
