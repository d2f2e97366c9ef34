"""Who asks for another site is led to ours; the answer cannot fail, and tells nothing."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app import create_app
from tests import database_urls
from tests.client import Client
from tests.conftest import settings_of

pytestmark = pytest.mark.once

PORTAL = "https://site.example.org/portal"
PROBES = [
    ("captive.apple.com", "/hotspot-detect.html"),
    ("www.apple.com", "/library/test/success.html"),
    ("connectivitycheck.gstatic.com", "/generate_204"),
    ("www.google.com", "/gen_204"),
    ("clients3.google.com", "/generate_204"),
    ("www.msftconnecttest.com", "/connecttest.txt"),
    ("www.msftconnecttest.com", "/redirect"),
    ("www.msftncsi.com", "/ncsi.txt"),
    ("detectportal.firefox.com", "/canonical.html"),
    ("detectportal.firefox.com", "/success.txt?ipv4"),
    ("detectportal.firefox.com", "/success.txt?ipv6"),
    ("nmcheck.gnome.org", "/check_network_status.txt"),
    ("network-test.debian.org", "/nm"),
    ("connectivity-check.ubuntu.com", "/"),
    ("networkcheck.kde.org", "/"),
    ("ping.archlinux.org", "/nm-check.txt"),
    ("connectivitycheck.platform.hicloud.com", "/generate_204"),
    ("connect.rom.miui.com", "/generate_204"),
]
#: Gateway, pool, device, ban, outside.
CLIENTS = {
    "10.0.0.1": True,
    "10.0.0.101": True,
    "10.3.7.16": True,
    "10.0.8.1": True,
    "192.0.2.1": False,
    "2001:db8::1": False,
}
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def captive() -> Flask:
    """The site, without any database, as a gateway runs it."""
    settings = settings_of(
        "postgresql://nobody@127.0.0.1:1/away",
        preferred_url_scheme="https",
        netlocs="Site.Example.org. ;10.0.0.1",
    )
    app = create_app(settings.model_copy(update={"server_name": "site.example.org"}))
    app.test_client_class = Client
    return app


@pytest.fixture
def ask(captive: Flask) -> Ask:
    def _ask(
        path: str, *, host: str | None, client: str = "10.0.0.101", method: str = "GET", **more: Any
    ) -> Any:
        environ = {"REMOTE_ADDR": client, **more.pop("environ", {})}
        browser = captive.test_client(use_cookies=False)
        headers = {"Host": host} if host is not None else {}
        return browser.open(path, method=method, headers=headers, environ_overrides=environ, **more)

    return _ask


@pytest.mark.parametrize(("host", "path"), PROBES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/1.1"])
def test_every_probe_opens_the_log_in_sheet(
    ask: Ask, host: str, path: str, method: str, protocol: str
) -> None:
    answer = ask(path, host=host, method=method, environ={"SERVER_PROTOCOL": protocol})

    assert answer.status_code == 302
    assert answer.headers["Location"] == PORTAL
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert (answer.data == b"") == (method == "HEAD")


@pytest.mark.parametrize(
    ("client", "host", "path", "method"),
    *[
        list(
            itertools.product(
                CLIENTS,
                ["elsewhere.example.com", "x" * 300],
                ["/", "/login"],
                ["GET", "POST", "DELETE"],
            )
        )
    ],
)
def test_a_foreign_name_is_answered_whatever_the_path_and_the_method(
    ask: Ask, client: str, host: str, path: str, method: str
) -> None:
    answer = ask(path, host=host, client=client, method=method)

    if CLIENTS[client]:
        assert answer.status_code == (302 if method == "GET" else 303)
        assert answer.headers["Location"] == PORTAL
    else:
        assert answer.status_code == 421
        assert "Location" not in answer.headers


@pytest.mark.parametrize(
    "host",
    ['"><script>', "good@evil", "site.example.org@evil", "evil.site.example.org", "[::1]", ""],
)
def test_nothing_of_the_request_is_echoed(ask: Ask, host: str) -> None:
    answer = ask("/a-path-of-mine?query=secret", host=host, method="POST", data={"typed": "mine"})

    assert answer.status_code == 303
    said = answer.get_data(as_text=True) + str(answer.headers)
    for word in ("mine", "secret", "script>", "evil"):
        assert word not in said


@pytest.mark.parametrize(
    "host",
    [
        "site.example.org",
        "SITE.example.ORG",
        "site.example.org.",
        "site.example.org:443",
        "10.0.0.1",
    ],
)
def test_our_own_names_are_let_through_however_they_are_written(ask: Ask, host: str) -> None:
    assert ask("/healthz", host=host).data == b"ok"
    assert ask("/nowhere", host=host).status_code in (404, 503)


def test_two_names_at_once_are_none_of_ours(ask: Ask) -> None:
    assert ask("/healthz", host="site.example.org,evil.example").status_code == 302


def test_without_a_name_the_way_is_shown(ask: Ask) -> None:
    assert ask("/", host=None, environ={"HTTP_HOST": ""}).status_code == 302


def test_a_client_whose_address_the_proxy_hides_is_shown_the_way(ask: Ask) -> None:
    hidden = {"HTTP_X_REAL_IP": "10.0.0.101,192.0.2.1"}

    assert ask("/", host="x.example", client="127.0.0.1", environ=hidden).status_code == 302


def test_a_client_cannot_pretend_to_be_inside(ask: Ask) -> None:
    spoofed = {"HTTP_X_REAL_IP": "10.0.0.101", "HTTP_X_FORWARDED_FOR": "10.0.0.101"}

    assert ask("/", host="x.example", client="192.0.2.1", environ=spoofed).status_code == 421


def test_the_address_that_the_trusted_proxy_shows_counts(ask: Ask) -> None:
    for address, status in (("10.0.0.101", 302), ("::ffff:10.0.1.1", 302), ("192.0.2.1", 421)):
        shown = {"HTTP_X_REAL_IP": address}
        assert ask("/", host="x.example", client="127.0.0.1", environ=shown).status_code == status


def test_without_names_of_ours_there_is_no_capture() -> None:
    app = create_app(settings_of(database_urls.of_this_process()))

    assert app.test_client().get("/healthz", headers={"Host": "x.example"}).data == b"ok"


def test_the_portal_api_answers_without_a_database(ask: Ask) -> None:
    wanted = {"Accept": "application/captive+json"}
    browser = ask.__closure__[0].cell_contents.test_client()  # type: ignore[attr-defined]
    answer = browser.get(
        "/api/captive-portal",
        headers={"Host": "site.example.org", **wanted},
        environ_overrides={"REMOTE_ADDR": "10.0.0.101"},
    )

    assert answer.status_code == 200
    assert answer.get_json(force=True) == {"captive": True, "user-portal-url": PORTAL}
