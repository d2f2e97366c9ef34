"""Registering devices, naming them, removing them."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.models import (
    Allocation,
    AuditEvent,
    BanAddress,
    Base,
    Device,
    NetworkHistory,
    PCeen,
)
from app.modules.intrarez import errors, queries
from app.modules.intrarez.choices import DEVICE_LIMIT
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.service import devices
from tests.conftest import Outbox
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.modules.intrarez.conftest import PLAN, Settle, ban

MAC, OTHER = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02"


def register(session: Session, pceen: PCeen, mac: str = MAC, **values: str | None) -> Device:
    said = {"name": "Mon portable", "type": "Mac"} | values
    with transaction(session):
        return devices.register(session, pceen=pceen, mac=mac, plan=PLAN, **said)


def rows(session: Session) -> dict[str, int]:
    """How many rows each table of the devices has."""
    tables: list[type[Base]] = [Device, Allocation, NetworkHistory, AuditEvent]
    return {
        table.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in tables
    }


# Registering


def test_a_device_has_its_address_and_its_history_from_the_start(
    session: Session, outbox: Outbox
) -> None:
    ada = RentalFactory(room_num=305).pceen

    device = register(session, ada)

    assert (device.pceen_id, device.name, device.type, device.version) == (
        ada.id,
        "Mon portable",
        "Mac",
        1,
    )
    assert device.last_seen_at is None
    assert queries.address_of(session, device, PLAN) == "10.0.3.5"
    history = session.scalars(sa.select(NetworkHistory)).one()
    assert (history.mac_address, history.ip, history.room_num) == (MAC, "10.0.3.5", 305)
    assert (history.pceen_id, history.ended_at) == (ada.id, None)
    assert outbox() == [RefreshNetwork()]


@pytest.mark.parametrize("nothing", ["", None])
def test_a_name_left_empty_is_no_name(session: Session, nothing: str | None) -> None:
    ada = RentalFactory().pceen

    device = register(session, ada, name=nothing, type=nothing)

    assert (device.name, device.type) == (None, None)


def test_who_has_no_room_registers_nothing(session: Session) -> None:
    ada = PCeenFactory(slugs=["rezident"])
    before = rows(session)

    with pytest.raises(errors.NoRoom):
        register(session, ada)

    assert rows(session) == before


@pytest.mark.parametrize("is_mine", [True, False])
def test_a_device_known_already_is_refused_without_a_word_on_whose_it_is(
    session: Session, outbox: Outbox, is_mine: bool
) -> None:
    ada = RentalFactory(pceen__prenom="Ada", pceen__nom="Lovelace").pceen
    register(session, ada)
    asking = ada if is_mine else RentalFactory().pceen
    before, waiting = rows(session), outbox()

    with pytest.raises(errors.KnownAlready) as refusal:
        register(session, asking)

    assert "Lovelace" not in refusal.value.message
    assert (rows(session), outbox()) == (before, waiting)


def test_ten_devices_are_accepted_and_the_eleventh_refused(session: Session) -> None:
    ada = RentalFactory().pceen
    for number in range(10):
        register(session, ada, f"3c:22:fb:00:01:{number:02x}")
    before = rows(session)

    with pytest.raises(errors.TooManyDevices) as refusal:
        register(session, ada)

    assert "10" in refusal.value.message
    assert rows(session) == before


def test_the_limit_is_the_gris_to_choose(session: Session) -> None:
    ada = RentalFactory().pceen
    DEVICE_LIMIT.set(session, 1)
    session.commit()
    register(session, ada)

    with pytest.raises(errors.TooManyDevices):
        register(session, ada, OTHER)


def test_the_devices_of_others_do_not_count(session: Session) -> None:
    DEVICE_LIMIT.set(session, 1)
    session.commit()
    register(session, RentalFactory().pceen)

    assert register(session, RentalFactory().pceen, OTHER).id


# Naming


def describe(session: Session, device: Device, **values: object) -> None:
    wanted = {"name": "Autre", "type": "PC", "version": device.version} | values
    with transaction(session):
        devices.describe(session, device=device, **wanted)


def test_a_name_is_changed_and_the_network_left_alone(session: Session, outbox: Outbox) -> None:
    device = DeviceFactory(name="Avant", type="Mac")

    describe(session, device)

    assert (device.name, device.type, device.version) == ("Autre", "PC", 2)
    assert outbox() == []
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.before, event.after) == (
        {"name": "Avant", "type": "Mac"},
        {"name": "Autre", "type": "PC"},
    )


@pytest.mark.parametrize("version", [0, 2, 99])
def test_a_name_changed_meanwhile_is_not_written_over(session: Session, version: int) -> None:
    device = DeviceFactory(name="Avant")

    with pytest.raises(errors.StaleVersion):
        describe(session, device, version=version)

    session.refresh(device)
    assert (device.name, device.version) == ("Avant", 1)


# Removing


def remove(session: Session, device: Device, *, by_gri: bool = False) -> None:
    with transaction(session):
        devices.remove(session, device=device, by_gri=by_gri)


def test_a_device_that_is_removed_leaves_its_address_kept_for_it(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    (device,) = settle(305, macs=(MAC,))

    remove(session, device)

    assert session.scalars(sa.select(Device)).all() == []
    kept = session.scalars(sa.select(Allocation)).one()
    assert (kept.mac_address, kept.ip, kept.device_id) == (MAC, "10.0.3.5", None)
    history = session.scalars(sa.select(NetworkHistory)).one()
    assert None not in (kept.ended_at, history.ended_at)
    assert outbox() == [RefreshNetwork()]


def test_a_banned_owner_does_not_remove_a_device(session: Session, settle: Settle) -> None:
    (device,) = settle(305, macs=(MAC,))
    ban(session, device.pceen)

    with pytest.raises(errors.BannedOwner):
        remove(session, device)

    assert queries.address_of(session, device, PLAN) == "10.0.8.1"


def test_a_gri_removes_the_device_of_someone_banned(session: Session, settle: Settle) -> None:
    (device,) = settle(305, macs=(MAC,))
    ban(session, device.pceen)

    remove(session, device, by_gri=True)

    assert session.scalars(sa.select(BanAddress)).all() == []
    still = sa.select(NetworkHistory.id).where(NetworkHistory.ended_at.is_(None))
    assert session.scalars(still).all() == []


def test_a_ban_that_is_over_keeps_nobody_from_removing(session: Session, settle: Settle) -> None:
    (device,) = settle(305, macs=(MAC,))
    made = ban(session, device.pceen)
    made.ended_at = clock.now()
    session.commit()

    remove(session, device)

    assert session.scalars(sa.select(Device)).all() == []


def test_a_device_removed_meanwhile_does_not_exist(session: Session) -> None:
    device = DeviceFactory()
    session.execute(sa.delete(Device).execution_options(synchronize_session=False))
    session.commit()

    with pytest.raises(errors.NoSuchDevice):
        remove(session, device)
    with pytest.raises(errors.NoSuchDevice), transaction(session):
        devices.describe(session, device=device, name="", type="", version=1)


# Reading


def test_the_latest_seen_device_comes_first_and_those_never_seen_last(session: Session) -> None:
    ada = PCeenFactory()
    never, late, early = (
        DeviceFactory(pceen=ada, last_seen_at=seen)
        for seen in (None, clock.now(), clock.day_start(clock.today()))
    )

    assert list(queries.devices_of(session, ada.id)) == [late, early, never]


@pytest.mark.parametrize("key", [0, 999_999, 2**31, 2**63, 10**30])
def test_a_device_of_an_impossible_number_does_not_exist(session: Session, key: int) -> None:
    with pytest.raises(errors.NoSuchDevice):
        queries.device(session, key)
