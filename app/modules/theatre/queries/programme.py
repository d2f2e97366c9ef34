"""What the theatre club shows: seasons, plays, performances."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.core.pagination import Page, paginate
from app.models import Representation, Saison, Spectacle
from app.modules.theatre.errors import NoSuchPlay, NoSuchRepresentation, NoSuchSaison
from app.modules.theatre.rules.programme import Programme, Staged, programme as arranged

#: Seasons on a page of the list of the team.
PAGE_SIZE = 30
#: The latest season first, and of two that begin together the one that was made last.
_LATEST = (Saison.start_date.desc(), Saison.id.desc())


@dataclass(frozen=True, slots=True)
class Named:
    """A season, in the list that leads to it."""

    key: int
    name: str
    start_date: date


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of a season, or of a play."""

    plays: int = 0
    performances: int = 0
    posters: int = 0


@dataclass(frozen=True, slots=True)
class Coming:
    """A performance that is to come, of which play, in which season."""

    performance: Representation
    play: Spectacle
    saison: int


def published(session: Session) -> Sequence[Named]:
    """The seasons that everybody sees, the latest first."""
    stmt = sa.select(Saison.id, Saison.name, Saison.start_date)
    rows = session.execute(stmt.where(~Saison.hidden).order_by(*_LATEST))
    return [Named(*row) for row in rows]


def saison(session: Session, key: int) -> Saison:
    """A season, hidden or not.

    Raises:
        NoSuchSaison: There is none.
    """
    found = session.get(Saison, key)
    if found is None:
        raise NoSuchSaison
    return found


def programme(session: Session, saison: Saison) -> Programme:
    """What is played in a season, in two statements."""
    plays = session.scalars(sa.select(Spectacle).where(Spectacle.saison_id == saison.id)).all()
    stmt = sa.select(Representation).join(Representation.spectacle)
    performances = session.scalars(stmt.where(Spectacle.saison_id == saison.id))
    return arranged(saison, plays, performances)


def play(session: Session, key: int) -> Spectacle:
    """A play, with its season.

    Raises:
        NoSuchPlay: There is none.
    """
    stmt = sa.select(Spectacle).where(Spectacle.id == key).options(joinedload(Spectacle.saison))
    found = session.scalar(stmt)
    if found is None:
        raise NoSuchPlay
    return found


def staged(session: Session, play: Spectacle) -> Staged:
    """A play, with its performances."""
    stmt = sa.select(Representation).where(Representation.spectacle_id == play.id)
    return Staged(play, session.scalars(stmt.order_by(Representation.date)).all())


def performance(session: Session, key: int) -> Representation:
    """A performance, with its play and its season.

    Raises:
        NoSuchRepresentation: There is none.
    """
    load = joinedload(Representation.spectacle).joinedload(Spectacle.saison)
    stmt = sa.select(Representation).where(Representation.id == key).options(load)
    found = session.scalar(stmt)
    if found is None:
        raise NoSuchRepresentation
    return found


def coming(session: Session, now: datetime) -> Coming | None:
    """The next performance that everybody may know of."""
    stmt = (
        sa.select(Representation)
        .join(Representation.spectacle)
        .join(Spectacle.saison)
        .where(Representation.date > now, ~Saison.hidden)
        .options(contains_eager(Representation.spectacle))
        .order_by(Representation.date, Representation.id)
        .limit(1)
    )
    found = session.scalar(stmt)
    if found is None:
        return None
    return Coming(found, found.spectacle, found.spectacle.saison_id)


# For the team


def page(session: Session, number: int) -> Page[Saison]:
    """A page of the seasons, hidden or not, the latest first."""
    return paginate(session, sa.select(Saison).order_by(*_LATEST), number=number, size=PAGE_SIZE)


def sizes(session: Session, keys: Sequence[int]) -> dict[int, Size]:
    """How much there is of each season, by number; nothing for one that is empty."""
    stmt = (
        sa.select(
            Spectacle.saison_id,
            sa.func.count(Spectacle.id.distinct()),
            sa.func.count(Representation.id),
        )
        .outerjoin(Representation, Representation.spectacle_id == Spectacle.id)
        .where(Spectacle.saison_id.in_(keys))
        .group_by(Spectacle.saison_id)
    )
    return {key: Size(plays, nights) for key, plays, nights in session.execute(stmt)}


def size_of(found: Programme) -> Size:
    """How much there is of a season: what deleting it takes."""
    posters = [found.saison.poster, *(one.play.poster for one in found.plays)]
    return Size(len(found.plays), len(found.performances), sum(map(bool, posters)))
