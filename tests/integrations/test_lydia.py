"""Lydia's client: what it sends, what it believes, and all that a server may do to it."""

import json
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pydantic import SecretStr

from app.enums import PaymentMethod, PaymentType
from app.integrations import lydia as module
from app.integrations.lydia import (
    Accepted,
    Lydia,
    LydiaAway,
    LydiaUnsure,
    Merchant,
    Order,
    make_lydia,
    sign,
)
from app.settings import LydiaSettings
from lydia_sandbox import signature as theirs
from lydia_sandbox.merchants import BAR, INTERNET
from tests import secrets
from tests.conftest import settings_of

pytestmark = pytest.mark.once

MERCHANTS = {
    PaymentType.internet: Merchant(secrets.VENDOR, SecretStr(secrets.PRIVATE)),
    PaymentType.bar: Merchant(secrets.BAR_VENDOR, SecretStr(secrets.BAR_PRIVATE)),
}
PHONE, EMAIL = "0612345678", "ada@example.org"
UUID = "0f8fad5bd9cb469fa16570867728950e"
ORDER = Order(
    type=PaymentType.internet,
    method=PaymentMethod.lydia,
    amount_cents=1500,
    recipient=PHONE,
    message="Offre Internet 12 mois",
    order_ref="PEM-7-1795390200",
    confirm_url="https://pem.example.org/payments/lydia_callback/confirm",
    cancel_url="https://pem.example.org/payments/lydia_callback/cancel",
    success_url="https://pem.example.org/payments/lydia/success?payment=7",
    fail_url="https://pem.example.org/payments/lydia/fail?payment=7",
)
BY_CARD = Order(
    **{name: getattr(ORDER, name) for name in Order.__slots__}
    | {"method": PaymentMethod.card, "recipient": EMAIL, "amount_cents": 5}
)
SENT = {
    "vendor_token": secrets.VENDOR,
    "amount": "15.00",
    "currency": "EUR",
    "recipient": PHONE,
    "type": "phone",
    "message": "Offre Internet 12 mois",
    "order_ref": "PEM-7-1795390200",
    "notify_collector": "no",
    "display_confirmation": "no",
    "confirm_url": ORDER.confirm_url,
    "cancel_url": ORDER.cancel_url,
    "expire_url": ORDER.cancel_url,
    "end_mobile_url": ORDER.success_url,
    "browser_success_url": ORDER.success_url,
    "browser_fail_url": ORDER.fail_url,
    "payment_method": "lydia",
}

Answer = Callable[[BaseHTTPRequestHandler], None]


def says(body: object, *, status: int = 200, **headers: str) -> Answer:
    """An answer: text as it is, anything else in JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content_Length": str(len(raw))} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(raw)

    return answer


def drips(head: bytes, drop: bytes, *, every: float, until: threading.Event) -> Answer:
    """An answer that begins, and of which a little comes now and then, for ever."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        while not until.wait(every):
            handler.wfile.write(drop)
            handler.wfile.flush()

    return answer


class Server:
    """Someone who answers in the place of Lydia, as the test has them do."""

    def __init__(self) -> None:
        self.answer: Answer = says({"error": "0", "request_uuid": UUID, "request_id": "4242"})
        #: The requests that came: path, type of content, parameters in order.
        self.asked: list[tuple[str, str | None, list[tuple[str, str]]]] = []
        self.over = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                fields = parse_qsl(self.rfile.read(size).decode(), keep_blank_values=True)
                server.asked.append((self.path, self.headers.get("Content-Type"), fields))
                try:
                    server.answer(self)
                except OSError:
                    self.close_connection = True  # whoever asked is gone

            do_GET = do_POST  # noqa: N815  # a name of theirs

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_port}/somewhere"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.end()


@pytest.fixture
def lydia(server: Server) -> Lydia:
    return Lydia(server.address, MERCHANTS)


@pytest.fixture
def hasty(server: Server, monkeypatch: pytest.MonkeyPatch) -> Lydia:
    """One who waits for a third of a second."""
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    return Lydia(server.address, MERCHANTS)


@pytest.fixture(autouse=True)
def _every_detail_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("app", "urllib3"):
        caplog.set_level(logging.DEBUG, name)


def is_quiet(caplog: pytest.LogCaptureFixture, error: BaseException | None = None) -> bool:
    """Whether nobody wrote a token, a phone number or an e-mail address."""
    texts = [caplog.text]
    if error is not None:
        texts += [str(error), repr(error), "".join(traceback.format_exception(error))]
    return not any(secrets.secret_in(text) or EMAIL in text for text in texts)


def test_the_signatures_are_those_that_lydia_documents() -> None:
    confirm = {
        "amount": "15.00",
        "currency": "EUR",
        "order_ref": "PEM-7-1795390200",
        "request_id": "4242",
        "signed": "1",
        "transaction_identifier": "TX2026112300001",
        "vendor_token": secrets.VENDOR,
    }
    cancel = {name: confirm[name] for name in confirm if name != "transaction_identifier"}
    state = {"request_uuid": UUID, "amount": "15.00"}
    token = SecretStr(secrets.PRIVATE)

    assert sign(confirm, token) == "862e33712072e4ec1a5ab125d51e5765"
    assert sign(dict(reversed(confirm.items())), token) == "862e33712072e4ec1a5ab125d51e5765"
    assert sign(cancel, token) == "cc13465ff99c4ec91aa481362b25c73c"
    assert sign(state, token) == "06eee3bb8d62399888df48e590b0ebe4"


def test_a_signature_is_of_one_merchant_and_of_every_parameter(lydia: Lydia) -> None:
    said = {"amount": "15.00", "request_uuid": UUID}
    good = theirs.sign(said, secrets.PRIVATE)
    bar = theirs.sign(said, secrets.BAR_PRIVATE)

    assert lydia.is_signed(PaymentType.internet, said, good)
    assert lydia.is_signed(PaymentType.bar, said, bar)
    assert not lydia.is_signed(PaymentType.internet, said, bar)
    assert not lydia.is_signed(PaymentType.bar, said, good)
    assert not lydia.is_signed(PaymentType.internet, said | {"amount": "15.01"}, good)
    for wrong in (good.upper(), good[:-1], "", f"{good} ", "é" * 32, f"{good}0"):
        assert not lydia.is_signed(PaymentType.internet, said, wrong)


def test_nothing_is_signed_by_a_merchant_that_is_not_there() -> None:
    alone = Lydia("http://127.0.0.1:9", {PaymentType.internet: MERCHANTS[PaymentType.internet]})
    said = {"amount": "15.00", "request_uuid": UUID}

    assert not alone.takes(PaymentType.bar)
    assert alone.vendor_token(PaymentType.bar) is None
    assert not alone.is_signed(PaymentType.bar, said, theirs.sign(said, secrets.BAR_PRIVATE))
    assert not alone.is_signed(PaymentType.bar, said, theirs.sign(said, ""))


# do.json


def test_what_is_asked_of_lydia_is_what_it_documents_and_nothing_else(
    server: Server, lydia: Lydia, caplog: pytest.LogCaptureFixture
) -> None:
    accepted = lydia.request(ORDER)

    assert accepted == Accepted(UUID, "4242")
    ((path, content_type, fields),) = server.asked
    assert path == "/somewhere/api/request/do.json"
    assert content_type == "application/x-www-form-urlencoded"
    assert dict(fields) == SENT
    assert len(fields) == len(SENT)
    assert is_quiet(caplog)


def test_a_card_is_asked_for_by_mail(
    server: Server, lydia: Lydia, caplog: pytest.LogCaptureFixture
) -> None:
    lydia.request(BY_CARD)

    ((_path, _type, fields),) = server.asked
    assert dict(fields) == SENT | {
        "recipient": EMAIL,
        "type": "email",
        "payment_method": "cb",
        "amount": "0.05",
    }
    assert is_quiet(caplog)


def test_the_bar_asks_in_its_own_name(server: Server, lydia: Lydia) -> None:
    values = {name: getattr(ORDER, name) for name in Order.__slots__}
    lydia.request(Order(**values | {"type": PaymentType.bar, "message": "é" * 300}))

    ((_path, _type, fields),) = server.asked
    assert dict(fields)["vendor_token"] == secrets.BAR_VENDOR
    assert dict(fields)["message"] == "é" * 255


@pytest.mark.parametrize(
    ("cents", "amount"), [(1, "0.01"), (100, "1.00"), (1510, "15.10"), (99999900, "999999.00")]
)
def test_amounts_have_a_dot_and_two_decimals(
    server: Server, lydia: Lydia, cents: int, amount: str
) -> None:
    values = {name: getattr(ORDER, name) for name in Order.__slots__}
    lydia.request(Order(**values | {"amount_cents": cents}))

    assert dict(server.asked[0][2])["amount"] == amount


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ({"error": 0, "request_uuid": UUID}, Accepted(UUID, None)),
        ({"error": "0", "request_uuid": UUID, "request_id": 4242}, Accepted(UUID, "4242")),
        ({"error": "0", "request_uuid": UUID, "request_id": ""}, Accepted(UUID, None)),
        ({"error": "0", "request_uuid": UUID, "request_id": "<b>"}, Accepted(UUID, None)),
        ({"error": "0", "request_uuid": UUID, "request_id": ["1"]}, Accepted(UUID, None)),
    ],
)
def test_lydia_says_yes(
    server: Server, lydia: Lydia, answer: dict[str, Any], accepted: Accepted
) -> None:
    server.answer = says(answer)

    assert lydia.request(ORDER) == accepted


NOT_A_YES: dict[str, Answer] = {
    "error 3": says({"error": "3", "message": f"{PHONE} {EMAIL} {secrets.VENDOR}"}),
    "an error that is a text": says({"error": f"{PHONE} is unknown to {secrets.VENDOR}"}),
    "no error": says({"request_uuid": UUID}),
    "error null": says({"error": None, "request_uuid": UUID}),
    "error false": says({"error": False, "request_uuid": UUID}),
    "no uuid": says({"error": "0"}),
    "an empty uuid": says({"error": "0", "request_uuid": ""}),
    "uuid null": says({"error": "0", "request_uuid": None}),
    "a uuid that is a path": says({"error": "0", "request_uuid": "../../admin"}),
    "a uuid that is an address": says({"error": "0", "request_uuid": "x@evil.example"}),
    "a uuid with a line end": says({"error": "0", "request_uuid": f"{UUID}\n"}),
    "a uuid too long": says({"error": "0", "request_uuid": "a" * 65}),
    "a uuid that is a list": says({"error": "0", "request_uuid": [UUID]}),
    "HTML": says(b"<!doctype html><title>Lydia</title><h1>Back soon</h1>"),
    "HTML that fails": says(b"<h1>Oops</h1>", status=500),
    "a yes that fails": says({"error": "0", "request_uuid": UUID}, status=500),
    "created": says({"error": "0", "request_uuid": UUID}, status=201),
    "no content": says(b"", status=204),
    "too many requests": says({"error": "0"}, status=429, Retry_After="0"),
    "unavailable": says({"error": "0"}, status=503, Retry_After="0"),
    "nothing": says(b""),
    "a list": says([{"error": "0", "request_uuid": UUID}]),
    "a text": says("0"),
    "a number": says(0),
    "null": says(None),
    "half of it": says(b'{"error": "0", "request_uuid": "'),
    "no UTF-8": says(b'{"error": "0", "request_uuid": "\xff\xfe"}'),
    "very deep": says(b"[" * 60_000),
    "a number without end": says(b"1" * 60_000),
    "huge": says(b" " * 1_000_000 + b'{"error": "0", "request_uuid": "a"}'),
    "cut short": says(b'{"error": "0"}', Content_Length="4000", Connection="close"),
    "packed, and not": says(b"not packed", Content_Encoding="gzip"),
    "elsewhere": says(b"", status=302, Location="/somewhere/else"),
    "elsewhere, again": says(b"", status=307, Location="/somewhere/else"),
    "elsewhere, for ever": says(b"", status=308, Location="https://evil.example/"),
    "not HTTP": lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n"),  # type: ignore[dict-item, return-value]
    "hung up": lambda handler: handler.connection.close(),
}


@pytest.mark.parametrize("answer", NOT_A_YES.values(), ids=NOT_A_YES)
def test_anything_else_is_no_yes_and_tells_nothing(
    server: Server, hasty: Lydia, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    server.answer = answer

    with pytest.raises(LydiaAway) as raised:
        hasty.request(ORDER)

    assert is_quiet(caplog, raised.value)
    assert len(server.asked) == 1, "it was asked again, or elsewhere"


def test_the_error_code_of_lydia_is_told(server: Server, lydia: Lydia) -> None:
    server.answer = says({"error": "3", "message": "refused"})

    with pytest.raises(LydiaAway, match="error 3"):
        lydia.request(ORDER)


def test_the_status_of_lydia_is_told(server: Server, lydia: Lydia) -> None:
    server.answer = says(b"", status=502)

    with pytest.raises(LydiaAway, match="502"):
        lydia.request(ORDER)


def test_nobody_is_at_the_other_end(caplog: pytest.LogCaptureFixture) -> None:
    server = Server()
    server.end()

    with pytest.raises(LydiaAway) as raised:
        Lydia(server.address, MERCHANTS).request(ORDER)

    assert is_quiet(caplog, raised.value)


def test_a_name_that_nobody_has(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(LydiaAway) as raised:
        Lydia("http://lydia.invalid", MERCHANTS).request(ORDER)

    assert is_quiet(caplog, raised.value)


def test_lydia_is_waited_for_five_seconds_and_no_more(
    server: Server, lydia: Lydia, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = lambda _handler: server.over.wait(10) and None
    began = time.monotonic()

    with pytest.raises(LydiaAway, match="no answer") as raised:
        lydia.request(ORDER)

    assert 4.5 < time.monotonic() - began < 6
    assert is_quiet(caplog, raised.value)


def test_an_answer_that_never_ends_is_not_waited_for(server: Server, hasty: Lydia) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    server.answer = drips(head, b" ", every=0.05, until=server.over)
    began = time.monotonic()

    with pytest.raises(LydiaAway, match="no answer"):
        hasty.request(ORDER)

    assert time.monotonic() - began < 1.5


def test_an_answer_in_pieces_that_never_ends_is_not_waited_for(
    server: Server, hasty: Lydia
) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.answer = drips(head, b"1\r\n \r\n", every=0.05, until=server.over)
    began = time.monotonic()

    with pytest.raises(LydiaAway, match="no answer"):
        hasty.request(ORDER)

    assert time.monotonic() - began < 1.5


def test_an_endless_flood_is_cut(server: Server, lydia: Lydia) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    server.answer = drips(head, b" " * 65_536, every=0, until=server.over)
    began = time.monotonic()

    with pytest.raises(LydiaAway, match="no answer"):
        lydia.request(ORDER)

    assert time.monotonic() - began < 3


def test_an_answer_in_pieces_is_read(server: Server, lydia: Lydia) -> None:
    text = json.dumps({"error": "0", "request_uuid": UUID, "filler": "x" * 20_000}).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for first in range(0, len(text), 700):
            part = text[first : first + 700]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        handler.wfile.write(b"0\r\n\r\n")

    server.answer = answer

    assert lydia.request(ORDER).uuid == UUID


def test_it_asks_again_after_a_failure(server: Server, lydia: Lydia) -> None:
    server.answer = says(b"", status=500)
    with pytest.raises(LydiaAway):
        lydia.request(ORDER)

    server.answer = says({"error": "0", "request_uuid": UUID})

    assert lydia.request(ORDER).uuid == UUID


# state.json


def state(code: object = "1", *, token: str = secrets.PRIVATE, **changes: object) -> dict[str, Any]:
    """What Lydia answers of a request that was paid, signed."""
    said = {"amount": "15.00", "request_uuid": UUID}
    said |= {name: str(value) for name, value in changes.items() if name in said}
    answer = said | {"state": code, "signature": theirs.sign(said, token)}
    return answer | {name: value for name, value in changes.items() if name not in said}


def ask(lydia: Lydia, uuid: str | None = UUID) -> Any:
    return lydia.state(PaymentType.internet, uuid=uuid, order_ref="PEM-7-1795390200")


def test_lydia_is_asked_by_its_own_number(server: Server, lydia: Lydia) -> None:
    server.answer = says(state())

    found = ask(lydia)

    assert (found.code, found.amount_cents, found.uuid) == ("1", 1500, UUID)
    ((path, _type, fields),) = server.asked
    assert path == "/somewhere/api/request/state.json"
    assert fields == [("vendor_token", secrets.VENDOR), ("request_uuid", UUID)]


def test_lydia_is_asked_by_our_reference_without_its_number(server: Server, lydia: Lydia) -> None:
    server.answer = says(state())

    assert ask(lydia, uuid=None).uuid == UUID
    assert server.asked[0][2] == [
        ("vendor_token", secrets.VENDOR),
        ("order_ref", "PEM-7-1795390200"),
    ]


@pytest.mark.parametrize("code", [0, "0", 1, "1", 5, "6", "42", "paid"])
def test_the_state_is_a_number_or_its_text(server: Server, lydia: Lydia, code: object) -> None:
    server.answer = says(state(code))

    assert ask(lydia).code == str(code)


@pytest.mark.parametrize("amount", [15, 15.0])
def test_an_amount_that_is_a_number_is_signed_with_two_decimals(
    server: Server, lydia: Lydia, amount: float
) -> None:
    server.answer = says(state() | {"amount": amount})

    assert ask(lydia).amount_cents == 1500


def test_what_is_kept_of_a_state_holds_no_secret(
    server: Server, lydia: Lydia, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = says(
        state(
            vendor_token=secrets.VENDOR,
            sig="0" * 32,
            recipient=PHONE,
            payer={"phone": PHONE, "email": EMAIL},
        )
    )

    body = ask(lydia).body

    assert json.loads(body)["state"] == "1"
    assert secrets.secret_in(body) is None
    assert EMAIL not in body
    assert is_quiet(caplog)


def test_what_is_kept_of_a_state_can_be_written(server: Server, lydia: Lydia) -> None:
    odd = {"order_ref": "é\ud800\0" * 900, "error": ["no text"], "unknown": "x" * 9000}
    server.answer = says(state(**odd))

    body = ask(lydia).body

    assert len(body.encode()) <= 4096
    assert "\0" not in body


UNSURE: dict[str, dict[str, Any]] = {
    "signed by the bar": state(token=secrets.BAR_PRIVATE),
    "signed by nobody": state(token=""),
    "another amount than signed": state() | {"amount": "16.00"},
    "another request than signed": state() | {"request_uuid": "0" * 32},
    "upper case": state() | {"signature": state()["signature"].upper()},
    "a signature that is a list": state() | {"signature": [state()["signature"]]},
    "another request, well signed": state(request_uuid="0" * 32),
    "an amount that is none, well signed": state(amount="NaN"),
    "an amount of infinity, well signed": state(amount="Infinity"),
    "half a cent, well signed": state(amount="15.005"),
    "an amount too large to write, well signed": state(amount="1e999999"),
}
SILENT: dict[str, dict[str, Any]] = {
    "no signature": {name: value for name, value in state().items() if name != "signature"},
    "signature null": state() | {"signature": None},
    "no state": {name: value for name, value in state().items() if name != "state"},
    "state null": state(None),
    "state true": state(True),  # noqa: FBT003
    "an error": {"error": "1", "message": "Unknown request."},
    "an error that is a text": {"error": f"{secrets.VENDOR} {PHONE}"},
    "no amount": {name: value for name, value in state().items() if name != "amount"},
    "amount null": state() | {"amount": None},
}


@pytest.mark.parametrize("answer", UNSURE.values(), ids=UNSURE)
def test_a_state_that_its_signature_does_not_vouch_for_is_not_believed(
    server: Server, lydia: Lydia, caplog: pytest.LogCaptureFixture, answer: dict[str, Any]
) -> None:
    server.answer = says(answer)

    with pytest.raises(LydiaUnsure) as raised:
        ask(lydia)

    assert is_quiet(caplog, raised.value)


@pytest.mark.parametrize("answer", SILENT.values(), ids=SILENT)
def test_what_says_no_state_is_no_state(
    server: Server, lydia: Lydia, caplog: pytest.LogCaptureFixture, answer: dict[str, Any]
) -> None:
    server.answer = says(answer)

    with pytest.raises(LydiaAway) as raised:
        ask(lydia)

    assert is_quiet(caplog, raised.value)


@pytest.mark.parametrize("answer", NOT_A_YES.values(), ids=NOT_A_YES)
def test_anything_else_is_no_state_and_tells_nothing(
    server: Server, hasty: Lydia, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    server.answer = answer

    with pytest.raises(LydiaAway) as raised:
        ask(hasty)

    assert is_quiet(caplog, raised.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize("uuid", ["", "a" * 65, "a&b=c", "../x"])
def test_a_number_of_lydia_that_was_lost_is_found_only_if_it_can_be_one(
    server: Server, lydia: Lydia, uuid: str
) -> None:
    server.answer = says(state(request_uuid=uuid))

    with pytest.raises(LydiaAway):
        ask(lydia, uuid=None)


# Where people pay, and who is paid here


def test_the_page_of_a_payment_is_that_of_its_method(lydia: Lydia, server: Server) -> None:
    page = f"{server.address}/collect/payment/{UUID}"

    assert lydia.page_of(UUID, PaymentMethod.lydia) == f"{page}/lydia"
    assert lydia.page_of(UUID, PaymentMethod.card) == f"{page}/cb"
    assert lydia.page_of(UUID) == f"{page}/auto"


def made(**values: Any) -> Lydia | None:
    return make_lydia(settings_of("sqlite://", lydia=LydiaSettings(**values)))


def test_nobody_takes_money_without_an_address_or_without_tokens() -> None:
    address = "https://lydia.example.org"

    assert made() is None
    assert made(vendor_token=secrets.VENDOR, private_token=secrets.PRIVATE) is None
    assert made(base_url=address) is None
    assert made(base_url=address, vendor_token=secrets.VENDOR) is None
    assert made(base_url=address, private_token=secrets.PRIVATE) is None


def test_one_pair_of_tokens_serves_one_kind_of_payment() -> None:
    given = {"base_url": "https://lydia.example.org/"}
    internet = {"vendor_token": secrets.VENDOR, "private_token": secrets.PRIVATE}
    bar = {"bar_vendor_token": secrets.BAR_VENDOR, "bar_private_token": secrets.BAR_PRIVATE}

    for pairs, internet_takes, bar_takes in (
        (internet, True, False),
        (bar, False, True),
        (internet | bar, True, True),
    ):
        lydia = made(**given, **pairs)
        assert lydia is not None
        assert lydia.takes(PaymentType.internet) is internet_takes
        assert lydia.takes(PaymentType.bar) is bar_takes
        assert lydia.page_of(UUID) == f"https://lydia.example.org/collect/payment/{UUID}/auto"


def test_the_sandbox_takes_the_money_of_both_with_tokens_of_its_own() -> None:
    lydia = made(base_url="sandbox")

    assert lydia is not None
    assert lydia.vendor_token(PaymentType.internet) == INTERNET.vendor_token
    assert lydia.vendor_token(PaymentType.bar) == BAR.vendor_token
    assert lydia.page_of(UUID).startswith("http://127.0.0.1:5001/sandbox/lydia/")


def test_nothing_of_lydia_shows_a_private_token(lydia: Lydia) -> None:
    shown = f"{lydia!r} {MERCHANTS!r} {vars(lydia)!r}"

    assert secrets.PRIVATE not in shown
    assert secrets.BAR_PRIVATE not in shown
