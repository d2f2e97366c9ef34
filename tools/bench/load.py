"""Several connections that ask for a page over and over: a client that costs next to nothing."""

import selectors
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tools.loopback import Browser

CONNECTIONS = 8
_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass
class _Line:
    """A connection, and what came of the answer that it waits for."""

    socket: socket.socket
    received: bytearray = field(default_factory=bytearray)
    #: How long the answer is, once its head says so.
    expected: int = 0
    asked_at: float = 0


@dataclass
class Load:
    """What came of it."""

    #: How long each answer took, in seconds.
    times: list[float] = field(default_factory=list)
    failures: int = 0
    elapsed: float = 0

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.times) / self.elapsed if self.elapsed else 0


def ask(browser: Browser, path: str, *, seconds: float) -> Load:
    """Ask for *path* for so long, as that browser would, on eight connections at once."""
    place = urlsplit(browser.origin)
    request = browser.as_bytes(path)
    made = Load()
    with selectors.DefaultSelector() as ready:
        lines = [
            _Line(socket.create_connection((place.hostname, place.port)))
            for _ in range(CONNECTIONS)
        ]
        begun = time.perf_counter()
        for line in lines:
            ready.register(line.socket, selectors.EVENT_READ, line)
            _send(line, request)
        while (now := time.perf_counter()) - begun < seconds:
            for key, _events in ready.select(timeout=1):
                _receive(key.data, made, request)
        made.elapsed = now - begun
        for line in lines:
            line.socket.close()
    return made


def _send(line: _Line, request: bytes) -> None:
    line.received.clear()
    line.expected = 0
    line.asked_at = time.perf_counter()
    line.socket.sendall(request)


def _receive(line: _Line, made: Load, request: bytes) -> None:
    """Read what came; when the answer is whole, count it and ask again."""
    line.received += line.socket.recv(1 << 18)
    if not line.received:
        made.failures += 1
        return
    if not line.expected:
        head, found, _body = bytes(line.received).partition(_HEAD_ENDS)
        if not found:
            return
        line.expected = len(head) + len(_HEAD_ENDS) + _length(head)
    if len(line.received) >= line.expected:
        made.times.append(time.perf_counter() - line.asked_at)
        made.failures += not line.received.startswith(b"HTTP/1.1 200")
        _send(line, request)


def _length(head: bytes) -> int:
    lines = (one for one in head.lower().split(b"\r\n") if one.startswith(_LENGTH))
    return next((int(one[len(_LENGTH) :]) for one in lines), 0)
