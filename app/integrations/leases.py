"""What the DHCP server keeps of the addresses it gave: its leases file, read and never written."""

import csv
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.core import clock

logger = logging.getLogger(__name__)

#: A longer file is not read, in bytes.
LONGEST = 8 * 1024 * 1024
#: How often, at most, it is said that a file cannot be read.
_TOLD_EVERY_SECONDS = 3600
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")


class MalformedLeases(ValueError):
    """A file is not one of leases; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A device has an address, until when."""

    #: Lower-case, with colons.
    mac: str
    address: str
    #: Aware, in UTC; ``None``: for ever.
    ends_at: datetime | None
    #: ``None`` where the file does not say.
    starts_at: datetime | None = None

    def is_live(self, now: datetime) -> bool:
        """Whether it still holds at *now*."""
        return self.ends_at is None or self.ends_at > now


def parse(text: str, dhcp_format: str) -> list[Lease]:
    """The leases that hold now, the last word of the file on each address.

    Args:
        text: Of the file. Names of devices in it are never read.
        dhcp_format: ``dhcpd``, ``kea``, ``dnsmasq``.

    Raises:
        MalformedLeases: If it is not such a file. A record that the server is
            writing, the last one, is passed over.
    """
    now = clock.now()
    found: dict[str, Lease | None] = dict(_PARSERS[dhcp_format](text))
    return [lease for lease in found.values() if lease is not None and lease.is_live(now)]


#: What a file says of an address: its lease, or that it has none any more.
_Word = tuple[str, Lease | None]


def _kea(text: str) -> Iterator[_Word]:
    """Read Kea's memory file: a journal, with a heading that names its columns."""
    if not text:
        return
    rows = csv.DictReader(text.splitlines(), quoting=csv.QUOTE_NONE)
    if not {"address", "hwaddr", "expire", "valid_lifetime"} <= set(rows.fieldnames or ()):
        raise MalformedLeases("line 1: not the heading of a leases file of Kea")
    for row in rows:
        address, mac = row["address"] or "", (row["hwaddr"] or "").lower()
        expire, lifetime = row["expire"] or "", row["valid_lifetime"] or ""
        if _ADDRESS.fullmatch(address) and expire.isdigit() and lifetime.isdigit():
            is_gone = lifetime == "0" or row.get("state") not in (None, "0")
            yield address, None if is_gone else _kea_lease(mac, address, int(expire), int(lifetime))


def _kea_lease(mac: str, address: str, expire: int, lifetime: int) -> Lease | None:
    if not _MAC.fullmatch(mac):
        return None
    ends_at = _instant(expire)
    if ends_at is None:
        return None
    return Lease(mac, address, ends_at, ends_at - timedelta(seconds=min(lifetime, 2**31)))


def _dnsmasq(text: str) -> Iterator[_Word]:
    """Read dnsmasq's file: expiry, hardware address, address, name, identifier."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        words = line.split(" ")
        if len(words) >= 3 and words[0].isdigit() and _ADDRESS.fullmatch(words[2]):
            mac, expire = words[1].lower().rpartition("-")[2], int(words[0])
            ends_at = _instant(expire) if expire else None
            yield words[2], Lease(mac, words[2], ends_at) if _MAC.fullmatch(mac) else None
        elif line and number < len(lines) and not _is_about_ipv6(words):
            raise MalformedLeases(f"line {number}: not a lease of dnsmasq")


def _is_about_ipv6(words: list[str]) -> bool:
    return words[0] == "duid" or (len(words) > 2 and ":" in words[2])


#: A string with its escapes, a brace, the end of a statement, or a word; blanks and notes apart.
_MARK = re.compile(r'\s+|#[^\n]*|("(?:[^"\\]|\\.)*")|([{};])|([^\s{};"]+)', re.DOTALL)


def _dhcpd(text: str) -> Iterator[_Word]:
    """Read ISC's journal: blocks of statements, the last one of an address wins."""
    statements: list[list[str]] = []
    words: list[str] = []
    address: str | None = None
    depth = 0
    for mark in _marks(text):
        if mark == "{":
            depth += 1
            if depth == 1:
                is_lease = len(words) == 2 and words[0] == "lease"
                address = words[1] if is_lease and _ADDRESS.fullmatch(words[1]) else None
                statements = []
            words = []
        elif mark == "}":
            depth -= 1
            if depth < 0:
                raise MalformedLeases("a brace closes nothing")
            if depth == 0 and address is not None:
                yield address, _dhcpd_lease(address, statements)
            words = []
        elif mark == ";":
            if depth == 1:
                statements.append(words)
            words = []
        else:
            words.append(mark)


def _marks(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        match = _MARK.match(text, position)
        if match is None:
            if text.find('"', position) == position:
                return  # a string that the server is writing
            line = text.count("\n", 0, position) + 1
            raise MalformedLeases(f"line {line}: not a leases file of dhcpd")
        position = match.end()
        if mark := match[1] or match[2] or match[3]:
            yield mark


def _dhcpd_lease(address: str, statements: Iterable[list[str]]) -> Lease | None:
    said = {" ".join(words[:-3] or words[:-1]): words for words in statements if words}
    hardware = next((w for w in said.values() if w[:2] == ["hardware", "ethernet"]), None)
    state = next((w for w in said.values() if w[:2] == ["binding", "state"]), None)
    ends = next((w for w in said.values() if w[0] == "ends"), None)
    starts = next((w for w in said.values() if w[0] == "starts"), None)
    if hardware is None or (state is not None and state[-1] != "active"):
        return None
    mac = hardware[-1].lower()
    ends_at = _dhcpd_instant(ends)
    if not _MAC.fullmatch(mac) or (ends_at is None and ends != ["ends", "never"]):
        return None
    return Lease(mac, address, ends_at, _dhcpd_instant(starts))


def _dhcpd_instant(words: list[str] | None) -> datetime | None:
    """Read ``ends 2 2026/11/24 21:40:00``, in UTC, or ``ends epoch 1795556400``."""
    try:
        if words is not None and len(words) == 4:
            return datetime.strptime(" ".join(words[2:]), "%Y/%m/%d %H:%M:%S").replace(tzinfo=UTC)
        if words is not None and len(words) == 3 and words[1] == "epoch":
            return _instant(int(words[2]))
    except ValueError:
        return None
    return None


def _instant(seconds: int) -> datetime | None:
    """Seconds since 1970 as an instant; ``None`` beyond what calendars hold."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None


_PARSERS: dict[str, Callable[[str], Iterator[_Word]]] = {
    "dhcpd": _dhcpd,
    "kea": _kea,
    "dnsmasq": _dnsmasq,
}


class LeasesFile:
    """A leases file, read again when it changed."""

    def __init__(self, path: Path, dhcp_format: str) -> None:
        self._path, self._format = path, dhcp_format
        self._lock = threading.Lock()
        self._key: tuple[int, int, int] | None = None
        self._leases: list[Lease] = []
        self._told_at = float("-inf")

    def read(self) -> list[Lease]:
        """The leases that hold now.

        Raises:
            OSError: If the file cannot be read.
            MalformedLeases: If it is not one of leases, or over 8 MiB.
        """
        stat = self._path.stat()
        key = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        with self._lock:
            if key != self._key:
                if stat.st_size > LONGEST:
                    raise MalformedLeases(f"over {LONGEST} bytes")
                text = self._path.read_bytes()[:LONGEST].decode(errors="replace")
                self._leases = parse(text, self._format)
                self._key = key
        now = clock.now()
        return [lease for lease in self._leases if lease.is_live(now)]

    def mac_of(self, address: str) -> str | None:
        """The hardware address that an address was given to; ``None`` if it is not known."""
        try:
            return next((one.mac for one in self.read() if one.address == address), None)
        except (OSError, MalformedLeases) as error:
            self._tell(error)
            return None

    def _tell(self, error: Exception) -> None:
        """Say that the file cannot be read, once an hour."""
        if time.monotonic() - self._told_at >= _TOLD_EVERY_SECONDS:
            self._told_at = time.monotonic()
            logger.warning("the leases cannot be read: %s", error)
