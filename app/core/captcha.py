"""The proof of work that visitors give (network-a 8.3): what is asked, and whether it is done.

A challenge is ``<form>.<expiry>.<bits>.<32 hexadecimal digits>``, then a signature over it and
the address that asked for it. Of zero bits, it asks for patience instead of work.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from itsdangerous import Signer

#: The forms that visitors send with one.
FORMS = ("contact", "panier_bio", "photo_report")
#: How long a challenge is good, and after how long one that asks for patience is; in seconds.
LASTS, PATIENCE = 900, 20

_PAYLOAD = re.compile(r"([a-z_]{1,32})\.([0-9]{1,12})\.([0-9]{1,2})\.([0-9a-f]{32})")
_NONCE = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a browser is asked before it may send a form."""

    form: str
    #: Until when, in Unix seconds.
    expires_at: int
    #: How many zero bits the digest must begin with.
    bits: int
    random: str

    @property
    def payload(self) -> str:
        return f"{self.form}.{self.expires_at}.{self.bits}.{self.random}"

    @property
    def asks_patience(self) -> bool:
        """Whether it asks to wait, from who runs no script."""
        return self.bits == 0

    def patience_left(self, now: float) -> int:
        """How many seconds are left to wait, if it asks for patience."""
        begun = self.expires_at - LASTS
        return max(0, PATIENCE - (int(now) - begun)) if self.asks_patience else 0

    @classmethod
    def new(cls, form: str, *, bits: int, now: float) -> "Challenge":
        """Another one, like no other."""
        return cls(form, int(now) + LASTS, bits, secrets.token_hex(16))

    @classmethod
    def read(cls, payload: str) -> "Challenge | None":
        """The challenge that a text is, if it is one."""
        found = _PAYLOAD.fullmatch(payload)
        return cls(found[1], int(found[2]), int(found[3]), found[4]) if found else None


class Answer(Enum):
    """What a browser's answer is worth."""

    good = auto()
    #: None was given.
    missing = auto()
    #: Not the right one, or not for this form or this address.
    wrong = auto()
    expired = auto()
    #: To be sent again, later.
    early = auto()


@dataclass(frozen=True, slots=True)
class Office:
    """Gives challenges to one address, and judges what comes back."""

    #: The former ones first, accepted for verification alone; the current one last.
    keys: Sequence[str]
    address: str

    def sealed(self, challenge: Challenge) -> str:
        """A challenge with its signature, as it is sent."""
        return f"{challenge.payload}.{self._signer.get_signature(self._signed(challenge)).decode()}"

    def opened(self, text: str) -> Challenge | None:
        """The challenge that was given to this address, if *text* is one."""
        payload, _, signature = text.rpartition(".")
        challenge = Challenge.read(payload)
        if challenge is None or not signature.isascii():
            return None
        is_ours = self._signer.verify_signature(self._signed(challenge), signature)
        return challenge if is_ours else None

    def judge(self, text: str, nonce: str, *, form: str, now: float) -> Answer:
        """What the answer *nonce* to the challenge *text* is worth on *form*."""
        if not text:
            return Answer.missing
        challenge = self.opened(text)
        if challenge is None or challenge.form != form:
            return Answer.wrong
        if int(now) > challenge.expires_at:
            return Answer.expired
        if challenge.asks_patience:
            return Answer.early if challenge.patience_left(now) else Answer.good
        return Answer.good if solves(nonce, challenge.payload, challenge.bits) else Answer.wrong

    @property
    def _signer(self) -> Signer:
        return Signer(
            list(self.keys), salt="captcha", key_derivation="hmac", digest_method=hashlib.sha256
        )

    def _signed(self, challenge: Challenge) -> str:
        return f"{challenge.payload}|{self.address}"


def solves(nonce: str, payload: str, bits: int) -> bool:
    """Whether SHA-256 of ``<payload>:<nonce>`` begins with so many zero bits."""
    if not _NONCE.fullmatch(nonce):
        return False
    digest = hashlib.sha256(f"{payload}:{nonce}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0
