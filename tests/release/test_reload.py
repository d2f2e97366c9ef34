"""The site, as gunicorn.conf.py serves it, loaded anew while it is asked."""

import http.client
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from app.settings import ROOT
from tests.browser.site import running_site
from tests.gateway import nginx
from tests.gateway.models import free_ports, needs
from tests.release.load import Client, Connect, over_http, under
from tests.release.masters import answers, reload, wait_until, workers
from tests.release.tiny import Tiny

pytestmark = [pytest.mark.once]

CLIENTS, REQUESTS, RELOADS = 16, 4000, 3
#: What is asked: pages, and a POST that wants the token of the session.
PAGES = (
    ("GET", "/healthz", 200),
    ("POST", "/set_mode/dark", 303),
    ("GET", "/healthz", 200),
    ("GET", "/legal", 200),
)


class Served(NamedTuple):
    port: int
    process: subprocess.Popen[bytes]
    log: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The site, with two processes."""
    folder = tmp_path_factory.mktemp("served")
    with running_site(folder, name="served", worker=False) as site:
        port = free_ports(1)[0]
        options = ("--config", str(ROOT / "gunicorn.conf.py"), "--bind", f"127.0.0.1:{port}")
        process = site._start("web", "gunicorn", *options, "--workers", "2")
        wait_until(lambda: answers(port, "/healthz"), "the site")
        wait_until(lambda: len(workers(process.pid)) == 2, "two processes")
        yield Served(port, process, folder / "web.log")


def over_tls(server: nginx.Nginx, rank: int) -> Connect:
    """Through the web server, from an address of one's own."""

    def connect() -> http.client.HTTPConnection:
        trust = ssl.create_default_context(cafile=str(server.home / "cert.pem"))
        raw = socket.create_connection(
            ("127.0.0.1", server.tls_port), 60, source_address=(f"127.0.1.{rank + 1}", 0)
        )
        connection = http.client.HTTPConnection(nginx.SITE, timeout=60)
        connection.sock = trust.wrap_socket(raw, server_hostname=nginx.SITE)
        return connection

    return connect


@needs("nginx", "openssl")
def test_three_reloads_lose_no_request(served: Served, tmp_path: Path) -> None:
    with nginx.running(tmp_path, site=served.port) as front:
        clients = [
            *(Client(over_http(served.port), "localhost") for _ in range(CLIENTS // 2)),
            *(Client(over_tls(front, rank), nginx.SITE) for rank in range(CLIENTS // 2)),
        ]
        with under(clients, PAGES, first="/legal", pause=0.02) as load:
            for _ in range(RELOADS):
                reload(served.process.pid)
            wait_until(lambda: load.count >= REQUESTS, f"{REQUESTS} requests")

    assert load.failures == [], served.log.read_text()[-3000:]
    assert load.answers["POST", "/set_mode/dark", 303] > REQUESTS / 8


def test_a_process_that_leaves_after_so_many_answers_loses_none(tmp_path: Path) -> None:
    tiny = Tiny(tmp_path)
    tiny.install("1.0")
    with tiny.served("--max-requests", "200", "--max-requests-jitter", "100") as master:
        begun = workers(master)
        clients = [Client(over_http(tiny.port), "localhost") for _ in range(CLIENTS)]
        with under(clients, (("GET", "/", 200), ("POST", "/", 200))) as load:
            wait_until(lambda: load.count > 2000, "2000 requests")
            wait_until(lambda: workers(master).isdisjoint(begun), "new processes")

    assert load.failures == []


def test_a_site_that_stops_ends_what_it_answers(tmp_path: Path) -> None:
    tiny = Tiny(tmp_path)
    tiny.install("1.0")
    with tiny.served() as master:
        with closing(over_http(tiny.port)()) as connection:
            connection.request("GET", "/slow")
            wait_until((tiny.root / "instance" / "slow").exists, "a slow answer, begun")

            os.kill(master, signal.SIGTERM)

            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b"slow")
        wait_until(lambda: tiny.process.poll() is not None, "the end")
        assert tiny.process.returncode == 0
