"""A client of the benches: one connection that stays open, cookies, and how long answers take."""

import http.client
import json
import re
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

#: How long an answer may take, in seconds.
PATIENCE = 60
#: After how long a connection is left for another, in seconds: servers close those that are idle.
IDLE = 1
_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and how many seconds that took, from the question to the last byte."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """Somebody at an address, as the proxy of the site would tell it."""

    def __init__(self, origin: str, *, address: str = "192.0.2.1") -> None:
        self.origin = origin
        place = urlsplit(origin)
        self._connection = http.client.HTTPConnection(place.netloc, timeout=PATIENCE)
        self._headers = {"X-Real-IP": address, "Accept-Encoding": "identity"}
        self._cookies: dict[str, str] = {}
        self._used_at = time.perf_counter()
        self.token = ""

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", path)

    def post(self, path: str, data: Mapping[str, str], **headers: str) -> Answer:
        """Send a form; names of *headers* are written with ``_``."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        more["Content-Type"] = "application/x-www-form-urlencoded"
        more["X-CSRFToken"] = self.token
        return self._ask("POST", path, urlencode(data).encode(), more)

    def upload(self, path: str, data: Mapping[str, str], name: str, content: bytes) -> Answer:
        """Send a form with a file, called *name*."""
        edge = "limit-of-a-part"
        begins = f"--{edge}\r\nContent-Disposition: form-data; name="
        parts = [f'{begins}"{field}"\r\n\r\n{value}\r\n'.encode() for field, value in data.items()]
        head = f'{begins}"file"; filename="{name}"\r\n'
        parts += [head.encode(), b"Content-Type: image/jpeg\r\n\r\n", content]
        parts.append(f"\r\n--{edge}--\r\n".encode())
        sent = {"Content-Type": f"multipart/form-data; boundary={edge}", "X-CSRFToken": self.token}
        return self._ask("POST", path, b"".join(parts), sent)

    def twin(self) -> "Browser":
        """The same person in the same browser, on a connection of its own."""
        other = Browser(self.origin)
        other._headers, other.token = dict(self._headers), self.token
        other._cookies = dict(self._cookies)
        return other

    def as_bytes(self, path: str) -> bytes:
        """What is sent to ask for a page, for who sends it by themselves."""
        sent = {"Host": urlsplit(self.origin).netloc, **self._headers}
        if self._cookies:
            sent["Cookie"] = self.cookies
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()

    def log_in(self, username: str, password: str) -> None:
        """Log in, and keep the token of the pages.

        Raises:
            ValueError: If the site does not want them.
        """
        self.token = self._token_of("/login")
        sent = {"identifier": username, "password": password, "csrf_token": self.token}
        answer = self.post("/login", sent)
        if answer.status != http.HTTPStatus.SEE_OTHER:
            raise ValueError(f"{username} cannot log in: {answer.status}")
        self.token = self._token_of("/legal")

    @property
    def cookies(self) -> str:
        """Its cookies, as a header says them."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def _token_of(self, path: str) -> str:
        return token_in(self.get(path).body)

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        sent = {**self._headers, **(headers or {})}
        if self._cookies:
            sent["Cookie"] = self.cookies
        if time.perf_counter() - self._used_at > IDLE:
            self._connection.close()  # the next request opens it again
        begun = time.perf_counter()
        self._connection.request(method, path, body, sent)
        response = self._connection.getresponse()
        read = response.read()
        self._used_at = time.perf_counter()
        for line in response.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        return Answer(response.status, read, dict(response.headers.items()), self._used_at - begun)


def token_in(page: bytes) -> str:
    """The token that forms of a page are sent with.

    Raises:
        ValueError: If it has none.
    """
    found = _TOKEN.search(page.decode())
    if found is None:
        raise ValueError("the page has no token")
    return found[1]


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, over and over, in seconds."""

    p50: float
    p95: float
    count: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        ranked = sorted(seconds)
        rank = min(len(ranked) - 1, round(0.95 * (len(ranked) - 1)))
        return cls(statistics.median(ranked), ranked[rank], len(ranked))
