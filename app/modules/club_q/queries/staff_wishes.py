"""The wishes of a season, for the team: all of them, filtered and sorted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.pagination import Page
from app.core.text import comparison_key
from app.models import ClubQSeason, ClubQSpectacle, ClubQVoeu, PCeen
from app.modules.club_q.errors import NoSuchVoeu
from app.modules.club_q.queries.grants import Granted, granted_in
from app.modules.club_q.queries.people import matches, sliced, wishing

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


def wishes(session: Session, season: ClubQSeason) -> Sequence[Wish]:
    """All the wishes of a season, by person then priority."""
    people = {one.id: one for one in wishing(session, season)}
    return [
        Wish(pceen=people[one.voeu.pceen_id], granted=one)
        for one in granted_in(session, season=season, is_staff=True)
    ]


def page(found: Sequence[Wish], wanted: Wanted, *, number: int) -> Page[Wish]:
    """One page of the wishes that are wanted."""
    kept = [one for one in found if _is_wanted(one, wanted)]
    kept.sort(key=_by_person)
    kept.sort(key=_by(wanted.sort.removeprefix("-")), reverse=wanted.sort.startswith("-"))
    return sliced(kept, number=number, size=SIZE)


def _is_wanted(one: Wish, wanted: Wanted) -> bool:
    if wanted.spectacle is not None and one.spectacle.id != wanted.spectacle:
        return False
    places = one.granted.places
    states = {
        "pending": places is None,
        "served": bool(places),
        "unserved": places == 0,
        "locked": one.granted.locked,
    }
    if wanted.state is not None and not states[wanted.state]:
        return False
    return matches(one.pceen, wanted.q) or _names(one.spectacle, wanted.q)


def _names(show: ClubQSpectacle, q: str) -> bool:
    key = comparison_key(q)
    return q.casefold() in show.nom.casefold() or (key != "" and key in comparison_key(show.nom))


def _by_person(one: Wish) -> tuple[str, str, int, int]:
    who = one.pceen
    return (who.nom_key, who.prenom_key, who.id, one.voeu.priorite)


def _by(key: str) -> Callable[[Wish], Any]:
    keys: dict[str, Callable[[Wish], Any]] = {
        "show": lambda one: comparison_key(one.spectacle.nom),
        "priority": lambda one: one.voeu.priorite,
        "asked": lambda one: one.voeu.places_demandees,
        "minimum": lambda one: one.voeu.places_minimum,
        "granted": lambda one: -1 if one.granted.places is None else one.granted.places,
    }
    return keys.get(key, lambda one: (one.pceen.nom_key, one.pceen.prenom_key, one.pceen.id))


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
