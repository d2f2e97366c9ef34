"""Places that people give back (community 4.9)."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.enums import ReturnState
from app.models import (
    ClubQAttribution,
    ClubQReturn,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    audit,
)
from app.modules.club_q.errors import AlreadyOffered, NothingOffered, NotSoMany, ReturnClosed


def may_return(season: ClubQSeason, spectacle: ClubQSpectacle) -> bool:
    """Whether places of a show may be given back now: the last day counts, in Paris."""
    last_day = season.fin_retour
    return (
        season.attributions_visible
        and (last_day is None or clock.today() <= last_day)
        and not spectacle.cancelled
        and spectacle.date > clock.now()
    )


def offer(session: Session, *, voeu: ClubQVoeu, places: int) -> ClubQReturn:
    """Offer so many places of one's own grant back: still owed until somebody has them.

    Raises:
        ReturnClosed: Before publication, or after the last day to give back (included, in Paris),
            or for a show that is cancelled or past.
        NotSoMany: If it is not between 1 and what is granted.
        AlreadyOffered: If an offer of this grant is open.
    """
    season = _locked(session, voeu)
    if not may_return(season, session.get_one(ClubQSpectacle, voeu.spectacle_id)):
        raise ReturnClosed
    if _open(session, voeu) is not None:
        raise AlreadyOffered
    grant = session.get(ClubQAttribution, voeu.id, populate_existing=True)
    most = grant.places_attribuees if grant is not None else 0
    if most < 1:
        raise ReturnClosed
    if not 1 <= places <= most:
        raise NotSoMany(places=most)
    made = ClubQReturn(voeu_id=voeu.id, open_voeu_id=voeu.id, places=places)
    session.add(made)
    audit(session, "club_q.return.offer", voeu, after={"places": places})
    return made


def withdraw(session: Session, *, voeu: ClubQVoeu) -> ClubQReturn:
    """Take an offer back, while nobody has the places.

    Raises:
        NothingOffered: If none is open.
    """
    _locked(session, voeu)
    found = _open(session, voeu)
    if found is None:
        raise NothingOffered
    found.state, found.open_voeu_id = ReturnState.withdrawn, None
    found.settled_at = clock.now()
    audit(session, "club_q.return.withdraw", voeu, before={"places": found.places})
    return found


def _locked(session: Session, voeu: ClubQVoeu) -> ClubQSeason:
    """The season of a wish, kept from others: nobody shares its places out meanwhile."""
    season = session.get_one(ClubQSeason, voeu.season_id)
    lock(session, season)
    return season


def _open(session: Session, voeu: ClubQVoeu) -> ClubQReturn | None:
    stmt = sa.select(ClubQReturn).where(ClubQReturn.open_voeu_id == voeu.id)
    return session.scalars(stmt.execution_options(populate_existing=True)).first()
