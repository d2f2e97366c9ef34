"""The devices, and whose they are."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.addresses import AddressPlan
from app.models import Allocation, BanAddress, Device
from app.modules.intrarez.errors import NoSuchDevice

#: What the databases number rows with.
_LARGEST_ID = 2**31 - 1


def devices_of(session: Session, pceen_id: int) -> Sequence[Device]:
    """The devices of someone, the latest seen first."""
    stmt = sa.select(Device).where(Device.pceen_id == pceen_id).order_by(Device.id)
    return latest_first(session.scalars(stmt))


def latest_first(devices: Iterable[Device]) -> Sequence[Device]:
    """Devices, the latest seen first."""
    never = datetime.min.replace(tzinfo=clock.PARIS)
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


def found_devices(session: Session, what: str, plan: AddressPlan) -> Sequence[Device]:
    """The devices whose hardware address, address or name is, or holds, what is typed."""
    held = sa.exists().where(Allocation.device_id == Device.id, Allocation.ip == what)
    slot = plan.ban_slot(what)
    banned = sa.exists().where(BanAddress.device_id == Device.id, BanAddress.slot == slot)
    matches = sa.or_(
        banned if slot is not None else sa.false(),
        Device.mac_address.contains(what.lower(), autoescape=True),
        Device.name.icontains(what, autoescape=True),
        held,
    )
    stmt = sa.select(Device).where(matches).options(joinedload(Device.pceen))
    return session.scalars(stmt.order_by(Device.id).limit(100)).all()
