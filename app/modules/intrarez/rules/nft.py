"""The set of the devices that the firewall lets through (network-b B3.6)."""

import re
from collections.abc import Iterable
from functools import lru_cache

from app.core.addresses import AddressPlan
from app.modules.intrarez.rules.dhcp import Host, InvalidRules, check_length

#: A hardware address and an address: what the firewall compares of each packet.
Pair = tuple[str, str]

_HEADER = """\
table inet pem {
	set admitted { type ether_addr . ipv4_addr; }
}
flush set inet pem admitted
"""
_ELEMENT = re.compile(r"([0-9a-f]{2}(?::[0-9a-f]{2}){5}) \. ([0-9]{1,3}(?:\.[0-9]{1,3}){3})")
_BEFORE, _AFTER = "add element inet pem admitted { ", " }\n"


def admitted(hosts: Iterable[Host]) -> list[Pair]:
    """Who passes: the devices of the tenants who are not banned, in order."""
    return sorted((host.mac, host.address) for host in hosts if not host.banned)


def render(pairs: Iterable[Pair]) -> str:
    """One batch, applied as a whole or not at all: the set emptied, then filled."""
    elements = ", ".join(f"{mac} . {address}" for mac, address in pairs)
    return f"{_HEADER}{_BEFORE}{elements}{_AFTER}" if elements else _HEADER


@lru_cache(maxsize=4)  # the file changes seldom, and is asked about at every page of the portal
def parse(text: str) -> frozenset[Pair]:
    """The pairs that a batch admits.

    Raises:
        InvalidRules: If it is not one that :func:`render` makes.
    """
    check_length(text)
    rest = text.removeprefix(_HEADER)
    if len(rest) == len(text):
        raise InvalidRules("the set of the firewall does not begin as ours do")
    if not rest:
        return frozenset()
    if not (rest.startswith(_BEFORE) and rest.endswith(_AFTER)):
        raise InvalidRules("the set of the firewall does not hold one list of elements")
    return frozenset(_pair(one) for one in rest[len(_BEFORE) : -len(_AFTER)].split(", "))


def _pair(text: str) -> Pair:
    match = _ELEMENT.fullmatch(text)
    if match is None:
        raise InvalidRules(f"not an element of ours: {text[:80]!r}")
    return match[1], match[2]


def check(pairs: Iterable[Pair], plan: AddressPlan) -> None:
    """Refuse a set that would let in what is not the device of a room.

    Raises:
        InvalidRules: The first pair at fault, and why.
    """
    for mac, address in pairs:
        if plan.room_and_rank(address) is None:
            raise InvalidRules(f"{mac}: {address} is the address of no room")
