"""How texts are compared when one looks for words, and what is shown around a match. Pure.

A *key* is what is compared: lower case, without accents, one blank where there are several, and
without the hyphens of words, which may be cut there at the end of a line: ``Café-théâtre`` gives
``cafetheatre``, on one line or on two.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from app.core.text import clean

#: How long what is looked for may be, in letters (community 5.3).
SHORTEST, LONGEST = 2, 100
#: How much is shown on each side of a match, in letters.
AROUND = 70
#: What keys do without: hyphens that touch a word, with the end of the line that they cut it at,
#: and blanks after others.
_HIDDEN = re.compile(
    r"-(?<=[a-z0-9]-)\n(?=[a-z0-9])|-(?<=[a-z0-9]-)|-(?=[a-z0-9])|[ \n](?<=[ \n]{2})"
)
_BLANKS = re.compile(r"\s+")


@lru_cache(maxsize=4096)
def _spelled(letter: str) -> str:
    """How keys spell a letter: ``œ`` is ``oe``; nothing stands for what has no sound."""
    if letter.isspace():
        return "\n" if letter == "\n" else " "
    return "".join(one for one in anyascii(letter).lower() if one.isprintable())


def _shown(raw: str) -> Iterator[slice]:
    """The parts of a text, once spelled, that keys keep."""
    begun = 0
    for hidden in _HIDDEN.finditer(raw):
        yield slice(begun, hidden.start())
        begun = hidden.end()
    yield slice(begun, None)


def search_key(text: str) -> str:
    """The key of a text."""
    raw = "".join(map(_spelled, text))
    return "".join(raw[part] for part in _shown(raw)).replace("\n", " ")


def _places(text: str) -> list[int]:
    """Where in a text each letter of its key comes from."""
    spelled = list(map(_spelled, text))
    raw = "".join(spelled)
    places = [place for place, letters in enumerate(spelled) for _letter in letters]
    return [place for part in _shown(raw) for place in places[part]]


def asked_key(words: str) -> str | None:
    """The key of what somebody looks for; ``None`` if it is too short, or too long."""
    words = clean(words)
    key = search_key(words).strip()
    is_fine = SHORTEST <= len(words) <= LONGEST and len(key) >= SHORTEST
    return key if is_fine else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A match as it is written in a text, with some of what stands around it, in one line."""

    before: str = ""
    match: str = ""
    after: str = ""


def excerpt(text: str, key: str) -> Excerpt:
    """Where a text has a key first; its beginning, if it does not have it."""
    found = search_key(text).find(key) if key else -1
    if found < 0:
        return Excerpt(after=_after(text, 0))
    places = _places(text)
    start, end = places[found], places[found + len(key) - 1] + 1
    return Excerpt(
        before=_before(text, start), match=_one_line(text[start:end]), after=_after(text, end)
    )


def _before(text: str, end: int) -> str:
    """What stands before a place, from the beginning of a word."""
    shown = _one_line(text[max(0, end - AROUND) : end])
    if end <= AROUND:
        return shown
    _cut, blank, rest = shown.partition(" ")
    return f"…{rest if blank else shown}"


def _after(text: str, start: int) -> str:
    """What stands after a place, to the end of a word."""
    shown = _one_line(text[start : start + AROUND])
    if start + AROUND >= len(text):
        return shown
    rest, blank, _cut = shown.rpartition(" ")
    return f"{rest if blank else shown}…"


def _one_line(text: str) -> str:
    return _BLANKS.sub(" ", text)
