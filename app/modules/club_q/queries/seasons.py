"""Seasons: all of them, the current one, the one that a page is about."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import RunStatus
from app.models import ClubQRun, ClubQSeason
from app.modules.club_q.errors import NoSuchSeason
from app.modules.club_q.rules.opening import Opening
from app.modules.club_q.rules.options import Options


def all_seasons(session: Session) -> Sequence[ClubQSeason]:
    """Every season, the latest first; those without a first day at the end."""
    order = (ClubQSeason.debut.is_(None), ClubQSeason.debut.desc(), ClubQSeason.id.desc())
    return session.scalars(sa.select(ClubQSeason).order_by(*order)).all()


def season(session: Session, key: int) -> ClubQSeason:
    """A season, by its number.

    Raises:
        NoSuchSeason: There is none.
    """
    found = session.get(ClubQSeason, key) if 0 < key < 2**31 else None
    if found is None:
        raise NoSuchSeason
    return found


def chosen(
    seasons: Sequence[ClubQSeason], *, asked: str | None, current: int | None
) -> ClubQSeason | None:
    """The season that a page is about: the one asked, else the current one, else the latest.

    An unknown or malformed number counts as none.
    """
    by_key = {str(one.id): one for one in seasons}
    found = by_key.get(asked or "") or by_key.get(str(current))
    return found or next(iter(seasons), None)


def opening(session: Session, season: ClubQSeason, options: Options) -> Opening:
    """What decides whether the form of a season is open."""
    adopted = sa.select(
        sa.exists().where(ClubQRun.season_id == season.id, ClubQRun.status == RunStatus.adopted)
    )
    return Opening(
        is_switched_on=options.is_open and options.season == season.id,
        first_day=season.debut_inscription,
        last_day=season.fin_inscription,
        is_adopted=bool(session.scalar(adopted)),
    )
