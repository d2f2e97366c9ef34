"""Someone's browser, before the web server or before one machine alone."""

import http.client
import json
import re
from contextlib import closing
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.gateway.nginx import SITE
from tests.machines.lab import PORTS, Lab, Machine

_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """Keeps cookies, and the token of forms; *address* is what a machine is told by its proxy."""

    def __init__(self, lab: Lab, *, address: str = "192.0.2.1") -> None:
        self._lab, self._address = lab, address
        self.cookies: dict[str, str] = {}
        self.token = ""

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        at: Machine | None = None,
        **headers: str,
    ) -> Answer:
        """Ask the web server, or one machine."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with closing(self._connection(at, sent)) as connection:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, dict(response.headers.items()), response.read())
            for line in response.headers.get_all("Set-Cookie") or ():
                for name, morsel in SimpleCookie(line).items():
                    self.cookies[name] = morsel.value
        found = _TOKEN.search(answer.text)
        self.token = found[1] if found else self.token
        return answer

    def get(self, path: str, *, at: Machine | None = None) -> Answer:
        return self.ask("GET", path, at=at)

    def post(
        self, path: str, data: dict[str, str], *, at: Machine | None = None, **headers: str
    ) -> Answer:
        """Send a form."""
        kind = "application/x-www-form-urlencoded"
        sent = urlencode({"csrf_token": self.token, **data}).encode()
        more = {"Content_Type": kind, "X_CSRFToken": self.token, "Referer": f"https://{SITE}/"}
        more |= headers
        return self.ask("POST", path, sent, at=at, **more)

    def log_in(self, name: str, password: str, *, at: Machine | None = None) -> Answer:
        self.get("/login", at=at)
        answer = self.post("/login", {"identifier": name, "password": password}, at=at)
        if answer.status == http.HTTPStatus.SEE_OTHER:
            self.get("/legal", at=at)
        return answer

    def _connection(self, at: Machine | None, sent: dict[str, str]) -> http.client.HTTPConnection:
        if at is None:
            return self._lab.nginx.connect()
        sent |= {"Host": SITE, "X-Real-IP": self._address, "X-Forwarded-Proto": "https"}
        return http.client.HTTPConnection(at.address, PORTS, timeout=30)
