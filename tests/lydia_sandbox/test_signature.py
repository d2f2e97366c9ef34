import re

import pytest

from lydia_sandbox.merchants import BAR, INTERNET, merchants_from
from lydia_sandbox.signature import sign

pytestmark = pytest.mark.once

PRIVATE = "0123456789abcdef012345"
CANCEL = {
    "vendor_token": "58385365be57f651843810",
    "signed": "1",
    "request_id": "4242",
    "order_ref": "PEM-7-1795390200",
    "currency": "EUR",
    "amount": "15.00",
}


@pytest.mark.parametrize(
    ("parameters", "signature"),
    [
        (
            CANCEL | {"transaction_identifier": "TX2026112300001"},
            "862e33712072e4ec1a5ab125d51e5765",
        ),
        (CANCEL, "cc13465ff99c4ec91aa481362b25c73c"),
        (
            {"request_uuid": "0f8fad5bd9cb469fa16570867728950e", "amount": "15.00"},
            "06eee3bb8d62399888df48e590b0ebe4",
        ),
    ],
)
def test_a_signature_is_lydias(parameters: dict[str, str], signature: str) -> None:
    assert sign(parameters, PRIVATE) == signature


def test_tokens_that_nobody_chose_say_that_they_open_nothing() -> None:
    tokens = [token for one in (INTERNET, BAR) for token in (one.vendor_token, one.private_token)]

    assert len(set(tokens)) == 4
    assert all(re.fullmatch(r"sandbox[A-Za-z0-9]{15}", token) for token in tokens)
    assert merchants_from({"LYDIA_VENDOR_TOKEN": ""}) == (INTERNET, BAR)


def test_tokens_are_read_from_the_environment() -> None:
    environ = {
        "LYDIA_VENDOR_TOKEN": "a",
        "LYDIA_PRIVATE_TOKEN": "b",
        "LYDIA_BAR_VENDOR_TOKEN": "c",
        "LYDIA_BAR_PRIVATE_TOKEN": "d",
    }

    internet, bar = merchants_from(environ)

    assert (internet.vendor_token, internet.private_token) == ("a", "b")
    assert (bar.vendor_token, bar.private_token) == ("c", "d")
