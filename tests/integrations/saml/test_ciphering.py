"""Assertions that the provider ciphers: for us alone, and read as those in clear."""

import base64
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.integrations.saml.conftest import REQUEST, Door
from tests.saml.changes import find
from tests.saml.forge import NS, SAML, aes, ciphered, encoded, sign_with
from tests.saml.keys import pair

pytestmark = pytest.mark.once


def respond_with(door: Door, element: Any, **how: Any) -> str:
    """A response whose assertion is this, ciphered."""
    root = door.forge.tree(request_id=REQUEST)
    root.replace(find(root, "saml:Assertion"), ciphered(element, pair("sp").certificate, **how))
    return encoded(etree.tostring(root))


def signed(door: Door) -> Any:
    return find(door.forge.tree(request_id=REQUEST), "saml:Assertion")


def test_what_is_ciphered_is_an_assertion_or_nothing(door: Door) -> None:
    assert door.read(respond_with(door, signed(door)))
    other = etree.fromstring("<x/>")
    assert door.refusal(respond_with(door, other)) == "not one assertion"
    two = etree.fromstring("<x/>")
    two.extend([signed(door), signed(door)])
    assert door.refusal(respond_with(door, two)) == "not one assertion"


def test_what_is_ciphered_is_read_as_it_was(door: Door) -> None:
    response = door.respond(surname="Éluard–Ωmega", encrypt_to=pair("sp").certificate)

    assert door.read(response).identity.surname == "Éluard–Ωmega"


def test_what_is_ciphered_is_checked_as_what_is_not(door: Door) -> None:
    unsigned = find(door.forge.tree(request_id=REQUEST, sign="nothing"), "saml:Assertion")

    assert door.refusal(respond_with(door, unsigned)) == "not signed"


def test_a_key_ciphered_in_an_old_way_is_refused(door: Door) -> None:
    response = respond_with(door, signed(door), transport="pkcs1")

    assert door.refusal(response) == "key ciphered badly"


XENC = "http://www.w3.org/2001/04/xmlenc#"
ELSEWHERE = {
    "data": ("EncryptedData/{*}CipherData", f'<e:CipherReference xmlns:e="{XENC}" URI="{{}}"/>'),
    "key": ("EncryptedKey/{*}CipherData", f'<e:CipherReference xmlns:e="{XENC}" URI="{{}}"/>'),
    "method": (
        "EncryptedData/{*}KeyInfo",
        f'<ds:RetrievalMethod xmlns:ds="{NS["ds"]}" Type="{XENC}EncryptedKey" URI="{{}}"/>',
    ),
}


@pytest.mark.parametrize("place", ELSEWHERE)
def test_what_is_ciphered_is_in_the_response(
    door: Door, place: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret").write_text("a secret of ours")
    path, element = ELSEWHERE[place]
    root = door.forge.tree(request_id=REQUEST, encrypt_to=pair("sp").certificate)
    node = root.find(f".//{{*}}{path}")
    node.clear()
    node.append(etree.fromstring(element.format(f"file://{tmp_path}/secret")))

    assert door.refusal(encoded(etree.tostring(root))) == "ciphered elsewhere"
    assert "secret" not in capfd.readouterr().err


def test_what_is_ciphered_for_someone_else_is_refused(door: Door) -> None:
    response = door.respond(encrypt_to=pair("stranger").certificate)

    assert door.refusal(response) == "cannot be deciphered"


@pytest.mark.parametrize("place", [10, -10])
def test_what_was_changed_since_it_was_ciphered_is_refused(door: Door, place: int) -> None:
    root = door.forge.tree(request_id=REQUEST, encrypt_to=pair("sp").certificate)
    value = root.findall(".//{*}CipherValue")[-1]
    data = bytearray(base64.b64decode(value.text))
    data[place] ^= 1
    value.text = base64.b64encode(data).decode()

    assert door.refusal(encoded(etree.tostring(root))) in (
        "cannot be deciphered",
        "wrong signature",
    )


def test_nothing_is_deciphered_without_a_key(make: Any, door: Door) -> None:
    service = make(
        door.forge.metadata(),
        certificate_private_key_file=None,
        certificate_public_key_file=None,
    )
    bare = Door(service, door.forge)

    assert bare.read(bare.respond())
    response = bare.respond(encrypt_to=pair("sp").certificate)
    assert bare.refusal(response) == "cannot be deciphered"


def test_a_signature_is_good_whatever_the_prefixes_around_it(door: Door) -> None:
    """Put back into the response by lxml, it would not be."""
    clear = find(door.forge.tree(request_id=REQUEST, sign="nothing"), "saml:Assertion")
    text = etree.tostring(clear).replace(b"saml:", b"a:").replace(b"xmlns:saml", b"xmlns:a")
    assertion = etree.fromstring(text)
    sign_with(assertion, pair("idp"))

    assert door.read(respond_with(door, assertion))


def test_a_key_may_stand_beside_what_it_opens(door: Door) -> None:
    root = door.forge.tree(request_id=REQUEST, encrypt_to=pair("sp").certificate)
    data, key = root.find(".//{*}EncryptedData"), root.find(".//{*}EncryptedKey")
    key.set("Id", "_key")
    info = key.getparent()
    data.addnext(key)
    method = etree.SubElement(info, f"{{{NS['ds']}}}RetrievalMethod", URI="#_key")
    method.set("Type", f"{XENC}EncryptedKey")

    assert door.read(encoded(etree.tostring(root)))


@pytest.mark.parametrize("text", [b"hello", b"", b"<x>", b"<x>&y;</x>", b"<a>" * 20_000])
def test_what_is_ciphered_is_xml(door: Door, text: bytes) -> None:
    host = etree.fromstring("<x/>")
    wrapper = etree.Element(f"{{{SAML}}}EncryptedAssertion")
    ciphering, template = aes(host, pair("sp").certificate)
    wrapper.append(ciphering.encrypt_binary(template, text))
    root = door.forge.tree(request_id=REQUEST)
    root.replace(find(root, "saml:Assertion"), wrapper)

    assert door.refusal(encoded(etree.tostring(root))) == "cannot be deciphered"
