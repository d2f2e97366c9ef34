"""The form of the wishes: a row for each show, and what one wants of the season as a whole."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from flask import request
from flask_babel import get_locale, gettext as _, lazy_gettext as _l, ngettext
from wtforms import BooleanField, HiddenField

from app.core.errors import DomainError
from app.models import ClubQPreference, ClubQSpectacle, ClubQVoeu
from app.modules.club_q.errors import WishesRefused
from app.modules.club_q.rules.wishes import ALL, Preferences, Typed, Wanted
from app.web.forms import EurosField, Form, NumberField, showable

_NAME = re.compile(r"(priorite|places|minimum)_([1-9][0-9]{0,8})")
_DIGITS = re.compile(r"[0-9]{1,9}")
#: The most that a budget may be, in cents; and the most shows that one may bound oneself to.
_BUDGET_MAX, _SHOWS_MAX = 10_000_000, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A show, with what is typed for it, and what is wrong with that."""

    show: ClubQSpectacle
    priority: str = ""
    places: str = ""
    minimum: str = ""
    #: By field: ``priorite``, ``places`` or ``minimum``.
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    #: The most places that one may ask.
    most: int

    @property
    def is_wished(self) -> bool:
        return bool(self.priority or self.places)

    @property
    def rank(self) -> tuple[int, int]:
        """Where it stands in a list by rank: those without one come last."""
        is_number = self.priority.isascii() and _DIGITS.fullmatch(self.priority)
        return (0, int(self.priority)) if is_number else (1, 0)

    @property
    def minima(self) -> list[tuple[str, str]]:
        """What the minimum may be: values and words, what was typed among them."""
        found = _minima(self.most, str(get_locale()))
        if self.minimum and all(self.minimum != value for value, _words in found):
            return [*found, (self.minimum, self.minimum)]
        return [*found]


@lru_cache(maxsize=256)  # each show says the same words
def _minima(most: int, _locale: str) -> tuple[tuple[str, str], ...]:
    """What a minimum may be, in the language of the reader."""
    return (
        ("1", str(_("même une seule"))),
        *((str(count), str(_("au moins %(count)s", count=count))) for count in range(2, most)),
        (ALL, str(_("tout ou rien"))),
    )


class WishesForm(Form):
    """What one wishes in a season."""

    version = HiddenField()
    budget = EurosField(
        _l("Budget"),
        maximum=_BUDGET_MAX,
        required=False,
        description=_l("Ce que vous dépenserez au plus dans la saison. Rien : pas de limite."),
    )
    max_shows = NumberField(
        _l("Spectacles, au plus"),
        minimum=1,
        maximum=_SHOWS_MAX,
        required=False,
        description=_l("À combien vous irez au plus. Rien : pas de limite."),
    )
    accept_clashes = BooleanField(
        _l("J'accepte deux spectacles en même temps"),
        description=_l("Sinon, vous n'aurez jamais deux spectacles qui se chevauchent."),
    )
    send_copy = BooleanField(_l("M'envoyer une copie par mail"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: What is wrong with the rows, by the names of their fields.
        self.row_errors: Mapping[str, Sequence[str]] = {}

    def fill(self, own: ClubQPreference | None) -> None:
        """Show what was said before."""
        self.version.data = str(own.version if own is not None else 0)
        if own is not None:
            self.budget.data, self.max_shows.data = own.budget, own.max_shows
            self.accept_clashes.data = own.accept_clashes

    def refuse(self, refusal: DomainError) -> None:
        """Say what is wrong, each thing next to its field."""
        if not isinstance(refusal, WishesRefused):
            super().refuse(refusal)
            return
        self.status = refusal.status
        self.row_errors = refusal.details["faults"]
        self.form_errors += self.row_errors.get("", [])

    @property
    def is_accepted(self) -> bool:
        return not self.errors and not self.row_errors

    @property
    def seen_version(self) -> int:
        """The version that the person saw; 0 for none, -1 for nonsense."""
        text = str((self.version.raw_data or [""])[0])
        if not text:
            return 0
        return int(text) if _DIGITS.fullmatch(text) and text.isascii() else -1

    def wanted(self) -> Wanted:
        """What was sent, as it was typed."""
        return Wanted(
            rows=tuple(_typed().values()),
            preferences=Preferences(
                budget=self.budget.data,
                max_shows=self.max_shows.data,
                accept_clashes=bool(self.accept_clashes.data),
            ),
        )

    def rows(
        self, shows: Sequence[ClubQSpectacle], former: Sequence[ClubQVoeu], max_places: int
    ) -> list[Row]:
        """A row for each show: as typed, if it was; else as it is kept."""
        typed = _typed() if self.is_submitted() else {}
        on_form = {show.id for show in shows}
        kept = {
            voeu.spectacle_id: _kept(voeu, rank)
            for rank, voeu in enumerate(
                (one for one in former if one.spectacle_id in on_form), start=1
            )
        }
        return [
            self._row(show, typed.get(show.id) or kept.get(show.id), max_places) for show in shows
        ]

    def _row(self, show: ClubQSpectacle, typed: Typed | None, max_places: int) -> Row:
        wrong = {
            name: self.row_errors[f"{name}_{show.id}"]
            for name in ("priorite", "places", "minimum")
            if f"{name}_{show.id}" in self.row_errors
        }
        most = max(1, min(max_places, show.nb_tickets))
        if typed is None:
            return Row(show=show, errors=wrong, most=most)
        return Row(
            show=show,
            priority=showable(typed.priority),
            places=showable(typed.places),
            minimum=showable(typed.minimum),
            errors=wrong,
            most=most,
        )

    def summary(self, rows: Sequence[Row]) -> list[tuple[str, str, str]]:
        """All that is wrong with fields: the id of each, its label, what is wrong."""
        labels = {"priorite": _("rang"), "places": _("places"), "minimum": _("minimum")}
        found = [
            (f"{name}_{row.show.id}", f"{row.show.nom} ({labels[name]})", said)
            for row in rows
            for name, told in row.errors.items()
            for said in told
        ]
        found += [
            (one.id, str(one.label.text), str(said))
            for one in (self.budget, self.max_shows)
            for said in one.errors
        ]
        return found


def _typed() -> dict[int, Typed]:
    """The rows that were sent, by show: one of whose fields one is there at least."""
    found: dict[int, dict[str, str]] = {}
    for name, value in request.form.items():
        match = _NAME.fullmatch(name)
        if match is not None and match[2].isascii():
            found.setdefault(int(match[2]), {})[match[1]] = value[:40].strip()
    return {
        show: Typed(
            show=show,
            priority=one.get("priorite", ""),
            places=one.get("places", ""),
            minimum=one.get("minimum", ""),
        )
        for show, one in found.items()
    }


def _kept(voeu: ClubQVoeu, rank: int) -> Typed:
    """A wish that is kept, as its author would type it: *rank* among those of the form."""
    is_all = 1 < voeu.places_minimum == voeu.places_demandees
    return Typed(
        show=voeu.spectacle_id,
        priority=str(rank),
        places=str(voeu.places_demandees),
        minimum=ALL if is_all else str(voeu.places_minimum),
    )


def in_words(places: int, minimum: int) -> str:
    """How many places, and how few, for people: ``4 places, au moins 2``."""
    asked = str(ngettext("%(num)s place", "%(num)s places", places))
    if places == 1:
        return asked
    if minimum == places:
        return str(_("%(asked)s, tout ou rien", asked=asked))
    if minimum == 1:
        return str(_("%(asked)s, même une seule", asked=asked))
    return str(_("%(asked)s, au moins %(minimum)s", asked=asked, minimum=minimum))
