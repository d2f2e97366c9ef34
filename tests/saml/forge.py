"""An identity provider that says whatever a test wants it to."""

import base64
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias
from xml.sax.saxutils import escape, quoteattr

import xmlsec
from lxml import etree

from app.core import clock
from tests.saml.keys import Pair, pair

Signs: TypeAlias = Literal["assertion", "message", "both", "nothing"]
Change: TypeAlias = Callable[[Any], object]

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
NS = {"saml": SAML, "samlp": SAMLP, "ds": DS, "xenc": "http://www.w3.org/2001/04/xmlenc#"}
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
IDP = "https://idp.example.org/idp"


class Forge:
    """A provider, known by *entity*, that answers for the service *sp_entity* at *acs_url*."""

    def __init__(
        self,
        *,
        acs_url: str = "http://localhost/saml/acs",
        sp_entity: str = "https://pc-est-magique.fr/saml/metadata",
        entity: str = IDP,
        login_url: str = "https://idp.example.org/login",
        keys: Pair | None = None,
    ) -> None:
        self.acs_url, self.sp_entity = acs_url, sp_entity
        self.entity, self.login_url = entity, login_url
        self.keys = keys or pair("idp")

    def metadata(
        self,
        *,
        certificates: Sequence[Pair] = (),
        valid_until: str | None = None,
        signed_by: Pair | None = None,
    ) -> bytes:
        """Who it is; certificates of *certificates*, its own if there are none."""
        keys = "".join(
            '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
            f"{one.body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
            for one in certificates or (self.keys,)
        )
        until = f" validUntil={quoteattr(valid_until)}" if valid_until else ""
        text = (
            '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"'
            f' xmlns:ds="{DS}" ID="_metadata" entityID={quoteattr(self.entity)}{until}>'
            f'<md:IDPSSODescriptor protocolSupportEnumeration="{SAMLP}">{keys}'
            '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"'
            ' Location="https://idp.example.org/post"/>'
            '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"'
            f" Location={quoteattr(self.login_url)}/></md:IDPSSODescriptor></md:EntityDescriptor>"
        )
        if signed_by is None:
            return text.encode()
        root = etree.fromstring(text)
        sign(root, signed_by, at=0)
        return bytes(etree.tostring(root))

    def response(
        self,
        *,
        request_id: str,
        sign: Signs = "assertion",
        before: Change | None = None,
        after: Change | None = None,
        encrypt_to: str | None = None,
        **parts: Any,
    ) -> str:
        """A response in base64: good, but for the *parts* that a test chooses.

        *before* changes the tree before it is signed, *after* once it is.
        """
        root = self.tree(
            request_id=request_id,
            sign=sign,
            before=before,
            after=after,
            encrypt_to=encrypt_to,
            **parts,
        )
        return encoded(etree.tostring(root))

    def tree(
        self,
        *,
        request_id: str,
        sign: Signs = "assertion",
        before: Change | None = None,
        after: Change | None = None,
        encrypt_to: str | None = None,
        keys: Pair | None = None,
        algorithm: str = "sha256",
        **parts: Any,
    ) -> Any:
        """The same, as a tree."""
        root = etree.fromstring(self._text(request_id=request_id, **parts))
        if before is not None:
            before(root)
        signer = keys or self.keys
        assertion = root.find("saml:Assertion", NS)
        if sign in ("assertion", "both") and assertion is not None:
            sign_with(assertion, signer, algorithm)
        if encrypt_to is not None:
            root.replace(assertion, ciphered(assertion, encrypt_to))
        if sign in ("message", "both"):
            sign_with(root, signer, algorithm)
        # read again: lxml does not find all that xmlsec writes
        root = etree.fromstring(etree.tostring(root))
        if after is not None:
            after(root)
        return root

    def _text(
        self,
        *,
        request_id: str,
        now: datetime | None = None,
        issuer: str | None = None,
        destination: str | None = None,
        recipient: str | None = None,
        audiences: Sequence[str] | None = None,
        given_name: str = "Ada",
        surname: str = "Lovelace",
        emails: Sequence[str] = ("ada.lovelace@espci.psl.eu",),
        services: Sequence[str] = ("promo145",),
        subject: str | None = "ada-1",
        subject_format: str = PERSISTENT,
        status: Sequence[str] = (SUCCESS,),
        times: dict[str, datetime] | None = None,
        attributes: dict[str, Sequence[str]] | None = None,
    ) -> str:
        at = now or clock.now()
        when = {
            "issued": at,
            "begins": at - timedelta(seconds=5),
            "ends": at + timedelta(minutes=4),
            "bearer_ends": at + timedelta(minutes=4),
            "logged_in": at - timedelta(seconds=30),
            **(times or {}),
        }
        t = {name: instant(one) for name, one in when.items()}
        said = {
            "givenName": [given_name],
            "sn": [surname],
            "mail": emails,
            "authorizedService": services,
            **(attributes or {}),
        }
        codes = ""
        for code in reversed(status):
            codes = f'<samlp:StatusCode Value="{code}">{codes}</samlp:StatusCode>'
        name = f'<saml:NameID Format="{subject_format}">{escape(subject or "")}</saml:NameID>'
        audience = "".join(
            f"<saml:Audience>{escape(one)}</saml:Audience>"
            for one in (audiences if audiences is not None else [self.sp_entity])
        )
        by = escape(issuer or self.entity)
        to = quoteattr(destination or self.acs_url)
        assertion = f"""\
<saml:Assertion ID="_{secrets.token_hex(16)}" Version="2.0" IssueInstant="{t["issued"]}">\
<saml:Issuer>{by}</saml:Issuer><saml:Subject>{name if subject else ""}\
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">\
<saml:SubjectConfirmationData InResponseTo={quoteattr(request_id)}\
 NotOnOrAfter="{t["bearer_ends"]}" Recipient={quoteattr(recipient or self.acs_url)}/>\
</saml:SubjectConfirmation></saml:Subject>\
<saml:Conditions NotBefore="{t["begins"]}" NotOnOrAfter="{t["ends"]}">\
<saml:AudienceRestriction>{audience}</saml:AudienceRestriction></saml:Conditions>\
<saml:AuthnStatement AuthnInstant="{t["logged_in"]}" SessionIndex="_session">\
<saml:AuthnContext><saml:AuthnContextClassRef>\
urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>\
</saml:AuthnContext></saml:AuthnStatement>\
<saml:AttributeStatement>{"".join(_attribute(*one) for one in said.items())}\
</saml:AttributeStatement></saml:Assertion>"""
        return f"""\
<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_{secrets.token_hex(16)}"\
 Version="2.0" IssueInstant="{t["issued"]}" Destination={to} InResponseTo={quoteattr(request_id)}>\
<saml:Issuer>{by}</saml:Issuer><samlp:Status>{codes}</samlp:Status>\
{assertion if tuple(status) == (SUCCESS,) else ""}</samlp:Response>"""


def _attribute(name: str, values: Sequence[str]) -> str:
    typed = (
        ' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string"'
    )
    said = "".join(
        f"<saml:AttributeValue{typed}>{escape(one)}</saml:AttributeValue>" for one in values
    )
    return (
        f"<saml:Attribute Name={quoteattr(name)} NameFormat="
        f'"urn:oasis:names:tc:SAML:2.0:attrname-format:basic">{said}</saml:Attribute>'
    )


def instant(at: datetime) -> str:
    """A moment, as SAML writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def encoded(text: bytes) -> str:
    """What a form would hold."""
    return base64.b64encode(text).decode()


def sign_with(element: Any, keys: Pair, algorithm: str = "sha256") -> None:
    """Sign an element of SAML: its signature stands after its issuer."""
    sign(element, keys, at=1, algorithm=algorithm)


def sign(element: Any, keys: Pair, *, at: int, algorithm: str = "sha256") -> Any:
    """Sign an element, with a signature that stands at a place in it."""
    methods = {
        "sha1": (xmlsec.constants.TransformRsaSha1, xmlsec.constants.TransformSha1),
        "sha256": (xmlsec.constants.TransformRsaSha256, xmlsec.constants.TransformSha256),
        "sha512": (xmlsec.constants.TransformRsaSha512, xmlsec.constants.TransformSha512),
    }
    method, digest = methods[algorithm]
    template = xmlsec.template.create(element, xmlsec.constants.TransformExclC14N, method, ns="ds")
    element.insert(at, template)
    reference = xmlsec.template.add_reference(template, digest, uri=f"#{element.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(template))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(keys.key, xmlsec.constants.KeyDataFormatPem, None)
    context.key.load_cert_from_memory(keys.certificate, xmlsec.constants.KeyDataFormatPem)
    context.register_id(element, "ID")
    context.sign(template)
    return template


def aes(host: Any, certificate: str, *, transport: str = "oaep") -> tuple[Any, Any]:
    """What ciphers something for the owner of a certificate, and where it will be in *host*."""
    template = xmlsec.template.encrypted_data_create(
        host,
        xmlsec.constants.TransformAes128Cbc,
        type=xmlsec.constants.TypeEncElement,
        ns="xenc",
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(template)
    info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
    transports = {
        "oaep": xmlsec.constants.TransformRsaOaep,
        "pkcs1": xmlsec.constants.TransformRsaPkcs1,
    }
    key = xmlsec.template.add_encrypted_key(info, transports[transport])
    xmlsec.template.encrypted_data_ensure_cipher_value(key)
    manager = xmlsec.KeysManager()
    manager.add_key(
        xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem, None)
    )
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(
        xmlsec.constants.KeyDataAes, 128, xmlsec.constants.KeyDataTypeSession
    )
    return context, template


def ciphered(element: Any, certificate: str, *, transport: str = "oaep") -> Any:
    """What holds an element, ciphered for the owner of a certificate."""
    apart = etree.fromstring(etree.tostring(element))
    context, template = aes(apart, certificate, transport=transport)
    wrapper = etree.Element(f"{{{SAML}}}EncryptedAssertion")
    wrapper.append(context.encrypt_xml(template, apart))
    return wrapper
