"""The key that signs what it says: made once on each machine, never committed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_LASTS = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Keys:
    """Where a key and its certificate are."""

    key: Path
    certificate: Path


def keys_in(folder: Path) -> Keys:
    """The keys of *folder*, made if there are none."""
    keys = Keys(folder / "idp.key", folder / "idp.crt")
    if not (keys.key.exists() and keys.certificate.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        _make(keys)
    return keys


def _make(keys: Keys) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp_sandbox")])
    now = datetime.now(UTC)  # noqa: TID251  # not the site's
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LASTS)
        .sign(key, hashes.SHA256())
    )
    keys.key.touch(mode=0o600)
    keys.key.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    keys.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
