"""Shows, as everybody sees them, and with what was asked and granted, for the team alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core.pagination import Page, paginate
from app.models import (
    ClubQAttribution,
    ClubQSalle,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
)
from app.modules.club_q.errors import NoSuchSpectacle

#: Shows, and wishes, on a page of a list.
PAGE_SIZE = 60
#: What the list may be sorted by; the first is the default.
SORTS = ("date", "nom", "salle", "price", "wishes", "asked", "granted")
#: What the wishes of a show may be sorted by; the first is the default.
WISH_SORTS = ("priority", "name", "asked", "granted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was asked and granted: the team alone is told."""

    wishes: int = 0
    asked: int = 0
    granted: int = 0
    capacity: int = 0

    @property
    def left(self) -> int:
        """How many places are not granted."""
        return max(0, self.capacity - self.granted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A show of a list; with figures for the team."""

    show: ClubQSpectacle
    figures: Figures | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Someone who has places of a show."""

    pceen: PCeen
    places: int


@dataclass(frozen=True, slots=True)
class Wished:
    """A wish for a show, whose it is, and what it was granted; ``None`` while it is pending."""

    voeu: ClubQVoeu
    pceen: PCeen
    granted: int | None


def spectacle(session: Session, key: int) -> ClubQSpectacle:
    """A show, by its number, with its season and venue.

    Raises:
        NoSuchSpectacle: If there is none.
    """
    options = [joinedload(ClubQSpectacle.season), joinedload(ClubQSpectacle.salle)]
    found = session.get(ClubQSpectacle, key, options=options) if 0 < key < 2**31 else None
    if found is None:
        raise NoSuchSpectacle
    return found


def page(
    session: Session, season: ClubQSeason, *, sort: str, number: int, is_staff: bool
) -> Page[Listed]:
    """A page of the shows of a season; with figures for the team."""
    return (_page_for_team if is_staff else _page_for_all)(session, season, sort, number)


def _page_for_all(session: Session, season: ClubQSeason, sort: str, number: int) -> Page[Listed]:
    stmt = (
        sa.select(ClubQSpectacle)
        .where(ClubQSpectacle.season_id == season.id)
        .options(joinedload(ClubQSpectacle.salle))
        .outerjoin(ClubQSalle, ClubQSalle.id == ClubQSpectacle.salle_id)
        .order_by(*_order(sort, {}))
    )
    found = paginate(session, stmt, number=number, size=PAGE_SIZE)
    listed = [Listed(show=show) for show in found.items]
    return Page(listed, found.number, found.size, found.total)


def _page_for_team(session: Session, season: ClubQSeason, sort: str, number: int) -> Page[Listed]:
    counted = sa.select(sa.func.count()).where(ClubQSpectacle.season_id == season.id)
    total = int(session.scalar(counted) or 0)
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    sums = _sums(season)
    stmt = (
        sa.select(ClubQSpectacle, sums.c.wishes, sums.c.asked, sums.c.granted)
        .outerjoin(sums, sums.c.spectacle_id == ClubQSpectacle.id)
        .outerjoin(ClubQSalle, ClubQSalle.id == ClubQSpectacle.salle_id)
        .where(ClubQSpectacle.season_id == season.id)
        .options(joinedload(ClubQSpectacle.salle))
        .order_by(*_order(sort, sums.c))
    )
    rows = session.execute(stmt.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
    listed = [
        Listed(
            show=show,
            figures=Figures(
                wishes=int(wishes or 0),
                asked=int(asked or 0),
                granted=int(granted or 0),
                capacity=show.nb_tickets,
            ),
        )
        for show, wishes, asked, granted in rows
    ]
    return Page(listed, number, PAGE_SIZE, total)


def totals(session: Session, season: ClubQSeason) -> Figures:
    """What was asked and granted in a season; shows that are cancelled are not counted."""
    sums = _sums(season)
    stmt = (
        sa.select(
            sa.func.sum(sums.c.wishes),
            sa.func.sum(sums.c.asked),
            sa.func.sum(sums.c.granted),
            sa.func.sum(ClubQSpectacle.nb_tickets),
        )
        .select_from(ClubQSpectacle)
        .outerjoin(sums, sums.c.spectacle_id == ClubQSpectacle.id)
        .where(ClubQSpectacle.season_id == season.id, ~ClubQSpectacle.cancelled)
    )
    wishes, asked, granted, capacity = (int(one or 0) for one in session.execute(stmt).one())
    return Figures(wishes=wishes, asked=asked, granted=granted, capacity=capacity)


def figures(session: Session, show: ClubQSpectacle) -> Figures:
    """What was asked and granted of one show."""
    stmt = (
        sa.select(
            sa.func.count(ClubQVoeu.id),
            sa.func.sum(ClubQVoeu.places_demandees),
            sa.func.sum(ClubQAttribution.places_attribuees),
        )
        .outerjoin(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.spectacle_id == show.id)
    )
    wishes, asked, granted = (int(one or 0) for one in session.execute(stmt).one())
    return Figures(wishes=wishes, asked=asked, granted=granted, capacity=show.nb_tickets)


def wish_page(session: Session, show: ClubQSpectacle, *, sort: str, number: int) -> Page[Wished]:
    """A page of the wishes for a show, for the team."""
    total = wish_count(session, show)
    number = min(max(1, number), max(1, -(-total // PAGE_SIZE)))
    stmt = (
        sa.select(ClubQVoeu, PCeen, ClubQAttribution.places_attribuees)
        .join(PCeen, PCeen.id == ClubQVoeu.pceen_id)
        .outerjoin(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.spectacle_id == show.id)
        .order_by(*_wish_order(sort))
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    items = [Wished(*row) for row in session.execute(stmt)]
    return Page(items, number, PAGE_SIZE, total)


def wish_count(session: Session, show: ClubQSpectacle) -> int:
    """How many people wish for a show."""
    stmt = sa.select(sa.func.count()).where(ClubQVoeu.spectacle_id == show.id)
    return int(session.scalar(stmt) or 0)


def wishes(session: Session, show: ClubQSpectacle) -> Sequence[ClubQVoeu]:
    """The wishes for a show, by person."""
    stmt = sa.select(ClubQVoeu).where(ClubQVoeu.spectacle_id == show.id)
    return session.scalars(stmt.order_by(ClubQVoeu.pceen_id)).all()


def holders(session: Session, show: ClubQSpectacle) -> Sequence[Holder]:
    """Who has places of a show, by name: for the team, and for what it changes."""
    stmt = (
        sa.select(PCeen, ClubQAttribution.places_attribuees)
        .join(ClubQVoeu, ClubQVoeu.pceen_id == PCeen.id)
        .join(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.spectacle_id == show.id, ClubQAttribution.places_attribuees > 0)
        .order_by(PCeen.nom_key, PCeen.prenom_key, PCeen.id)
    )
    return [Holder(*row) for row in session.execute(stmt)]


def _sums(season: ClubQSeason) -> sa.Subquery:
    """What was asked and granted of each show of a season."""
    return (
        sa.select(
            ClubQVoeu.spectacle_id,
            sa.func.count(ClubQVoeu.id).label("wishes"),
            sa.func.sum(ClubQVoeu.places_demandees).label("asked"),
            sa.func.sum(ClubQAttribution.places_attribuees).label("granted"),
        )
        .outerjoin(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.season_id == season.id)
        .group_by(ClubQVoeu.spectacle_id)
        .subquery()
    )


def _order(sort: str, sums: Any) -> Sequence[Any]:
    """How shows are sorted; figures are the team's."""
    key = sort.removeprefix("-")
    columns: dict[str, Any] = {
        "nom": sa.func.lower(ClubQSpectacle.nom),
        "salle": sa.func.lower(sa.func.coalesce(ClubQSalle.nom, "")),
        "price": ClubQSpectacle.unit_price,
    }
    if key in ("wishes", "asked", "granted") and sums:
        columns[key] = sa.func.coalesce(sums[key], 0)
    column = columns.get(key, ClubQSpectacle.date)
    way = column.desc() if sort.startswith("-") else column.asc()
    return [way, ClubQSpectacle.date, ClubQSpectacle.id]


def _wish_order(sort: str) -> Sequence[Any]:
    key = sort.removeprefix("-")
    columns: dict[str, Any] = {
        "priority": ClubQVoeu.priorite,
        "asked": ClubQVoeu.places_demandees,
        "granted": sa.func.coalesce(ClubQAttribution.places_attribuees, -1),
    }
    column = columns.get(key, PCeen.nom_key)
    way = column.desc() if sort.startswith("-") else column.asc()
    return [way, PCeen.nom_key, PCeen.prenom_key, ClubQVoeu.id]
