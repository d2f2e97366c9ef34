"""Where the current season stands, for the home page: in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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


def standing(session: Session) -> tuple[Standing | None, Mapping[str, Any]]:
    """How the current season stands, ``None`` without one; and all that is chosen, by key."""
    adopted = sa.exists().where(
        ClubQRun.season_id == ClubQSeason.id, ClubQRun.status == RunStatus.adopted
    )
    is_current = sa.and_(
        StoredChoice.key == SEASON.key,
        sa.cast(StoredChoice.value, sa.String(20)) == sa.cast(ClubQSeason.id, sa.String(20)),
    )
    stmt = sa.select(StoredChoice.key, StoredChoice.value, ClubQSeason, adopted).outerjoin(
        ClubQSeason, is_current
    )
    rows = session.execute(stmt).all()
    stored = {key: value for key, value, _season, _adopted in rows}
    options = made({key: value for key, value in stored.items() if key in _KEYS})
    for _key, _value, season, is_adopted in rows:
        if season is not None:
            opening = Opening(
                is_switched_on=options.is_open and options.season == season.id,
                first_day=season.debut_inscription,
                last_day=season.fin_inscription,
                is_adopted=bool(is_adopted),
            )
            return Standing(season=season, opening=opening, options=options), stored
    return None, stored
