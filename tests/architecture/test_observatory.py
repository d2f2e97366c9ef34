"""Every class of answer is worth A+ by the rules of Mozilla's Observatory (``observatory.py``)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue
from werkzeug.test import TestResponse

from app import context
from app.enums import LoginMethod, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Base, LoginSession
from app.web import files
from tests.architecture.observatory import TESTS, Seen, grade, score, verdicts
from tests.client import Client
from tests.conftest import furnish
from tests.factories import PCeenFactory, base as factories
from tests.web.conftest import faulty_app

pytestmark = pytest.mark.once

ORIGIN = "https://localhost"
PARAMETER = re.compile(r"<(?:(?P<kind>\w+)(?:\((?P<values>[^)]*)\))?:)?\w+>")
#: What a page is worth when nothing is said of it: no policy, no HSTS, any frame, any type.
NOTHING_SAID = 100 - 25 - 20 - 20 - 5
#: The best: a policy that lets nothing in by default, cookies, referrer, frames, resources.
BEST = 100 + 10 + 5 + 5 + 5 + 10
WELL = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Strict-Transport-Security", "max-age=63072000"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
#: Answers that no address alone gives: (method, path, status).
OTHERS = [
    ("POST", "/set_mode/dark", 303),
    ("GET", "/gris", 308),
    ("GET", "/static/js/forms.js", 200),
    ("GET", "/static/nowhere.css", 404),
    ("GET", "/nowhere", 404),
    ("GET", "/api/nowhere", 404),
    ("PUT", "/login", 405),
    ("TRACE", "/", 405),
    ("OPTIONS", "/login", 200),
    ("HEAD", "/login", 200),
    ("GET", "/observed/file", 200),
    ("POST", "/login", 422),
    *(("GET", f"/faulty/fail/{status}", status) for status in (400, 403, 404, 409, 413, 415)),
    *(("GET", f"/faulty/fail/{status}", status) for status in (418, 422, 429, 500, 503)),
    *(("GET", f"/api/faulty/fail/{status}", status) for status in (200, 400, 404, 429, 500, 503)),
]


def changed(name: str, value: str | None) -> Seen:
    """A good answer, but for one header."""
    kept = [(header, said) for header, said in WELL if header != name]
    return Seen((*kept, *([(name, value)] if value is not None else [])))


def page(*tags: str) -> Seen:
    return Seen((*WELL, ("Content-Type", "text/html; charset=utf-8")), "".join(tags))


def test_nothing_said_is_worth_little() -> None:
    assert (score(Seen(())), grade(Seen(()))) == (NOTHING_SAID, "D")


def test_the_best_is_worth_more_than_all() -> None:
    cookie = ("Set-Cookie", "session=1; Secure; HttpOnly; SameSite=Lax")

    assert score(Seen((*WELL, cookie))) == BEST


@pytest.mark.parametrize(
    ("test", "name", "value", "points"),
    [
        ("content-security-policy", "Content-Security-Policy", None, -25),
        ("content-security-policy", "Content-Security-Policy", ";", -25),
        (
            "content-security-policy",
            "Content-Security-Policy",
            "img-src *; img-src 'self'",
            -25,
        ),
        ("content-security-policy", "Content-Security-Policy", "sandbox", -20),
        ("content-security-policy", "Content-Security-Policy", "default-src https:", -20),
        (
            "content-security-policy",
            "Content-Security-Policy",
            "default-src 'self'; script-src 'self' 'unsafe-inline'",
            -20,
        ),
        (
            "content-security-policy",
            "Content-Security-Policy",
            "default-src 'none'; connect-src http://a.example",
            -20,
        ),
        (
            "content-security-policy",
            "Content-Security-Policy",
            "default-src 'self'; script-src 'self' 'unsafe-eval'",
            -10,
        ),
        (
            "content-security-policy",
            "Content-Security-Policy",
            "default-src 'self'; img-src http:",
            -10,
        ),
        (
            "content-security-policy",
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'",
            0,
        ),
        ("content-security-policy", "Content-Security-Policy", "default-src 'self'", 5),
        (
            "content-security-policy",
            "Content-Security-Policy",
            "default-src 'self'; script-src 'nonce-a' 'unsafe-inline'",
            5,
        ),
        ("cookies", "Set-Cookie", "session=1", -30),
        ("cookies", "Set-Cookie", "session=1; HttpOnly", -10),
        ("cookies", "Set-Cookie", "mode=1", -5),
        ("cookies", "Set-Cookie", "mode=1; Secure; SameSite=Anyhow", -20),
        ("cookies", "Set-Cookie", "csrf=1; Secure", -20),
        ("cookies", "Set-Cookie", "mode=1; Secure", 0),
        ("cookies", "Set-Cookie", "mode=1; Secure; SameSite=Lax", 5),
        ("cross-origin-resource-sharing", "Access-Control-Allow-Origin", "*", 0),
        ("referrer-policy", "Referrer-Policy", None, 0),
        ("referrer-policy", "Referrer-Policy", "unsafe-url", -5),
        ("referrer-policy", "Referrer-Policy", "anything", -5),
        ("referrer-policy", "Referrer-Policy", "unsafe-url, no-referrer", 5),
        ("strict-transport-security", "Strict-Transport-Security", None, -20),
        ("strict-transport-security", "Strict-Transport-Security", "max-age=x", -20),
        ("strict-transport-security", "Strict-Transport-Security", "max-age=3600", -10),
        ("x-content-type-options", "X-Content-Type-Options", None, -5),
        ("x-content-type-options", "X-Content-Type-Options", "sniff", -5),
        ("x-frame-options", "Content-Security-Policy", "default-src 'none'", -20),
        ("cross-origin-resource-policy", "Cross-Origin-Resource-Policy", None, 0),
        ("cross-origin-resource-policy", "Cross-Origin-Resource-Policy", "cross-origin", 0),
        ("cross-origin-resource-policy", "Cross-Origin-Resource-Policy", "nobody", -5),
    ],
)
def test_each_rule_takes_and_gives_its_points(
    test: str, name: str, value: str | None, points: int
) -> None:
    assert verdicts(changed(name, value))[test].points == points


@pytest.mark.parametrize(
    ("tag", "points"),
    [
        ('<script src="/a.js"></script>', 0),
        ('<script src="/a.js" integrity="sha256-x"></script>', 5),
        ('<script src="https://b.example/a.js"></script>', -5),
        ('<script src="//b.example/a.js"></script>', -50),
        ('<script src="http://b.example/a.js" integrity="sha256-x"></script>', -20),
    ],
)
def test_scripts_of_elsewhere_cost(tag: str, points: int) -> None:
    own = '<script src="https://localhost/b.js"></script>'

    assert verdicts(page(tag))["subresource-integrity"].points == points
    assert verdicts(page(own, tag))["subresource-integrity"].points == min(points, 0)


@pytest.mark.parametrize(
    ("led", "points"),
    [
        (None, 0),
        ("https://localhost/", 0),
        ("http://localhost/", -20),
        ("https://www.localhost/", -5),
    ],
)
def test_who_comes_in_clear_is_led_to_https(led: str | None, points: int) -> None:
    assert verdicts(Seen(WELL, over_http=led))["redirection"].points == points


def test_what_is_shared_with_anybody_as_the_visitor_costs_most() -> None:
    shared = ("Access-Control-Allow-Origin", "https://evil.example")
    seen = Seen((*WELL, shared, ("Access-Control-Allow-Credentials", "true")))

    assert verdicts(seen)["cross-origin-resource-sharing"].points == -50
    assert set(TESTS) == set(verdicts(seen))


def test_a_bonus_mends_nothing() -> None:
    worn = changed("Content-Security-Policy", "default-src 'self'; img-src http:")

    assert score(worn) == 100 - 10 - 20


def test_two_policies_bind_together() -> None:
    weak = ("Content-Security-Policy", "script-src 'unsafe-inline'")

    assert verdicts(Seen((*WELL, weak)))["content-security-policy"].points == 10


@pytest.fixture(scope="module")
def site() -> Iterator[Flask]:
    """The site, on https, with a file and pages that fail."""
    app = faulty_app(preferred_url_scheme="https")
    app.config["WTF_CSRF_ENABLED"] = False
    bp = Blueprint("observed", __name__, url_prefix="/observed")

    @bp.get("/file")
    @context.public
    def file() -> ResponseReturnValue:
        return files.serve_public(Path(app.static_folder or "") / "img" / "icon-192.png")

    app.register_blueprint(bp)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


#: Who looks, and what they may.
READERS = {
    "visitor": None,
    "resident": (),
    "gri": ((T.all, S.gris), (T.all, S.bar), (T.all, S.club_q)),
}


def browser(site: Flask, who: str) -> Client:
    """The browser of somebody."""
    client = site.test_client()
    assert isinstance(client, Client)
    rights = READERS[who]
    if rights is None:
        return client
    with site.app_context():
        factories.use(db.session())
        begun = LoginSession(pceen=PCeenFactory(can=list(rights)), method=LoginMethod.password)
        db.session.add(begun)
        db.session.commit()
        with client.session_transaction(base_url=ORIGIN) as cookie:
            cookie["_user_id"] = begun.secret
        db.session.remove()
    return client


def ask(client: Client, method: str, path: str) -> TestResponse:
    return client.open(path, method=method, base_url=ORIGIN, buffered=True)


def as_seen(answer: TestResponse) -> Seen:
    text = answer.text if answer.mimetype == "text/html" else ""
    return Seen(tuple(answer.headers.items()), text, ORIGIN)


def addresses(site: Flask) -> list[str]:
    """One address for each rule of the site."""
    return sorted({PARAMETER.sub(_value, rule.rule) for rule in site.url_map.iter_rules()})


def _value(match: re.Match[str]) -> str:
    if match["kind"] == "any":
        return match["values"].split(",")[0].strip()
    return "1"


@pytest.mark.parametrize("who", READERS)
def test_every_address_is_worth_the_best(site: Flask, who: str) -> None:
    client = browser(site, who)
    asked = [path for path in addresses(site) if path != "/logout"]
    seen: dict[str, Seen] = {path: as_seen(ask(client, "GET", path)) for path in asked}

    low = {path: verdicts(one) for path, one in seen.items() if grade(one) != "A+"}

    assert not low
    assert len(seen) > 250


@pytest.mark.parametrize(("method", "path", "status"), OTHERS)
def test_every_kind_of_answer_is_worth_the_best(
    site: Flask, method: str, path: str, status: int
) -> None:
    answer = ask(browser(site, "visitor"), method, path)

    assert answer.status_code == status
    assert grade(as_seen(answer)) == "A+", verdicts(as_seen(answer))


def test_a_page_is_worth_all_that_can_be_had(site: Flask) -> None:
    answer = ask(browser(site, "visitor"), "GET", "/login")

    assert score(as_seen(answer)) == BEST


def test_maintenance_is_worth_the_best() -> None:
    app = faulty_app(preferred_url_scheme="https", maintenance=True)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
    for path in ("/", "/bar/me", "/api/faulty/fail/200"):
        client = app.test_client()
        assert isinstance(client, Client)
        answer = ask(client, "GET", path)
        assert answer.status_code == 503
        assert grade(as_seen(answer)) == "A+"
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("part", ["html", "txt"])
def test_a_mail_in_its_frame_is_worth_the_best(site: Flask, part: str) -> None:
    path = f"/gris/mails/account.invitation?format={part}"
    answer = ask(browser(site, "gri"), "GET", path)

    assert answer.status_code == 200
    assert grade(as_seen(answer)) == "A+", verdicts(as_seen(answer))
