"""What stands for the Internet: a web server that is every site's.

python -m tests.lab.internet
"""

import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Everything(BaseHTTPRequestHandler):
    """204 for the probes that want it, a page for all else, an endless one for ``/stream``."""

    def do_GET(self) -> None:
        is_silent = self.path in ("/generate_204", "/gen_204", "/nm")
        self.send_response(204 if is_silent else 200)
        self.end_headers()
        if is_silent:
            return
        self.wfile.write(b"the Internet\n")
        while self.path == "/stream":
            time.sleep(0.1)
            self.wfile.write(b"more\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server for both versions of the protocol."""

    address_family = socket.AF_INET6
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients are cut, that is what they are for."""


if __name__ == "__main__":
    Server(("::", 80), Everything).serve_forever()
