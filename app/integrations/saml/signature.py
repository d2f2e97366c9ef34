"""Signatures of XML: whose they are, and what they cover."""

from collections import Counter
from collections.abc import Iterable

import xmlsec
from lxml import etree

from app.integrations.saml import names
from app.integrations.saml.documents import Element

_IDS = ("ID", "Id", "id", "AssertionID", f"{{{names.XML}}}id")


class NotSigned(ValueError):
    """An element is not signed as it must be; the text says why, in a few words."""


def check_unique_ids(root: Element) -> None:
    """Refuse a document where one name may mean two elements.

    Raises:
        NotSigned: If two elements have one identifier.
    """
    ids = Counter(node.get(name) for node in root.iter() for name in _IDS if name in node.attrib)
    if any(times > 1 for times in ids.values()):
        raise NotSigned("identifier used twice")


def check(element: Element, certificates: Iterable[str]) -> None:
    """Refuse an element that does not hold its own signature, by one of these *certificates*.

    The document must have been through ``check_unique_ids``.

    Raises:
        NotSigned: If it does not, or if the signature is weak, or covers anything else.
    """
    signatures = element.findall("ds:Signature", names.NAMESPACES)
    if len(signatures) != 1:
        raise NotSigned("not signed" if not signatures else "signed twice")
    (signature,) = signatures
    _check_form(signature, element.get("ID"))
    if not any(_is_by(certificate, element, signature) for certificate in certificates):
        raise NotSigned("wrong signature")


def signed_part(element: Element) -> Element:
    """A copy of an element, made of what its signature covers and nothing else."""
    return etree.fromstring(
        etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    )


def _check_form(signature: Element, name: str | None) -> None:
    """Refuse a signature that does more than sign the element called *name*, whole."""
    if [child.tag for child in signature] not in _SHAPES:
        raise NotSigned("signature of an unexpected shape")
    method = signature.find("ds:SignedInfo/ds:SignatureMethod", names.NAMESPACES)
    canonical = signature.find("ds:SignedInfo/ds:CanonicalizationMethod", names.NAMESPACES)
    references = signature.findall("ds:SignedInfo/ds:Reference", names.NAMESPACES)
    if method is None or canonical is None or len(references) != 1:
        raise NotSigned("signature of an unexpected shape")
    if method.get("Algorithm") not in names.SIGNING:
        raise NotSigned("weak signature")
    if canonical.get("Algorithm") != names.CANONICAL:
        raise NotSigned("signature of an unexpected shape")
    (reference,) = references
    if not name or reference.get("URI") != f"#{name}":
        raise NotSigned("signature of another element")
    digest = reference.find("ds:DigestMethod", names.NAMESPACES)
    if digest is None or digest.get("Algorithm") not in names.DIGESTS:
        raise NotSigned("weak signature")
    transforms = [
        one.get("Algorithm")
        for one in reference.findall("ds:Transforms/ds:Transform", names.NAMESPACES)
    ]
    if transforms != [names.ENVELOPED, names.CANONICAL]:
        raise NotSigned("signature with unexpected transforms")


_SHAPES = tuple(
    [f"{{{names.DS}}}{part}" for part in parts]
    for parts in (("SignedInfo", "SignatureValue"), ("SignedInfo", "SignatureValue", "KeyInfo"))
)


def _is_by(certificate: str, element: Element, signature: Element) -> bool:
    """Whether the key of a *certificate* made that signature, which may say what it likes of it."""
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem, None)
    context.set_enabled_key_data([xmlsec.constants.KeyDataX509])
    try:
        context.register_id(element, "ID")
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True
