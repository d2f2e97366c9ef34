"""Two hundred changes of a good response, drawn at random, the same each time."""

import random
from copy import deepcopy
from typing import Any

import pytest
from lxml import etree

from app.core import clock
from app.integrations.saml import Answer, SamlRefused
from tests.integrations.saml.conftest import REQUEST, Door
from tests.saml.forge import NS, encoded

pytestmark = pytest.mark.once

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def changed(text: str, dice: random.Random) -> str:
    """A text with another letter in it: not the last ones, where base64 wastes bits."""
    place = dice.randrange(max(1, len(text) - 3))
    letter = dice.choice([one for one in LETTERS if one != text[place]])
    return text[:place] + letter + text[place + 1 :]


def mutate(root: Any, dice: random.Random) -> str:
    """Change one thing of a tree; tell which. What a signature says of its key is left alone."""
    own = root.find("ds:Signature", NS)  # without it, the response is as good: it stays
    ignored = set(own.find("ds:KeyInfo", NS).iter())
    nodes = [node for node in root.iter() if node not in ignored]
    inner = [node for node in nodes if node is not root and node is not own]
    kind = dice.choice(("attribute", "text", "tag", "drop", "double", "move", "add", "take"))
    if kind == "attribute":
        node = dice.choice([one for one in nodes if one.attrib])
        name = dice.choice(sorted(node.attrib))
        node.set(name, changed(node.get(name), dice))
        return f"{kind} {node.tag} {name}"
    if kind == "take":
        node = dice.choice([one for one in nodes if one.attrib])
        name = dice.choice(sorted(node.attrib))
        del node.attrib[name]
        return f"{kind} {node.tag} {name}"
    if kind == "text":
        node = dice.choice([one for one in nodes if (one.text or "").strip()])
        node.text = changed(node.text, dice)
    elif kind == "tag":
        node = dice.choice(nodes)
        name = etree.QName(node)
        node.tag = f"{{{name.namespace}}}x{name.localname}"
    elif kind == "add":
        node = dice.choice(nodes)
        node.set("Extra", "x")
    else:
        node = dice.choice(inner)
        if kind == "double":
            node.addnext(deepcopy(node))
        elif kind == "drop":
            node.getparent().remove(node)
        else:
            others = [one for one in nodes if node not in (one, *one.iterancestors())]
            dice.choice(others).append(node)
    return f"{kind} {node.tag}"


def test_two_hundred_changes_are_refused(door: Door) -> None:
    now = clock.now()
    good = door.forge.tree(request_id=REQUEST, sign="both", now=now)
    assert door.read(encoded(etree.tostring(good)), now=now)
    dice = random.Random(145)
    before = etree.tostring(good)
    tried, taken = 0, []

    while tried < 200:
        root = deepcopy(good)
        told = mutate(root, dice)
        if etree.tostring(root) == before:
            continue  # moved to where it was
        tried += 1
        if read(door, etree.tostring(root), now=now) is not None:
            taken.append(told)

    assert taken == []


def read(door: Door, response: bytes, **asked: Any) -> Answer | None:
    """What is read in a response, if it is taken."""
    try:
        return door.read(encoded(response), **asked)
    except SamlRefused:
        return None


def test_changes_of_bytes_are_refused_or_change_nothing(door: Door) -> None:
    now = clock.now()
    good = etree.tostring(door.forge.tree(request_id=REQUEST, sign="both", now=now))
    expected = door.read(encoded(good), now=now)
    dice = random.Random(146)
    taken = 0

    for _time in range(200):
        place = dice.randrange(len(good))
        kind = dice.randrange(3)
        new = b"" if kind == 0 else bytes([dice.choice(b"aZ5<>&\"' \n!/=\xc3\x00")])
        bad = good[:place] + new + good[place + (kind != 2) :]
        answer = read(door, bad, now=now)
        assert answer in (None, expected), bad[max(0, place - 40) : place + 40]
        taken += answer is not None

    assert taken < 60  # the certificate, blanks: what nobody reads
