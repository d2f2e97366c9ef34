"""What the form of the wishes takes, and what it refuses: all of it at once (community 4.4)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _, ngettext

from app.core.money import Cents

#: The minimum of who wants all the places or none.
ALL = "all"
#: The longest number that is read: whatever is longer is out of all bounds.
_DIGITS = re.compile(r"[0-9]{1,12}")
_PRIORITY, _PLACES, _MINIMUM = "priorite", "places", "minimum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The row of a show, as it was typed."""

    show: int
    priority: str = ""
    places: str = ""
    minimum: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What someone wants of a season as a whole."""

    #: Cents; ``None`` for no bound.
    budget: Cents | None = None
    max_shows: int | None = None
    accept_clashes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The form, as it was sent: a show that it says nothing of keeps its wish."""

    rows: tuple[Typed, ...] = ()
    preferences: Preferences = field(default_factory=Preferences)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A show that one may wish for."""

    id: int
    name: str
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """So many places for a show."""

    show: int
    priority: int
    places: int
    minimum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A wish as it is kept."""

    wish: Wish
    #: Whether something was decided of it: its places are no longer its author's to change.
    is_settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the form is held against."""

    shows: Sequence[Offered]
    #: All the wishes of the person in the season.
    former: Sequence[Former] = ()
    max_places: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be kept; or why not."""

    #: Every wish of the person for a show of the form, by priority; nothing if anything is wrong.
    wishes: tuple[Wish, ...] = ()
    #: What is wrong with each field, by its name; ``""`` for what is of none.
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)


def check(wanted: Wanted, known: Known) -> Checked:
    """What the form asks for, if it is right in everything."""
    faults: dict[str, list[str]] = {}
    shows = {one.id: one for one in known.shows}
    former = {one.wish.show: one for one in known.former}
    read: dict[int, _Row] = {}
    for typed in wanted.rows:
        show = shows.get(typed.show)
        if show is None:
            _add(faults, "", _("Un de ces spectacles n'est plus proposé : rechargez la page."))
        elif typed.show in read:
            _add(faults, f"{_PRIORITY}_{typed.show}", _("Ce spectacle est là deux fois."))
        else:
            read[typed.show] = _Row.of(typed, show, known.max_places, faults)
    for key, row in read.items():
        if key in former and former[key].is_settled:
            _keep_settled(row, former[key].wish, faults)
    _check_ranks(read, [one for show, one in former.items() if show in shows], shows, faults)
    if faults:
        return Checked(faults=faults)
    kept = [one.wish for show, one in former.items() if show in shows and show not in read]
    made = [row.wish(show) for show, row in read.items() if not row.is_empty]
    return Checked(wishes=tuple(sorted([*kept, *made], key=lambda one: one.priority)))


def places_of(wishes: Sequence[Wish]) -> int:
    """How many places that is in all."""
    return sum(one.places for one in wishes)


def most_billed(
    wishes: Sequence[Wish], prices: Mapping[int, Cents], preferences: Preferences
) -> Cents:
    """The most that may have to be paid: the budget bounds it, and the number of shows."""
    costs = sorted((prices[one.show] * one.places for one in wishes), reverse=True)
    most = sum(costs[: preferences.max_shows])
    return most if preferences.budget is None else min(most, preferences.budget)


@dataclass(slots=True)
class _Row:
    """A row, as far as it can be read: ``None`` for what is empty or wrong."""

    is_empty: bool
    priority: int | None = None
    places: int | None = None
    minimum: int | None = None

    @classmethod
    def of(cls, typed: Typed, show: Offered, most: int, faults: dict[str, list[str]]) -> "_Row":
        """Read a row, and add what is wrong with it."""
        priority, places = typed.priority.strip(), typed.places.strip()
        if not priority and not places:
            return cls(is_empty=True)
        if not priority:
            _add(faults, f"{_PRIORITY}_{show.id}", _("Donnez-lui un rang, ou videz ses places."))
        if not places:
            _add(faults, f"{_PLACES}_{show.id}", _("Combien de places ? Sinon, videz son rang."))
        row = cls(is_empty=False)
        row.priority = _number(priority, f"{_PRIORITY}_{show.id}", faults)
        row.places = _number(places, f"{_PLACES}_{show.id}", faults)
        row.minimum = _minimum(typed.minimum.strip(), row.places, f"{_MINIMUM}_{show.id}", faults)
        row._check(show, most, faults)
        return row

    def _check(self, show: Offered, most: int, faults: dict[str, list[str]]) -> None:
        """Add what is out of bounds."""
        if self.priority is not None and self.priority < 1:
            _add(faults, f"{_PRIORITY}_{show.id}", _("Le premier rang est 1."))
        is_right = self.places is not None and 1 <= self.places <= min(most, show.capacity)
        if self.places is not None and not is_right:
            _add(faults, f"{_PLACES}_{show.id}", _bounds_of_places(show, most))
        if self.minimum is None:
            return
        if self.minimum < 1:
            _add(faults, f"{_MINIMUM}_{show.id}", _("Le minimum est 1 place."))
        elif is_right and self.minimum > (self.places or 0):
            _add(faults, f"{_MINIMUM}_{show.id}", _("C'est plus que les places demandées."))

    def wish(self, show: int) -> Wish:
        """The wish that it makes, once nothing is wrong with it."""
        if self.priority is None or self.places is None or self.minimum is None:
            raise RuntimeError("the row is empty, or wrong")
        return Wish(show=show, priority=self.priority, places=self.places, minimum=self.minimum)


def _bounds_of_places(show: Offered, most: int) -> str:
    if show.capacity < 1:
        return str(_("Ce spectacle n'a pas de place à demander."))
    if show.capacity < most:
        said = ngettext(
            "Ce spectacle n'a que %(num)s place.",
            "Ce spectacle n'a que %(num)s places.",
            show.capacity,
        )
        return str(said)
    return str(_("Demandez de 1 à %(most)s places.", most=most))


def _number(text: str, name: str, faults: dict[str, list[str]]) -> int | None:
    """A whole number in ASCII digits; ``None`` for nothing, and for what is none."""
    if not text:
        return None
    if not (text.isascii() and _DIGITS.fullmatch(text)):
        _add(faults, name, _("Écrivez un nombre entier, en chiffres."))
        return None
    return int(text)


def _minimum(text: str, places: int | None, name: str, faults: dict[str, list[str]]) -> int | None:
    """Fewer than that, and none is wanted: 1 if nothing is said."""
    if text == ALL:
        return places
    return _number(text, name, faults) if text else 1


def _keep_settled(row: _Row, wish: Wish, faults: dict[str, list[str]]) -> None:
    """Refuse another number of places for what is decided already."""
    if row.is_empty or (row.places, row.minimum) != (wish.places, wish.minimum):
        said = _("L'équipe s'occupe déjà de ce vœu : demandez-lui de le changer.")
        _add(faults, f"{_PLACES}_{wish.show}", said)


def _check_ranks(
    read: Mapping[int, _Row],
    former: Sequence[Former],
    shows: Mapping[int, Offered],
    faults: dict[str, list[str]],
) -> None:
    """Refuse a rank that two wishes have, and one that leaves a hole before it."""
    kept = {one.wish.priority: one.wish.show for one in former if one.wish.show not in read}
    ranked = [(row.priority, show) for show, row in read.items() if (row.priority or 0) >= 1]
    count = len(kept) + sum(not row.is_empty for row in read.values())
    for rank, show in ranked:
        same = [one for other, one in ranked if other == rank and one != show]
        same += [kept[rank]] if rank in kept else []
        name = f"{_PRIORITY}_{show}"
        if same:
            said = _("« %(name)s » a déjà ce rang.", name=shows[same[0]].name)
            _add(faults, name, said)
        elif rank is not None and rank > count:
            _add(faults, name, _("Les rangs se suivent : de 1 à %(count)s.", count=count))
    if not faults and len(ranked) + len(kept) == count:
        _check_kept(sorted(kept), count, faults)


def _check_kept(kept: Sequence[int], count: int, faults: dict[str, list[str]]) -> None:
    """Refuse a hole before a wish that the form says nothing of."""
    if any(rank > count for rank in kept):
        _add(faults, "", _("Les rangs se suivent : de 1 à %(count)s.", count=count))


def _add(faults: dict[str, list[str]], name: str, said: object) -> None:
    told = faults.setdefault(name, [])
    if str(said) not in told:
        told.append(str(said))


def fields_of(show: int) -> Iterator[str]:
    """The names of the fields of a show."""
    for name in (_PRIORITY, _PLACES, _MINIMUM):
        yield f"{name}_{show}"
