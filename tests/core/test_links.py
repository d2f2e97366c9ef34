"""Which addresses people may give for others to follow."""

import pytest

from app.core.links import is_own_path, is_web_link

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org",
        "http://example.org/page?a=1&b=2#c",
        "HTTPS://Example.org/é",
        "https://example.org:8443/x",
        "https://[2001:db8::1]/x",
    ],
)
def test_a_page_of_the_web_is_a_link(text: str) -> None:
    assert is_web_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "//example.org",
        "/bekk",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://example.org",
        "mailto:a@example.org",
        "https://",
        "https:///x",
        "https://user:secret@example.org",
        "https://user@example.org",
        "https://example.org/a b",
        'https://example.org/"onclick="x',
        "https://example.org\\@elsewhere.org",
        "https://example.org:port/",
        "https://[::1/",
        "https://example.org/\n",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_web_link(text)


@pytest.mark.parametrize("text", ["/", "/bekk", "/bar/me?x=1#y", "/é"])
def test_a_path_of_ours_is_one(text: str) -> None:
    assert is_own_path(text)


@pytest.mark.parametrize(
    "text",
    ["", "bekk", "//evil.org", "/\\evil.org", "\\\\evil.org", "https://x.org", "/a b", "/\t/x"],
)
def test_what_leads_elsewhere_is_no_path_of_ours(text: str) -> None:
    assert not is_own_path(text)
