"""What each day makes of subscriptions: reminders, cuts, and nothing twice."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.core.transaction import transaction
from app.enums import BanKind, PermissionScope as S, PermissionType as T, RentalEnd, SubState
from app.models import (
    AuditEvent,
    Ban,
    Device,
    OutboxEntry,
    PCeen,
    Rental,
    Role,
    Subscription,
    public_role,
)
from app.modules.intrarez import jobs, mails
from app.modules.intrarez.choices import RENEW_REMINDER_DAYS
from app.modules.intrarez.effects import RefreshNetwork
from app.modules.intrarez.queries import subscriptions as reading
from app.modules.intrarez.rules.subscriptions import Period, Work
from app.modules.intrarez.service import bans, dhcp, rooms, subscriptions
from app.modules.intrarez.service.subscriptions import Day, Done
from app.modules.notifications.effects import RingDevices
from app.worker import run_jobs
from tests.conftest import Outbox
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory, permission, system_role
from tests.modules.intrarez.conftest import PLAN
from tests.modules.intrarez.test_bans import open_kinds, start as start_ban
from tests.modules.intrarez.test_devices import register
from tests.modules.intrarez.test_routes import tables
from tests.modules.intrarez.test_subscriptions import buy, on, periods, revoke

DAY = timedelta(days=1)
#: The day on which everybody here arrives.
ARRIVAL = date(2026, 11, 23)
#: The day on which who has bought nothing is cut.
CUT = date(2026, 12, 24)
PAID, TRIAL, OUTLAW = SubState.subscribed, SubState.trial, SubState.outlaw
CONDUCT, UNPAID = BanKind.disciplinary, BanKind.unpaid
RULES = dhcp.Target(path=Path("nowhere"), format="dhcpd", plan=PLAN)


def paris(day: date, hours: int, minutes: int = 0) -> datetime:
    return datetime.combine(day, time(hours, minutes), PARIS).astimezone(UTC)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(paris(ARRIVAL, 10), tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def inside_the_application(app: Flask) -> Iterator[None]:
    """Jobs run in the application."""
    with app.app_context():
        yield


def arrive(session: Session, *, room_num: int = 305, **values: Any) -> PCeen:
    """Someone takes a room, and registers a first device."""
    ada: PCeen = RentalFactory(
        room_num=room_num, **{f"pceen__{name}": value for name, value in values.items()}
    ).pceen
    register(session, ada, f"3c:22:fb:00:00:{room_num - 200:02x}")
    return ada


def leave(session: Session, pceen: PCeen) -> None:
    with transaction(session):
        rental = session.scalars(sa.select(Rental).filter_by(open_pceen=pceen.id)).one()
        rooms.leave(session, rental=rental, ends_on=clock.today(), kind=RentalEnd.owner)


def run(session: Session) -> None:
    jobs.SUBSCRIPTIONS.run(session)


def states(session: Session) -> Counter[SubState | None]:
    return Counter(session.scalars(sa.select(PCeen.sub_state)))


def sent(outbox: Outbox) -> list[type]:
    """The mails that wait, but those that tell of a ban by hand."""
    return [type(one) for one in outbox() if isinstance(one, mails.CutMail | mails.DayNotDone)]


# Day by day


@dataclass
class Diary:
    """What happened to someone, and on which day."""

    mails: list[tuple[str, str]] = field(default_factory=list)
    states: list[tuple[str, SubState | None]] = field(default_factory=list)
    bans: list[str] = field(default_factory=list)
    #: When the DHCP rules gave their device another address.
    rules: list[str] = field(default_factory=list)


class Calendar:
    """The days that go by, and what happens on each of them."""

    def __init__(self, session: Session, now: time_machine.Traveller, *people: PCeen) -> None:
        self.session, self.now = session, now
        self.diaries = {person.id: Diary() for person in people}
        self.emails = {person.email: person.id for person in people}
        self.seen = self._last_entry()
        self.states, self.addresses = self._states(), self._addresses()

    def live(
        self,
        until: date,
        *,
        since: date = ARRIVAL + DAY,
        buys: dict[str, list[tuple[PCeen, str]]] | None = None,
        hours: Sequence[int] = (0,),
        but: Sequence[str] = (),
    ) -> list[Diary]:
        """Have the work done at these *hours*, on each day *but* some."""
        for late in range((until - since).days + 1):
            day = since + late * DAY
            for hour in hours if day.isoformat() not in but else ():
                self.now.move_to(paris(day, hour, 5))
                run(self.session)
            self.now.move_to(paris(day, 12))
            for pceen, slug in (buys or {}).get(day.isoformat(), ()):
                buy(self.session, pceen, slug)
            self._write(day.isoformat())
        begun_bans = sa.select(Ban.starts_at, Ban.pceen_id).order_by(Ban.starts_at, Ban.id)
        for begun, key in self.session.execute(begun_bans):
            self.diaries[key].bans.append(clock.day_of(begun).isoformat())
        return list(self.diaries.values())

    def _write(self, day: str) -> None:
        for key, kind in self._mails():
            self.diaries[key].mails.append((day, kind.partition(".")[2]))
        states, addresses = self._states(), self._addresses()
        for key, diary in self.diaries.items():
            if states[key] is not self.states[key]:
                diary.states.append((day, states[key]))
            if addresses.get(key) != self.addresses.get(key):
                diary.rules.append(day)
        self.states, self.addresses = states, addresses

    def _last_entry(self) -> int:
        return self.session.scalar(sa.select(sa.func.max(OutboxEntry.id))) or 0

    def _mails(self) -> list[tuple[int, str]]:
        """The mails since the last look: to whom, and of which kind."""
        silent = (RefreshNetwork.kind, RingDevices.kind)
        new = sa.select(OutboxEntry).where(OutboxEntry.id > self.seen).order_by(OutboxEntry.id)
        found = [one for one in self.session.scalars(new) if one.kind not in silent]
        self.seen = self._last_entry()
        return [(self.emails[one.payload["to"]], one.kind) for one in found]

    def _states(self) -> dict[int, SubState | None]:
        return dict(self.session.execute(sa.select(PCeen.id, PCeen.sub_state)).all())

    def _addresses(self) -> dict[int, str]:
        """The address that the rules give to the device of each."""
        owners = dict(self.session.execute(sa.select(Device.mac_address, Device.pceen_id)).all())
        hosts = dhcp.wanted(self.session, target=RULES).hosts
        return {owners[host.mac]: host.address for host in hosts}


def live(
    session: Session, now: time_machine.Traveller, pceen: PCeen, until: date, **how: Any
) -> Diary:
    """Have someone live alone until then."""
    how["buys"] = {day: [(pceen, slug)] for day, slug in how.pop("buys", {}).items()}
    (diary,) = Calendar(session, now, pceen).live(until, **how)
    return diary


def test_from_day_to_day_each_is_told_what_concerns_them_and_nothing_else(
    session: Session, now: time_machine.Traveller
) -> None:
    idle, payer, roomless = (arrive(session, room_num=num) for num in (305, 306, 307))
    leave(session, roomless)
    buys = {
        "2026-12-01": [(payer, "12months"), (roomless, "12months")],
        "2027-03-01": [(payer, "3months"), (roomless, "3months")],
    }

    of_idle, of_payer, of_roomless = Calendar(session, now, idle, payer, roomless).live(
        date(2028, 4, 1), buys=buys
    )

    assert of_idle == Diary(
        mails=[("2026-12-17", "renew_reminder"), ("2026-12-24", "internet_cut")],
        states=[("2026-12-24", OUTLAW)],
        bans=["2026-12-24"],
        rules=["2026-12-24"],
    )
    assert of_payer == Diary(
        mails=[
            ("2026-12-01", "new_subscription"),
            ("2027-03-01", "new_subscription"),
            ("2028-02-25", "subscription_expired"),
            ("2028-03-19", "renew_reminder"),
            ("2028-03-26", "internet_cut"),
        ],
        states=[("2026-12-01", PAID), ("2028-02-25", TRIAL), ("2028-03-26", OUTLAW)],
        bans=["2028-03-26"],
        rules=["2028-03-26"],
    )
    assert of_roomless == Diary(
        mails=[("2026-12-01", "new_subscription"), ("2027-03-01", "new_subscription")],
        states=of_payer.states,
        bans=of_payer.bans,
        rules=[],  # it has an address in no room
    )
    for person in (payer, roomless):
        assert periods(session, person) == [
            ("_first", ARRIVAL, ARRIVAL),
            ("12months", on("2026-12-24"), on("2027-11-24")),
            ("3months", on("2027-12-25"), on("2028-02-25")),
        ]


def test_the_rules_put_who_is_cut_among_the_banned(
    session: Session, now: time_machine.Traveller
) -> None:
    arrive(session, room_num=305)
    now.move_to(paris(CUT, 0, 4))
    before = dhcp.wanted(session, target=RULES)

    now.move_to(paris(CUT, 0, 5))
    run(session)

    after = dhcp.wanted(session, target=RULES)
    assert ("10.0.3.5" in before.text, "10.0.3.5" in after.text) == (True, False)
    assert ("10.0.8.1" in before.text, "10.0.8.1" in after.text) == (False, True)
    assert ("10.0.3.5" in before.admitted, "10.0.8.1" in after.admitted) == (True, False)


@pytest.mark.parametrize("hours", [(0,), (0, 8, 22)])
def test_who_pays_once_cut_is_cut_again_at_the_end_of_what_they_paid(
    session: Session, now: time_machine.Traveller, hours: tuple[int, ...]
) -> None:
    ada, buys = arrive(session), {"2026-12-30": "3months"}

    diary = live(session, now, ada, until=date(2027, 4, 10), buys=buys, hours=hours)

    assert diary.mails == [
        ("2026-12-17", "renew_reminder"),
        ("2026-12-24", "internet_cut"),
        ("2026-12-30", "new_subscription"),
        ("2027-02-28", "subscription_expired"),
        ("2027-03-22", "renew_reminder"),
        ("2027-03-29", "internet_cut"),
    ]
    assert diary.bans == ["2026-12-24", "2027-03-29"]
    assert diary.rules == ["2026-12-24", "2026-12-30", "2027-03-29"]


def test_who_takes_a_room_late_is_reminded_then(
    session: Session, now: time_machine.Traveller
) -> None:
    ada = DeviceFactory().pceen
    run(session)
    now.move_to(paris(CUT - 3 * DAY, 12))
    RentalFactory(pceen=ada, room_num=305)

    diary = live(session, now, ada, since=CUT - 2 * DAY, until=CUT)

    assert diary.mails == [("2026-12-22", "renew_reminder"), ("2026-12-24", "internet_cut")]


@pytest.mark.parametrize(
    ("but", "mails"),
    [
        (
            ("2026-12-16", "2026-12-17", "2026-12-18"),
            [("2026-12-19", "renew_reminder"), ("2026-12-24", "internet_cut")],
        ),
        (
            ("2026-12-23", "2026-12-24", "2026-12-25"),
            [("2026-12-17", "renew_reminder"), ("2026-12-26", "internet_cut")],
        ),
        (
            tuple(f"2026-12-{number}" for number in range(16, 29)),
            [("2026-12-29", "internet_cut")],
        ),
    ],
    ids=["reminder", "cut", "both"],
)
@pytest.mark.parametrize("hours", [(0,), (0, 8, 22)])
def test_what_was_not_done_is_done_late_and_once(
    session: Session,
    now: time_machine.Traveller,
    but: tuple[str, ...],
    mails: list[tuple[str, str]],
    hours: tuple[int, ...],
) -> None:
    ada = arrive(session)

    diary = live(session, now, ada, until=date(2027, 1, 10), but=but, hours=hours)

    assert diary.mails == mails
    assert len(diary.bans) == 1


def test_three_days_without_work_over_a_reminder_and_a_cut_make_one_mail_the_cut(
    session: Session, now: time_machine.Traveller
) -> None:
    ada = arrive(session)
    RENEW_REMINDER_DAYS.set(session, 2)
    session.commit()
    but = ("2026-12-22", "2026-12-23", "2026-12-24")

    diary = live(session, now, ada, until=date(2027, 1, 10), but=but, hours=(0, 8, 22))

    assert diary.mails == [("2026-12-25", "internet_cut")]
    assert diary.states == [("2026-12-25", OUTLAW)]
    assert diary.bans == ["2026-12-25"]


@pytest.mark.parametrize(
    ("days", "reminder"), [(1, "2026-12-23"), (7, "2026-12-17"), (20, "2026-12-04")]
)
def test_the_gris_choose_how_long_before_the_cut_one_is_reminded(
    session: Session, now: time_machine.Traveller, days: int, reminder: str
) -> None:
    ada = arrive(session)
    RENEW_REMINDER_DAYS.set(session, days)
    session.commit()

    diary = live(session, now, ada, until=CUT)

    assert diary.mails == [(reminder, "renew_reminder"), ("2026-12-24", "internet_cut")]


def test_the_work_is_due_five_minutes_after_midnight_in_paris(
    session: Session, now: time_machine.Traveller
) -> None:
    ada = arrive(session)
    found = []
    for instant in (paris(CUT - DAY, 0, 5), paris(CUT, 0, 4), paris(CUT, 0, 5)):
        now.move_to(instant)
        run_jobs(session, [jobs.SUBSCRIPTIONS])
        session.refresh(ada)
        found.append(ada.sub_state)

    assert found == [TRIAL, TRIAL, OUTLAW]


# What is written


def test_a_cut_is_written_down_and_told_with_its_day(
    session: Session, now: time_machine.Traveller, outbox: Outbox
) -> None:
    ada = arrive(session)
    now.move_to(paris(CUT, 0, 5))

    run(session)

    told = [one for one in outbox() if isinstance(one, mails.CutMail)]
    assert told == [mails.InternetCut(to=ada.email, locale="fr", prenom="Marie", cut="2026-12-24")]
    made = session.scalars(sa.select(Ban)).one()
    assert (made.kind, made.pceen_id, made.ends_at) == (UNPAID, ada.id, None)
    assert (made.starts_at, made.created_by) == (paris(CUT, 0, 5), None)
    states = sa.select(AuditEvent).where(AuditEvent.action == "intrarez.subscription.state")
    event = session.scalars(states.order_by(AuditEvent.id)).all()[-1]
    assert (event.object_id, event.actor_id) == (ada.id, None)
    assert (event.before, event.after) == ({"state": "trial"}, {"state": "outlaw"})


@pytest.mark.parametrize(
    ("locale", "reason"),
    [
        ("fr", "Pas d'abonnement en cours"),
        (None, "Pas d'abonnement en cours"),
        ("en", "No active subscription"),
    ],
)
def test_the_ban_says_why_in_the_language_of_the_person(
    session: Session, now: time_machine.Traveller, locale: str | None, reason: str
) -> None:
    arrive(session, locale=locale)
    now.move_to(paris(CUT, 0, 5))

    run(session)

    assert session.scalars(sa.select(Ban.reason)).all() == [reason]


def test_the_ban_invites_to_subscribe(session: Session, now: time_machine.Traveller) -> None:
    arrive(session)
    now.move_to(paris(CUT, 0, 5))

    run(session)

    assert session.scalars(sa.select(Ban)).one().message


def test_who_has_no_mail_address_is_cut_all_the_same(
    session: Session, now: time_machine.Traveller, outbox: Outbox
) -> None:
    ada = arrive(session, email=None)

    for day in (CUT - 3 * DAY, CUT):
        now.move_to(paris(day, 0, 5))
        run(session)

    assert (open_kinds(session, ada), sent(outbox)) == ([UNPAID], [])


def test_someone_banned_for_conduct_has_one_more_ban_not_two(
    session: Session, now: time_machine.Traveller
) -> None:
    ada = arrive(session)
    start_ban(session, ada, CONDUCT)
    now.move_to(paris(CUT, 0, 5))

    run(session)
    run(session)

    assert open_kinds(session, ada) == [CONDUCT, UNPAID]
    assert len(session.scalars(sa.select(Ban)).all()) == 2


def test_an_outlaw_without_a_ban_gets_one_and_no_mail(
    session: Session, now: time_machine.Traveller, outbox: Outbox
) -> None:
    ada = arrive(session)
    now.move_to(paris(CUT + 9 * DAY, 0, 5))
    ada.sub_state = OUTLAW  # as an import would write
    session.commit()

    run(session)
    run(session)

    assert open_kinds(session, ada) == [UNPAID]
    assert sent(outbox) == []


def test_a_ban_that_has_no_reason_left_is_lifted(
    session: Session, now: time_machine.Traveller
) -> None:
    ada = arrive(session)
    start_ban(session, ada, UNPAID)

    run(session)

    assert (open_kinds(session, ada), ada.sub_state) == ([], TRIAL)


def test_a_state_that_was_written_wrong_is_mended(session: Session, outbox: Outbox) -> None:
    ada = arrive(session)
    buy(session, ada)
    ada.sub_state = OUTLAW
    session.commit()

    run(session)

    assert ada.sub_state is PAID
    assert sent(outbox) == []  # being subscribed is told by the payment


def test_what_is_revoked_after_the_reminder_is_not_reminded_again(
    session: Session, now: time_machine.Traveller, outbox: Outbox
) -> None:
    ada, gri = arrive(session), PCeenFactory()
    now.move_to(paris(CUT - 5 * DAY, 0, 5))
    run(session)

    revoke(session, buy(session, ada), by=gri)
    run(session)
    now.move_to(paris(CUT, 0, 5))
    run(session)

    assert sent(outbox) == [mails.RenewReminder, mails.InternetCut]


# The welcome month of who was there before


@pytest.mark.parametrize("has_room", [True, False])
def test_who_has_a_device_and_no_subscription_gets_a_welcome_month_since_their_first_device(
    session: Session, outbox: Outbox, has_room: bool
) -> None:
    ada = PCeenFactory(slugs=["rezident"])
    if has_room:
        RentalFactory(pceen=ada)
    DeviceFactory(pceen=ada, registered_at=paris(date(2026, 9, 30), 0))
    first = DeviceFactory(pceen=ada, registered_at=paris(date(2026, 9, 2), 0))

    run(session)
    run(session)

    given = session.scalars(sa.select(Subscription)).one()
    assert (given.start, given.end) == (date(2026, 9, 2), ARRIVAL)
    assert (given.welcome_of, given.welcome_mac) == (ada.id, first.mac_address)
    assert ada.sub_state is TRIAL
    assert sent(outbox) == [mails.SubscriptionExpired] * has_room
    told = [one for one in outbox() if isinstance(one, mails.SubscriptionExpired)]
    assert all(one.is_first for one in told)  # nothing of theirs has come to its end


def test_the_first_day_of_a_residence_that_charges_gives_each_a_month_and_a_mail(
    session: Session, outbox: Outbox, now: time_machine.Traveller
) -> None:
    old = DeviceFactory(registered_at=paris(date(2025, 10, 1), 12)).pceen
    silent = DeviceFactory(pceen__email=None).pceen
    payer = DeviceFactory().pceen
    buy(session, payer)
    PCeenFactory(slugs=["rezident"])  # without a device
    waiting = len(outbox())

    done = subscriptions.set_up(session)
    again = subscriptions.set_up(session)

    assert (list(done), list(again)) == ([old.id, silent.id], [])
    assert periods(session, old) == [("_first", date(2025, 10, 1), ARRIVAL)]
    assert periods(session, silent) == [("_first", ARRIVAL, ARRIVAL)]
    assert [slug for slug, *_ in periods(session, payer)] == ["3months"]
    assert outbox()[waiting:] == [
        mails.SetUp(to=old.email, locale="fr", prenom="Marie", cut="2026-12-24")
    ]
    assert (old.sub_state, silent.sub_state) == (TRIAL, TRIAL)


# Of whom


@pytest.mark.parametrize(
    ("right", "is_concerned"),
    [
        ((T.read, S.intrarez), True),
        ((T.write, S.intrarez), True),
        ((T.all, S.intrarez), True),
        ((T.all, S.gris), False),
        ((T.read, S.bar), False),
        (None, False),
    ],
)
def test_the_day_is_for_those_who_have_the_right_to_internet(
    session: Session, right: tuple[T, S] | None, is_concerned: bool
) -> None:
    ada = PCeenFactory(can=[right] if right else [])
    DeviceFactory(pceen=ada)

    run(session)

    assert ada.has_permission(T.read, S.intrarez) is is_concerned
    assert ada.sub_state is (TRIAL if is_concerned else None)


def test_where_everybody_has_the_right_everybody_is_concerned(session: Session) -> None:
    ada = DeviceFactory(pceen__slugs=[]).pceen
    everyone = public_role(session)
    everyone.permissions.append(permission(T.read, S.intrarez))
    session.commit()

    run(session)

    assert ada.sub_state is TRIAL


@pytest.mark.parametrize("why", ["disabled", "without a device", "without the right any more"])
def test_who_has_no_internet_anyway_is_left_as_they_are(
    session: Session, now: time_machine.Traveller, outbox: Outbox, why: str
) -> None:
    ada = arrive(session)
    now.move_to(paris(CUT, 0, 5))
    if why == "disabled":
        ada.disabled_at = clock.now()
    elif why == "without a device":
        session.execute(sa.update(Device).values(pceen_id=PCeenFactory().id))
    else:
        ada.roles = []
    session.commit()

    run(session)

    assert (ada.sub_state, open_kinds(session, ada), sent(outbox)) == (TRIAL, [], [])


def test_who_has_two_roles_that_give_the_right_is_done_once(
    session: Session, now: time_machine.Traveller, outbox: Outbox
) -> None:
    ada = arrive(session)
    ada.roles = [
        system_role("rezident"),
        Role(name="x", permissions=[permission(T.all, S.intrarez)]),
    ]
    session.commit()
    now.move_to(paris(CUT, 0, 5))

    assert [one.pceen_id for one in subscriptions.due(session)] == [ada.id]
    run(session)

    assert sent(outbox) == [mails.InternetCut]


# What goes wrong


def _raise(session: Session) -> None:
    raise RuntimeError("a secret that no log should hold")


def _break(session: Session) -> None:
    """The database itself says no, in the middle of the work."""
    session.add(Ban(pceen_id=999_999, kind=UNPAID, reason="x"))
    session.flush()


#: What may happen, by the name of the error.
FAULTS = {"RuntimeError": _raise, "IntegrityError": _break}


@pytest.mark.parametrize("name", list(FAULTS))
def test_the_second_of_ten_who_fails_stops_nobody_and_is_reported_once(
    session: Session,
    now: time_machine.Traveller,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    people = [arrive(session, room_num=301 + number) for number in range(10)]
    bad, start = people[1].id, bans.start

    def start_or_fail(session: Session, *, pceen: PCeen, **terms: Any) -> Ban:
        made = start(session, pceen=pceen, **terms)
        if pceen.id == bad:
            FAULTS[name](session)
        return made

    now.move_to(paris(CUT, 0, 5))
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(bans, "start", start_or_fail)
        run(session)

    assert states(session) == {OUTLAW: 9, TRIAL: 1}
    assert Counter(sent(outbox)) == {mails.InternetCut: 9, mails.DayNotDone: 1}
    (alert,) = (one for one in outbox() if isinstance(one, mails.DayNotDone))
    assert (alert.to, alert.people, alert.errors) == ("gri@example.org", [bad], [name])
    assert len(session.scalars(sa.select(Ban)).all()) == 9
    assert f"the subscription of {bad} could not be updated" in caplog.text
    assert "secret" not in caplog.text

    run(session)  # the cause is gone

    assert states(session) == {OUTLAW: 10}
    assert Counter(sent(outbox)) == {mails.InternetCut: 10, mails.DayNotDone: 1}


def test_a_failure_is_told_to_nobody_where_nobody_is_to_be_told(
    session: Session,
    now: time_machine.Traveller,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada = arrive(session)
    now.move_to(paris(CUT, 0, 5))
    monkeypatch.setattr(bans, "start", lambda session, **_: _raise(session))

    found = subscriptions.update(session, Day(plan=PLAN))

    assert [(one.pceen_id, one.error) for one in found] == [(ada.id, "RuntimeError")]
    assert sent(outbox) == []


def test_each_is_told_of_as_they_are_done(session: Session, now: time_machine.Traveller) -> None:
    people = [arrive(session, room_num=301 + number) for number in range(3)]
    now.move_to(paris(CUT, 0, 5))
    told: list[Done] = []

    found = subscriptions.update(session, Day(plan=PLAN, tell=told.append))

    assert told == found
    assert [one.pceen_id for one in told] == [person.id for person in people]


def test_who_paid_since_they_were_looked_at_is_left_alone(
    session: Session, now: time_machine.Traveller, outbox: Outbox
) -> None:
    people = [arrive(session, room_num=301 + number) for number in range(2)]
    now.move_to(paris(CUT, 0, 5))
    keys = [person.id for person in people]

    def pay(done: Done) -> None:
        """The second pays while the first is being cut."""
        if done.pceen_id == keys[0]:
            buy(session, session.get_one(PCeen, keys[1]))

    found = subscriptions.update(session, Day(plan=PLAN, tell=pay))

    assert [one.work.becomes for one in found] == [OUTLAW, PAID]
    assert found[1].work.is_nothing
    assert sent(outbox) == [mails.InternetCut]
    assert open_kinds(session, people[1]) == []


# Looking only


def test_looking_at_what_is_due_changes_nothing_and_is_what_is_done(
    session: Session, now: time_machine.Traveller
) -> None:
    cut = arrive(session, room_num=301)
    payer = arrive(session, room_num=302)
    buy(session, payer)
    now.move_to(paris(CUT, 0, 5))
    fresh = DeviceFactory().pceen
    before = tables(session)

    due = subscriptions.due(session)

    assert tables(session) == before
    assert due == [
        Done(cut.id, Work(becomes=OUTLAW, has_changed=True, tell=True, ban=True)),
        Done(fresh.id, Work(welcome=Period(CUT, CUT), becomes=TRIAL, has_changed=True)),
    ]
    assert subscriptions.update(session, Day(plan=PLAN)) == due
    assert subscriptions.due(session) == []


# What it costs


def settle_many(session: Session, count: int, *, first: int) -> None:
    """People with a device, who paid until much later."""
    role = system_role("rezident")
    people = [
        PCeen(
            username=f"many{first + number}",
            prenom="Ada",
            nom="Lovelace",
            roles=[role],
            sub_state=TRIAL,
        )
        for number in range(count)
    ]
    session.add_all(people)
    session.flush()
    for number, person in enumerate(people):
        mac = f"3c:22:fc:00:{(first + number) >> 8:02x}:{(first + number) & 255:02x}"
        session.add(Device(pceen_id=person.id, mac_address=mac))
        session.add(
            Subscription(
                pceen_id=person.id,
                offer_slug="_first",
                start=ARRIVAL,
                end=ARRIVAL,
                effective_start=ARRIVAL,
                welcome_of=person.id,
            )
        )
    session.commit()


def test_a_day_when_nothing_is_due_costs_as_much_for_five_hundred_as_for_five(
    session: Session, queries: list[str]
) -> None:
    costs = []
    for first, count in ((0, 5), (5, 495)):
        settle_many(session, count, first=first)
        queries.clear()
        run(session)
        costs.append(len(queries))

    assert costs[0] == costs[1] <= 12
    assert states(session) == {TRIAL: 500}


def test_those_of_all_batches_are_looked_at(
    session: Session, monkeypatch: pytest.MonkeyPatch, now: time_machine.Traveller
) -> None:
    monkeypatch.setattr(reading, "BATCH", 3)
    settle_many(session, 10, first=0)
    now.move_to(paris(CUT, 0, 5))

    assert len(subscriptions.due(session)) == 10


def test_one_more_to_do_costs_as_much_as_the_one_before(
    session: Session, queries: list[str], now: time_machine.Traveller
) -> None:
    costs = []
    for count in (1, 2, 12):
        settle_many(session, count, first=count * 100)
        now.move_to(paris(ARRIVAL, 12))
        session.execute(sa.update(PCeen).values(sub_state=None))
        session.commit()
        queries.clear()
        run(session)
        costs.append(len(queries))

    each = costs[1] - costs[0]
    assert costs[2] - costs[1] == 6 * each
