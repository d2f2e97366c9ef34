"""The documents speak of what is there."""

import re
from pathlib import Path

import click
import pytest
from flask import Flask

from app.core.version import VERSION
from app.modules.home.rules import RELEASES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
#: What Flask and Flask-Migrate bring, and that we leave to their documents.
THEIRS = {"db", "routes", "run", "shell"}

pytestmark = pytest.mark.once


def test_every_command_is_named(app: Flask) -> None:
    text = (ROOT / "docs/operations.md").read_text()
    missing = [
        f"flask {name} {verb}".strip()
        for name, command in app.cli.commands.items()
        if name not in THEIRS
        for verb in (command.commands if isinstance(command, click.Group) else [""])
        if f"flask {name}" not in text or verb not in text
    ]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_module_and_every_decision_has_its_page() -> None:
    modules = {p.name for p in (ROOT / "app/modules").iterdir() if (p / "module.py").exists()}
    assert {path.stem for path in (ROOT / "docs/modules").glob("*.md")} == modules
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_news_begin_with_this_version() -> None:
    assert RELEASES[0].version == VERSION
    assert f"## {VERSION} " in (ROOT / "CHANGELOG.md").read_text()
