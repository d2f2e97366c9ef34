"""Taking a room, even someone's, and leaving it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.addresses import AddressPlan
from app.core.transaction import lock
from app.enums import ClaimStatus, RentalEnd, TokenPurpose
from app.models import PCeen, Rental, Room, audit, defer
from app.modules.account.service import links
from app.modules.intrarez import queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.errors import (
    HasRoomAlready,
    NoRoom,
    RoomTaken,
    StaleVersion,
    TheyHaveARoom,
)
from app.modules.intrarez.mails import RoomTransferred
from app.modules.intrarez.rules.rentals import check_dates, check_departure
from app.modules.intrarez.service import addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Since when someone has a room, and until when."""

    starts_on: date
    #: The first day without the room; ``None``: not known yet.
    ends_on: date | None = None
    #: Why a GRI says so, when it is not the tenant.
    reason: str | None = None


def take(
    session: Session,
    *,
    pceen: PCeen,
    room: Room,
    stay: Stay,
    plan: AddressPlan,
    take_over: int | None = None,
) -> Rental:
    """Take a room: the devices of the tenant get their addresses in it.

    One that is someone's is taken over only with *take_over*, the number of
    that very rental: what the person was shown.

    Raises:
        IntrarezError: If the room is someone's, or the person has one.
    """
    check_dates(starts_on=stay.starts_on, ends_on=stay.ends_on, today=clock.today())
    former = _lock_for(session, pceen=pceen, room=room)
    if former is not None:
        if take_over != former.id:
            raise RoomTaken(num=room.num, rental=former.id)
        if refusal := queries.take_over_refusal(session, room=room, former=former, pceen=pceen):
            raise refusal
        _end_today(session, rental=former, kind=RentalEnd.take_over)
    rental = _open(session, pceen=pceen, room=room, stay=stay, plan=plan, replaces=former)
    if former is not None:
        _tell_former(session, former, rental)
    return rental


def assign(
    session: Session,
    *,
    pceen: PCeen,
    room: Room,
    stay: Stay,
    plan: AddressPlan,
    kind: RentalEnd = RentalEnd.gri,
) -> Rental:
    """Give a room to someone, whoever has it: what a GRI does.

    Raises:
        TheyHaveARoom: If the person has another.
        IntrarezError: If the dates make no sense.
    """
    check_dates(starts_on=stay.starts_on, ends_on=stay.ends_on, today=clock.today())
    try:
        former = _lock_for(session, pceen=pceen, room=room)
    except HasRoomAlready as has_one:
        raise TheyHaveARoom(name=pceen.full_name, **has_one.details) from None
    if former is not None:
        _end_today(session, rental=former, kind=kind, reason=stay.reason)
    return _open(session, pceen=pceen, room=room, stay=stay, plan=plan, replaces=former)


def _lock_for(session: Session, *, pceen: PCeen, room: Room) -> Rental | None:
    """Keep a room for who asks for it; return the rental of who has it, if someone does.

    Raises:
        HasRoomAlready: If they have one.
    """
    lock(session, pceen)
    lock(session, room)
    former = None
    for rental in queries.open_rentals(session, room_num=room.num, pceen_id=pceen.id):
        lock(session, rental)
        if rental.closed_at is not None:
            continue
        if not rental.is_current_on(clock.today()):
            close(session, rental=rental, kind=RentalEnd.expired)
        elif rental.pceen_id == pceen.id:
            raise HasRoomAlready(num=rental.room_num)
        else:
            former = rental
    session.flush()
    return former


def _end_today(
    session: Session, *, rental: Rental, kind: RentalEnd, reason: str | None = None
) -> None:
    rental.ends_on = clock.today()
    close(session, rental=rental, kind=kind, reason=reason)
    session.flush()


def _open(
    session: Session,
    *,
    pceen: PCeen,
    room: Room,
    stay: Stay,
    plan: AddressPlan,
    replaces: Rental | None,
) -> Rental:
    """Write that someone has a locked room, which is free."""
    rental = Rental(
        pceen=pceen,
        room=room,
        starts_on=stay.starts_on,
        ends_on=stay.ends_on,
        open_room=room.num,
        open_pceen=pceen.id,
        replaces_id=replaces.id if replaces else None,
    )
    session.add(rental)
    for device in queries.own_devices(session, pceen.id):
        addresses.allocate(session, device=device, room=room, plan=plan)
    action = "intrarez.rental.take_over" if replaces else "intrarez.rental.open"
    audit(session, action, rental, after=_dates(rental), reason=stay.reason)
    _withdraw_claims(session, pceen)
    defer(session, RefreshNetwork())
    return rental


def _withdraw_claims(session: Session, pceen: PCeen) -> None:
    """Who has a room asks for none any more."""
    for claim in queries.waiting_claims(session, pceen_id=pceen.id):
        claim.status, claim.decided_at = ClaimStatus.withdrawn, clock.now()
        claim.open_key = None
        audit(session, f"intrarez.room.{claim.kind}.withdraw", claim)


def _tell_former(session: Session, former: Rental, rental: Rental) -> None:
    """Tell the former tenant, with a link to say that it is a mistake."""
    if former.pceen.email is None:
        return
    secret = tokens.new_secret()
    links.make(
        session,
        pceen=former.pceen,
        purpose=TokenPurpose.contest_room,
        secret=secret,
        former=former.id,
        rental=rental.id,
    )
    defer(
        session,
        RoomTransferred(
            to=former.pceen.email,
            locale=former.pceen.locale or "fr",
            prenom=former.pceen.prenom,
            room=former.room_num,
            on=clock.today().isoformat(),
            secret=secret,
        ),
    )


def change_dates(session: Session, *, rental: Rental, stay: Stay, version: int) -> None:
    """Change when a rental begins and ends.

    Raises:
        IntrarezError: If the dates make no sense, or were changed meanwhile.
    """
    check_dates(starts_on=stay.starts_on, ends_on=stay.ends_on, today=clock.today())
    lock(session, rental)
    if rental.closed_at is not None:
        raise NoRoom
    if rental.version != version:
        raise StaleVersion
    before = _dates(rental)
    rental.starts_on, rental.ends_on = stay.starts_on, stay.ends_on
    rental.version += 1
    after = _dates(rental)
    audit(
        session,
        "intrarez.rental.change",
        rental,
        before=before,
        after=after,
        reason=stay.reason,
    )
    defer(session, RefreshNetwork())


def leave(
    session: Session,
    *,
    rental: Rental,
    ends_on: date,
    kind: RentalEnd = RentalEnd.owner,
    reason: str | None = None,
) -> None:
    """Give a room back: its Internet stops. A GRI gives a *reason*.

    Raises:
        IntrarezError: If the day makes no sense, or the room was left meanwhile.
    """
    lock(session, rental.pceen)  # no device is registered in the room meanwhile
    lock(session, rental)
    if rental.closed_at is not None:
        raise NoRoom
    check_departure(starts_on=rental.starts_on, ends_on=ends_on, today=clock.today())
    rental.ends_on = ends_on
    close(session, rental=rental, kind=kind, reason=reason)


def close(session: Session, *, rental: Rental, kind: RentalEnd, reason: str | None = None) -> None:
    """Close a rental that has its last day: the room and the person are free."""
    rental.closed_at, rental.close_kind = clock.now(), kind
    rental.open_room = rental.open_pceen = None
    rental.version += 1
    for device in queries.own_devices(session, rental.pceen_id):
        addresses.end(session, device=device, room_num=rental.room_num)
    after = {**_dates(rental), "kind": kind}
    audit(session, "intrarez.rental.close", rental, after=after, reason=reason)
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
