"""Venues, and what is played there."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.pagination import Page
from app.models import ClubQSalle, ClubQSeason, ClubQSpectacle
from app.modules.club_q.errors import NoSuchSalle

#: Venues on a page of the list, and shows on the page of one.
PAGE_SIZE = 60
#: What the list may be sorted by; the first is the default.
SORTS = ("nom", "shows")


@dataclass(frozen=True, slots=True)
class Venue:
    """A venue, and how many shows are played there."""

    salle: ClubQSalle
    shows: int


def salle(session: Session, key: int) -> ClubQSalle:
    """A venue, by its number.

    Raises:
        NoSuchSalle: If there is none.
    """
    found = session.get(ClubQSalle, key) if 0 < key < 2**31 else None
    if found is None:
        raise NoSuchSalle
    return found


def page(session: Session, season: ClubQSeason | None, *, sort: str, number: int) -> Page[Venue]:
    """A page of the venues: those of a season, or all of them, with how many shows they have."""
    played = sa.select(
        ClubQSpectacle.salle_id, sa.func.count(ClubQSpectacle.id).label("shows")
    ).group_by(ClubQSpectacle.salle_id)
    if season is not None:
        played = played.where(ClubQSpectacle.season_id == season.id)
    counts = played.subquery()
    stmt = sa.select(ClubQSalle, sa.func.coalesce(counts.c.shows, 0)).join(
        counts, counts.c.salle_id == ClubQSalle.id, isouter=season is None
    )
    total = int(session.scalar(sa.select(sa.func.count()).select_from(stmt.subquery())) or 0)
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    name = sa.func.lower(ClubQSalle.nom)
    by = sa.func.coalesce(counts.c.shows, 0) if sort.removeprefix("-") == "shows" else name
    order = (by.desc() if sort.startswith("-") else by.asc(), name, ClubQSalle.id)
    rows = session.execute(stmt.order_by(*order).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
    return Page([Venue(*row) for row in rows], number, PAGE_SIZE, total)


def all_venues(session: Session) -> Sequence[ClubQSalle]:
    """Every venue, by name: what a show may choose from."""
    return session.scalars(
        sa.select(ClubQSalle).order_by(sa.func.lower(ClubQSalle.nom), ClubQSalle.id)
    ).all()


def shows_at(
    session: Session, venue: ClubQSalle, season: ClubQSeason | None
) -> Sequence[ClubQSpectacle]:
    """What is played at a venue, in a season or ever, the latest last, of a page at most."""
    stmt = sa.select(ClubQSpectacle).where(ClubQSpectacle.salle_id == venue.id)
    if season is not None:
        stmt = stmt.where(ClubQSpectacle.season_id == season.id)
    order = (ClubQSpectacle.date, ClubQSpectacle.id)
    return session.scalars(stmt.order_by(*order).limit(PAGE_SIZE)).all()
