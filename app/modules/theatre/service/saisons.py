"""Seasons: made, changed, shown to the public or hidden from it, deleted whole."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import Saison, Spectacle, audit, defer
from app.modules.theatre.effects import RemovePoster
from app.modules.theatre.service import locked, news


@dataclass(frozen=True, slots=True, kw_only=True)
class SaisonDraft:
    """What a season is to be, but for its poster."""

    name: str
    description: str
    start_date: date
    hidden: bool


def create(session: Session, draft: SaisonDraft) -> Saison:
    """Make a season."""
    saison = Saison(**asdict(draft))
    session.add(saison)
    session.flush()
    audit(session, "theatre.season.create", saison, after=said(saison))
    return saison


def edit(session: Session, key: int, draft: SaisonDraft, *, version: int) -> bool:
    """Change a season; whether anything changed.

    Raises:
        NoSuchSaison: If it has just gone.
        StaleTheatre: If somebody changed it meanwhile.
    """
    saison = locked.saison(session, key, version=version)
    before = said(saison)
    for name, value in asdict(draft).items():
        setattr(saison, name, value)
    after = said(saison)
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return False
    saison.version += 1
    audit(
        session,
        "theatre.season.change",
        saison,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    if "hidden" in changed:
        news.announce(session, saison)
    return True


def show(session: Session, key: int, *, is_shown: bool, version: int) -> None:
    """Show a season to the public, or hide it from it.

    Raises:
        NoSuchSaison: If it has just gone.
        StaleTheatre: If somebody changed it meanwhile.
    """
    saison = locked.saison(session, key, version=version)
    if saison.hidden is not is_shown:
        return
    saison.hidden = not is_shown
    saison.version += 1
    action = "theatre.season.show" if is_shown else "theatre.season.hide"
    audit(session, action, saison, after={"name": saison.name})
    news.announce(session, saison)


def delete(session: Session, key: int, *, version: int) -> None:
    """Delete a season with its plays and performances; their posters go once it is committed.

    Raises:
        NoSuchSaison: If it has just gone.
        StaleTheatre: If somebody changed it meanwhile.
    """
    saison = locked.saison(session, key, version=version)
    plays = session.scalars(
        sa.select(Spectacle).where(Spectacle.saison_id == key).with_for_update()
    ).all()
    audit(
        session,
        "theatre.season.delete",
        saison,
        before=said(saison) | {"plays": [one.name for one in plays]},
    )
    for poster in (saison.poster, *(one.poster for one in plays)):
        if poster:
            defer(session, RemovePoster(key, poster))
    session.delete(saison)


def said(saison: Saison) -> dict[str, Any]:
    """What the audit tells of a season."""
    return {
        "name": saison.name,
        "description": saison.description,
        "start_date": saison.start_date.isoformat(),
        "hidden": saison.hidden,
    }
