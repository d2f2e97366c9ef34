"""What one may wish for in a season, and what one has wished: nothing of what was granted."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.models import ClubQPreference, ClubQSeason, ClubQSpectacle, ClubQVoeu


def offered(session: Session, season: ClubQSeason) -> Sequence[ClubQSpectacle]:
    """The shows of a season that are still to come, the first one first, with their venues."""
    stmt = (
        sa.select(ClubQSpectacle)
        .where(
            ClubQSpectacle.season_id == season.id,
            ClubQSpectacle.cancelled.is_(False),
            ClubQSpectacle.date > clock.now(),
        )
        .options(joinedload(ClubQSpectacle.salle))
        .order_by(ClubQSpectacle.date, ClubQSpectacle.nom, ClubQSpectacle.id)
    )
    return session.scalars(stmt).all()


def wishes(session: Session, *, pceen_id: int, season: ClubQSeason) -> Sequence[ClubQVoeu]:
    """What someone wishes in a season, what they want most first."""
    stmt = (
        sa.select(ClubQVoeu)
        .where(ClubQVoeu.pceen_id == pceen_id, ClubQVoeu.season_id == season.id)
        .order_by(ClubQVoeu.priorite)
    )
    return session.scalars(stmt).all()


def preference(session: Session, *, pceen_id: int, season: ClubQSeason) -> ClubQPreference | None:
    """What someone wants of a season as a whole, as it is now; ``None`` for who said nothing."""
    stmt = sa.select(ClubQPreference).where(
        ClubQPreference.pceen_id == pceen_id, ClubQPreference.season_id == season.id
    )
    return session.scalar(stmt.execution_options(populate_existing=True))
