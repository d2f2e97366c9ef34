"""Whether the form of the wishes is open (community 4.4): the display and the POST ask this."""

import enum
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString, lazy_gettext as _l


class Closed(enum.Enum):
    """Why the form takes nothing."""

    no_season = enum.auto()
    switched_off = enum.auto()
    too_early = enum.auto()
    too_late = enum.auto()
    adopted = enum.auto()

    @property
    def label(self) -> LazyString:
        return _LABELS[self]


_LABELS = {
    Closed.no_season: _l("Aucune saison n'est en cours."),
    Closed.switched_off: _l("Le formulaire des vœux est fermé."),
    Closed.too_early: _l("Le formulaire des vœux n'est pas encore ouvert."),
    Closed.too_late: _l("Le formulaire des vœux est fermé : la date est passée."),
    Closed.adopted: _l("Les places sont déjà attribuées : les vœux ne changent plus."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What decides of it."""

    is_switched_on: bool
    first_day: date | None
    last_day: date | None
    #: Whether a run of the season is adopted.
    is_adopted: bool

    def closed_on(self, day: date) -> Closed | None:
        """Why the form is closed on *day*, in Paris; ``None`` while it is open."""
        if self.is_adopted:
            return Closed.adopted
        if self.first_day is not None and day < self.first_day:
            return Closed.too_early
        if self.last_day is not None and day > self.last_day:
            return Closed.too_late
        return None if self.is_switched_on else Closed.switched_off
