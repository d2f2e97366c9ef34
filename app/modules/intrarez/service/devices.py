"""Registering devices, naming them, removing them."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.addresses import AddressPlan
from app.core.transaction import lock
from app.models import Allocation, BanAddress, Device, PCeen, audit, defer
from app.modules.intrarez import queries
from app.modules.intrarez.choices import DEVICE_LIMIT
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.errors import (
    BannedOwner,
    KnownAlready,
    NoRoom,
    NoSuchDevice,
    StaleVersion,
    TooManyDevices,
)
from app.modules.intrarez.service import addresses


def register(
    session: Session,
    *,
    pceen: PCeen,
    mac: str,
    name: str | None,
    type: str | None,
    plan: AddressPlan,
) -> Device:
    """Register a device in the room of its owner, with the address it gets there.

    *mac* is canonical. The message of a refusal never says whose a known
    device is.

    Raises:
        IntrarezError: If it is known, one too many, or the room is full.
    """
    lock(session, pceen)
    rental = queries.current_rental(session, pceen.id)
    if rental is None:
        raise NoRoom
    lock(session, rental.room)
    if queries.with_mac(session, mac) is not None:
        raise KnownAlready
    limit = DEVICE_LIMIT.get(session)
    if queries.count_devices(session, pceen.id) >= limit:
        raise TooManyDevices(limit=limit)
    device = Device(pceen=pceen, mac_address=mac, name=name or None, type=type or None)
    try:
        with session.begin_nested():
            session.add(device)
    except sa.exc.IntegrityError:
        raise KnownAlready from None
    addresses.allocate(session, device=device, room=rental.room, plan=plan)
    audit(session, "intrarez.device.add", device, after={"name": device.name, "type": device.type})
    defer(session, RefreshNetwork())
    return device


def describe(
    session: Session, *, device: Device, name: str | None, type: str | None, version: int
) -> None:
    """Give a device another name and type.

    Raises:
        StaleVersion: If they were changed meanwhile.
        NoSuchDevice: If it was removed meanwhile.
    """
    _lock(session, device)
    if device.version != version:
        raise StaleVersion
    before = {"name": device.name, "type": device.type}
    device.name, device.type = name or None, type or None
    device.version += 1
    after = {"name": device.name, "type": device.type}
    audit(session, "intrarez.device.change", device, before=before, after=after)


def remove(session: Session, *, device: Device, by_gri: bool) -> None:
    """Remove a device: its address is kept for it a while.

    Raises:
        BannedOwner: If the owner is banned, and not a GRI asks.
        NoSuchDevice: If it was removed meanwhile.
    """
    _lock(session, device)
    if not by_gri and queries.active_ban(session, device.pceen_id) is not None:
        raise BannedOwner
    addresses.end(session, device=device)
    audit(session, "intrarez.device.delete", device, before={"name": device.name})
    forget = sa.update(Allocation).where(Allocation.device_id == device.id).values(device_id=None)
    session.execute(forget)
    session.execute(sa.delete(BanAddress).where(BanAddress.device_id == device.id))
    session.delete(device)
    defer(session, RefreshNetwork())


def _lock(session: Session, device: Device) -> None:
    """Keep a device from others, and first its owner: what they take or leave moves it.

    Raises:
        NoSuchDevice: If it was removed meanwhile.
    """
    try:
        lock(session, device.pceen)
        lock(session, device)
    except sa.exc.InvalidRequestError:
        raise NoSuchDevice from None
