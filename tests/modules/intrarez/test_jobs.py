"""What the network does by date."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import DhcpResult, RentalEnd
from app.integrations import dhcp_server
from app.models import Allocation, AuditEvent, Ban, DhcpRun, NetworkHistory, Rental
from app.modules.intrarez import jobs, queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.service import dhcp
from app.worker import run_jobs
from tests.conftest import Outbox
from tests.factories import RentalFactory
from tests.modules.intrarez.conftest import Serve, Settle, ban

EVENING = datetime(2026, 11, 24, 22, tzinfo=UTC)  # 23:00 in Paris
MAC = "3c:22:fb:00:00:01"


@pytest.fixture(autouse=True)
def inside_the_application(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Jobs run in the application; the servers' own checkers are tried elsewhere."""
    monkeypatch.setattr(dhcp_server, "check_with_server", lambda *_: None)
    with app.app_context():
        yield


def runs(session: Session) -> list[DhcpResult]:
    return list(session.scalars(sa.select(DhcpRun.result).order_by(DhcpRun.id)))


# Rentals


@pytest.mark.parametrize(
    ("instant", "is_over"),
    [
        ("2026-11-24T22:59:59+00:00", False),  # 23:59:59 in Paris
        ("2026-11-24T23:00:00+00:00", True),
        ("2026-11-26T12:00:00+00:00", True),
    ],
)
def test_a_rental_is_closed_at_midnight_in_paris(
    session: Session, settle: Settle, instant: str, is_over: bool
) -> None:
    with time_machine.travel(EVENING, tick=False) as now:
        settle(101, macs=(MAC,), ends_on=clock.today() + timedelta(days=1))
        now.move_to(datetime.fromisoformat(instant))

        jobs.TICK.run(session)

    rental = session.scalars(sa.select(Rental)).one()
    assert (rental.close_kind is RentalEnd.expired) is is_over
    assert (rental.open_room is None) is is_over
    assert (rental.open_pceen is None) is is_over
    assert (session.scalars(sa.select(Allocation.ended_at)).one() is not None) is is_over
    assert (session.scalars(sa.select(NetworkHistory.ended_at)).one() is not None) is is_over


@pytest.mark.parametrize(
    ("instant", "is_over"),
    [
        ("2026-07-31T21:59:59+00:00", False),  # summer time: midnight is at 22:00
        ("2026-07-31T22:00:00+00:00", True),
    ],
)
def test_midnight_is_that_of_summer_in_summer(
    session: Session, instant: str, is_over: bool
) -> None:
    with time_machine.travel("2026-07-31T12:00:00+00:00", tick=False) as now:
        rental = RentalFactory(ends_on=clock.today() + timedelta(days=1))
        now.move_to(datetime.fromisoformat(instant))

        jobs.TICK.run(session)

    session.refresh(rental)
    assert (rental.closed_at is not None) is is_over


def test_a_rental_is_closed_once(session: Session, outbox: Outbox) -> None:
    RentalFactory(starts_on=clock.today() - timedelta(days=9), ends_on=clock.today())

    jobs.TICK.run(session)
    jobs.TICK.run(session)

    closed = sa.select(AuditEvent.action).where(AuditEvent.action == "intrarez.rental.close")
    assert len(session.scalars(closed).all()) == 1
    assert outbox() == [RefreshNetwork()]


def test_the_host_of_an_expired_rental_goes_without_any_visit(
    session: Session, serve: Serve, settle: Settle
) -> None:
    place = serve()
    with time_machine.travel(EVENING, tick=False) as now:
        settle(101, macs=(MAC,), ends_on=clock.today() + timedelta(days=1))
        run_jobs(session, [jobs.TICK])
        assert MAC in place.path.read_text()

        now.shift(timedelta(hours=1))
        run_jobs(session, [jobs.TICK])

    assert MAC not in place.path.read_text()


# The served file


@pytest.mark.parametrize("spoilt", [b"edited by hand\n", b"", b"\xff\xfe", None])
def test_a_file_edited_or_removed_by_hand_is_repaired(
    session: Session, serve: Serve, settle: Settle, spoilt: bytes | None
) -> None:
    place = serve()
    settle(101, macs=(MAC,))
    jobs.TICK.run(session)
    right = place.path.read_bytes()
    if spoilt is None:
        place.path.unlink()
    else:
        place.path.write_bytes(spoilt)

    jobs.TICK.run(session)

    assert place.path.read_bytes() == right


def test_a_file_that_is_right_is_left_alone(session: Session, serve: Serve, settle: Settle) -> None:
    place = serve()
    settle(101, macs=(MAC,))
    jobs.TICK.run(session)
    before = place.path.stat().st_mtime_ns

    for _ in range(3):
        jobs.TICK.run(session)

    assert place.path.stat().st_mtime_ns == before
    assert runs(session) == [DhcpResult.written]


@pytest.mark.parametrize("change", ["start", "end"])
def test_a_ban_that_time_starts_or_ends_is_written(
    session: Session, serve: Serve, settle: Settle, change: str
) -> None:
    place = serve()
    with time_machine.travel(EVENING, tick=False) as now:
        (device,) = settle(101, macs=(MAC,))
        made: Ban = ban(session, device.pceen)
        later = EVENING + timedelta(minutes=5)
        made.starts_at, made.ends_at = (later, None) if change == "start" else (EVENING, later)
        session.commit()
        addresses = []
        for _ in range(2):
            jobs.TICK.run(session)
            addresses.append("10.0.8.1" in place.path.read_text())
            now.shift(timedelta(minutes=5))

    assert addresses == ([False, True] if change == "start" else [True, False])


def test_rules_that_are_refused_are_tried_again_after_ten_minutes_only(
    session: Session, serve: Serve, settle: Settle
) -> None:
    serve()
    with time_machine.travel(EVENING, tick=False) as now:
        settle(101, macs=(MAC,))
        session.execute(sa.update(Allocation).values(ip="10.0.0.1"))
        session.commit()
        counts = []
        for _ in range(12):
            jobs.TICK.run(session)
            counts.append(len(runs(session)))
            now.shift(timedelta(minutes=1))

    assert counts == [1] * 10 + [2] * 2


def test_rules_that_changed_since_the_refusal_are_tried_at_once(
    session: Session, serve: Serve, settle: Settle
) -> None:
    place = serve()
    with time_machine.travel(EVENING, tick=False):
        settle(101, macs=(MAC,))
        session.execute(sa.update(Allocation).values(ip="10.0.0.1"))
        session.commit()
        jobs.TICK.run(session)
        session.execute(sa.update(Allocation).values(ip="10.0.1.1"))
        session.commit()

        jobs.TICK.run(session)

    assert runs(session) == [DhcpResult.refused, DhcpResult.written]
    assert "10.0.1.1" in place.path.read_text()


def test_a_directory_that_comes_back_has_its_file_within_ten_minutes(
    session: Session, serve: Serve, settle: Settle
) -> None:
    place = serve()
    place.path.parent.rmdir()
    with time_machine.travel(EVENING, tick=False) as now:
        settle(101, macs=(MAC,))
        jobs.TICK.run(session)
        place.path.parent.mkdir()
        minutes = 0
        while not place.path.exists():
            now.shift(timedelta(minutes=1))
            minutes += 1
            jobs.TICK.run(session)

    assert minutes <= 10
    assert runs(session)[0] is DhcpResult.failed


def test_a_site_without_a_file_of_rules_writes_none(
    session: Session, settle: Settle, tmp_path: Path
) -> None:
    settle(101, macs=(MAC,))

    jobs.TICK.run(session)
    jobs.refresh(session, RefreshNetwork(), 1)

    assert runs(session) == []


def test_the_refresh_takes_the_lock_before_it_reads(
    session: Session, serve: Serve, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = serve()
    settle(101, macs=(MAC,))
    monkeypatch.setattr(dhcp, "PATIENCE", 0)
    with dhcp.files.exclusive(place.path, 0):
        jobs.refresh(session, RefreshNetwork(), 1)

    assert runs(session) == [DhcpResult.failed]
    assert not place.path.exists()


# What a device is told


@pytest.mark.parametrize("spoil", ["directory", "address"])
def test_a_network_that_could_not_be_told_is_waited_for(
    session: Session, serve: Serve, settle: Settle, spoil: str
) -> None:
    place = serve()
    settle(101, macs=(MAC,))
    if spoil == "directory":
        place.path.parent.rmdir()
    else:
        session.execute(sa.update(Allocation).values(ip="10.0.0.1"))
        session.commit()

    jobs.refresh(session, RefreshNetwork(), 1)

    assert queries.is_refresh_waiting(session)


def test_a_network_that_was_told_is_not_waited_for(
    session: Session, serve: Serve, settle: Settle
) -> None:
    serve()
    settle(101, macs=(MAC,))

    jobs.refresh(session, RefreshNetwork(), 1)

    assert not queries.is_refresh_waiting(session)
