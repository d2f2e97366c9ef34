"""What is not kept for ever."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import AddressKind, EventSource, PaymentType
from app.models import (
    Allocation,
    AuditEvent,
    Device,
    NetworkHistory,
    PaymentEvent,
    Rental,
    Subscription,
)
from app.modules.intrarez import jobs, queries
from app.modules.intrarez.service import devices, retention
from app.modules.intrarez.service.retention import Purged
from app.worker import run_jobs
from tests.factories import PCeenFactory
from tests.modules.intrarez.conftest import PLAN, Settle
from tests.modules.intrarez.test_routes import tables

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
MACS = ("3c:22:fb:00:00:01", "3c:22:fb:00:00:02", "3c:22:fb:00:00:03")
YEAR, THREE_YEARS, TEN_YEARS = 365 * DAY, (3 * 365 + 1) * DAY, 3653 * DAY


def purge(session: Session, *, dry_run: bool = False) -> Purged:
    with transaction(session):
        return retention.purge(session, dry_run=dry_run)


def lines(session: Session) -> set[str]:
    return set(session.scalars(sa.select(NetworkHistory.mac_address)))


def event(session: Session, action: str, *, age: timedelta) -> AuditEvent:
    made = AuditEvent(action=action, at=NOON - age)
    session.add(made)
    session.commit()
    return made


# Who had which address


@pytest.mark.parametrize(
    ("age", "is_kept"),
    [
        (timedelta(), True),
        (364 * DAY, True),
        (YEAR - SECOND, True),
        (YEAR, False),
        (366 * DAY, False),
        (9999 * DAY, False),
    ],
)
def test_an_address_of_the_past_is_known_for_a_year_after_its_end(
    session: Session, age: timedelta, is_kept: bool
) -> None:
    session.add(
        NetworkHistory(
            mac_address=MACS[0],
            ip="10.0.1.1",
            pceen_id=PCeenFactory().id,
            room_num=101,
            kind=AddressKind.room,
            started_at=NOON - age - 5000 * DAY,
            ended_at=NOON - age,
        )
    )
    session.commit()

    with time_machine.travel(NOON, tick=False):
        found = purge(session)

    assert found == Purged(history=int(not is_kept), audit=0)
    assert lines(session) == ({MACS[0]} if is_kept else set())


def test_an_address_that_is_still_held_is_known_however_old(session: Session) -> None:
    session.add(
        NetworkHistory(
            mac_address=MACS[0],
            ip="10.0.1.1",
            pceen_id=PCeenFactory().id,
            room_num=101,
            kind=AddressKind.room,
            started_at=NOON - 5000 * DAY,
        )
    )
    session.commit()

    with time_machine.travel(NOON, tick=False):
        assert purge(session) == Purged(0, 0)

    assert lines(session) == {MACS[0]}


def test_after_366_days_what_ended_is_gone_and_the_rest_is_as_it_was(
    app: Flask, session: Session, settle: Settle
) -> None:
    with time_machine.travel(NOON, tick=False) as now, app.app_context():
        kept, gone, later = settle(305, macs=MACS)
        with transaction(session):
            devices.remove(session, device=gone, by_gri=False)
        now.shift(30 * DAY)
        with transaction(session):
            devices.remove(session, device=later, by_gri=False)
        now.move_to(NOON + 366 * DAY)

        jobs.PURGE.run(session)

        assert lines(session) == {MACS[0], MACS[2]}
        assert queries.address_of(session, kept, PLAN) == "10.0.3.5"
        assert queries.own_rental(session, kept.pceen_id).room_num == 305
    assert session.scalars(sa.select(Device)).all() == [kept]
    assert len(session.scalars(sa.select(Rental)).all()) == 1
    assert len(session.scalars(sa.select(Allocation)).all()) == 3  # that is for another job
    deleted = sa.select(AuditEvent).where(AuditEvent.action == "intrarez.device.delete")
    assert len(session.scalars(deleted).all()) == 2


@pytest.mark.parametrize(
    ("instant", "runs"),
    [("2026-11-24T02:31+00:00", 1), ("2026-07-14T01:31+00:00", 1)],  # 03:31 in Paris
)
def test_it_is_done_each_night(app: Flask, session: Session, instant: str, runs: int) -> None:
    with time_machine.travel(instant, tick=False) as now, app.app_context():
        now.shift(-2 * timedelta(minutes=1))
        before = len(run_jobs(session, [jobs.PURGE]))
        now.shift(2 * timedelta(minutes=1))

        assert len(run_jobs(session, [jobs.PURGE])) == runs
        assert run_jobs(session, [jobs.PURGE]) == []
    assert before <= 1  # that of the night before, at most


# Who changed what


@pytest.mark.parametrize(
    ("action", "age", "is_kept"),
    [
        ("intrarez.rental.open", THREE_YEARS - SECOND, True),
        ("intrarez.rental.open", THREE_YEARS, False),
        ("account.login.success", THREE_YEARS + DAY, False),
        ("payments.payment.accept", THREE_YEARS + DAY, True),
        ("intrarez.subscription.grant", THREE_YEARS + DAY, True),
        ("bar.account.credit", THREE_YEARS + DAY, True),
        ("payments.payment.accept", TEN_YEARS - SECOND, True),
        ("payments.payment.accept", TEN_YEARS, False),
        ("bar.account.credit", TEN_YEARS + DAY, False),
        ("barman.role.give", THREE_YEARS + DAY, False),  # not about money
        ("intrarez.payments.odd", THREE_YEARS + DAY, False),
    ],
)
def test_an_event_is_known_for_three_years_and_ten_for_money(
    session: Session, action: str, age: timedelta, is_kept: bool
) -> None:
    made = event(session, action, age=age).id

    with time_machine.travel(NOON, tick=False):
        found = purge(session)

    assert found == Purged(history=0, audit=int(not is_kept))
    assert (session.get(AuditEvent, made) is not None) is is_kept


def test_ten_years_are_never_less_than_ten_of_the_calendar() -> None:
    for year in range(2020, 2060):
        start = datetime(year, 2, 28, tzinfo=UTC)
        assert start + retention.MONEY_KEPT >= start.replace(year=year + 10)


# Counting first


def test_counting_deletes_nothing_and_says_what_would_be(session: Session) -> None:
    for days in (364, 366, 400):
        session.add(
            NetworkHistory(
                mac_address=MACS[0],
                ip="10.0.1.1",
                pceen_id=PCeenFactory().id,
                room_num=101,
                kind=AddressKind.room,
                started_at=NOON - 900 * DAY,
                ended_at=NOON - days * DAY,
            )
        )
    event(session, "intrarez.rental.open", age=THREE_YEARS + DAY)
    event(session, "payments.payment.accept", age=THREE_YEARS + DAY)
    before = tables(session)

    with time_machine.travel(NOON, tick=False):
        assert purge(session, dry_run=True) == Purged(history=2, audit=1)
        assert tables(session) == before
        assert purge(session) == Purged(history=2, audit=1)
        assert purge(session) == Purged(0, 0)


# What Lydia said


@pytest.mark.parametrize(
    ("age", "key", "is_kept"),
    [(395 * DAY, None, True), (397 * DAY, None, False), (9999 * DAY, "internet:TX1", True)],
)
def test_what_lydia_said_is_kept_thirteen_months_and_what_waits_until_settled(
    session: Session, age: timedelta, key: str | None, is_kept: bool
) -> None:
    said = PaymentEvent(
        source=EventSource.poll,
        type=PaymentType.internet,
        body="{}",
        outcome="nothing",
        at=NOON - age,
        unmatched_key=key,
    )
    session.add(said)
    session.commit()

    with time_machine.travel(NOON, tick=False):
        found = purge(session)

    assert found.said == int(not is_kept)
    assert bool(session.scalars(sa.select(PaymentEvent)).all()) is is_kept


@pytest.mark.parametrize(("age", "is_known"), [(300, True), (367, False)])
def test_the_device_of_a_welcome_month_is_forgotten_after_a_year(
    session: Session, age: int, is_known: bool
) -> None:
    pceen = PCeenFactory()
    day = NOON.date()
    given = Subscription(
        pceen=pceen,
        offer_slug="_first",
        start=day,
        end=day,
        effective_start=day,
        created_at=NOON - age * DAY,
        welcome_of=pceen.id,
        welcome_mac=MACS[0],
    )
    session.add(given)
    session.commit()

    with time_machine.travel(NOON, tick=False):
        purge(session)

    session.refresh(given)
    assert (given.welcome_mac is not None) is is_known


@pytest.mark.parametrize("action", ["payments.payment.revoke", "intrarez.subscription.grant"])
def test_who_changed_what_of_money_is_known_ten_years(session: Session, action: str) -> None:
    event(session, action, age=TEN_YEARS - DAY)

    with time_machine.travel(NOON, tick=False):
        assert purge(session).audit == 0
