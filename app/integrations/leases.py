"""What the DHCP server keeps of the addresses it gave: its leases file, read and never written."""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
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
#: More digits are no number of seconds.
_SECONDS = re.compile("[0-9]{1,20}")
_KEA_COLUMNS = {"address", "hwaddr", "expire", "valid_lifetime"}


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
    return _live(dict(_PARSERS[dhcp_format](text)).values())


def _live(leases: Iterable[Lease | None]) -> list[Lease]:
    now = clock.now()
    return [lease for lease in leases if lease is not None and lease.is_live(now)]


#: What a file says of an address: its lease, or that it has none any more.
_Word = tuple[str, Lease | None]


def _kea(text: str) -> Iterator[_Word]:
    """Read Kea's memory file: a journal, with a heading that names its columns."""
    if not text:
        return
    heading, *lines = _finished(text) or [text]
    columns = {name: rank for rank, name in enumerate(heading.split(","))}
    if not columns.keys() >= _KEA_COLUMNS:
        raise MalformedLeases("line 1: not the heading of a leases file of Kea")
    asked = [columns[name] for name in ("address", "hwaddr", "expire", "valid_lifetime")]
    state_at, longest = columns.get("state"), max(columns.values())
    for line in lines:
        cells = line.split(",")  # it writes its commas otherwise, and quotes nothing
        if len(cells) > longest:
            address, mac, expire, lifetime = (cells[rank] for rank in asked)
            state = "0" if state_at is None else cells[state_at]
            is_time = _SECONDS.fullmatch(expire) and _SECONDS.fullmatch(lifetime)
            if is_time and _ADDRESS.fullmatch(address):
                is_gone = int(lifetime) == 0 or state != "0"
                yield address, None if is_gone else _kea_lease(mac, address, expire, lifetime)


def _kea_lease(mac: str, address: str, expire: str, lifetime: str) -> Lease | None:
    ends_at = _instant(int(expire))
    if ends_at is None or not _MAC.fullmatch(mac.lower()):
        return None
    starts_at = ends_at - timedelta(seconds=min(int(lifetime), 2**31))
    return Lease(mac.lower(), address, ends_at, starts_at)


def _finished(text: str) -> list[str]:
    """The lines that the server has finished: names may hold what others take for an end."""
    return [line.removesuffix("\r") for line in text.split("\n")[:-1]]


def _dnsmasq(text: str) -> Iterator[_Word]:
    """Read dnsmasq's file: expiry, hardware address, address, name, identifier."""
    for number, line in enumerate(_finished(text) or [text], 1):
        words = line.split(" ")
        if len(words) >= 3 and _SECONDS.fullmatch(words[0]) and _ADDRESS.fullmatch(words[2]):
            mac, expire = words[1].lower().rpartition("-")[2], int(words[0])
            ends_at = _instant(expire) if expire else None
            is_known = _MAC.fullmatch(mac) and (ends_at is not None or expire == 0)
            yield words[2], Lease(mac, words[2], ends_at) if is_known else None
        elif line and "\n" in text and not _is_about_ipv6(words):
            raise MalformedLeases(f"line {number}: not a lease of dnsmasq")


def _is_about_ipv6(words: list[str]) -> bool:
    return words[0] == "duid" or (len(words) > 2 and ":" in words[2])


#: A note, a string with its escapes, a brace, the end of a statement, a word, a lone quote.
_MARK = re.compile(r'#[^\n]*|"(?:[^"\\\n]|\\.)*"|[{};]|[^\s{};"#][^\s{};"]*|"')
#: What the statements and the blocks of that journal begin with.
_DHCPD_WORDS = (
    *("authoring-byte-order", "server-duid", "lease", "host", "group", "class", "subclass"),
    *("failover", "ia-na", "ia-ta", "ia-pd"),
)


def _dhcpd(text: str) -> Iterator[_Word]:
    """Read ISC's journal: blocks of statements, the last one of an address wins."""
    statements: list[list[str]] = []
    words: list[str] = []
    address, depth = "", 0
    for mark, position in _marks(text):
        if mark not in "{};":
            words.append(mark)
            continue
        if depth == 0 and (mark == "}" or not words or words[0] not in _DHCPD_WORDS):
            raise MalformedLeases(f"line {_line(text, position)}: not a leases file of dhcpd")
        if mark == "{":
            depth += 1
            if depth == 1:
                address, statements = _dhcpd_address(words), []
        elif mark == "}":
            depth -= 1
            if depth == 0 and address:
                yield address, _dhcpd_lease(address, statements)
        elif depth == 1:
            statements.append(words)
        words = []
    if depth == 0 and words and not any(one.startswith(words[0]) for one in _DHCPD_WORDS):
        raise MalformedLeases(f"line {_line(text, len(text))}: not a leases file of dhcpd")


def _marks(text: str) -> Iterator[tuple[str, int]]:
    """The marks and where they are, without the string that the server is writing."""
    for match in _MARK.finditer(text):
        mark, position = match[0], match.start()
        if mark == '"':
            if "\n" in text[position:]:
                raise MalformedLeases(f"line {_line(text, position)}: a string without an end")
            return
        if mark[0] != "#":
            yield mark, position


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _dhcpd_address(words: list[str]) -> str:
    """The address that a block is about; empty if it is about something else."""
    is_lease = len(words) == 2 and words[0] == "lease" and _ADDRESS.fullmatch(words[1])
    return words[1] if is_lease else ""


def _dhcpd_lease(address: str, statements: Iterable[list[str]]) -> Lease | None:
    said = {words[0]: words for words in statements if words}
    mac = said.get("hardware", [""])[-1].lower()
    ends = said.get("ends", [])
    ends_at = _dhcpd_instant(ends)
    if said.get("binding", ["active"])[-1] != "active" or not _MAC.fullmatch(mac):
        return None
    if ends_at is None and ends != ["ends", "never"]:
        return None
    return Lease(mac, address, ends_at, _dhcpd_instant(said.get("starts", [])))


def _dhcpd_instant(words: list[str]) -> datetime | None:
    """Read ``ends 2 2026/11/24 21:40:00``, in UTC, or ``ends epoch 1795556400``."""
    if len(words) == 3 and words[1] == "epoch" and _SECONDS.fullmatch(words[2]):
        return _instant(int(words[2]))
    try:
        _ends, _weekday, day, hour = words
        return datetime.fromisoformat(f"{day.replace('/', '-')}T{hour}+00:00")
    except ValueError:
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


#: A file as it is: its inode, its time, its size; ``None`` if it is missing.
_Key = tuple[int, int, int] | None


class LeasesFile:
    """A leases file, read again when it changed, with those that Kea keeps beside it."""

    def __init__(self, path: Path, dhcp_format: str) -> None:
        self._path, self._format = path, dhcp_format
        self._lock = threading.Lock()
        self._keys: list[_Key] = []
        self._leases: dict[str, Lease | None] = {}
        self._fault: MalformedLeases | None = None
        self._told_at = float("-inf")

    def read(self) -> list[Lease]:
        """The leases that hold now.

        Raises:
            OSError: If the file cannot be read.
            MalformedLeases: If it is not one of leases, or over 8 MiB.
        """
        return _live(self._read().values())

    def mac_of(self, address: str) -> str | None:
        """The hardware address that an address was given to; ``None`` if it is not known."""
        try:
            lease = self._read().get(address)
        except (OSError, MalformedLeases) as error:
            self._tell(error)
            return None
        return lease.mac if lease is not None and lease.is_live(clock.now()) else None

    def _read(self) -> Mapping[str, Lease | None]:
        """The last word on each address, not to be changed."""
        with self._lock:
            keys = self._look()
            if keys != self._keys:
                self._leases, self._fault = {}, None
                try:
                    self._leases = self._parsed()
                except MalformedLeases as fault:
                    self._fault = fault
                # what was renamed meanwhile is read again next time
                self._keys = keys if keys == self._look() else []
            if self._fault is not None:
                raise self._fault
            return self._leases

    def _parsed(self) -> dict[str, Lease | None]:
        found: dict[str, Lease | None] = {}
        for path in self._paths():
            try:
                text = _text(path)
            except FileNotFoundError:
                if path == self._path:
                    raise
            else:
                found.update(_PARSERS[self._format](text))
        return found

    def _paths(self) -> list[Path]:
        """The files to read, the latest last.

        Kea sets its journal aside now and then, and begins another: most leases
        are then in what it made of it, and nowhere else.
        """
        if self._format != "kea":
            return [self._path]
        aside = [self._path.with_name(f"{self._path.name}.{end}") for end in ("2", "1")]
        done = self._path.with_name(f"{self._path.name}.completed")
        return [*([done] if done.exists() else aside), self._path]

    def _look(self) -> list[_Key]:
        """The files as they are; raises OSError without the last one."""
        *aside, _main = [_key(path) for path in self._paths()]
        stat = self._path.stat()
        return [*aside, (stat.st_ino, stat.st_mtime_ns, stat.st_size)]

    def _tell(self, error: Exception) -> None:
        """Say that the file cannot be read, once an hour."""
        with self._lock:
            is_due = time.monotonic() - self._told_at >= _TOLD_EVERY_SECONDS
            if is_due:
                self._told_at = time.monotonic()
        if is_due:
            logger.warning("the leases cannot be read: %s", error)


def _key(path: Path) -> _Key:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _text(path: Path) -> str:
    """What a file holds, whatever its bytes are."""
    with path.open("rb") as file:
        content = file.read(LONGEST + 1)
    if len(content) > LONGEST:
        raise MalformedLeases(f"over {LONGEST} bytes")
    return content.decode(errors="replace")
