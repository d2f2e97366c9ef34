"""A provider of ours, and browsers that go there and come back; hashes are cheap."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core import passwords
from app.integrations.saml import ServiceProvider, make_service_provider
from app.settings import SamlSettings
from tests.client import Client
from tests.conftest import settings_of
from tests.modules.account.people import HASHER
from tests.modules.sso.school import School
from tests.saml.forge import Forge


@pytest.fixture(autouse=True, scope="package")
def cheap_hashes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", HASHER)
        patch.setattr(passwords, "_NOBODYS", HASHER.hash("the password of no one"))
        yield


@pytest.fixture(scope="package")
def provider(tmp_path_factory: pytest.TempPathFactory) -> ServiceProvider:
    """Our part in the log-in, in front of the forged provider."""
    metadata: Path = tmp_path_factory.mktemp("saml") / "idp.xml"
    metadata.write_bytes(Forge().metadata())
    made = make_service_provider(
        settings_of("sqlite://", saml=SamlSettings(idp_metadata_file=metadata))
    )
    assert made is not None
    return made


@pytest.fixture
def school(
    app: Flask, session: Session, provider: ServiceProvider, monkeypatch: pytest.MonkeyPatch
) -> School:
    monkeypatch.setitem(app.extensions, "saml", provider)
    return School(app, Forge())


@pytest.fixture
def client(client: Client) -> Client:
    """A browser that reads French."""
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
    return client
