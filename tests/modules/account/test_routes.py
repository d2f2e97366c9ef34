"""The pages of the account, as their visitors find them."""

from typing import Any
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import TokenPurpose
from app.models import Base, LoginSession
from app.modules.account.service import links, sessions
from tests.client import Client
from tests.conftest import Inside, Login
from tests.modules.account.people import OTHER, PASSWORD, log_in, new_browser, someone

ANONYMOUS = [
    "/auth_needed",
    "/login",
    "/logout",
    "/register",
    "/register/match",
    "/reset_password_request",
    "/reset_password/secret",
    "/invitation/secret",
]
OWN = [
    "/logout",
    "/reauth",
    "/reauth/with_code",
    "/profile/",
    "/profile/modify_account",
    "/profile/update_password",
    "/profile/sessions",
    "/confirm_email/secret",
]
POSTS = [
    "/reauth/code",
    "/profile/set_password",
    "/profile/resend_confirmation",
    "/profile/modify_preferences",
    "/profile/sessions/1/revoke",
    "/profile/sessions/revoke_others",
]
EVIL = (
    "endpoint=evil1&_external=1&_scheme=evil2&_anchor=evil3&_method=evil4&_host=evil5&next=//evil6"
)


def addresses(html: str) -> list[str]:
    """All that a page leads to."""
    page = BeautifulSoup(html, "html.parser")
    return [
        str(element[name])
        for name in ("href", "src", "action", "formaction")
        for element in page.find_all(attrs={name: True})
    ]


@pytest.fixture
def secrets(session: Session) -> None:
    """A link of each kind."""
    ada = someone(username="ada", email="ada@example.org")
    for purpose in (TokenPurpose.reset_password, TokenPurpose.invitation):
        links.make(session, pceen=ada, purpose=purpose, secret="secret")
    email = "new@example.org"
    purpose = TokenPurpose.confirm_email
    links.make(session, pceen=ada, purpose=purpose, secret="secret", email=email)
    session.commit()


@pytest.fixture
def ada(app: Flask, secrets: None) -> Client:
    return log_in(new_browser(app), "ada")


@pytest.mark.parametrize("path", ANONYMOUS)
def test_a_page_for_visitors_is_a_page_and_reflects_no_query(
    secrets: None, client: Client, path: str
) -> None:
    client.open_page(path)

    response = client.get(f"{path}?{EVIL}")

    assert response.status_code == 200
    assert [address for address in addresses(response.text) if "evil" in address] == []
    assert [a for a in addresses(response.text) if a.startswith(("http:", "https:", "//"))] == []


@pytest.mark.parametrize("path", OWN)
def test_a_page_of_ones_own_is_a_page_and_reflects_no_query(ada: Client, path: str) -> None:
    ada.open_page(path)

    response = ada.get(f"{path}?{EVIL}")

    assert response.status_code == 200
    assert [address for address in addresses(response.text) if "evil" in address] == []


def test_the_registration_reflects_no_query(session: Session, inside: Inside) -> None:
    response = inside().get(f"/register/rezident?{EVIL}")

    assert response.status_code == 200
    assert "evil" not in " ".join(addresses(response.text))


@pytest.mark.parametrize("path", [p for p in OWN if p != "/logout" and "secret" not in p])
def test_a_page_of_ones_own_sends_visitors_where_one_gets_an_account(
    client: Client, path: str
) -> None:
    response = client.get(f"{path}?a=1")

    assert response.status_code == 302
    target, _, query = response.headers["Location"].partition("?")
    assert target == "/auth_needed"
    assert unquote(query) == f"next={path}?a=1"


def test_the_address_of_a_secret_link_goes_nowhere_else(client: Client) -> None:
    response = client.get("/confirm_email/secret")

    assert response.headers["Location"] == "/auth_needed"


@pytest.mark.parametrize("path", POSTS)
def test_a_button_of_ones_own_does_nothing_for_visitors(
    session: Session, client: Client, path: str
) -> None:
    response = client.post(path)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/auth_needed")
    assert client.get(path).status_code in (404, 405)


@pytest.mark.parametrize("path", ["/login", "/register", "/register/match", "/auth_needed"])
def test_who_is_logged_in_is_sent_where_they_wanted_to_go(ada: Client, path: str) -> None:
    response = ada.get(f"{path}?next=/profile/")

    assert (response.status_code, response.headers["Location"]) == (302, "/profile/")


@pytest.mark.parametrize("path", ["/auth_needed", "/login", "/register", "/register/match"])
def test_the_page_wanted_is_carried_by_the_links(client: Client, path: str) -> None:
    page = client.open_page(f"{path}?next=/profile/?a=1")

    carried = [a for a in addresses(str(page.html)) if "next=" in a]
    assert carried
    assert all(a.endswith("next=/profile/?a%3D1") or "next=/profile/" in a for a in carried)


@pytest.mark.parametrize(
    "target",
    ["//e", "/\\e", "https:///e", "/..//e", "/%2f/e", "/logout", "/a\r\nb", "/" + "a" * 1024],
)
def test_nobody_is_sent_elsewhere_by_logging_in(
    session: Session, client: Client, target: str
) -> None:
    someone(username="ada")
    data = {"identifier": "ada", "password": PASSWORD}

    response = client.post("/login", query_string={"next": target}, data=data)

    assert (response.status_code, response.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("start", ["/", "/profile/", "/login?next=/login", "/auth_needed?next=/x"])
def test_no_chain_of_redirections_is_longer_than_three(
    ada: Client, client: Client, start: str
) -> None:
    for browser in (ada, client):
        response = browser.get(start, follow_redirects=True)

        assert response.status_code == 200
        assert len(response.history) <= 3


def test_passwords_are_easy_to_fill_in(client: Client) -> None:
    page = client.open_page("/login")

    tokens = {e["id"]: e.get("autocomplete") for e in page.html.select("form.form input[id]")}
    assert tokens["identifier"] == "username"
    assert tokens["password"] == "current-password"


def test_the_ways_to_an_account_depend_on_where_one_is(client: Client, inside: Inside) -> None:
    outside = addresses(str(client.open_page("/register").html))
    within = addresses(str(inside().open_page("/register").html))

    assert not any("/register/rezident" in a for a in outside)
    assert any("/register/rezident" in a for a in within)
    assert any(a.startswith("/contact?title=") for a in outside)


def everything(session: Session) -> dict[str, Any]:
    """All rows of the database, but that one was seen."""
    session.expire_all()
    return {
        table.name: [
            {k: v for k, v in row.items() if k not in ("seen_at", "last_seen_at")}
            for row in session.execute(sa.select(table)).mappings()
        ]
        for table in Base.metadata.sorted_tables
    }


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_at_pages_writes_nothing(
    session: Session, ada: Client, client: Client, method: str
) -> None:
    before = everything(session)

    for browser, paths in ((client, ANONYMOUS), (ada, OWN)):
        for path in paths:
            browser.open(path, method=method)

    assert everything(session) == before


def test_a_visitor_who_looks_gets_no_session_in_the_database(
    session: Session, client: Client
) -> None:
    for path in ANONYMOUS:
        client.get(path)

    assert session.scalars(sa.select(LoginSession)).all() == []


@pytest.mark.parametrize(
    "path",
    ["/login", "/reset_password_request", "/reset_password/secret", "/invitation/secret"],
)
def test_an_empty_post_of_a_visitor_is_a_form_to_fill_in(
    secrets: None, client: Client, path: str
) -> None:
    page = client.submit(path, status=422)

    assert page.html.select(".error-summary")


@pytest.mark.parametrize(
    "path", ["/reauth", "/reauth/with_code", "/profile/modify_account", "/profile/update_password"]
)
def test_an_empty_post_of_ones_own_is_a_form_to_fill_in(ada: Client, path: str) -> None:
    page = ada.submit(path, status=422)

    assert page.html.select(".error-summary")


FORMS = {
    "/login": ("identifier", "password"),
    "/reset_password_request": ("email",),
    "/reset_password/secret": ("password", "password_confirm"),
    "/invitation/secret": ("password", "password_confirm"),
}
OWN_FORMS = {
    "/reauth": ("password",),
    "/reauth/with_code": ("code",),
    "/profile/modify_account": ("prenom", "nom", "email", "version"),
    "/profile/update_password": ("current_password", "password", "password_confirm"),
    "/profile/modify_preferences": ("locale",),
}
NONSENSE = [
    *"\0\n\r\x1b\x7f\x85\u2028\u202e\ufeff\ufffd\U0010ffff",
    "%s%n{}{{7*7}}",
    "' OR 1=1; --",
    "<script>alert(1)</script>",
    "a" * 5000,
    "é" * 129,
    "9" * 400,
    "\ufdfa" * 64,
    "../../etc/passwd",
    "1e999",
    "nan",
]


@pytest.mark.parametrize("body", ["", "[]", "[1]", "1", "{}", '{"identifier": {}}', "{", "null"])
def test_what_is_no_form_is_an_empty_one(client: Client, body: str) -> None:
    response = client.post("/login", data=body, content_type="application/json")

    assert response.status_code == 422


@pytest.mark.parametrize("text", NONSENSE, ids=range(len(NONSENSE)))
def test_no_nonsense_breaks_a_form(secrets: None, app: Flask, text: str) -> None:
    mine = log_in(new_browser(app), "ada")
    for browser, forms in ((new_browser(app), FORMS), (mine, OWN_FORMS)):
        for path, fields in forms.items():
            response = browser.post(path, data=dict.fromkeys(fields, text))
            assert response.status_code < 500, path
            assert "<script>alert" not in response.text


@pytest.mark.parametrize("text", NONSENSE, ids=range(len(NONSENSE)))
def test_no_nonsense_breaks_the_registration(session: Session, inside: Inside, text: str) -> None:
    fields = ("prenom", "nom", "promo", "email", "password", "password_confirm", "no_promo")
    ada = {
        "prenom": "Ada",
        "nom": "Lovelace",
        "promo": "1",
        "email": "ada@example.org",
        "password": OTHER,
        "password_confirm": OTHER,
    }
    browser = inside()

    assert browser.post("/register/rezident", data=dict.fromkeys(fields, text)).status_code == 422
    for field in ("prenom", "nom"):
        status = browser.post("/register/rezident", data={**ada, field: text}).status_code
        assert status in (302, 303, 422)  # 302: the first name was accepted


@pytest.mark.parametrize("header", ["Accept-Language", "User-Agent", "Referer", "Cookie", "Origin"])
@pytest.mark.parametrize("value", ["", "\xff\xfe", "[", "http://[", "%00%ff", "a" * 5000, "=;=;"])
def test_no_header_breaks_a_page(session: Session, client: Client, header: str, value: str) -> None:
    someone(username="ada")
    data = {"identifier": "ada", "password": PASSWORD}

    for response in (
        client.get("/login", headers={header: value}),
        client.post("/profile/set_password", headers={header: value}),
        client.post("/login", headers={header: value}, data=data),
    ):
        assert response.status_code < 500


@pytest.mark.parametrize(
    "why",
    [sa.exc.OperationalError("", {}, Exception("gone")), sa.exc.TimeoutError("all are taken")],
    ids=["gone", "busy"],
)
def test_a_database_that_is_away_is_a_page_that_says_so(
    session: Session, client: Client, monkeypatch: pytest.MonkeyPatch, why: Exception
) -> None:
    def away(*_: object, **__: object) -> None:
        raise why

    monkeypatch.setattr(sessions, "recognise", away)

    response = client.post("/login", data={"identifier": "ada", "password": PASSWORD})

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0


@pytest.fixture
def forgeable(app: Flask) -> Any:
    """The site as it runs: forms hold a token."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.parametrize("token", [None, "", "x", "IjAi.x.y"])
def test_a_form_without_its_token_does_nothing(
    session: Session, forgeable: None, client: Client, token: str | None
) -> None:
    someone(username="ada")
    data = {"identifier": "ada", "password": PASSWORD}
    if token is not None:
        data["csrf_token"] = token

    assert client.post("/login", data=data).status_code == 403
    assert session.scalars(sa.select(LoginSession)).all() == []


def test_the_token_of_another_browser_is_forged(
    session: Session, forgeable: None, app: Flask
) -> None:
    someone(username="ada")
    one, other = new_browser(app), new_browser(app)
    token = one.open_page("/login").html.select("form.form [name=csrf_token]")[0]["value"]
    other.open_page("/login")
    data = {"identifier": "ada", "password": PASSWORD, "csrf_token": token}

    assert other.post("/login", data=data).status_code == 403
    assert one.post("/login", data=data).status_code == 303


def test_a_token_from_before_the_log_in_is_worth_nothing_after(
    session: Session, forgeable: None, app: Flask
) -> None:
    someone(username="ada")
    browser = new_browser(app)
    token = browser.open_page("/login").html.select("form.form [name=csrf_token]")[0]["value"]
    data = {"identifier": "ada", "password": PASSWORD, "csrf_token": token}
    assert browser.post("/login", data=data).status_code == 303

    assert browser.post("/logout", data={"csrf_token": token}).status_code == 403


def test_a_disabled_account_is_at_once_nobody(session: Session, login: Login) -> None:
    ada = someone()
    browser = login(ada)
    assert browser.get("/profile/").status_code == 200

    ada.disabled_at = clock.now()
    session.commit()

    assert browser.get("/profile/").status_code == 302


def test_the_models_hold_no_secret_in_clear(session: Session, ada: Client) -> None:
    ada.post("/reauth/code")
    with ada.session_transaction() as cookie:
        secret = str(cookie["_user_id"])

    dump = {k: v for k, v in everything(session).items() if k != "outbox"}

    assert secret not in str(dump)
    assert PASSWORD not in str(dump)
