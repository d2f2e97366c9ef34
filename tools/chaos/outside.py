"""Whom the site speaks to: a mail server, the GRIs' chat, and the way to Lydia, each with moods."""

import json
import re
import socket
import socketserver
import threading
import time
import urllib.parse
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import urllib3

from tools.chaos.ledger import Journal

#: How long a mood that is slow takes, in seconds, and one that never answers.
SLOWNESS, NEVER = 3.0, 40.0
PATIENCE = 20.0


class _Listening(ThreadingHTTPServer):
    """A server whose callers may hang up: that is what this is about."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: Any) -> None:
        """Say nothing."""


class Party:
    """Somebody outside, who may be dead: nothing listens then."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mood = "well"
        self._server: socketserver.BaseServer | None = None

    def listen(self) -> None:
        """Be there."""
        if self._server is None:
            self._server = self._made()
            threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def die(self) -> None:
        """Be there no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def heal(self) -> None:
        """Be there, and well."""
        self.mood = "well"
        self.listen()

    def _made(self) -> socketserver.BaseServer:
        raise NotImplementedError


# Mail


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that the server has: whether or not it managed to say so."""

    id: str
    to: str
    subject: str
    at: float
    mood: str


class _SmtpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """Say nothing: who hangs up is what this is about."""


class MailServer(Party):
    """SMTP, as far as the site speaks it."""

    def __init__(self, port: int, journal: Journal) -> None:
        super().__init__(port)
        self.mails: list[Mail] = []
        self._journal = journal
        self._lock = threading.Lock()

    def receive(self, to: str, content: bytes) -> None:
        """Keep a mail, for good."""
        read = message_from_bytes(content, policy=policy.default)
        kept = Mail(str(read["Message-ID"]), to, str(read["Subject"]), time.time(), self.mood)
        with self._lock:
            self._journal.write(asdict(kept))
            self.mails.append(kept)

    def _made(self) -> socketserver.BaseServer:
        server = self

        class Talk(socketserver.StreamRequestHandler):
            timeout = 60

            def handle(self) -> None:
                with suppress(OSError):
                    _converse(server, self)

        return _SmtpServer(("127.0.0.1", self.port), Talk)


def _converse(server: MailServer, talk: socketserver.StreamRequestHandler) -> None:
    """Answer the commands of a client, as the mood of the server wants."""

    def say(line: str) -> None:
        if server.mood == "slow":
            time.sleep(SLOWNESS / 3)
        talk.wfile.write(f"{line}\r\n".encode())

    if server.mood == "silent":
        time.sleep(NEVER)
        return
    say("220 chaos ESMTP")
    to = ""
    while line := talk.rfile.readline().decode("utf-8", "replace").strip():
        command = line.upper()
        if command.startswith("EHLO"):
            say("250-chaos")
            say("250 8BITMIME")
        elif command.startswith("RCPT TO:"):
            to = line[8:].partition(">")[0].strip(" <")
            say(_about_recipient(server))
        elif command == "DATA":
            say("354 go on")
            content = _data(talk)
            if not _end_of_data(server, to, content, say):
                return
        elif command == "QUIT":
            say("221 bye")
            return
        else:
            say("250 well")


def _about_recipient(server: MailServer) -> str:
    if server.mood == "later":
        return "451 come back later"
    if server.mood == "never one":
        server.mood = "well"
        return "550 nobody of that name"
    return "250 well"


def _data(talk: socketserver.StreamRequestHandler) -> bytes:
    lines = []
    while (line := talk.rfile.readline()) not in (b".\r\n", b""):
        lines.append(line.removeprefix(b"."))
    if line == b"":
        raise ConnectionError
    return b"".join(lines)


def _end_of_data(server: MailServer, to: str, content: bytes, say: Callable[[str], None]) -> bool:
    """Take a mail, or not; whether the conversation goes on."""
    if server.mood == "cut before":
        return False
    if server.mood == "refuses":
        say("452 no room")
        return True
    server.receive(to, content)
    if server.mood == "cut after":
        return False
    say("250 taken")
    return True


# Chat


class Chat(Party):
    """Discord's webhooks: what they took, and how they answer."""

    def __init__(self, port: int, journal: Journal) -> None:
        super().__init__(port)
        self.taken: list[dict[str, Any]] = []
        self._journal = journal
        self._lock = threading.Lock()

    def receive(self, path: str, body: bytes) -> None:
        """Keep a message, for good."""
        told = json.loads(body)
        embed = (told.get("embeds") or [{}])[0]
        kept = {"at": time.time(), "path": path, "title": embed.get("title", ""), "mood": self.mood}
        with self._lock:
            self._journal.write(kept)
            self.taken.append(kept)

    def _made(self) -> socketserver.BaseServer:
        chat = self

        class Talk(BaseHTTPRequestHandler):
            timeout = 60

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                mood = chat.mood
                if mood == "silent":
                    time.sleep(8)
                    return
                if mood == "slow":
                    time.sleep(SLOWNESS)
                status = {"enough": 429, "broken": 500}.get(mood, 204)
                if status == 204:
                    chat.receive(self.path, body)
                self.send_response(status)
                if status == 429:
                    self.send_header("Retry-After", "2")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return _Listening(("127.0.0.1", self.port), Talk)


# Lydia


class LydiaRoad(Party):
    """What stands between the site and Lydia, and what may happen on the way."""

    def __init__(self, port: int, sandbox_port: int) -> None:
        super().__init__(port)
        self._sandbox = f"http://127.0.0.1:{sandbox_port}"
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(total=PATIENCE), retries=False)

    def forward(self, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        """Ask Lydia itself."""
        answer = self._pool.request(
            "POST", self._sandbox + path, body=body, headers={"Content-Type": kind}, redirect=False
        )
        return answer.status, answer.data

    def pay(self, answer: bytes, outcome: str) -> None:
        """Have a request paid as soon as it is made."""
        uuid = json.loads(answer).get("request_uuid")
        if uuid:
            choose(self._sandbox, uuid, outcome)

    def _made(self) -> socketserver.BaseServer:
        road = self

        class Talk(BaseHTTPRequestHandler):
            timeout = 60

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                kind = self.headers.get("Content-Type", "")
                found = _on_the_way(road, self.path, body, kind)
                if found is None:
                    self.close_connection = True
                    return
                status, said = found
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return _Listening(("127.0.0.1", self.port), Talk)


def _on_the_way(road: LydiaRoad, path: str, body: bytes, kind: str) -> tuple[int, bytes] | None:
    """What the site is answered; nothing where the line is cut."""
    mood = road.mood
    if mood == "silent":
        time.sleep(NEVER)
        return None
    if mood == "broken":
        return 500, b"{}"
    if mood == "garbage":
        return 200, b"\xff<html>Back soon"
    if mood == "slow":
        time.sleep(SLOWNESS)
    found = road.forward(path, body, kind)
    if mood == "lost answer":
        return None
    if mood == "too late":
        time.sleep(7)  # the site waits for five seconds
    if mood == "paid before" and path.endswith("do.json"):
        road.pay(found[1], "pay")
        time.sleep(1.5)  # the callback comes first
    return found


def choose(sandbox: str, uuid: str, outcome: str) -> bool:
    """End a payment at Lydia, as its payer would; whether it answered."""
    address = f"{sandbox}/sandbox/lydia/collect/payment/{uuid}/auto"
    with urllib3.PoolManager(timeout=urllib3.Timeout(total=PATIENCE), retries=False) as pool:
        try:
            answer = pool.request("POST", address, fields={"outcome": outcome}, redirect=False)
        except urllib3.exceptions.HTTPError:
            return False
    return answer.status == 303


def free_port(first: int, last: int) -> int:
    """A port of ours that nobody listens to."""
    for port in range(first, last):
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise OSError(f"no free port from {first} to {last}")


def link_to_lydia(page: str) -> str | None:
    """The number of the request that a page leads the payer to."""
    found = re.search(r"/collect/payment/([A-Za-z0-9-]{1,64})/", urllib.parse.unquote(page))
    return found[1] if found else None


def journal_in(folder: Path, name: str) -> Journal:
    """A journal of its own."""
    return Journal(folder / f"{name}.jsonl")
