"""The keys of web push: ours, which sign, and those of devices, for which messages are sealed."""

import base64
import os
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

#: What a key is as long as, in bytes: a point of P-256; a secret.
_POINT, _SECRET = 65, 16
_TEXT = re.compile(r"[A-Za-z0-9_-]{1,255}={0,2}", re.ASCII)


class BadKeys(ValueError):
    """These are not the keys of a browser."""


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """What a message to a device is sealed for."""

    point: bytes
    secret: bytes

    @property
    def p256dh(self) -> str:
        """The public key, as browsers write it."""
        return encoded(self.point)

    @property
    def auth(self) -> str:
        """The secret, as browsers write it."""
        return encoded(self.secret)


def read_device(p256dh: str, auth: str) -> DeviceKeys:
    """Read the keys that a browser gave.

    Raises:
        BadKeys: If they are not as long as they must be, or the point is not on the curve.
    """
    point, secret = _decoded(p256dh), _decoded(auth)
    if len(point) != _POINT or len(secret) != _SECRET:
        raise BadKeys("not as long as the keys of a browser")
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise BadKeys("not a point of the curve") from None
    return DeviceKeys(point, secret)


def _decoded(text: str) -> bytes:
    if not _TEXT.fullmatch(text):
        raise BadKeys("not in base64url")
    bare = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except ValueError:
        raise BadKeys("not in base64url") from None


def encoded(value: bytes) -> str:
    """A key, in base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def public_of(private: ec.EllipticCurvePrivateKey) -> str:
    """What browsers are given of a key of ours."""
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return encoded(point)


def make(path: Path) -> str:
    """Make a pair, write the private key where nothing is, and return the public one.

    Raises:
        FileExistsError: If something is there: devices may know it.
        OSError: If it cannot be written.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
    return public_of(private)


def read_private(path: Path) -> ec.EllipticCurvePrivateKey:
    """Read our private key.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it holds no key of P-256, in PEM.
    """
    found = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(found, ec.EllipticCurvePrivateKey) or found.curve.name != "secp256r1":
        raise ValueError(f"{path}: not a key of P-256")
    return found
