"""Talking to push services for a while: what is known of each is kept, connections too.

Each connection is made to the very address that was checked, over TLS, and the certificate must
be that of the host. Nothing is followed, and nobody is waited for longer than agreed.
"""

import http.client
import socket
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

from app.core import clock
from app.integrations.push import answers
from app.integrations.push.addresses import BadEndpoint, Endpoint, NoAnswer
from app.integrations.push.answers import Answer, Fate
from app.integrations.push.keys import BadKeys, read_device
from app.integrations.push.service import HTTPS, InsideAddress, PushService

#: How long a service keeps what a device does not fetch; how long it may believe who we are.
TTL, BELIEVED = 24 * 3600, 11 * 3600
#: The longest answer that is read for the connection to serve again, in bytes.
_READ = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something for a device, and what takes the place of the same, told again."""

    endpoint: str
    p256dh: str
    auth: str
    body: bytes
    topic: str


class Line:
    """Sends messages until the end of the block, from any thread."""

    def __init__(self, service: PushService) -> None:
        self._service = service
        self._signer = service.signer()
        self._tls = service.make_tls()
        self._idle: dict[str, list[_Connection]] = defaultdict(list)
        self._found: dict[str, Sequence[str] | OSError | BadEndpoint] = {}
        self._signed: dict[str, str] = {}
        self._finding: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def __enter__(self) -> "Line":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.close()

    def send(self, message: Message) -> Answer:
        """Send a message, once; say what became of it."""
        until = time.monotonic() + self._service.patience
        try:
            endpoint = self._service.endpoint(message.endpoint)
            body = sealed(message)
            found = self._find(endpoint.host)
        except (InsideAddress, NoAnswer) as error:
            return Answer(Fate.failed, str(error))
        except (BadEndpoint, BadKeys) as error:
            return Answer(Fate.refused, str(error))
        letter = _Letter(endpoint.path, self._headers(endpoint, message.topic), body)
        known = self._take(endpoint.host)
        if known is not None:
            with suppress(_Closed):  # it stayed unused too long: a new one is made
                return self._exchange(known, letter, until)
        fresh = _Connection(endpoint.host, found, self._service.port, self._tls)
        try:
            return self._exchange(fresh, letter, until)
        except _Closed:
            return Answer(Fate.failed, "no answer: hung up")

    def _exchange(self, connection: "_Connection", letter: "_Letter", until: float) -> Answer:
        """Ask, and read the answer.

        Raises:
            _Closed: If the other side ended the connection rather than answer.
        """
        connection.until, connection.hung = until, False
        patience = threading.Timer(until - time.monotonic(), connection.hang_up)
        patience.daemon = True
        patience.start()
        keeps = False
        try:
            answer, keeps = connection.exchange(letter)
        except (http.client.HTTPException, OSError, ValueError) as error:
            if connection.hung or isinstance(error, TimeoutError):
                return Answer(Fate.hung, "no answer in time")
            if isinstance(error, ConnectionError | ssl.SSLEOFError):
                raise _Closed from None
            return Answer(Fate.failed, f"no answer: {type(error).__name__}")
        finally:
            patience.cancel()
            if keeps and not connection.hung:
                with self._lock:
                    self._idle[connection.host].append(connection)
            else:
                connection.close()
        return answer

    def _take(self, host: str) -> "_Connection | None":
        with self._lock:
            return self._idle[host].pop() if self._idle[host] else None

    def _find(self, host: str) -> Sequence[str]:
        """The addresses of a host: looked for once, whoever asks meanwhile."""
        with self._lock:
            finding = self._finding[host]
        with finding:
            if host not in self._found:
                try:
                    self._found[host] = self._service.find(host)
                except (OSError, BadEndpoint) as error:
                    self._found[host] = error
            found = self._found[host]
        if isinstance(found, Exception):
            raise found
        return found

    def _headers(self, endpoint: Endpoint, topic: str) -> dict[str, str]:
        return {
            "Authorization": self._signature(endpoint.origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL),
            "Topic": topic,
            "Urgency": "high",
        }

    def _signature(self, origin: str) -> str:
        """Who we are, for a service: signed once."""
        with self._lock:
            if origin not in self._signed:
                claims = {
                    "aud": origin,
                    "sub": self._service.subject,
                    "exp": int(clock.now().timestamp()) + BELIEVED,
                }
                self._signed[origin] = str(self._signer.sign(claims)["Authorization"])
            return self._signed[origin]


def sealed(message: Message) -> bytes:
    """What a message is for who carries it: only the device reads it.

    Raises:
        BadKeys: If those of the device are none.
    """
    keys = read_device(message.p256dh, message.auth)
    own = ec.generate_private_key(ec.SECP256R1())
    made = http_ece.encrypt(
        message.body, private_key=own, dh=keys.point, auth_secret=keys.secret, version="aes128gcm"
    )
    return bytes(made)


class _Closed(Exception):
    """The other side ended the connection rather than answer."""


@dataclass(frozen=True, slots=True)
class _Letter:
    path: str
    headers: dict[str, str]
    body: bytes


class _Connection(http.client.HTTPSConnection):
    """A connection to a host at an address that was checked: no name is looked up again."""

    def __init__(self, host: str, found: Sequence[str], port: int, tls: ssl.SSLContext) -> None:
        super().__init__(host, HTTPS, context=tls)
        self._addresses, self._at, self._tls = found, port, tls
        #: When to give up, on the clock that only goes forward.
        self.until = 0.0
        self.hung = False

    def exchange(self, letter: _Letter) -> tuple[Answer, bool]:
        """Ask, read the answer, and say whether the connection may serve again."""
        if self.sock is not None:
            self.sock.settimeout(self._left())
        self.request("POST", letter.path, letter.body, letter.headers)
        response = self.getresponse()
        status, retry_after = response.status, response.headers.get("Retry-After")
        response.read(_READ)
        return answers.read(status, retry_after), response.isclosed() and not response.will_close

    def connect(self) -> None:
        raw = self._reached()
        raw.settimeout(self._left())
        self.sock = self._tls.wrap_socket(
            raw, server_hostname=self.host, do_handshake_on_connect=False
        )
        if self.hung:
            raise TimeoutError
        self.sock.do_handshake()

    def hang_up(self) -> None:
        """End what is too long in coming."""
        self.hung = True
        with suppress(OSError, TypeError):
            # as a plain socket: what a thread reads from it then ends
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def _reached(self) -> socket.socket:
        """A socket to the first address that answers; each has its share of the time."""
        *others, last = self._addresses
        for tried, address in enumerate(others):
            share = self._left() / (len(self._addresses) - tried)
            with suppress(OSError):
                return socket.create_connection((address, self._at), timeout=share)
        return socket.create_connection((last, self._at), timeout=self._left())

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
