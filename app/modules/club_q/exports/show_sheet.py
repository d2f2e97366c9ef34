"""The sheet of a show: who goes, and who would like to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask_babel import format_decimal, gettext as _
from reportlab.platypus import Flowable

from app.modules.club_q.exports import pages
from app.modules.club_q.exports.pages import Document
from app.web.filters import format_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Someone who goes."""

    name: str
    promo: int | None
    email: str | None
    places: int

    @property
    def cells(self) -> list[str]:
        promo = "" if self.promo is None else str(self.promo)
        return [self.name, promo, self.email or "", str(self.places)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Someone who would like to go, and has no place."""

    name: str
    discontent: Decimal
    places: int
    minimum: int
    priority: int

    @property
    def cells(self) -> list[str]:
        figures = (self.places, self.minimum, self.priority)
        return [format_decimal(self.discontent, "0.0"), self.name, *map(str, figures)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSheet:
    """A show, who goes, and who would like to, the most discontented first."""

    season: str
    show: str
    category: str
    #: Nothing where nobody knows.
    venue: str
    address: str
    at: datetime
    capacity: int
    asked: int
    is_cancelled: bool
    holders: Sequence[Holder]
    waiting: Sequence[Waiting]

    @property
    def granted(self) -> int:
        return sum(one.places for one in self.holders)

    @property
    def stem(self) -> str:
        return f"club_q_{self.show}"


def show_sheet(sheet: ShowSheet, *, site: str) -> bytes:
    """The sheet of a show, in PDF."""
    return pages.written(Document(title=sheet.show, site=site), list(_story(sheet)))


def _story(sheet: ShowSheet) -> Iterator[Flowable]:
    yield pages.title(sheet.show)
    if sheet.is_cancelled:
        yield pages.words(_("Ce spectacle est annulé."))
    yield pages.facts(
        [
            (_("Saison"), sheet.season),
            (_("Catégorie"), sheet.category),
            (_("Salle"), sheet.venue),
            (_("Adresse"), sheet.address),
            (_("Date"), format_instant(sheet.at)),
            (_("Places proposées"), str(sheet.capacity)),
            (_("Places demandées"), str(sheet.asked)),
            (_("Places attribuées"), str(sheet.granted)),
        ]
    )
    yield pages.subtitle(_("Ont des places"))
    if sheet.holders:
        heads = [_("Nom"), _("Promo"), _("Mail"), _("Places")]
        lines = [one.cells for one in sheet.holders]
        yield pages.rows(heads, lines, [38, 12, 38, 12])
    else:
        yield pages.words(_("Personne encore."))
    yield pages.subtitle(_("Liste d'attente"))
    if sheet.waiting:
        heads = [_("Mécont."), _("Nom"), _("Places"), _("Minimum"), _("Priorité")]
        lines = [one.cells for one in sheet.waiting]
        yield pages.rows(heads, lines, [14, 42, 14, 15, 15])
    else:
        yield pages.words(_("Personne n'attend."))
