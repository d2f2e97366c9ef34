"""What the gateway's own helpers, which run as root, say they have put in force."""

import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

#: What each helper leaves in its directory.
ADMITTED, DHCP_STATUS, NFT_STATUS = "admitted.nft", "dhcp.status", "nft.status"
#: A longer file is not theirs, in bytes.
LONGEST = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HelperStatus:
    """How the last run of a helper ended."""

    at: datetime
    exit_status: int
    #: Of the file that it considered.
    sha256: str
    message: str

    @property
    def is_right(self) -> bool:
        return self.exit_status == 0


class Gateway:
    """The state of the gateway, read from files that only root writes."""

    def __init__(self, directory: Path | None, admitted: Path | None) -> None:
        """Read *directory*; without one, what the site wrote counts as put in force."""
        self._directory = directory
        self._admitted = directory / ADMITTED if directory else admitted
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, int, int], str] | None = None

    def status(self, name: str) -> HelperStatus | None:
        """What a helper said last; ``None`` if it said nothing, or nothing clear."""
        if self._directory is None:
            return None
        try:
            text = (self._directory / name).read_text(errors="replace")[:2000]
            at, exit_status, sha256, *message = text.strip().split(" ", 3)
            return HelperStatus(
                datetime.fromisoformat(at), int(exit_status), sha256, "".join(message)
            )
        except (OSError, ValueError):
            return None

    def admitted_text(self) -> str | None:
        """The set that the firewall has; ``None`` if that cannot be known here.

        The very same text as long as the file is the same one.
        """
        if self._admitted is None:
            return None
        try:
            stat = self._admitted.stat()
            key = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            with self._lock:
                if self._read is None or self._read[0] != key:
                    content = self._admitted.read_bytes()[:LONGEST]
                    self._read = (key, content.decode(errors="replace"))
                return self._read[1]
        except OSError:
            return "" if self._directory else None
