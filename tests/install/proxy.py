"""The way of the packages: a proxy that listens in one network, and asks in another.

    python -m tests.install.proxy PORT DESCRIPTOR

The system that is installed has a network of its own, with nothing on it. What ``apt``, ``pip`` and
``npm`` ask for goes out by here; the descriptor is that of the network of the machine.
"""

import ctypes
import http.client
import os
import socket
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_CLONE_NEWNET = 0x40000000
_PATIENCE = 60
#: Headers that are of one connection, and not of what is asked.
_OF_THE_CONNECTION = frozenset({"connection", "proxy-connection", "keep-alive", "host"})


class Proxy(BaseHTTPRequestHandler):
    """Goes and gets what is asked for."""

    protocol_version = "HTTP/1.1"

    def do_CONNECT(self) -> None:
        """Join a client and a server, which speak TLS: nothing of it is read."""
        host, _, port = self.path.rpartition(":")
        try:
            server = socket.create_connection((host, int(port)), _PATIENCE)
        except OSError as error:
            self.send_error(502, str(error))
            return
        self.send_response(200, "Connected")
        self.end_headers()
        with server:
            back = threading.Thread(target=_pour, args=(server, self.connection), daemon=True)
            back.start()
            _pour(self.connection, server)
            back.join(_PATIENCE)
        self.close_connection = True

    def do_GET(self) -> None:
        """Fetch a file in clear, as ``apt`` does: it is signed."""
        self._fetch()

    def do_HEAD(self) -> None:
        """Likewise, without the file."""
        self._fetch()

    def _fetch(self) -> None:
        place = urlsplit(self.path)
        kept = {n: v for n, v in self.headers.items() if n.lower() not in _OF_THE_CONNECTION}
        connection = http.client.HTTPConnection(place.netloc, timeout=_PATIENCE)
        try:
            path = f"{place.path}?{place.query}" if place.query else place.path
            connection.request(self.command, path, headers=kept)
            answer = connection.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {*_OF_THE_CONNECTION, "transfer-encoding"}:
                    self.send_header(name, value)
            if answer.getheader("Content-Length") is None:
                self.send_header("Connection", "close")
            self.end_headers()
            while chunk := answer.read(1 << 16):
                self.wfile.write(chunk)
        except OSError as error:
            self.log_error("%s: %s", self.path, error)
            self.close_connection = True
        finally:
            connection.close()

    def log_request(self, *_: object) -> None:
        """Say nothing of what went well."""


def _pour(source: socket.socket, into: socket.socket) -> None:
    """Give one what the other sends, until it ends."""
    with suppress(OSError):
        while chunk := source.recv(1 << 16):
            into.sendall(chunk)
        into.shutdown(socket.SHUT_WR)


def main(port: int, outside: int) -> None:
    """Listen here, then go over to the other network."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Proxy)
    if ctypes.CDLL(None, use_errno=True).setns(outside, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "the network of the machine cannot be joined")
    os.close(outside)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
