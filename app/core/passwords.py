"""Passwords, of which only an argon2id hash is kept."""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Longer is refused before it costs anything.
LONGEST = 128

#: 64 MiB and three passes: between 50 and 250 ms on the machines of today.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
#: A worker hashes four at once, at most: 256 MiB.
_few = threading.BoundedSemaphore(4)
#: What is compared for who has none: of words that chance chose and nobody kept, hashed as the
#: others are, once and for all, as it would delay the start of each process.
_NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=1$HNmV9Cp9bk5jWkDrdZSMmA"
    "$3GKQD8QRrHwVps7xBfxdhVhQRF3tDtnODAUWb7sj4f8"
)


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def is_measured(password: str) -> bool:
    """Whether *password* is short enough, once normalised, to be worth hashing."""
    return len(password) <= 4 * LONGEST and len(_normal(password)) <= LONGEST


def hashed(password: str) -> str:
    """What to keep of *password*."""
    with _few:
        return _hasher.hash(_normal(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether *password* is the one *kept*. It takes as long when there is none."""
    if not is_measured(password):
        password, kept = "", None
    try:
        with _few:
            return _hasher.verify(kept or _NOBODYS, _normal(password)) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other settings than today's."""
    return _hasher.check_needs_rehash(kept)
