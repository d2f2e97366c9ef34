"""Signatures for pysaml2, by the Python package ``xmlsec``: it would run a program of its own."""

import xmlsec
from lxml import etree
from saml2.sigver import CryptoBackend

_ID = "ID"


class XmlsecBackend(CryptoBackend):  # type: ignore[misc]  # pysaml2 is not typed
    """Signs what holds the template of a signature, and checks what is signed."""

    @property
    def version(self) -> str:
        return "1.3"

    def sign_statement(
        self,
        statement: object,
        node_name: str,  # noqa: ARG002  # the identifier is enough
        key_file: str,
        node_id: str,
    ) -> str:
        """Fill in the signature of the node called *node_id*."""
        root = etree.fromstring(_bytes(statement))
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(key_file, xmlsec.constants.KeyDataFormatPem)
        context.sign(_signature(root, node_id))
        return str(etree.tostring(root, encoding="unicode"))

    def validate_signature(
        self,
        signedtext: str | bytes,
        cert_file: str,
        cert_type: str,  # noqa: ARG002  # always PEM
        node_name: str,  # noqa: ARG002
        node_id: str,
    ) -> bool:
        """Whether the node called *node_id* is signed by the owner of a certificate."""
        root = etree.fromstring(_bytes(signedtext))
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(cert_file, xmlsec.constants.KeyDataFormatCertPem)
        try:
            context.verify(_signature(root, node_id))
        except (xmlsec.Error, LookupError):
            return False
        return True


def _bytes(document: object) -> bytes:
    """A document as it is parsed; pysaml2 has its own, which know how they are written."""
    return document if isinstance(document, bytes) else str(document).encode()


def _signature(root: etree._Element, node_id: str) -> etree._Element:
    """The signature of the node called *node_id*.

    Raises:
        LookupError: If there is none.
    """
    xmlsec.tree.add_ids(root, [_ID])
    signed = [node for node in root.iter() if node.get(_ID) == node_id]
    found = [
        one for node in signed for one in node.findall(f"{{{xmlsec.constants.DSigNs}}}Signature")
    ]
    if len(signed) != 1 or len(found) != 1:
        raise LookupError(node_id)
    return found[0]
