"""Taking a room, and leaving it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import RentalEnd
from app.models import Allocation, AuditEvent, OutboxEntry, PCeen, Rental, Room
from app.modules.intrarez import errors, queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.rules.rentals import check_dates, check_departure
from app.modules.intrarez.service import rooms
from tests.conftest import Outbox
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.modules.intrarez.conftest import PLAN, Settle

TODAY = date(2026, 11, 24)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MACS = ("3c:22:fb:00:00:01", "3c:22:fb:00:00:02")


def take(session: Session, pceen: PCeen, num: int, **dates: date | None) -> Rental:
    wanted = {"starts_on": clock.today(), "ends_on": None} | dates
    with transaction(session):
        room = session.get_one(Room, num)
        return rooms.take(session, pceen=pceen, room=room, stay=rooms.Stay(**wanted), plan=PLAN)


# Dates


@pytest.mark.once
@pytest.mark.parametrize(
    ("starts_on", "ends_on", "refusal"),
    [
        (TODAY, None, None),
        (date(2020, 1, 1), None, None),
        (TODAY, TOMORROW, None),
        (TOMORROW, None, errors.StartsTooLate),
        (TOMORROW, date(2027, 1, 1), errors.StartsTooLate),
        (TODAY, TODAY, errors.EndsTooEarly),
        (YESTERDAY, TODAY, errors.EndsTooEarly),
        (TODAY, YESTERDAY, errors.EndsTooEarly),
    ],
)
def test_a_rental_begins_today_at_the_latest_and_ends_tomorrow_at_the_earliest(
    starts_on: date, ends_on: date | None, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        check_dates(starts_on=starts_on, ends_on=ends_on, today=TODAY)
        return
    with pytest.raises(refusal):
        check_dates(starts_on=starts_on, ends_on=ends_on, today=TODAY)


@pytest.mark.once
@pytest.mark.parametrize(
    ("starts_on", "ends_on", "refusal"),
    [
        (YESTERDAY, YESTERDAY, None),
        (YESTERDAY, TODAY, None),
        (TODAY, TODAY, None),
        (YESTERDAY, TOMORROW, errors.LeavesTooLate),
        (TODAY, YESTERDAY, errors.EndsBeforeStart),
    ],
)
def test_a_room_is_left_between_its_first_day_and_today(
    starts_on: date, ends_on: date, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        check_departure(starts_on=starts_on, ends_on=ends_on, today=TODAY)
        return
    with pytest.raises(refusal):
        check_departure(starts_on=starts_on, ends_on=ends_on, today=TODAY)


@pytest.mark.once
@pytest.mark.parametrize(
    ("ends_on", "day", "is_current"),
    [
        (None, date(2099, 1, 1), True),
        (date(2027, 3, 1), date(2027, 2, 28), True),
        (date(2027, 3, 1), date(2027, 3, 1), False),
        (date(2027, 3, 1), date(2027, 3, 2), False),
    ],
)
def test_the_last_day_of_a_rental_is_the_first_without_the_room(
    ends_on: date | None, day: date, is_current: bool
) -> None:
    rental = Rental(starts_on=date(2026, 9, 1), ends_on=ends_on)

    assert rental.is_current_on(day) is is_current


@pytest.mark.parametrize(
    ("instant", "room"),
    [("2027-02-28T22:59:59+00:00", 101), ("2027-02-28T23:00:00+00:00", None)],
)
def test_the_day_is_that_of_paris(session: Session, instant: str, room: int | None) -> None:
    rental = RentalFactory(room_num=101, starts_on=date(2026, 9, 1), ends_on=date(2027, 3, 1))

    with time_machine.travel(instant, tick=False):
        found = queries.current_rental(session, rental.pceen_id)

    assert (found and found.room_num) == room


# Taking one


def test_taking_a_free_room_gives_an_address_to_each_device(
    session: Session, outbox: Outbox
) -> None:
    ada = PCeenFactory()
    mine = [DeviceFactory(pceen=ada, mac_address=mac) for mac in MACS]

    rental = take(session, ada, 305)

    assert (rental.open_room, rental.open_pceen, rental.closed_at) == (305, ada.id, None)
    found = {device.id: queries.address_of(session, device, PLAN) for device in mine}
    assert list(found.values()) == ["10.0.3.5", "10.1.3.5"]
    assert outbox() == [RefreshNetwork()]
    assert session.scalars(sa.select(AuditEvent.action)).all()[-1] == "intrarez.rental.open"


def test_a_room_that_someone_has_is_refused_and_nothing_changes(
    session: Session, outbox: Outbox
) -> None:
    RentalFactory(room_num=305)
    bob = PCeenFactory()

    with pytest.raises(errors.RoomTaken) as refusal:
        take(session, bob, 305)

    assert "305" in refusal.value.message
    assert queries.current_rental(session, bob.id) is None
    assert session.scalar(sa.select(sa.func.count(Rental.id))) == 1
    assert outbox() == []


@pytest.mark.parametrize("num", [305, 306])
def test_who_has_a_room_cannot_take_another(session: Session, num: int) -> None:
    ada = RentalFactory(room_num=305).pceen

    with pytest.raises(errors.HasRoomAlready):
        take(session, ada, num)

    rental = queries.current_rental(session, ada.id)
    assert rental is not None
    assert rental.room_num == 305


@pytest.mark.parametrize("whose", ["mine", "theirs", "both"])
def test_a_rental_that_is_over_blocks_nobody_even_before_the_worker_saw_it(
    session: Session, whose: str
) -> None:
    ada = PCeenFactory()
    past = {"starts_on": YESTERDAY, "ends_on": TODAY}
    with time_machine.travel(NOON, tick=False):
        over = []
        if whose in ("mine", "both"):
            over.append(RentalFactory(pceen=ada, room_num=101, **past))
        if whose in ("theirs", "both"):
            over.append(RentalFactory(room_num=305, **past))

        rental = take(session, ada, 305)

    assert rental.open_room == 305
    assert {one.close_kind for one in over} == {RentalEnd.expired}
    assert all(one.open_room is None and one.ends_on == TODAY for one in over)


def test_the_devices_of_who_was_there_before_lose_their_addresses(
    session: Session, settle: Settle
) -> None:
    with time_machine.travel(NOON, tick=False):
        (former,) = settle(305, macs=MACS[:1], starts_on=YESTERDAY, ends_on=TODAY)
        ada = PCeenFactory()
        mine = DeviceFactory(pceen=ada, mac_address=MACS[1])

        take(session, ada, 305)

    assert queries.address_of(session, mine, PLAN) == "10.1.3.5"
    assert queries.address_of(session, former, PLAN) is None
    ended = sa.select(Allocation.ended_at).where(Allocation.device_id == former.id)
    assert session.scalars(ended).one() == NOON


@pytest.mark.parametrize(
    "dates", [{"starts_on": TOMORROW}, {"ends_on": TODAY}, {"ends_on": YESTERDAY}]
)
def test_a_room_taken_with_impossible_dates_is_still_free(
    session: Session, dates: dict[str, date]
) -> None:
    with time_machine.travel(NOON, tick=False), pytest.raises(errors.IntrarezError):
        take(session, PCeenFactory(), 305, **dates)

    assert session.scalar(sa.select(sa.func.count(Rental.id))) == 0


def test_the_database_itself_refuses_a_second_tenant(session: Session) -> None:
    RentalFactory(room_num=305)

    with pytest.raises(sa.exc.IntegrityError):
        RentalFactory(room_num=305)
    session.rollback()


def test_the_database_itself_refuses_a_second_room(session: Session) -> None:
    ada = RentalFactory(room_num=305).pceen

    with pytest.raises(sa.exc.IntegrityError):
        RentalFactory(room_num=306, pceen=ada)
    session.rollback()


# Changing its dates


def change(session: Session, rental: Rental, **values: object) -> None:
    version = values.pop("version", rental.version)
    stay = rooms.Stay(**{"starts_on": rental.starts_on} | values)
    with transaction(session):
        rooms.change_dates(session, rental=rental, stay=stay, version=version)


def test_changing_the_dates_refreshes_the_network_once(session: Session, outbox: Outbox) -> None:
    with time_machine.travel(NOON, tick=False):
        rental = RentalFactory(room_num=305)

        change(session, rental, starts_on=YESTERDAY, ends_on=TOMORROW)

    assert (rental.starts_on, rental.ends_on, rental.version) == (YESTERDAY, TOMORROW, 2)
    assert outbox() == [RefreshNetwork()]
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.before, event.after) == (
        {"room": 305, "start": "2026-11-24", "end": None},
        {"room": 305, "start": "2026-11-23", "end": "2026-11-25"},
    )


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"starts_on": TOMORROW}, errors.StartsTooLate),
        ({"ends_on": TODAY}, errors.EndsTooEarly),
        ({"version": 0}, errors.StaleVersion),
        ({"version": 2}, errors.StaleVersion),
    ],
)
def test_a_refused_change_changes_nothing(
    session: Session, outbox: Outbox, values: dict[str, object], refusal: type[Exception]
) -> None:
    with time_machine.travel(NOON, tick=False):
        rental = RentalFactory(room_num=305)
        with pytest.raises(refusal):
            change(session, rental, **values)

    session.refresh(rental)
    assert (rental.starts_on, rental.ends_on, rental.version) == (TODAY, None, 1)
    assert outbox() == []


def test_a_rental_that_is_closed_cannot_be_changed(session: Session) -> None:
    rental = RentalFactory(room_num=305)
    with transaction(session):
        rooms.leave(session, rental=rental, ends_on=clock.today())

    with pytest.raises(errors.NoRoom):
        change(session, rental)


# Leaving it


def test_leaving_a_room_frees_it_and_keeps_the_devices(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    with time_machine.travel(NOON, tick=False):
        mine = settle(305, macs=MACS, starts_on=YESTERDAY)
        rental = queries.own_rental(session, mine[0].pceen_id)

        with transaction(session):
            rooms.leave(session, rental=rental, ends_on=YESTERDAY)

    assert (rental.ends_on, rental.close_kind) == (YESTERDAY, RentalEnd.owner)
    assert (rental.closed_at, rental.open_room, rental.open_pceen) == (NOON, None, None)
    assert set(session.scalars(sa.select(Allocation.ended_at))) == {NOON}
    assert len(queries.own_devices(session, rental.pceen_id)) == 2
    assert queries.hosts(session, PLAN) == []
    assert outbox() == [RefreshNetwork()]


def test_a_room_is_left_once(session: Session) -> None:
    rental = RentalFactory(room_num=305)
    with transaction(session):
        rooms.leave(session, rental=rental, ends_on=clock.today())
    refreshes = session.scalar(sa.select(sa.func.count(OutboxEntry.id)))

    with pytest.raises(errors.NoRoom), transaction(session):
        rooms.leave(session, rental=rental, ends_on=clock.today())

    assert session.scalar(sa.select(sa.func.count(OutboxEntry.id))) == refreshes


def test_leaving_tomorrow_is_leaving_too_late(session: Session) -> None:
    rental = RentalFactory(room_num=305)

    with pytest.raises(errors.LeavesTooLate), transaction(session):
        rooms.leave(session, rental=rental, ends_on=clock.today() + timedelta(days=1))

    session.refresh(rental)
    assert (rental.ends_on, rental.closed_at) == (None, None)


def test_former_rooms_are_told_the_latest_first_and_not_the_current_one(
    session: Session,
) -> None:
    ada = PCeenFactory()
    for day, num in enumerate([101, 102, 103]):
        with time_machine.travel(NOON + timedelta(days=day), tick=False):
            rental = take(session, ada, num)
            if num != 103:
                with transaction(session):
                    rooms.leave(session, rental=rental, ends_on=clock.today())

    with time_machine.travel(NOON + timedelta(days=3), tick=False):
        former = queries.former_rentals(session, ada.id)

    assert [rental.room_num for rental in former] == [102, 101]
