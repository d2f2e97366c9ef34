"""Writing the DHCP rules: from the database to the file."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import DhcpResult
from app.integrations import dhcp_server
from app.models import (
    Allocation,
    AuditEvent,
    Device,
    DhcpRun,
    Rental,
    defer,
)
from app.modules.intrarez import jobs, queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.mails import RulesNotWritten
from app.modules.intrarez.rules import dhcp as rules
from app.modules.intrarez.service import dhcp
from app.modules.intrarez.service.dhcp import Target
from app.web.module import all_effects
from app.worker import run_due
from tests.conftest import Login, Outbox
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.modules.intrarez.conftest import PLAN, Serve, Settle, ban
from tests.modules.intrarez.test_dhcp_rules import EMPTY, EXAMPLES, FORMATS

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ADMINS = ("gri@example.org",)


@pytest.fixture(autouse=True)
def _without_checkers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers' own checkers are tried elsewhere, and take a while."""
    monkeypatch.setattr(dhcp_server, "check_with_server", lambda *_: None)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(path=tmp_path / "hosts", format="dhcpd", plan=PLAN, admins=ADMINS)


def mac_of(number: int) -> str:
    return f"3c:22:fb:00:{number >> 8 & 255:02x}:{number & 255:02x}"


def served(target: Target) -> list[rules.ParsedHost]:
    return rules.parse(target.path.read_text(), target.format)


def fill_room(settle: Settle, count: int) -> list[Device]:
    return settle(101, macs=tuple(map(mac_of, range(count))))


def forget(session: Session, devices: list[Device]) -> None:
    """Take these devices away from the rules, in no time."""
    keys = [device.id for device in devices]
    session.execute(
        sa.update(Allocation).values(ended_at=clock.now()).filter(Allocation.device_id.in_(keys))
    )
    session.commit()


# What is written


def examples(session: Session) -> None:
    """The database of the examples of network-b B3.1."""
    ada, bob = RentalFactory(room_num=101).pceen, RentalFactory(room_num=716).pceen
    for key, owner, mac, room_num, ip in (
        (12, ada, "3c:22:fb:0a:1b:2c", 101, "10.0.1.1"),
        (57, bob, "a4:83:e7:5d:60:71", 716, "10.0.7.16"),
    ):
        DeviceFactory(id=key, pceen=owner, mac_address=mac)
        session.add(Allocation(device_id=key, mac_address=mac, room_num=room_num, rank=0, ip=ip))
    session.commit()
    ban(session, bob)


@pytest.mark.parametrize("dhcp_format", FORMATS)
def test_the_examples_are_written_byte_for_byte(
    session: Session, tmp_path: Path, dhcp_format: str
) -> None:
    target = Target(path=tmp_path / "hosts", format=dhcp_format, plan=PLAN)
    examples(session)

    run = dhcp.publish(session, target=target)

    assert target.path.read_bytes() == EXAMPLES[dhcp_format]
    assert (run.result, run.hosts, run.added) == (DhcpResult.written, 2, 2)
    assert (run.removed, run.changed, run.error, run.format) == (0, 0, None, dhcp_format)


@pytest.mark.parametrize("dhcp_format", FORMATS)
def test_no_device_gives_the_header_alone(
    session: Session, tmp_path: Path, dhcp_format: str
) -> None:
    target = Target(path=tmp_path / "hosts", format=dhcp_format, plan=PLAN)

    run = dhcp.publish(session, target=target)

    assert target.path.read_bytes() == EMPTY[dhcp_format]
    assert (run.result, run.hosts) == (DhcpResult.written, 0)


def test_rules_that_did_not_change_are_not_written_again(session: Session, target: Target) -> None:
    examples(session)
    dhcp.publish(session, target=target)
    before = target.path.stat()

    run = dhcp.publish(session, target=target)

    after = target.path.stat()
    assert run.result is DhcpResult.unchanged
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("dhcp_format", FORMATS)
def test_nothing_that_people_type_goes_into_the_file(
    session: Session, tmp_path: Path, settle: Settle, dhcp_format: str
) -> None:
    target = Target(path=tmp_path / "hosts", format=dhcp_format, plan=PLAN)
    (device,) = settle(101, macs=(mac_of(0),))
    device.name = device.type = "x { } option domain-name-servers 6.6.6.6; host y"
    device.pceen.rename(prenom="}\ninclude", nom="6.6.6.6")
    session.commit()

    dhcp.publish(session, target=target)

    text = target.path.read_text()
    assert "6.6.6.6" not in text
    assert "include" not in text
    assert len(rules.parse(text, dhcp_format)) == 1


def leaves(session: Session, rental: Rental) -> None:
    rental.ends_on = clock.today()


def left_by_closing(session: Session, rental: Rental) -> None:
    rental.closed_at, rental.open_room, rental.open_pceen = clock.now(), None, None


def is_disabled(session: Session, rental: Rental) -> None:
    rental.pceen.disabled_at = clock.now()


def has_no_device(session: Session, rental: Rental) -> None:
    session.execute(sa.delete(Allocation))
    session.execute(sa.delete(Device).where(Device.pceen_id == rental.pceen_id))


def has_no_address_there(session: Session, rental: Rental) -> None:
    session.execute(sa.update(Allocation).values(ended_at=clock.now()))


@pytest.mark.parametrize(
    "happens", [leaves, left_by_closing, is_disabled, has_no_device, has_no_address_there]
)
def test_who_has_no_right_to_internet_any_more_has_no_host(
    session: Session, target: Target, settle: Settle, happens: Callable[[Session, Rental], None]
) -> None:
    fill_room(settle, 2)
    dhcp.publish(session, target=target)
    assert len(served(target)) == 2

    happens(session, session.scalars(sa.select(Rental)).one())
    session.commit()
    run = dhcp.publish(session, target=target)

    assert served(target) == []
    assert (run.result, run.removed) == (DhcpResult.written, 2)


def test_a_rental_gives_internet_until_the_eve_of_its_end(
    session: Session, target: Target, settle: Settle
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        settle(101, macs=(mac_of(0),), ends_on=clock.today() + timedelta(days=1))
        counts = []
        for instant in ("2026-11-24T22:59:59+00:00", "2026-11-24T23:00:00+00:00"):
            now.move_to(datetime.fromisoformat(instant))
            counts.append(dhcp.publish(session, target=target).hosts)

    assert counts == [1, 0]


def test_a_ban_moves_the_devices_to_its_range_and_back(
    session: Session, target: Target, settle: Settle
) -> None:
    (device,) = settle(101, macs=(mac_of(0),))
    dhcp.publish(session, target=target)

    made = ban(session, device.pceen)
    during = dhcp.publish(session, target=target)
    (host,) = served(target)
    made.ended_at = clock.now()
    session.commit()
    after = dhcp.publish(session, target=target)

    assert host.address == "10.0.8.1"
    assert (during.changed, after.changed) == (1, 1)
    assert [one.address for one in served(target)] == ["10.0.1.1"]


@pytest.mark.parametrize(
    ("starts", "ends", "address"),
    [
        (timedelta(seconds=1), None, "10.0.1.1"),
        (timedelta(0), None, "10.0.8.1"),
        (timedelta(days=-1), timedelta(seconds=1), "10.0.8.1"),
        (timedelta(days=-1), timedelta(0), "10.0.1.1"),
    ],
)
def test_a_ban_weighs_from_its_start_to_its_end(
    session: Session,
    target: Target,
    settle: Settle,
    starts: timedelta,
    ends: timedelta | None,
    address: str,
) -> None:
    with time_machine.travel(NOON, tick=False):
        (device,) = settle(101, macs=(mac_of(0),))
        made = ban(session, device.pceen)
        made.starts_at = NOON + starts
        made.ends_at = None if ends is None else NOON + ends
        session.commit()

        dhcp.publish(session, target=target)

    assert [host.address for host in served(target)] == [address]


# What is refused


@pytest.mark.parametrize(
    "wrong",
    [
        "10.0.1.2",  # of another room
        "10.0.0.1",
        "10.0.0.150",
        "10.0.8.1",
        "10.0.1.256",
        "192.168.1.1",
        "10.0.1.255",
        "};include",
    ],
)
def test_an_address_spoilt_in_the_database_leaves_the_served_file_as_it_was(
    session: Session, target: Target, settle: Settle, outbox: Outbox, wrong: str
) -> None:
    fill_room(settle, 2)
    dhcp.publish(session, target=target)
    before = target.path.read_bytes()
    session.execute(sa.update(Allocation).where(Allocation.rank == 0).values(ip=wrong))
    session.commit()

    run = dhcp.publish(session, target=target)

    assert run.result is DhcpResult.refused
    assert run.error is not None
    assert target.path.read_bytes() == before
    (mail,) = [one for one in outbox() if isinstance(one, RulesNotWritten)]
    assert (mail.to, mail.cause) == ("gri@example.org", run.error)


@pytest.mark.parametrize("wrong", ["01:00:5e:00:00:01", "3c:22", "00:00:00:00:00:00", "x;y"])
def test_a_device_address_spoilt_in_the_database_is_refused(
    session: Session, target: Target, settle: Settle, wrong: str
) -> None:
    fill_room(settle, 1)
    session.execute(sa.update(Device).values(mac_address=wrong))
    session.commit()

    run = dhcp.publish(session, target=target)

    assert run.result is DhcpResult.refused
    assert not target.path.exists()


def test_what_the_server_itself_refuses_is_not_served(
    session: Session, target: Target, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_room(settle, 1)
    monkeypatch.setattr(dhcp_server, "check_with_server", lambda *_: "line 3: no")

    refused = dhcp.publish(session, target=target)
    unchecked = dhcp.publish(session, target=target, check=False)

    assert (refused.result, refused.error) == (DhcpResult.refused, "line 3: no")
    assert unchecked.result is DhcpResult.written


@pytest.mark.parametrize(
    ("before", "after", "result"),
    [
        (100, 79, DhcpResult.refused),
        (100, 80, DhcpResult.written),
        (10, 7, DhcpResult.refused),
        (10, 8, DhcpResult.written),
        (9, 0, DhcpResult.written),
    ],
)
def test_many_hosts_do_not_disappear_at_once_without_a_word(
    session: Session,
    target: Target,
    settle: Settle,
    before: int,
    after: int,
    result: DhcpResult,
) -> None:
    devices = fill_room(settle, before)
    dhcp.publish(session, target=target)
    forget(session, devices[after:])

    run = dhcp.publish(session, target=target)

    assert run.result is result
    assert dhcp.is_drop(run) is (result is DhcpResult.refused)
    assert len(served(target)) == (before if result is DhcpResult.refused else after)


def test_a_gri_may_force_what_the_guard_refuses_and_it_is_written_down(
    session: Session, target: Target, settle: Settle
) -> None:
    devices = fill_room(settle, 100)
    dhcp.publish(session, target=target)
    forget(session, devices[79:])

    run = dhcp.publish(session, target=target, force=True)

    assert (run.result, run.removed) == (DhcpResult.written, 21)
    forced = sa.select(AuditEvent.after).where(AuditEvent.action == "intrarez.dhcp.force")
    assert session.scalars(forced).all() == [{"hosts": 79}]


def test_forcing_does_not_serve_rules_that_are_wrong(
    session: Session, target: Target, settle: Settle
) -> None:
    fill_room(settle, 1)
    session.execute(sa.update(Allocation).values(ip="10.0.0.1"))
    session.commit()

    assert dhcp.publish(session, target=target, force=True).result is DhcpResult.refused


@pytest.mark.parametrize(
    "found",
    [b"edited by hand\n", b"\xff\xfe\x00", b"# " + b"x" * (4 << 20), b"", b"host r1-d1 {\n"],
    ids=["words", "bytes", "too-long", "empty", "cut"],
)
def test_a_file_that_someone_spoilt_is_replaced(
    session: Session, target: Target, settle: Settle, found: bytes
) -> None:
    fill_room(settle, 20)
    target.path.write_bytes(found)

    run = dhcp.publish(session, target=target)

    assert run.result is DhcpResult.written
    assert len(served(target)) == 20


def test_a_file_with_the_line_ends_of_windows_is_repaired(
    session: Session, target: Target, settle: Settle
) -> None:
    fill_room(settle, 1)
    dhcp.publish(session, target=target)
    right = target.path.read_bytes()
    target.path.write_bytes(right.replace(b"\n", b"\r\n"))

    run = dhcp.publish(session, target=target)

    assert run.result is DhcpResult.written
    assert target.path.read_bytes() == right


# When it cannot be written


def causes(outbox: Outbox) -> list[str]:
    return [effect.cause for effect in outbox() if isinstance(effect, RulesNotWritten)]


def test_a_directory_that_is_missing_is_a_failure_said_once(
    session: Session, target: Target, settle: Settle, outbox: Outbox
) -> None:
    fill_room(settle, 1)
    away = Target(
        path=target.path.parent / "away" / "hosts", format="dhcpd", plan=PLAN, admins=ADMINS
    )

    runs = [dhcp.publish(session, target=away) for _ in range(3)]

    assert {run.result for run in runs} == {DhcpResult.failed}
    assert str(away.path.parent) in (runs[0].error or "")
    assert len(causes(outbox)) == 1


def test_each_new_cause_is_said(
    session: Session, target: Target, settle: Settle, outbox: Outbox
) -> None:
    fill_room(settle, 1)
    away = Target(
        path=target.path.parent / "away" / "hosts", format="dhcpd", plan=PLAN, admins=ADMINS
    )
    dhcp.publish(session, target=away)
    session.execute(sa.update(Allocation).values(ip="10.0.0.1"))
    session.commit()
    dhcp.publish(session, target=target)
    dhcp.publish(session, target=target)

    assert len(causes(outbox)) == len(set(causes(outbox))) == 2


def test_a_fault_that_comes_back_after_a_success_is_said_again(
    session: Session, target: Target, settle: Settle, outbox: Outbox
) -> None:
    fill_room(settle, 1)
    away = Target(
        path=target.path.parent / "away" / "hosts", format="dhcpd", plan=PLAN, admins=ADMINS
    )
    for place in (away, target, away):
        dhcp.publish(session, target=place)

    assert len(causes(outbox)) == 2


def test_without_a_gri_to_tell_a_failure_is_only_kept(
    session: Session, tmp_path: Path, outbox: Outbox
) -> None:
    away = Target(path=tmp_path / "away" / "hosts", format="dhcpd", plan=PLAN)

    dhcp.publish(session, target=away)

    assert outbox() == []
    assert session.scalars(sa.select(DhcpRun.result)).all() == [DhcpResult.failed]


def test_registering_a_device_does_not_depend_on_the_file(
    app: Flask,
    session: Session,
    login: Login,
    serve: Serve,
    mailbox: list[EmailMessage],
) -> None:
    place = serve()
    place.path.parent.rmdir()
    with app.app_context(), time_machine.travel(NOON, tick=False) as now:
        ada = RentalFactory(room_num=101).pceen
        browser = login(ada)

        answer = browser.post("/devices/register", data={"mac_address": mac_of(0)})
        run_due(session, all_effects())
        run_due(session, all_effects())

        assert answer.status_code == 303
        run = queries.last_run(session)
        assert run is not None
        assert run.result is DhcpResult.failed
        assert len(mailbox) == 1

        place.path.parent.mkdir()
        for _ in range(11):
            now.shift(timedelta(minutes=1))
            jobs.TICK.run(session)

    assert [host.mac for host in served(place)] == [mac_of(0)]
    assert len(mailbox) == 1


def test_refreshes_that_wait_together_are_one_run(
    app: Flask, session: Session, serve: Serve, settle: Settle
) -> None:
    place = serve()
    fill_room(settle, 1)
    for _ in range(10):
        defer(session, RefreshNetwork())
    session.commit()

    with app.app_context():
        tried = run_due(session, all_effects())

    assert tried == 1
    assert session.scalar(sa.select(sa.func.count(DhcpRun.id))) == 1
    assert len(served(place)) == 1


# What it costs


def crowd(session: Session, per_room: int) -> int:
    """As many devices in each room, in few statements; return how many."""
    people = [PCeenFactory.build() for _ in PLAN.rooms()]
    session.add_all(people)
    session.flush()
    today = clock.today()
    rentals, devices, allocations = [], [], []
    for pceen, room_num in zip(people, PLAN.rooms(), strict=True):
        rentals.append(
            {
                "pceen_id": pceen.id,
                "room_num": room_num,
                "starts_on": today,
                "open_room": room_num,
                "open_pceen": pceen.id,
            }
        )
        for rank in range(per_room):
            key = len(devices) + 1
            mac = mac_of(key)
            devices.append({"id": key, "pceen_id": pceen.id, "mac_address": mac})
            allocations.append(
                {
                    "device_id": key,
                    "mac_address": mac,
                    "room_num": room_num,
                    "rank": rank,
                    "ip": PLAN.device_address(room_num, rank),
                }
            )
    for model, rows in ((Rental, rentals), (Device, devices), (Allocation, allocations)):
        session.execute(sa.insert(model), rows)
    session.commit()
    return len(devices)


def test_eight_thousand_devices_take_ten_statements_and_two_seconds_at_most(
    session: Session, target: Target, queries: list[str]
) -> None:
    assert crowd(session, 50) == 8000
    queries.clear()
    before = time.process_time()

    run = dhcp.publish(session, target=target)

    assert (run.result, run.hosts) == (DhcpResult.written, 8000)
    assert len(queries) <= 10
    assert time.process_time() - before <= 2


def test_a_generation_takes_as_many_statements_for_any_number_of_devices(
    session: Session, target: Target, queries: list[str]
) -> None:
    queries.clear()
    dhcp.publish(session, target=target)
    cost_of_none = len(queries)
    crowd(session, 2)

    queries.clear()
    dhcp.publish(session, target=target)

    assert len(queries) == cost_of_none
