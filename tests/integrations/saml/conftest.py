"""A service and a provider that know one another."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core import clock
from app.integrations.saml import Answer, SamlRefused, ServiceProvider, make_service_provider
from app.settings import SamlSettings
from tests.conftest import settings_of
from tests.saml.forge import Forge
from tests.saml.keys import pair

#: The request that responses answer, unless a test says otherwise.
REQUEST = "_0f8fad5bd9cb469fa165"


@dataclass(frozen=True, slots=True)
class Door:
    """Where responses come: ours, and who writes them."""

    service: ServiceProvider
    forge: Forge

    def read(self, response: str, *, request_id: str = REQUEST, **when: Any) -> Answer:
        """What our side reads in a response."""
        self.service.request_of(response)
        now = when.get("now") or clock.now()
        return self.service.read(response, request_id=request_id, now=now)

    def respond(self, **parts: Any) -> str:
        """A response of theirs."""
        return self.forge.response(**{"request_id": REQUEST, **parts})

    def refusal(self, response: str, **asked: Any) -> str:
        """Why our side refuses it."""
        with pytest.raises(SamlRefused) as refused:
            self.read(response, **asked)
        return refused.value.reason


def furnished(folder: Path, metadata: bytes, **saml: Any) -> SamlSettings:
    """What a site with a pair of keys is told of the single sign-on."""
    keys = pair("sp")
    files = {"idp.xml": metadata, "sp.key": keys.key, "sp.crt": keys.certificate}
    for name, said in files.items():
        (folder / name).write_bytes(said if isinstance(said, bytes) else said.encode())
    return SamlSettings(
        **{
            "idp_metadata_file": folder / "idp.xml",
            "idp_metadata_copy": folder / "copy.xml",
            "certificate_private_key_file": folder / "sp.key",
            "certificate_public_key_file": folder / "sp.crt",
            **saml,
        }
    )


def made(saml: SamlSettings, **settings: Any) -> ServiceProvider:
    """Our part in it, with these settings."""
    chosen = {"preferred_url_scheme": "http", **settings}
    provider = make_service_provider(settings_of("sqlite://", saml=saml, **chosen))
    assert provider is not None
    return provider


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Door:
    """Ours, and a provider that rolls its key over: two certificates are good."""
    forge = Forge()
    certificates = (pair("idp"), pair("idp-next"))
    metadata = forge.metadata(certificates=certificates)
    return Door(made(furnished(tmp_path_factory.mktemp("saml"), metadata)), forge)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., ServiceProvider]:
    """Make our part in it: ``make(metadata, idp_metadata_url=…)``."""

    def _make(metadata: bytes = b"", **saml: Any) -> ServiceProvider:
        return made(furnished(tmp_path, metadata, **saml))

    return _make
