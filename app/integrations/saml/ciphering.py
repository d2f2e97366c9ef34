"""Assertions that the provider ciphered for us alone."""

import secrets
from copy import deepcopy

import xmlsec
from lxml import etree

from app.integrations.saml import documents, names
from app.integrations.saml.documents import Element, Unreadable, only

_WHOLE_ELEMENT = f"{names.XENC}Element"


def is_ciphered(root: Element) -> bool:
    """Whether the assertion of a response is."""
    return root.find("saml:EncryptedAssertion", names.NAMESPACES) is not None


def deciphered(root: Element, key: str | None) -> Element:
    """A copy of a response, with its assertion in clear.

    Raises:
        Unreadable: If it cannot be deciphered with our *key*, in PEM, alone.
    """
    copy = deepcopy(root)
    ciphered = only(copy, "saml:EncryptedAssertion", names.NAMESPACES)
    data = only(copy, "saml:EncryptedAssertion/xenc:EncryptedData", names.NAMESPACES)
    if ciphered is None or data is None or data.get("Type") != _WHOLE_ELEMENT or key is None:
        raise Unreadable("cannot be deciphered")
    _check_here(ciphered)
    _bring_keys(ciphered, data)
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(key, xmlsec.constants.KeyDataFormatPem, None))
    try:
        clear = xmlsec.EncryptionContext(manager).decrypt(data)
    except (xmlsec.Error, LookupError, TypeError, ValueError):
        raise Unreadable("cannot be deciphered") from None
    return _spliced(copy, ciphered, etree.tostring(clear, with_tail=False))


def _check_here(ciphered: Element) -> None:
    """Refuse what is ciphered in an old way, or is to be looked for somewhere else.

    Raises:
        Unreadable: If it is: whoever deciphers would open files of ours.
    """
    for node in ciphered.iterdescendants():
        if node.tag in names.ELSEWHERE or not node.get("URI", "#").startswith("#"):
            raise Unreadable("ciphered elsewhere")
    for method in ciphered.findall(".//xenc:EncryptedKey/xenc:EncryptionMethod", names.NAMESPACES):
        if method.get("Algorithm") not in names.KEY_CIPHERS:
            raise Unreadable("key ciphered badly")


def _bring_keys(ciphered: Element, data: Element) -> None:
    """Put the keys that stand beside what they open where xmlsec looks for them."""
    info = data.find("ds:KeyInfo", names.NAMESPACES)
    if info is None:
        info = etree.SubElement(data, f"{{{names.DS}}}KeyInfo")
        data.insert(1, info)
    for key in ciphered.findall("xenc:EncryptedKey", names.NAMESPACES):
        info.append(key)
    if info.find("xenc:EncryptedKey", names.NAMESPACES) is not None:
        for method in info.findall("ds:RetrievalMethod", names.NAMESPACES):
            info.remove(method)


def _spliced(root: Element, ciphered: Element, clear: bytes) -> Element:
    """A response with *clear* instead of what was ciphered, to the letter.

    Moved from tree to tree, elements change prefixes, which breaks signatures.
    """
    here = f"here-{secrets.token_hex(8)}"
    root.replace(ciphered, etree.Element(here))
    whole = etree.tostring(root).replace(f"<{here}/>".encode(), clear, 1)
    spliced = documents.parsed(whole)
    documents.check_size(spliced)
    return spliced
