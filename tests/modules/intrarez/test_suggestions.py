"""What a device is: its maker from its address, its kind from its browser."""

import pytest
from flask import Flask

from app.modules.intrarez.rules.devices import DEVICE_TYPES, suggest_type
from app.modules.intrarez.rules.makers import maker

pytestmark = pytest.mark.once

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
BROWSERS = [
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) {WEBKIT} Mobile/15E148", "iPhone"),
    (f"Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) {WEBKIT} Mobile/15E148", "iPad"),
    (f"Mozilla/5.0 (X11; CrOS x86_64 15633.69.0) {CHROME} Safari/537.36", "Chromebook"),
    (
        f"Mozilla/5.0 (Linux; Android 16; Pixel 9) {CHROME} Mobile Safari/537.36",
        "Téléphone Android",
    ),
    (f"Mozilla/5.0 (Linux; Android 16; SM-X910) {CHROME} Safari/537.36", "Tablette Android"),
    (f"Mozilla/5.0 (PlayStation; PlayStation 5/6.50) {WEBKIT}", "Console"),
    (f"Mozilla/5.0 (Nintendo Switch; WifiWebAuthApplet) {WEBKIT}", "Console"),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) {CHROME} Edge/44", "Console"),
    (f"Mozilla/5.0 (SMART-TV; LINUX; Tizen 6.0) {WEBKIT} Version/6.0 TV Safari", "Télévision"),
    (f"Mozilla/5.0 (Web0S; Linux/SmartTV) {CHROME} Safari/537.36", "Télévision"),
    ("AppleTV11,1/18.0", "Télévision"),
    (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "Ordinateur Windows"),
    (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Safari/605.1.15", "Mac"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Ordinateur Linux"),
    ("Mozilla/5.0 (X11; FreeBSD amd64; rv:145.0) Gecko/20100101 Firefox/145.0", "Ordinateur Linux"),
    ("curl/8.5.0", None),
    ("", None),
    ("x" * 10_000 + "iPhone", None),
]


@pytest.mark.parametrize(("user_agent", "kind"), BROWSERS)
def test_a_browser_tells_what_its_device_is(app: Flask, user_agent: str, kind: str | None) -> None:
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        found = suggest_type(user_agent)
        assert (None if found is None else str(found)) == kind


def test_what_is_suggested_is_one_of_what_the_field_offers() -> None:
    kinds = [suggest_type(user_agent) for user_agent, _kind in BROWSERS]

    assert {id(kind) for kind in kinds if kind is not None} <= {id(kind) for kind in DEVICE_TYPES}


@pytest.mark.parametrize(
    ("mac", "name"),
    [
        ("3c:22:fb:0a:1b:2c", "Apple, Inc."),
        ("b8:27:eb:00:00:01", "Raspberry Pi Foundation"),
        ("02:00:00:00:00:01", None),
        ("a6:83:e7:5d:60:71", None),
        ("00:00:5e:ff:ff:ff", "ICANN, IANA Department"),
        ("fc:ff:ff:00:00:01", None),
    ],
)
def test_the_maker_of_a_device_is_in_the_registry_or_is_not(mac: str, name: str | None) -> None:
    assert maker(mac) == name
