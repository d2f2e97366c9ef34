"""What the tests of the banners share."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from app.enums import LoginMethod
from app.integrations.folders import BannersFiles
from app.models import LoginSession
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.calendar import calendar_editor

ADMIN, NEW, PRESETS = "/banners/admin", "/banners/new", "/banners/presets"
FORM = "form[data-banner-form]"


@pytest.fixture
def shelf(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BannersFiles:
    """Where the site keeps the files of banners during the test."""
    store = BannersFiles(tmp_path / "banners")
    store.prepare()
    monkeypatch.setitem(app.extensions, "banners_files", store)
    return store


@pytest.fixture
def staff(login: Login, shelf: BannersFiles) -> Client:
    """Someone who writes the banners."""
    return login(calendar_editor(locale="fr"))


@pytest.fixture
def member(app: Flask, session: Session, shelf: BannersFiles) -> Client:
    """Someone who is logged in, without any right."""
    return enter(app, session)


def enter(app: Flask, session: Session) -> Client:
    """Another browser, of somebody else."""
    browser = app.test_client()
    assert isinstance(browser, Client)
    begun = LoginSession(pceen=PCeenFactory(locale="fr"), method=LoginMethod.password)
    session.add(begun)
    session.commit()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = begun.secret
    return browser


def image(kind: str = "PNG", size: tuple[int, int] = (210, 90), **options: Any) -> bytes:
    """A picture."""
    kept = io.BytesIO()
    Image.new("RGB", size, (200, 60, 30)).save(kept, kind, **options)
    return kept.getvalue()


def fields(page: Page, form: str = FORM, **typed: Any) -> dict[str, Any]:
    """What a form of a page sends, with what is *typed* in it."""
    sent: dict[str, Any] = {}
    for field in page.html.select(f"{form} :is(input, select, textarea)[name]"):
        name, kind = field["name"], field.get("type")
        if field.name == "textarea":
            sent[name] = field.get_text().removeprefix("\n")
        elif field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            sent[name] = chosen["value"]
        elif kind in ("checkbox", "radio"):
            if field.has_attr("checked"):
                sent[name] = field.get("value", "y")
        elif kind != "file":
            sent[name] = field.get("value", "")
    return sent | typed


def file(content: bytes, name: str) -> FileStorage:
    return FileStorage(io.BytesIO(content), name)


def post(client: Client, path: str, sent: dict[str, Any]) -> TestResponse:
    """Send a form with its files."""
    boundary, body = encode_multipart(sent)
    return client.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def make(client: Client, **typed: Any) -> TestResponse:
    """Send the form of a new banner."""
    given = {"title": "Éclipse"} | typed
    return post(client, ADMIN, fields(client.open_page(NEW), **given))


def edit(client: Client, key: int, **typed: Any) -> TestResponse:
    """Send the form of a banner that is there."""
    path = f"/banners/edit/{key}"
    return post(client, path, fields(client.open_page(path), **typed))


def names(store: BannersFiles) -> set[str]:
    """The files that there are; nothing is half made."""
    assert list(store.unfinished()) == []
    return {one.path.name for one in store.files()}
