"""Each page speaks one language, and nothing is left untranslated."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup
from flask import Flask

from app.cli.translate import CATALOGUES, untranslated
from app.models import PCeen
from tests.client import Client
from tests.conftest import Inside, Login
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.visitors import rules

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
#: A shorter sentence may be a word of the other language too.
SHORTEST = 12
SPOKEN = ("alt", "aria-label", "content", "placeholder", "title", "value")
MAC = "3c:22:fb:00:00:01"


class Sentence(NamedTuple):
    """Finds a sentence in a line, whatever its placeholders became."""

    #: What is between them: to look for it first is ten times faster.
    words: tuple[str, ...]
    pattern: re.Pattern[str]

    def is_in(self, said: str) -> bool:
        return all(word in said for word in self.words) and bool(self.pattern.search(said))


Sentences = dict[str, Sentence]


def catalogue(locale: str) -> Catalog:
    with (CATALOGUES / locale / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file)


def messages(locale: str) -> Iterator[Message]:
    return (message for message in catalogue(locale) if message.id)


def forms(said: str | tuple[str, ...]) -> tuple[str, ...]:
    """The singular and the plural of what is said, or the one form it has."""
    return (said,) if isinstance(said, str) else tuple(said)


@pytest.mark.once
class TestTheCatalogue:
    @pytest.mark.parametrize("locale", ["en"])
    def test_it_is_complete(self, locale: str) -> None:
        assert untranslated(CATALOGUES / locale / "LC_MESSAGES/messages.po") == []
        assert [m.id for m in messages(locale) if not all(forms(m.string))] == []

    @pytest.mark.parametrize("locale", ["en"])
    def test_nothing_in_it_is_a_guess_or_a_remnant(self, locale: str) -> None:
        assert [m.id for m in messages(locale) if m.fuzzy] == []
        assert list(catalogue(locale).obsolete) == []

    @pytest.mark.parametrize("locale", ["en"])
    def test_a_translation_has_the_placeholders_of_its_sentence(self, locale: str) -> None:
        assert [
            (source, said)
            for message in messages(locale)
            for source, said in zip(forms(message.id), forms(message.string), strict=True)
            if sorted(PLACEHOLDER.findall(source)) != sorted(PLACEHOLDER.findall(said))
        ] == []


def to_find(sentence: str) -> Sentence:
    words = tuple(PLACEHOLDER.split(" ".join(sentence.split())))
    joined = ".+?".join(map(re.escape, words))
    return Sentence(words, re.compile(rf"(?<!\w){joined}(?!\w)"))


@pytest.fixture(scope="module")
def sentences() -> dict[str, Sentences]:
    """What is said in each language and not in the other."""
    french: set[str] = set()
    english: set[str] = set()
    for message in messages("en"):
        french.update(forms(message.id))
        english.update(forms(message.string))
    own = {"fr": french - english, "en": english - french}
    return {
        locale: {s: to_find(s) for s in said if len(PLACEHOLDER.sub("", s)) >= SHORTEST}
        for locale, said in own.items()
    }


def lines(html: str) -> str:
    """What a page says, to the eye or to a screen reader: one text a line."""
    page = BeautifulSoup(html, "html.parser")
    for code in page(["script", "style"]):
        code.decompose()
    said = [str(text) for text in page.find_all(string=True)]
    for element in page.select("*"):
        said += [
            str(value)
            for name, value in element.attrs.items()
            if name in SPOKEN or name.startswith("data-")
        ]
    return "\n".join(" ".join(text.split()) for text in said)


Visit = Callable[[str], Client]


@pytest.fixture
def visit(client: Client, login: Login, inside: Inside) -> Visit:
    """A browser of that kind of visitor, whose account has no language of its own."""

    def settled() -> PCeen:
        pceen = RentalFactory(pceen__locale=None).pceen
        DeviceFactory(pceen=pceen, mac_address=MAC)
        return pceen

    def _visit(kind: str) -> Client:
        if kind in ("visitor in the residence", "newcomer", "resident"):
            inside(mac=MAC)
        if kind == "newcomer":
            login(PCeenFactory(locale=None, slugs=["rezident"]))
        if kind == "resident":
            login(settled())
        if kind == "GRI":
            login(PCeenFactory(locale=None, slugs=["gri"]))
        return client

    return _visit


@pytest.mark.once
@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize(
    "kind", ["visitor", "visitor in the residence", "newcomer", "resident", "GRI"]
)
def test_a_page_says_nothing_in_the_other_language(
    app: Flask, sentences: dict[str, Sentences], visit: Visit, kind: str, locale: str
) -> None:
    browser = visit(kind)
    browser.set_cookie("locale", locale)
    other = {"fr": "en", "en": "fr"}[locale]
    paths = [
        rule.rule for rule in rules(app, "GET") if not rule.arguments - set(rule.defaults or ())
    ]
    mixed, silent = [], []

    for path in [*paths, "/nowhere"]:
        with browser.get(path) as answer:
            if answer.mimetype != "text/html" or answer.location:
                continue
            assert answer.status_code < 500, path
            said = lines(answer.text)
        mixed += [(path, s) for s, found in sentences[other].items() if found.is_in(said)]
        if not any(found.is_in(said) for found in sentences[locale].values()):
            silent.append(path)

    assert mixed == []
    assert silent == [], "no sentence of the catalogue is there: is it compiled?"
