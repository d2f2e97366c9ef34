"""A push service on this machine: it reads what it is sent, and answers as a test has it do."""

import json
import ssl
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import http_ece
import trustme
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from app.core import tokens
from app.integrations.push import PushService, make_pair
from app.models import PCeen, PushSubscription
from tests.factories.calendar import PushSubscriptionFactory

#: Three services, as browsers know them.
MOZILLA, GOOGLE, APPLE = (
    "updates.push.services.mozilla.com",
    "fcm.googleapis.com",
    "web.push.apple.com",
)

Answer = Callable[[BaseHTTPRequestHandler], None]


def base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def says(status: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content_Length": "0"} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return answer


@cache
def authority() -> trustme.CA:
    """Whom the site trusts, in tests."""
    return trustme.CA()


@dataclass
class Browser:
    """A browser that opens what is sealed for it."""

    host: str = MOZILLA
    path: str = "/wpush/v2/1"
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    secret: bytes = b"sixteen bytes..."

    @property
    def endpoint(self) -> str:
        return f"https://{self.host}{self.path}"

    @property
    def keys(self) -> dict[str, str]:
        point = self.private.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return {"p256dh": base64url(point), "auth": base64url(self.secret)}

    def of(self, pceen: PCeen, **columns: Any) -> PushSubscription:
        """Make it a device of someone."""
        made: PushSubscription = PushSubscriptionFactory(
            pceen=pceen,
            endpoint=self.endpoint,
            endpoint_hash=tokens.digest(self.endpoint),
            **self.keys,
            **columns,
        )
        return made

    def opened(self, body: bytes) -> dict[str, Any]:
        opened: dict[str, Any] = json.loads(
            http_ece.decrypt(
                body, private_key=self.private, auth_secret=self.secret, version="aes128gcm"
            )
        )
        return opened


@dataclass(frozen=True)
class Told:
    """What the service was sent."""

    host: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def claims(self) -> dict[str, Any]:
        """Who says that they send it, and until when that may be believed."""
        assert Vapid02.verify(self.headers["Authorization"])
        token = self.headers["Authorization"].split("t=")[1].split(",")[0]
        part = token.split(".")[1]
        claims: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return claims


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """Say nothing: who hangs up in the middle is what tests are about."""


class FakeService:
    """A push service, whatever its name: it answers 201 unless it is told otherwise."""

    def __init__(self, *names: str) -> None:
        self.told: list[Told] = []
        self.connections = 0
        #: What it answers, by the whole address, or by the host.
        self.answers: dict[str, Answer] = {}
        self.over = threading.Event()
        self._lock = threading.Lock()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        wanted = names or (MOZILLA, GOOGLE, APPLE)
        authority().issue_cert(*wanted).configure_cert(tls)
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def setup(self) -> None:
                with service._lock:
                    service.connections += 1
                self.request = tls.wrap_socket(
                    self.request, server_side=True, do_handshake_on_connect=False
                )
                super().setup()

            def finish(self) -> None:
                try:
                    super().finish()
                finally:
                    self.request.close()

            def do_POST(self) -> None:
                size = int(self.headers.get("Content-Length", 0))
                host = self.headers["Host"]
                told = Told(host, self.path, dict(self.headers), self.rfile.read(size))
                with service._lock:
                    service.told.append(told)
                known = service.answers
                answer = known.get(f"https://{host}{self.path}", known.get(host, says(201)))
                try:
                    answer(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._http = _Server(("127.0.0.1", 0), Handler)
        self.port = self._http.server_port
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def hangs(self, _handler: BaseHTTPRequestHandler) -> None:
        """Answer nothing until the end of the test."""
        self.over.wait(30)
        raise OSError

    def paths(self) -> list[str]:
        return [one.path for one in self.told]

    def end(self) -> None:
        self.over.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


@contextmanager
def listening(*names: str) -> Iterator[FakeService]:
    service = FakeService(*names)
    try:
        yield service
    finally:
        service.end()


def trusting() -> ssl.SSLContext:
    tls = ssl.create_default_context()
    authority().configure_trust(tls)
    return tls


def towards(service: FakeService, folder: Path, **fields: Any) -> PushService:
    """Web push with new keys, that finds that service wherever it looks."""
    path = folder / "vapid.pem"

    def here(_host: str) -> Sequence[str]:
        return ("127.0.0.1",)

    values: dict[str, Any] = {
        "public_key": make_pair(path),
        "private_key_path": path,
        "subject": "mailto:gri@example.org",
        "resolve": here,
        "is_public": lambda address: address == "127.0.0.1",
        "port": service.port,
        "make_tls": trusting,
        "patience": 5.0,
    }
    return PushService(**values | fields)
