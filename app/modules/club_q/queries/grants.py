"""What was granted, as far as whoever looks may know: nothing else reads it for people.

Before publication, those who are not of the team see no number, no amount and no trace of one
(community 4.9). Pages, totals, invoices, the home card, the calendar, search and mails ask here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.money import Cents
from app.models import ClubQAttribution, ClubQSeason, ClubQSpectacle, ClubQVoeu


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A wish, with what it was granted."""

    voeu: ClubQVoeu
    spectacle: ClubQSpectacle
    #: ``None`` while it is pending, or for who may not know.
    places: int | None
    #: What the team says of it; nothing for who may not know.
    note: str | None = None
    locked: bool = False

    @property
    def due_cents(self) -> Cents:
        """What has to be paid; nothing for a show that is cancelled."""
        return 0 if self.spectacle.cancelled else (self.places or 0) * self.spectacle.unit_price


def may_know(season: ClubQSeason, *, is_staff: bool) -> bool:
    """Whether whoever looks may know what was granted in a season."""
    return is_staff or season.attributions_visible


def granted_to(
    session: Session, *, pceen_id: int, season: ClubQSeason, is_staff: bool
) -> Sequence[Granted]:
    """The wishes of someone in a season, by priority, with what they were granted."""
    return granted_in(session, season=season, is_staff=is_staff, pceens=[pceen_id])


def granted_in(
    session: Session,
    *,
    season: ClubQSeason,
    is_staff: bool,
    pceens: Collection[int] | None = None,
    voeux: Collection[int] | None = None,
) -> Sequence[Granted]:
    """The wishes of a season, by person then priority; some *pceens*', or *voeux*, alone if given.

    The statement is the same whether one may know or not, so that time tells nothing either.
    """
    stmt = (
        sa.select(ClubQVoeu, ClubQSpectacle, ClubQAttribution)
        .join(ClubQSpectacle, ClubQSpectacle.id == ClubQVoeu.spectacle_id)
        .outerjoin(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.season_id == season.id)
        .order_by(ClubQVoeu.pceen_id, ClubQVoeu.priorite)
    )
    if pceens is not None:
        stmt = stmt.where(ClubQVoeu.pceen_id.in_(pceens))
    if voeux is not None:
        stmt = stmt.where(ClubQVoeu.id.in_(voeux))
    knows = may_know(season, is_staff=is_staff)
    return [
        _told(voeu, spectacle, attribution if knows else None)
        for voeu, spectacle, attribution in session.execute(stmt)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What the wishes of someone make together, of what may be known."""

    wishes: int
    asked: int
    #: The places that they hold: those of a show that is cancelled are nobody's.
    granted: int
    due_cents: Cents


def sums_in(session: Session, *, season: ClubQSeason, is_staff: bool) -> Mapping[int, Sums]:
    """The sums of each person who wishes for something in a season: one row each."""
    knows = may_know(season, is_staff=is_staff)
    places = sa.case(
        (ClubQSpectacle.cancelled, 0), else_=sa.func.coalesce(ClubQAttribution.places_attribuees, 0)
    )
    stmt = (
        sa.select(
            ClubQVoeu.pceen_id,
            sa.func.count(),
            sa.func.sum(ClubQVoeu.places_demandees),
            sa.func.sum(places),
            sa.func.sum(places * ClubQSpectacle.unit_price),
        )
        .join(ClubQSpectacle, ClubQSpectacle.id == ClubQVoeu.spectacle_id)
        .outerjoin(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.season_id == season.id)
        .group_by(ClubQVoeu.pceen_id)
    )
    return {
        pceen_id: Sums(
            wishes=wishes,
            asked=int(asked),
            granted=int(granted) if knows else 0,
            due_cents=int(due) if knows else 0,
        )
        for pceen_id, wishes, asked, granted, due in session.execute(stmt)
    }


def told_to(pceen_id: int) -> sa.Select[int]:
    """The numbers of the shows that someone goes to, where every student may know it.

    For a statement that reads shows: no row of it comes before publication.
    """
    return (
        sa.select(ClubQVoeu.spectacle_id)
        .join(ClubQSeason, ClubQSeason.id == ClubQVoeu.season_id)
        .join(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(
            ClubQVoeu.pceen_id == pceen_id,
            ClubQSeason.attributions_visible,
            ClubQAttribution.places_attribuees > 0,
        )
    )


def due_by_person(granted: Sequence[Granted]) -> Mapping[int, Cents]:
    """What each person owes, of what may be known."""
    totals: dict[int, Cents] = {}
    for one in granted:
        totals[one.voeu.pceen_id] = totals.get(one.voeu.pceen_id, 0) + one.due_cents
    return totals


def _told(
    voeu: ClubQVoeu, spectacle: ClubQSpectacle, attribution: ClubQAttribution | None
) -> Granted:
    if attribution is None:
        return Granted(voeu=voeu, spectacle=spectacle, places=None)
    return Granted(
        voeu=voeu,
        spectacle=spectacle,
        places=attribution.places_attribuees,
        note=attribution.note,
        locked=attribution.locked,
    )
