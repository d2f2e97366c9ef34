"""What the tests of the Bekk share."""

from pathlib import Path

import pytest
from flask import Flask

from app.integrations.folders import BekkFiles
from tests.pdfs import draw_at_once


@pytest.fixture
def store(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BekkFiles:
    """Where the site keeps the issues of the Bekk during the test."""
    made = BekkFiles(tmp_path / "bekks")
    made.prepare()
    monkeypatch.setitem(app.extensions, "bekk_files", made)
    return made


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have PDFs cleaned and drawn at once."""
    draw_at_once(monkeypatch)
