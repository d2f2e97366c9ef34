"""Why a device has Internet, or not: one chain, from the device to the address it has."""

import enum
from dataclasses import dataclass


class Link(enum.StrEnum):
    """What must hold, one after the other, for a device to have Internet."""

    #: The network knows the device, and someone registered it.
    device = "device"
    #: It is in the right name.
    owner = "owner"
    room = "room"
    subscription = "subscription"
    ban = "ban"
    #: The gateway was told of it.
    rule = "rule"
    #: It took the address that it was given.
    lease = "lease"


class Fault(enum.StrEnum):
    """How a link is broken: each has its sentence, and the one thing to do."""

    #: The proxy does not show the address of the client.
    no_address = "no_address"
    #: The gateway does not know its hardware address.
    no_mac = "no_mac"
    unknown_device = "unknown_device"
    #: Asked of a person who registered none.
    no_device = "no_device"
    device_of_another = "device_of_another"
    disabled = "disabled"
    no_room = "no_room"
    unpaid = "unpaid"
    banned = "banned"
    #: All the addresses of the room are taken.
    room_full = "room_full"
    waiting_network = "waiting_network"
    rules_refused = "rules_refused"
    waiting_address = "waiting_address"
    #: Another device answers for its address.
    conflict = "conflict"
    #: Asked from elsewhere: the device is not connected to the residence.
    away = "away"


LINK_OF = {
    Fault.no_address: Link.device,
    Fault.no_mac: Link.device,
    Fault.unknown_device: Link.device,
    Fault.no_device: Link.device,
    Fault.device_of_another: Link.owner,
    Fault.disabled: Link.owner,
    Fault.no_room: Link.room,
    Fault.unpaid: Link.subscription,
    Fault.banned: Link.ban,
    Fault.room_full: Link.rule,
    Fault.waiting_network: Link.rule,
    Fault.rules_refused: Link.rule,
    Fault.waiting_address: Link.lease,
    Fault.conflict: Link.lease,
    Fault.away: Link.lease,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of a device, and of who asks: nothing else decides."""

    #: Whether the device is the one that asks.
    is_here: bool = True
    #: Whether the client's address, and its hardware address, are known.
    has_address: bool = True
    has_mac: bool = True
    #: Whether there is a registered device.
    is_registered: bool = True
    #: Whether who asks has another name than its owner; unknown when nobody is logged in.
    is_of_another: bool = False
    is_enabled: bool = True
    has_room: bool = True
    is_unpaid: bool = False
    is_banned: bool = False
    #: The address that it is to have; ``None``: there was none left.
    address: str | None = None
    #: Whether the gateway was told of it.
    is_applied: bool = True
    #: Whether the rules could not be written, last time.
    is_refused: bool = False
    #: The address that it has; ``None``: it is not seen.
    seen_at: str | None = None
    #: Whether the lease of its address is another device's.
    is_conflict: bool = False


class LinkState(enum.StrEnum):
    """How a link is."""

    holds = "holds"
    broken = "broken"
    #: One before it is broken: nobody looked.
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is broken, if something is: what to mend first, and what else is known to be."""

    fault: Fault | None
    also: Fault | None = None

    @property
    def links(self) -> list[tuple[Link, LinkState]]:
        """Each link, and how it is: after a broken one, nobody looked."""
        broken = {LINK_OF[fault] for fault in (self.fault, self.also) if fault}
        found, state = [], LinkState.holds
        for link in Link:
            found.append((link, LinkState.broken if link in broken else state))
            if link in broken:
                state = LinkState.unknown
        return found


def diagnose(facts: Facts) -> Diagnosis:
    """Look at each link in its turn: the first that is broken is the reason."""
    checks = (_device_fault, _owner_fault, _right_fault, _rule_fault, _lease_fault)
    fault = next(filter(None, (check(facts) for check in checks)), None)
    is_both = fault is Fault.banned and facts.is_unpaid
    return Diagnosis(fault, Fault.unpaid if is_both else None)


def _device_fault(facts: Facts) -> Fault | None:
    if facts.is_registered and (facts.has_mac or not facts.is_here):
        return None
    if not facts.is_here:
        return Fault.no_device
    if not facts.has_address:
        return Fault.no_address
    return Fault.unknown_device if facts.has_mac else Fault.no_mac


def _owner_fault(facts: Facts) -> Fault | None:
    if facts.is_of_another:
        return Fault.device_of_another
    return None if facts.is_enabled else Fault.disabled


def _right_fault(facts: Facts) -> Fault | None:
    """The room, the subscription, the ban; who is banned for conduct too reads that first."""
    if not facts.has_room:
        return Fault.no_room
    if facts.is_unpaid and not facts.is_banned:
        return Fault.unpaid
    return Fault.banned if facts.is_banned else None


def _rule_fault(facts: Facts) -> Fault | None:
    if facts.address is None:
        return Fault.room_full
    if facts.is_applied:
        return None
    return Fault.rules_refused if facts.is_refused else Fault.waiting_network


def _lease_fault(facts: Facts) -> Fault | None:
    if facts.is_conflict:
        return Fault.conflict
    if facts.seen_at is None:
        return Fault.away
    return None if facts.seen_at == facts.address else Fault.waiting_address


class Connection(enum.StrEnum):
    """What a script is told of the device that asks (network-a 5.6)."""

    unknown_device = "unknown_device"
    no_room = "no_room"
    banned = "banned"
    unpaid = "unpaid"
    waiting_network = "waiting_network"
    waiting_address = "waiting_address"
    online = "online"


_CONNECTIONS = {
    None: Connection.online,
    Fault.no_room: Connection.no_room,
    Fault.unpaid: Connection.unpaid,
    Fault.banned: Connection.banned,
    Fault.room_full: Connection.waiting_network,
    Fault.waiting_network: Connection.waiting_network,
    Fault.rules_refused: Connection.waiting_network,
    Fault.waiting_address: Connection.waiting_address,
    Fault.conflict: Connection.waiting_address,
    Fault.away: Connection.waiting_address,
}


def connection(diagnosis: Diagnosis) -> Connection:
    """The seven words that scripts know, for the device that asks."""
    return _CONNECTIONS.get(diagnosis.fault, Connection.unknown_device)
