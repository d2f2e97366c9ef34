"""Looking at every link between a device and Internet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.enums import BanKind
from app.integrations.gateway import Gateway
from app.integrations.leases import Lease
from app.models import Ban, Device, Rental
from app.modules.intrarez import queries
from app.modules.intrarez.rules import dhcp, nft
from app.modules.intrarez.rules.chain import Diagnosis, Facts, diagnose

#: Seen less long ago, a device is connected.
ONLINE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What the gateway says, and how addresses are made."""

    plan: AddressPlan
    gateway: Gateway
    #: ``None`` where they cannot be read.
    leases: Sequence[Lease] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The client of a request, as the gateway sees it."""

    address: str | None
    mac: str | None
    device: Device | None
    #: Who is logged in.
    pceen_id: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """A device, its owner's right to Internet, and what is broken."""

    device: Device | None
    rental: Rental | None
    bans: Sequence[Ban]
    #: The address that the rules give it.
    address: str | None
    #: The one that it has, as far as is known.
    seen_at: str | None
    facts: Facts
    diagnosis: Diagnosis

    @property
    def ban(self) -> Ban | None:
        """The ban to tell of, if there is one."""
        return self.bans[0] if self.bans else None

    @property
    def is_admitted(self) -> bool:
        """Whether the firewall lets it through."""
        return self.diagnosis.fault is None


def look_here(session: Session, *, seen: Seen, network: Network) -> Look:
    """Look at the device that asks."""
    facts = Facts(
        has_address=seen.address is not None,
        has_mac=seen.mac is not None,
        is_registered=seen.device is not None,
        is_of_another=(
            seen.device is not None
            and seen.pceen_id is not None
            and seen.device.pceen_id != seen.pceen_id
        ),
        seen_at=seen.address,
    )
    return _look(session, seen.device, facts=facts, network=network)


def look_at(session: Session, *, device: Device | None, network: Network) -> Look:
    """Look at a device from elsewhere: another one, or the GRIs' page."""
    facts = Facts(is_here=False, is_registered=device is not None)
    return _look(session, device, facts=facts, network=network)


def _look(session: Session, device: Device | None, *, facts: Facts, network: Network) -> Look:
    if device is None:
        return Look(None, None, (), None, facts.seen_at, facts, diagnose(facts))
    rental = queries.current_rental(session, device.pceen_id)
    bans = queries.active_bans(session, device.pceen_id)
    given = queries.addresses_of(
        session, [device], network.plan, rental=rental, is_banned=bool(bans)
    )
    address = given.get(device.id)
    lease = _lease_of(device, network.leases)
    seen_at = facts.seen_at if facts.is_here else _last_address(device, lease, address, network)
    last = queries.last_run(session)
    known = Facts(
        is_here=facts.is_here,
        has_address=facts.has_address,
        has_mac=facts.has_mac,
        is_of_another=facts.is_of_another,
        is_enabled=not device.pceen.is_disabled,
        has_room=rental is not None,
        is_unpaid=any(ban.kind is BanKind.unpaid for ban in bans),
        is_banned=any(ban.kind is BanKind.disciplinary for ban in bans),
        address=address,
        is_applied=_is_applied(session, device, address, network.gateway),
        is_refused=last is not None and last.error is not None,
        seen_at=seen_at,
        is_conflict=_is_conflict(device, address, network.leases),
    )
    return Look(device, rental, bans, address, seen_at, known, diagnose(known))


def _is_applied(session: Session, device: Device, address: str | None, gateway: Gateway) -> bool:
    """Whether the firewall lets a device through at this address, as far as is known."""
    if address is None:
        return False
    text = gateway.admitted_text()
    if text is None:
        return not queries.is_refresh_waiting(session)
    try:
        return (device.mac_address, address) in nft.parse(text)
    except dhcp.InvalidRules:
        return False


def _lease_of(device: Device, leases: Sequence[Lease] | None) -> Lease | None:
    mine = [lease for lease in leases or () if lease.mac == device.mac_address]
    return mine[-1] if mine else None


def _last_address(
    device: Device, lease: Lease | None, address: str | None, network: Network
) -> str | None:
    """The address that a device has now, as its lease says; if none is known, whether it is there.

    A device that the site has just seen, where no lease can be read, is where it should be.
    """
    if lease is not None:
        return lease.address
    is_there = device.last_seen_at is not None and clock.now() - device.last_seen_at < ONLINE
    return address if network.leases is None and is_there else None


def _is_conflict(device: Device, address: str | None, leases: Sequence[Lease] | None) -> bool:
    """Whether the address of a device was leased to another."""
    return any(
        lease.address == address and lease.mac != device.mac_address for lease in leases or ()
    )
