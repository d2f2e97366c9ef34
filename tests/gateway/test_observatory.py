"""What the web server answers by itself is worth A+ too (``tests/architecture/observatory.py``)."""

import http.client
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.architecture.observatory import Seen, grade, verdicts
from tests.gateway.models import free_ports, needs
from tests.gateway.nginx import SITE, Nginx, running

pytestmark = [pytest.mark.once, needs("nginx", "openssl")]

#: What it has in its folders.
FILES = ("static/site.css", "club_q/images/1.webp", "theatre/saison_1/a.webp")


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """A web server with files, and no site behind it."""
    home = tmp_path_factory.mktemp("graded")
    for path in FILES:
        (home / path).parent.mkdir(parents=True)
        (home / path).write_text("content")
    (home / "pem.d").mkdir()
    with running(home, site=free_ports(1)[0]) as own:
        yield own


def led_over_http(nginx: Nginx, path: str) -> str:
    """Where the same address leads when it is asked for in clear."""
    head, _, _ = nginx.ask(f"GET {path} HTTP/1.0\r\nHost: {SITE}\r\n\r\n").partition(b"\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return lines["Location"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 502),
        ("GET", "/api/bar/me", 502),
        ("GET", "/static/site.css", 200),
        ("GET", "/static/site.css?v=1", 200),
        ("GET", "/static/nowhere.css", 404),
        ("GET", "/static/", 403),
        ("POST", "/static/site.css", 403),
        ("GET", "/club_q_images/1.webp", 200),
        ("GET", "/club_q_images/2.webp", 404),
        ("GET", "/theatre_posters/saison_1/a.webp", 200),
        ("GET", "/theatre_posters/x", 404),
        ("GET", "/photo/2026/gala/0.jpg", 302),
        ("GET", "/photo/2026/..gala/0.jpg", 404),
        ("GET", "/bekks/1/a.pdf", 302),
        ("GET", "/_pages/502.html", 404),
        ("GET", "/photos/psl", 401),
        ("GET", "/photos/PSL/x", 401),
        ("GET", "/%00", 400),
        ("GET", f"/{'a' * 40_000}", 414),
        ("PATCH", "/photo_cover/0.webp", 403),
    ],
)
def test_its_own_answers_are_worth_the_best(
    nginx: Nginx, method: str, path: str, status: int
) -> None:
    answer = nginx.fetch(path, method)
    led = led_over_http(nginx, path) if status not in (400, 414) else f"https://{SITE}/"
    seen = Seen(tuple(answer.headers.items()), answer.body.decode(), f"https://{SITE}", led)

    assert answer.status == status
    assert grade(seen) == "A+", verdicts(seen)


def test_refusing_a_body_or_a_hurry_is_worth_the_best(nginx: Nginx) -> None:
    long = nginx.fetch("/", "POST", **{"Content-Length": str(26 * 1024 * 1024)})
    with closing(nginx.connect()) as connection:
        for _ in range(400):
            connection.request("POST", "/login", b"a=b", {"Host": SITE})
            hurried: http.client.HTTPResponse = connection.getresponse()
            hurried.read()
            if hurried.status == 429:
                break

    assert (long.status, hurried.status) == (413, 429)
    for headers in (long.headers, hurried.headers):
        seen = Seen(tuple(headers.items()), "", f"https://{SITE}")
        assert grade(seen) == "A+", verdicts(seen)


def test_the_shared_password_is_asked_whatever_the_letters(nginx: Nginx) -> None:
    for path in ("/photos/psl", "/photos/PSL", "/photos/Psl/gala", "/photos/%50sl"):
        assert nginx.fetch(path).status == 401, path
