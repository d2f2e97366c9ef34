"""Which address each device has, and who had which."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import AddressKind
from app.models import Allocation, BanAddress, Device, NetworkHistory, PCeen, Rental, Room
from app.modules.intrarez import queries
from app.modules.intrarez.errors import IntrarezError, NoAddressLeft
from app.modules.intrarez.rules.rentals import lowest_free
from app.modules.intrarez.service import addresses, devices, rooms
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.modules.intrarez.conftest import PLAN, Settle, ban

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def mac_of(number: int) -> str:
    return f"3c:22:fb:00:{number >> 8 & 255:02x}:{number & 255:02x}"


def register(session: Session, pceen: PCeen, number: int) -> Device:
    with transaction(session):
        return devices.register(
            session, pceen=pceen, mac=mac_of(number), name="", type="", plan=PLAN
        )


def remove(session: Session, device: Device) -> None:
    with transaction(session):
        devices.remove(session, device=device, by_gri=False)


def move(session: Session, pceen: PCeen, room_num: int) -> None:
    """Leave one's room, if one has one, and take another."""
    with transaction(session):
        rental = queries.current_rental(session, pceen.id)
        if rental is not None:
            rooms.leave(session, rental=rental, ends_on=clock.today())
        room = session.get_one(Room, room_num)
        today = clock.today()
        rooms.take(session, pceen=pceen, room=room, stay=rooms.Stay(starts_on=today), plan=PLAN)


def ip_of(session: Session, device: Device) -> str | None:
    return queries.address_of(session, device, PLAN)


# Ranks


@pytest.mark.once
@pytest.mark.parametrize(
    ("taken", "count", "found"),
    [
        (set(), 256, 0),
        ({0, 1, 2}, 256, 3),
        ({0, 2}, 256, 1),
        ({1, 2}, 256, 0),
        (set(range(255)), 256, 255),
        (set(range(256)), 256, None),
        (set(), 0, None),
        ({5, 300}, 1, 0),
    ],
)
def test_the_lowest_free_number_is_found(taken: set[int], count: int, found: int | None) -> None:
    assert lowest_free(taken, count) == found


@pytest.mark.parametrize(
    ("room_num", "first", "second"),
    [(101, "10.0.1.1", "10.1.1.1"), (716, "10.0.7.16", "10.1.7.16")],
)
def test_the_devices_of_a_room_get_its_addresses_in_order(
    session: Session, room_num: int, first: str, second: str
) -> None:
    ada = RentalFactory(room_num=room_num).pceen

    given = [ip_of(session, register(session, ada, number)) for number in range(2)]

    assert given == [first, second]


def test_a_room_gives_256_addresses_and_refuses_the_257th(session: Session) -> None:
    rental = RentalFactory(room_num=101)
    room, ada = rental.room, rental.pceen
    with transaction(session):
        for number in range(256):
            device = Device(pceen=ada, mac_address=mac_of(number))
            session.add(device)
            session.flush()
            addresses.allocate(session, device=device, room=room, plan=PLAN)
    given = session.scalars(sa.select(Allocation.ip).order_by(Allocation.rank)).all()
    assert given == [f"10.{rank}.1.1" for rank in range(256)]
    late = DeviceFactory(pceen=ada, mac_address=mac_of(256))

    with pytest.raises(NoAddressLeft) as refusal, transaction(session):
        addresses.allocate(session, device=late, room=room, plan=PLAN)

    assert "101" in refusal.value.message
    assert session.scalar(sa.select(sa.func.count(Allocation.id))) == 256


def test_a_room_without_address_refuses_the_device_and_keeps_nothing_of_it(
    session: Session,
) -> None:
    rental = RentalFactory(room_num=101)
    for rank in range(256):
        kept = {"mac_address": mac_of(rank), "room_num": 101, "rank": rank}
        session.add(Allocation(**kept, ip=f"10.{rank}.1.1", ended_at=clock.now()))
    session.commit()

    with pytest.raises(NoAddressLeft):
        register(session, rental.pceen, 256)

    assert session.scalar(sa.select(sa.func.count(Device.id))) == 0
    assert session.scalar(sa.select(sa.func.count(NetworkHistory.id))) == 0


# What is kept


@pytest.mark.parametrize(
    ("away", "address"),
    [
        (timedelta(minutes=1), "10.0.1.1"),
        (timedelta(days=29), "10.0.1.1"),
        (timedelta(days=30, seconds=-1), "10.0.1.1"),
        (timedelta(days=30), "10.0.1.1"),  # freed, and the lowest again
    ],
)
def test_a_device_removed_and_registered_again_finds_its_address(
    session: Session, away: timedelta, address: str
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        ada = RentalFactory(room_num=101).pceen
        remove(session, register(session, ada, 0))
        now.shift(away)

        again = register(session, ada, 0)

    assert ip_of(session, again) == address


@pytest.mark.parametrize(
    ("away", "address"),
    [
        (timedelta(days=30, seconds=-1), "10.2.1.1"),  # kept for the first
        (timedelta(days=30), "10.0.1.1"),
        (timedelta(days=31), "10.0.1.1"),
    ],
)
def test_the_rank_of_a_device_that_left_is_kept_thirty_days_then_given(
    session: Session, away: timedelta, address: str
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        ada = RentalFactory(room_num=101).pceen
        first = register(session, ada, 0)
        register(session, ada, 1)
        remove(session, first)
        now.shift(away)

        other = register(session, ada, 2)
        found = ip_of(session, other)

    assert found == address


def test_a_device_that_comes_too_late_finds_its_address_taken(session: Session) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        ada = RentalFactory(room_num=101).pceen
        remove(session, register(session, ada, 0))
        now.shift(timedelta(days=31))
        register(session, ada, 1)

        late = register(session, ada, 0)

    assert ip_of(session, late) == "10.1.1.1"


def test_moving_there_and_back_gives_the_same_addresses_each_time(session: Session) -> None:
    ada = RentalFactory(room_num=101).pceen
    mine = [register(session, ada, number) for number in range(2)]
    other = RentalFactory(room_num=102)
    register(session, other.pceen, 2)
    with transaction(session):
        rooms.leave(session, rental=other, ends_on=clock.today())

    seen = []
    for room_num in (102, 101, 102, 101):
        move(session, ada, room_num)
        seen.append([ip_of(session, device) for device in mine])

    there, here = ["10.1.1.2", "10.2.1.2"], ["10.0.1.1", "10.1.1.1"]
    assert seen == [there, here, there, here]


def test_who_takes_a_room_where_too_few_addresses_are_left_does_not_get_it(
    session: Session,
) -> None:
    ada = RentalFactory(room_num=101).pceen
    for number in range(2):
        register(session, ada, number)
    for rank in range(255):
        kept = {"mac_address": mac_of(1000 + rank), "room_num": 102, "rank": rank}
        session.add(Allocation(**kept, ip=f"10.{rank}.1.2", ended_at=clock.now()))
    session.commit()

    with pytest.raises(NoAddressLeft):
        move(session, ada, 102)

    rental = queries.current_rental(session, ada.id)
    assert rental is not None
    assert rental.room_num == 101


def test_the_purge_forgets_what_was_kept_long_enough_and_nothing_else(session: Session) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        ada = RentalFactory(room_num=101).pceen
        old, recent, current = (register(session, ada, number) for number in range(3))
        remove(session, old)
        now.shift(timedelta(days=1))
        remove(session, recent)
        now.shift(timedelta(days=29))

        with transaction(session):
            addresses.purge(session)

    left = session.scalars(sa.select(Allocation.mac_address).order_by(Allocation.rank)).all()
    assert left == [mac_of(1), current.mac_address]


def test_the_addresses_kept_in_a_room_can_be_freed_at_once(session: Session) -> None:
    ada = RentalFactory(room_num=101).pceen
    first = register(session, ada, 0)
    register(session, ada, 1)
    remove(session, first)

    with transaction(session):
        freed = addresses.release_room(session, room=session.get_one(Room, 101))

    assert freed == 1
    assert ip_of(session, register(session, ada, 2)) == "10.0.1.1"


# Bans


def test_each_device_of_a_banned_person_gets_an_address_of_its_own(
    session: Session, settle: Settle
) -> None:
    mine = settle(101, macs=tuple(map(mac_of, range(5))))
    (other,) = settle(102, macs=(mac_of(5),))
    before = [ip_of(session, device) for device in mine]

    made = ban(session, mine[0].pceen)
    during = [ip_of(session, device) for device in mine]
    made.ended_at = clock.now()
    session.commit()

    assert during == [f"10.0.8.{n}" for n in range(1, 6)]
    assert [ip_of(session, device) for device in mine] == before
    assert ip_of(session, other) == "10.0.1.2"


def test_a_device_registered_during_a_ban_gets_a_ban_address(session: Session) -> None:
    ada = RentalFactory(room_num=101).pceen
    ban(session, ada)

    device = register(session, ada, 0)

    assert ip_of(session, device) == "10.0.8.1"
    (row,) = session.scalars(sa.select(NetworkHistory))
    assert (row.kind, row.ip) == (AddressKind.ban, "10.0.8.1")


@pytest.mark.parametrize(
    ("taken", "address"),
    [(range(0), "10.0.8.1"), (range(253), "10.0.8.254"), (range(254), "10.0.9.1")],
)
def test_ban_addresses_never_end_in_0_or_255(
    session: Session, settle: Settle, taken: range, address: str
) -> None:
    owner = PCeenFactory()
    for slot in taken:
        device = Device(pceen=owner, mac_address=mac_of(100 + slot))
        session.add(device)
        session.flush()
        session.add(BanAddress(slot=slot, device_id=device.id))
    session.commit()
    (mine,) = settle(101, macs=(mac_of(0),))

    ban(session, mine.pceen)

    assert ip_of(session, mine) == address


def test_a_ban_address_is_the_lowest_that_is_free(session: Session, settle: Settle) -> None:
    first, second, third = (settle(n, macs=(mac_of(n),))[0] for n in (101, 102, 103))
    ban(session, first.pceen)
    ban(session, second.pceen)
    with transaction(session):
        devices.remove(session, device=first, by_gri=True)

    ban(session, third.pceen)

    assert ip_of(session, third) == "10.0.8.1"
    assert ip_of(session, second) == "10.0.8.2"


def test_a_full_ban_range_gives_no_address_rather_than_a_shared_one(
    session: Session,
    settle: Settle,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    first, second = (settle(n, macs=(mac_of(n),))[0] for n in (101, 102))
    monkeypatch.setattr(type(PLAN), "ban_slots", 1)
    ban(session, first.pceen)

    ban(session, second.pceen)

    assert "the ban range is full" in caplog.text

    assert ip_of(session, second) is None
    assert [host.mac for host in queries.hosts(session, PLAN)] == [first.mac_address]


def test_a_ban_address_is_kept_a_day_after_the_ban(session: Session, settle: Settle) -> None:
    (device,) = settle(101, macs=(mac_of(0),))
    with time_machine.travel(NOON, tick=False) as now:
        ban(session, device.pceen)
        row = session.scalars(sa.select(BanAddress)).one()
        row.ended_at = clock.now()
        session.commit()
        now.shift(timedelta(hours=24, seconds=-1))
        with transaction(session):
            addresses.purge(session)
        assert session.scalar(sa.select(sa.func.count(BanAddress.slot))) == 1
        now.shift(timedelta(seconds=1))
        with transaction(session):
            addresses.purge(session)

    assert session.scalar(sa.select(sa.func.count(BanAddress.slot))) == 0


# Who had which address


def check_history(session: Session) -> None:
    """No address was anybody's twice at once, nor a device at two addresses."""
    rows = session.scalars(sa.select(NetworkHistory).order_by(NetworkHistory.id)).all()
    for key in ("ip", "mac_address"):
        for value in {getattr(row, key) for row in rows}:
            mine = sorted(
                (row for row in rows if getattr(row, key) == value),
                key=lambda row: (row.started_at, row.id),
            )
            for before, after in pairwise(mine):
                assert before.ended_at is not None
                assert before.started_at <= before.ended_at <= after.started_at


def check_addresses(session: Session) -> None:
    """What must hold whatever was done."""
    session.expire_all()
    held = session.scalars(sa.select(Allocation)).all()
    assert all(one.ip == PLAN.device_address(one.room_num, one.rank) for one in held)
    assert len({one.ip for one in held}) == len(held)
    homes = {
        rental.pceen_id: rental.room_num
        for rental in session.scalars(sa.select(Rental).where(Rental.closed_at.is_(None)))
    }
    owners = {device.id: device for device in session.scalars(sa.select(Device))}
    live = {(one.device_id, one.room_num) for one in held if one.ended_at is None}
    housed = {d.id: homes[d.pceen_id] for d in owners.values() if d.pceen_id in homes}
    assert live == set(housed.items())
    for one in held:
        if one.device_id is not None:
            assert owners[one.device_id].mac_address == one.mac_address
    still = sa.select(NetworkHistory).where(NetworkHistory.ended_at.is_(None))
    now = {row.mac_address: row.ip for row in session.scalars(still)}
    hosts = queries.hosts(session, PLAN)
    assert now == {host.mac: host.address for host in hosts}
    assert {host.device_id for host in hosts} == set(housed)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_people_do_addresses_stay_as_they_must(session: Session, seed: int) -> None:
    chance = random.Random(seed)
    people = [PCeenFactory() for _ in range(6)]
    with time_machine.travel(NOON, tick=False) as now:
        for step in range(200):
            someone = chance.choice(people)
            mine = list(queries.own_devices(session, someone.id))
            try:
                match chance.choice(["register", "register", "remove", "move", "leave", "wait"]):
                    case "register":
                        register(session, someone, chance.randrange(12))
                    case "remove" if mine:
                        remove(session, chance.choice(mine))
                    case "move":
                        move(session, someone, chance.choice([101, 102, 716]))
                    case "leave":
                        with transaction(session):
                            rental = queries.own_rental(session, someone.id)
                            rooms.leave(session, rental=rental, ends_on=clock.today())
                    case "wait":
                        now.shift(timedelta(days=chance.choice([0, 1, 20])))
                        with transaction(session):
                            addresses.purge(session)
            except IntrarezError:
                session.rollback()
            now.shift(timedelta(seconds=1))
            if step % 10 == 9:
                check_addresses(session)
    check_addresses(session)
    check_history(session)
    assert session.scalar(sa.select(sa.func.count(NetworkHistory.id))) > 10
