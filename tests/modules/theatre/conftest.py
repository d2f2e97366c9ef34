"""What the tests of the theatre club share."""

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image

from app.integrations.folders import TheatreFiles
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories.community import stage_manager


@pytest.fixture
def shelf(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> TheatreFiles:
    """Where the site keeps posters during the test."""
    store = TheatreFiles(tmp_path / "theatre")
    store.prepare()
    monkeypatch.setitem(app.extensions, "theatre_files", store)
    return store


@pytest.fixture
def staff(login: Login, shelf: TheatreFiles) -> Client:
    """Someone of the team."""
    return login(stage_manager(locale="fr"))


def image(kind: str = "JPEG", size: tuple[int, int] = (300, 400), **options: Any) -> bytes:
    """A picture."""
    kept = io.BytesIO()
    Image.new("RGB", size, (30, 60, 200)).save(kept, kind, **options)
    return kept.getvalue()


def fields(page: Page, form: str = "form.form", **typed: Any) -> dict[str, Any]:
    """What a form of a page sends, with what is *typed* in it."""
    sent: dict[str, Any] = {}
    for field in page.html.select(f"{form} :is(input, select, textarea)[name]"):
        if field.name == "textarea":
            sent[field["name"]] = field.get_text().removeprefix("\n")
        elif field.get("type") == "checkbox":
            if field.has_attr("checked"):
                sent[field["name"]] = "y"
        elif field.get("type") != "file":
            sent[field["name"]] = field.get("value", "")
    return sent | typed
