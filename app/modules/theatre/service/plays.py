"""Plays: made, changed, deleted with their performances."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.models import Spectacle, audit, defer
from app.modules.theatre.effects import RemovePoster
from app.modules.theatre.service import locked


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayDraft:
    """What a play is to be, but for its poster."""

    name: str
    author: str
    director: str
    description: str
    ticket_link: str
    places: str


def create(session: Session, saison: int, draft: PlayDraft) -> Spectacle:
    """Make a play of a season.

    Raises:
        NoSuchSaison: If its season has just gone.
    """
    locked.saison(session, saison)
    play = Spectacle(saison_id=saison, **asdict(draft))
    session.add(play)
    session.flush()
    audit(session, "theatre.play.create", play, after=said(play))
    return play


def edit(session: Session, key: int, draft: PlayDraft, *, version: int) -> bool:
    """Change a play; whether anything changed.

    Raises:
        NoSuchPlay: If it has just gone.
        StaleTheatre: If somebody changed it meanwhile.
    """
    play = locked.play(session, key, version=version)
    before = said(play)
    for name, value in asdict(draft).items():
        setattr(play, name, value)
    after = said(play)
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return False
    play.version += 1
    audit(
        session,
        "theatre.play.change",
        play,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return True


def delete(session: Session, key: int, *, version: int) -> None:
    """Delete a play with its performances; its poster goes once that is committed.

    Raises:
        NoSuchPlay: If it has just gone.
        StaleTheatre: If somebody changed it meanwhile.
    """
    play = locked.play(session, key, version=version)
    audit(session, "theatre.play.delete", play, before=said(play))
    if play.poster:
        defer(session, RemovePoster(play.saison_id, play.poster))
    session.delete(play)


def said(play: Spectacle) -> dict[str, Any]:
    """What the audit tells of a play."""
    return {
        "saison": play.saison_id,
        "name": play.name,
        "author": play.author,
        "director": play.director,
        "description": play.description,
        "ticket_link": play.ticket_link,
        "places": play.places,
    }
