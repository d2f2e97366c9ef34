"""What must be written nowhere, and what notices that it was."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from app.web.logging import JsonLine
from lydia_sandbox.merchants import BAR, INTERNET

#: What the tests name our accounts at Lydia with, and sign with: Internet's, then the bar's.
VENDOR, PRIVATE = "58385365be57f651843810", "0123456789abcdef012345"
BAR_VENDOR, BAR_PRIVATE = "bar85365be57f651843811", "fedcba9876543210fedcba"
TOKENS = frozenset(
    {VENDOR, PRIVATE, BAR_VENDOR, BAR_PRIVATE}
    | {token for one in (INTERNET, BAR) for token in (one.vendor_token, one.private_token)}
)
#: The signatures that the tests made.
SIGNATURES: set[str] = set()

#: The logs of others that tell all that they can while the tests run.
TALKATIVE = ("lydia_sandbox", "urllib3", "werkzeug")
#: What a test sends on purpose, to see that the program of the sandbox says nothing of it: the
#: library that sends it does.
_ON_PURPOSE = "/sandbox/lydia/api/request/do.json?phone=0612345678"
_SIGNATURE = re.compile(r"\bsig(?:nature)?\W{1,6}[0-9a-f]{32}\b")
_HEXADECIMAL = re.compile(r"\b[0-9a-f]{32}\b")
_MOBILE = re.compile(
    r"(?<![0-9A-Za-z.])(?<![0-9]:)"  # the seconds of an instant begin like a number, now and then
    r"(?:(?:\+|%2B|00)33(?:[\s.-]|%20)?(?:\(0\))?|0)(?:[\s.-]|%20)?"
    r"[67](?:(?:[\s.-]|%20|\+)?[0-9]{2}){4}(?![0-9A-Za-z])"
)


def token_in(text: str) -> str | None:
    """What kind of token a text holds, if it holds any."""
    if any(token in text for token in TOKENS):
        return "a token"
    if _SIGNATURE.search(text) or SIGNATURES.intersection(_HEXADECIMAL.findall(text)):
        return "a signature"
    return None


def secret_in(text: str) -> str | None:
    """What kind of secret a text holds, a phone number included."""
    return token_in(text) or ("a phone number" if _MOBILE.search(text) else None)


class Detector(logging.Handler):
    """Reads all that is logged, and remembers who wrote what should not be."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonLine())
        #: Each logger at fault and its fault; the secret itself goes no further.
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
        except (TypeError, ValueError):  # its words and its values do not go together
            text = repr((record.msg, record.args))
        if what := secret_in(text.replace(_ON_PURPOSE, "")):
            self.found.append(f"{record.name} wrote {what} ({record.filename}:{record.lineno})")

    def take(self) -> list[str]:
        """What was found since the last time."""
        found, self.found = self.found, []
        return found


@contextmanager
def watching() -> Iterator[Detector]:
    """Read all that is logged meanwhile, details of the libraries included."""
    detector, root = Detector(), logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in TALKATIVE}
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.DEBUG)
    root.addHandler(detector)
    try:
        yield detector
    finally:
        root.removeHandler(detector)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
