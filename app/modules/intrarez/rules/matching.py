"""Which payment a credit of the bank is: what the references and the names in it say."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from itertools import groupby
from typing import TypeAlias

from anyascii import anyascii

from app.core.money import Cents
from app.core.text import comparison_key

#: What every reference begins with.
_KEYWORD = "INTERNET"
_MARK = re.compile(_KEYWORD.lower())

#: Someone, and the slug of an offer.
Candidate: TypeAlias = tuple[int, str]
#: Where the words of a name stand in a label: the first, and the one after the last.
_Span: TypeAlias = tuple[int, int]


class Kind(StrEnum):
    """How much a proposal is worth."""

    #: One reference, and its price.
    sure = auto()
    #: One reference, and another amount.
    other_amount = auto()
    #: A reference that can be read in several ways, or names; and a price that fits.
    possible = auto()
    none = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """A credit: what the bank says of it."""

    key: int
    label: str
    amount_cents: Cents


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who may have paid."""

    id: int
    username: str
    prenom: str
    nom: str


@dataclass(frozen=True, slots=True)
class Price:
    """What an offer costs."""

    slug: str
    amount_cents: Cents


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a credit may be; *person_id* and *slug* only where there is no choice."""

    line_key: int
    kind: Kind
    person_id: int | None = None
    slug: str | None = None
    #: All that a possible one may be, best first.
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class _Text:
    """A label without its blanks and its punctuation, and where those stood."""

    letters: str
    edges: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A reference that the letters of a label spell."""

    #: Where it stands in the label, after its first word.
    place: int
    username: str
    slug: str
    #: It is not the beginning of something else, nor another one with a letter wrong.
    is_clear: bool
    #: The blanks of the label are also between its words.
    is_spaced: bool


@dataclass(frozen=True, slots=True)
class _Named:
    """Someone, and how their names are written."""

    person: Person
    nom: frozenset[str]
    prenom: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Index:
    """What lines are compared with, found by what labels say."""

    prices: Mapping[str, Cents]
    by_amount: Mapping[Cents, Sequence[str]]
    usernames: Mapping[str, Sequence[int]]
    slugs: Mapping[str, Sequence[str]]
    names: Mapping[str, Sequence[_Named]]
    #: The lengths of those, so that a label is only cut where it may be.
    username_lengths: Sequence[int] = field(default=())
    slug_lengths: Sequence[int] = field(default=())
    most_words: int = 0


def reference(username: str, slug: str) -> str:
    """What one writes with a transfer: ``INTERNET EDARTAG 12MONTHS``."""
    return f"{_KEYWORD} {username} {slug}".upper()


def propose(
    lines: Iterable[Line], people: Iterable[Person], prices: Iterable[Price]
) -> list[Proposal]:
    """What each line may be, in their order.

    Case, blanks and punctuation do not count in a reference, nor does what stands
    around it. Blanks only choose between several readings of one place: the one whose
    words they separate, if there is only one.
    """
    index = _index(list(people), list(prices))
    return [_proposal(line, index) for line in lines]


def _index(people: Sequence[Person], prices: Sequence[Price]) -> _Index:
    """Everything that labels may say."""
    usernames: defaultdict[str, list[int]] = defaultdict(list)
    slugs: defaultdict[str, list[str]] = defaultdict(list)
    names: defaultdict[str, list[_Named]] = defaultdict(list)
    by_amount: defaultdict[Cents, list[str]] = defaultdict(list)
    for person in people:
        usernames[_text(person.username).letters].append(person.id)
        named = _Named(person, _spellings(person.nom), _spellings(person.prenom))
        for spelling in named.nom if named.prenom else ():
            names[spelling].append(named)
    for price in prices:
        slugs[_text(price.slug).letters].append(price.slug)
        by_amount[price.amount_cents].append(price.slug)
    usernames.pop("", None)
    slugs.pop("", None)
    spellings = (*names, *(s for group in names.values() for one in group for s in one.prenom))
    return _Index(
        prices={price.slug: price.amount_cents for price in prices},
        by_amount=by_amount,
        usernames=usernames,
        slugs=slugs,
        names=names,
        username_lengths=sorted({len(username) for username in usernames}),
        slug_lengths=sorted({len(slug) for slug in slugs}),
        most_words=max((spelling.count(" ") + 1 for spelling in spellings), default=0),
    )


def _proposal(line: Line, index: _Index) -> Proposal:
    """What a line may be."""
    readings = list(_readings(_text(line.label), index))
    read = _settled(readings, index)
    if read is not None:
        person_id, slug = read
        is_right = index.prices[slug] == line.amount_cents
        return Proposal(line.key, Kind.sure if is_right else Kind.other_amount, person_id, slug)
    candidates = _fitting(line, readings, index) or _by_names(line, index)
    if not candidates:
        return Proposal(line.key, Kind.none)
    if len(candidates) > 1:
        return Proposal(line.key, Kind.possible, candidates=candidates)
    return Proposal(line.key, Kind.possible, *candidates[0], candidates)


def _text(label: str) -> _Text:
    """The letters and digits of a text, without case and accents, and where they are cut.

    Other letters stay what they are, to be like none of a reference.
    """
    letters: list[str] = []
    edges = {0}
    for letter in unicodedata.normalize("NFKD", label).lower():
        if letter.isalnum():
            letters.append(letter)
        elif not unicodedata.combining(letter):
            edges.add(len(letters))
    edges.add(len(letters))
    return _Text("".join(letters), frozenset(edges))


def _readings(text: _Text, index: _Index) -> Iterator[_Reading]:
    """Every reference that a label spells, wherever it is cut."""
    for mark in _MARK.finditer(text.letters):
        start = mark.end()
        for length in index.username_lengths:
            middle = start + length
            username = text.letters[start:middle]
            if username not in index.usernames:
                continue
            for slug_length in index.slug_lengths:
                end = middle + slug_length
                slug = text.letters[middle:end]
                if slug in index.slugs:
                    is_clear = (
                        end in text.edges
                        and not _goes_on(slug, text.letters[end:], index)
                        and (middle in text.edges or not _is_cut(text, start, end, index))
                    )
                    is_spaced = is_clear and start in text.edges and middle in text.edges
                    yield _Reading(start, username, slug, is_clear, is_spaced)


def _is_cut(text: _Text, start: int, end: int, index: _Index) -> bool:
    """Whether the blanks make a username or a slug of other letters than a reading does."""
    return any(
        text.letters[start:edge] in index.usernames or text.letters[edge:end] in index.slugs
        for edge in text.edges
        if start < edge < end
    )


def _goes_on(slug: str, rest: str, index: _Index) -> bool:
    """Whether a slug and what follows may be a longer slug with a letter wrong."""
    return any(
        other.startswith(slug) and len(other) > len(slug) + 1 and _begins(rest, other[len(slug) :])
        for other in index.slugs
    )


def _begins(text: str, word: str) -> bool:
    """Whether a text begins by a word with one letter changed, missing, added or moved."""
    if text.startswith(word):
        return False  # that one is read too
    pairs = enumerate(zip(text, word, strict=False))
    same = next((i for i, (read, due) in pairs if read != due), min(len(text), len(word)))
    left, right = text[same:], word[same:]
    missing, moved = right[1:], right[1:2] + right[:1] + right[2:]
    return left.startswith((missing, moved)) or left[1:].startswith((right, missing))


def _settled(readings: Iterable[_Reading], index: _Index) -> Candidate | None:
    """The one reference that a label holds, if nothing else can be read."""
    found = set()
    for _, group in groupby(readings, key=lambda reading: reading.place):
        ways = list(group)
        kept = ways if len(ways) == 1 else [way for way in ways if way.is_spaced]
        if len(kept) != 1 or not kept[0].is_clear:
            return None
        found.add((kept[0].username, kept[0].slug))
    everyone = _candidates(found, index)
    return everyone[0] if len(everyone) == 1 else None


def _candidates(found: Iterable[tuple[str, str]], index: _Index) -> list[Candidate]:
    """Whom and what some readings may mean: letters alone may be those of several."""
    return [
        (person_id, slug)
        for letters, slug_letters in found
        for person_id in index.usernames[letters]
        for slug in index.slugs[slug_letters]
    ]


def _fitting(line: Line, readings: Iterable[_Reading], index: _Index) -> tuple[Candidate, ...]:
    """What references may mean at this price, those that blanks separate first."""
    ordered = sorted(readings, key=lambda reading: (not reading.is_spaced, not reading.is_clear))
    found = _candidates(((reading.username, reading.slug) for reading in ordered), index)
    fitting = [one for one in found if index.prices[one[1]] == line.amount_cents]
    return tuple(dict.fromkeys(fitting))


def _by_names(line: Line, index: _Index) -> tuple[Candidate, ...]:
    """Who is named in a label, with the offers of this price; the longest names first."""
    slugs = index.by_amount.get(line.amount_cents, ())
    if not slugs:
        return ()
    phrases = _phrases(line.label, index.most_words)
    named = {
        one.person.id: one
        for phrase in phrases
        for one in index.names.get(phrase, ())
        if _are_both(one, phrases)
    }
    ordered = sorted(named.values(), key=lambda one: (-len(one.person.nom), one.person.id))
    return tuple((one.person.id, slug) for one in ordered for slug in slugs)


def _spellings(name: str) -> frozenset[str]:
    """How labels write a name, as words: ``d artagnan`` or ``dartagnan``."""
    key = comparison_key(name)
    return frozenset((key, key.replace(" ", ""))) - {""}


def _phrases(label: str, most_words: int) -> Mapping[str, list[_Span]]:
    """Every group of words that follow one another in a label, and where they are."""
    words = re.findall(r"[a-z0-9]+", anyascii(label).lower())
    phrases: defaultdict[str, list[_Span]] = defaultdict(list)
    for start in range(len(words)):
        for end in range(start + 1, min(start + most_words, len(words)) + 1):
            phrases[" ".join(words[start:end])].append((start, end))
    return phrases


def _are_both(one: _Named, phrases: Mapping[str, list[_Span]]) -> bool:
    """Whether a label has both names of someone, each with words of its own."""
    noms = [span for spelling in one.nom for span in phrases.get(spelling, ())]
    prenoms = [span for spelling in one.prenom for span in phrases.get(spelling, ())]
    return any(nom[1] <= prenom[0] or prenom[1] <= nom[0] for nom in noms for prenom in prenoms)
