"""The certificate of the site: until when browsers trust it. The worker alone looks at it."""

import json
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from app.core import clock
from app.core.files import write_atomically

#: How long, in seconds, the server may take to answer.
PATIENCE = 5
_FILE = "certificate.json"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a browser would have seen, and when."""

    at: datetime
    #: ``None`` when it would not be trusted.
    expires_at: datetime | None
    #: Why not.
    error: str | None = None


def look(origin: str) -> Seen:
    """Ask the server of *origin* for its certificate, as a browser does."""
    address = urlsplit(origin)
    host, port = address.hostname or "", address.port or 443
    trust = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), timeout=PATIENCE) as plain,
            trust.wrap_socket(plain, server_hostname=host) as secure,
        ):
            expires = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
    except ssl.SSLCertVerificationError as error:
        return Seen(clock.now(), None, error.verify_message)
    except (OSError, KeyError, ValueError) as error:
        return Seen(clock.now(), None, f"no answer: {type(error).__name__}")
    return Seen(clock.now(), datetime.fromtimestamp(expires, UTC))


def keep(directory: Path, seen: Seen) -> None:
    """Write down what was seen, for the pages."""
    expires = seen.expires_at.isoformat() if seen.expires_at else None
    kept = {"at": seen.at.isoformat(), "expires_at": expires, "error": seen.error}
    directory.mkdir(parents=True, exist_ok=True)
    write_atomically(directory / _FILE, json.dumps(kept), keep_previous=False)


def kept(directory: Path) -> Seen | None:
    """What was seen last; ``None`` if nothing was yet."""
    try:
        found = json.loads((directory / _FILE).read_text())
        expires = found["expires_at"]
        return Seen(
            datetime.fromisoformat(found["at"]),
            datetime.fromisoformat(expires) if expires else None,
            found["error"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
