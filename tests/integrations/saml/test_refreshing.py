"""Fetching metadata: from servers that answer well, badly, slowly, or for ever."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from app.integrations.saml import MetadataRefused, ServiceProvider, fetching
from app.settings import PhotosSettings, SamlSettings, Settings
from tests.saml.forge import IDP, Forge
from tests.saml.keys import expired, pair

pytestmark = pytest.mark.once

Make = Callable[..., ServiceProvider]
GOOD = Forge().metadata()
FEDERATION = pair("federation")


class Server(ThreadingHTTPServer):
    """A server of metadata: what it says at each address."""

    daemon_threads = True
    pages: dict[str, Any]
    #: How many bytes it could send of what never ends.
    sent = 0


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path)
        if callable(page):
            with suppress(OSError):
                page(self)
            return
        self.send_response(200 if page is not None else 404)
        self.end_headers()
        self.wfile.write(page or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def endless(handler: _Handler) -> None:
    """Send a gigabyte."""
    handler.send_response(200)
    handler.end_headers()
    for _time in range(1024):
        handler.server.sent += handler.wfile.write(b"<" * 1024 * 1024)


def by_drops(handler: _Handler) -> None:
    """Send a header, and then another, and so on."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for rank in range(300):
        handler.wfile.write(f"X-{rank}: x\r\n".encode())
        sleep(0.1)


def moved(handler: _Handler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/good")
    handler.end_headers()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server on this machine."""
    with Server(("127.0.0.1", 0), _Handler) as server:
        server.pages = {
            "/good": GOOD,
            "/other": Forge(entity="https://other.example/idp").metadata(),
            "/garbage": b"\x00\xff",
            "/truncated": GOOD[:400],
            "/expired": Forge().metadata(certificates=(expired("old"),)),
            "/rolled": Forge().metadata(certificates=(pair("idp"), pair("idp-next"))),
            "/signed": Forge().metadata(signed_by=FEDERATION),
            "/signed-by-another": Forge().metadata(signed_by=pair("stranger")),
            "/changed": Forge()
            .metadata(signed_by=FEDERATION)
            .replace(b"idp.example.org/login", b"evil.example/login"),
            "/endless": endless,
            "/drops": by_drops,
            "/moved": moved,
        }
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def at(server: Server) -> Callable[[str], str]:
    """The address of a page: ``at("/good")``."""
    return lambda path: f"http://127.0.0.1:{server.server_port}{path}"


@pytest.fixture
def fetcher(make: Make, at: Callable[[str], str]) -> Callable[..., ServiceProvider]:
    """A site that fetches its metadata from a page."""

    def _fetcher(path: str, **saml: Any) -> ServiceProvider:
        return make(idp_metadata_file=None, idp_metadata_url=at(path), **saml)

    return _fetcher


def test_what_is_fetched_is_kept_and_used_by_every_process(
    fetcher: Callable[..., ServiceProvider], tmp_path: Path
) -> None:
    worker, page = fetcher("/good"), fetcher("/good")
    assert not page.is_available
    assert worker.is_in_want

    assert worker.refresh().entity == IDP

    assert (tmp_path / "copy.xml").read_bytes() == GOOD
    assert page.is_available
    assert not worker.is_in_want
    assert fetcher("/good").is_available  # after a new start too


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/garbage", "not UTF-8"),
        ("/truncated", "not well-formed"),
        ("/expired", "no signing certificate"),
        ("/other", f"no identity provider called {IDP}"),
        ("/missing", "HTTP 404"),
        ("/moved", "HTTP 302"),
        ("/endless", "too long"),
    ],
)
def test_what_is_not_good_leaves_the_former_copy(
    fetcher: Callable[..., ServiceProvider],
    server: Server,
    tmp_path: Path,
    path: str,
    reason: str,
) -> None:
    (tmp_path / "copy.xml").write_bytes(GOOD)
    server.sent = 0
    service = fetcher(path)

    with pytest.raises(MetadataRefused, match=reason):
        service.refresh()

    assert (tmp_path / "copy.xml").read_bytes() == GOOD
    assert service.is_available
    assert server.sent < 20 * 1024 * 1024


def test_a_server_that_answers_by_drops_is_left(
    fetcher: Callable[..., ServiceProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "fetched", partial(fetching.fetched, seconds=1.5))
    began = monotonic()

    with pytest.raises(MetadataRefused, match=r"not there after 1\.5 s"):
        fetcher("/drops").refresh()

    assert monotonic() - began < 8


def test_the_second_address_is_asked_when_the_first_does_not_answer_well(
    fetcher: Callable[..., ServiceProvider], at: Callable[[str], str]
) -> None:
    service = fetcher("/garbage", idp_metadata_fallback_url=at("/good"))

    assert service.refresh().entity == IDP


def test_nobody_at_all_is_said_so(make: Make) -> None:
    service = make(idp_metadata_file=None, idp_metadata_url="http://127.0.0.1:9/")

    with pytest.raises(MetadataRefused, match="no answer: NewConnectionError"):
        service.refresh()
    assert not service.is_available


def test_a_new_certificate_takes_effect(
    fetcher: Callable[..., ServiceProvider], tmp_path: Path
) -> None:
    (tmp_path / "copy.xml").write_bytes(GOOD)
    service = fetcher("/rolled")
    assert service.provider is not None
    assert len(service.provider.certificates) == 1

    service.refresh()

    assert len(service.provider.certificates) == 2


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/good", "not signed"),
        ("/signed-by-another", "wrong signature"),
        ("/changed", "wrong signature"),
        ("/signed", None),
    ],
)
def test_signed_metadata_are_signed_by_who_must(
    fetcher: Callable[..., ServiceProvider], tmp_path: Path, path: str, reason: str | None
) -> None:
    (tmp_path / "federation.pem").write_text(FEDERATION.certificate)
    service = fetcher(path, idp_metadata_certificate=tmp_path / "federation.pem")

    if reason is None:
        assert service.refresh().entity == IDP
        return
    with pytest.raises(MetadataRefused, match=reason):
        service.refresh()
    assert not service.is_available


def test_a_certificate_that_is_missing_vouches_for_nothing(
    fetcher: Callable[..., ServiceProvider], tmp_path: Path
) -> None:
    service = fetcher("/good", idp_metadata_certificate=tmp_path / "missing.pem")

    with pytest.raises(MetadataRefused, match="SAML_IDP_METADATA_CERTIFICATE"):
        service.refresh()


def test_a_provider_chosen_by_name_is_the_only_one(fetcher: Callable[..., ServiceProvider]) -> None:
    assert fetcher("/other", idp_entity_id="https://other.example/idp").refresh()
    with pytest.raises(MetadataRefused, match="no identity provider called urn:x"):
        fetcher("/other", idp_entity_id="urn:x").refresh()


def test_a_file_wins_over_what_is_fetched(
    make: Make, at: Callable[[str], str], tmp_path: Path
) -> None:
    other = Forge(entity="https://other.example/idp").metadata()
    service = make(other, idp_metadata_url=at("/good"))
    service.refresh()

    assert service.provider is not None
    assert service.provider.entity == "https://other.example/idp"
    (tmp_path / "idp.xml").unlink()
    after = make(b"garbage", idp_metadata_url=at("/good"))
    assert after.provider is not None
    assert after.provider.entity == IDP


@pytest.mark.parametrize(
    "url", ["http://idp.example.org/m", "ftp://idp.example.org/m", "https:///m", "idp", "file:///m"]
)
def test_metadata_are_fetched_over_https_alone(url: str) -> None:
    with pytest.raises(ValidationError, match="https://"):
        SamlSettings(idp_metadata_url=url)


def test_metadata_may_have_a_long_address() -> None:
    url = "https://mdq.example.org/entities/https%3A%2F%2Fidp.example.org%2Fidp?x=1"

    assert SamlSettings(idp_metadata_url=url).idp_metadata_url == url


def test_metadata_in_clear_are_refused_in_production() -> None:
    saml = SamlSettings(idp_metadata_fallback_url="http://127.0.0.1:8000/metadata")

    with pytest.raises(ValidationError, match="SAML_IDP_METADATA_FALLBACK_URL: https"):
        Settings(
            mode="production",
            secret_key=SecretStr("x" * 32),
            server_name="pem.example.org",
            admins="gri@example.org",
            SQLALCHEMY_DATABASE_URI="sqlite://",
            photos=PhotosSettings(secret_key=SecretStr("x" * 32)),
            saml=saml,
        )
