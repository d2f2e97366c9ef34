"""What is asked of the list of the PCéens."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import LazyString, lazy_gettext as _l

from app.core.text import clean
from app.enums import SubState
from app.modules.gris.errors import NoSuchView

#: A larger number is no row's.
_DIGITS = 9


class View(enum.StrEnum):
    """Whom the list of the PCéens shows."""

    active = "active"
    rez = "rez"
    bar = "bar"
    banned = "banned"
    disabled = "disabled"
    all = "all"

    @property
    def label(self) -> LazyString:
        return _VIEW_LABELS[self]


_VIEW_LABELS = {
    View.active: _l("Actifs"),
    View.rez: _l("Rezidents"),
    View.bar: _l("Bar"),
    View.banned: _l("Suspendus"),
    View.disabled: _l("Désactivés"),
    View.all: _l("Tous"),
}


class Shown(enum.StrEnum):
    """A column of the list, the name aside: it is always there."""

    number = "number"
    promo = "promo"
    username = "username"
    email = "email"
    room = "room"
    devices = "devices"
    subscription = "subscription"
    seen = "seen"
    locale = "locale"
    roles = "roles"
    deposit = "deposit"
    balance = "balance"

    @property
    def label(self) -> LazyString:
        return _SHOWN_LABELS[self]


_SHOWN_LABELS = {
    Shown.number: _l("Numéro"),
    Shown.promo: _l("Promo"),
    Shown.username: _l("Identifiant"),
    Shown.email: _l("E-mail"),
    Shown.room: _l("Chambre"),
    Shown.devices: _l("Appareils"),
    Shown.subscription: _l("Abonnement"),
    Shown.seen: _l("Vu"),
    Shown.locale: _l("Langue"),
    Shown.roles: _l("Rôles"),
    Shown.deposit: _l("Caution"),
    Shown.balance: _l("Solde"),
}

#: What the bar keeps of people: in its view, for those who look after its money.
OF_THE_BAR = frozenset({Shown.deposit, Shown.balance})
#: What gives them its place, unless it is asked for.
OF_THE_NETWORK = frozenset({Shown.room, Shown.devices, Shown.subscription, Shown.seen})
#: The columns that one chooses among.
CHOSEN = tuple(one for one in Shown if one not in OF_THE_BAR)
#: The columns that are there when none is chosen.
BY_DEFAULT = frozenset(set(CHOSEN) - {Shown.username, Shown.locale})


class Housing(enum.StrEnum):
    """Whether people have a room."""

    with_room = "with"
    without_room = "without"

    @property
    def label(self) -> LazyString:
        return _l("Avec une chambre") if self is Housing.with_room else _l("Sans chambre")


class Paying(enum.StrEnum):
    """Where people stand with their subscription."""

    subscribed = SubState.subscribed.value
    trial = SubState.trial.value
    outlaw = SubState.outlaw.value
    none = "none"

    @property
    def label(self) -> LazyString:
        return _l("sans abonnement") if self is Paying.none else SubState(self.value).label


#: What the list may be sorted on.
SORTS = ("id", "nom", "prenom", "promo", "email", "username")
#: And in the view of the bar.
BAR_SORTS = ("balance", "deposit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is asked of the list, as the address of the page says it."""

    view: View = View.active
    text: str = ""
    promo: int | None = None
    role: int | None = None
    paying: Paying | None = None
    housing: Housing | None = None
    sort: str = "id"
    descending: bool = True
    columns: frozenset[Shown] = field(default=BY_DEFAULT)
    #: Whether what the bar keeps of people is told.
    tells_bar: bool = False
    number: int = 1

    @property
    def sort_key(self) -> str:
        """How the address of the page says it: the column, after "-" when it descends."""
        return f"-{self.sort}" if self.descending else self.sort

    @property
    def shown(self) -> frozenset[Shown]:
        """The columns that are there: those chosen, and those of the bar where they are told."""
        if not self.tells_bar:
            return self.columns
        chosen = self.columns - OF_THE_NETWORK if self.columns == BY_DEFAULT else self.columns
        return chosen | OF_THE_BAR

    @property
    def filters(self) -> dict[str, str]:
        """What narrows the list, text and view aside, as the address says it."""
        said = {
            "promo": self.promo,
            "role": self.role,
            "paying": self.paying,
            "room": self.housing,
        }
        return {name: str(value) for name, value in said.items() if value is not None}

    @property
    def query(self) -> dict[str, Any]:
        """All but the view and the page, as the address says it; what is usual is not said."""
        said: dict[str, Any] = {"q": self.text} if self.text else {}
        said |= self.filters
        if self.sort_key != "-id":
            said["sort"] = self.sort_key
        if self.columns != BY_DEFAULT:
            said["columns"] = ",".join(one for one in Shown if one in self.columns)
        return said

    @property
    def address(self) -> dict[str, Any]:
        """The whole of it, for ``url_for``."""
        page = {"page": self.number} if self.number > 1 else {}
        return {"view": self.view.value} | self.query | page

    def at(self, number: int) -> "Search":
        """The same, at another page."""
        return replace(self, number=number)

    @classmethod
    def read(cls, view: str, args: Mapping[str, str], *, sees_bar: bool = False) -> "Search":
        """Read the address; what it does not say, or says wrong, takes its default.

        *sees_bar*: whether the visitor may know what people have at the bar.

        Raises:
            NoSuchView: If there is no such view.
        """
        if view not in View.__members__:
            raise NoSuchView
        tells_bar = sees_bar and view == View.bar
        sorts = SORTS + BAR_SORTS if tells_bar else SORTS
        sort, descending = _order(args.get("sort", "-id"), args.get("order"), sorts)
        return cls(
            view=View[view],
            text=clean(args.get("q", "").replace("\x00", ""))[:100],
            promo=_number(args.get("promo", "")),
            role=_number(args.get("role", "")),
            paying=Paying.__members__.get(args.get("paying", "")),
            housing=next((one for one in Housing if one == args.get("room")), None),
            sort=sort,
            descending=descending,
            columns=_columns(args),
            tells_bar=tells_bar,
            number=_number(args.get("page", "1"), digits=6) or 1,
        )


def _number(text: str, *, digits: int = _DIGITS) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= digits
    return int(text) if is_number else None


def _order(asked: str, order: str | None, sorts: Sequence[str]) -> tuple[str, bool]:
    """The column, and whether it descends: ``-nom``, or ``nom`` with ``desc``."""
    sort, descending = asked.removeprefix("-"), asked.startswith("-")
    if sort not in sorts:
        return "id", True
    return sort, descending if order not in ("asc", "desc") else order == "desc"


def _columns(args: Mapping[str, str]) -> frozenset[Shown]:
    """The columns: ``promo,room``, or each said apart."""
    several = getattr(args, "getlist", None)
    said: Iterable[str] = several("columns") if several else (args.get("columns", ""),)
    names = {name for text in said for name in text.split(",")}
    chosen = frozenset(one for one in CHOSEN if one.value in names)
    return chosen or BY_DEFAULT
