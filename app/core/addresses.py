"""The address plan: the rooms of the building, and what each address is for."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from itertools import chain, combinations

#: How many devices a room has an address for.
RANKS = 256
#: Addresses of the ban range in a block of 256: neither .0 nor .255.
_PER_BLOCK = 254

_FLOOR = re.compile(r"([0-9]{1,9}) *: *([0-9]{1,9})")
_BYTE = re.compile(r"\{(rank|floor|door)\}|(0|[1-9][0-9]{0,2})")


def as_number(address: str) -> int | None:
    """An IPv4 address as a number; ``None`` if the text is not one."""
    try:
        return int(IPv4Address(address))
    except ValueError:
        return None


def is_randomised(mac: str) -> bool:
    """Whether a system made a hardware address up, and may change it."""
    return mac[1:2] in {"2", "6", "a", "e"}


def dotted(number: int) -> str:
    """A number as an IPv4 address: ``167772161`` gives ``10.0.0.1``."""
    return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@dataclass(frozen=True, slots=True)
class AddressRange:
    """Addresses that follow one another, and the setting that says so."""

    name: str
    start: int
    end: int

    @property
    def first(self) -> str:
        return dotted(self.start)

    @property
    def last(self) -> str:
        return dotted(self.end)

    def __contains__(self, number: int) -> bool:
        return self.start <= number <= self.end

    def __str__(self) -> str:
        if self.start == self.end:
            return f"{self.name} {self.first}"
        return f"{self.name} {self.first}-{self.last}"

    @classmethod
    def parse(cls, name: str, text: str) -> "AddressRange":
        """Read ``10.0.0.100-10.0.0.199``, or a single address.

        Raises:
            ValueError: If it is not a range.
        """
        first, dash, last = (part.strip() for part in text.partition("-"))
        start = as_number(first)
        end = as_number(last) if dash else start
        if start is None or end is None or start > end:
            raise ValueError(f"{name} {_quoted(text)}: write 10.0.0.100-10.0.0.199, first to last")
        return cls(name, start, end)


@dataclass(frozen=True, slots=True)
class DeviceAddresses:
    """The addresses of the devices of every room, 256 each.

    An address is the base of the room plus rank times the step: nothing here
    counts them one by one.
    """

    template: str
    #: From a rank to the next.
    step: int
    #: Of each room, in order; and the other way round.
    bases: dict[int, int] = field(compare=False, repr=False)
    rooms: dict[int, int] = field(compare=False, repr=False)

    def __str__(self) -> str:
        return f"ADDRESS_DEVICES {self.template}"

    def find(self, number: int) -> tuple[int, int] | None:
        """The room and the rank that have an address."""
        shift = self.step.bit_length() - 1
        rank = number >> shift & 255
        room = self.rooms.get(number - rank * self.step)
        return None if room is None else (room, rank)

    def first_in(self, other: AddressRange) -> tuple[int, int] | None:
        """A room and a rank whose address is in a range, if there are any."""
        for room, base in self.bases.items():
            rank = max(0, -((base - other.start) // self.step))
            if rank < RANKS and base + rank * self.step in other:
                return room, rank
        return None

    def first_outside(self, ranges: Iterable[AddressRange]) -> tuple[int, int] | None:
        """A room and a rank whose address is in none of the ranges, if there are any."""
        for room, base in self.bases.items():
            end = base + (RANKS - 1) * self.step
            if any(base in one and end in one for one in ranges):
                continue
            for rank in range(RANKS):
                if not any(base + rank * self.step in one for one in ranges):
                    return room, rank
        return None

    def example(self, room: int, rank: int) -> str:
        """An address, and whose it is."""
        return f"{dotted(self.bases[room] + rank * self.step)} (room {room}, rank {rank})"

    @classmethod
    def parse(cls, template: str, floors: Iterable[tuple[int, int]]) -> "DeviceAddresses":
        """Read ``10.{rank}.{floor}.{door}``.

        Raises:
            ValueError: If it is not four bytes, or gives an address twice.
        """
        weights = _weights(template)
        bases = {
            floor * 100 + door: weights["1"] + floor * weights["floor"] + door * weights["door"]
            for floor, doors in floors
            for door in range(1, doors + 1)
        }
        rooms: dict[int, int] = {}
        for room, base in bases.items():
            if (other := rooms.setdefault(base, room)) != room:
                rooms_at_fault = f"rooms {other} and {room}"
                raise ValueError(
                    f"ADDRESS_DEVICES {template}: {rooms_at_fault} both have {dotted(base)}"
                )
        if not weights["rank"]:
            room, base = next(iter(bases.items()))
            raise ValueError(
                f"ADDRESS_DEVICES {template}: all ranks of room {room} have {dotted(base)}; "
                "write {rank} in it"
            )
        return cls(template, weights["rank"], bases, rooms)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPlan:
    """The rooms of the building, and the addresses of everyone in it."""

    #: Each floor with its number of doors, the lowest first.
    floors: tuple[tuple[int, int], ...]
    gateway: str
    #: Of the devices that nobody registered.
    pool: AddressRange
    devices: DeviceAddresses
    #: Of the devices of banned people.
    bans: AddressRange
    networks: tuple[IPv4Network, ...]
    #: The networks, as ranges that do not touch.
    known: tuple[AddressRange, ...] = field(repr=False)

    @classmethod
    def parse(
        cls,
        *,
        floors: str = "1:16;2:26;3:26;4:26;5:26;6:20;7:20",
        gateway: str = "10.0.0.1",
        pool: str = "10.0.0.100-10.0.0.199",
        devices: str = "10.{rank}.{floor}.{door}",
        bans: str = "10.0.8.0-10.0.255.255",
        networks: tuple[IPv4Network, ...] = (IPv4Network("10.0.0.0/8"),),
    ) -> "AddressPlan":
        """Read the plan as an installation writes it.

        Raises:
            ValueError: The first fault, in one line: what is at odds, and where.
        """
        doors = _parse_floors(floors)
        gate = _parse_gateway(gateway)
        plan = cls(
            floors=doors,
            gateway=gate.first,
            pool=AddressRange.parse("ADDRESS_POOL", pool),
            devices=DeviceAddresses.parse(devices, doors),
            bans=AddressRange.parse("ADDRESS_BANS", bans),
            networks=networks,
            known=_joined(networks),
        )
        _check(plan, gate)
        return plan

    def rooms(self) -> tuple[int, ...]:
        """The numbers of the rooms, in order: a hundred times the floor, plus the door."""
        return tuple(self.devices.bases)

    def floor_and_door(self, room: int) -> tuple[int, int]:
        """The two parts of a room's number.

        Raises:
            ValueError: If the plan has no such room.
        """
        self._base(room)
        return divmod(room, 100)

    def base_ip(self, room: int) -> str:
        """What all addresses of a room share: ``7.16``."""
        floor, door = self.floor_and_door(room)
        return f"{floor}.{door}"

    def device_address(self, room: int, rank: int) -> str:
        """The address of the device of that rank in a room.

        Raises:
            ValueError: If the plan has no such room or no such rank.
        """
        base = self._base(room)
        if not 0 <= rank < RANKS:
            raise ValueError(f"room {room} has no rank {rank}: they go from 0 to {RANKS - 1}")
        return dotted(base + rank * self.devices.step)

    def room_and_rank(self, address: str) -> tuple[int, int] | None:
        """Whose an address is; ``None`` if it is not that of a registered device."""
        number = as_number(address)
        return None if number is None else self.devices.find(number)

    @property
    def ban_slots(self) -> int:
        """How many devices of banned people have an address."""
        return ((self.bans.end - self.bans.start + 1) >> 8) * _PER_BLOCK

    def ban_address(self, slot: int) -> str:
        """The address of a slot of the ban range, the first being 0.

        Raises:
            ValueError: If there is no such slot.
        """
        if not 0 <= slot < self.ban_slots:
            raise ValueError(f"{self.bans} has no slot {slot}: they are {self.ban_slots}")
        block, place = divmod(slot, _PER_BLOCK)
        return dotted(self.bans.start + (block << 8) + 1 + place)

    def ban_slot(self, address: str) -> int | None:
        """The slot of an address of the ban range; ``None`` if it is not one."""
        number = as_number(address)
        if number is None or number not in self.bans or number & 255 in (0, 255):
            return None
        return ((number - self.bans.start) >> 8) * _PER_BLOCK + (number & 255) - 1

    def is_in_pool(self, address: str) -> bool:
        """Whether an address is for devices that nobody registered."""
        number = as_number(address)
        return number is not None and number in self.pool

    def is_known_network(self, address: str) -> bool:
        """Whether an address is in a network of the residence."""
        number = as_number(address)
        return number is not None and any(number in one for one in self.known)

    @property
    def network(self) -> IPv4Network:
        """The smallest network that holds every address of the plan."""
        bases = self.devices.bases.values()
        gateway = int(IPv4Address(self.gateway))
        low = min(gateway, self.pool.start, self.bans.start, *bases)
        high = max(bases) + (RANKS - 1) * self.devices.step
        high = max(gateway, self.pool.end, self.bans.end, high)
        return IPv4Network((low, 32 - (low ^ high).bit_length()), strict=False)

    def _base(self, room: int) -> int:
        try:
            return self.devices.bases[room]
        except KeyError:
            raise ValueError(f"the building has no room {room}") from None


def _quoted(text: str) -> str:
    """What was typed, on one short line."""
    return repr(text if len(text) <= 60 else text[:60] + "…")


def _parse_floors(text: str) -> tuple[tuple[int, int], ...]:
    """Read ``1:16;2:26``, floors and numbers of doors."""
    found: dict[int, int] = {}
    for member in filter(None, (part.strip() for part in text.split(";"))):
        match = _FLOOR.fullmatch(member)
        if match is None:
            raise ValueError(f"BUILDING_FLOORS {_quoted(member)}: write floor:doors, as in 1:16")
        floor, doors = int(match[1]), int(match[2])
        if not 1 <= floor <= 255:
            raise ValueError(f"BUILDING_FLOORS {member}: floors go from 1 to 255")
        if not 1 <= doors <= 99:
            raise ValueError(f"BUILDING_FLOORS {member}: a floor has from 1 to 99 doors")
        if floor in found:
            raise ValueError(f"BUILDING_FLOORS {member}: floor {floor} is there twice")
        found[floor] = doors
    if not found:
        raise ValueError("BUILDING_FLOORS: the building has no floor")
    return tuple(sorted(found.items()))


def _parse_gateway(text: str) -> AddressRange:
    number = as_number(text.strip())
    if number is None:
        raise ValueError(f"ADDRESS_GATEWAY {_quoted(text)}: write one address, as in 10.0.0.1")
    return AddressRange("ADDRESS_GATEWAY", number, number)


def _weights(template: str) -> dict[str, int]:
    """By how much an address grows with each name of a template; ``"1"`` is its constant."""
    weights = {"rank": 0, "floor": 0, "door": 0, "1": 0}
    matches = [_BYTE.fullmatch(part) for part in template.split(".")]
    for shift, match in zip((24, 16, 8, 0), matches, strict=False):
        if match is None or len(matches) != 4 or int(match[2] or 0) > 255:
            raise ValueError(
                f"ADDRESS_DEVICES {_quoted(template)}: write four bytes with dots between them, "
                "each a number from 0 to 255, {rank}, {floor} or {door}"
            )
        weights[match[1] or "1"] += int(match[2] or 1) << shift
    return weights


def _joined(networks: Iterable[IPv4Network]) -> tuple[AddressRange, ...]:
    """The networks as ranges, those that touch made one."""
    ranges: list[AddressRange] = []
    for one in sorted(networks):
        start, end = int(one.network_address), int(one.broadcast_address)
        if ranges and start <= ranges[-1].end + 1:
            start, end = ranges[-1].start, max(end, ranges.pop().end)
        ranges.append(AddressRange("INTERNAL_NETWORKS", start, end))
    return tuple(ranges)


def _check(plan: AddressPlan, gateway: AddressRange) -> None:
    """Refuse a plan whose parts are at odds."""
    faults = chain(_misplaced(plan, gateway), _overlaps(plan, gateway), _edges(plan, gateway))
    if (fault := next(faults, None)) is not None:
        raise ValueError(fault)


def _misplaced(plan: AddressPlan, gateway: AddressRange) -> Iterator[str]:
    """What is outside the networks of the residence."""
    networks = f"INTERNAL_NETWORKS {';'.join(map(str, plan.networks)) or '(no IPv4 network)'}"
    for one in (gateway, plan.pool, plan.bans):
        holder = next((known for known in plan.known if one.start in known), None)
        if holder is None:
            yield f"{one} is outside {networks}: {one.first}"
        elif one.end not in holder:
            yield f"{one} is outside {networks}: {dotted(holder.end + 1)}"
    if found := plan.devices.first_outside(plan.known):
        yield f"{plan.devices} is outside {networks}: {plan.devices.example(*found)}"


def _overlaps(plan: AddressPlan, gateway: AddressRange) -> Iterator[str]:
    """What is claimed twice."""
    ranges = (gateway, plan.pool, plan.bans)
    for one, other in combinations(ranges, 2):
        start = max(one.start, other.start)
        if start <= min(one.end, other.end):
            yield f"{one} overlaps {other}: {dotted(start)}"
    for other in ranges:
        if found := plan.devices.first_in(other):
            yield f"{plan.devices} overlaps {other}: {plan.devices.example(*found)}"


def _edges(plan: AddressPlan, gateway: AddressRange) -> Iterator[str]:
    """What ends in .0 or .255, or should: only the ban range passes over those."""
    for one in (gateway, plan.pool):
        if found := next(_at_an_edge(one), None):
            yield f"{one} holds {dotted(found)}: an address ends in 1 to 254"
    if plan.bans.start & 255 != 0 or plan.bans.end & 255 != 255:
        yield f"{plan.bans}: write a first address in .0 and a last one in .255"
    rank_is_last = bool(plan.devices.step & 1)
    for room, base in plan.devices.bases.items():
        if rank_is_last or base & 255 in (0, 255):
            yield f"{plan.devices} gives {plan.devices.example(room, 0)}: it ends in .0 or .255"


def _at_an_edge(one: AddressRange) -> Iterator[int]:
    """The addresses of a range that end in .0 or .255, the first ones."""
    for number in (one.start, (one.start | 255), (one.start | 255) + 1):
        if number in one and number & 255 in (0, 255):
            yield number
