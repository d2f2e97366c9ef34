"""The web server's model, run for real: headers, limits, files, and what it says by itself."""

import gzip
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.web.headers import DEVICE, FILE_POLICY, POLICY
from tests.gateway.models import model, needs, run
from tests.gateway.nginx import PAGES, SITE, Answer, Nginx, running

pytestmark = [pytest.mark.once, needs("nginx", "openssl")]

HEADERS = {
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": DEVICE,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": POLICY,
}
#: What a page of the site may say otherwise.
OWN = dict.fromkeys(HEADERS, "its own")
STYLE = "a { color: red; }\n" * 100


class Site(BaseHTTPRequestHandler):
    """What stands for the site: it takes what it is sent, and ends each connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer()

    def _answer(self) -> None:
        statuses = {"/refused": 413, "/closed": 503}
        self.send_response(statuses.get(self.path, 200))
        self.send_header("Content-Length", "4")
        self.send_header("X-Asked-With", str(self.headers["Connection"]))
        for name, value in OWN.items() if self.path == "/own" else ():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"site")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """It is not its business why a connection ends."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("web")
    for folder in ("static", "club_q/images", "theatre/saison_1", "pem.d"):
        (path / folder).mkdir(parents=True)
    (path / "static" / "site.css").write_text(STYLE)
    (path / "static" / "site.css.gz").write_bytes(gzip.compress(b"made before"))
    (path / "static" / "plain.css").write_text(STYLE)
    (path / "club_q/images/1.webp").write_bytes(b"picture")
    (path / "theatre/saison_1/a.webp").write_bytes(b"poster")
    (path / "pem.d" / "own.conf").write_text('location = /added { return 200 "added"; }\n')
    return path


@pytest.fixture(scope="module")
def nginx(home: Path) -> Iterator[Nginx]:
    server = Server(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    with running(home, site=server.server_port) as own:
        yield own
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """A web server with no site behind it: nobody listens to port 1."""
    with running(tmp_path_factory.mktemp("alone"), site=1) as own:
        yield own


def said(answer: Answer) -> dict[str, list[str] | None]:
    return {name: answer.headers.get_all(name) for name in HEADERS}


def once(headers: dict[str, str]) -> dict[str, list[str] | None]:
    return {name: [value] for name, value in headers.items()}


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "GET", 200),
        ("/static/site.css", "GET", 200),
        ("/static/missing.css", "GET", 404),
        ("/static/site.css", "POST", 403),
        ("/theatre_posters/x", "GET", 404),
        ("/_pages/502.html", "GET", 404),
        ("/added", "GET", 200),
    ],
)
def test_every_answer_says_each_header_once(
    nginx: Nginx, path: str, method: str, status: int
) -> None:
    answer = nginx.fetch(path, method)

    assert answer.status == status
    assert said(answer) == once(HEADERS)
    assert "nginx/" not in str(answer.headers)


@pytest.mark.parametrize("path", ["/club_q_images/1.webp", "/theatre_posters/saison_1/a.webp"])
def test_a_file_that_people_sent_is_in_a_sandbox(nginx: Nginx, path: str) -> None:
    answer = nginx.fetch(path)

    assert answer.status == 200
    assert said(answer) == once(HEADERS | {"Content-Security-Policy": FILE_POLICY})
    assert nginx.fetch(path, "DELETE").status == 403


def test_what_the_site_says_is_not_said_again(nginx: Nginx) -> None:
    assert said(nginx.fetch("/own")) == once(OWN)


def test_the_site_is_asked_by_a_connection_for_each_request(nginx: Nginx) -> None:
    assert nginx.fetch("/").headers["X-Asked-With"] == "close"
    assert "keepalive" not in re.sub(r"keepalive_timeout.*", "", model("nginx.conf"))


@pytest.mark.parametrize(
    ("path", "kept"),
    [("/static/plain.css", "public"), ("/static/plain.css?v=1.2.0", "public, immutable")],
)
def test_a_file_with_a_version_is_not_asked_for_again(nginx: Nginx, path: str, kept: str) -> None:
    assert nginx.fetch(path).headers.get_all("Cache-Control") == ["max-age=2592000", kept]
    missing = nginx.fetch(path.replace("plain", "missing"))
    assert "immutable" not in str(missing.headers)


def test_files_are_compressed_once_and_for_all_where_they_can_be(nginx: Nginx) -> None:
    made, now = (
        nginx.fetch(f"/static/{name}.css", **{"Accept-Encoding": "gzip"})
        for name in ("site", "plain")
    )

    assert gzip.decompress(made.body) == b"made before"
    assert gzip.decompress(now.body).decode() == STYLE
    for answer in (made, now):
        assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == (
            "gzip",
            "Accept-Encoding",
        )
    assert nginx.fetch("/static/site.css").body.decode() == STYLE


@pytest.mark.parametrize("path", ["/", "/static/../login", "/club_q"])
def test_without_the_site_visitors_read_why(alone: Nginx, path: str) -> None:
    answer = alone.fetch(path, "POST", **{"Content-Length": "0"})

    assert (answer.status, answer.body) == (502, (PAGES / "502.html").read_bytes())
    assert said(answer) == once(HEADERS)
    assert (answer.headers["Retry-After"], answer.headers["Cache-Control"]) == ("10", "no-store")


def test_a_body_over_the_limit_is_explained(nginx: Nginx) -> None:
    answer = nginx.fetch("/", "POST", **{"Content-Length": str(26 * 1024 * 1024)})

    assert (answer.status, answer.body) == (413, (PAGES / "413.html").read_bytes())
    assert answer.headers["Retry-After"] is None


@pytest.mark.parametrize("path", ["/refused", "/closed"])
def test_the_words_of_the_site_are_left_to_it(nginx: Nginx, path: str) -> None:
    answer = nginx.fetch(path)

    assert (answer.status, answer.body) == ({"/refused": 413, "/closed": 503}[path], b"site")


def posts(nginx: Nginx, path: str, times: int) -> list[Answer]:
    """Send a form so many times, by one connection."""
    answers = []
    with closing(nginx.connect()) as connection:
        for _ in range(times):
            connection.request("POST", path, b"a=b", {"Host": SITE})
            response = connection.getresponse()
            answers.append(Answer(response.status, response.headers, response.read()))
    return answers


def test_passwords_are_tried_once_a_second_after_as_many_as_there_are_rooms(
    nginx: Nginx,
) -> None:
    answers = posts(nginx, "/login", 220)

    statuses = [answer.status for answer in answers]
    assert set(statuses[:160]) == {200}
    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) >= 40
    assert refused[0].body == (PAGES / "429.html").read_bytes()
    assert refused[0].headers["Retry-After"] == "60"
    assert nginx.fetch("/login").status == 200
    assert {answer.status for answer in posts(nginx, "/devices/register", 5)} == {200}


@pytest.mark.parametrize(
    ("path", "is_limited"),
    [
        ("/login", True),
        ("/login/second", True),
        ("/login/second/recovery", True),
        ("/reset_password_request", True),
        ("/reset_password/abc", True),
        ("/invitation/abc", True),
        ("/saml/acs", True),
        ("/saml/link", True),
        ("/contact", True),
        ("/profile/update_password", True),
        ("/api/account/passkeys/step", True),
        ("/api/photos/report", True),
        ("/panier_bio/visitor/abc", True),
        ("/api/photos/reporters", False),
        ("/profile/", False),
        ("/bar/sell", False),
        ("/loginx", False),
        ("/payments/lydia_callback/confirm", False),
    ],
)
def test_what_is_limited_is_what_can_be_guessed(path: str, is_limited: bool) -> None:
    (pattern,) = re.findall(r'"~(\^POST \S+)" \$binary_remote_addr;', model("nginx.conf"))

    assert bool(re.search(pattern, f"POST {path}")) is is_limited
    assert not re.search(pattern, f"GET {path}")


@pytest.mark.parametrize(
    ("version", "is_spoken"), [("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)]
)
def test_old_ways_of_speaking_tls_are_refused(nginx: Nginx, version: str, is_spoken: bool) -> None:
    done = run(
        *("openssl", "s_client", "-connect", f"127.0.0.1:{nginx.tls_port}", "-servername", SITE),
        *(version, "-cipher", "DEFAULT:@SECLEVEL=0", "-CAfile", nginx.home / "cert.pem"),
    )

    assert ("Cipher is (NONE)" not in done.stdout) is is_spoken
    if version == "-tls1_2":  # in TLS 1.3, all that brings a session back is called so
        assert "session ticket" not in done.stdout


def test_a_client_that_says_nothing_is_not_waited_for() -> None:
    for name in ("client_header_timeout", "client_body_timeout", "send_timeout"):
        (seconds,) = re.findall(rf"^\t{name} (\d+)s;$", model("nginx.conf"), re.MULTILINE)
        assert 5 <= int(seconds) <= 60


@pytest.mark.parametrize("name", ["413", "429", "502"])
def test_a_page_of_the_web_server_needs_no_site_and_speaks_two_languages(name: str) -> None:
    text = (PAGES / f"{name}.html").read_text()
    loaded = set(re.findall(r'(?:src|href)="([^"]+)"', text))

    assert loaded == {"/", "/static/img/logo.svg", "/static/css/site.css"}
    assert '<html lang="fr">' in text
    assert '<div lang="en">' in text
    assert "<script" not in text
    assert " style=" not in text


def test_each_page_that_is_named_is_there() -> None:
    named = set(re.findall(r"/_pages/(\d+\.html);", model("site-pages.conf")))

    assert named == {path.name for path in PAGES.iterdir()}
