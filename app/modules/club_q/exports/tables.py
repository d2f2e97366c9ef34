"""The tables that Club Q gives out: who has to pay what, and who goes to a show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _

from app.core.money import Cents
from app.core.sheets import Column, Fact, Kind, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Someone who holds places, and what they owe."""

    nom: str
    prenom: str
    promo: int | None
    email: str | None
    places: int
    amount_cents: Cents

    @property
    def cells(self) -> list[Value]:
        return [
            *(self.nom.upper(), self.prenom, self.promo, self.email),
            *(self.places, self.amount_cents),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payments:
    """A season, and who has to pay what."""

    season: str
    start: date | None
    end: date | None
    shows: int
    offered: int
    payers: Sequence[Payer]

    @property
    def stem(self) -> str:
        return f"club_q_payements_{self.season}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTable:
    """A show, and who goes there."""

    season: str
    show: str
    unit_price: Cents
    at: datetime
    #: Nothing where nobody knows.
    venue: str | None
    offered: int
    payers: Sequence[Payer]

    @property
    def stem(self) -> str:
        return f"club_q_{self.show}"


#: A file with a table: its title, its columns, its rows, and what stands above them.
Laid = tuple[str, Sequence[Column], Sequence[Sequence[Value]], Sequence[Fact]]


def _columns(amount: str) -> list[Column]:
    return [
        Column(_("NOM")),
        Column(_("Prénom")),
        Column(_("Promo"), Kind.number),
        Column(_("Mail")),
        Column(_("Places"), Kind.number, total=True),
        Column(amount, Kind.money, total=True),
    ]


def payments(found: Payments) -> Laid:
    """Who has to pay what, with an empty column to tick."""
    facts = [
        Fact(_("Saison"), found.season),
        Fact(_("Début"), found.start, Kind.day),
        Fact(_("Fin"), found.end, Kind.day),
        Fact(_("Spectacles"), found.shows, Kind.number),
        Fact(_("Personnes"), len(found.payers), Kind.number),
        Fact(_("Places proposées"), found.offered, Kind.number),
        Fact(_("Places vendues"), sum(one.places for one in found.payers), Kind.number),
    ]
    columns = [*_columns(_("À payer")), Column(_("Payé ?"))]
    rows = [[*one.cells, None] for one in found.payers]
    return found.season, columns, rows, facts


def show(found: ShowTable) -> Laid:
    """Who goes to a show."""
    facts = [
        Fact(_("Saison"), found.season),
        Fact(_("Spectacle"), found.show),
        Fact(_("Prix d'une place"), found.unit_price, Kind.money),
        Fact(_("Date et heure"), found.at, Kind.instant),
        Fact(_("Salle"), found.venue),
        Fact(_("Places proposées"), found.offered, Kind.number),
        Fact(_("Places vendues"), sum(one.places for one in found.payers), Kind.number),
    ]
    return found.show, _columns(_("Montant")), [one.cells for one in found.payers], facts
