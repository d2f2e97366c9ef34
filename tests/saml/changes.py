"""Changes to a response, written briefly: each is a function of its root."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from lxml import etree

from tests.saml.forge import NS, SAML, SAMLP, Change

ASSERTION = "saml:Assertion"
BEARER = f"{ASSERTION}/saml:Subject/saml:SubjectConfirmation"
BEARER_DATA = f"{BEARER}/saml:SubjectConfirmationData"
CONDITIONS = f"{ASSERTION}/saml:Conditions"
AUTHENTICATION = f"{ASSERTION}/saml:AuthnStatement"
ATTRIBUTES = f"{ASSERTION}/saml:AttributeStatement"


def find(root: Any, path: str) -> Any:
    """The one element at *path*; the root for nothing."""
    if not path:
        return root
    (found,) = root.xpath(path, namespaces=NS)
    return found


def put(path: str, name: str, value: str) -> Change:
    """Write an attribute of an element."""
    return lambda root: find(root, path).set(name, value)


def take(path: str, name: str) -> Change:
    """Take an attribute of an element away."""
    return lambda root: find(root, path).attrib.pop(name)


def say(path: str, text: str) -> Change:
    """Write the text of an element."""

    def change(root: Any) -> None:
        find(root, path).text = text

    return change


def drop(path: str) -> Change:
    """Take an element away."""

    def change(root: Any) -> None:
        node = find(root, path)
        node.getparent().remove(node)

    return change


def add(path: str, xml: str, at: int | None = None) -> Change:
    """Put an element into another, at the end unless told where."""

    def change(root: Any) -> None:
        names = f'xmlns:saml="{SAML}" xmlns:samlp="{SAMLP}" xmlns:ds="{NS["ds"]}"'
        node = etree.fromstring(f"<x {names}>{xml}</x>")[0]
        parent = find(root, path)
        parent.insert(len(parent) if at is None else at, node)

    return change


def double(path: str) -> Change:
    """Say an element twice."""

    def change(root: Any) -> None:
        node = find(root, path)
        node.addnext(deepcopy(node))

    return change


def all_of(*changes: Callable[[Any], object]) -> Change:
    """Several changes, one after the other."""

    def change(root: Any) -> None:
        for one in changes:
            one(root)

    return change


def attribute(name: str) -> str:
    """Where an attribute of the person is."""
    return f"{ATTRIBUTES}/saml:Attribute[@Name='{name}']"
