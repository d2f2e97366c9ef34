"""What strangers may post instead of a response (network-a 4.7)."""

import base64
import resource
import zlib

import pytest

from app.integrations.saml import SamlRefused
from app.integrations.saml.documents import LONGEST
from tests.integrations.saml.conftest import Door
from tests.saml.forge import SAMLP, encoded
from tests.timing import fastest

pytestmark = pytest.mark.once

START = f'<samlp:Response xmlns:samlp="{SAMLP}" ID="_1" Version="2.0"'
LAUGHS = "".join(f'<!ENTITY l{rank + 1} "{f"&l{rank};" * 10}">' for rank in range(9))
ATTRIBUTES = " ".join(f'a{rank}="x"' for rank in range(15_000))
BAD: dict[str, tuple[str, str]] = {
    "nothing": ("", "empty"),
    "blanks": (" \n ", "empty"),
    "percents": ("%%%", "not base64"),
    "letters of no base64": ("é" * 40, "not base64"),
    "base64 cut": (encoded(f"{START}/>".encode())[:-3], "not base64"),
    "deflated": (
        base64.b64encode(zlib.compress(f"{START}/>".encode())[2:-4]).decode(),
        "not UTF-8",
    ),
    "5 MB": ("A" * 5_000_000, "too long"),
    "256 kB and a little": (
        encoded(f"{START}>{' ' * LONGEST}</samlp:Response>".encode()),
        "too long",
    ),
    "nesting of 100 000": (encoded(b"<a>" * 100_000), "too long"),
    "nesting as deep as it goes": (encoded(b"<a>" * 87_000), "not well-formed"),
    "as many elements as it takes": (
        encoded(f"{START}>{'<a/>' * 60_000}</samlp:Response>".encode()),
        "too many elements",
    ),
    "as many attributes": (
        encoded(f"{START} {ATTRIBUTES}/>".encode()),
        "too many attributes",
    ),
    "DOCTYPE": (encoded(f"<!DOCTYPE x>{START}/>".encode()), "DOCTYPE"),
    "doctype in small letters": (encoded(f"<!doctype x>{START}/>".encode()), "DOCTYPE"),
    "billion laughs": (
        encoded(f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]>{START}>&l9;</samlp:Response>'.encode()),
        "DOCTYPE",
    ),
    "a file of ours": (
        encoded(
            f'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>{START}>&f;</samlp:Response>'.encode()
        ),
        "DOCTYPE",
    ),
    "entity of nowhere": (encoded(f"{START}>&x;</samlp:Response>".encode()), "not well-formed"),
    "UTF-7": (
        encoded(b'<?xml version="1.0" encoding="UTF-7"?>' + f"{START}/>".encode("utf-7")),
        "not UTF-8",
    ),
    "UTF-16": (encoded(f"{START}/>".encode("utf-16")), "not UTF-8"),
    "UTF-16 without a mark": (encoded(f"{START}/>".encode("utf-16-le")), "not well-formed"),
    "Latin-1": (
        encoded(f'<?xml version="1.0" encoding="latin-1"?>{START}/>'.encode()),
        "not UTF-8",
    ),
    "no XML": (encoded(b"hello"), "not well-formed"),
    "XML cut": (encoded(f"{START}>".encode()), "not well-formed"),
    "two roots": (encoded(f"{START}/>{START}/>".encode()), "not well-formed"),
    "an instruction": (
        encoded(f"{START}><?x y?></samlp:Response>".encode()),
        "processing instruction",
    ),
    "a request": (
        encoded(f"{START}/>".replace("Response", "AuthnRequest").encode()),
        "not a response",
    ),
    "a response of nothing": (encoded(f"{START}/>".encode()), "no status"),
    "a page": (encoded(b"<html><body>Moved</body></html>"), "not a response"),
}


@pytest.mark.parametrize("name", BAD)
def test_anything_else_is_refused(door: Door, name: str) -> None:
    response, reason = BAD[name]

    assert door.refusal(response) == reason


def test_it_takes_little_time_and_room(door: Door) -> None:
    def ask() -> None:
        for response, _reason in BAD.values():
            with pytest.raises(SamlRefused):
                door.service.request_of(response)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = fastest(ask, rounds=3)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert seconds < 0.15  # all of them: 50 ms would do for each
    assert after - before < 20_000  # kB


def test_a_response_may_be_written_on_several_lines(door: Door) -> None:
    response = door.respond()
    lines = [response[start : start + 76] for start in range(0, len(response), 76)]

    assert door.read("\r\n".join(lines))


def test_a_response_may_be_long(door: Door) -> None:
    services = [f"promo{number}" for number in range(500)]

    assert door.read(door.respond(services=services)).identity.services == tuple(services)
