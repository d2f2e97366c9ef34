"""A form that another site has a browser send is refused, whatever token it holds."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.extensions import csrf, db
from app.models import Base
from app.web import origins
from tests.client import Client
from tests.conftest import furnish
from tests.web.conftest import faulty_app

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def site() -> Iterator[Flask]:
    app = faulty_app()
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        Base.metadata.create_all(db.engine)
        furnish(db.session())
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(site: Flask) -> Client:
    made = site.test_client()
    assert isinstance(made, Client)
    return made


@pytest.mark.parametrize("path", ["/set_mode/dark", "/set_mode/light"])
@pytest.mark.parametrize("said", ["cross-site", "same-site", "Cross-Site "])
def test_a_form_of_another_site_does_nothing(client: Client, path: str, said: str) -> None:
    answer = client.post(path, headers={"Sec-Fetch-Site": said})

    assert answer.status_code == 403
    assert "mode=" not in str(answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT"])
def test_no_other_way_of_changing_is_open(client: Client, method: str) -> None:
    path = "/set_mode/dark"
    headers = {"Sec-Fetch-Site": "cross-site"}

    assert client.open(path, method=method, headers=headers).status_code == 405


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
)
def test_a_form_of_ours_does_what_it_says(client: Client, headers: dict[str, str]) -> None:
    answer = client.post("/set_mode/dark", headers=headers)

    assert (answer.status_code, "mode=dark" in answer.headers["Set-Cookie"]) == (303, True)


def test_a_link_of_another_site_is_followed(client: Client) -> None:
    answer = client.get("/robots.txt", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200


def test_what_is_signed_elsewhere_is_what_needs_no_token(site: Flask) -> None:
    names = {f"{view.__module__}.{view.__name__}": name for name, view in views(site)}
    exempt = {names[name] for name in csrf._exempt_views}

    assert exempt == origins.SIGNED


def views(site: Flask) -> Iterator[tuple[str, Any]]:
    return iter(site.view_functions.items())
