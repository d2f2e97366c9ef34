"""Our part in the single sign-on: who is asked, what is asked, what is believed."""

import secrets
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.authn_request import OneLogin_Saml2_Authn_Request
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from app.core import clock
from app.integrations.saml import names, own_metadata, reading, refreshing
from app.integrations.saml.errors import SamlRefused
from app.integrations.saml.identity import Answer, Departure
from app.integrations.saml.metadata import IdentityProvider, Rules, Shelf
from app.integrations.saml.own_metadata import KeyPair, Ourselves
from app.integrations.saml.refreshing import Source
from app.settings import SamlSettings, Settings, SettingsError

#: How many letters and digits a request of ours may be known by.
_LONGEST_ID = 64


class Unavailable(Exception):
    """Nobody knows the identity provider at the moment."""


class ServiceProvider:
    """This site, in front of the identity provider of the school."""

    def __init__(self, us: Ourselves, shelf: Shelf, source: Source) -> None:
        self._us = us
        self._shelf = shelf
        self._source = source
        self._has_refreshed = False

    @property
    def provider(self) -> IdentityProvider | None:
        """Who is asked; ``None`` while there is no good metadata at hand."""
        return self._shelf.provider(clock.now())

    @property
    def last_provider(self) -> IdentityProvider | None:
        """Who was asked last, even if they cannot be any more."""
        return self.provider or self._shelf.last_known()

    @property
    def is_available(self) -> bool:
        """Whether someone can log in that way now."""
        return self.provider is not None

    @property
    def is_fetched(self) -> bool:
        """Whether there are addresses to fetch metadata from."""
        return bool(self._source.urls)

    @property
    def is_in_want(self) -> bool:
        """Whether to fetch metadata now: there are none, or this process has not yet done so."""
        if not self._source.urls:
            return False
        if not self.is_available:
            return True
        return not self._has_refreshed and refreshing.is_old(self._source, now=clock.now())

    def refresh(self) -> IdentityProvider:
        """Fetch the metadata again: for the worker, as it may take a while.

        Raises:
            MetadataRefused: If nothing good came: what was known still is.
        """
        self._has_refreshed = True
        return refreshing.refresh(self._source, now=clock.now())

    @property
    def acs_url(self) -> str:
        """Where responses are sent."""
        return self._us.acs_url

    def metadata(self) -> bytes:
        """Who we are, for the provider; whether it is there or not."""
        return self._own_metadata

    @cached_property
    def _own_metadata(self) -> bytes:
        return own_metadata.written(self._us)

    def depart(self, *, fresh: bool = False) -> Departure:
        """Have someone sent to the provider; *fresh*, it asks them who they are again.

        Raises:
            Unavailable: If there is no good metadata at hand.
        """
        now = clock.now()
        provider = self._known(now)
        library = self._library(provider, provider.certificates_at(now))
        request = _Request(library, force_authn=fresh, is_passive=False, set_nameid_policy=True)
        request_id = request.get_id()
        parameters = {"SAMLRequest": request.get_request(), "RelayState": request_id}
        if self._us.keys is not None:
            auth = OneLogin_Saml2_Auth(reading.asked_at(self._us.acs_url), old_settings=library)
            auth.add_request_signature(parameters, names.RSA_SHA256)
            parameters["Signature"] = parameters.pop("Signature")  # the last, as it should be
        joint = "&" if "?" in provider.login_url else "?"
        return Departure(
            request_id=request_id, url=f"{provider.login_url}{joint}{urlencode(parameters)}"
        )

    def request_of(self, encoded: str) -> str:
        """Which request of ours a response answers, by its own word.

        Raises:
            SamlRefused: If it is no response, or answers none.
            SamlCancelled: If it says that nobody logged in.
        """
        asked = reading.opened(encoded).get("InResponseTo", "")
        if not 0 < len(asked) <= _LONGEST_ID:
            raise SamlRefused("unsolicited")
        return str(asked)

    def read(self, encoded: str, *, request_id: str, now: datetime) -> Answer:
        """What a response says, once all of it is checked but that it never came before.

        Raises:
            SamlRefused: At the first thing amiss.
            SamlCancelled: If it says that nobody logged in.
        """
        try:
            provider = self._known(now)
        except Unavailable:
            raise SamlRefused("no identity provider is known") from None
        certificates = provider.certificates_at(now)
        expected = reading.Expected(
            idp_entity=provider.entity,
            sp_entity=self._us.entity,
            acs_url=self._us.acs_url,
            request_id=request_id,
            now=now,
            certificates=certificates,
            library=self._library(provider, certificates),
        )
        return reading.read(reading.opened(encoded), expected)

    def _known(self, now: datetime) -> IdentityProvider:
        provider = self._shelf.provider(now)
        if provider is None:
            raise Unavailable
        return provider

    def _library(
        self, provider: IdentityProvider, certificates: tuple[str, ...]
    ) -> OneLogin_Saml2_Settings:
        """What python3-saml wants to know: all of it from our settings and the metadata."""
        us, keys = self._us, self._us.keys
        return OneLogin_Saml2_Settings(
            {
                "strict": True,
                "debug": False,
                "sp": {
                    "entityId": us.entity,
                    "assertionConsumerService": {"url": us.acs_url, "binding": names.POST},
                    "NameIDFormat": names.UNSPECIFIED,
                    "x509cert": keys.certificate if keys else "",
                    "privateKey": keys.key if keys else "",
                },
                "idp": {
                    "entityId": provider.entity,
                    "singleSignOnService": {"url": provider.login_url, "binding": names.REDIRECT},
                    "x509certMulti": {"signing": list(certificates)},
                },
                "security": {**_SECURITY, "authnRequestsSigned": keys is not None},
            }
        )


_SECURITY: dict[str, Any] = {
    "wantAssertionsSigned": True,
    "wantNameId": False,
    "rejectDeprecatedAlgorithm": True,
    "rejectUnsolicitedResponsesWithInResponseTo": True,
    "allowRepeatAttributeName": False,
    "requestedAuthnContext": False,
    "signatureAlgorithm": names.RSA_SHA256,
    "digestAlgorithm": names.SHA256,
    "allowSingleLabelDomains": True,
}


class _Request(OneLogin_Saml2_Authn_Request):  # type: ignore[misc]  # it is not typed
    """A request of ours, known by a number that nobody guesses."""

    def _generate_request_id(self) -> str:
        return f"_{secrets.token_hex(20)}"


def make_service_provider(settings: Settings) -> ServiceProvider | None:
    """The single sign-on of this installation; ``None`` if it has none.

    Raises:
        SettingsError: If our pair of keys cannot be read.
    """
    saml = settings.saml
    if not saml.is_configured:
        return None
    us = Ourselves(
        entity=saml.sp_entity_id,
        origin=settings.origin,
        contacts=settings.admins,
        keys=_keys(saml),
    )
    rules = Rules(entity=saml.idp_entity_id, allows_http=settings.mode != "production")
    urls = (saml.idp_metadata_url, saml.idp_metadata_fallback_url)
    source = Source(
        urls=tuple(url for url in urls if url),
        copy=saml.idp_metadata_copy,
        rules=rules,
        certificate=saml.idp_metadata_certificate,
    )
    paths = (saml.idp_metadata_file, source.copy if source.urls else None)
    return ServiceProvider(us, Shelf([path for path in paths if path], rules), source)


def _keys(saml: SamlSettings) -> KeyPair | None:
    """Our pair of keys.

    Raises:
        SettingsError: If it cannot be read, or is no pair.
    """
    key_file, certificate_file = (
        saml.certificate_private_key_file,
        saml.certificate_public_key_file,
    )
    if key_file is None or certificate_file is None:
        return None
    pair = KeyPair(
        key=_pem("SAML_CERTIFICATE_PRIVATE_KEY_FILE", key_file),
        certificate=_pem("SAML_CERTIFICATE_PUBLIC_KEY_FILE", certificate_file),
    )
    try:
        key = load_pem_private_key(pair.key.encode(), password=None)
        certificate = x509.load_pem_x509_certificate(pair.certificate.encode())
    except (ValueError, TypeError):
        raise SettingsError("SAML_CERTIFICATE_PRIVATE_KEY_FILE: not a pair in PEM") from None
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError("SAML_CERTIFICATE_PRIVATE_KEY_FILE: not a key of RSA")
    if key.public_key() != certificate.public_key():
        raise SettingsError("SAML_CERTIFICATE_PUBLIC_KEY_FILE: not of this private key")
    return pair


def _pem(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}: cannot be read: {type(error).__name__}") from None
