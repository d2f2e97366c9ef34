"""The web server of the models, run for real on ports of this machine."""

import http.client
import os
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.gateway.models import PATH, free_ports, model, run

SITE = "pc-est-magique.fr"
#: What the model includes that is written by us.
INCLUDED = (
    "proxy-headers.conf",
    "protected-files.conf",
    "photos-secret.conf",
    "security-headers.conf",
    "site-pages.conf",
)
STATIC = "/srv/pc-est-magique/current/app/static/"
PAGES = Path(__file__).parents[2] / "app/static/pages"
INSIDE, OUTSIDE = "127.0.0.2", "127.0.0.3"


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Nginx(NamedTuple):
    port: int
    tls_port: int
    home: Path

    def ask(self, raw: bytes | str, *, source: str = INSIDE) -> bytes:
        """Send bytes to port 80; return all that comes back until it is closed."""
        with closing(
            socket.create_connection(("127.0.0.1", self.port), 10, source_address=(source, 0))
        ) as connection:
            connection.sendall(raw if isinstance(raw, bytes) else raw.encode())
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        return answer

    def fetch(self, path: str, method: str = "GET", name: str = SITE, **headers: str) -> Answer:
        """Ask port 443, as a browser of the residence does."""
        with closing(self.connect(name)) as connection:
            connection.request(method, path, headers={"Host": name} | headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def connect(self, name: str = SITE, *, to: str = "127.0.0.1") -> http.client.HTTPConnection:
        """A connection to port 443, from an address of the residence, or from *to* itself."""
        trust = ssl.create_default_context(cafile=str(self.home / "cert.pem"))
        source = (INSIDE if to == "127.0.0.1" else to, 0)
        raw = socket.create_connection((to, self.tls_port), 10, source_address=source)
        connection = http.client.HTTPConnection(name)
        try:
            connection.sock = trust.wrap_socket(raw, server_hostname=name)
        except (ssl.SSLError, OSError):
            raw.close()
            raise
        return connection


@contextmanager
def running(
    home: Path, *, site: int, darkstat: int = 667, changes: tuple[tuple[str, str], ...] = ()
) -> Iterator[Nginx]:
    """Start one in a folder, before a site that listens to a port; stop it after the block."""
    _certificate(home)
    port, tls_port = free_ports(2)
    own = Nginx(port, tls_port, home)
    configuration = home / "nginx.conf"
    configuration.write_text(_configuration(own, site, darkstat, changes))
    checked = run("nginx", "-t", "-p", home, "-c", configuration)
    assert checked.returncode == 0, checked.stdout
    assert "warn" not in checked.stdout
    process = subprocess.Popen(
        ["nginx", "-p", home, "-c", configuration, "-g", "daemon off;"], env={"PATH": PATH}
    )
    try:
        _wait_for(own.port)
        yield own
    finally:
        process.terminate()
        process.wait(10)


def _certificate(home: Path) -> None:
    done = run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-days", "2", "-subj", f"/CN={SITE}", "-addext", f"subjectAltName=DNS:{SITE}"),
        *("-keyout", home / "key.pem", "-out", home / "cert.pem"),
    )
    assert done.returncode == 0, done.stdout


def _configuration(
    own: Nginx, site: int, darkstat: int, changes: tuple[tuple[str, str], ...]
) -> str:
    """The model, with the paths and the ports of this machine."""
    for name in INCLUDED:
        if not (own.home / name).exists():
            text = model(name).replace("/etc/nginx/", f"{own.home}/")
            (own.home / name).write_text(text.replace(f"{STATIC}pages", str(PAGES)))
    places = "".join(
        f"\t{kind}_temp_path {own.home}/tmp-{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return model(
        "nginx.conf",
        ("user www-data;\n", "user root;\n" if os.geteuid() == 0 else ""),
        ("worker_processes auto", "worker_processes 1"),
        ("/run/nginx.pid", f"{own.home}/pid"),
        ("/var/log/nginx", str(own.home)),
        ("include /etc/nginx/modules-enabled/*.conf;\n", ""),
        ("http {\n", f"http {{\n{places}"),
        ("/etc/nginx/mime.types", "/ETC/mime.types"),
        ("/etc/nginx/", f"{own.home}/"),
        ("/ETC/mime.types", "/etc/nginx/mime.types"),
        ("10.0.0.0/8 1;", f"{INSIDE}/32 1;"),
        ("127.0.0.1:8000", f"127.0.0.1:{site}"),
        ("127.0.0.1:667", f"127.0.0.1:{darkstat}"),
        ("listen 80", f"listen 127.0.0.1:{own.port}"),
        ("listen 443", f"listen 127.0.0.1:{own.tls_port}"),
        ("/etc/ssl/pem/fullchain.pem", f"{own.home}/cert.pem"),
        ("/etc/ssl/pem/privkey.pem", f"{own.home}/key.pem"),
        (STATIC, f"{own.home}/static/"),
        ("/srv/pc-est-magique/instance/", f"{own.home}/"),
        ("/var/lib/bandwidthd/htdocs/", f"{own.home}/bandwidthd/"),
        *((old, new.replace("TLS_PORT", str(own.tls_port))) for old, new in changes),
    )


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "nginx does not start"
            time.sleep(0.02)
        else:
            return
