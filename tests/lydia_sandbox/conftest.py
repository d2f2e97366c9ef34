"""A sandbox, its clock, and a site that asks it for payments."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lydia_sandbox.merchants import BAR, INTERNET
from lydia_sandbox.site import PREFIX, create_sandbox

#: 2026-11-23, noon, in Paris.
NOON = 1795431600.0
SITE = "http://127.0.0.1:9"
PHONE = "0612345678"
ASKED = {
    "vendor_token": INTERNET.vendor_token,
    "amount": "15.00",
    "currency": "EUR",
    "recipient": PHONE,
    "type": "phone",
    "message": "Offre Internet : un an",
    "order_ref": "PEM-7-1795390200",
    "notify_collector": "no",
    "display_confirmation": "no",
    "confirm_url": f"{SITE}/payments/lydia_callback/confirm",
    "cancel_url": f"{SITE}/payments/lydia_callback/cancel",
    "expire_url": f"{SITE}/payments/lydia_callback/cancel",
    "end_mobile_url": f"{SITE}/payments/lydia/success?payment=7",
    "browser_success_url": f"{SITE}/payments/lydia/success?payment=7",
    "browser_fail_url": f"{SITE}/payments/lydia/fail?payment=7",
    "payment_method": "cb",
}


@dataclass
class Time:
    """A clock that only moves when told; waiting is remembered, not done."""

    at: float = NOON
    waited: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.at

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)


@dataclass
class Lydia:
    """The sandbox, as a site and a person use it."""

    browser: FlaskClient
    database: Path

    def do(self, **values: str | None) -> Any:
        """The answer to a request; a value that is ``None`` is left out."""
        wanted = {name: value for name, value in (ASKED | values).items() if value is not None}
        return self.browser.post(f"{PREFIX}/api/request/do.json", data=wanted).json

    def state(self, **values: str) -> Any:
        wanted = {"vendor_token": INTERNET.vendor_token} | values
        return self.browser.post(f"{PREFIX}/api/request/state.json", data=wanted).json

    def choose(self, uuid: str, outcome: str) -> Any:
        return self.browser.post(collect_url(uuid), data={"outcome": outcome})

    def behave(self, behaviour: str) -> Any:
        return self.browser.post(f"{PREFIX}/behaviour", data={"behaviour": behaviour})


def collect_url(uuid: str, method: str = "cb") -> str:
    return f"{PREFIX}/collect/payment/{uuid}/{method}"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def sandbox(tmp_path: Path, time: Time) -> Flask:
    database = tmp_path / "new" / "sandbox.db"
    return create_sandbox(merchants=(INTERNET, BAR), database=database, now=time, sleep=time.wait)


@pytest.fixture
def lydia(sandbox: Flask, tmp_path: Path) -> Iterator[Lydia]:
    with sandbox.test_client() as browser:
        yield Lydia(browser, tmp_path / "new" / "sandbox.db")


@pytest.fixture
def uuid(lydia: Lydia) -> str:
    """Of a request that waits."""
    return str(lydia.do()["request_uuid"])
