"""What the network reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.addresses import AddressPlan
from app.enums import DhcpResult
from app.models import (
    Allocation,
    Ban,
    BanAddress,
    Device,
    DhcpRun,
    OutboxEntry,
    PCeen,
    Rental,
    Room,
)
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.errors import NoRoom, NoSuchDevice, NoSuchRoom
from app.modules.intrarez.rules.dhcp import Host

#: What the databases number rows with.
_LARGEST_ID = 2**31 - 1


def room(session: Session, num: int) -> Room:
    """The room numbered *num*.

    Raises:
        NoSuchRoom: If the building has none.
    """
    found = session.get(Room, num)
    if found is None:
        raise NoSuchRoom(num=num)
    return found


def is_current(day: date) -> sa.ColumnElement[bool]:
    """Whether a rental gives the room on *day*."""
    return sa.and_(
        Rental.closed_at.is_(None), sa.or_(Rental.ends_on.is_(None), Rental.ends_on > day)
    )


def current_rental(session: Session, pceen_id: int) -> Rental | None:
    """The room that someone has today, if they have one."""
    stmt = sa.select(Rental).where(Rental.open_pceen == pceen_id, is_current(clock.today()))
    return session.scalars(stmt).one_or_none()


def own_rental(session: Session, pceen_id: int) -> Rental:
    """The room that someone has today.

    Raises:
        NoRoom: If they have none.
    """
    rental = current_rental(session, pceen_id)
    if rental is None:
        raise NoRoom
    return rental


def open_rentals(session: Session, *, room_num: int, pceen_id: int) -> Sequence[Rental]:
    """The rentals, of a room or of a person, that nobody closed yet."""
    stmt = sa.select(Rental).where(
        sa.or_(Rental.open_room == room_num, Rental.open_pceen == pceen_id)
    )
    return session.scalars(stmt).all()


def over_rentals(session: Session) -> Sequence[Rental]:
    """The rentals whose last day has come, and that are not closed yet."""
    stmt = sa.select(Rental).where(Rental.closed_at.is_(None), Rental.ends_on <= clock.today())
    return session.scalars(stmt.order_by(Rental.id)).all()


def former_rentals(session: Session, pceen_id: int) -> Sequence[Rental]:
    """The rooms that someone had, the latest first."""
    stmt = (
        sa.select(Rental)
        .where(Rental.pceen_id == pceen_id, ~is_current(clock.today()))
        .order_by(Rental.starts_on.desc(), Rental.id.desc())
        .limit(50)
    )
    return session.scalars(stmt).all()


def devices_of(session: Session, pceen_id: int) -> Sequence[Device]:
    """The devices of someone, the latest seen first."""
    stmt = sa.select(Device).where(Device.pceen_id == pceen_id).order_by(Device.id)
    never = datetime.min.replace(tzinfo=clock.PARIS)
    devices = session.scalars(stmt).all()
    return sorted(devices, key=lambda d: d.last_seen_at or never, reverse=True)


def own_devices(session: Session, pceen_id: int) -> Sequence[Device]:
    """The devices of someone, in the order they were registered."""
    stmt = sa.select(Device).where(Device.pceen_id == pceen_id).order_by(Device.id)
    return session.scalars(stmt).all()


def count_devices(session: Session, pceen_id: int) -> int:
    """How many devices someone has."""
    stmt = sa.select(sa.func.count(Device.id)).where(Device.pceen_id == pceen_id)
    return session.execute(stmt).scalar_one()


def device(session: Session, key: int) -> Device:
    """The device numbered *key*.

    Raises:
        NoSuchDevice: If there is none.
    """
    if key > _LARGEST_ID:
        raise NoSuchDevice
    found = session.get(Device, key, options=[joinedload(Device.pceen)])
    if found is None:
        raise NoSuchDevice
    return found


def with_mac(session: Session, mac: str) -> Device | None:
    """The device that has this hardware address, if there is one."""
    return session.scalars(sa.select(Device).where(Device.mac_address == mac)).one_or_none()


def has_room(session: Session, pceen_id: int) -> bool:
    """Whether someone has a room today."""
    return current_rental(session, pceen_id) is not None


def weighs(now: datetime) -> sa.ColumnElement[bool]:
    """Whether a ban keeps its person from the Internet at *now*."""
    return sa.and_(
        Ban.starts_at <= now,
        Ban.ended_at.is_(None),
        sa.or_(Ban.ends_at.is_(None), Ban.ends_at > now),
    )


def active_ban(session: Session, pceen_id: int) -> Ban | None:
    """The ban that weighs on someone now; the disciplinary one first."""
    stmt = (
        sa.select(Ban)
        .where(Ban.pceen_id == pceen_id, weighs(clock.now()))
        .order_by(Ban.kind)
        .limit(1)
    )
    return session.scalars(stmt).first()


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


def address_of(session: Session, device: Device, plan: AddressPlan) -> str | None:
    """The address that the rules give to a device; ``None`` without one."""
    return addresses_of(session, [device], plan).get(device.id)


def addresses_of(session: Session, devices: Sequence[Device], plan: AddressPlan) -> dict[int, str]:
    """The addresses that the rules give to the devices of one person, by device."""
    if not devices:
        return {}
    ban = active_ban(session, devices[0].pceen_id)
    keys = [device.id for device in devices]
    if ban is not None:
        slots = sa.select(BanAddress).where(BanAddress.device_id.in_(keys))
        return {one.device_id: plan.ban_address(one.slot) for one in session.scalars(slots)}
    rental = current_rental(session, devices[0].pceen_id)
    if rental is None:
        return {}
    allocated = sa.select(Allocation).where(
        Allocation.device_id.in_(keys),
        Allocation.room_num == rental.room_num,
        Allocation.ended_at.is_(None),
    )
    return {one.device_id: one.ip for one in session.scalars(allocated) if one.device_id}


def is_refresh_waiting(session: Session) -> bool:
    """Whether the rules are to be written again, or could not be."""
    waiting = sa.select(OutboxEntry.id).where(
        OutboxEntry.kind == RefreshNetwork.kind, OutboxEntry.sent_at.is_(None)
    )
    if session.scalars(waiting.limit(1)).first() is not None:
        return True
    last = last_run(session)
    return last is not None and last.result in (DhcpResult.refused, DhcpResult.failed)


def last_run(session: Session) -> DhcpRun | None:
    """The latest generation of the rules."""
    return session.scalars(sa.select(DhcpRun).order_by(DhcpRun.id.desc()).limit(1)).first()


def is_fault_known(session: Session, error: str) -> bool:
    """Whether the rules failed for this cause already, since they were last right."""
    right = sa.select(sa.func.max(DhcpRun.id)).where(DhcpRun.error.is_(None)).scalar_subquery()
    told = sa.select(DhcpRun.id).where(
        DhcpRun.error == error, DhcpRun.id > sa.func.coalesce(right, 0)
    )
    return session.scalars(told.limit(1)).first() is not None


def rooms(session: Session) -> Sequence[Room]:
    """All the rooms, in order."""
    return session.scalars(sa.select(Room).order_by(Room.num)).all()


def ever_rented(session: Session) -> set[int]:
    """The rooms that someone has, or had once."""
    return set(session.scalars(sa.select(Rental.room_num).distinct()))


def tenants(session: Session) -> dict[int, PCeen]:
    """Who lives in each room today."""
    stmt = sa.select(Rental).where(is_current(clock.today())).options(joinedload(Rental.pceen))
    return {rental.room_num: rental.pceen for rental in session.scalars(stmt)}


@dataclass(frozen=True, slots=True)
class InternetCard:
    """What the home page and the profile say of someone's Internet."""

    rental: Rental | None
    devices: Sequence[Device]
    ban: Ban | None
    #: The device in their hands, if it is theirs.
    here: Device | None
    former: Sequence[Rental]
    addresses: dict[int, str]


def internet_card(
    session: Session, pceen_id: int, *, here: Device | None, plan: AddressPlan, full: bool
) -> InternetCard:
    """Someone's room and devices; with *full*, their history and addresses too."""
    devices = devices_of(session, pceen_id)
    return InternetCard(
        rental=current_rental(session, pceen_id),
        devices=devices,
        ban=active_ban(session, pceen_id),
        here=here,
        former=former_rentals(session, pceen_id) if full else (),
        addresses=addresses_of(session, devices, plan) if full else {},
    )
