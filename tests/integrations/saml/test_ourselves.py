"""What we tell the identity provider: who we are, and whom we send there."""

import base64
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree
from onelogin.saml2.utils import OneLogin_Saml2_Utils
from onelogin.saml2.xml_utils import OneLogin_Saml2_XML

from app.integrations.saml import (
    Identity,
    ServiceProvider,
    Unavailable,
    make_service_provider,
    signature,
)
from app.settings import SamlSettings, SettingsError
from tests.conftest import settings_of
from tests.integrations.saml.conftest import Door, furnished, made
from tests.saml.forge import Forge
from tests.saml.keys import pair

pytestmark = pytest.mark.once

MD = {"md": "urn:oasis:names:tc:SAML:2.0:metadata", "ds": "http://www.w3.org/2000/09/xmldsig#"}
NO_KEYS: dict[str, Any] = {
    "certificate_private_key_file": None,
    "certificate_public_key_file": None,
}
Make = Callable[..., ServiceProvider]


def test_our_metadata_say_all_that_the_provider_needs(door: Door) -> None:
    root = etree.fromstring(door.service.metadata())

    def said(path: str) -> list[str]:
        return [str(one) for one in root.xpath(path, namespaces=MD)]

    assert not isinstance(
        OneLogin_Saml2_XML.validate_xml(root, "saml-schema-metadata-2.0.xsd"), str
    )
    assert root.get("entityID") == "https://pc-est-magique.fr/saml/metadata"
    assert said("//md:AssertionConsumerService/@Location") == ["http://localhost/saml/acs"]
    asked = said("//md:RequestedAttribute[@isRequired='true']/@Name")
    assert asked == ["givenName", "sn", "mail", "authorizedService"]
    assert said("//md:OrganizationName/@xml:lang") == ["fr", "en"]
    assert said("//md:OrganizationURL/text()") == ["http://localhost"] * 2
    assert said("//md:ContactPerson/@contactType") == ["technical"]
    assert said("//md:EmailAddress/text()") == ["mailto:gri@example.org"]
    assert said("//md:KeyDescriptor/@use") == ["signing", "encryption"]
    assert said("//md:KeyDescriptor//ds:X509Certificate/text()") == [pair("sp").body] * 2
    assert said("//md:SPSSODescriptor/@WantAssertionsSigned") == ["true"]
    signature.check(root, [pair("sp").certificate])


def test_our_metadata_need_neither_keys_nor_provider(tmp_path: Path) -> None:
    saml = SamlSettings(idp_metadata_file=tmp_path / "missing.xml")
    service = made(saml)
    root = etree.fromstring(service.metadata())

    assert not service.is_available
    assert root.find(".//ds:Signature", MD) is None
    assert root.find("md:SPSSODescriptor", MD).get("AuthnRequestsSigned") == "false"


def test_without_metadata_there_is_no_single_sign_on() -> None:
    assert make_service_provider(settings_of("sqlite://")) is None


def sent(url: str) -> tuple[Any, dict[str, str]]:
    """The request that a browser carries, and what goes with it."""
    parameters = {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}
    text = zlib.decompress(base64.b64decode(parameters["SAMLRequest"]), -15)
    return etree.fromstring(text), parameters


def test_someone_who_leaves_carries_a_signed_request(door: Door) -> None:
    departure = door.service.depart()
    request, parameters = sent(departure.url)

    assert departure.url.startswith("https://idp.example.org/login?SAMLRequest=")
    assert request.get("ID") == parameters["RelayState"] == departure.request_id
    assert request.get("AssertionConsumerServiceURL") == "http://localhost/saml/acs"
    assert request.get("Destination") == "https://idp.example.org/login"
    assert request.get("ForceAuthn") is None
    query = urlsplit(departure.url).query
    signed, _mark, written = query.partition("&Signature=")
    assert written
    assert OneLogin_Saml2_Utils.validate_binary_sign(
        signed,
        base64.b64decode(parameters["Signature"]),
        pair("sp").certificate,
        parameters["SigAlg"],
    )


def test_two_departures_are_two_requests(door: Door) -> None:
    first, second = door.service.depart(), door.service.depart()

    assert first.request_id != second.request_id
    assert 20 < len(first.request_id) <= 64


def test_a_fresh_proof_is_asked_of_who_is_logged_in_there(door: Door) -> None:
    request, _parameters = sent(door.service.depart(fresh=True).url)

    assert request.get("ForceAuthn") == "true"


def test_without_keys_a_request_is_not_signed(make: Make) -> None:
    forge = Forge(login_url="https://idp.example.org/login?realm=a&b=c")
    departure = make(forge.metadata(), **NO_KEYS).depart()

    assert departure.url.startswith(forge.login_url + "&SAMLRequest=")
    assert "Signature" not in departure.url


def test_nobody_leaves_for_an_unknown_place(make: Make) -> None:
    with pytest.raises(Unavailable):
        make(b"garbage").depart()


@pytest.mark.parametrize(
    ("key", "certificate"),
    [("garbage", None), (None, "garbage"), (pair("stranger").key, None)],
)
def test_a_pair_that_is_none_stops_the_start(
    tmp_path: Path, key: str | None, certificate: str | None
) -> None:
    saml = furnished(tmp_path, b"")
    (tmp_path / "sp.key").write_text(key or pair("sp").key)
    (tmp_path / "sp.crt").write_text(certificate or pair("sp").certificate)

    with pytest.raises(SettingsError, match="SAML_CERTIFICATE"):
        made(saml)


def test_a_key_of_another_kind_stops_the_start(tmp_path: Path) -> None:
    saml = furnished(tmp_path, b"")
    key = ec.generate_private_key(ec.SECP256R1())
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "sp.key").write_bytes(written)

    with pytest.raises(SettingsError, match="not a key of RSA"):
        made(saml)


def test_a_key_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    saml = furnished(tmp_path, b"", certificate_private_key_file=tmp_path / "missing")

    with pytest.raises(SettingsError, match="SAML_CERTIFICATE_PRIVATE_KEY_FILE: cannot be read"):
        made(saml)


def test_an_identity_is_the_same_once_kept(door: Door) -> None:
    identity = door.read(door.respond()).identity

    assert Identity.from_json(identity.to_json()) == identity
