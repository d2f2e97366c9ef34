"""Rows as they are now, which nobody else changes until the commit: a season, then its plays."""

from sqlalchemy.orm import Session

from app.models import Saison, Spectacle
from app.modules.theatre.errors import NoSuchPlay, NoSuchSaison, StaleTheatre


def saison(session: Session, key: int, *, version: int | None = None) -> Saison:
    """A season, kept from others.

    Raises:
        NoSuchSaison: If it has just gone.
        StaleTheatre: If it is of another *version*.
    """
    found = session.get(Saison, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchSaison
    if version not in (None, found.version):
        raise StaleTheatre
    return found


def play(session: Session, key: int, *, version: int | None = None) -> Spectacle:
    """A play, kept from others, after its season.

    Raises:
        NoSuchPlay: If it has just gone.
        StaleTheatre: If it is of another *version*.
    """
    known = session.get(Spectacle, key)
    if known is None:
        raise NoSuchPlay
    try:
        saison(session, known.saison_id)  # a play never changes seasons
    except NoSuchSaison:
        raise NoSuchPlay from None
    found = session.get(Spectacle, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchPlay
    if version not in (None, found.version):
        raise StaleTheatre
    return found
