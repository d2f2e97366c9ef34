"""Keys for tests: made once a run, kept nowhere."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Pair:
    """A key, and the certificate of it, in PEM."""

    key: str
    certificate: str

    @property
    def body(self) -> str:
        """The certificate, without what stands around it."""
        return "".join(self.certificate.strip().splitlines()[1:-1])


@cache
def pair(
    name: str,
    *,
    bits: int = 2048,
    begins: datetime = datetime(2020, 1, 1, tzinfo=UTC),
    ends: datetime = datetime(2060, 1, 1, tzinfo=UTC),
) -> Pair:
    """The pair of keys called *name*: the same, all through the run."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    return Pair(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        certificate.public_bytes(Encoding.PEM).decode(),
    )


def expired(name: str) -> Pair:
    """A pair whose time is over."""
    ends = datetime(2021, 1, 1, tzinfo=UTC)
    return pair(name, begins=ends - timedelta(days=100), ends=ends)
