"""What a guide is made of."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

#: How sections and their parts begin; what comes before the first is what the guide is about.
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_PART = re.compile(r"^### (.+)$", re.MULTILINE)
_TITLE = re.compile(r"\A# (.+)\n")
#: A link to another document of the project, which is not on the site: its words stay.
_ELSEWHERE = re.compile(r"\[([^\]]+)\]\((?!#|/|https?:|mailto:)[^)]*\)")
#: The blanks that no line may begin or end with, in French.
_UNBROKEN = re.compile(r"(?<=«) | (?=[:;!?»](?:\s|$))", re.MULTILINE)
#: A paragraph that lists the sections: the page has a list of its own.
_CONTENTS = re.compile(r"(?:^- \[[^\]]+\]\(#[^)]+\)(?:\n|\Z))+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under one heading; what comes before the first of a section has none."""

    anchor: str
    title: str
    #: In Markdown.
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a guide."""

    anchor: str
    title: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide, as it is read."""

    title: str
    #: What it is about, in Markdown.
    opening: str
    sections: Sequence[Section]


def anchor(title: str) -> str:
    """The address of a section, as forges make it: ``2. L'année`` gives ``2-lannée``."""
    return re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")


def parse(text: str) -> Guide:
    """The guide that a document in Markdown holds.

    Raises:
        ValueError: If it does not begin with its title.
    """
    found = _TITLE.match(text)
    if found is None:
        raise ValueError("a guide begins with its title")
    body = _UNBROKEN.sub("\N{NO-BREAK SPACE}", _ELSEWHERE.sub(r"\1", text[found.end() :]))
    opening, *sections = _parts(_SECTION, body)
    return Guide(
        found[1].strip(),
        _CONTENTS.sub("", opening.text).strip(),
        [Section(one.anchor, one.title, _parts(_PART, one.text)) for one in sections],
    )


def _parts(heading: re.Pattern[str], text: str) -> list[Part]:
    """What *text* holds before the first heading of a kind, then under each."""
    before, *rest = heading.split(text)
    named = zip(rest[::2], rest[1::2], strict=True)
    return [
        Part("", "", before.strip()),
        *(Part(anchor(title), title.strip(), words.strip()) for title, words in named),
    ]
