"""Names written with one letter wrong. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

#: A shorter word with a letter wrong is any word.
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Named:
    """Someone, as names are compared: keys without accents nor capitals."""

    id: int
    nom_key: str
    prenom_key: str
    username: str

    @property
    def words(self) -> list[str]:
        """All the words that they are called by."""
        return [*self.nom_key.split(), *self.prenom_key.split(), self.username]

    @property
    def wholes(self) -> tuple[str, ...]:
        """All that they are called by, without its blanks."""
        nom, prenom = self.nom_key.replace(" ", ""), self.prenom_key.replace(" ", "")
        return nom, prenom, prenom + nom, nom + prenom


def nearly(key: str, people: Iterable[Named]) -> Iterator[tuple[int, int]]:
    """Who is called *key*, but for one letter in each word; and how many letters are wrong.

    A letter added, forgotten, or taken for another, or two exchanged.
    """
    typed, whole = key.split(), key.replace(" ", "")
    if not any(c.isalpha() for c in whole) or len(whole) < SHORTEST:
        return
    for one in people:
        wrong = _wrong(typed, whole, one)
        if wrong is not None:
            yield one.id, wrong


def _wrong(typed: Sequence[str], whole: str, one: Named) -> int | None:
    """How many letters are wrong, if it may be them."""
    if any(_apart(whole, name) <= 1 for name in one.wholes):
        return 1
    words, wrong = one.words, 0
    for word in typed:
        nearest = min((_distance(word, name) for name in words), default=2)
        if nearest > 1:
            return None
        wrong += nearest
    return wrong


def _apart(one: str, other: str) -> int:
    """How many letters are to be changed, added, left out or exchanged; 2 for more than one."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415  # large, few need it

    return OSA.distance(one, other, score_cutoff=1)


def _distance(word: str, name: str) -> int:
    """How many letters are wrong in a word; 2 for another word."""
    if word in name:
        return 0
    return _apart(word, name) if len(word) >= SHORTEST else 2
