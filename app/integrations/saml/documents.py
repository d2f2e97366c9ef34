"""XML that strangers send, read without being taken in."""

import base64
import binascii
import re
from typing import Any, TypeAlias

from lxml import etree

Element: TypeAlias = Any

#: The longest response, once decoded: 256 kB.
LONGEST = 256 * 1024
#: A response that says more is no response: elements, and attributes of one of them.
_MOST_ELEMENTS = 5_000
_MOST_ATTRIBUTES = 50
_FORBIDDEN = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
_BLANKS = re.compile(r"[ \t\r\n]+")


class Unreadable(ValueError):
    """This is not the XML that was expected; the text says why, in a few words."""


def decoded(encoded: str) -> bytes:
    """What a form field holds in base64.

    Raises:
        Unreadable: If it is missing, long, or anything else.
    """
    if len(encoded) > LONGEST * 3 // 2:
        raise Unreadable("too long")
    try:
        data = base64.b64decode(_BLANKS.sub("", encoded).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Unreadable("not base64") from None
    if not data:
        raise Unreadable("empty")
    if len(data) > LONGEST:
        raise Unreadable("too long")
    return data


def parsed(data: bytes) -> Element:
    """The root of a document in UTF-8, without its comments.

    Raises:
        Unreadable: If it is not well formed, or does what no message of SAML does.
    """
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise Unreadable("not UTF-8") from None
    if _FORBIDDEN.search(data):
        raise Unreadable("DOCTYPE")
    declared = _DECLARED.match(data.lstrip(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii"):
        raise Unreadable("not UTF-8")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        raise Unreadable("not well-formed") from None
    if next(root.iter(etree.ProcessingInstruction, etree.Entity), None) is not None:
        raise Unreadable("processing instruction")
    return root


def check_size(root: Element) -> None:
    """Refuse what has more elements, or attributes, than a message of SAML ever has.

    Raises:
        Unreadable: If it has.
    """
    for rank, node in enumerate(root.iter()):
        if rank >= _MOST_ELEMENTS:
            raise Unreadable("too many elements")
        if len(node.attrib) > _MOST_ATTRIBUTES:
            raise Unreadable("too many attributes")


def only(parent: Element, path: str, namespaces: dict[str, str]) -> Element | None:
    """The one element found by *path*; ``None`` if there is none, or several."""
    found = parent.findall(path, namespaces)
    return found[0] if len(found) == 1 else None


def text(node: Element | None) -> str | None:
    """All that a node says, comments out; ``None`` for a node that holds elements, or for none."""
    if node is None or len(node):
        return None
    return (node.text or "").strip()
