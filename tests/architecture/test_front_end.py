"""What browsers load: from here alone, small, and nothing written in the pages themselves."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "app/static"
PAGES = [
    path
    for path in sorted((ROOT / "app").rglob("templates/**/*.html"))
    if "mails" not in path.parts
]
OURS = [*sorted(STATIC.glob("scss/*.scss")), *sorted(STATIC.rglob("js/**/*.js"))]
#: The name of SVG is an address, which nobody fetches.
FOREIGN = re.compile(r"https?://(?!www\.w3\.org/2000/svg)\w")
LOADED = re.compile(r"<(?:script|link|img|use|source|iframe|form)\b[^>]*?(?:https?:)?//\w")
#: Data is no code: it may be written in a page.
INLINE = re.compile(
    r"""\s(?:style|on[a-z]+)\s*=\s*["'{] | <style\b | javascript:
    | <script\b(?![^>]*\s(?:src=|type="application/ld\+json"))""",
    re.VERBOSE | re.IGNORECASE,
)


def ids(path: Path) -> str:
    return str(path.relative_to(ROOT))


def markup_of(path: Path) -> str:
    """What a page writes itself: neither its comments nor what Jinja does."""
    return re.sub(r"{#.*?#}|{{.*?}}|{%.*?%}", "", path.read_text(), flags=re.DOTALL)


def compressed(*parts: bytes) -> int:
    """What travels, in bytes."""
    return sum(len(gzip.compress(part, 6)) for part in parts)


def loaded(html: str) -> Iterator[Path]:
    """The files that a page loads before one does anything, fonts aside."""
    page = BeautifulSoup(html, "html.parser")
    addresses = [
        *(link["href"] for link in page.select("link[rel=stylesheet], link[rel=icon]")),
        *(element["src"] for element in page.select("script, img")),
        *(use["href"] for use in page.select("use")),
    ]
    for address in sorted({re.sub(r"[?#].*", "", str(address)) for address in addresses}):
        yield STATIC / address.removeprefix("/static/")


def test_bower_wants_what_npm_installs() -> None:
    npm = json.loads((ROOT / "package.json").read_text())["dependencies"]
    bower = json.loads((ROOT / "bower.json").read_text())["dependencies"]

    assert set(bower.values()) == {f"npm:{name}#{version}" for name, version in npm.items()}
    assert [name for name in bower if "@" in name or "/" in name] == []


def test_versions_are_exact() -> None:
    manifest = json.loads((ROOT / "package.json").read_text())
    wanted = manifest["dependencies"] | manifest["devDependencies"]

    assert [v for v in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", v)] == []


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_nothing_is_written_in_a_page_that_has_its_own_file(path: Path) -> None:
    assert INLINE.findall(markup_of(path)) == []


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_a_page_loads_nothing_from_elsewhere(path: Path) -> None:
    assert LOADED.findall(markup_of(path)) == []


@pytest.mark.parametrize("path", OURS, ids=ids)
def test_a_script_or_a_style_names_no_other_site(path: Path) -> None:
    assert FOREIGN.findall(path.read_text()) == []


def test_the_style_sheets_that_are_made_load_nothing_from_elsewhere() -> None:
    made = sorted(STATIC.glob("css/*.css"))
    addresses = {
        address
        for path in made
        for address in re.findall(r"url\(\s*[\"']?([^\"')]+)", path.read_text())
        if not address.startswith("data:")
    }

    assert {"css/site.css", "css/font.css"} <= {str(path.relative_to(STATIC)) for path in made}
    assert [a for a in addresses if not (STATIC / "css" / a).resolve().is_file()] == []


def test_the_style_sheet_of_the_site_is_small() -> None:
    assert compressed((STATIC / "css/site.css").read_bytes()) <= 26_000


def test_a_light_page_is_light(client: FlaskClient) -> None:
    html = client.get("/login").text

    files = list(loaded(html))

    assert STATIC / "css/font.css" not in files
    assert compressed(html.encode(), *(path.read_bytes() for path in files)) <= 60_000


def test_other_pages_are_not_heavy(app: Flask, client: FlaskClient) -> None:
    html = client.get("/nowhere").text

    code = [path for path in loaded(html) if path.suffix in (".css", ".js")]

    assert STATIC / "css/font.css" in code
    assert compressed(*(path.read_bytes() for path in code)) <= 150_000
