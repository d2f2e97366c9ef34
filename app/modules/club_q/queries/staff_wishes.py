"""The wishes of a season, for the team: all of them, filtered and sorted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.pagination import Page
from app.core.text import comparison_key
from app.models import ClubQAttribution, ClubQSeason, ClubQSpectacle, ClubQVoeu, PCeen
from app.modules.club_q.errors import NoSuchVoeu
from app.modules.club_q.queries.grants import Granted, granted_in
from app.modules.club_q.queries.people import matches, sliced

#: How many wishes a page shows.
SIZE = 100
SORTS = ("name", "show", "priority", "asked", "minimum", "granted")
#: What may be asked of a wish: nothing decided, some places, none, decided by the team.
STATES = ("pending", "served", "unserved", "locked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which wishes are listed, and in which order."""

    q: str = ""
    spectacle: int | None = None
    state: str | None = None
    sort: str = SORTS[0]

    @property
    def is_filtered(self) -> bool:
        return bool(self.q or self.spectacle or self.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A wish, whose it is, and what it was granted."""

    pceen: PCeen
    granted: Granted

    @property
    def voeu(self) -> ClubQVoeu:
        return self.granted.voeu

    @property
    def spectacle(self) -> ClubQSpectacle:
        return self.granted.spectacle


def page(session: Session, season: ClubQSeason, wanted: Wanted, *, number: int) -> Page[Wish]:
    """One page of the wishes that are wanted.

    What they are sorted and looked for by is read of all; the wishes themselves, of the page alone.
    """
    rows = [one for one in session.execute(_compared(season)) if _is_wanted(one, wanted)]
    rows.sort(key=_by_person)
    rows.sort(key=_by(wanted.sort.removeprefix("-")), reverse=wanted.sort.startswith("-"))
    found = sliced(rows, number=number, size=SIZE)
    return Page(_whole(session, season, found.items), found.number, found.size, found.total)


def _compared(season: ClubQSeason) -> sa.Select[Any]:
    """What the wishes of a season are sorted and looked for by."""
    read: tuple[Any, ...] = (
        ClubQVoeu.id,
        ClubQVoeu.pceen_id,
        ClubQVoeu.priorite,
        ClubQVoeu.places_demandees,
        ClubQVoeu.places_minimum,
        ClubQVoeu.spectacle_id,
        ClubQSpectacle.nom.label("show"),
        ClubQAttribution.places_attribuees.label("places"),
        ClubQAttribution.locked,
        *(PCeen.nom, PCeen.prenom, PCeen.nom_key, PCeen.prenom_key),
        *(PCeen.username, PCeen.promo),
    )
    return (
        sa.select(*read)
        .join(PCeen, PCeen.id == ClubQVoeu.pceen_id)
        .join(ClubQSpectacle, ClubQSpectacle.id == ClubQVoeu.spectacle_id)
        .outerjoin(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.season_id == season.id)
    )


def _whole(session: Session, season: ClubQSeason, rows: Sequence[sa.Row[Any]]) -> list[Wish]:
    """The wishes of these rows, in their order."""
    stmt = sa.select(PCeen).where(PCeen.id.in_({one.pceen_id for one in rows}))
    people = {one.id: one for one in session.scalars(stmt)}
    granted = granted_in(session, season=season, is_staff=True, voeux=[one.id for one in rows])
    wishes = {one.voeu.id: one for one in granted}
    return [
        Wish(pceen=people[one.pceen_id], granted=wishes[one.id]) for one in rows if one.id in wishes
    ]


def _is_wanted(one: sa.Row[Any], wanted: Wanted) -> bool:
    if wanted.spectacle is not None and one.spectacle_id != wanted.spectacle:
        return False
    states = {
        "pending": one.places is None,
        "served": bool(one.places),
        "unserved": one.places == 0,
        "locked": bool(one.locked),
    }
    if wanted.state is not None and not states[wanted.state]:
        return False
    return not wanted.q or matches(one, wanted.q) or _names(one.show, wanted.q)


def _names(show: str, q: str) -> bool:
    key = comparison_key(q)
    return q.casefold() in show.casefold() or (key != "" and key in comparison_key(show))


def _by_person(one: sa.Row[Any]) -> tuple[str, str, int, int]:
    return (one.nom_key, one.prenom_key, one.pceen_id, one.priorite)


def _by(key: str) -> Callable[[sa.Row[Any]], Any]:
    keys: dict[str, Callable[[sa.Row[Any]], Any]] = {
        "show": lambda one: comparison_key(one.show),
        "priority": lambda one: one.priorite,
        "asked": lambda one: one.places_demandees,
        "minimum": lambda one: one.places_minimum,
        "granted": lambda one: -1 if one.places is None else one.places,
    }
    return keys.get(key, lambda one: (one.nom_key, one.prenom_key, one.pceen_id))


def wish(session: Session, key: int) -> ClubQVoeu:
    """A wish, by its number.

    Raises:
        NoSuchVoeu: There is none.
    """
    found = session.get(ClubQVoeu, key) if 0 < key < 2**31 else None
    if found is None:
        raise NoSuchVoeu
    return found


def granted_of(session: Session, season: ClubQSeason, voeu: ClubQVoeu) -> Granted:
    """A wish with what it was granted, for the team."""
    rows = granted_in(session, season=season, is_staff=True, pceens=[voeu.pceen_id])
    return next(one for one in rows if one.voeu.id == voeu.id)


def shows(session: Session, season: ClubQSeason) -> Sequence[ClubQSpectacle]:
    """The shows of a season, by date."""
    stmt = (
        sa.select(ClubQSpectacle)
        .where(ClubQSpectacle.season_id == season.id)
        .order_by(ClubQSpectacle.date, ClubQSpectacle.id)
    )
    return session.scalars(stmt).all()
