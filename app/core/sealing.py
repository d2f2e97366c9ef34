"""What is kept sealed: read again by the site alone, never by who only reads the database."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class SealBroken(Exception):
    """It was sealed with a key that is not ours any more, or changed since."""


class Sealer:
    """Seals with the first of its keys, and opens what any of them sealed."""

    def __init__(self, keys: Sequence[str], *, purpose: str) -> None:
        self._keys = MultiFernet([Fernet(_derived(key, purpose)) for key in keys])

    def seal(self, text: str) -> str:
        """*text*, as it is kept."""
        return self._keys.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """What was sealed.

        Raises:
            SealBroken: If no key of ours opens it.
        """
        try:
            return self._keys.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SealBroken from None


def _derived(key: str, purpose: str) -> bytes:
    """A key of its own for each purpose: who has one has not the others."""
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return base64.urlsafe_b64encode(derivation.derive(key.encode()))
