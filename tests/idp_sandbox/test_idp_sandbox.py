"""The provider of ``make idp``: what it says is what we read, and it does not share our code."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from signal import SIGTERM
from urllib.parse import urlsplit

import pytest
import urllib3
from bs4 import BeautifulSoup

from app.core import clock
from app.integrations.saml import SamlCancelled, ServiceProvider, make_service_provider
from app.settings import SamlSettings
from idp_sandbox.students import Student, students
from idp_sandbox.words import ENGLISH
from tests.conftest import settings_of
from tests.saml.keys import pair

pytestmark = pytest.mark.once

#: How long the program may take to end, in seconds.
PATIENCE = 20


@dataclass
class School:
    """The program, and the site that asks it."""

    origin: str
    folder: Path
    lines: list[str]
    #: What the site says of itself.
    site: dict[str, bytes]
    http: urllib3.PoolManager

    def service(self, **saml: Path) -> ServiceProvider:
        settings = SamlSettings(idp_metadata_file=self.folder / "idp-sandbox.xml", **saml)
        made = make_service_provider(settings_of("sqlite://", saml=settings))
        assert made is not None
        assert made.is_available
        self.site["metadata"] = made.metadata()
        return made

    def choose(self, service: ServiceProvider, student: str) -> str:
        """Be someone there; what the site is sent."""
        page = self.page(self.http.request("GET", service.depart().url))
        hidden = page.select("input[type=hidden]")
        asked = {str(tag["name"]): str(tag["value"]) for tag in hidden}
        answer = self.http.request(
            "POST", f"{self.origin}/login", fields={**asked, "student": student}
        )
        assert answer.headers["Content-Security-Policy"].count("form-action http://localhost;") == 1
        return str(self.page(answer).select_one("[name=SAMLResponse]")["value"])  # type: ignore[index]

    @staticmethod
    def page(answer: urllib3.BaseHTTPResponse) -> BeautifulSoup:
        assert answer.status == 200, answer.data
        return BeautifulSoup(answer.data, "html.parser")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    site: dict[str, bytes] = {}

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(site["metadata"])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    folder = tmp_path_factory.mktemp("school")
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        where = f"http://127.0.0.1:{server.server_port}"
        options = ["--port", "0", "--folder", str(folder), "--site", where]
        with subprocess.Popen(
            [sys.executable, "-m", "idp_sandbox", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as program:
            assert program.stdout is not None
            lines = [program.stdout.readline().strip() for _ in range(4)]
            (origin,) = re.findall(r"(http://127\.0\.0\.1:[0-9]+)/$", lines[0])
            with urllib3.PoolManager(retries=False) as http:
                yield School(origin, folder, lines, site, http)
            program.send_signal(SIGTERM)
            said, _ = program.communicate(timeout=PATIENCE)
        server.shutdown()
    assert (said, program.returncode) == ("", 0)


def test_it_tells_what_to_write_in_the_settings(school: School) -> None:
    assert school.lines[2] == f"SAML_IDP_METADATA_FILE={school.folder / 'idp-sandbox.xml'}"
    assert school.lines[3].startswith("SAML_SP_ENTITY_ID=http://127.0.0.1:")
    assert (school.folder / "idp-sandbox" / "idp.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("student", students(clock.today()), ids=lambda one: one.key)
def test_what_it_says_of_each_student_is_read(school: School, student: Student) -> None:
    service = school.service()
    response = school.choose(service, student.key)

    answer = service.read(response, request_id=service.request_of(response), now=clock.now())

    said = answer.identity
    assert (said.given_name, said.surname) == (student.given_name, student.surname)
    assert (said.emails, said.services) == (student.emails, student.services)
    assert said.subject == f"sandbox-{student.key}"


def test_it_reads_requests_that_are_signed(school: School, tmp_path: Path) -> None:
    keys = pair("site")
    key, certificate = tmp_path / "sp.key", tmp_path / "sp.crt"
    key.write_text(keys.key)
    certificate.write_text(keys.certificate)
    service = school.service(
        certificate_private_key_file=key, certificate_public_key_file=certificate
    )
    assert "SigAlg" in service.depart().url

    response = school.choose(service, "rosalind.franklin")

    assert service.read(response, request_id=service.request_of(response), now=clock.now())


def test_who_gives_up_is_told_so(school: School) -> None:
    service = school.service()
    response = school.choose(service, "")

    with pytest.raises(SamlCancelled):
        service.request_of(response)


def test_it_refuses_what_no_site_asks(school: School) -> None:
    school.service()
    for query in ("", "SAMLRequest=%25%25", f"SAMLRequest={'x' * 1000}"):
        answer = school.http.request("GET", f"{school.origin}/login?{query}")
        assert answer.status == 400, query


def test_its_pages_load_nothing_from_elsewhere(school: School) -> None:
    page = school.page(school.http.request("GET", f"{school.origin}/"))
    links = [*page.select("[src]"), *page.select("link[href]")]

    for tag in links:
        where = str(tag.get("src") or tag.get("href"))
        assert urlsplit(where).netloc == "", where


def test_each_sentence_of_a_student_is_said_in_english() -> None:
    assert {student.shows for student in students(clock.today())} <= set(ENGLISH)
    assert len({student.key for student in students(clock.today())}) == 11
