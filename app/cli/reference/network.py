"""Residents, their rooms and their devices, up to those of the reference school."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli.reference import rows
from app.core import clock
from app.enums import AddressKind, RentalEnd
from app.models import Allocation, Ban, Device, NetworkHistory, PCeen, Rental, Role, Room
from app.web import installation
from app.web.module import Demo

#: People who may have Internet and have a device; of them, how many have a room.
RESIDENTS, TENANTS = 400, 156
#: Devices that have an address. Those of former tenants have none, and come on top of these.
DEVICES = 800
#: How many devices someone without a room has left there.
_LEFT = 2
#: The start of the addresses of what is added: that of no device of the demonstration.
_MAKER = "5c:f9"


def load(session: Session, demo: Demo) -> None:
    """Add residents, those that the rooms still hold as tenants, then devices."""
    session.flush()
    have = sa.select(Device.pceen_id)
    wanted = demo.count(RESIDENTS) - rows.count(session, PCeen, PCeen.id.in_(have))
    stmt = (
        sa.select(PCeen)
        .where(PCeen.roles.any(Role.slug == "rezident"), PCeen.id.not_in(have))
        .where(PCeen.id.not_in(sa.select(Rental.pceen_id)), PCeen.username != "ijoliot")
        .order_by(PCeen.id)
        .limit(max(0, wanted))
    )
    people = [one.id for one in session.scalars(stmt)]
    free = _free_rooms(session)
    settled = min(len(free), len(people), max(0, demo.count(TENANTS) - _tenants(session)))
    _settle(session, demo, people[:settled], free)
    _leave(session, demo, people[settled:])
    numbers = iter(range(1 << 24))
    former = [key for key in people[settled:] for _device in range(_LEFT)]
    _devices(session, demo, former, [_mac(next(numbers)) for _device in former])
    _register(session, demo, numbers)


def _mac(number: int) -> str:
    tail = ":".join(f"{number >> shift & 255:02x}" for shift in (24, 16, 8, 0))
    return f"{_MAKER}:{tail}"


def _free_rooms(session: Session) -> list[int]:
    taken = sa.select(Rental.open_room).where(Rental.open_room.is_not(None))
    return list(
        session.scalars(sa.select(Room.num).where(Room.num.not_in(taken)).order_by(Room.num))
    )


def _tenants(session: Session) -> int:
    return rows.count(session, Rental, Rental.open_room.is_not(None))


def _settle(session: Session, demo: Demo, people: Sequence[int], free: Sequence[int]) -> None:
    """Give each of these people a room."""
    made = []
    for pceen, room in zip(people, free, strict=False):
        starts_on = clock.today() - timedelta(days=demo.chance.randint(10, 500))
        made.append(
            {
                "pceen_id": pceen,
                "room_num": room,
                "starts_on": starts_on,
                "created_at": clock.day_start(starts_on),
                "open_room": room,
                "open_pceen": pceen,
            }
        )
    rows.write(session, Rental, made)


def _leave(session: Session, demo: Demo, people: Sequence[int]) -> None:
    """Have each of these people had a room."""
    building = list(session.scalars(sa.select(Room.num).order_by(Room.num)))
    made = []
    for pceen in people:
        ends_on = clock.today() - timedelta(days=demo.chance.randint(1, 700))
        starts_on = ends_on - timedelta(days=demo.chance.randint(90, 360))
        made.append(
            {
                "pceen_id": pceen,
                "room_num": demo.chance.choice(building),
                "starts_on": starts_on,
                "ends_on": ends_on,
                "created_at": clock.day_start(starts_on),
                "closed_at": clock.day_start(ends_on),
                "close_kind": RentalEnd.owner,
            }
        )
    rows.write(session, Rental, made)


def _devices(
    session: Session, demo: Demo, owners: Sequence[int], addresses: Sequence[str]
) -> list[int]:
    """A device for each of these owners, as often as they come; return their numbers."""
    now = clock.now()
    made = [
        {
            "pceen_id": owner,
            "mac_address": mac,
            "name": None,
            "type": demo.chance.choice(("iPhone", "Mac", "Ordinateur Windows", "Télévision")),
            "registered_at": now - timedelta(days=demo.chance.randint(30, 300)),
            "last_seen_at": now - timedelta(minutes=demo.chance.randint(1, 40_000)),
        }
        for owner, mac in zip(owners, addresses, strict=True)
    ]
    return rows.write_numbered(session, Device, made)


def _register(session: Session, demo: Demo, numbers: Iterator[int]) -> None:
    """Give devices to those who have a room and Internet, until so many have an address."""
    banned = sa.select(Ban.pceen_id).where(Ban.ended_at.is_(None))
    stmt = (
        sa.select(Rental)
        .where(Rental.open_room.is_not(None), Rental.pceen_id.not_in(banned))
        .order_by(Rental.id)
    )
    homes = [(one.pceen_id, one.room_num) for one in session.scalars(stmt)]
    held = session.execute(
        sa.select(Allocation.room_num, sa.func.max(Allocation.rank)).group_by(Allocation.room_num)
    )
    next_rank = {room: rank + 1 for room, rank in held}
    missing = demo.count(DEVICES) - rows.count(session, Allocation, Allocation.ended_at.is_(None))
    if not homes or missing <= 0:
        return
    chosen = [homes[number % len(homes)] for number in range(missing)]
    addresses = [_mac(next(numbers)) for _device in chosen]
    devices = _devices(session, demo, [owner for owner, _room in chosen], addresses)
    plan, now = installation.plan(), clock.now()
    allocations, history = [], []
    for (owner, room), mac, device in zip(chosen, addresses, devices, strict=True):
        rank = next_rank.get(room, 0)
        next_rank[room] = rank + 1
        ip = plan.device_address(room, rank)
        allocations.append(
            {"device_id": device, "mac_address": mac, "room_num": room, "rank": rank, "ip": ip}
        )
        history.append(
            {
                "mac_address": mac,
                "ip": ip,
                "pceen_id": owner,
                "room_num": room,
                "kind": AddressKind.room,
                "started_at": now,
            }
        )
        demo.tick()
    rows.write(session, Allocation, allocations)
    rows.write(session, NetworkHistory, history)
