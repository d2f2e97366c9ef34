"""Signatures wrapped: what is signed is in the message, and is not what would be read."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from lxml import etree

from app.integrations.saml import documents, signature
from tests.integrations.saml.conftest import Door
from tests.saml.changes import attribute, find
from tests.saml.forge import DS, NS, SAMLP, encoded, sign_with
from tests.saml.keys import pair

pytestmark = pytest.mark.once

EVIL = "gri@espci.psl.eu"


def signature_of(root: Any) -> Any:
    """The signature of the assertion; of the message, if it has none."""
    found = root.find("saml:Assertion/ds:Signature", NS)
    return found if found is not None else find(root, "ds:Signature")


def without_signature(node: Any) -> Any:
    """A copy of an element, not signed any more."""
    copy = deepcopy(node)
    for one in copy.findall("ds:Signature", NS):
        copy.remove(one)
    return copy


def forged(node: Any) -> Any:
    """An assertion that says that someone else logged in, under another name."""
    node.set("ID", "_evil")
    (mail,) = node.xpath(attribute("mail").removeprefix("saml:Assertion/"), namespaces=NS)
    mail[0].text = EVIL
    return node


def evil_response(root: Any) -> Any:
    """Make a response its own forgery; return what it was."""
    former = without_signature(root)
    root.set("ID", "_evil-response")
    forged(root.find("saml:Assertion", NS))
    return former


def xsw1(root: Any) -> None:
    """The former response is in the signature."""
    signature_of(root).append(evil_response(root))


def xsw2(root: Any) -> None:
    """The former response is before the signature."""
    former = evil_response(root)
    signature_of(root).addprevious(former)


def xsw3(root: Any) -> None:
    """A forged assertion is before the true one."""
    true = find(root, "saml:Assertion")
    true.addprevious(forged(without_signature(true)))


def xsw4(root: Any) -> None:
    """A forged assertion holds the true one."""
    true = find(root, "saml:Assertion")
    evil = forged(without_signature(true))
    root.replace(true, evil)
    evil.append(true)


def xsw5(root: Any) -> None:
    """A forged assertion has the signature; the true one, without it, is at the end."""
    evil = find(root, "saml:Assertion")
    root.append(without_signature(evil))
    forged(evil)


def xsw6(root: Any) -> None:
    """A forged assertion has the signature, which holds the true one."""
    evil = find(root, "saml:Assertion")
    true = without_signature(evil)
    signature_of(root).append(true)
    forged(evil)


def xsw7(root: Any) -> None:
    """A forged assertion is among the extensions, before the true one."""
    true = find(root, "saml:Assertion")
    extensions = etree.Element(f"{{{SAMLP}}}Extensions")
    extensions.append(forged(without_signature(true)))
    root.insert(1, extensions)


def xsw8(root: Any) -> None:
    """A forged assertion has the signature, an object of which holds the true one."""
    evil = find(root, "saml:Assertion")
    true = without_signature(evil)
    etree.SubElement(signature_of(root), f"{{{DS}}}Object").append(true)
    forged(evil)


SHAPES = (xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8)
WRAPPED = ("not one assertion", "response in a response")


@pytest.mark.parametrize("sign", ["assertion", "message", "both"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_wrapped_signature_is_refused(
    door: Door, shape: Callable[[Any], None], sign: Any
) -> None:
    response = door.respond(sign=sign, after=shape)

    assert door.refusal(response) in WRAPPED


@pytest.mark.parametrize("shape", SHAPES[2:])
def test_an_assertion_is_read_from_what_is_signed_even_if_shapes_were_not_looked_at(
    door: Door, shape: Callable[[Any], None]
) -> None:
    """The second wall: no element that holds a signature of the provider tells of someone else."""
    root = door.forge.tree(request_id="_1", after=shape)
    certificates = [pair("idp").certificate]

    for assertion in root.iter("{*}Assertion"):
        try:
            signature.check(assertion, certificates)
        except signature.NotSigned:
            continue
        assert EVIL not in etree.tostring(signature.signed_part(assertion)).decode()


def test_a_signature_covers_the_element_that_holds_it(door: Door) -> None:
    """Two assertions, one good: the signature of one is worth nothing in the other."""
    root = door.forge.tree(request_id="_1")
    true = find(root, "saml:Assertion")
    evil = forged(without_signature(true))
    evil.insert(1, deepcopy(true.find("ds:Signature", NS)))

    with pytest.raises(signature.NotSigned, match="another element"):
        signature.check(evil, [pair("idp").certificate])
    evil.set("ID", true.get("ID"))
    root.replace(true, evil)
    with pytest.raises(signature.NotSigned, match="wrong signature"):
        signature.check(evil, [pair("idp").certificate])


def test_a_key_in_the_message_is_no_key(door: Door) -> None:
    """Signed by a stranger, whose certificate says that it is the provider's."""
    root = door.forge.tree(request_id="_1", sign="nothing")
    sign_with(find(root, "saml:Assertion"), pair("stranger"))
    said = find(root, ".//ds:X509Certificate")
    said.text = pair("idp").body

    assert door.refusal(encoded(etree.tostring(root)), request_id="_1") == "wrong signature"


def test_what_is_signed_is_read_without_its_comments() -> None:
    root = documents.parsed(b"<a><b>one<!-- x -->two</b></a>")

    assert etree.tostring(signature.signed_part(root)) == b"<a><b>onetwo</b></a>"
