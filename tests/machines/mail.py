"""A mail server that keeps what it is given, and who gave it."""

import re
import socketserver
import threading
from email import message_from_bytes
from typing import NamedTuple

PORT = 2525


class Received(NamedTuple):
    """A mail: whose it is, what it is known by, and the machine that brought it."""

    to: str
    message_id: str
    machine: str


class Sink(socketserver.ThreadingTCPServer):
    """Listens to an address, where it is made."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, address: str) -> None:
        super().__init__((address, PORT), _Talk)
        self.received: list[Received] = []
        self.lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Talk(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self._say("220 sink")
        to = ""
        while line := self.rfile.readline().decode(errors="replace").strip():
            verb = line.upper()
            if verb.startswith(("EHLO", "HELO", "MAIL", "RSET", "NOOP")):
                self._say("250 ok")
            elif verb.startswith("RCPT"):
                to = (re.findall(r"<(.*)>", line) or [""])[0]
                self._say("250 ok")
            elif verb == "DATA":
                self._say("354 go on")
                self._take(to)
                self._say("250 kept")
            elif verb == "QUIT":
                self._say("221 bye")
                return

    def _take(self, to: str) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        message = message_from_bytes(b"".join(lines))
        with self.server.lock:
            one = Received(to, str(message["Message-ID"]), str(self.client_address[0]))
            self.server.received.append(one)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
