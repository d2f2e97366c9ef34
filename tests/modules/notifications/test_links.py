"""Where a notification may lead."""

import pytest

from app.modules.notifications.rules.links import host_of, is_local, leads_somewhere

pytestmark = pytest.mark.once


@pytest.mark.parametrize("address", ["/", "/bekk", "/calendar/?view=list#today", "/été"])
def test_a_page_of_the_site_is_welcome(address: str) -> None:
    assert is_local(address)
    assert leads_somewhere(address)
    assert host_of(address) == ""


def test_a_page_of_another_site_is_welcome_if_it_is_encrypted() -> None:
    address = "https://example.org:8443/a?b=c"

    assert leads_somewhere(address)
    assert not is_local(address)
    assert host_of(address) == "example.org"


@pytest.mark.parametrize(
    "address",
    [
        *("", "bekk", "//evil.org", "/\\evil.org", "/a b", "/a\nb", "http://example.org"),
        *("javascript:alert(1)", "data:text/html,x", "https://", "https:///x", "https://a@b.org"),
        *("https://a b.org", 'https://a.org/"onload="x', " /bekk", "mailto:a@b.org"),
    ],
)
def test_nothing_else_is(address: str) -> None:
    assert not leads_somewhere(address)
