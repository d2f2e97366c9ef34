"""Who takes part in a season, what they asked, what they were granted and what they owe."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.money import Cents
from app.core.pagination import Page
from app.core.text import comparison_key
from app.models import ClubQAccount, ClubQSeason, ClubQVoeu, PCeen
from app.modules.club_q.queries import grants
from app.modules.club_q.queries.grants import Granted, Sums

#: How many people a page shows.
SIZE = 100
SORTS = ("name", "promo", "wishes", "asked", "granted", "discontent", "due")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Someone who takes part."""

    pceen: PCeen
    sums: Sums
    discontent: Decimal

    @property
    def wishes(self) -> int:
        return self.sums.wishes

    @property
    def asked(self) -> int:
        return self.sums.asked

    @property
    def granted(self) -> int:
        return self.sums.granted

    @property
    def due_cents(self) -> Cents:
        return self.sums.due_cents


def places_of(one: Granted) -> int:
    """The places that a wish holds."""
    return 0 if one.spectacle.cancelled else one.places or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of a list of people."""

    people: int
    wishes: int
    asked: int
    granted: int
    due_cents: Cents


def totals(people: Sequence[Taking]) -> Totals:
    """What all of these people make together."""
    return Totals(
        people=len(people),
        wishes=sum(one.wishes for one in people),
        asked=sum(one.asked for one in people),
        granted=sum(one.granted for one in people),
        due_cents=sum(one.due_cents for one in people),
    )


def taking_part(session: Session, season: ClubQSeason) -> Sequence[Taking]:
    """Everybody who wishes for something in a season, by name: for the team."""
    sums = grants.sums_in(session, season=season, is_staff=True)
    discontent = discontents(session, season)
    return [
        Taking(pceen=one, sums=sums[one.id], discontent=discontent.get(one.id, Decimal(0)))
        for one in wishing(session, season)
        if one.id in sums  # whose wishes have not just gone
    ]


def _wishers(season: ClubQSeason) -> sa.Select[int]:
    return sa.select(ClubQVoeu.pceen_id).where(ClubQVoeu.season_id == season.id)


def wishing(session: Session, season: ClubQSeason) -> Sequence[PCeen]:
    """Everybody who wishes for something in a season, by name."""
    stmt = (
        sa.select(PCeen)
        .where(PCeen.id.in_(_wishers(season)))
        .order_by(PCeen.nom_key, PCeen.prenom_key, PCeen.id)
    )
    return session.scalars(stmt).all()


def discontents(session: Session, season: ClubQSeason) -> Mapping[int, Decimal]:
    """The discontent of whoever wishes for something in a season, if they have any."""
    stmt = sa.select(ClubQAccount.pceen_id, ClubQAccount.discontent).where(
        ClubQAccount.pceen_id.in_(_wishers(season))
    )
    return dict(session.execute(stmt).all())


def _by(key: str) -> Callable[[Taking], Any]:
    keys: dict[str, Callable[[Taking], Any]] = {
        "promo": lambda one: one.pceen.promo or 0,
        "wishes": lambda one: one.wishes,
        "asked": lambda one: one.asked,
        "granted": lambda one: one.granted,
        "discontent": lambda one: one.discontent,
        "due": lambda one: one.due_cents,
    }
    return keys.get(key, lambda one: (one.pceen.nom_key, one.pceen.prenom_key))


def page(people: Sequence[Taking], *, q: str, sort: str, number: int) -> Page[Taking]:
    """One page of those whose name, username or promo is what is looked for."""
    found = [one for one in people if matches(one.pceen, q)]
    found.sort(key=_by(sort.removeprefix("-")), reverse=sort.startswith("-"))
    return sliced(found, number=number, size=SIZE)


def sliced(rows: Sequence[Any], *, number: int, size: int) -> Page[Any]:
    """One page of rows that are read already; a number out of range gives the nearest page."""
    number = min(max(1, number), max(1, -(-len(rows) // size)))
    return Page(rows[(number - 1) * size : number * size], number, size, len(rows))


def matches(pceen: PCeen | sa.Row[Any], q: str) -> bool:
    """Whether someone is called so, with or without accents, or of that promo."""
    if not q:
        return True
    names = f"{pceen.prenom} {pceen.nom} {pceen.prenom} {pceen.username}"
    if q.casefold() in names.casefold():
        return True
    key = comparison_key(q)
    names = f"{pceen.prenom_key} {pceen.nom_key} {pceen.prenom_key}"
    return q == str(pceen.promo) or (key != "" and key in names)
