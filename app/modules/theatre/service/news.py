"""Telling people of the plays that they may go and see."""

from datetime import datetime

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import day_of
from app.enums import NotificationTopic
from app.models import Representation, Saison, Spectacle
from app.modules.notifications.rules import words
from app.modules.notifications.rules.audiences import FOLLOWERS
from app.modules.notifications.service.bus import Notice, tell


def announce(session: Session, saison: Saison, *, only: int | None = None) -> None:
    """Tell of the plays of a locked season that are still to be performed, each once for all.

    Nothing is said while the public does not see the season. With *only*, of that play.
    """
    if saison.hidden:
        return
    session.flush()
    stmt = (
        sa.select(Spectacle.id, Spectacle.name, sa.func.min(Representation.date))
        .join(Representation, Representation.spectacle_id == Spectacle.id)
        .where(Spectacle.saison_id == saison.id, Representation.date > clock.now())
        .group_by(Spectacle.id, Spectacle.name)
        .order_by(Spectacle.id)
    )
    if only is not None:
        stmt = stmt.where(Spectacle.id == only)
    for key, name, first in session.execute(stmt).all():
        tell(session, _notice(key, name, first, saison), FOLLOWERS)


def _notice(key: int, name: str, first: datetime, saison: Saison) -> Notice:
    return Notice(
        topic=NotificationTopic.theatre,
        title=_l("Une nouvelle pièce à l'affiche"),
        body=_l(
            "« %(play)s » se joue à partir du %(day)s.", play=name, day=words.day(day_of(first))
        ),
        url=f"/theatre/{saison.id}",
        key=f"theatre:{key}",
    )
