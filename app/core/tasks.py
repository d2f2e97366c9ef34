"""What a GRI, or a terminal, has the site do: declared by a module, run by the worker."""

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol, TypeAlias

from flask_babel import LazyString, gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

_DIGITS = re.compile(r"[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
#: What a terminal writes for yes and for no.
_YES, _NO = frozenset({"1", "true", "yes", "oui"}), frozenset({"", "0", "false", "no", "non"})
#: The parameter of a run that only says what it would do.
DRY_RUN = "dry_run"


class Danger(enum.StrEnum):
    """What a task may break."""

    #: It only reads, or does what happens every day anyway.
    safe = "safe"
    changes = "changes"
    #: Its name has to be typed.
    dangerous = "dangerous"

    @property
    def label(self) -> LazyString:
        return _DANGERS[self]


_DANGERS = {
    Danger.safe: _l("sans danger"),
    Danger.changes: _l("change des données"),
    Danger.dangerous: _l("dangereuse"),
}


class TaskFailed(Exception):
    """A task that could not do all that it is for: the text says why, to people."""


class TaskCancelled(Exception):
    """Someone asked to stop: what was done is kept, the rest is not begun."""


class Progress(Protocol):
    """Where a task says how far it is."""

    @property
    def cancelled(self) -> bool:
        """Whether someone asked to stop."""

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Say that *done* of *total* are done.

        Raises:
            TaskCancelled: If someone asked to stop.
        """


class Kind(enum.StrEnum):
    """What a parameter is."""

    integer = "integer"
    date = "date"
    choice = "choice"
    boolean = "boolean"
    text = "text"
    #: The number of a PCéen, given by their username or their address.
    person = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One value that a task asks for, and its bounds."""

    name: str
    label: LazyString | str
    kind: Kind
    help: LazyString | str = ""
    #: What it is without an answer; ``None`` asks for one, unless it is ``optional``.
    default: Any = None
    optional: bool = False
    #: Of an integer: its bounds; of a text: how long it may be.
    minimum: int = 0
    maximum: int = 2**31 - 1
    #: Of a choice: each value, and what it is called.
    choices: Mapping[str, LazyString | str] | None = None

    def read(self, text: str) -> Any:
        """The value that someone typed.

        Raises:
            ValueError: If it is none; the text says why.
        """
        if not text.strip() and self.kind is not Kind.boolean:
            return self._nothing()
        value = _READERS[self.kind](text.strip())
        self.check(value)
        return value

    def _nothing(self) -> Any:
        if self.default is None and not self.optional:
            raise ValueError(_("Ce champ est obligatoire."))
        return self.default

    def check(self, value: Any) -> None:
        """Refuse what is out of bounds.

        Raises:
            ValueError: It is; the text says why.
        """
        bounds = {"minimum": self.minimum, "maximum": self.maximum}
        if self.kind is Kind.integer and not self.minimum <= value <= self.maximum:
            raise ValueError(_("Écrivez un nombre entre %(minimum)s et %(maximum)s.", **bounds))
        if self.kind is Kind.text and len(value) > self.maximum:
            raise ValueError(_("%(maximum)s caractères au plus.", maximum=self.maximum))
        if self.kind is Kind.choice and value not in (self.choices or {}):
            raise ValueError(_("Ce choix n'existe pas."))


def _integer(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise ValueError(_("Écrivez un nombre entier, en chiffres."))
    return int(text)


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError(_("Cette date n'existe pas. Exemple : 2026-11-24."))
    return found


def _boolean(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise ValueError(_("Répondez par oui ou par non."))
    return text.lower() in _YES


_READERS: Mapping[Kind, Callable[[str], Any]] = {
    Kind.integer: _integer,
    Kind.date: _day,
    Kind.choice: str,
    Kind.boolean: _boolean,
    Kind.text: str,
    Kind.person: str,
}

Values: TypeAlias = Mapping[str, Any]
#: Does the work; returns what to say of it, if anything.
Work: TypeAlias = Callable[[Session, Values, Progress], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A piece of work that is safe to begin again wherever it was cut."""

    #: ``area.verb``: what one types to confirm.
    name: str
    label: LazyString | str
    purpose: LazyString | str
    run: Work
    params: tuple[Parameter, ...] = ()
    danger: Danger = Danger.changes
    #: How long it may take.
    limit: timedelta = timedelta(minutes=15)
    #: Those of one key are done one at a time; its name by default.
    key: str = ""
    #: Says what it would do, and does nothing.
    dry_run: Work | None = None

    @property
    def active_key(self) -> str:
        """What runs once at a time, whatever the machine."""
        return self.key or self.name

    @property
    def is_dangerous(self) -> bool:
        return self.danger is Danger.dangerous

    def stored(self, values: Values) -> dict[str, Any]:
        """The values of the parameters, as JSON keeps them."""
        return {one.name: _as_json(values.get(one.name, one.default)) for one in self.params}

    def loaded(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """The values of the parameters, as they were given."""
        return {one.name: _as_given(one, stored.get(one.name)) for one in self.params}


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _as_given(parameter: Parameter, value: Any) -> Any:
    if value is None:
        return parameter.default
    return date.fromisoformat(value) if parameter.kind is Kind.date else value
