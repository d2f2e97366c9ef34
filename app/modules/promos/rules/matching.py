"""Who of a list has an account already, and who may have one."""

import enum
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import LazyString, gettext as _, lazy_gettext as _l

from app.modules.promos.rules.lines import Line


class Verdict(enum.StrEnum):
    """What is to be done of a line."""

    new = "new"
    #: They have an account: it gets the roles that it lacks.
    there = "there"
    #: Someone of another promo, or of the file, has their name.
    doubtful = "doubtful"
    wrong = "wrong"

    @property
    def label(self) -> LazyString:
        return _VERDICTS[self]


_VERDICTS = {
    Verdict.new: _l("Nouveaux"),
    Verdict.there: _l("Déjà là"),
    Verdict.doubtful: _l("Douteux"),
    Verdict.wrong: _l("À corriger"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Someone who has an account, and may be in the list."""

    key: int
    full_name: str
    #: The names, as they are compared: the last one first.
    name_key: tuple[str, str]
    promo: int | None
    emails: frozenset[str]
    #: The roles of the class that they have, by slug.
    slugs: frozenset[str] = frozenset()

    @property
    def words(self) -> frozenset[str]:
        """The words of their names."""
        return frozenset(" ".join(self.name_key).split())


@dataclass(frozen=True, slots=True)
class Judged:
    """A line, what is to be done of it, and why."""

    line: Line
    verdict: Verdict
    #: Whose account it is about, if it is about one.
    known: Known | None = None
    why: str = ""


@dataclass(slots=True)
class _Seen:
    """What earlier lines of the file say."""

    emails: dict[str, Line] = field(default_factory=dict)
    names: dict[tuple[str, str], Line] = field(default_factory=dict)


def judge(
    lines: Sequence[Line], known: Iterable[Known], *, promo: int, others: frozenset[int]
) -> tuple[Judged, ...]:
    """What is to be done of each line.

    Args:
        lines: Those of the file.
        known: Everyone who has one of their addresses, or of their last names.
        promo: The promo that they are of.
        others: The numbers of the doubtful lines that are said to be of other people.
    """
    people = list(known)
    by_email = {email: one for one in people for email in one.emails}
    by_name: dict[tuple[str, str], list[Known]] = defaultdict(list)
    for one in people:
        by_name[one.name_key].append(one)
    shared = _shared(lines)
    seen = _Seen()
    found = []
    for line in lines:
        judged = _doubled(line, seen, shared) or _judge(
            line, by_email, by_name[line.name_key], promo
        )
        if judged.verdict is Verdict.new and (first := seen.names.get(line.name_key)):
            why = _("même nom que la ligne %(line)s", line=first.number)
            judged = Judged(line, Verdict.doubtful, why=why)
        if judged.verdict is Verdict.doubtful and line.number in others:
            judged = Judged(line, Verdict.new)
        if judged.verdict is not Verdict.wrong:
            seen.names.setdefault(line.name_key, line)
        found.append(judged)
    return tuple(found)


def _shared(lines: Iterable[Line]) -> Mapping[str, set[tuple[str, str]]]:
    """The names that go with each address of the file."""
    names: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for line in lines:
        if line.fault is None:
            names[line.email].add(line.name_key)
    return names


def _doubled(line: Line, seen: _Seen, shared: Mapping[str, set[tuple[str, str]]]) -> Judged | None:
    """The refusal of a line that is one by itself, or by the other lines of the file."""
    if line.fault is not None:
        return Judged(line, Verdict.wrong, why=str(line.fault.label))
    if len(shared[line.email]) > 1:
        return Judged(line, Verdict.wrong, why=_("deux personnes du fichier ont cet e-mail"))
    first = seen.emails.setdefault(line.email, line)
    if first is not line:
        why = _("en double : la ligne %(line)s dit la même chose", line=first.number)
        return Judged(line, Verdict.wrong, why=why)
    return None


def _judge(
    line: Line, by_email: Mapping[str, Known], namesakes: Sequence[Known], promo: int
) -> Judged:
    """What is to be done of a line, by those who have an account."""
    owner = by_email.get(line.email)
    if owner is not None:
        if owner.words & set(" ".join(line.name_key).split()):
            return Judged(line, Verdict.there, owner)
        why = _("cet e-mail est celui de %(name)s", name=owner.full_name)
        return Judged(line, Verdict.wrong, owner, why)
    for one in namesakes:
        if one.promo == promo:
            return Judged(line, Verdict.there, one)
    if namesakes:
        one = namesakes[0]
        if one.promo is None:
            why = _("%(name)s a déjà un compte, sans promo", name=one.full_name)
        else:
            why = _(
                "%(name)s, promo %(promo)s, a déjà un compte", name=one.full_name, promo=one.promo
            )
        return Judged(line, Verdict.doubtful, one, why)
    return Judged(line, Verdict.new)


def digest(judged: Iterable[Judged], *, promo: int) -> str:
    """What tells this outcome from another: who is new, who is not, who is refused."""
    facts = [
        [one.line.number, one.line.email, one.verdict, one.known.key if one.known else 0]
        for one in judged
    ]
    return hashlib.sha256(json.dumps([promo, facts]).encode()).hexdigest()
