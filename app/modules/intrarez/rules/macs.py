"""The hardware address of a device: how it may be typed, and which are refused."""

import re
from collections.abc import Collection

from app.modules.intrarez.errors import (
    BroadcastMac,
    MalformedMac,
    MulticastMac,
    ReservedMac,
    VirtualRouterMac,
    ZeroMac,
)

_PAIR = "[0-9A-Fa-f]{2}"
#: Six groups of one or two digits.
_GROUPS = re.compile("[0-9A-Fa-f]{1,2}(:[0-9A-Fa-f]{1,2}){5}")
#: Twelve digits, however they are cut.
_DIGITS = re.compile(
    f"{_PAIR}(-{_PAIR}){{5}}"
    f"|{_PAIR}( {_PAIR}){{5}}"
    "|[0-9A-Fa-f]{4}([.][0-9A-Fa-f]{4}){2}"
    "|[0-9A-Fa-f]{6}-?[0-9A-Fa-f]{6}"
)
#: Those that routers share: HSRP and VRRP.
_VIRTUAL_ROUTERS = ("00:00:0c:07:ac:", "00:00:5e:00:01:")


def parse_mac(text: str, *, reserved: Collection[str] = frozenset()) -> str:
    """Read an address as people write it: lower-case, with colons, in the end.

    Args:
        text: What was typed.
        reserved: The addresses of the residence's own equipment, as we write them.

    Raises:
        MacError: If it is not one, or not one that a device can have.
    """
    mac = _canonical(text)
    _check_usable(mac)
    if mac in reserved:
        raise ReservedMac
    if mac.startswith(_VIRTUAL_ROUTERS):
        raise VirtualRouterMac
    return mac


def _canonical(text: str) -> str:
    """The lower-case, colon-separated writing of *text*."""
    typed = text.strip()
    if _GROUPS.fullmatch(typed):
        digits = "".join(group.zfill(2) for group in typed.split(":"))
    elif _DIGITS.fullmatch(typed):
        digits = re.sub("[-. ]", "", typed)
    else:
        raise MalformedMac
    return bytes.fromhex(digits).hex(":")


def _check_usable(mac: str) -> None:
    """Refuse what cannot be the address of one device."""
    if mac == "00:00:00:00:00:00":
        raise ZeroMac
    if mac == "ff:ff:ff:ff:ff:ff":
        raise BroadcastMac
    if int(mac[1], 16) & 1:
        raise MulticastMac
