"""Whether what was announced of a season, rules and commitment, may still change."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import RunStatus
from app.models import ClubQRun, ClubQSeason, ClubQVoeu
from app.modules.club_q.rules.options import Options


def may_change(session: Session, season: ClubQSeason, options: Options) -> bool:
    """Whether the form of a season has not opened yet, as far as can be told.

    It has once its first day is there, or once it was switched on without one; and surely once
    there is a wish.
    """
    if options.season == season.id:
        first_day = season.debut_inscription
        has_begun = options.is_open if first_day is None else first_day <= clock.today()
        if has_begun:
            return False
    wished = sa.exists().where(ClubQVoeu.season_id == season.id)
    adopted = sa.exists().where(
        ClubQRun.season_id == season.id, ClubQRun.status == RunStatus.adopted
    )
    return not session.scalar(sa.select(wished | adopted))
