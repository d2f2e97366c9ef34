"""Banning, and being done with it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import pairwise

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.core.dates import Span
from app.core.transaction import transaction
from app.enums import AddressKind, BanKind, LoginMethod
from app.extensions import db
from app.integrations import dhcp_server
from app.models import (
    AuditEvent,
    Ban,
    BanAddress,
    Device,
    LoginSession,
    NetworkHistory,
    OutboxEntry,
    PCeen,
    Room,
)
from app.modules.intrarez import errors, jobs, mails, queries
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.rules import bans as rules, nft
from app.modules.intrarez.service import addresses, bans, clockwork, devices, rooms
from app.modules.intrarez.service.bans import Terms
from app.web.module import all_effects
from app.worker import run_due, run_jobs
from tests.conftest import Outbox
from tests.factories import (
    DeviceFactory,
    PCeenFactory,
    RentalFactory,
    base as factories,
)
from tests.modules.intrarez.conftest import PLAN, Serve, Settle
from tests.modules.intrarez.test_races import answer_of, at_once, browser
from tests.notices import but_rings

CONDUCT, UNPAID = BanKind.disciplinary, BanKind.unpaid
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
MACS = tuple(f"3c:22:fb:00:00:{n:02x}" for n in range(1, 6))


def start(
    session: Session,
    pceen: PCeen,
    kind: BanKind = CONDUCT,
    *,
    by: PCeen | None = None,
    **said: object,
) -> Ban:
    terms = Terms(**{"reason": "téléchargement"} | said)  # type: ignore[arg-type]
    with transaction(session):
        return bans.start(session, pceen=pceen, kind=kind, terms=terms, plan=PLAN, by=by)


def edit(session: Session, ban: Ban, *, version: int | None = None, **said: object) -> bool:
    shown = {"reason": ban.reason, "message": ban.message, "ends_at": ban.ends_at}
    terms = Terms(**shown | said)  # type: ignore[arg-type]
    seen = ban.version if version is None else version
    with transaction(session):
        return bans.edit(session, ban=ban, terms=terms, version=seen)


def end(session: Session, ban: Ban, **said: object) -> bool:
    with transaction(session):
        return bans.end(session, ban=ban, **said)  # type: ignore[arg-type]


def tick(session: Session) -> None:
    clockwork.tick(session, plan=PLAN, target=None, status=None)


def ips(session: Session, mine: Sequence[Device]) -> list[str]:
    """The addresses that the rules give to the devices of someone, in order."""
    session.expire_all()
    given = [queries.address_of(session, one, PLAN) for one in sorted(mine, key=lambda d: d.id)]
    return [address for address in given if address is not None]


def current(session: Session) -> set[tuple[str, AddressKind]]:
    """The addresses that the history says are held now."""
    stmt = sa.select(NetworkHistory).where(NetworkHistory.ended_at.is_(None))
    return {(one.ip, one.kind) for one in session.scalars(stmt)}


def actions(session: Session) -> list[str]:
    stmt = sa.select(AuditEvent.action).where(AuditEvent.action.startswith("intrarez.ban."))
    return list(session.scalars(stmt.order_by(AuditEvent.id)))


def open_kinds(session: Session, pceen: PCeen) -> list[BanKind]:
    stmt = sa.select(Ban.kind).where(Ban.open_key.is_not(None), Ban.pceen_id == pceen.id)
    return sorted(session.scalars(stmt))


# How long it lasts


@pytest.mark.once
@pytest.mark.parametrize(
    ("begun", "span", "over"),
    [
        ("2027-01-31T15:00", Span(months=1), "2027-02-28T15:00"),
        ("2027-03-27T15:00", Span(days=1), "2027-03-28T15:00"),
        ("2027-03-27T15:00", Span(hours=24), "2027-03-28T16:00"),
        ("2028-02-29T15:00", Span(months=12), "2029-02-28T15:00"),
    ],
)
def test_a_ban_lasts_as_the_calendar_says(begun: str, span: Span, over: str) -> None:
    first, last = (datetime.fromisoformat(text).replace(tzinfo=PARIS) for text in (begun, over))

    assert rules.end_after(first.astimezone(UTC), span) == last.astimezone(UTC)


@pytest.mark.once
def test_a_ban_of_no_time_is_none() -> None:
    with pytest.raises(errors.LastsNoTime):
        rules.end_after(NOON, Span())


@pytest.mark.once
@pytest.mark.parametrize(
    ("ends_at", "was", "is_refused"),
    [
        (None, None, False),
        (None, NOON - DAY, False),
        (NOON + SECOND, None, False),
        (NOON, None, True),
        (NOON - DAY, NOON + DAY, True),
        (NOON - DAY, NOON - DAY, False),  # what it was already
    ],
)
def test_a_new_end_is_to_come(
    ends_at: datetime | None, was: datetime | None, is_refused: bool
) -> None:
    if not is_refused:
        rules.check_end(ends_at, was=was, now=NOON)
        return
    with pytest.raises(errors.EndsInThePast):
        rules.check_end(ends_at, was=was, now=NOON)


@pytest.mark.once
@pytest.mark.parametrize(
    ("typed", "was", "meant"),
    [
        (NOON, NOON + timedelta(seconds=42, microseconds=7), "was"),
        (NOON, NOON, "was"),
        (NOON + timedelta(minutes=1), NOON + timedelta(seconds=42), "typed"),
        (NOON, None, "typed"),
        (None, NOON, "typed"),
        (None, None, "typed"),
    ],
)
def test_the_end_that_a_form_shows_is_the_one_there_is_to_the_second(
    typed: datetime | None, was: datetime | None, meant: str
) -> None:
    assert rules.end_typed(typed, was=was) == {"was": was, "typed": typed}[meant]


@pytest.mark.once
@pytest.mark.parametrize(
    ("left", "words"),
    [
        (None, "durée indéterminée"),
        (timedelta(minutes=59), "moins d'une heure"),
        (timedelta(), "moins d'une heure"),
        (HOUR, "1 heure"),
        (2 * HOUR, "2 heures"),
        (DAY, "1 jour"),
        (3 * DAY + HOUR, "3 jours et 1 heure"),
        (timedelta(days=30), "1 mois"),
        (timedelta(days=64, hours=4), "2 mois, 3 jours et 4 heures"),
    ],
)
def test_what_is_left_is_said_in_words(app: Flask, left: timedelta | None, words: str) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert rules.time_left(None if left is None else NOON + left, NOON) == words


# Beginning


def test_each_device_of_someone_banned_has_an_address_of_its_own(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    mine = settle(305, macs=MACS)
    gri = PCeenFactory(slugs=["gri"])

    with time_machine.travel(NOON, tick=False):
        made = start(session, mine[0].pceen, by=gri, message="Trop.", ends_at=NOON + 2 * DAY)

    with time_machine.travel(NOON, tick=False):
        found = ips(session, mine)
    assert found == [f"10.0.8.{n}" for n in range(1, 6)]
    assert current(session) == {(ip, AddressKind.ban) for ip in found}
    assert (made.starts_at, made.ends_at, made.created_by) == (NOON, NOON + 2 * DAY, gri)
    assert (made.reason, made.message, made.version) == ("téléchargement", "Trop.", 1)
    assert but_rings(outbox) == [
        RefreshNetwork(),
        mails.BanStarted(
            to=made.pceen.email,
            locale="fr",
            prenom="Marie",
            reason="téléchargement",
            message="Trop.",
            ends_at="2026-11-26T12:00:00+00:00",
        ),
    ]
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.object_id) == ("intrarez.ban.start", made.id)
    assert event.after == {
        "kind": "disciplinary",
        "reason": "téléchargement",
        "message": "Trop.",
        "end": "2026-11-26T12:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("slot", "address"),
    [(0, "10.0.8.1"), (253, "10.0.8.254"), (254, "10.0.9.1"), (62_991, "10.0.255.254")],
)
def test_the_slots_of_bans_end_neither_by_0_nor_by_255(slot: int, address: str) -> None:
    assert PLAN.ban_address(slot) == address
    assert PLAN.ban_slots == 62_992


def test_the_devices_of_two_people_banned_never_share_an_address(
    session: Session, settle: Settle
) -> None:
    ada, bob = settle(305, macs=MACS[:2]), settle(306, macs=MACS[2:4])

    start(session, ada[0].pceen)
    start(session, bob[0].pceen)

    assert ips(session, ada) + ips(session, bob) == [f"10.0.8.{n}" for n in range(1, 5)]


def test_who_is_banned_is_not_among_the_admitted_any_more(session: Session, settle: Settle) -> None:
    (mine,), _ = settle(305, macs=MACS[:1]), settle(306, macs=MACS[1:2])

    start(session, mine.pceen)

    hosts = queries.hosts(session, PLAN)
    assert {host.mac: host.banned for host in hosts} == {MACS[0]: True, MACS[1]: False}
    assert nft.admitted(hosts) == [(MACS[1], "10.0.3.6")]


def test_a_ban_that_is_not_to_be_told_is_not_mailed(session: Session, outbox: Outbox) -> None:
    start(session, PCeenFactory(), notify=False)

    assert outbox() == [RefreshNetwork()]


def test_who_has_no_address_gets_no_mail(session: Session, outbox: Outbox) -> None:
    made = start(session, PCeenFactory(email=None))
    end(session, made)

    assert but_rings(outbox) == [RefreshNetwork(), RefreshNetwork()]


@pytest.mark.parametrize("kind", list(BanKind))
def test_a_second_ban_of_one_kind_is_refused_and_changes_nothing(
    session: Session, outbox: Outbox, kind: BanKind
) -> None:
    ada = PCeenFactory()
    start(session, ada, kind, reason="le premier")
    waiting = outbox()

    with pytest.raises(errors.BannedAlready) as refusal:
        start(session, ada, kind, reason="le second")

    assert "le premier" in refusal.value.message
    assert session.scalars(sa.select(Ban.reason)).all() == ["le premier"]
    assert outbox() == waiting


def test_a_ban_that_is_over_keeps_nobody_from_being_banned_again(
    session: Session, settle: Settle
) -> None:
    (device,) = settle(305, macs=MACS[:1])
    with time_machine.travel(NOON, tick=False) as now:
        first = start(session, device.pceen, ends_at=NOON + HOUR)
        now.shift(2 * HOUR)  # and the worker has not seen it

        second = start(session, device.pceen)

        assert ips(session, [device]) == ["10.0.8.1"]
    assert (first.ended_at, first.open_key) == (NOON + HOUR, None)
    assert second.open_key == f"{device.pceen_id}:disciplinary"
    assert current(session) == {("10.0.8.1", AddressKind.ban)}


def test_the_database_itself_refuses_a_second_open_ban(session: Session) -> None:
    made = start(session, PCeenFactory())

    session.add(Ban(pceen_id=made.pceen_id, kind=CONDUCT, reason="autre", open_key=made.open_key))
    with pytest.raises(sa.exc.IntegrityError):
        session.commit()
    session.rollback()


def test_who_asks_thirty_two_times_at_once_bans_once(shared: Flask) -> None:
    with shared.app_context():
        factories.use(db.session())
        gri, ada = PCeenFactory(slugs=["gri"]), RentalFactory(room_num=305).pceen
        for mac in MACS[:2]:
            addresses.allocate(
                db.session(),
                device=DeviceFactory(pceen=ada, mac_address=mac),
                room=db.session().get_one(Room, 305),
                plan=PLAN,
            )
        login = LoginSession(pceen=gri, method=LoginMethod.password)
        db.session.add(login)
        db.session.commit()
        key, secret = ada.id, login.secret
        db.session.remove()
    browsers = [browser(shared, secret) for _ in range(32)]

    def ask(number: int) -> int:
        fields = {"unlimited": "y", "reason": f"raison {number}"}
        return browsers[number].post(f"/gris/pceens/{key}/ban", data=fields).status_code

    assert at_once(ask, 32) == {303: 1, 409: 31}
    with shared.app_context():
        assert db.session.scalars(sa.select(Ban.open_key)).all() == [f"{key}:disciplinary"]
        assert sorted(db.session.scalars(sa.select(BanAddress.slot))) == [0, 1]


def test_many_people_banned_at_once_have_addresses_of_their_own(shared: Flask) -> None:
    with shared.app_context():
        factories.use(db.session())
        people = [RentalFactory(room_num=301 + number).pceen for number in range(8)]
        for person in people:
            DeviceFactory(pceen=person)
        keys = [person.id for person in people]
        db.session.remove()

    def ask(number: int) -> str:
        def ban(session: Session) -> None:
            pceen = session.get_one(PCeen, keys[number])
            terms = Terms(reason="test")
            bans.start(session, pceen=pceen, kind=CONDUCT, terms=terms, plan=PLAN)

        with shared.app_context():
            return answer_of(ban)

    assert at_once(ask, 8) == {"done": 8}
    with shared.app_context():
        assert sorted(db.session.scalars(sa.select(BanAddress.slot))) == list(range(8))


# What a ban does to devices and rooms


def test_a_device_registered_by_someone_banned_has_a_ban_address_at_once(
    session: Session, settle: Settle
) -> None:
    (device,) = settle(305, macs=MACS[:1])
    start(session, device.pceen)

    with transaction(session):
        new = devices.register(
            session, pceen=device.pceen, mac=MACS[1], name="", type="", plan=PLAN
        )

    assert ips(session, [device, new]) == ["10.0.8.1", "10.0.8.2"]
    assert current(session) == {(f"10.0.8.{n}", AddressKind.ban) for n in (1, 2)}
    assert nft.admitted(queries.hosts(session, PLAN)) == []
    with transaction(session):
        bans.end(session, ban=session.scalars(sa.select(Ban)).one())
    assert ips(session, [device, new]) == ["10.0.3.5", "10.1.3.5"]


def test_who_moves_while_banned_stays_banned_in_the_new_room(
    session: Session, settle: Settle
) -> None:
    (device,) = settle(305, macs=MACS[:1])
    ada = device.pceen
    made = start(session, ada)
    with transaction(session):
        rooms.leave(session, rental=queries.own_rental(session, ada.id), ends_on=clock.today())
    assert queries.hosts(session, PLAN) == []

    with transaction(session):
        stay = rooms.Stay(starts_on=clock.today())
        rooms.take(session, pceen=ada, room=session.get_one(Room, 306), stay=stay, plan=PLAN)

    assert ips(session, [device]) == ["10.0.8.1"]
    end(session, made)
    assert ips(session, [device]) == ["10.0.3.6"]


# Both kinds at once


def test_a_ban_for_conduct_and_one_for_money_are_both_listed_the_former_first(
    session: Session,
) -> None:
    ada = PCeenFactory()
    start(session, ada, UNPAID)
    start(session, ada, CONDUCT)

    assert [ban.kind for ban in queries.active_bans(session, ada.id)] == [CONDUCT, UNPAID]
    shown = queries.active_ban(session, ada.id)
    assert shown is not None
    assert shown.kind is CONDUCT


def test_a_payment_never_ends_a_ban_for_conduct(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    mine = settle(305, macs=MACS[:2])
    ada = mine[0].pceen
    start(session, ada, CONDUCT)
    unpaid = start(session, ada, UNPAID)

    assert end(session, unpaid)

    assert open_kinds(session, ada) == [CONDUCT]
    assert ips(session, mine) == ["10.0.8.1", "10.0.8.2"]
    assert current(session) == {(f"10.0.8.{n}", AddressKind.ban) for n in (1, 2)}
    said = but_rings(outbox)[-1]
    assert isinstance(said, mails.BanEnded)
    assert said.is_still_banned


@pytest.mark.parametrize("first", [CONDUCT, UNPAID])
def test_the_room_addresses_come_back_at_the_end_of_the_last_ban(
    session: Session, settle: Settle, outbox: Outbox, first: BanKind
) -> None:
    mine = settle(305, macs=MACS[:2])
    ada = mine[0].pceen
    made = {kind: start(session, ada, kind) for kind in BanKind}
    last = UNPAID if first is CONDUCT else CONDUCT

    end(session, made[first])
    assert ips(session, mine) == ["10.0.8.1", "10.0.8.2"]
    end(session, made[last])

    assert ips(session, mine) == ["10.0.3.5", "10.1.3.5"]
    assert current(session) == {(ip, AddressKind.room) for ip in ("10.0.3.5", "10.1.3.5")}
    said = but_rings(outbox)[-1]
    assert isinstance(said, mails.BanEnded)
    assert not said.is_still_banned


def test_a_timed_ban_for_conduct_gives_the_room_back_by_itself_after_a_payment(
    session: Session, settle: Settle
) -> None:
    mine = settle(305, macs=MACS[:2])
    with time_machine.travel(NOON, tick=False) as now:
        start(session, mine[0].pceen, CONDUCT, ends_at=NOON + DAY)
        unpaid = start(session, mine[0].pceen, UNPAID)
        end(session, unpaid)
        assert ips(session, mine) == ["10.0.8.1", "10.0.8.2"]

        now.move_to(NOON + DAY)
        tick(session)

        assert ips(session, mine) == ["10.0.3.5", "10.1.3.5"]


# Changing what it says


def test_a_ban_is_changed_with_its_traces(session: Session, outbox: Outbox) -> None:
    with time_machine.travel(NOON, tick=False):
        made = start(session, PCeenFactory(), ends_at=NOON + DAY, notify=False)

        assert edit(session, made, reason="bruit", message="La nuit.", ends_at=NOON + 2 * DAY)

    assert (made.reason, made.message, made.ends_at) == ("bruit", "La nuit.", NOON + 2 * DAY)
    assert made.version == 2
    assert [type(one) for one in but_rings(outbox)] == [
        RefreshNetwork,
        RefreshNetwork,
        mails.BanStarted,
    ]
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.before and event.before["reason"]) == (
        "intrarez.ban.change",
        "téléchargement",
    )
    assert event.after is not None
    assert (event.after["reason"], event.after["end"]) == ("bruit", "2026-11-26T12:00:00+00:00")


def test_a_change_that_changes_nothing_leaves_no_trace(session: Session, outbox: Outbox) -> None:
    made = start(session, PCeenFactory())
    waiting = outbox()

    assert not edit(session, made)

    assert (outbox(), actions(session), made.version) == (waiting, ["intrarez.ban.start"], 1)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"ends_at": NOON + HOUR - SECOND}, errors.EndsInThePast),
        ({"ends_at": NOON + HOUR}, errors.EndsInThePast),
        ({"reason": "bruit", "version": 0}, errors.StaleVersion),
        ({"reason": "bruit", "version": 2}, errors.StaleVersion),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    session: Session, outbox: Outbox, values: dict[str, object], refusal: type[Exception]
) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        made = start(session, PCeenFactory(), ends_at=NOON + DAY)
        waiting = outbox()
        now.shift(HOUR)

        with pytest.raises(refusal):
            edit(session, made, **values)  # type: ignore[arg-type]

    session.refresh(made)
    assert (made.reason, made.ends_at, made.version) == ("téléchargement", NOON + DAY, 1)
    assert outbox() == waiting


def test_a_ban_that_is_ended_is_not_changed(session: Session) -> None:
    made = start(session, PCeenFactory())
    end(session, made)

    with pytest.raises(errors.BanOver):
        edit(session, made, reason="bruit")

    session.refresh(made)
    assert made.reason == "téléchargement"


@pytest.mark.parametrize("ends_at", [None, NOON + 30 * DAY])
def test_a_ban_is_made_longer_and_ends_by_itself_then_only(
    session: Session, settle: Settle, ends_at: datetime | None
) -> None:
    (device,) = settle(305, macs=MACS[:1])
    with time_machine.travel(NOON, tick=False) as now:
        made = start(session, device.pceen, ends_at=NOON + DAY)
        edit(session, made, ends_at=ends_at)

        now.shift(2 * DAY)
        tick(session)
        assert ips(session, [device]) == ["10.0.8.1"]

        now.shift(28 * DAY)
        tick(session)
        assert ips(session, [device]) == (["10.0.8.1"] if ends_at is None else ["10.0.3.5"])


# Ending


def test_a_ban_is_ended_once(session: Session, settle: Settle, outbox: Outbox) -> None:
    (device,) = settle(305, macs=MACS[:1])
    gri = PCeenFactory(slugs=["gri"])
    with time_machine.travel(NOON, tick=False) as now:
        made = start(session, device.pceen, notify=False)
        now.shift(HOUR)

        assert end(session, made, by=gri, note="Excuses.")
        waiting = outbox()
        now.shift(HOUR)
        assert not end(session, made, by=gri)

    assert (made.ended_at, made.ended_by, made.open_key) == (NOON + HOUR, gri, None)
    assert outbox() == waiting
    assert [type(one) for one in but_rings(outbox)] == [
        RefreshNetwork,
        RefreshNetwork,
        mails.BanEnded,
    ]
    assert actions(session) == ["intrarez.ban.start", "intrarez.ban.end"]
    note = sa.select(AuditEvent.reason).where(AuditEvent.action == "intrarez.ban.end")
    assert session.scalars(note).one() == "Excuses."


def test_an_end_that_is_not_to_be_told_is_not_mailed(session: Session, outbox: Outbox) -> None:
    made = start(session, PCeenFactory(), notify=False)

    end(session, made, notify=False)

    assert outbox() == [RefreshNetwork(), RefreshNetwork()]


def test_a_device_keeps_its_ban_address_a_day_and_finds_it_again_meanwhile(
    session: Session, settle: Settle
) -> None:
    (mine,), (theirs,) = settle(305, macs=MACS[:1]), settle(306, macs=MACS[1:2])
    with time_machine.travel(NOON, tick=False) as now:
        end(session, start(session, mine.pceen))

        now.shift(DAY - SECOND)
        with transaction(session):
            addresses.purge(session)
        start(session, theirs.pceen)
        assert ips(session, [theirs]) == ["10.0.8.2"]  # not that of another, before a day
        again = start(session, mine.pceen)
        assert ips(session, [mine]) == ["10.0.8.1"]

        end(session, again)
        now.shift(DAY)
        with transaction(session):
            addresses.purge(session)
    assert session.scalars(sa.select(BanAddress.slot)).all() == [1]


# Time


@pytest.mark.parametrize(("late", "is_over"), [(-SECOND, False), (SECOND * 0, True), (HOUR, True)])
def test_a_ban_ends_by_itself_when_its_time_comes(
    session: Session, settle: Settle, outbox: Outbox, late: timedelta, is_over: bool
) -> None:
    mine = settle(305, macs=MACS[:2])
    with time_machine.travel(NOON, tick=False) as now:
        made = start(session, mine[0].pceen, ends_at=NOON + DAY)
        now.move_to(NOON + DAY + late)

        tick(session)
        tick(session)

        addresses_ = ["10.0.3.5", "10.1.3.5"] if is_over else ["10.0.8.1", "10.0.8.2"]
        assert ips(session, mine) == addresses_
    session.refresh(made)
    assert made.ended_at == (NOON + DAY if is_over else None)  # its end, not that of the worker
    assert made.ended_by is None
    kind = AddressKind.room if is_over else AddressKind.ban
    assert current(session) == {(ip, kind) for ip in addresses_}
    told = [one for one in outbox() if isinstance(one, mails.BanEnded)]
    assert len(told) == is_over


def test_a_ban_that_ends_leaves_the_served_file_without_any_visit(
    app: Flask,
    session: Session,
    settle: Settle,
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dhcp_server, "check_with_server", lambda *_: None)
    place = serve()
    with time_machine.travel(NOON, tick=False) as now, app.app_context():
        (device,) = settle(305, macs=MACS[:1])
        start(session, device.pceen, ends_at=NOON + HOUR)
        run_jobs(session, [jobs.TICK])
        assert "fixed-address 10.0.8.1;" in place.path.read_text()

        now.shift(HOUR)
        run_jobs(session, [jobs.TICK])

    assert "fixed-address 10.0.3.5;" in place.path.read_text()


def test_who_had_an_address_never_overlaps_through_bans(session: Session, settle: Settle) -> None:
    (mine,), (theirs,) = settle(305, macs=MACS[:1]), settle(306, macs=MACS[1:2])
    with time_machine.travel(NOON, tick=False) as now:
        for _ in range(3):
            for device in (mine, theirs):
                made = start(session, device.pceen)
                now.shift(HOUR)
                end(session, made)
                now.shift(DAY)
            with transaction(session):
                addresses.purge(session)

    by_ip: dict[str, list[NetworkHistory]] = {}
    for line in session.scalars(sa.select(NetworkHistory).order_by(NetworkHistory.id)):
        by_ip.setdefault(line.ip, []).append(line)
    assert {"10.0.3.5", "10.0.3.6", "10.0.8.1"} <= set(by_ip)
    for lines in by_ip.values():
        for before, after in pairwise(lines):
            assert before.ended_at is not None
            assert before.ended_at <= after.started_at


# Grace


def test_who_has_not_paid_is_given_some_days_and_cut_again(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    mine = settle(305, macs=MACS[:2])
    ada, gri = mine[0].pceen, PCeenFactory(slugs=["gri"])
    with time_machine.travel(NOON, tick=False) as now:
        first = start(session, ada, UNPAID, reason="impayé", message="Payez.", notify=False)

        assert end(session, first, by=gri, grace_days=7)

        assert ips(session, mine) == ["10.0.3.5", "10.1.3.5"]
        again = queries.open_ban(session, ada.id, UNPAID)
        assert again is not None
        assert again.id != first.id
        assert (again.starts_at, again.ends_at) == (NOON + 7 * DAY, None)
        assert (again.reason, again.message) == ("impayé", "Payez.")
        assert queries.active_ban(session, ada.id) is None
        assert [type(one) for one in but_rings(outbox)] == [
            RefreshNetwork,
            RefreshNetwork,
            mails.BanEnded,
        ]

        now.move_to(NOON + 7 * DAY - SECOND)
        tick(session)
        assert ips(session, mine) == ["10.0.3.5", "10.1.3.5"]
        now.shift(SECOND)
        tick(session)

        assert ips(session, mine) == ["10.0.8.1", "10.0.8.2"]
        assert current(session) == {(f"10.0.8.{n}", AddressKind.ban) for n in (1, 2)}


def test_the_days_of_grace_are_those_of_the_calendar(session: Session) -> None:
    before = datetime(2027, 3, 27, 14, tzinfo=UTC)  # 15:00 in Paris, the eve of summer time
    with time_machine.travel(before, tick=False):
        made = start(session, PCeenFactory(), UNPAID)
        end(session, made, grace_days=1)
        again = queries.open_ban(session, made.pceen_id, UNPAID)

    assert again is not None
    assert again.starts_at == datetime(2027, 3, 28, 13, tzinfo=UTC)


def test_a_grace_is_the_one_unpaid_ban_and_is_dropped_without_a_mail(
    session: Session, settle: Settle, outbox: Outbox
) -> None:
    (device,) = settle(305, macs=MACS[:1])
    with time_machine.travel(NOON, tick=False) as now:
        end(session, start(session, device.pceen, UNPAID), grace_days=7)
        again = queries.open_ban(session, device.pceen_id, UNPAID)
        assert again is not None
        with pytest.raises(errors.BannedAlready):
            start(session, device.pceen, UNPAID)
        told = [one for one in outbox() if isinstance(one, mails.BanEnded)]

        now.shift(DAY)
        assert end(session, again)  # paid meanwhile
        now.shift(30 * DAY)
        tick(session)

        assert ips(session, [device]) == ["10.0.3.5"]
    assert [one for one in outbox() if isinstance(one, mails.BanEnded)] == told
    assert open_kinds(session, device.pceen) == []


def test_a_ban_for_conduct_has_no_grace(session: Session) -> None:
    made = start(session, PCeenFactory())

    end(session, made, grace_days=7)

    assert open_kinds(session, made.pceen) == []


def test_a_grace_changes_nothing_for_who_is_banned_for_conduct(
    session: Session, settle: Settle
) -> None:
    (device,) = settle(305, macs=MACS[:1])
    with time_machine.travel(NOON, tick=False) as now:
        start(session, device.pceen, CONDUCT)
        end(session, start(session, device.pceen, UNPAID), grace_days=7)

        assert ips(session, [device]) == ["10.0.8.1"]
        assert open_kinds(session, device.pceen) == [CONDUCT, UNPAID]
        now.shift(8 * DAY)
        tick(session)
        assert ips(session, [device]) == ["10.0.8.1"]


def test_a_device_registered_during_the_grace_has_its_room_address(
    session: Session, settle: Settle
) -> None:
    (device,) = settle(305, macs=MACS[:1])
    with time_machine.travel(NOON, tick=False) as now:
        end(session, start(session, device.pceen, UNPAID), grace_days=7)
        with transaction(session):
            new = devices.register(
                session, pceen=device.pceen, mac=MACS[1], name="", type="", plan=PLAN
            )
        assert ips(session, [device, new]) == ["10.0.3.5", "10.1.3.5"]

        now.shift(7 * DAY)
        tick(session)

        assert ips(session, [device, new]) == ["10.0.8.1", "10.0.8.2"]


# Who may


@pytest.mark.parametrize(
    ("who", "whom", "refusal"),
    [
        ("writer", "resident", None),
        ("writer", "gri", errors.BansAGri),
        ("gri", "another gri", None),
        ("gri", "gri", errors.BansOneself),
        ("writer", "writer", errors.BansOneself),
    ],
)
def test_nobody_bans_oneself_nor_a_gri_without_being_one(
    session: Session, who: str, whom: str, refusal: type[Exception] | None
) -> None:
    people = {
        "gri": PCeenFactory(slugs=["gri"]),
        "another gri": PCeenFactory(slugs=["gri"]),
        "writer": PCeenFactory(),
        "resident": PCeenFactory(slugs=["rezident"]),
    }
    if refusal is None:
        bans.check_may_ban(people[whom], by=people[who])
        return
    with pytest.raises(refusal):
        bans.check_may_ban(people[whom], by=people[who])


# Mails


def test_the_mails_of_a_ban_say_why_and_hold_no_html_of_ours(
    app: Flask, session: Session, mailbox: list[EmailMessage]
) -> None:
    hostile = '<img src=x onerror="alert(1)">'
    with time_machine.travel(NOON, tick=False):
        made = start(
            session,
            PCeenFactory(),
            reason=hostile,
            message=f"{hostile}\n<b>gras",
            ends_at=NOON + DAY,
        )
        end(session, made)

        with app.app_context():
            run_due(session, all_effects())

    assert [mail["Subject"] for mail in mailbox] == [
        "[PC est magique] Votre accès à Internet est suspendu",
        "[PC est magique] La suspension de votre accès à Internet est terminée",
    ]
    for mail in mailbox:
        html, text = (mail.get_body((kind,)) for kind in ("html", "plain"))
        assert html is not None
        assert text is not None
        assert "<img src=x" not in html.get_content()
        assert "<b>gras" not in html.get_content()
        assert hostile in text.get_content()
    first = mailbox[0].get_body(("plain",))
    assert first is not None
    assert "mercredi 25 novembre 2026 à 13 h 00" in first.get_content()


def test_a_mail_of_a_ban_is_in_the_language_of_its_reader(
    app: Flask, session: Session, mailbox: list[EmailMessage]
) -> None:
    start(session, PCeenFactory(locale="en"))

    with app.app_context():
        run_due(session, all_effects())

    assert len(mailbox) == 1
    assert "suspendu" not in mailbox[0]["Subject"]


def test_each_end_of_time_asks_for_the_network_once(session: Session, outbox: Outbox) -> None:
    with time_machine.travel(NOON, tick=False) as now:
        start(session, PCeenFactory(), ends_at=NOON + HOUR, notify=False)
        now.shift(HOUR)
        tick(session)
        tick(session)

    waiting = sa.select(sa.func.count(OutboxEntry.id)).where(
        OutboxEntry.kind == RefreshNetwork.kind
    )
    assert session.execute(waiting).scalar_one() == 2  # its start, its end
