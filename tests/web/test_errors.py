"""When something goes wrong, people are told what to do, and nothing else."""

import errno
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import html5lib
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from app.context import identify
from app.enums import LoginMethod
from app.extensions import db
from app.models import Base, LoginSession
from app.web import navigation
from tests.client import Client
from tests.conftest import furnish
from tests.factories import PCeenFactory
from tests.web.conftest import SECRET, faulty_app

pytestmark = pytest.mark.once

#: What a page never shows: where the code is, what it is, what it was told.
TELLTALE = re.compile(
    rf"Traceback|File &|\.py|/work|site-packages|SELECT|INSERT|{SECRET}", re.ASCII
)
GONE = (
    "sqlite:////nonexistent/site.db",
    "postgresql://u:p@127.0.0.1:1/b",
    "mariadb://127.0.0.1:1/b",
)


def check_alone(answer: TestResponse, status: int) -> None:
    """It is the page that needs nothing: no menu, no form, and it tells nothing."""
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    html5lib.HTMLParser(strict=True).parse(answer.text)
    assert f"{status} " in answer.text
    assert "<form" not in answer.text
    assert "<nav" not in answer.text
    assert re.search(r"incident [0-9a-f]{8,}", answer.text)
    assert not TELLTALE.search(answer.text)
    assert answer.headers["Content-Security-Policy"]
    assert answer.headers.get("Retry-After") == ("60" if status == 503 else None)


def raises(error: Exception) -> Callable[..., Any]:
    def broken(*_: object, **__: object) -> Any:
        raise error

    return broken


def logged_in(browser: Client, **columns: Any) -> Client:
    begun = LoginSession(pceen=PCeenFactory(**columns), method=LoginMethod.password)
    db.session.add(begun)
    db.session.commit()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = begun.secret
    return browser


@pytest.mark.parametrize("way", ["500", "template", "frame", "row"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_page_that_fails_is_a_page_that_stands_alone(
    faulty: Flask, browser: Client, way: str, method: str
) -> None:
    faulty.config["WTF_CSRF_ENABLED"] = False

    check_alone(browser.open(f"/faulty/fail/{way}", method=method), 500)
    assert browser.get("/legal").status_code == 200


def test_a_database_that_does_not_answer_is_away_for_a_minute(browser: Client) -> None:
    check_alone(browser.get("/faulty/fail/503"), 503)


@pytest.mark.parametrize("url", GONE)
def test_without_any_database_people_are_told_to_come_back(url: str) -> None:
    app = faulty_app(url)
    browser = app.test_client()

    for path in ("/login", "/nowhere", "/faulty/fail/403"):
        check_alone(browser.get(path), 503)
    answer = browser.get("/api/faulty/staff")
    assert (answer.status_code, answer.json["error"]["status"]) == (503, 503)  # type: ignore[index]
    assert browser.get("/healthz").text == "ok"
    logged_in = {"Cookie": "session=whatever"}
    for path in ("/robots.txt", "/favicon.ico", "/manifest.webmanifest"):
        assert browser.get(path, headers=logged_in, buffered=True).status_code == 200
    assert browser.get("/static/js/forms.js", buffered=True).status_code == 200
    assert browser.get("/readyz").status_code == 503
    with app.app_context():
        db.engine.dispose()


def test_a_context_that_fails_is_a_page_that_stands_alone(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identify, "_locate", raises(RuntimeError(SECRET)))

    check_alone(browser.get("/login"), 500)
    check_alone(browser.get("/nowhere"), 500)


def test_a_page_of_errors_that_fails_stands_alone_too(
    faulty: Flask, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(faulty.jinja_env.globals, "menu", raises(RuntimeError(SECRET)))

    check_alone(browser.get("/nowhere"), 500)
    check_alone(browser.get("/login"), 500)


def test_a_database_lost_while_a_page_is_made(faulty: Flask, browser: Client) -> None:
    """Who was asking must not be read again to say that nothing can be read."""
    logged_in(browser, locale="en", slugs=["gri"])
    is_lost = False

    def lose(*_: object) -> None:
        if is_lost:
            raise sa.exc.OperationalError("SELECT", {}, ConnectionError(SECRET))

    def unplug() -> list[object]:
        nonlocal is_lost
        is_lost = True
        return db.session.execute(sa.text("SELECT 1")).all()  # type: ignore[return-value]

    faulty.jinja_env.globals["menu"] = unplug
    event.listen(db.engine, "before_cursor_execute", lose)

    answer = browser.get("/legal")

    check_alone(answer, 503)
    assert '<html lang="en"' in answer.text


def test_a_database_that_is_away_for_someone_who_is_logged_in(
    faulty: Flask, browser: Client
) -> None:
    """Who asks could not be read, and is not read again to say so."""
    logged_in(browser, locale="en", slugs=["gri"])

    def lost(*_: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, ConnectionError(SECRET))

    event.listen(db.engine, "before_cursor_execute", lost)
    try:
        check_alone(browser.get("/profile"), 503)
        check_alone(browser.post("/profile"), 503)
        assert browser.get("/api/faulty/mine").status_code == 503
    finally:
        event.remove(db.engine, "before_cursor_execute", lost)


def test_a_connection_that_is_lost_once_all_is_said_takes_no_answer_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was committed is answered, though the connection cannot be given back."""
    app = faulty_app(f"sqlite:///{tmp_path / 'site.db'}")
    with app.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
        dialect = type(db.engine.dialect)
    lost: list[int] = []

    def do_rollback(_dialect: object, _connection: object) -> None:
        lost.append(1)
        raise sqlite3.OperationalError(SECRET)

    with monkeypatch.context() as patched:
        patched.setattr(dialect, "is_disconnect", lambda *_: True)
        patched.setattr(dialect, "do_rollback", do_rollback)
        answer = app.test_client().get("/login")

    assert lost
    assert answer.status_code == 200
    assert app.test_client().get("/login").status_code == 200
    with app.app_context():
        db.engine.dispose()


def test_a_disk_that_is_full_is_full_for_a_while(
    faulty: Flask, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identify, "_locate", raises(OSError(errno.ENOSPC, SECRET)))
    check_alone(browser.get("/legal"), 503)
    answer = browser.get("/api/faulty/mine")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "disk" in answer.json["error"]["message"]  # type: ignore[index]

    monkeypatch.setattr(identify, "_locate", raises(OSError(errno.EIO, SECRET)))
    check_alone(browser.get("/legal"), 500)


@pytest.mark.parametrize("path", ["/legal", "/changelog", "/robots.txt", "/healthz"])
def test_what_concerns_everyone_is_told_without_the_database(
    faulty: Flask, browser: Client, path: str
) -> None:
    def lost(*_: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, ConnectionError(SECRET))

    event.listen(db.engine, "before_cursor_execute", lost)
    try:
        assert browser.get(path).status_code == 200
        assert browser.get("/contact").status_code == 503
    finally:
        event.remove(db.engine, "before_cursor_execute", lost)


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/api/faulty/fail/400", 400, None),
        ("/api/faulty/mine", 401, None),
        ("/api/faulty/staff", 401, None),
        ("/api/faulty/inside", 403, None),
        ("/api/faulty/fail/403", 403, None),
        ("/api/nowhere", 404, None),
        ("/api/faulty/fail/404d", 404, "No such beer."),
        ("/api/faulty/fail/409d", 409, "The price is another."),
        ("/api/faulty/fail/413", 413, None),
        ("/api/faulty/fail/415", 415, None),
        ("/api/faulty/fail/418", 418, None),
        ("/api/faulty/fail/422", 422, "The bar is closed."),
        ("/api/faulty/fail/429", 429, "Wait 90 s."),
        ("/api/faulty/fail/500", 500, None),
        ("/api/faulty/fail/template", 500, None),
        ("/api/faulty/fail/503", 503, None),
    ],
)
def test_a_program_is_answered_in_json(
    browser: Client, path: str, status: int, says: str | None
) -> None:
    answer = browser.get(path)

    check_json(answer, status)
    if says is not None:
        assert answer.json["error"]["message"] == says  # type: ignore[index]
    assert answer.headers.get("Retry-After") == {429: "90", 503: "60"}.get(status)


def check_json(answer: TestResponse, status: int) -> None:
    assert answer.status_code == status
    assert answer.mimetype == "application/json"
    assert answer.json is not None
    error = answer.json["error"]
    assert {"status", "name", "message"} <= set(error) <= {"status", "name", "message", "detail"}
    assert error["status"] == status
    assert error["name"]
    assert error["message"]
    assert not TELLTALE.search(answer.text)


def test_a_program_is_told_what_it_may_not_do(faulty: Flask, browser: Client) -> None:
    faulty.config["MAX_CONTENT_LENGTH"] = 100
    logged_in(browser)

    check_json(browser.get("/api/faulty/staff"), 403)
    check_json(browser.post("/api/faulty/fail/200"), 403)  # no token
    wrong = browser.put("/api/faulty/fail/200")
    check_json(wrong, 405)
    assert set(wrong.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    faulty.config["WTF_CSRF_ENABLED"] = False
    check_json(browser.post("/api/faulty/fail/read", data={"a": "b" * 200}), 413)


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_half_a_megabyte_of_text_is_too_much(faulty: Flask, browser: Client, encoding: str) -> None:
    faulty.config["WTF_CSRF_ENABLED"] = False

    fits, too_big = (
        browser.post("/faulty/fail/read", data={"a": "b" * size}, content_type=encoding)
        for size in (490_000, 510_000)
    )

    assert (fits.status_code, too_big.status_code) == (200, 413)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/faulty/fail/400", 400),
        ("/faulty/staff", 403),
        ("/faulty/inside", 403),
        ("/faulty/fail/403", 403),
        ("/nowhere", 404),
        ("/faulty/fail/404d", 404),
        ("/faulty/fail/409", 409),
        ("/faulty/fail/413", 413),
        ("/faulty/fail/415", 415),
        ("/faulty/fail/418", 418),
        ("/faulty/fail/429", 429),
    ],
)
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_a_person_is_told_in_a_page_of_the_site(
    browser: Client, path: str, status: int, locale: str
) -> None:
    page = logged_in(browser, locale=locale).open_page(path, status=status)

    assert page.html.html["lang"] == locale  # type: ignore[index]
    assert page.text("h1")
    assert len(page.html.select("main a")) >= 1  # a way on
    assert not TELLTALE.search(str(page.html))


def test_a_page_says_how_long_to_wait(browser: Client) -> None:
    answer = browser.get("/faulty/fail/429")

    assert answer.headers["Retry-After"] == "90"
    assert "Wait 90 s." in answer.text


def test_a_refused_post_goes_back_to_where_it_was_asked(faulty: Flask, browser: Client) -> None:
    faulty.config["WTF_CSRF_ENABLED"] = False

    for referrer, back in (
        ("http://localhost/legal?a=1", "/legal?a=1"),
        ("http://evil.example/legal", "/"),
        ("http://localhost//evil.example", "/"),
        ("http://localhost/faulty/fail/422", "/"),
        ("", "/"),
    ):
        answer = browser.post("/faulty/fail/422", headers={"Referer": referrer})
        assert (answer.status_code, answer.location) == (303, back)


def test_an_element_of_a_menu_that_fails_is_not_a_secret_either(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(navigation, "may_open", raises(KeyError(SECRET)))

    check_alone(browser.get("/legal"), 500)
