"""Taking a room, and leaving it."""

from datetime import date

from sqlalchemy.orm import Session

from app.core import clock
from app.core.addresses import AddressPlan
from app.core.transaction import lock
from app.enums import RentalEnd
from app.models import PCeen, Rental, Room, audit, defer
from app.modules.intrarez import queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.errors import HasRoomAlready, NoRoom, RoomTaken, StaleVersion
from app.modules.intrarez.rules.rentals import check_dates, check_departure
from app.modules.intrarez.service import addresses


def take(
    session: Session,
    *,
    pceen: PCeen,
    room: Room,
    starts_on: date,
    ends_on: date | None,
    plan: AddressPlan,
) -> Rental:
    """Take a free room: the devices of the tenant get their addresses in it.

    Raises:
        IntrarezError: If the room is someone's, or the person has one.
    """
    today = clock.today()
    check_dates(starts_on=starts_on, ends_on=ends_on, today=today)
    lock(session, pceen)
    lock(session, room)
    for rental in queries.open_rentals(session, room_num=room.num, pceen_id=pceen.id):
        if not rental.is_current_on(today):
            close(session, rental=rental, kind=RentalEnd.expired)
        elif rental.pceen_id == pceen.id:
            raise HasRoomAlready(num=rental.room_num)
        else:
            raise RoomTaken(num=room.num)
    session.flush()

    rental = Rental(
        pceen=pceen,
        room=room,
        starts_on=starts_on,
        ends_on=ends_on,
        open_room=room.num,
        open_pceen=pceen.id,
    )
    session.add(rental)
    for device in queries.own_devices(session, pceen.id):
        addresses.allocate(session, device=device, room=room, plan=plan)
    audit(session, "intrarez.rental.open", rental, after=_dates(rental))
    defer(session, RefreshNetwork())
    return rental


def change_dates(
    session: Session, *, rental: Rental, starts_on: date, ends_on: date | None, version: int
) -> None:
    """Change when a rental begins and ends.

    Raises:
        IntrarezError: If the dates make no sense, or were changed meanwhile.
    """
    check_dates(starts_on=starts_on, ends_on=ends_on, today=clock.today())
    lock(session, rental)
    if rental.closed_at is not None:
        raise NoRoom
    if rental.version != version:
        raise StaleVersion
    before = _dates(rental)
    rental.starts_on, rental.ends_on = starts_on, ends_on
    rental.version += 1
    audit(session, "intrarez.rental.change", rental, before=before, after=_dates(rental))
    defer(session, RefreshNetwork())


def leave(session: Session, *, rental: Rental, ends_on: date) -> None:
    """Give a room back: its Internet stops.

    Raises:
        IntrarezError: If the day makes no sense, or the room was left meanwhile.
    """
    lock(session, rental.pceen)  # no device is registered in the room meanwhile
    lock(session, rental)
    if rental.closed_at is not None:
        raise NoRoom
    check_departure(starts_on=rental.starts_on, ends_on=ends_on, today=clock.today())
    rental.ends_on = ends_on
    close(session, rental=rental, kind=RentalEnd.owner)


def close(session: Session, *, rental: Rental, kind: RentalEnd) -> None:
    """Close a rental that has its last day: the room and the person are free."""
    rental.closed_at, rental.close_kind = clock.now(), kind
    rental.open_room = rental.open_pceen = None
    rental.version += 1
    for device in queries.own_devices(session, rental.pceen_id):
        addresses.end(session, device=device, room_num=rental.room_num)
    audit(session, "intrarez.rental.close", rental, after={**_dates(rental), "kind": kind})
    defer(session, RefreshNetwork())


def close_over(session: Session) -> int:
    """Close the rentals whose last day has come; return how many there were."""
    over = queries.over_rentals(session)
    for rental in over:
        lock(session, rental.pceen)
        lock(session, rental)
        if rental.closed_at is None:
            close(session, rental=rental, kind=RentalEnd.expired)
    return len(over)


def _dates(rental: Rental) -> dict[str, object]:
    ends_on = rental.ends_on.isoformat() if rental.ends_on else None
    return {"room": rental.room_num, "start": rental.starts_on.isoformat(), "end": ends_on}


def prune(session: Session, *, plan: AddressPlan) -> tuple[list[int], list[int]]:
    """Remove the rooms that the plan has no more; return those, and those with a rental."""
    planned = set(plan.rooms())
    extra = [room for room in queries.rooms(session) if room.num not in planned]
    rented = queries.ever_rented(session)
    kept = [room.num for room in extra if room.num in rented]
    removed = [room for room in extra if room.num not in rented] if not kept else []
    for room in removed:
        session.delete(room)
    return [room.num for room in removed], kept


def seed(session: Session, *, plan: AddressPlan) -> list[int]:
    """Make the rooms of the building plan that are missing; return their numbers."""
    present = {room.num for room in queries.rooms(session)}
    missing = [num for num in plan.rooms() if num not in present]
    for num in missing:
        floor, door = plan.floor_and_door(num)
        session.add(Room(num=num, floor=floor, door=door, base_ip=f"{floor}.{door}"))
    return missing
