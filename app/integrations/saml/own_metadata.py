"""Who we are, for the identity provider."""

import hashlib
from dataclasses import dataclass

from lxml import etree
from onelogin.saml2.metadata import OneLogin_Saml2_Metadata

from app.integrations.saml import names
from app.integrations.saml.documents import Element

_NAME = "PC est magique"
_PURPOSES = {
    "fr": "Le site des élèves de l'ESPCI Paris - PSL",
    "en": "The website of the students of ESPCI Paris - PSL",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """What we sign and decipher with, both in PEM."""

    key: str
    certificate: str

    @property
    def body(self) -> str:
        """The certificate, without what stands around it."""
        lines = self.certificate.strip().splitlines()
        return "".join(line.strip() for line in lines if not line.startswith("-----"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ourselves:
    """Our part in it."""

    entity: str
    origin: str
    contacts: tuple[str, ...]
    keys: KeyPair | None

    @property
    def acs_url(self) -> str:
        """Where responses are sent."""
        return f"{self.origin}/saml/acs"


def written(us: Ourselves) -> bytes:
    """Our metadata, signed if we have what to sign with."""
    root = etree.Element(
        _md("EntityDescriptor"), nsmap={"md": names.MD, "ds": names.DS}, entityID=us.entity
    )
    root.set("ID", "_" + hashlib.sha256(f"{us.entity} {us.origin}".encode()).hexdigest()[:40])
    service = _add(
        root,
        "SPSSODescriptor",
        AuthnRequestsSigned="true" if us.keys else "false",
        WantAssertionsSigned="true",
        protocolSupportEnumeration=names.PROTOCOL,
    )
    if us.keys:
        for use in ("signing", "encryption"):
            _add_key(service, use, us.keys)
    for format_ in (names.PERSISTENT, names.UNSPECIFIED):
        _add(service, "NameIDFormat", format_)
    _add(
        service,
        "AssertionConsumerService",
        Binding=names.POST,
        Location=us.acs_url,
        index="1",
        isDefault="true",
    )
    _add_attributes(service)
    _add_people(root, us)
    if us.keys is None:
        return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8"))
    signed = OneLogin_Saml2_Metadata.sign_metadata(
        etree.tostring(root), us.keys.key, us.keys.certificate, names.RSA_SHA256, names.SHA256
    )
    return signed if isinstance(signed, bytes) else signed.encode()


def _add_key(service: Element, use: str, keys: KeyPair) -> None:
    info = etree.SubElement(_add(service, "KeyDescriptor", use=use), f"{{{names.DS}}}KeyInfo")
    data = etree.SubElement(info, f"{{{names.DS}}}X509Data")
    etree.SubElement(data, f"{{{names.DS}}}X509Certificate").text = keys.body


def _add_attributes(service: Element) -> None:
    """What we ask of each of them."""
    asked = _add(service, "AttributeConsumingService", index="1", isDefault="true")
    for language in _PURPOSES:
        _add_said(asked, "ServiceName", language, _NAME)
    for language, purpose in _PURPOSES.items():
        _add_said(asked, "ServiceDescription", language, purpose)
    for name in names.ATTRIBUTES:
        _add(
            asked,
            "RequestedAttribute",
            Name=name,
            NameFormat=names.BASIC,
            FriendlyName=name,
            isRequired="true",
        )


def _add_people(root: Element, us: Ourselves) -> None:
    organization = _add(root, "Organization")
    for name, said in (
        ("OrganizationName", _NAME),
        ("OrganizationDisplayName", _NAME),
        ("OrganizationURL", us.origin),
    ):
        for language in _PURPOSES:
            _add_said(organization, name, language, said)
    for address in us.contacts:
        contact = _add(root, "ContactPerson", contactType="technical")
        _add(contact, "GivenName", "GRI")
        _add(contact, "EmailAddress", f"mailto:{address}")


def _md(name: str) -> str:
    return f"{{{names.MD}}}{name}"


def _add(parent: Element, name: str, said: str | None = None, **attributes: str) -> Element:
    node = etree.SubElement(parent, _md(name), **attributes)
    node.text = said
    return node


def _add_said(parent: Element, name: str, language: str, said: str) -> None:
    _add(parent, name, said).set(f"{{{names.XML}}}lang", language)
