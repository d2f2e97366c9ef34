"""Registering devices, naming them, passing them on, removing them."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.addresses import AddressPlan, is_randomised
from app.core.transaction import lock
from app.models import (
    Allocation,
    BanAddress,
    Device,
    Limit,
    PCeen,
    Room,
    TriedTooOften,
    audit,
    defer,
)
from app.modules.intrarez import queries
from app.modules.intrarez.choices import DEVICE_LIMIT
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.errors import (
    BannedOwner,
    KnownAlready,
    MineAlready,
    NoRoom,
    NoSuchDevice,
    NotRandomised,
    OwnerBanned,
    ReaddressedTooOften,
    RecipientBanned,
    StaleVersion,
    TooManyDevices,
    TransferredTooOften,
)
from app.modules.intrarez.mails import DeviceTransferred
from app.modules.intrarez.service import addresses, subscriptions

_WEEK = timedelta(days=7)
#: How often a device may change hands, and how often those of someone their address.
TRANSFERS = Limit("intrarez.device.transfer", 2, _WEEK)
READDRESSES = Limit("intrarez.device.readdress", 3, _WEEK)


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
    _check_count(session, pceen)
    device = Device(pceen=pceen, mac_address=mac, name=name or None, type=type or None)
    return _add(session, device, plan=plan)


def register_for(
    session: Session,
    *,
    pceen: PCeen,
    mac: str,
    name: str | None,
    type: str | None,
    plan: AddressPlan,
) -> Device:
    """Register a device for someone, be it one more than the others have: what a GRI does.

    Raises:
        IntrarezError: If it is known, or the room is full.
    """
    lock(session, pceen)
    device = Device(pceen=pceen, mac_address=mac, name=name or None, type=type or None)
    return _add(session, device, plan=plan)


def _add(session: Session, device: Device, *, plan: AddressPlan) -> Device:
    """Write a device whose owner is locked."""
    room = _lock_room(session, device.pceen)
    if queries.with_mac(session, device.mac_address) is not None:
        raise KnownAlready
    try:
        with session.begin_nested():
            session.add(device)
    except sa.exc.IntegrityError:
        raise KnownAlready from None
    addresses.allocate(session, device=device, room=room, plan=plan)
    audit(session, "intrarez.device.add", device, after={"name": device.name, "type": device.type})
    subscriptions.welcome(session, pceen=device.pceen, device=device)
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


def transfer(session: Session, *, device: Device, to: PCeen, plan: AddressPlan) -> None:
    """Put a device in the name of who holds it: it gets an address in their room.

    Raises:
        TransferRefused: If it may not change hands.
        TooManyDevices, NoRoom, NoAddressLeft: If it has no place with its new owner.
        NoSuchDevice: If it was removed meanwhile.
    """
    former = _owner(device)
    for person in sorted((former, to), key=lambda person: person.id):
        lock(session, person)
    room = _lock_room(session, to)
    _lock(session, device)
    if device.pceen_id == to.id:
        raise MineAlready
    if device.pceen_id != former.id:
        raise NoSuchDevice  # it changed hands meanwhile: look again
    _check_transfer(session, device, to=to)
    addresses.end(session, device=device)
    session.execute(sa.delete(BanAddress).where(BanAddress.device_id == device.id))
    device.pceen, device.name, device.last_seen_at = to, None, None
    device.version += 1
    session.flush()
    addresses.allocate(session, device=device, room=room, plan=plan)
    TRANSFERS.count(session, device.id)
    subscriptions.welcome(session, pceen=to, device=device)
    audit(
        session,
        "intrarez.device.transfer",
        device,
        before={"owner": former.id},
        after={"owner": to.id},
    )
    _tell_former(session, device, former)
    defer(session, RefreshNetwork())


def _owner(device: Device) -> PCeen:
    """Who has a device that was read before.

    Raises:
        NoSuchDevice: If it was removed meanwhile.
    """
    try:
        return device.pceen
    except sa.exc.InvalidRequestError:
        raise NoSuchDevice from None


def _check_transfer(session: Session, device: Device, *, to: PCeen) -> None:
    """Refuse that a device changes hands to get round a ban, or all the time."""
    if queries.active_ban(session, device.pceen_id) is not None:
        raise OwnerBanned
    if queries.active_ban(session, to.id) is not None:
        raise RecipientBanned
    _check_count(session, to)
    try:
        TRANSFERS.check(session, device.id)
    except TriedTooOften:
        raise TransferredTooOften from None


def _tell_former(session: Session, device: Device, former: PCeen) -> None:
    if former.email is None:
        return
    defer(
        session,
        DeviceTransferred(
            to=former.email,
            locale=former.locale or "fr",
            prenom=former.prenom,
            device=device.type or device.mac_address,
        ),
    )


def readdress(session: Session, *, device: Device, mac: str, plan: AddressPlan) -> None:
    """Give a device that makes its address up the new one that it has.

    It keeps its name, and its place in the room.

    Raises:
        NotRandomised: If either address is that of a maker.
        KnownAlready: If the new one is registered.
        ReaddressedTooOften: The fourth time in seven days.
        NoSuchDevice: If it was removed meanwhile.
    """
    owner = _owner(device)
    lock(session, owner)
    room = _lock_room(session, owner)
    _lock(session, device)
    if not (is_randomised(device.mac_address) and is_randomised(mac)):
        raise NotRandomised
    if queries.with_mac(session, mac) is not None:
        raise KnownAlready
    try:
        READDRESSES.check(session, device.pceen_id)
    except TriedTooOften:
        raise ReaddressedTooOften from None
    READDRESSES.count(session, device.pceen_id)
    addresses.move(session, device=device, mac=mac, room=room)
    try:
        with session.begin_nested():
            device.mac_address = mac
            device.version += 1
    except sa.exc.IntegrityError:
        raise KnownAlready from None
    addresses.allocate(session, device=device, room=room, plan=plan)
    audit(session, "intrarez.device.readdress", device)
    defer(session, RefreshNetwork())


def _lock_room(session: Session, pceen: PCeen) -> Room:
    """Keep the room of someone locked from others.

    Raises:
        NoRoom: If they have none, or just lost it.
    """
    rental = queries.current_rental(session, pceen.id)
    if rental is None:
        raise NoRoom
    lock(session, rental.room)
    lock(session, rental)
    if rental.closed_at is not None:
        raise NoRoom
    return rental.room


def _check_count(session: Session, pceen: PCeen) -> None:
    """Refuse one device too many.

    Raises:
        TooManyDevices: If they have as many as one may.
    """
    limit = DEVICE_LIMIT.get(session)
    if queries.count_devices(session, pceen.id) >= limit:
        raise TooManyDevices(limit=limit)


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
