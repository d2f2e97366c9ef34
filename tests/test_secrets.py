"""The detector detects: else its silence means nothing."""

import logging
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from lydia_sandbox.merchants import BAR, INTERNET
from tests import secrets
from tests.client import Client
from tests.secrets import Detector

pytestmark = pytest.mark.once

PHONES = [
    "0612345678",
    "06 12 34 56 78",
    "06.12.34.56.78",
    "07-12-34-56-78",
    "+33612345678",
    "+33 6 12 34 56 78",
    "0033612345678",
    "%2B33612345678",
    "06+12+34+56+78",
    '{"phone":0612345678}',
    "06\N{NO-BREAK SPACE}12\N{NO-BREAK SPACE}34\N{NO-BREAK SPACE}56\N{NO-BREAK SPACE}78",
]
HARMLESS = [
    "PEM-7-1795390200",
    "TX2026112300001",
    "0123456789",
    "2026-11-24T06:12:34.567",
    "2026-11-30 00:20:06.327976+00",
    "10.0.67.12",
    "3c:22:fb:06:12:34",
    "FR1420041010050500013M02606",
    "0f8fad5bd9cb469fa16570867728950e",
    "a0612345678b",
    "x.0612345678",
]


@pytest.fixture
def quiet() -> Iterator[logging.Logger]:
    """A logger that nobody listens to."""
    logger = logging.getLogger("tests.quiet")
    logger.propagate = False
    yield logger
    logger.handlers.clear()
    logger.propagate = True


@pytest.fixture
def detector(quiet: logging.Logger) -> Detector:
    detector = Detector()
    quiet.addHandler(detector)
    return detector


@pytest.mark.parametrize("phone", PHONES)
def test_a_phone_number_is_noticed_in_a_log(
    quiet: logging.Logger, detector: Detector, phone: str
) -> None:
    quiet.warning("asked of %s", phone)

    assert len(detector.found) == 1
    assert detector.found[0].startswith("tests.quiet wrote a phone number")


@pytest.mark.parametrize("token", sorted(secrets.TOKENS))
def test_a_token_is_noticed_in_a_log(quiet: logging.Logger, detector: Detector, token: str) -> None:
    quiet.warning("vendor_token=%s&amount=15.00", token)

    (found,) = detector.take()
    assert found.startswith("tests.quiet wrote a token")
    assert token not in found
    assert detector.take() == []


def test_a_signature_is_noticed_in_a_log(quiet: logging.Logger, detector: Detector) -> None:
    made = "00112233445566778899aabbccddeeff"
    quiet.warning('{"sig": "%s"}', made)
    quiet.warning("signature=%s", made)
    quiet.warning("only %s", made)
    assert len(detector.take()) == 2

    secrets.SIGNATURES.add(made)
    quiet.warning("only %s", made)
    secrets.SIGNATURES.remove(made)

    assert len(detector.take()) == 1


def test_a_secret_is_noticed_in_a_traceback(quiet: logging.Logger, detector: Detector) -> None:
    try:
        int(INTERNET.private_token)
    except ValueError:
        quiet.exception("it failed")

    assert len(detector.found) == 1


def test_a_secret_is_noticed_in_what_cannot_be_written(
    quiet: logging.Logger, detector: Detector
) -> None:
    detector.handle(quiet.makeRecord("tests.quiet", 20, "", 1, "%d", (BAR.vendor_token,), None))

    assert len(detector.found) == 1


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_a_secret_is_none(text: str) -> None:
    assert secrets.secret_in(f"see {text}, there") is None


@pytest.mark.parametrize("name", secrets.TALKATIVE)
def test_the_suite_reads_the_details_that_libraries_tell(leaks: Detector, name: str) -> None:
    logging.getLogger(name).debug("POST /?token=%s", BAR.private_token)

    assert len(leaks.take()) == 1


def test_a_page_that_holds_a_token_is_refused() -> None:
    page = f"<!doctype html><html lang=fr><title>x</title><p>{secrets.VENDOR}</p></html>"
    response = TestResponse(
        [page.encode()], "200 OK", Response(page, mimetype="text/html").headers, None
    )

    with pytest.raises(AssertionError, match="a token"):
        Client._read(response, 200)
