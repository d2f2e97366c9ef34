"""The digest of the wishes, once the form of a season has closed (community 4.7)."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.enums import RunStatus
from app.models import ClubQRun, ClubQSeason, ClubQVoeu
from app.modules.club_q.rules.closing import digest


def close_past(session: Session) -> int:
    """Write the digest of the wishes of the seasons whose form has closed; return how many."""
    stmt = sa.select(ClubQSeason).where(
        ClubQSeason.closing_hash.is_(None), ClubQSeason.fin_inscription < clock.today()
    )
    seasons = session.scalars(stmt.order_by(ClubQSeason.id)).all()
    count = 0
    for season in seasons:
        lock(session, season)
        last_day = season.fin_inscription  # it may have been put off meanwhile
        if last_day is not None and last_day < clock.today():
            close(session, season)
            count += 1
    return count


def close(session: Session, season: ClubQSeason) -> None:
    """Write the digest of the wishes of a locked season, once: what the team changes shows."""
    if season.closing_hash is not None:
        return
    stmt = sa.select(
        ClubQVoeu.pceen_id,
        ClubQVoeu.spectacle_id,
        ClubQVoeu.priorite,
        ClubQVoeu.places_demandees,
        ClubQVoeu.places_minimum,
    ).where(ClubQVoeu.season_id == season.id)
    rows = [(who, show, rank, n, m) for who, show, rank, n, m in session.execute(stmt)]
    season.closing_hash, season.closed_at = digest(season.id, rows), clock.now()
    session.flush()


def reopen(session: Session, season: ClubQSeason) -> None:
    """Forget the digest of a locked season whose form is open again: another one is to be taken.

    It stays while a run is adopted, or the attribution was published.
    """
    if season.closing_hash is None or season.published_at is not None:
        return
    adopted = sa.exists().where(
        ClubQRun.season_id == season.id, ClubQRun.status == RunStatus.adopted
    )
    if season.is_form_open_on(clock.today()) and not session.scalar(sa.select(adopted)):
        season.closing_hash = season.closed_at = None
        session.flush()
