"""Where people are sent."""

import pytest
from flask import Flask

from app.web.urls import absolute_url, local_path, next_page, onwards, this_page

pytestmark = pytest.mark.once

REFUSED = [
    None,
    "",
    "e",
    "profile/",
    "//e",
    "///e",
    "/\\e",
    "\\\\e",
    "\\/e",
    "/%09/e",
    "/\t/e",
    "https:e",
    "https:///e",
    "https://e/profile/",
    "javascript:1",
    "data:text/html,x",
    "/..//e",
    "/%2e%2e//e",
    "/../profile/",
    "/profile/../login",
    "/profile/./",
    "/%2f/e",
    "/%2fe",
    "/%5ce",
    "/profile/\r\nX: 1",
    "/profile/%0d%0aX:1",
    "/profile/?a=\n",
    " /profile/",
    "/profile/ ",
    "/profile/?a=b c",
    "/\x00",
    "/profile/?a=\x7f",
    "/profile/?a=\x85",
    "/profile/?a=\u2028",
    "/profile/?a=\u00a0",
    "/login",
    "/login?next=/profile/",
    "/%6cogin",
    "/%256cogin",
    "/logout",
    "/logout/",
    "/register",
    "/register/rezident",
    "/register/match",
    "/auth_needed",
    "/reset_password_request",
    "/reset_password/x",
    "/invitation/x",
    "/saml/acs",
    "/static/css/x.css",
    "/api/v1/x",
    "/no/such/page",
    "/profile/modify_preferences",  # a POST only
    "/set_locale/fr",
    "/profile/?" + "a" * 1015,  # 1 025 characters
    "/[",
    "//[",
    "http://[",
]
KEPT = [
    "/",
    "/index",
    "/profile/",
    "/profile/?a=1&b=%20x",
    "/rooms/register?hello=1",
    "/profile/modify_account",
    "/contact?title=%C3%A9t%C3%A9",
    "/contact?next=//e",
    "/profile/?" + "a" * 1014,  # 1 024 characters
]


@pytest.mark.parametrize("target", REFUSED)
def test_nobody_is_sent_where_we_are_not(app: Flask, target: str | None) -> None:
    with app.test_request_context("/"):
        assert local_path(target) is None


@pytest.mark.parametrize("target", KEPT)
def test_a_page_of_ours_is_kept_whole(app: Flask, target: str) -> None:
    with app.test_request_context("/"):
        assert local_path(target) == target


def test_a_refused_page_is_replaced_by_the_first_one(app: Flask) -> None:
    with app.test_request_context("/login", query_string={"next": "//e"}):
        assert (next_page(), onwards()) == (None, "/")


def test_the_next_page_comes_with_the_address_or_the_form(app: Flask) -> None:
    with app.test_request_context("/login?next=/profile/"):
        assert onwards() == "/profile/"
    with app.test_request_context("/login", method="POST", data={"next": "/profile/"}):
        assert onwards() == "/profile/"


@pytest.mark.parametrize("code", [*range(256), 0x202E])
def test_no_character_makes_a_next_page_crash_or_leave(app: Flask, code: int) -> None:
    with app.test_request_context("/login"):
        for target in (chr(code), f"/{chr(code)}", f"/{chr(code)}/e", f"/%{code % 256:02x}/e"):
            assert local_path(target) in (None, target)
            assert not (local_path(target) or "/").startswith(("//", "/\\"))


def test_the_page_of_a_form_is_the_one_it_was_opened_on(app: Flask) -> None:
    headers = {"Referer": "http://localhost/profile/?a=1"}
    with app.test_request_context("/profile/modify_preferences", method="POST", headers=headers):
        assert this_page() == "/profile/?a=1"


@pytest.mark.parametrize("referrer", ["http://[", "//[", "", "javascript:1", "http://x/\\e"])
def test_a_nonsensical_referrer_leads_to_the_first_page(app: Flask, referrer: str) -> None:
    headers = {"Referer": referrer}
    with app.test_request_context("/profile/modify_preferences", method="POST", headers=headers):
        assert this_page() == "/"


def test_a_full_address_ignores_what_the_request_claims(app: Flask) -> None:
    with app.test_request_context("/", base_url="http://evil.example"):
        assert absolute_url("account.login") == "http://localhost/login"
