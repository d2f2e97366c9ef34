import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from urllib.parse import parse_qsl

import pytest

from lydia_sandbox import callbacks, store
from lydia_sandbox.callbacks import Deliverer, deliver_due, post
from lydia_sandbox.merchants import BAR, INTERNET, Merchant
from lydia_sandbox.signature import sign
from tests.lydia_sandbox.conftest import ASKED, NOON, Lydia, Time

pytestmark = pytest.mark.once

#: How long a thread may take, in seconds.
PATIENCE = 10


class Site(ThreadingHTTPServer):
    """A site that is called back: what it got, what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.got: Queue[tuple[str, str, dict[str, str]]] = Queue()
        self.answers = 204

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Visit(BaseHTTPRequestHandler):
    server: Site

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        pairs = parse_qsl(body, strict_parsing=True, keep_blank_values=True)
        assert len(dict(pairs)) == len(pairs)
        self.server.got.put((self.path, self.headers["Content-Type"], dict(pairs)))
        self.send_response(self.server.answers)
        self.send_header("Location", f"{self.server.url}/elsewhere")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.01,))
        thread.start()
        yield site
        site.shutdown()
        thread.join()


def end(lydia: Lydia, site: Site, outcome: str, *, merchant: Merchant = INTERNET) -> str:
    """Ask for a payment on behalf of *site*, and end it."""
    answer = lydia.do(
        vendor_token=merchant.vendor_token,
        confirm_url=f"{site.url}/confirm",
        cancel_url=f"{site.url}/cancel",
        expire_url=f"{site.url}/expire",
    )
    lydia.choose(answer["request_uuid"], outcome)
    return str(answer["request_id"])


def is_signed(fields: dict[str, str], merchant: Merchant = INTERNET) -> bool:
    signed = {name: value for name, value in fields.items() if name != "sig"}
    return fields["sig"] == sign(signed, merchant.private_token)


@pytest.mark.parametrize("merchant", [INTERNET, BAR])
def test_a_payment_is_confirmed(lydia: Lydia, site: Site, time: Time, merchant: Merchant) -> None:
    request_id = end(lydia, site, "pay", merchant=merchant)

    assert deliver_due(lydia.database, now=time) == 1

    path, kind, fields = site.got.get_nowait()
    assert (path, kind) == ("/confirm", "application/x-www-form-urlencoded")
    assert is_signed(fields, merchant)
    assert re.fullmatch(r"TX20261123[0-9]{10}", fields.pop("transaction_identifier"))
    assert re.fullmatch(r"[0-9a-f]{32}", fields.pop("sig"))
    assert fields == {
        "currency": "EUR",
        "request_id": request_id,
        "amount": "15.00",
        "signed": "1",
        "vendor_token": merchant.vendor_token,
        "order_ref": ASKED["order_ref"],
    }


@pytest.mark.parametrize("outcome", ["cancel", "expire"])
def test_what_is_not_paid_is_told(lydia: Lydia, site: Site, time: Time, outcome: str) -> None:
    end(lydia, site, outcome)

    deliver_due(lydia.database, now=time)

    path, _, fields = site.got.get_nowait()
    assert path == f"/{outcome}"
    assert is_signed(fields)
    assert "transaction_identifier" not in fields
    assert site.got.empty()


@pytest.mark.parametrize("outcome", ["refuse", "silent"])
def test_some_ends_are_told_to_nobody(lydia: Lydia, site: Site, time: Time, outcome: str) -> None:
    end(lydia, site, outcome)
    time.at += 24 * 3600

    assert deliver_due(lydia.database, now=time) == 0


def test_a_confirmation_may_come_twice_the_same(lydia: Lydia, site: Site, time: Time) -> None:
    end(lydia, site, "twice")

    deliver_due(lydia.database, now=time)

    assert site.got.get_nowait() == site.got.get_nowait()
    assert site.got.empty()


def test_a_late_confirmation_comes_after_a_minute(lydia: Lydia, site: Site, time: Time) -> None:
    end(lydia, site, "late")

    sent = []
    for seconds in (0, 59.9, 60, 60.1):
        time.at = NOON + seconds
        sent.append(deliver_due(lydia.database, now=time))

    assert sent == [0, 0, 1, 0]


def test_a_signature_may_be_wrong(lydia: Lydia, site: Site, time: Time) -> None:
    end(lydia, site, "bad_signature")

    deliver_due(lydia.database, now=time)

    _, _, fields = site.got.get_nowait()
    assert re.fullmatch(r"[0-9a-f]{32}", fields["sig"])
    assert not is_signed(fields)


def test_an_amount_may_be_wrong_and_signed(lydia: Lydia, site: Site, time: Time) -> None:
    end(lydia, site, "other_amount")

    deliver_due(lydia.database, now=time)

    _, _, fields = site.got.get_nowait()
    assert fields["amount"] == "16.00"
    assert is_signed(fields)


@pytest.mark.parametrize("status", [None, 503])
def test_a_site_that_is_not_there_is_called_again_later_and_later(
    lydia: Lydia, site: Site, time: Time, status: int | None
) -> None:
    end(lydia, site, "pay")
    tried = []
    for seconds in [*range(0, 3000, 10), 24 * 3600]:
        time.at = NOON + seconds
        if deliver_due(lydia.database, now=time, send=lambda url, body: status):
            tried.append(seconds)

    assert tried == [0, 10, 40, 160, 760, 1360, 1960, 2560]


@pytest.mark.parametrize("status", [200, 204, 302, 400, 403, 404, 500])
def test_any_other_answer_is_final(lydia: Lydia, site: Site, time: Time, status: int) -> None:
    site.answers = status
    end(lydia, site, "pay")

    deliver_due(lydia.database, now=time)
    time.at += 24 * 3600
    deliver_due(lydia.database, now=time)

    with store.opened(lydia.database) as connection:
        kept = connection.execute("SELECT attempts, last_status, sent_at FROM callback")
        assert kept.fetchall() == [(1, status, NOON)]
    assert site.got.qsize() == 1


def test_a_site_that_comes_back_is_told(lydia: Lydia, site: Site, time: Time) -> None:
    end(lydia, site, "pay")
    site.answers = 503
    deliver_due(lydia.database, now=time)
    site.answers = 204
    time.at += 10

    deliver_due(lydia.database, now=time)

    assert site.got.get_nowait() == site.got.get_nowait()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://a..b/", "http://127.0.0.1:99999/"])
def test_nobody_there_is_no_answer(url: str) -> None:
    assert post(url, "a=b") is None


def test_callbacks_are_sent_again_when_asked(lydia: Lydia, site: Site, time: Time) -> None:
    end(lydia, site, "pay")
    deliver_due(lydia.database, now=time)
    uuid = lydia.state(order_ref=ASKED["order_ref"])["request_uuid"]

    answer = lydia.browser.post(f"/sandbox/lydia/replay/{uuid}")
    deliver_due(lydia.database, now=time)

    assert (answer.status_code, answer.location) == (303, "/sandbox/lydia/")
    assert site.got.get_nowait() == site.got.get_nowait()
    assert lydia.browser.post("/sandbox/lydia/replay/nothing").status_code == 404


def test_a_thread_sends_what_is_due(
    lydia: Lydia, site: Site, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "PERIOD", 0.01)
    deliverer = Deliverer(lydia.database, now=time)
    deliverer.start()

    end(lydia, site, "pay")

    assert site.got.get(timeout=PATIENCE)[0] == "/confirm"
    deliverer.end()
    assert not deliverer.is_alive()
