"""Keeping the metadata of the identity provider fresh: the worker's work, never a request's."""

import dataclasses
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.core.files import write_atomically
from app.integrations.saml import fetching, metadata
from app.integrations.saml.errors import MetadataRefused
from app.integrations.saml.fetching import NotFetched
from app.integrations.saml.metadata import IdentityProvider, Rules

logger = logging.getLogger(__name__)

_FRESH = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where metadata are fetched, and where the last good ones are kept."""

    #: The first that answers well is believed.
    urls: tuple[str, ...]
    copy: Path
    rules: Rules
    #: Who must have signed them: a file in PEM.
    certificate: Path | None


def refresh(source: Source, *, now: datetime) -> IdentityProvider:
    """Replace the copy with what is fetched, if it is good.

    Raises:
        MetadataRefused: If nothing good came: the copy is still what it was.
    """
    rules = dataclasses.replace(source.rules, entity=_expected(source))
    faults = []
    for url in source.urls:
        try:
            data = fetching.fetched(url, longest=metadata.LONGEST)
            provider = _good(data, source, rules, now=now)
            source.copy.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(source.copy, data.decode("utf-8"))
        except (NotFetched, MetadataRefused, OSError) as error:
            faults.append(f"{url}: {error}")
            logger.warning("metadata of %s refused: %s", url, error)
        else:
            return provider
    raise MetadataRefused("; ".join(faults) or "no address to fetch them from")


def is_old(source: Source, *, now: datetime) -> bool:
    """Whether the copy is not of this very moment: one that is need not be made again."""
    try:
        made_at = datetime.fromtimestamp(source.copy.stat().st_mtime, UTC)
    except OSError:
        return True
    return abs(now - made_at) > _FRESH


def _expected(source: Source) -> str | None:
    """The provider expected: the one that was chosen, else the one in use."""
    if source.rules.entity is not None:
        return source.rules.entity
    try:
        return metadata.described(source.copy.read_bytes(), source.rules).entity
    except (OSError, MetadataRefused):
        return None


def _good(data: bytes, source: Source, rules: Rules, *, now: datetime) -> IdentityProvider:
    if source.certificate is not None:
        try:
            certificate = source.certificate.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            raise MetadataRefused("SAML_IDP_METADATA_CERTIFICATE cannot be read") from None
        metadata.check_signature(data, certificate)
    return metadata.parse(data, rules, now=now)
