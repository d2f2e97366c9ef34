"""The kernel's neighbour table: which hardware address answers for an address."""

import logging
import threading
import time
from socket import AF_INET

logger = logging.getLogger(__name__)

#: REACHABLE, STALE, DELAY, PROBE and PERMANENT, as the kernel numbers them.
_USABLE = 0x02 | 0x04 | 0x08 | 0x10 | 0x80


class Neighbours:
    """The table, read through netlink and kept a few seconds."""

    def __init__(self, keep_seconds: float) -> None:
        self._keep_seconds = keep_seconds
        self._read_at = float("-inf")
        self._table: dict[str, str] = {}
        self._lock = threading.Lock()

    def mac_of(self, address: str) -> str | None:
        """The hardware address of *address*, lower-case; ``None`` if it is unknown."""
        return self.table().get(address)

    def table(self) -> dict[str, str]:
        """The hardware address of each address, not to be changed."""
        with self._lock:
            if time.monotonic() - self._read_at >= self._keep_seconds:
                self._table = read_table()
                self._read_at = time.monotonic()
            return self._table


def read_table() -> dict[str, str]:
    """The whole table; empty when the kernel does not let it be read."""
    from pyroute2 import IPRoute  # noqa: PLC0415  # large, few need it
    from pyroute2.netlink.exceptions import NetlinkError  # noqa: PLC0415  # likewise

    try:
        with IPRoute() as netlink:
            entries = list(netlink.get_neighbours(family=AF_INET))
    except (OSError, NetlinkError):
        logger.exception("the neighbour table cannot be read: everyone looks external")
        return {}
    return {
        entry.get_attr("NDA_DST"): entry.get_attr("NDA_LLADDR").lower()
        for entry in entries
        if entry["state"] & _USABLE and entry.get_attr("NDA_LLADDR")
    }
