"""A device that keeps passkeys: the standard written out, nothing of the site's own library."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN, HOST = "http://localhost", "localhost"
_PRESENT, _VERIFIED, _WITH_KEY = 0x01, 0x04, 0x40


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(slots=True, kw_only=True)
class Authenticator:
    """One key, for one site; each thing that it says may be made wrong."""

    origin: str = ORIGIN
    host: str = HOST
    #: How often it signed; ``None`` for a device that does not count.
    count: int | None = 0
    flags: int = _PRESENT | _VERIFIED
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def register(self, options: dict[str, Any], **said: Any) -> dict[str, Any]:
        """Make what a browser sends for the options of a new key."""
        client = self._client_data("webauthn.create", options, said)
        named = len(self.credential_id).to_bytes(2, "big") + self.credential_id
        attested = bytes(16) + named + self._public_key()
        data = self._data(self.flags | _WITH_KEY) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(clientDataJSON=client, attestationObject=attestation)

    def sign(self, options: dict[str, Any], **said: Any) -> dict[str, Any]:
        """Make what a browser sends for what is to be signed."""
        client = self._client_data("webauthn.get", options, said)
        if self.count is not None:
            self.count += 1
        data = self._data(self.flags)
        signed = data + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _client_data(self, type_: str, options: dict[str, Any], said: dict[str, Any]) -> bytes:
        known = {"type": type_, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps({**known, "crossOrigin": False, **said}).encode()

    def _data(self, flags: int) -> bytes:
        count = (self.count or 0).to_bytes(4, "big")
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + count

    def _public_key(self) -> bytes:
        """The key as COSE writes it (ES256 on P-256)."""
        numbers = self.key.public_key().public_numbers()
        x, y = (n.to_bytes(32, "big") for n in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _answer(self, **response: bytes) -> dict[str, Any]:
        name = encoded(self.credential_id)
        parts = {part: encoded(data) for part, data in response.items()}
        return {"id": name, "rawId": name, "type": "public-key", "response": parts}
