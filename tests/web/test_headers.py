"""What is said to browsers with every answer, whatever it is."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.enums import LoginMethod
from app.extensions import db
from app.models import Base, LoginSession
from tests.client import Client
from tests.conftest import furnish
from tests.factories import PCeenFactory, base as factories
from tests.web.conftest import faulty_app

pytestmark = pytest.mark.once

#: How each kind of answer is had.
ANSWERS = [
    ("GET", "/login", 200),
    ("GET", "/healthz", 200),
    ("GET", "/robots.txt", 200),
    ("GET", "/api/faulty/fail/200", 200),
    ("GET", "/static/js/forms.js", 200),
    ("POST", "/set_mode/dark", 303),
    ("GET", "/", 302),
    ("GET", "/gris", 308),
    ("GET", "/faulty/fail/400", 400),
    ("GET", "/api/faulty/staff", 401),
    ("GET", "/faulty/inside", 403),
    ("GET", "/nowhere", 404),
    ("GET", "/static/nowhere.css", 404),
    ("GET", "/api/nowhere", 404),
    ("PUT", "/login", 405),
    ("TRACE", "/", 405),
    ("GET", "/faulty/fail/413", 413),
    ("GET", "/faulty/fail/429", 429),
    ("GET", "/faulty/fail/500", 500),
    ("GET", "/faulty/fail/template", 500),
    ("GET", "/api/faulty/fail/500", 500),
    ("GET", "/faulty/fail/503", 503),
    ("GET", "/api/faulty/fail/503", 503),
]


@pytest.fixture(scope="module")
def secure() -> Iterator[Flask]:
    """The site, on https."""
    app = faulty_app(preferred_url_scheme="https")
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def visitor(secure: Flask) -> Client:
    client = secure.test_client()
    assert isinstance(client, Client)
    return client


@pytest.fixture
def member(secure: Flask) -> Client:
    """The browser of someone who is logged in."""
    with secure.app_context():
        factories.use(db.session())
        begun = LoginSession(pceen=PCeenFactory(), method=LoginMethod.password)
        db.session.add(begun)
        db.session.commit()
        client = secure.test_client()
        assert isinstance(client, Client)
        with client.session_transaction(base_url="https://localhost") as cookie:
            cookie["_user_id"] = begun.secret
        db.session.remove()
    return client


def ask(client: Client, method: str, path: str, **kwargs: Any) -> TestResponse:
    return client.open(path, method=method, base_url="https://localhost", buffered=True, **kwargs)


def policy(answer: TestResponse) -> dict[str, str]:
    """The policy on content, by directive."""
    parts = (
        part.split(maxsplit=1) for part in answer.headers["Content-Security-Policy"].split(";")
    )
    return {name: sources for name, sources, *_ in parts}


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_is_hardened(visitor: Client, method: str, path: str, status: int) -> None:
    answer = ask(visitor, method, path)

    assert answer.status_code == status
    allowed = policy(answer)
    assert allowed["default-src"] == "'none'"
    assert allowed["frame-ancestors"] == allowed["base-uri"] == "'none'"
    assert allowed["form-action"] == allowed["script-src"] == allowed["style-src"] == "'self'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:"} & set(
        " ".join(allowed.values()).split()
    )
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "Server" not in answer.headers


HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=63072000",
}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/profile/",
        "/legal",
        "/nowhere",
        "/faulty/staff",
        "/faulty/fail/500",
        "/faulty/fail/503",
        "/api/faulty/fail/200",
        "/api/nowhere",
        "/login",
    ],
)
def test_what_someone_reads_is_kept_by_nobody(member: Client, path: str) -> None:
    answer = ask(member, "GET", path)

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/reset_password/x", "/invitation/x", "/confirm_email/x"])
def test_a_secret_address_is_told_to_nobody(member: Client, visitor: Client, path: str) -> None:
    for client in (member, visitor):
        answer = ask(client, "GET", path)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer.headers["Cache-Control"]


def test_a_file_of_the_site_is_kept_and_recognised(visitor: Client) -> None:
    first = ask(visitor, "GET", "/static/js/forms.js")
    again = ask(
        visitor, "GET", "/static/js/forms.js", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert "max-age=2592000" in first.headers["Cache-Control"]
    assert "Set-Cookie" not in first.headers
    assert again.status_code == 304
    assert again.headers["Strict-Transport-Security"]


def test_health_is_asked_without_a_cookie(member: Client, visitor: Client) -> None:
    for client in (member, visitor):
        answer = ask(client, "GET", "/healthz")
        assert (answer.text, answer.mimetype) == ("ok", "text/plain")
        assert "Set-Cookie" not in answer.headers


def test_cookies_are_for_this_site_alone(secure: Flask, visitor: Client) -> None:
    cookies = ask(visitor, "GET", "/login").headers.getlist("Set-Cookie")
    cookies += ask(visitor, "POST", "/set_mode/dark").headers.getlist("Set-Cookie")

    session, mode = cookies
    assert session.startswith("__Host-session=")
    assert "HttpOnly" in session
    for cookie in cookies:
        assert {"Secure", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
    assert "Max-Age=31536000" in mode


def test_a_site_on_http_promises_nothing_of_https() -> None:
    app = faulty_app()
    answer = app.test_client().get("/healthz")

    assert "Strict-Transport-Security" not in answer.headers
