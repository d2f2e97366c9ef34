"""The log: one line of JSON for each thing that happens, and no secret in it."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core import passwords
from app.extensions import db
from app.models import Base
from app.web.logging import JsonLine
from tests.client import Client
from tests.conftest import furnish
from tests.factories import PCeenFactory, base as factories
from tests.web.conftest import SECRET, faulty_app

pytestmark = pytest.mark.once

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _other_handlers() -> Iterator[None]:
    """The loggers, as in a process that has just begun."""
    logger = logging.getLogger("app")
    before, logger.handlers[:] = logger.handlers[:], []
    yield
    for handler in logger.handlers:
        handler.close()
    logger.handlers[:] = before


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the logs are to be: not there yet."""
    return tmp_path / "var" / "log"


@pytest.fixture
def browser(place: Path) -> Iterator[Client]:
    """A browser of a site that logs there."""
    app = faulty_app(log_dir=place)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
        factories.use(db.session())
        client = app.test_client()
        assert isinstance(client, Client)
        yield client
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def lines(place: Path) -> Lines:
    """What the log says: each line is read as JSON."""

    def read() -> list[dict[str, Any]]:
        text = (place / "pc-est-magique.log").read_text(encoding="utf-8")
        assert text.count("\n") == len(text.splitlines())
        return [json.loads(line) for line in text.splitlines()]

    return read


def test_each_request_is_a_line(browser: Client, lines: Lines) -> None:
    browser.environ_base["REMOTE_ADDR"] = "192.0.2.7"

    for path in ("/login", "/nowhere", "/faulty/mine", "/static/js/forms.js", "/healthz"):
        browser.get(path, buffered=True)

    said = [line for line in lines() if line["logger"] == "app.access"]
    assert [(line.get("endpoint"), line["status"], line["level"]) for line in said] == [
        ("account.login", 200, "info"),
        (None, 404, "warning"),
        ("faulty.mine", 302, "info"),
    ]
    for line in said:
        assert line["at"].endswith("+00:00")
        assert line["address"] == "192.0.2.7"
        assert line["message"] == "GET"
        assert line["ms"] >= 0
    assert len({line["request_id"] for line in said}) == 3


def test_a_failure_says_where_and_is_found_by_its_number(browser: Client, lines: Lines) -> None:
    page = browser.open_page("/faulty/fail/500", status=500)

    failure, access = lines()
    assert failure["level"] == "error"
    assert "ZeroDivisionError" in failure["trace"]
    assert failure["where"]
    assert access["status"] == 500
    assert access["request_id"] in page.text(".fault-name")


def test_one_event_is_one_line_whatever_it_holds(browser: Client, lines: Lines) -> None:
    browser.get("/faulty/fail/log")

    told = lines()[0]
    assert told["message"] == "a line\nand\r\nanother\u2028\u0085\x1b[0m\x9b"
    assert told["level"] == "warning"


def test_what_is_no_text_is_written_too() -> None:
    record = logging.LogRecord("app", logging.INFO, __file__, 1, "half a pair: \ud800", None, None)

    line = JsonLine().format(record)

    assert json.loads(line.encode())["message"] == "half a pair: \ud800"


def test_no_secret_is_ever_written(browser: Client, place: Path) -> None:
    PCeenFactory(username="ada", password_hash=passwords.hashed("hunter2-right"))
    browser.post("/login", data={"identifier": "ada", "password": "hunter2-wrong"})
    browser.post("/login", data={"identifier": "ada", "password": "hunter2-right"})
    cookie = browser.get_cookie("session")
    assert cookie is not None

    browser.get("/profile/", headers={"Authorization": "Bearer hunter2-token"})
    browser.get("/reset_password/hunter2-link?next=hunter2-next")
    browser.get("/faulty/fail/row")  # a row that the database refuses: its values are not told

    text = (place / "pc-est-magique.log").read_text(encoding="utf-8")
    assert "IntegrityError" in text
    assert "hunter2" not in text
    assert SECRET not in text.replace("raise ZeroDivisionError(SECRET)", "")
    assert cookie.value not in text


def test_who_asked_is_a_number(browser: Client, lines: Lines) -> None:
    ada = PCeenFactory(username="ada", password_hash=passwords.hashed("ten letters"))
    browser.post("/login", data={"identifier": "ada", "password": "ten letters"})

    browser.get("/profile/")
    browser.post("/logout")

    profile, logout = lines()[-2:]
    assert (profile["pceen_id"], logout["pceen_id"]) == (ada.id, ada.id)


def test_logs_that_cannot_be_written_go_to_the_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder")

    app = faulty_app(log_dir=tmp_path / "file" / "logs")
    app.logger.info("the site starts all the same")

    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in told] == ["error", "info"]
    assert told[0]["message"].startswith("logs go to the standard error")
    assert told[1]["message"] == "the site starts all the same"


def test_a_rotation_may_take_the_file_away(browser: Client, place: Path, lines: Lines) -> None:
    browser.get("/login")
    (place / "pc-est-magique.log").rename(place / "pc-est-magique.log.1")

    browser.get("/legal")

    assert [line["endpoint"] for line in lines()] == ["home.legal"]
