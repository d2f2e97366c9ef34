"""Who the identity provider is: what its metadata say, and where they are kept."""

import base64
import binascii
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from app.integrations.saml import documents, names, signature
from app.integrations.saml.documents import Element, Unreadable, text
from app.integrations.saml.errors import MetadataRefused
from app.integrations.saml.signature import NotSigned

logger = logging.getLogger(__name__)

#: The longest metadata: 1 MB.
LONGEST = 1024 * 1024
_SMALLEST_KEY = 2048
_LONGEST_NAME = 255
_ROOTS = (f"{{{names.MD}}}EntityDescriptor", f"{{{names.MD}}}EntitiesDescriptor")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A key that the provider signs with, and when it may."""

    pem: str
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityProvider:
    """Where people log in, and how its word is recognised."""

    entity: str
    #: Where browsers are sent.
    login_url: str
    certificates: tuple[Certificate, ...]
    #: When its metadata say that they are worth nothing any more.
    valid_until: datetime | None

    def certificates_at(self, now: datetime) -> tuple[str, ...]:
        """In PEM, those whose time has come and is not over."""
        return tuple(one.pem for one in self.certificates if one.begins_at <= now < one.ends_at)

    def is_good_at(self, now: datetime) -> bool:
        """Whether it can be asked, and believed."""
        is_valid = self.valid_until is None or now < self.valid_until
        return is_valid and bool(self.certificates_at(now))

    @property
    def good_until(self) -> datetime | None:
        """When there is nothing left to believe it by; ``None`` if there never was."""
        ends = [one.ends_at for one in self.certificates]
        if not ends:
            return None
        return min(max(ends), self.valid_until) if self.valid_until else max(ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What metadata must satisfy here."""

    #: The provider expected; ``None`` for the only one there is.
    entity: str | None
    #: Where log-ins may be in clear: on a developer's machine.
    allows_http: bool


def parse(data: bytes, rules: Rules, *, now: datetime) -> IdentityProvider:
    """The provider that metadata describe, and that can be believed now.

    Raises:
        MetadataRefused: If they do not, or not the one expected, or it cannot.
    """
    provider = described(data, rules)
    if not provider.certificates_at(now):
        raise MetadataRefused("no signing certificate that is not expired")
    if not provider.is_good_at(now):
        raise MetadataRefused("expired")
    return provider


def described(data: bytes, rules: Rules) -> IdentityProvider:
    """The provider that metadata describe, be its time over.

    Raises:
        MetadataRefused: If they do not, or not the one expected.
    """
    entity, descriptor = _found(_opened(data), rules.entity)
    name = entity.get("entityID", "")
    if not 0 < len(name) <= _LONGEST_NAME:
        raise MetadataRefused("no name")
    return IdentityProvider(
        entity=name,
        login_url=_login_url(descriptor, rules),
        certificates=_certificates(descriptor),
        valid_until=_valid_until(descriptor),
    )


def _found(root: Element, name: str | None) -> tuple[Element, Element]:
    """The one provider of a document, and what is said of it; of those called *name*, if any is."""
    found = [
        (entity, descriptor)
        for entity in root.iter(_ROOTS[0])
        if name is None or entity.get("entityID") == name
        for descriptor in entity.findall("md:IDPSSODescriptor", names.NAMESPACES)
    ]
    if len(found) != 1:
        told = "several identity providers" if found else "no identity provider"
        raise MetadataRefused(told if name is None else f"{told} called {name}")
    return found[0]


def check_signature(data: bytes, certificate: str) -> None:
    """Refuse metadata that the owner of a *certificate* did not sign, whole.

    Raises:
        MetadataRefused: If they did not.
    """
    root = _opened(data)
    try:
        signature.check_unique_ids(root)
        signature.check(root, [certificate])
    except NotSigned as error:
        raise MetadataRefused(str(error)) from None


def _opened(data: bytes) -> Element:
    if len(data) > LONGEST:
        raise MetadataRefused("too long")
    try:
        root = documents.parsed(data)
    except Unreadable as error:
        raise MetadataRefused(str(error)) from None
    if root.tag not in _ROOTS:
        raise MetadataRefused("not metadata")
    return root


def _login_url(descriptor: Element, rules: Rules) -> str:
    for service in descriptor.findall("md:SingleSignOnService", names.NAMESPACES):
        url = str(service.get("Location", ""))
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        is_safe = parts.scheme == "https" or (rules.allows_http and parts.scheme == "http")
        is_written = url.isascii() and url.isprintable() and not set(url) & set(' "<>\\^`{|}')
        if service.get("Binding") == names.REDIRECT and is_safe and parts.hostname and is_written:
            return url.partition("#")[0]
    raise MetadataRefused("no place to log in over https, by redirection")


def _certificates(descriptor: Element) -> tuple[Certificate, ...]:
    """The keys that it signs with; those too short are as if they were not there."""
    found = {}
    for key in descriptor.findall("md:KeyDescriptor", names.NAMESPACES):
        if key.get("use", "signing") != "signing":
            continue
        path = "ds:KeyInfo/ds:X509Data/ds:X509Certificate"
        for node in key.findall(path, names.NAMESPACES):
            certificate = _certificate(text(node) or "")
            if certificate is not None:
                found[certificate.pem] = certificate
    return tuple(found.values())


def _certificate(encoded: str) -> Certificate | None:
    try:
        der = base64.b64decode("".join(encoded.split()), validate=True)
        read = x509.load_der_x509_certificate(der)
        key = read.public_key()
    except (binascii.Error, ValueError, TypeError):
        return None
    if not isinstance(key, RSAPublicKey) or key.key_size < _SMALLEST_KEY:
        return None
    pem = read.public_bytes(Encoding.PEM).decode("ascii")
    return Certificate(pem, read.not_valid_before_utc, read.not_valid_after_utc)


def _valid_until(descriptor: Element) -> datetime | None:
    """The first end written on what describes it, or around."""
    ends = []
    for node in (descriptor, *descriptor.iterancestors()):
        if (written := node.get("validUntil")) is not None:
            try:
                end = datetime.fromisoformat(written)
            except ValueError:
                raise MetadataRefused("validUntil is no instant") from None
            ends.append(end if end.tzinfo else end.replace(tzinfo=UTC))
    return min(ends, default=None)


class Shelf:
    """The metadata at hand, read again when their file changes; never fetched."""

    def __init__(self, paths: Sequence[Path], rules: Rules) -> None:
        self._files = [_File(path, rules) for path in paths]

    def provider(self, now: datetime) -> IdentityProvider | None:
        """The provider to ask; ``None`` if none can be."""
        for file in self._files:
            provider = file.provider(now)
            if provider is not None and provider.is_good_at(now):
                return provider
        return None

    def last_known(self) -> IdentityProvider | None:
        """The last provider that could be asked, good still or not."""
        return next((one.kept for one in self._files if one.kept is not None), None)


#: After so long, metadata that were not taken are looked at again: their time may have come.
_AGAIN = timedelta(minutes=1)


class _File:
    """A file of metadata: what it said when it was last good, if it ever was."""

    def __init__(self, path: Path, rules: Rules) -> None:
        self._path, self._rules = path, rules
        self._seen: tuple[int, int, int] | None = None
        self._again_at: datetime | None = None
        self.kept: IdentityProvider | None = None

    def provider(self, now: datetime) -> IdentityProvider | None:
        try:
            found = self._path.stat()
        except OSError:
            return self.kept
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        is_again = self._again_at is not None and now >= self._again_at
        if seen != self._seen or is_again:
            self._seen = seen
            self._look(now)
        return self.kept

    def _look(self, now: datetime) -> None:
        """Read the file; what is no better than what was known changes nothing."""
        self._again_at = now + _AGAIN
        try:
            with self._path.open("rb") as file:
                found = described(file.read(LONGEST + 1), self._rules)
        except (OSError, MetadataRefused) as error:
            logger.warning("metadata of %s refused: %s", self._path.name, error)
            return
        is_good = found.is_good_at(now)
        if is_good or self.kept is None or not self.kept.is_good_at(now):
            self.kept = found
        if is_good:
            self._again_at = None
        else:
            logger.warning("metadata of %s refused: expired", self._path.name)
