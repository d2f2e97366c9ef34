"""Secrets given to people, of which only a digest is kept."""

import hashlib
import secrets

#: Letters and digits that nobody takes for one another.
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """256 random bits, fit for a URL."""
    return secrets.token_urlsafe(32)


def new_badge() -> str:
    """128 random bits, fit for a URL that a small QR code holds."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    """Six digits, to be copied from a mail."""
    return f"{secrets.randbelow(1_000_000):06d}"


def new_recovery_code() -> str:
    """Four times four letters and digits, to be copied from paper: 79 random bits."""
    drawn = "".join(secrets.choice(_CLEAR) for _ in range(16))
    return "-".join(drawn[start : start + 4] for start in range(0, 16, 4))


def digest(secret: str) -> str:
    """What is kept of a secret: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
