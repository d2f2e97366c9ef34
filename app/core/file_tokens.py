"""The links to protected files: signed for a directory, an address and a while (community 1.6).

The web server checks the very same digest, hence MD5: ``secure_link`` knows no other. What is
signed ends with a secret, and says who may open what until when; nothing rests on collisions.
"""

import base64
import hashlib
import hmac
import re
from typing import NamedTuple

#: Expiries are rounded up to that many seconds: a page gives the same addresses for a while.
ROUNDED_TO = 300
#: What the name of a directory is made of, for the site and for the web server alike.
DIRECTORY_NAME = re.compile(r"[A-Za-z0-9_-]+")
#: What the files of the site are called: random digits, and what they are.
FILE_NAME = re.compile(r"[A-Za-z0-9_-]+\.[a-z]{2,5}")
_EXPIRES = re.compile(r"[0-9]{1,12}")


class Token(NamedTuple):
    """What a link carries: ``?md5=…&expires=…``."""

    md5: str
    expires: str


def expiry(now: float, delay: int) -> int:
    """When a link made at *now* (seconds since 1970) ends: *delay* seconds later, rounded up."""
    return -(-(int(now) + delay) // ROUNDED_TO) * ROUNDED_TO


def sign(directory: str, address: str, expires: int, secret: str) -> Token:
    """A token that opens *directory* (no trailing slash) to *address* until *expires*."""
    return Token(_digest(directory, address, str(expires), secret), str(expires))


def is_good(token: Token, directory: str, address: str, *, now: float, secret: str) -> bool:
    """Whether a token opens *directory* to *address* now."""
    if not _EXPIRES.fullmatch(token.expires):
        return False
    wanted = _digest(directory, address, token.expires, secret)
    is_signed = hmac.compare_digest(wanted.encode(), token.md5.encode())
    return is_signed and int(token.expires) >= now


def _digest(directory: str, address: str, expires: str, secret: str) -> str:
    signed = f"{expires}|{directory}|{address}|{secret}".encode()
    digest = hashlib.md5(signed, usedforsecurity=False).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
