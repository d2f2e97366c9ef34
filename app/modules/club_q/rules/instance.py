"""What a run starts from: people, shows, wishes, grants that are given, and the parameters.

It is kept as canonical JSON, whose digest tells one input from another (``docs/club-q-format.md``).
Everything is a whole number: cents, minutes, tenths of discontent, quarters of theta.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, cast

from app.core import draw
from app.enums import RunMode

FORMAT = "club-q-instance-1"
#: Between two shows of one person, besides their durations: time to go from one to the other.
BETWEEN_MINUTES = 30

T = TypeVar("T")


class BadInstance(ValueError):
    """A file that is no input; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What both strategies are told besides the wishes."""

    #: Quarters, 0 to 4: how much ranks count. 4, the default, is theta = 1.
    theta: int = 4
    #: Whether the fair strategy counts the bonuses too.
    use_bonus: bool = False
    #: The promo in its first year; ``None``: no bonus for anybody.
    promo_1a: int | None = None
    #: Tenths of discontent: of the first year, the second, the third, the fourth.
    bonuses: tuple[int, int, int, int] = (0, 0, 0, 0)
    #: Of any other promo.
    bonus_other: int = -100

    def bonus(self, promo: int | None) -> int:
        """The bonus of a promo, in tenths (community 4.6); 0 for who has none."""
        if promo is None or self.promo_1a is None:
            return 0
        year = self.promo_1a - promo
        return self.bonuses[year] if 0 <= year < len(self.bonuses) else self.bonus_other


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone with a wish."""

    id: int
    promo: int | None = None
    #: Tenths: what it was before any adopted run of the season.
    discontent: int = 0
    #: Tenths: what it is now, where that is another thing: in a complement.
    current: int | None = None
    #: Cents; ``None`` for no bound.
    budget: int | None = None
    max_shows: int | None = None
    accept_clashes: bool = False

    @property
    def present(self) -> int:
        """The discontent that a change is added to, in tenths."""
        return self.discontent if self.current is None else self.current


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """A show that takes place."""

    id: int
    capacity: int
    #: Cents for one place.
    price: int
    #: Minutes since 1970, UTC.
    start: int
    #: Minutes.
    duration: int = 120

    def overlaps(self, other: "Show") -> bool:
        """Whether nobody can be at both: one lasts, with the way, until after the other begins."""
        return (
            self.start < other.start + other.duration + BETWEEN_MINUTES
            and other.start < self.start + self.duration + BETWEEN_MINUTES
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """So many places of a show, for someone."""

    person: int
    show: int
    #: 1 for what is wanted most.
    priority: int
    places: int
    minimum: int = 1
    #: The key of the draw, in 64 hexadecimal digits, where people are under other numbers than
    #: those that it was drawn for; otherwise the seed tells it.
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a wish has already."""

    person: int
    show: int
    places: int
    #: Whether it is what it is; otherwise it may only grow. 0 that is not locked is no grant.
    locked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """The input of a run. Everything in it is sorted by number."""

    season: int
    mode: RunMode = RunMode.full
    parameters: Parameters = field(default_factory=Parameters)
    people: tuple[Person, ...] = ()
    shows: tuple[Show, ...] = ()
    wishes: tuple[Wish, ...] = ()
    grants: tuple[Grant, ...] = ()

    def __post_init__(self) -> None:
        """Sort, so that the order of rows tells nothing; and refuse what makes no sense.

        Raises:
            BadInstance: It makes none.
        """
        for name, key in (
            ("people", lambda one: one.id),
            ("shows", lambda one: one.id),
            ("wishes", lambda one: (one.person, one.show)),
            ("grants", lambda one: (one.person, one.show)),
        ):
            object.__setattr__(self, name, tuple(sorted(getattr(self, name), key=key)))
        _check(self)

    def canonical(self) -> str:
        """The one JSON text of this input."""
        return canonical_json(self.as_json())

    def digest(self) -> str:
        """The SHA-256 of that text, in hexadecimal digits."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "season": self.season,
            "mode": self.mode.value,
            "parameters": _told(self.parameters),
            "people": [_told(one) for one in self.people],
            "shows": [_told(one) for one in self.shows],
            "wishes": [_told(one) for one in self.wishes],
            "grants": [_told(one) for one in self.grants],
        }

    def keys(self, seed: bytes) -> dict[tuple[int, int], int]:
        """The key of the draw of each wish, by person and show."""
        return {
            (wish.person, wish.show): int(wish.key, 16)
            if wish.key is not None
            else draw.key(seed=seed, season=self.season, person=wish.person, show=wish.show)
            for wish in self.wishes
        }


def canonical_json(value: Any) -> str:
    """JSON that is written in one way only: sorted keys, no space, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def read(text: str) -> Instance:
    """The input that a JSON text holds.

    Raises:
        BadInstance: It holds none.
    """
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInstance(f"not JSON: {error}") from None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise BadInstance(f'"format" has to be "{FORMAT}"')
    try:
        mode = RunMode(told.get("mode", "full"))
    except ValueError:
        raise BadInstance('"mode" has to be "full" or "complement"') from None
    return Instance(
        season=_number(told.get("season"), "season"),
        mode=mode,
        parameters=_parameters(told.get("parameters", {})),
        people=_read_all(told, "people", Person),
        shows=_read_all(told, "shows", Show),
        wishes=_read_all(told, "wishes", Wish),
        grants=_read_all(told, "grants", Grant),
    )


def _told(value: Any) -> dict[str, Any]:
    """The fields of a value, as JSON has them; those without a value are left out."""
    found = {one.name: getattr(value, one.name) for one in fields(value)}
    return {
        name: list(one) if isinstance(one, tuple) else one
        for name, one in found.items()
        if one is not None
    }


def _number(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**53) < value < 2**53:
        raise BadInstance(f'"{name}" has to be a whole number')
    return value


_BOOLEANS = frozenset({"accept_clashes", "locked", "use_bonus"})


def _read_all(told: Mapping[str, Any], name: str, kind: type[T]) -> tuple[T, ...]:
    rows = told.get(name, [])
    if not isinstance(rows, list):
        raise BadInstance(f'"{name}" has to be a list')
    return tuple(_read_one(row, f"{name}[{rank}]", kind) for rank, row in enumerate(rows))


def _read_one(row: object, where: str, kind: type[T]) -> T:
    if not isinstance(row, dict):
        raise BadInstance(f"{where} has to be an object")
    known = {one.name for one in fields(cast(Any, kind))}
    if unknown := sorted(set(row) - known):
        raise BadInstance(f"{where} has {unknown[0]!r}, which means nothing")
    values: dict[str, Any] = {}
    for name, value in row.items():
        if value is None:
            continue
        if name in _BOOLEANS:
            if not isinstance(value, bool):
                raise BadInstance(f'"{where}.{name}" has to be true or false')
            values[name] = value
        elif name == "key":
            values[name] = _key(value, where)
        else:
            values[name] = _number(value, f"{where}.{name}")
    try:
        return kind(**values)
    except TypeError as error:
        raise BadInstance(f"{where}: {error}") from None


def _key(value: object, where: str) -> str:
    if not isinstance(value, str) or len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise BadInstance(f'"{where}.key" has to be 64 hexadecimal digits')
    return value


def _parameters(told: object) -> Parameters:
    if not isinstance(told, dict):
        raise BadInstance('"parameters" has to be an object')
    values = dict(told)
    bonuses = values.pop("bonuses", [0, 0, 0, 0])
    if not isinstance(bonuses, list) or len(bonuses) != 4:
        raise BadInstance('"parameters.bonuses" has to be a list of four numbers')
    first, second, third, fourth = (_number(one, "parameters.bonuses") for one in bonuses)
    found = _read_one(values, "parameters", Parameters)
    made = Parameters(
        theta=found.theta,
        use_bonus=found.use_bonus,
        promo_1a=found.promo_1a,
        bonuses=(first, second, third, fourth),
        bonus_other=found.bonus_other,
    )
    if not 0 <= made.theta <= 4:
        raise BadInstance('"parameters.theta" counts quarters: 0 to 4')
    return made


def _check(one: Instance) -> None:
    people, shows = _unique(one.people, "people"), _unique(one.shows, "shows")
    for person in one.people:
        if (person.budget or 0) < 0 or (person.max_shows is not None and person.max_shows < 1):
            raise BadInstance(f"person {person.id} has a bound that makes no sense")
    for show in one.shows:
        if show.capacity < 0 or show.price < 0 or show.duration < 1:
            raise BadInstance(f"show {show.id} has a number that makes no sense")
    wishes: dict[tuple[int, int], Wish] = {}
    ranks: set[tuple[int, int]] = set()
    for wish in one.wishes:
        where = f"the wish of {wish.person} for {wish.show}"
        if wish.person not in people or wish.show not in shows:
            raise BadInstance(f"{where} is of nobody, or for nothing")
        if (wish.person, wish.show) in wishes or (wish.person, wish.priority) in ranks:
            raise BadInstance(f"{where} is there twice, or its rank is")
        if wish.priority < 1 or not 1 <= wish.minimum <= wish.places:
            raise BadInstance(f"{where} has a number that makes no sense")
        wishes[wish.person, wish.show] = wish
        ranks.add((wish.person, wish.priority))
    _check_grants(one, wishes)


def _check_grants(one: Instance, wishes: Mapping[tuple[int, int], Wish]) -> None:
    seen: set[tuple[int, int]] = set()
    for grant in one.grants:
        wish = wishes.get((grant.person, grant.show))
        if wish is None or (grant.person, grant.show) in seen:
            raise BadInstance(f"the grant of {grant.person} for {grant.show} is of no wish")
        if not 0 <= grant.places <= wish.places:
            raise BadInstance(f"the grant of {grant.person} for {grant.show} is out of bounds")
        if one.mode is RunMode.full and not grant.locked:
            raise BadInstance("a full run decides afresh of all that is not locked")
        seen.add((grant.person, grant.show))


def _unique(rows: Sequence[Any], name: str) -> set[int]:
    found = {row.id for row in rows}
    if len(found) != len(rows):
        raise BadInstance(f'"{name}" has one number twice')
    return found
