"""Clubs, and how many events they have."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import PermissionScope
from app.models import Club, Event, Permission, role_permission
from app.modules.calendar.errors import NoSuchClub


@dataclass(frozen=True, slots=True)
class ClubRow:
    """A club, and what goes with it."""

    club: Club
    events: int


def clubs(session: Session, keys: Collection[int] | None = None) -> Sequence[Club]:
    """The clubs, by name; those that have these numbers, if some are given."""
    stmt = sa.select(Club).order_by(Club.name_key)
    if keys is not None:
        stmt = stmt.where(Club.id.in_(keys))
    return session.scalars(stmt).all()


def club(session: Session, key: int) -> Club:
    """A club.

    Raises:
        NoSuchClub: There is none.
    """
    found = session.get(Club, key)
    if found is None:
        raise NoSuchClub
    return found


def rows(session: Session) -> Sequence[ClubRow]:
    """The clubs, by name, with their numbers of events."""
    stmt = (
        sa.select(Club, sa.func.count(Event.id))
        .outerjoin(Event, Event.club_id == Club.id)
        .group_by(Club.id)
        .order_by(Club.name_key)
    )
    return [ClubRow(club, count) for club, count in session.execute(stmt)]


def events_of(session: Session, key: int) -> int:
    """How many events a club has."""
    stmt = sa.select(sa.func.count()).select_from(Event).where(Event.club_id == key)
    return session.scalars(stmt).one()


def rights_on(session: Session, key: int) -> int:
    """How many times roles are given a permission about a club."""
    stmt = (
        sa.select(sa.func.count())
        .select_from(role_permission)
        .join(Permission, Permission.id == role_permission.c.permission_id)
        .where(Permission.scope == PermissionScope.club, Permission.ref_id == key)
    )
    return session.scalars(stmt).one()
