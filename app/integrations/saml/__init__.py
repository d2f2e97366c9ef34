"""The single sign-on of the school: SAML 2.0, apart from any request (network-a 4)."""

from app.integrations.saml.errors import MetadataRefused, SamlCancelled, SamlRefused
from app.integrations.saml.identity import Answer, Departure, Identity
from app.integrations.saml.provider import ServiceProvider, Unavailable, make_service_provider

__all__ = [
    "Answer",
    "Departure",
    "Identity",
    "MetadataRefused",
    "SamlCancelled",
    "SamlRefused",
    "ServiceProvider",
    "Unavailable",
    "make_service_provider",
]
