"""What the tests of the contact page start from."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from app.core.captcha import solves
from app.settings import ChatSettings
from tests.client import Client

TEXT = {
    "name": "Rosalind Franklin",
    "email": "rosalind@example.org",
    "title": "Internet",
    "message": "Rien ne marche.\nChambre 214.",
}
ROLE = "4242"
Configure = Callable[..., None]


@pytest.fixture(autouse=True)
def _in_french(request: pytest.FixtureRequest) -> None:
    if "client" in request.fixturenames:
        client: Client = request.getfixturevalue("client")
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"


@pytest.fixture
def configure(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Choose settings: ``configure(captcha_bits=18, webhook="http://…")``."""

    def _configure(*, webhook: str | None = None, **values: Any) -> None:
        chat = ChatSettings(
            message_webhook=SecretStr(webhook) if webhook else None, gri_role_id=ROLE
        )
        settings = app.extensions["settings"].model_copy(update={"chat": chat, **values})
        monkeypatch.setitem(app.extensions, "settings", settings)

    return _configure


@pytest.fixture(autouse=True)
def _easy(configure: Configure, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is little, and nobody asked for any yet."""
    configure(captcha_bits=8)
    monkeypatch.delitem(app.extensions, "captcha_pace", raising=False)


def solved(client: FlaskClient, form: str = "contact") -> dict[str, str]:
    """What a browser with scripts adds to a form."""
    answer = client.get(f"/api/captcha/{form}").get_json()
    nonce = next(n for n in count() if solves(str(n), answer["payload"], answer["bits"]))
    return {"captcha_challenge": answer["challenge"], "captcha_nonce": str(nonce)}
