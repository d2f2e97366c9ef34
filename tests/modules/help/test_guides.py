"""The guides say the same in both languages, and speak of what is there."""

import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.modules.help import queries
from app.modules.help.queries import ENTRIES
from app.modules.help.rules import Guide
from tests.client import Client

LANGUAGES = ("fr", "en")
SLUGS = [entry.slug for entry in ENTRIES]
ENGLISH = Path(__file__).parents[3] / "app/translations/en/LC_MESSAGES/messages.po"
#: A path of the site, as a guide names it: in a link, or as it is typed.
PATHS = re.compile(r"\]\((/[^)\s#]*)[^)]*\)|`(/[^`\s]*)`")
ANCHORS = re.compile(r"\]\(#([^)\s]+)\)")


def words(guide: Guide) -> str:
    parts = [part.text for section in guide.sections for part in section.parts]
    return "\n".join([guide.opening, *parts])


@pytest.mark.once
@pytest.mark.parametrize("slug", SLUGS)
def test_both_languages_have_the_same_sections(slug: str) -> None:
    shapes = [
        [len(section.parts) for section in queries.guide(slug, language).sections]
        for language in LANGUAGES
    ]

    assert shapes[0] == shapes[1]
    assert shapes[0]


@pytest.mark.once
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
def test_every_path_is_one_of_the_site(app: Flask, slug: str, language: str) -> None:
    found = {a or b for a, b in PATHS.findall(words(queries.guide(slug, language)))}
    unknown = [path for path in sorted(found) if not leads_somewhere(app, path)]

    assert unknown == []


def leads_somewhere(app: Flask, path: str) -> bool:
    """Whether a page answers there; letters in capitals and braces stand for a number or a word."""
    bare = re.sub(r"<[^>]*>|\{[^}]*\}|…|/[A-Z]+\b", lambda m: "/1" if m[0][0] == "/" else "1", path)
    bare = bare.split("?")[0]
    if not bare or bare.startswith(("/srv", "/etc", "/var", "/usr", "/dev", "/tmp", "/run")):
        return True
    match = app.url_map.bind("localhost").match
    try:
        match(bare, method="GET")
    except RequestRedirect:
        return True
    except HTTPException as error:
        return error.code == 405
    return True


@pytest.mark.once
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
def test_every_link_within_a_guide_leads_to_one_of_its_parts(slug: str, language: str) -> None:
    guide = queries.guide(slug, language)
    there = {section.anchor for section in guide.sections}
    there |= {part.anchor for section in guide.sections for part in section.parts}

    assert sorted(set(ANCHORS.findall(words(guide))) - there) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_anybody_reads_them(client: Client, language: str) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    index = client.open_page("/help/")
    assert len(index.html.select("main .cards > *")) == len(ENTRIES)
    for slug in SLUGS:
        page = client.open_page(f"/help/{slug}")
        assert page.text("h1") == queries.guide(slug, language).title
        there = {element["id"] for element in page.html.select("main [id]")}
        links = [link["href"] for link in page.html.select(".guide-parts a")]
        assert links
        assert {link.removeprefix("#") for link in links} <= there
        assert "](" not in page.text("main"), "a link that Markdown did not take"


@pytest.mark.parametrize("slug", ["nothing", "..", "residents.md", "%2e%2e%2fgris", "Residents"])
def test_there_is_no_other_guide(client: Client, slug: str) -> None:
    assert client.get(f"/help/{slug}").status_code == 404


def test_the_accessibility_page_says_what_is_missing(client: Client) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
    page = client.open_page("/help/accessibility")

    assert "Ce qui manque" in page.texts("h2")
