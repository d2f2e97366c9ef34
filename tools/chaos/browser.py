"""A browser that does not give up, as people do not: it asks the very same again."""

import http.client
import json
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

#: How long an answer may take, in seconds; how long one insists, and how long one waits in between.
PATIENCE, INSISTS, PAUSE = 45.0, 240.0, 0.7
_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')
#: Where those are led who are not logged in (any more).
_DOORS = ("/login", "/auth_needed")
#: How often a stale token is replaced before one gives up.
_STALE = 4
_FORM = "application/x-www-form-urlencoded"


class Unanswered(Exception):
    """Nobody answered for as long as one would insist."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def is_door(self) -> bool:
        """Whether it leads to the log-in, or says that one is not logged in."""
        path = urlsplit(self.location).path
        return self.status == 401 or (self.status in (302, 303) and path in _DOORS)


@dataclass(frozen=True, slots=True)
class Outrage:
    """An answer that nobody should get, whatever happens to the servers."""

    at: float
    what: str
    status: int
    said: str


@dataclass
class Watch:
    """What all browsers saw of the site."""

    outrages: list[Outrage] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    unanswered: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def see(self, what: str, answer: Answer) -> None:
        """Count an answer, and keep it if it is an outrage."""
        with self._lock:
            self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
            is_wrong = answer.status >= 500 and answer.status not in (502, 503)
            if is_wrong or (answer.status >= 400 and b"Traceback (most recent" in answer.body):
                said = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))[:300]
                self.outrages.append(Outrage(time.time(), what, answer.status, said))

    def miss(self) -> None:
        """Count a question that nobody answered."""
        with self._lock:
            self.unanswered += 1


class Browser:
    """Somebody at an address, as the proxy of the site would tell it."""

    def __init__(
        self, origin: str, watch: Watch, *, address: str, over: threading.Event | None = None
    ) -> None:
        self.origin, self.address = origin, address
        self._watch = watch
        self._over = over or threading.Event()
        self._cookies: dict[str, str] = {}
        self._token = ""
        self._login: tuple[str, str] | None = None

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page, once.

        Raises:
            OSError, http.client.HTTPException: Nobody answers.
        """
        return self._ask("GET", path, None, headers)

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send something, once, with the token of the pages.

        Raises:
            OSError, http.client.HTTPException: Nobody answers.
        """
        if not self._token:
            self._renew()
        return self._ask(method, path, body, {"X-CSRFToken": self._token, **headers})

    def post(self, path: str, data: Mapping[str, Any], **headers: str) -> Answer:
        """Send a form, once; a list is a name that is there several times.

        Raises:
            OSError, http.client.HTTPException: Nobody answers.
        """
        body = urlencode(data, doseq=True).encode()
        return self.send("POST", path, body, {"Content-Type": _FORM, **headers})

    def insist(self, ask: Callable[[], Answer], *, counts: Callable[[], object] = int) -> Answer:
        """Ask, until the answer is for good: not "later", not "log in first".

        Raises:
            Unanswered: Nobody answered so for long.
        """
        deadline = time.monotonic() + INSISTS
        stale = 0
        while True:
            counts()
            try:
                answer = ask()
                if answer.is_door and self._login is not None:
                    self.log_in(*self._login)
                elif answer.status == 403 and stale < _STALE:
                    stale += 1
                    self._renew()
                elif answer.status < 500 and answer.status != 429:
                    return answer
            except (OSError, http.client.HTTPException):
                self._watch.miss()
            if time.monotonic() > deadline or self._over.is_set():
                raise Unanswered
            time.sleep(PAUSE * random.uniform(0.5, 1.5))  # noqa: S311  # people are not in step

    def page(self, path: str) -> Answer:
        """A page, however often it must be asked for.

        Raises:
            Unanswered: Nobody answered.
        """
        return self.insist(lambda: self.get(path))

    def log_in(self, username: str, password: str) -> None:
        """Log in, and again whenever that is asked.

        Raises:
            OSError, http.client.HTTPException: Nobody answers; or the log-in is refused for now.
        """
        self._login = (username, password)
        self._renew()
        answer = self.post("/login", {"identifier": username, "password": password})
        if answer.status not in (302, 303) or answer.is_door:
            raise ConnectionError(f"{username} cannot log in: {answer.status}")
        self._renew()

    def forget(self) -> None:
        """Be nobody again."""
        self._cookies.clear()
        self._token = ""

    def _renew(self) -> None:
        found = _TOKEN.search(self.get("/legal").text)
        if found is None:
            raise ConnectionError("the page has no token")
        self._token = found[1]

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        place = urlsplit(path if "://" in path else self.origin + path)
        sent = {"X-Real-IP": self.address, "Accept-Encoding": "identity", **headers}
        is_ours = "://" not in path
        if self._cookies and is_ours:
            sent["Cookie"] = "; ".join(f"{n}={v}" for n, v in self._cookies.items())
        target = place.path + (f"?{place.query}" if place.query else "")
        connection = http.client.HTTPConnection(place.netloc, timeout=PATIENCE)
        try:
            connection.request(method, target, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.read(), dict(response.headers.items()))
        finally:
            connection.close()
        if is_ours:
            self._keep(response.headers.get_all("Set-Cookie") or ())
            self._watch.see(f"{method} {place.path}", answer)
        return answer

    def _keep(self, lines: Any) -> None:
        for line in lines:
            try:
                found = SimpleCookie(line)
            except CookieError:
                continue
            for name, morsel in found.items():
                if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                    self._cookies.pop(name, None)
                else:
                    self._cookies[name] = morsel.value
