"""Telling people, in the site, where a season stands.

Nothing says what somebody was granted: their own page does, once it is published.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from flask_babel import LazyString, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import NotificationTopic
from app.models import ClubQRun, ClubQSeason, ClubQVoeu
from app.modules.club_q.mails import PlacesGiven, PlacesTaken
from app.modules.club_q.queries import seasons
from app.modules.club_q.queries.options import options as read_options
from app.modules.notifications.rules.audiences import FOLLOWERS, people
from app.modules.notifications.service.bus import Notice, tell


def tell_open(session: Session) -> bool:
    """Tell who may wish that the form of the current season is open, once; whether it was told."""
    options = read_options(session)
    season = session.get(ClubQSeason, options.season) if options.season else None
    if season is None:
        return False
    if seasons.opening(session, season, options).closed_on(clock.today()) is not None:
        return False
    notice = Notice(
        topic=NotificationTopic.club_q,
        title=_l("Les vœux du Club Q sont ouverts"),
        body=_l("Choisissez vos spectacles de « %(season)s ».", season=season.nom),
        url="/club_q",
        key=f"club_q:open:{season.id}",
    )
    return tell(session, notice, FOLLOWERS) is not None


def tell_published(session: Session, season: ClubQSeason) -> None:
    """Tell who wished in a season that is published where what they have is, once.

    Of one that is over it is no news.
    """
    if season.fin is not None and season.fin < clock.today():
        return
    wished = sa.select(ClubQVoeu.pceen_id).where(ClubQVoeu.season_id == season.id).distinct()
    notice = _about(
        season,
        f"published:{season.id}",
        _l("Les places du Club Q sont attribuées"),
        _l("Votre page dit ce que vous avez obtenu de « %(season)s ».", season=season.nom),
    )
    tell(session, notice, people(*session.scalars(wished)))


def tell_given(session: Session, season: ClubQSeason, run: ClubQRun, whom: Iterable[int]) -> None:
    """Tell who has places more by a complement that they have."""
    body = _l(
        "Des places de « %(season)s » étaient encore à partager : en voici pour vous.",
        season=season.nom,
    )
    tell(
        session, _about(season, f"given:{run.id}", PlacesGiven.subject, body), people(*sorted(whom))
    )


def tell_taken(session: Session, season: ClubQSeason, run: ClubQRun, whom: Iterable[int]) -> None:
    """Tell who gave places back that somebody has them by now."""
    body = _l(
        "Des places de « %(season)s » que vous proposiez de rendre sont maintenant à quelqu'un "
        "d'autre.",
        season=season.nom,
    )
    tell(
        session, _about(season, f"taken:{run.id}", PlacesTaken.subject, body), people(*sorted(whom))
    )


def _about(season: ClubQSeason, key: str, title: LazyString, body: LazyString) -> Notice:
    """Something that leads each one to their own page."""
    return Notice(
        topic=NotificationTopic.club_q,
        title=title,
        body=body,
        url=f"/club_q/pceens/me?season_id={season.id}",
        key=f"club_q:{key}",
    )
