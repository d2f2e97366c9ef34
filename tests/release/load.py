"""Clients that ask all along, each on a connection that stays open, and what failed them."""

import http.client
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from itertools import cycle

Connect = Callable[[], http.client.HTTPConnection]
_TOKEN = re.compile(rb'<meta name="csrf-token" content="([^"]+)"')


class Client:
    """One of them: a cookie, a token, and a connection for as long as the server leaves it."""

    def __init__(self, connect: Connect, host: str) -> None:
        self._connect, self._host = connect, host
        self._connection: http.client.HTTPConnection | None = None
        self._cookies: dict[str, str] = {}
        self._token = ""

    def ask(self, method: str, path: str) -> tuple[int, bytes]:
        """Ask once, and never again: a request that is lost is lost."""
        if self._connection is None:
            self._connection = self._connect()
        headers = {"Host": self._host}
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={one}" for name, one in self._cookies.items())
        if method == "POST":
            headers["X-CSRFToken"] = self._token
        try:
            self._connection.request(method, path, headers=headers)
            response = self._connection.getresponse()
            body = response.read()
        except BaseException:
            self.close()
            raise
        for set_cookie in response.headers.get_all("Set-Cookie", []):
            jar = SimpleCookie(set_cookie)
            self._cookies.update({name: one.value for name, one in jar.items()})
        if found := _TOKEN.search(body):
            self._token = found[1].decode()
        if response.will_close:
            self.close()
        return response.status, body

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Load:
    """What clients got, while they asked."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self.answers: Counter[tuple[str, str, int]] = Counter()
        self.failures: list[str] = []
        self.seen: Counter[bytes] = Counter()
        self.longest = 0.0
        self._stop = threading.Event()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        return sum(self.answers.values())

    def run(self, client: Client, wanted: tuple[tuple[str, str, int], ...], at: int) -> None:
        """Ask for these, method, path and status, until it is enough."""
        questions = cycle(wanted[at % len(wanted) :] + wanted[: at % len(wanted)])
        while not self._stop.wait(self.pause):
            method, path, status = next(questions)
            began = time.monotonic()
            try:
                got, body = client.ask(method, path)
            except (OSError, http.client.HTTPException) as error:
                self._note(f"{method} {path}: {error!r}")
                continue
            with self._lock:
                self.answers[method, path, got] += 1
                self.longest = max(self.longest, time.monotonic() - began)
                if len(body) < 100:
                    self.seen[body] += 1
            if got != status:
                self._note(f"{method} {path}: {got}")
        client.close()

    def _note(self, failure: str) -> None:
        with self._lock:
            self.failures.append(failure)

    def stop(self) -> None:
        self._stop.set()


@contextmanager
def under(
    clients: list[Client],
    wanted: tuple[tuple[str, str, int], ...],
    *,
    first: str | None = None,
    pause: float = 0,
) -> Iterator[Load]:
    """Have them ask until the end of the block, with a pause between; by a page first, if named."""
    load = Load(pause)
    for client in clients:
        if first is not None:
            assert client.ask("GET", first)[0] == 200
    threads = [
        threading.Thread(target=load.run, args=(client, wanted, rank), daemon=True)
        for rank, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stop()
        for thread in threads:
            thread.join(60)


def over_http(port: int) -> Connect:
    """Straight to the server of the site."""
    return lambda: http.client.HTTPConnection("127.0.0.1", port, timeout=60)
