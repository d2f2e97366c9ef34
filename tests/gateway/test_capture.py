"""The web server's model, run for real: the capture server, and what the site is told."""

import re
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from tests.gateway.models import needs
from tests.gateway.nginx import INSIDE, OUTSIDE, SITE, Answer, Nginx, running
from tests.web.test_capture import PROBES

pytestmark = [pytest.mark.once, needs("nginx", "openssl")]

PORTAL = f"https://{SITE}/portal"


class Site(BaseHTTPRequestHandler):
    """What stands for the site: it repeats what it was told, and knows one GRI."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer()

    def _answer(self) -> None:
        self.asked.append(self.path)
        status = 200
        if self.path == "/gris/monitoring/auth":
            cookie = self.headers.get("Cookie", "")
            status = {"who=gri": 204, "who=resident": 403}.get(cookie, 401)
        body = (
            b""
            if status == 204
            else "".join(f"{n}: {v}\n" for n, v in self.headers.items()).encode()
        )
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Strict-Transport-Security", "max-age=63072000")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """It is not its business why a connection ends."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    home = tmp_path_factory.mktemp("nginx")
    for folder in ("static", "bandwidthd"):
        (home / folder).mkdir()
        (home / folder / "file.css").write_text("a { }\n")
    site, darkstat = (Server(("127.0.0.1", 0), Site) for _ in range(2))
    for server in (site, darkstat):
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with running(home, site=site.server_port, darkstat=darkstat.server_port) as own:
        yield own
    for server in (site, darkstat):
        server.shutdown()
        server.server_close()


def _told(answer: Answer) -> dict[str, str]:
    """The headers that the site received."""
    lines = answer.body.decode().splitlines()
    return dict(line.split(": ", 1) for line in lines)


@pytest.mark.parametrize(("host", "path"), PROBES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_probe_is_led_to_the_portal(
    nginx: Nginx, host: str, path: str, method: str, version: str
) -> None:
    before = list(Site.asked)
    sent = f"Host: {host}\r\nCookie: a=b\r\nContent-Length: 0\r\n\r\n"

    answer = nginx.ask(f"{method} {path} HTTP/{version}\r\n{sent}")

    head, _, body = answer.partition(b"\r\n\r\n")

    status, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert status.startswith("HTTP/1.1 302" if method in {"GET", "HEAD"} else "HTTP/1.1 303")
    assert headers["Location"] == PORTAL
    assert headers["Cache-Control"] == "no-store"
    assert headers["Connection"] == "close"
    assert not {"Set-Cookie", "Strict-Transport-Security"} & headers.keys()
    assert len(body) < 300
    assert (body == b"") is (method == "HEAD")
    assert host.encode() not in body
    assert Site.asked == before


@pytest.mark.parametrize(
    "request_line",
    [
        "GET http://captive.apple.com/hotspot-detect.html HTTP/1.1",
        "GET //evil.example/%0d%0aSet-Cookie:x HTTP/1.1",
        "GET /<script>marker</script> HTTP/1.1",
        f"GET /{'x' * 8192}marker HTTP/1.1",
        "GET /static/css/site.css?marker HTTP/1.1",
        "GET /login HTTP/1.1",
        "OPTIONS * HTTP/1.1",
    ],
    ids=[
        "absolute",
        "two slashes",
        "markup",
        "8 kB",
        "a file of the site",
        "a page of the site",
        "all",
    ],
)
@pytest.mark.parametrize(
    "host",
    [
        "captive.apple.com",
        "CAPTIVE.APPLE.COM.",
        "captive.apple.com:8080",
        "10.0.0.1",
        "[2001:db8::1]",
        f"{'marker' * 50}.example",
        f"{SITE}.evil.example",
        f"good@{SITE}",
        '"><script>marker</script>',
        "",
    ],
)
def test_whatever_is_asked_nothing_of_it_is_repeated(
    nginx: Nginx, request_line: str, host: str
) -> None:
    answer = nginx.ask(f"{request_line}\r\nHost: {host}\r\nUser-Agent: marker\r\n\r\n")

    head = answer.partition(b"\r\n\r\n")[0]
    assert re.match(rb"HTTP/1.1 (302|303|400) ", answer)
    assert (f"Location: {PORTAL}\r\n".encode() in head) is answer.startswith(b"HTTP/1.1 30")
    assert b"marker" not in answer
    assert b"evil" not in answer


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: one.example\r\nHost: two.example\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / marker HTTP/1.1\r\nHost: a.example\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: a.example\r\nX: marker\r\n\r\n",
    ],
    ids=["no host in 1.0", "two hosts", "no host", "TLS", "three words", "trace"],
)
def test_a_request_that_is_none_is_told_nothing(nginx: Nginx, raw: bytes) -> None:
    answer = nginx.ask(raw)

    assert re.match(rb"HTTP/1.1 (302|303|400|405) ", answer)
    assert b"marker" not in answer


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_the_portal_is_not_for_those_outside(nginx: Nginx, method: str) -> None:
    answer = nginx.ask(
        f"{method} /marker HTTP/1.1\r\nHost: other.example\r\nContent-Length: 0\r\n\r\n",
        source=OUTSIDE,
    )

    assert answer.startswith(b"HTTP/1.1 421 ")
    assert b"Location" not in answer
    assert b"marker" not in answer


@pytest.mark.parametrize("source", [INSIDE, OUTSIDE])
def test_the_site_is_on_https_only(nginx: Nginx, source: str) -> None:
    answer = nginx.ask(
        f"GET /login?next=/portal HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n\r\n",
        source=source,
    )

    assert answer.startswith(b"HTTP/1.1 301 ")
    assert f"Location: https://{SITE}/login?next=/portal\r\n".encode() in answer


@pytest.mark.parametrize("name", ["www.google.com", f"www.{SITE}"])
def test_another_name_gets_no_certificate(nginx: Nginx, name: str) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        nginx.fetch("/", name=name)


def test_a_large_body_is_not_waited_for(nginx: Nginx) -> None:
    answer = nginx.ask("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 99999999\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 303 ")


def test_another_name_inside_the_sites_own_connection_gets_nothing(nginx: Nginx) -> None:
    assert nginx.fetch("/", Host="www.google.com").status == 421


def test_the_site_is_told_who_asks_and_not_what_they_pretend(nginx: Nginx) -> None:
    names = (
        *("X-Real-IP", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "Forwarded"),
        *("X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Forwarded-Server", "X_Real_IP"),
        *("X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override"),
    )

    told = _told(nginx.fetch("/profile/", **dict.fromkeys(names, "10.0.8.1")))

    assert told["Host"] == SITE
    assert told["X-Real-IP"] == told["X-Forwarded-For"] == INSIDE
    assert told["X-Forwarded-Proto"] == "https"
    assert "10.0.8.1" not in told.values()


def test_what_nginx_serves_itself_is_as_safe_as_what_the_site_does(nginx: Nginx) -> None:
    for path, method in (("/static/file.css", "GET"), ("/static/missing", "GET"), ("/", "GET")):
        response = nginx.fetch(path, method)
        assert response.headers.get_all("Strict-Transport-Security") == ["max-age=63072000"]
        assert response.headers.get_all("X-Content-Type-Options") == ["nosniff"]


def test_a_file_of_the_site_is_kept_30_days(nginx: Nginx) -> None:
    response = nginx.fetch("/static/file.css")

    assert response.status == 200
    assert response.headers.get_all("Cache-Control") == ["max-age=2592000", "public"]
    assert nginx.fetch("/static../key.pem").body != (nginx.home / "key.pem").read_bytes()


def test_a_body_over_the_limit_is_refused(nginx: Nginx) -> None:
    assert nginx.fetch("/", "POST", **{"Content-Length": str(26 * 1024 * 1024)}).status == 413


@pytest.mark.parametrize("path", ["/_darkstat/", "/_bandwidthd/file.css"])
def test_the_traffic_is_for_the_gris_alone(nginx: Nginx, path: str) -> None:
    assert nginx.fetch(path).status == 401
    assert nginx.fetch(path, Cookie="who=resident").status == 403
    given = nginx.fetch(path, Cookie="who=gri")
    assert given.status == 200
    (policy,) = given.headers.get_all("Content-Security-Policy") or []
    assert "frame-ancestors 'self'" in policy  # in a page of the site


def test_the_other_programs_see_no_cookie(nginx: Nginx) -> None:
    assert "Cookie" not in _told(nginx.fetch("/_darkstat/", Cookie="who=gri"))


@pytest.mark.parametrize("cookie", ["", "who=resident", "who=gri"])
def test_a_folder_is_never_listed(nginx: Nginx, cookie: str) -> None:
    assert nginx.fetch("/_bandwidthd/", Cookie=cookie).status in {401, 403}
    for path in ("/_bandwidthd../key.pem", "/_bandwidthd/../key.pem"):
        answer = nginx.fetch(path, Cookie=cookie).body
        assert answer != (nginx.home / "key.pem").read_bytes()


def test_only_nginx_asks_whether_someone_is_a_gri(nginx: Nginx) -> None:
    assert nginx.fetch("/gris/monitoring/auth", Cookie="who=gri").status == 404


def test_500_probes_are_answered_within_20_ms(nginx: Nginx) -> None:
    percentiles = []
    for _ in range(5):  # other programs run on this machine: the best round counts
        durations = []
        for _ in range(500):
            begun = time.monotonic()
            nginx.ask("GET /generate_204 HTTP/1.1\r\nHost: clients3.google.com\r\n\r\n")
            durations.append(time.monotonic() - begun)
        percentiles.append(sorted(durations)[494])
        if percentiles[-1] <= 0.02:
            return

    pytest.fail(f"99 % of the probes took {min(percentiles):.3f} s or less")
