"""A directory of photos for each test."""

from pathlib import Path

import pytest
from flask import Flask

from app.integrations.photo_store import PhotoStore


@pytest.fixture
def store(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PhotoStore:
    """Where the site keeps photos during the test: nothing is there."""
    store = PhotoStore(tmp_path / "photos")
    store.base.mkdir()
    monkeypatch.setitem(app.extensions, "photo_store", store)
    return store
