"""The rooms, and who has them."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.models import PCeen, Rental, Room
from app.modules.intrarez.errors import NoRoom, NoSuchRoom


def room(session: Session, num: int) -> Room:
    """The room numbered *num*.

    Raises:
        NoSuchRoom: If the building has none.
    """
    found = session.get(Room, num)
    if found is None:
        raise NoSuchRoom(num=num)
    return found


def is_current(day: date) -> sa.ColumnElement[bool]:
    """Whether a rental gives the room on *day*."""
    return sa.and_(
        Rental.closed_at.is_(None), sa.or_(Rental.ends_on.is_(None), Rental.ends_on > day)
    )


def current_rental(session: Session, pceen_id: int) -> Rental | None:
    """The room that someone has today, if they have one."""
    stmt = sa.select(Rental).where(Rental.open_pceen == pceen_id, is_current(clock.today()))
    return session.scalars(stmt).one_or_none()


def has_room(session: Session, pceen_id: int) -> bool:
    """Whether someone has a room today."""
    return current_rental(session, pceen_id) is not None


def rental_of(session: Session, room_num: int) -> Rental | None:
    """The rental of who has a room today, if someone does."""
    stmt = sa.select(Rental).where(Rental.open_room == room_num, is_current(clock.today()))
    return session.scalars(stmt).one_or_none()


def own_rental(session: Session, pceen_id: int) -> Rental:
    """The room that someone has today.

    Raises:
        NoRoom: If they have none.
    """
    rental = current_rental(session, pceen_id)
    if rental is None:
        raise NoRoom
    return rental


def open_rentals(session: Session, *, room_num: int, pceen_id: int) -> Sequence[Rental]:
    """The rentals, of a room or of a person, that nobody closed yet."""
    stmt = sa.select(Rental).where(
        sa.or_(Rental.open_room == room_num, Rental.open_pceen == pceen_id)
    )
    return session.scalars(stmt).all()


def over_rentals(session: Session) -> Sequence[Rental]:
    """The rentals whose last day has come, and that are not closed yet."""
    stmt = sa.select(Rental).where(Rental.closed_at.is_(None), Rental.ends_on <= clock.today())
    return session.scalars(stmt.order_by(Rental.id)).all()


def former_rentals(session: Session, pceen_id: int) -> Sequence[Rental]:
    """The rooms that someone had, the latest first."""
    stmt = (
        sa.select(Rental)
        .where(Rental.pceen_id == pceen_id, ~is_current(clock.today()))
        .order_by(Rental.starts_on.desc(), Rental.id.desc())
        .limit(50)
    )
    return session.scalars(stmt).all()


def rentals_of(session: Session, pceen_id: int) -> tuple[Rental | None, Sequence[Rental]]:
    """The room that someone has today, and those that they had, the latest first."""
    stmt = (
        sa.select(Rental)
        .where(Rental.pceen_id == pceen_id)
        .order_by(Rental.open_pceen.is_(None), Rental.starts_on.desc(), Rental.id.desc())
        .limit(51)
    )
    today, found = clock.today(), session.scalars(stmt).all()
    current = next((one for one in found if one.is_current_on(today)), None)
    return current, [one for one in found if one is not current]


def rooms(session: Session) -> Sequence[Room]:
    """All the rooms, in order."""
    return session.scalars(sa.select(Room).order_by(Room.num)).all()


def ever_rented(session: Session) -> set[int]:
    """The rooms that someone has, or had once."""
    return set(session.scalars(sa.select(Rental.room_num).distinct()))


def tenants(session: Session) -> dict[int, PCeen]:
    """Who lives in each room today."""
    stmt = sa.select(Rental).where(is_current(clock.today())).options(joinedload(Rental.pceen))
    return {rental.room_num: rental.pceen for rental in session.scalars(stmt)}
