"""Where messages may go: to the push services that we know, never to an address of the inside."""

import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TypeVar

#: The hosts of those who make browsers; ``*.`` stands for names under one.
HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.services.mozilla.com",
    "web.push.apple.com",
    "*.notify.windows.com",
)
#: The longest address, in characters.
LONGEST = 1024
_PORT = 443
#: Nothing that two readers may take for two addresses: no name before the host, no fragment.
_ENDPOINT = re.compile(
    r"https://(?P<host>[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)(:(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!\x24-\x5b\x5d-\x7e]*)",
    re.IGNORECASE | re.ASCII,
)
#: The addresses of IPv4 as a network of IPv6 alone writes them.
_NAT64 = IPv6Network("64:ff9b::/96")

T = TypeVar("T")
Resolver = Callable[[str], Sequence[str]]


class BadEndpoint(ValueError):
    """This is not the address of a device at a push service that we know."""


class NoAnswer(OSError):
    """Nobody said in time where a host is."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the messages of a device go."""

    host: str
    path: str

    @property
    def origin(self) -> str:
        """Whom a message says that it is for."""
        return f"https://{self.host}"


def read(address: str, hosts: Sequence[str]) -> Endpoint:
    """Read an address, if it is one of these *hosts*.

    Raises:
        BadEndpoint: If it is anything else.
    """
    found = _ENDPOINT.fullmatch(address) if len(address) <= LONGEST else None
    if found is None or int(found["port"] or _PORT) != _PORT:
        raise BadEndpoint("not an address over https, on its port")
    host = found["host"].lower()
    if not any(_is_named(host, wanted) for wanted in hosts):
        raise BadEndpoint("not a push service that we know")
    return Endpoint(host, found["path"])


def _is_named(host: str, wanted: str) -> bool:
    return host == wanted or (wanted.startswith("*.") and host.endswith(wanted[1:]))


def is_public(address: str) -> bool:
    """Whether an address is of the Internet, and of one machine there."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        within = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            within = ip_address(int(found) & 0xFFFFFFFF)  # type: ignore[assignment]  # a short one
        if within is not None and not is_public(str(within)):
            return False
        if found.ipv4_mapped is not None:
            return True
        if found.is_site_local:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def resolve(host: str) -> tuple[str, ...]:
    """The addresses of a host, as the system knows them.

    Raises:
        OSError: If it knows none.
    """
    found = socket.getaddrinfo(host, _PORT, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def within(seconds: float, ask: Callable[[str], T], host: str) -> T:
    """What is answered about a host in so many seconds; the question itself may go on alone.

    Raises:
        NoAnswer: If nothing is, in that time or at all.
    """
    answers: list[T] = []

    def _ask() -> None:
        try:
            answers.append(ask(host))
        except (OSError, UnicodeError):  # the latter for a name that is none
            return

    asking = threading.Thread(target=_ask, name="push-resolver", daemon=True)
    asking.start()
    asking.join(seconds)
    if not answers:
        raise NoAnswer(f"{host} cannot be found now")
    return answers[0]
