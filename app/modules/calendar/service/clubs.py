"""Clubs: made, renamed, deleted with their events, or without."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PermissionScope
from app.models import Club, Event, audit
from app.modules.calendar.errors import ClubGrew, ClubNameTaken, ClubNeeded, SameClub
from app.modules.calendar.service import locked
from app.modules.gris.service.roles import drop_permissions_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What a club is called, and its colour, ``#rrggbb``."""

    name: str
    color: str


def create(session: Session, looks: Looks) -> Club:
    """Make a club.

    Raises:
        ClubNameTaken: If another one is called so.
    """
    club = Club(name=looks.name, color=looks.color)
    try:
        with session.begin_nested():
            session.add(club)
    except IntegrityError:
        raise ClubNameTaken from None
    audit(session, "calendar.club.create", club, after=_said(club))
    return club


def edit(session: Session, key: int, looks: Looks, *, version: int) -> bool:
    """Give a club another name or colour; whether anything changed.

    Raises:
        NoSuchClub: If it has just gone.
        StaleCalendar: If somebody changed it meanwhile.
        ClubNameTaken: If another one is called so.
    """
    club = locked.club(session, key, version=version)
    before = _said(club)
    if before == {"name": looks.name, "color": looks.color}:
        return False
    try:
        with session.begin_nested():
            club.rename(looks.name)
            club.color = looks.color
            club.version += 1
    except IntegrityError:
        raise ClubNameTaken from None
    audit(session, "calendar.club.change", club, before=before, after=_said(club))
    return True


def delete(
    session: Session, key: int, *, version: int, count: int, heir: int | None = None
) -> None:
    """Delete a club and the permissions about it; its events too, or they go to another club.

    *count* is how many events the person was told that it has; *heir*, the club that they go to.

    Raises:
        NoSuchClub: If it has just gone, or the other one.
        StaleCalendar: If somebody changed it meanwhile.
        ClubNeeded: If the site cannot do without it.
        ClubGrew: If it has not that many events any more.
        SameClub: If its events would go to itself.
    """
    if heir == key:
        raise SameClub
    for one in sorted({key, key if heir is None else heir}):  # always in the same order
        locked.club(session, one)
    club = locked.club(session, key, version=version)
    if club.slug is not None:
        raise ClubNeeded
    events = locked.of_club(session, key)
    if len(events) != count:
        raise ClubGrew
    audit(
        session,
        "calendar.club.delete",
        club,
        before=_said(club) | {"events": len(events), "heir": heir},
    )
    _part_with(session, events, heir)
    drop_permissions_on(session, PermissionScope.club, key)
    session.delete(club)
    session.flush()


def _part_with(session: Session, events: Sequence[Event], heir: int | None) -> None:
    """Delete events, or give them to another club."""
    now = clock.now()
    for event in events:
        if heir is None:
            session.delete(event)
        else:
            event.club_id, event.updated_at = heir, now
            event.version += 1
    session.flush()


def _said(club: Club) -> dict[str, Any]:
    """What the audit tells of a club."""
    return {"name": club.name, "color": club.color}
