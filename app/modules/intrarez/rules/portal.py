"""Where the portal sends a client, and how clients are told of it (network-a 6.4, 6.5)."""

import enum
import re
from dataclasses import dataclass

from app.modules.intrarez.rules.setup import Owner


class Way(enum.Enum):
    """What the portal answers."""

    #: There is nothing to do here: outside.
    home = enum.auto()
    no_address = enum.auto()
    #: A page: log in, then type the address of the device.
    no_mac = enum.auto()
    #: A page: log in, or make an account.
    welcome = enum.auto()
    #: The step of the set-up that is left.
    next_step = enum.auto()
    transfer = enum.auto()
    banned = enum.auto()
    unpaid = enum.auto()
    #: The owner pays.
    pay = enum.auto()
    room = enum.auto()
    #: A page: the account is closed, write to the GRIs.
    disabled = enum.auto()
    connect = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """All that the portal looks at."""

    has_address: bool = True
    in_residence: bool = True
    has_mac: bool = True
    is_logged_in: bool = False
    #: Whose the device is; ``visitor`` only of who is logged in.
    owner: Owner = Owner.nobody
    is_banned: bool = False
    is_unpaid: bool = False
    has_room: bool = True
    is_enabled: bool = True


def way(client: Client) -> Way:
    """What to answer to *client*."""
    if not client.has_address:
        return Way.no_address
    if not client.in_residence:
        return Way.home
    if not client.has_mac:
        return Way.no_mac
    if client.owner is Owner.nobody:
        return Way.next_step if client.is_logged_in else Way.welcome
    if client.is_logged_in and client.owner is Owner.someone_else:
        return Way.transfer
    return _of_registered(client)


def _of_registered(client: Client) -> Way:
    """What to answer to a registered device, in the hands of its owner or of nobody known."""
    if client.is_banned:
        return Way.banned
    if client.is_unpaid:
        return Way.pay if client.is_logged_in else Way.unpaid
    if not client.is_enabled:
        return Way.disabled
    if not client.has_room:
        return Way.room if client.is_logged_in else Way.welcome
    return Way.connect


#: The longest text that a DHCP option holds, in bytes.
_LONGEST_OPTION = 255
_NAMED = re.compile(r"https://(?![0-9.:]+[:/])[a-z0-9.-]+(:[0-9]+)?/\S*", re.IGNORECASE)
_OPTIONS = {
    "dhcpd": (
        "option captive-portal code 114 = text;",
        'option captive-portal "{uri}";',
    ),
    "kea": ('{{"name": "v4-captive-portal", "data": "{uri}", "always-send": true}}',),
    "dnsmasq": (
        "dhcp-option-force=114,{uri}",
        "dhcp-option-force=option6:103,{uri}",
    ),
}


def options(uri: str, dhcp_format: str) -> list[str]:
    """The lines that have a DHCP server give the address of the portal's API (RFC 8910).

    Raises:
        ValueError: If clients would not take it: not https, an address instead of a
            name, or too long.
    """
    if not _NAMED.fullmatch(uri):
        raise ValueError(f"{uri}: clients want https and a name")
    if len(uri.encode()) > _LONGEST_OPTION:
        raise ValueError(f"{uri}: longer than {_LONGEST_OPTION} bytes")
    return [line.format(uri=uri) for line in _OPTIONS[dhcp_format]]
