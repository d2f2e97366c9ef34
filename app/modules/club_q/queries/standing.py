"""Where the current season stands, for the home page: in one statement."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import RunStatus
from app.models import ClubQRun, ClubQSeason, StoredChoice
from app.modules.club_q.choices import CHOICES, SEASON
from app.modules.club_q.rules.opening import Opening
from app.modules.club_q.rules.options import Options, options as made

_KEYS = tuple(choice.key for choice in CHOICES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The current season, and whether its form is open."""

    season: ClubQSeason
    opening: Opening
    options: Options


def standing(session: Session) -> Standing | None:
    """How the current season stands; ``None`` without one."""
    adopted = sa.exists().where(
        ClubQRun.season_id == ClubQSeason.id, ClubQRun.status == RunStatus.adopted
    )
    is_current = sa.and_(
        StoredChoice.key == SEASON.key,
        sa.cast(StoredChoice.value, sa.String(20)) == sa.cast(ClubQSeason.id, sa.String(20)),
    )
    stmt = (
        sa.select(StoredChoice.key, StoredChoice.value, ClubQSeason, adopted)
        .outerjoin(ClubQSeason, is_current)
        .where(StoredChoice.key.in_(_KEYS))
    )
    rows = session.execute(stmt).all()
    options = made({key: value for key, value, _season, _adopted in rows})
    for _key, _value, season, is_adopted in rows:
        if season is not None:
            opening = Opening(
                is_switched_on=options.is_open and options.season == season.id,
                first_day=season.debut_inscription,
                last_day=season.fin_inscription,
                is_adopted=bool(is_adopted),
            )
            return Standing(season=season, opening=opening, options=options)
    return None
