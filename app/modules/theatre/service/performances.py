"""Performances of plays: added, removed."""

from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.models import Representation, Saison, audit
from app.modules.theatre.errors import NoSuchRepresentation, SameRepresentation, StaleTheatre
from app.modules.theatre.service import locked, news


def add(session: Session, play: int, at: datetime) -> Representation:
    """Have a play performed once more.

    Raises:
        NoSuchPlay: If it has just gone.
        SameRepresentation: If it is performed at that very instant already.
    """
    saison_id = locked.play(session, play).saison_id
    performance = Representation(spectacle_id=play, date=at)
    try:
        with session.begin_nested():
            session.add(performance)
    except IntegrityError:
        raise SameRepresentation from None
    audit(session, "theatre.performance.add", performance, after=_said(performance))
    news.announce(session, session.get_one(Saison, saison_id), only=play)
    return performance


def delete(session: Session, key: int, *, version: int) -> None:
    """Remove a performance.

    Raises:
        NoSuchRepresentation: If it has just gone.
        StaleTheatre: If it is of another *version*.
    """
    found = session.get(Representation, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchRepresentation
    if found.version != version:
        raise StaleTheatre
    audit(session, "theatre.performance.delete", found, before=_said(found))
    session.delete(found)


def _said(performance: Representation) -> dict[str, Any]:
    """What the audit tells of a performance."""
    return {"spectacle": performance.spectacle_id, "date": performance.date.isoformat()}
