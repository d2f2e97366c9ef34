"""What must be true of every page, whoever opens it and whatever they ask."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote

import html5lib
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup, Tag
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.context import guards, public
from app.context.guards import unguarded
from app.models import Device, LoginSession
from tests.client import Client
from tests.visitors import SEEN, Visitors, filled, rules, snapshot

NASTY = (
    *("0", "-1", "2147483648", "9223372036854775808", "9" * 400, "²", "١٢", "1.0", "1_0", "+1"),
    *("null", "\0", "%", "'", "<svg onload=1>", "\u202e", "{{7*7}}", "%(x)s"),
)
#: What others call, and sign.
SIGNED = {
    *("/payments/lydia_callback/confirm", "/payments/lydia_callback/cancel"),
    *("/bar/lydia_callback/confirm", "/bar/lydia_callback/cancel"),
    "/saml/acs",  # which is not there without a provider
}
#: Of these, what may break a page that has no number in its path.
BREAKING = ("9" * 400, "\0", "<svg onload=1>")
#: What pages read of their address.
QUERY = ("page", "q", "sort", "order", "view", "step", "reason", "title", "next", "hello")
#: What the clubs run without the GRIs.
CLUBS = (
    *("/bekk/", "/api/bekk/", "/panier_bio/admin/", "/panier_bio/validate/", "/theatre/admin/"),
    *("/banners/", "/calendar/"),
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND")


@pytest.fixture
def visitors(app: Flask, session: Session, neighbours: dict[str, str]) -> Visitors:
    return Visitors(app, session, neighbours)


def test_every_view_says_who_may_open_it(app: Flask) -> None:
    assert unguarded(app) == []


@pytest.mark.once
def test_a_bare_view_stops_the_start_and_is_named() -> None:
    other = Flask("other")
    other.add_url_rule("/legal", "home.legal", public(lambda: "open to all"))
    other.add_url_rule("/bare", "bar.forgotten", lambda: "open to all")

    with pytest.raises(RuntimeError, match=r"may open them: bar\.forgotten$"):
        guards.init_app(other, setup_gate=lambda: None)


def _each(kind: str) -> object:
    """A kind of visitor; on every database for who opens the most, once for the others."""
    most = kind in ("settled_gri", "settled_rezident")
    return kind if most else pytest.param(kind, marks=pytest.mark.once)


@pytest.mark.parametrize("kind", [_each(kind) for kind in Visitors.kinds()])
def test_every_page_is_well_made_whoever_opens_it(
    app: Flask, session: Session, visitors: Visitors, kind: str
) -> None:
    browser = visitors.browser(kind)

    for path in [*likely_paths(app, session, "GET"), "/nowhere", "/profile/?hello=1"]:
        answer = browser.get(path, buffered=True)
        assert answer.status_code < 500, f"{kind}: {path}"
        if answer.mimetype == "text/html" and not 300 <= answer.status_code < 400:
            assert faults(answer.text) == [], f"{kind}: {path}"


@pytest.mark.once
@pytest.mark.parametrize("kind", ["visitor_outside", "settled_gri", "rezident_without_room"])
def test_every_form_sent_empty_is_well_made(
    app: Flask, session: Session, visitors: Visitors, kind: str
) -> None:
    browser = visitors.browser(kind)

    for path in likely_paths(app, session, "POST"):
        if path.startswith("/logout"):
            continue
        answer = browser.post(path)
        assert answer.status_code < 500, f"{kind}: {path}"
        if answer.mimetype == "text/html" and not 300 <= answer.status_code < 400:
            assert faults(answer.text) == [], f"{kind}: {path}"


def likely_paths(app: Flask, session: Session, method: str) -> Iterator[str]:
    """Each page, with what is there and with what is not."""
    keys = [session.scalar(sa.select(sa.func.max(m.id))) for m in (Device, LoginSession)]
    for rule in rules(app, method):
        yield filled(rule)
        if "<int:" in rule.rule:
            yield from (filled(rule, str(key)) for key in keys if key)


@lru_cache(maxsize=2000)  # many refusals are the same page, to the letter
def faults(html: str) -> list[str]:
    """What is wrong with a page: a browser would refuse it, or a person would trip over it."""
    html5lib.HTMLParser(strict=True).parse(html)
    page = BeautifulSoup(html, "html.parser")
    ids = Counter(tag["id"] for tag in page.select("[id]"))
    wrong = [f"id {name}, {times} times" for name, times in ids.items() if times > 1]
    wrong += [str(tag) for tag in page.select("*") if is_inline(tag) or is_foreign(tag)]
    wrong += [f"{len(found)} h1" for found in [page.select("h1")] if len(found) != 1]
    wrong += [f"no {name}" for name in ("title", "main", "html[lang]") if not page.select(name)]
    labels = {tag["for"] for tag in page.select("label[for]")}
    wrong += [f"label of nothing: {name}" for name in labels - set(ids)]
    return wrong


def is_inline(tag: Tag) -> bool:
    """Whether a policy without ``unsafe-inline`` would stop it."""
    if tag.name == "style" or (tag.name == "script" and not tag.get("src")):
        return tag.get("type") != "application/json"
    links = (str(tag.get(name, "")).strip().lower() for name in ("href", "src", "action"))
    return any(n == "style" or n.startswith("on") for n in tag.attrs) or any(
        link.startswith("javascript:") for link in links
    )


def is_foreign(tag: Tag) -> bool:
    """Whether it makes the browser load something from elsewhere, or send a form there."""
    name = {"link": "href", "form": "action"}.get(tag.name, "src")
    return bool(re.match(r"(https?:)?//", str(tag.get(name, ""))))


@pytest.mark.usefixtures("unwritten")
@pytest.mark.parametrize("kind", [_each("visitor_outside"), "settled_gri"])
def test_a_number_that_is_none_is_not_found(
    app: Flask, session: Session, visitors: Visitors, kind: str
) -> None:
    browser = visitors.browser(kind)
    numbered = [rule for rule in app.url_map.iter_rules() if "<int:" in rule.rule]

    for rule in numbered:
        for method in {"GET", "POST"} & (rule.methods or set()):
            for value in NASTY:
                if rule.rule.startswith("/gris/roles/<int:key>") and value == "0":
                    continue  # that of the public role
                answer = browser.open(filled(rule, value), method=method)
                sent_away = kind == "visitor_outside" and answer.status_code in (302, 401)
                # what is no number may be the name of something that is only looked at
                wanted = (400, 404, 405) if rule.rule.startswith("/photos/") else (400, 404)
                if rule.rule.startswith(("/bar/", "/api/bar/")):
                    wanted = (403, 404)  # a GRI does not serve
                if rule.rule.startswith(("/club_q/", "/api/club_q/", *CLUBS)):
                    wanted = (403, 404, 405)  # nor share tickets out, nor run the other clubs
                assert sent_away or answer.status_code in wanted, f"{rule.rule}: {value!r}"


@pytest.mark.parametrize("kind", [_each("visitor_outside"), "settled_gri"])
def test_nothing_in_an_address_breaks_a_page(
    app: Flask, session: Session, visitors: Visitors, kind: str
) -> None:
    browser = visitors.browser(kind)

    for value in NASTY:
        query = "&".join(f"{name}={quote(value)}" for name in QUERY)
        for rule in rules(app, "GET"):
            if "<" in rule.rule or value in BREAKING:
                path = f"{filled(rule, value)}?{query}"
                answer = browser.get(path, buffered=True)
                assert answer.status_code < 500, path
                assert b"<svg onload" not in answer.data, path


@pytest.mark.parametrize(
    "kind", [_each("visitor_outside"), "settled_gri", _each("rezident_without_device")]
)
def test_a_form_of_nonsense_breaks_no_page_and_changes_nothing(
    app: Flask, session: Session, visitors: Visitors, kind: str
) -> None:
    browser = visitors.browser(kind)
    forms = {
        form: None for path in likely_paths(app, session, "GET") for form in seen(browser, path)
    }
    before = without_attempts(snapshot(session))

    for action, fields in forms:
        for value in ("\0", "\u202e", "a" * 5000):
            answer = browser.post(action, data={name: [value, value] for name in fields})
            assert answer.status_code < 500, f"{action}: {value[:10]!r}"

    assert without_attempts(snapshot(session)) == before


def seen(browser: Client, path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The forms of a page that ask something: where they go, and what they ask."""
    answer = browser.get(path, buffered=True)
    if answer.mimetype != "text/html" or answer.status_code != 200:
        return
    for form in BeautifulSoup(answer.text, "html.parser").select("form[method=post]"):
        names = tuple(tag["name"] for tag in form.select("[name]") if tag.get("type") != "hidden")
        if names:
            yield str(form.get("action") or path), names


def without_attempts(tables: dict[str, list[str]]) -> dict[str, list[str]]:
    """What is in the tables, but for the traces of what was refused."""
    return {k: v for k, v in tables.items() if k not in ("attempt", "audit_event")}


@pytest.mark.parametrize("kind", [_each("visitor_outside"), "settled_gri", _each("gri_outside")])
def test_reading_changes_nothing(
    app: Flask, session: Session, visitors: Visitors, kind: str
) -> None:
    browser = visitors.browser(kind)
    paths = list(likely_paths(app, session, "GET"))
    before = snapshot(session)

    for method in ("GET", "HEAD"):
        for path in paths:
            browser.open(path, method=method, buffered=True)

    assert snapshot(session) == before
    assert {name for name, _column in SEEN} <= set(before)


#: Without anything, and with a token that is none: typed, then in JSON.
TOKENLESS: tuple[dict[str, object], ...] = (
    {},
    {"data": {"csrf_token": "x"}},
    {"json": {"csrf_token": "x"}},
)


@pytest.mark.once
@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        *(("settled_gri", sent) for sent in TOKENLESS),
        ("visitor_outside", TOKENLESS[0]),
        ("member_outside", TOKENLESS[1]),
    ],
)
def test_a_post_without_token_is_refused_and_changes_nothing(
    app: Flask,
    session: Session,
    visitors: Visitors,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    sent: dict[str, object],
) -> None:
    browser = visitors.browser(kind)
    paths = list(likely_paths(app, session, "POST"))
    before = snapshot(session)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)

    for path in paths:
        answer = browser.post(path, **sent)
        if path in SIGNED:  # nobody's session: what is not signed is refused all the same
            assert answer.status_code == (404 if path == "/saml/acs" else 400), path
            continue
        assert answer.status_code == 403, path
        if not path.startswith(("/api/", "/calendar/api/")):
            assert faults(answer.text) == [], path

    assert snapshot(session) == before


@pytest.mark.once
@pytest.mark.usefixtures("unwritten")
def test_another_method_is_refused_with_those_that_are_not(
    app: Flask, session: Session, visitors: Visitors
) -> None:
    browser = visitors.browser("settled_gri")
    before = snapshot(session)

    for rule in app.url_map.iter_rules():
        welcome = methods_at(app, filled(rule))
        assert welcome >= (rule.methods or set())
        for method in set(METHODS) - welcome:
            answer = browser.open(filled(rule), method=method)
            assert answer.status_code == 405, f"{method} {rule.rule}"
            assert allowed(answer) == welcome, f"{method} {rule.rule}"

    assert snapshot(session) == before


def methods_at(app: Flask, path: str) -> set[str]:
    """What may be asked of an address, by whichever rule it follows."""
    return set(app.url_map.bind("localhost").allowed_methods(path))


def allowed(answer: TestResponse) -> set[str]:
    return set(answer.headers["Allow"].split(", "))


def test_a_method_in_a_header_or_a_field_is_ignored(client: Client) -> None:
    answer = client.get("/set_mode/dark", headers={"X-HTTP-Method-Override": "POST"})

    assert answer.status_code == 405
    assert client.post("/legal", data={"_method": "GET"}).status_code == 405
