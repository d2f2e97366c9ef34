"""Notifications, given to devices: once each, when their owners want it, come what may."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import NotificationTopic, PushState
from app.extensions import db
from app.integrations.push import PushService
from app.models import (
    Notification,
    NotificationChoice,
    NotificationHours,
    NotificationRecipient,
    OutboxEntry,
    PCeen,
    PushDelivery,
    PushSubscription,
)
from app.modules.notifications.effects import DeliverPushes
from app.modules.notifications.errors import NoLongerNews
from app.modules.notifications.rules import deliveries as rules
from app.modules.notifications.rules.audiences import people
from app.modules.notifications.rules.deliveries import Pushed, written
from app.modules.notifications.rules.quiet import rings_at
from app.modules.notifications.service import delivering, pushing
from app.modules.notifications.service.bus import Notice, tell
from app.web.module import all_effects, all_jobs
from app.worker import run_due
from tests.factories import PCeenFactory
from tests.push_service import GOOGLE, MOZILLA, Browser, FakeService, listening, says, towards

EVENING = datetime(2026, 3, 14, 19, tzinfo=UTC)

Work = Callable[[], int]


@pytest.fixture(scope="module")
def running() -> Iterator[FakeService]:
    with listening() as service:
        yield service


@pytest.fixture
def service(running: FakeService) -> FakeService:
    running.told.clear()
    running.answers.clear()
    return running


@pytest.fixture
def push(
    app: Flask, service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> PushService:
    push = towards(service, tmp_path)
    monkeypatch.setitem(app.extensions, "push", push)
    return push


@pytest.fixture
def work(app: Flask, session: Session, push: PushService) -> Work:
    """Have the worker do what is due."""

    def _work() -> int:
        with app.app_context():
            return run_due(session, all_effects())

    return _work


@pytest.fixture
def evening() -> Iterator[Any]:
    with time_machine.travel(EVENING, tick=False) as traveller:
        yield traveller


def say(session: Session, *told: PCeen, **values: Any) -> Notification:
    notice = {"topic": NotificationTopic.site, "title": "Salut", "body": "Ça va ?"} | values
    with transaction(session):
        made = tell(session, Notice(**notice), people(*(one.id for one in told)))
        assert made is not None
        number = made.id
    return session.get_one(Notification, number)


def deliveries(session: Session) -> list[PushDelivery]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(sa.select(PushDelivery).order_by(PushDelivery.id)))


def states(session: Session) -> list[PushState]:
    return [one.state for one in deliveries(session)]


def calls(session: Session) -> list[datetime]:
    """When the worker is to look at what is due."""
    waiting = sa.select(OutboxEntry.due_at).where(
        OutboxEntry.kind == DeliverPushes.kind, OutboxEntry.sent_at.is_(None)
    )
    return sorted(session.scalars(waiting))


def counts(told: Notification) -> tuple[int, int, int]:
    return told.delivered_count, told.gone_count, told.failed_count


def test_each_device_of_those_who_are_told_shows_it_once_in_their_language(
    session: Session, service: FakeService, work: Work
) -> None:
    ada, bob = PCeenFactory(), PCeenFactory(locale="en")
    phone, laptop, other = (Browser(path=f"/{n}") for n in range(3))
    phone.of(ada)
    laptop.of(ada)
    other.of(bob)
    Browser(path="/9").of(PCeenFactory())
    told = say(session, ada, bob, url="/bekk", quiet=True, image="/static/img/x.webp")
    told.title_en, told.body_en = "Hi", "How are you?"
    session.commit()

    work()
    work()

    opened = {
        one.path: browser.opened(one.body)
        for one in service.told
        for browser in (phone, laptop, other)
        if browser.path == one.path
    }
    shown = {
        "id": told.id,
        "tag": f"n{told.id}",
        "url": "/bekk",
        "quiet": True,
        "image": "/static/img/x.webp",
    }
    french = shown | {"title": "Salut", "body": "Ça va ?", "lang": "fr"}
    english = shown | {"title": "Hi", "body": "How are you?", "lang": "en"}
    assert opened == {"/0": french, "/1": french, "/2": english}
    assert len(service.told) == 3
    assert {one.headers["Topic"] for one in service.told} == {f"n{told.id}"}
    assert states(session) == [PushState.sent] * 3
    assert counts(told) == (3, 0, 0)
    used = sa.select(sa.func.count()).where(PushSubscription.last_used_at.is_not(None))
    assert session.scalars(used).one() == 3
    assert calls(session) == []


def test_who_does_not_want_a_topic_there_is_not_rung(
    session: Session, service: FakeService, work: Work
) -> None:
    topic = NotificationTopic.calendar
    wants, default, bell_alone = PCeenFactory(), PCeenFactory(), PCeenFactory()
    for path, one in enumerate((wants, default, bell_alone)):
        Browser(path=f"/{path}").of(one)
    session.add_all(
        [
            NotificationChoice(pceen_id=wants.id, topic=topic, bell=True, push=True, digest=False),
            NotificationChoice(
                pceen_id=bell_alone.id,
                topic=NotificationTopic.site,
                bell=True,
                push=False,
                digest=False,
            ),
        ]
    )
    session.commit()
    everybody = (wants, default, bell_alone)

    say(session, *everybody, topic=topic)
    work()
    assert service.paths() == ["/0"]
    say(session, *everybody)
    work()
    assert sorted(service.paths()) == ["/0", "/0", "/1"]


def test_without_keys_devices_are_owed_nothing(app: Flask, session: Session) -> None:
    ada = PCeenFactory()
    Browser().of(ada)
    say(session, ada)

    with app.app_context():
        run_due(session, all_effects())

    assert deliveries(session) == []


def test_to_ring_twice_rings_once(session: Session, service: FakeService, work: Work) -> None:
    ada = PCeenFactory()
    Browser().of(ada)
    told = say(session, ada)
    with transaction(session):
        delivering.ring(session, told.id)
        delivering.ring(session, told.id)

    work()

    assert len(service.told) == len(deliveries(session)) == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(
    session: Session, service: FakeService, work: Work, status: int
) -> None:
    ada = PCeenFactory()
    Browser().of(ada)
    Browser(GOOGLE).of(ada)
    service.answers[MOZILLA] = says(status)
    told = say(session, ada)

    work()

    assert sorted(states(session)) == [PushState.gone, PushState.sent]
    assert counts(told) == (1, 1, 0)
    assert [one.endpoint for one in session.scalars(sa.select(PushSubscription))] == [
        Browser(GOOGLE).endpoint
    ]
    service.told.clear()
    say(session, ada)
    work()
    assert [one.host for one in service.told] == [GOOGLE]


def test_what_fails_is_tried_again_later_and_later_then_given_up(
    session: Session, service: FakeService, work: Work, evening: Any
) -> None:
    ada = PCeenFactory()
    Browser().of(ada)
    service.answers[MOZILLA] = says(500)
    told = say(session, ada)

    work()
    for tried, delay in enumerate(rules.DELAYS, start=1):
        assert len(service.told) == tried
        assert calls(session) == [clock.now() + delay]
        evening.shift(delay - timedelta(seconds=1))
        work()
        assert len(service.told) == tried
        evening.shift(timedelta(seconds=1))
        work()

    (owed,) = deliveries(session)
    assert (owed.state, owed.attempts, owed.last_error) == (PushState.parked, 6, "HTTP 500")
    assert counts(told) == (0, 0, 1)
    assert calls(session) == []

    service.answers.clear()
    with transaction(session):
        assert delivering.retry(session, told.id) == 1
    work()
    assert states(session) == [PushState.sent]
    session.refresh(told)
    assert counts(told) == (1, 0, 0)


def test_what_was_told_a_day_ago_is_tried_no_more(
    session: Session, service: FakeService, work: Work, evening: Any
) -> None:
    ada = PCeenFactory()
    for path in ("/1", "/2"):
        Browser(path=path).of(ada)
    service.answers |= {Browser(path="/1").endpoint: says(500), MOZILLA: says(400)}
    told = say(session, ada)
    work()
    assert sorted(states(session)) == [PushState.parked, PushState.pending]

    evening.shift(timedelta(hours=25))
    work()

    assert sorted(states(session)) == [PushState.dropped, PushState.parked]
    assert len(service.told) == 2
    with pytest.raises(NoLongerNews), transaction(session):
        delivering.retry(session, told.id)


@pytest.mark.parametrize("status", [400, 403, 413])
def test_what_will_never_be_taken_is_given_up_at_once(
    session: Session, service: FakeService, work: Work, status: int
) -> None:
    ada = PCeenFactory()
    Browser().of(ada)
    service.answers[MOZILLA] = says(status)
    told = say(session, ada)

    work()

    (owed,) = deliveries(session)
    assert (owed.state, owed.last_error) == (PushState.parked, f"HTTP {status}")
    assert counts(told) == (0, 0, 1)


def test_a_service_that_has_enough_is_left_alone_as_long_as_it_says(
    session: Session, service: FakeService, work: Work, evening: Any
) -> None:
    ada = PCeenFactory()
    for n in range(20):
        Browser(path=f"/{n}").of(ada)
    Browser(GOOGLE).of(ada)
    service.answers[MOZILLA] = says(429, Retry_After="90")
    say(session, ada)

    work()

    asked = len(service.told)
    waiting = [one for one in deliveries(session) if one.state is PushState.pending]
    assert asked < 21
    assert len(waiting) == 20
    assert {one.due_at for one in waiting} == {EVENING + timedelta(seconds=90)}
    assert sum(one.attempts for one in waiting) == asked - 1
    service.answers.clear()
    evening.shift(timedelta(seconds=80))
    work()
    assert len(service.told) == asked
    evening.shift(timedelta(seconds=10))
    work()
    assert set(states(session)) == {PushState.sent}
    assert len(service.told) == asked + 20


def test_a_service_that_hangs_delays_nobody_else(
    session: Session, service: FakeService, push: PushService, work: Work
) -> None:
    ada = PCeenFactory()
    for n in range(12):
        Browser(path=f"/{n}").of(ada)
    for n in range(8):
        Browser(GOOGLE, path=f"/{n}").of(ada)
    service.answers[MOZILLA] = service.hangs
    told = say(session, ada)
    object.__setattr__(push, "patience", 0.8)

    work()

    assert counts(told) == (8, 0, 0)
    assert len(service.told) <= 8 + 6
    tried = [one for one in deliveries(session) if one.attempts and one.state is PushState.pending]
    assert {one.last_error for one in tried} == {"no answer in time"}
    assert min(calls(session)) > clock.now()
    service.over.set()
    service.over.clear()


def test_who_left_or_read_it_meanwhile_is_not_rung(
    session: Session, service: FakeService, work: Work, evening: Any
) -> None:
    leaves, reads, changes, removes = (PCeenFactory() for _ in range(4))
    for path, one in enumerate((leaves, reads, changes, removes)):
        Browser(path=f"/{path}").of(one)
        session.add(NotificationHours(pceen_id=one.id, quiet_from="19:00", quiet_until="23:00"))
    session.commit()
    told = say(session, leaves, reads, changes, removes)
    work()
    assert service.told == []
    assert calls(session) == [EVENING + timedelta(hours=3)]

    leaves.disabled_at = clock.now()
    received = session.get_one(NotificationRecipient, (told.id, reads.id))
    received.read_at = clock.now()
    session.add(
        NotificationChoice(
            pceen_id=changes.id, topic=told.topic, bell=True, push=False, digest=False
        )
    )
    session.execute(sa.delete(PushSubscription).where(PushSubscription.pceen_id == removes.id))
    session.commit()
    evening.shift(timedelta(hours=3))
    work()

    assert service.told == []
    assert states(session) == [PushState.dropped] * 4
    assert counts(told) == (0, 0, 0)


def test_at_night_devices_wait_for_the_morning(
    session: Session, service: FakeService, work: Work, evening: Any
) -> None:
    sleeper, owl = PCeenFactory(), PCeenFactory()
    Browser(path="/sleeper").of(sleeper)
    Browser(path="/owl").of(owl)
    session.add(NotificationHours(pceen_id=sleeper.id, quiet_from="19:30", quiet_until="08:00"))
    session.commit()
    say(session, sleeper, owl, quiet=True)

    work()
    assert service.paths() == ["/owl"]
    evening.move_to(datetime(2026, 3, 15, 6, 59, tzinfo=UTC))
    work()
    assert service.paths() == ["/owl"]
    evening.move_to(datetime(2026, 3, 15, 7, tzinfo=UTC))
    work()
    assert service.paths() == ["/owl", "/sleeper"]


def test_what_is_tried_again_waits_for_the_morning_too(
    session: Session, service: FakeService, work: Work, evening: Any
) -> None:
    ada = PCeenFactory()
    Browser().of(ada)
    session.add(NotificationHours(pceen_id=ada.id, quiet_from="20:05", quiet_until="08:00"))
    session.commit()
    service.answers[MOZILLA] = says(500)
    say(session, ada)
    work()
    assert len(service.told) == 1

    service.answers.clear()
    evening.move_to(datetime(2026, 3, 14, 19, 10, tzinfo=UTC))
    work()
    assert len(service.told) == 1
    evening.move_to(datetime(2026, 3, 15, 7, tzinfo=UTC))
    work()

    assert len(service.told) == 2
    assert states(session) == [PushState.sent]


def test_what_was_sent_is_written_whatever_comes_after_it(
    session: Session, service: FakeService, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = PCeenFactory()
    Browser(GOOGLE, path="/sent").of(ada)
    Browser(MOZILLA).of(ada)
    service.answers[MOZILLA] = says(429, Retry_After="90")
    told = say(session, ada)
    settle = pushing._use

    def fails(*_: Any) -> None:
        monkeypatch.setattr(pushing, "_use", settle)
        raise RuntimeError("the database was away")

    monkeypatch.setattr(pushing, "_use", fails)

    work()

    assert sorted(states(session)) == [PushState.pending, PushState.sent]
    session.refresh(told)
    assert counts(told) == (1, 0, 0)
    assert service.paths().count("/sent") == 1


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.once
@pytest.mark.parametrize(
    ("happens", "start", "end", "rings"),
    [
        # by day, then by night on each side of midnight
        ("2026-01-15T12:00+01:00", "22:00", "08:00", "2026-01-15T12:00+01:00"),
        ("2026-01-15T22:00+01:00", "22:00", "08:00", "2026-01-16T08:00+01:00"),
        ("2026-01-15T21:59+01:00", "22:00", "08:00", "2026-01-15T21:59+01:00"),
        ("2026-01-16T07:59+01:00", "22:00", "08:00", "2026-01-16T08:00+01:00"),
        ("2026-01-16T08:00+01:00", "22:00", "08:00", "2026-01-16T08:00+01:00"),
        # of the same day
        ("2026-01-15T13:30+01:00", "13:00", "14:00", "2026-01-15T14:00+01:00"),
        ("2026-01-15T14:00+01:00", "13:00", "14:00", "2026-01-15T14:00+01:00"),
        # the nights on which clocks change
        ("2026-03-28T23:00+01:00", "22:00", "08:00", "2026-03-29T08:00+02:00"),
        ("2026-03-29T01:30+01:00", "22:00", "02:30", "2026-03-29T03:30+02:00"),
        ("2026-10-24T23:00+02:00", "22:00", "08:00", "2026-10-25T08:00+01:00"),
        ("2026-10-25T02:15+02:00", "22:00", "02:30", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:15+01:00", "22:00", "02:30", "2026-10-25T02:30+01:00"),
        # no hours
        ("2026-01-15T23:00+01:00", "22:00", "22:00", "2026-01-15T23:00+01:00"),
        ("2026-01-15T23:00+01:00", None, None, "2026-01-15T23:00+01:00"),
        ("2026-01-15T23:00+01:00", "22:00", None, "2026-01-15T23:00+01:00"),
        ("2026-01-15T23:00+01:00", "dix", "onze", "2026-01-15T23:00+01:00"),
    ],
)
def test_what_comes_in_quiet_hours_rings_at_their_end(
    happens: str, start: str | None, end: str | None, rings: str
) -> None:
    assert rings_at(at(happens), start, end) == at(rings)


@pytest.mark.once
@pytest.mark.parametrize("letter", ["a", "é", "🎉", '"', "\n"])
def test_the_longest_notification_is_carried(letter: str) -> None:
    pushed = Pushed(
        id=1,
        title=letter * 128,
        body=letter * 512,
        url="/" + letter * 255,
        image="/" + letter * 255,
        quiet=False,
        lang="fr",
    )

    assert len(written(pushed)) <= rules.LONGEST


def test_a_worker_that_dies_between_sending_and_writing_sends_it_again_under_the_same_tag(
    session: Session,
    service: FakeService,
    work: Work,
    push: PushService,
    evening: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ada = PCeenFactory()
    Browser().of(ada)
    told = say(session, ada)
    with transaction(session):
        delivering.ring(session, told.id)

    def dies(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(pushing, "_write", dies)
        with pytest.raises(SystemExit):
            delivering.deliver(session, push)
    assert len(service.told) == 1
    delivering.deliver(session, push)
    assert len(service.told) == 1  # it may still be at it
    evening.shift(pushing.LEASE)
    work()

    assert states(session) == [PushState.sent]
    assert {one.headers["Topic"] for one in service.told} == {f"n{told.id}"}
    assert counts(told) == (1, 0, 0)


def test_two_workers_at_once_send_each_device_one(
    shared: Flask, service: FakeService, tmp_path: Path
) -> None:
    push = towards(service, tmp_path)
    with shared.app_context():
        session = db.session()
        ada = PCeen(
            username="ada", prenom="Ada", nom="L", prenom_key="ada", nom_key="l", email="a@b.fr"
        )
        session.add(ada)
        session.flush()
        told = tell(
            session, Notice(topic=NotificationTopic.site, title="a", body="b"), people(ada.id)
        )
        assert told is not None
        keys = Browser().keys
        session.add_all(
            PushSubscription(
                pceen_id=ada.id,
                endpoint=f"https://{MOZILLA}/{n}",
                endpoint_hash=f"{n:064}",
                **keys,
            )
            for n in range(250)
        )
        session.flush()
        delivering.ring(session, told.id)
        number = told.id
        session.commit()

    def deliver(_: int) -> None:
        with shared.app_context():
            delivering.deliver(db.session(), push, budget=30)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(deliver, range(2)))

    assert sorted(service.paths()) == sorted(f"/{n}" for n in range(250))
    with shared.app_context():
        made = db.session().get_one(Notification, number)
        assert counts(made) == (250, 0, 0)


def test_a_thousand_devices_ring_a_few_seconds_at_a_time(
    session: Session, service: FakeService, push: PushService, evening: Any
) -> None:
    ada = PCeenFactory()
    keys = Browser().keys
    session.execute(
        sa.insert(PushSubscription),
        [
            {
                "pceen_id": ada.id,
                "endpoint": f"https://{GOOGLE if n % 2 else MOZILLA}/{n}",
                "endpoint_hash": f"{n:064}",
                "device": "",
                "created_at": clock.now(),
                **keys,
            }
            for n in range(1000)
        ],
    )
    session.commit()
    told = say(session, ada)
    with transaction(session):
        delivering.ring(session, told.id)

    delivering.deliver(session, push, budget=0.3)
    first = len(service.told)
    assert 0 < first < 1000
    assert calls(session) == [EVENING]
    delivering.deliver(session, push, budget=30)

    assert len({one.path for one in service.told}) == len(service.told) == 1000
    session.refresh(told)
    assert counts(told) == (1000, 0, 0)


def test_what_is_due_is_looked_at_even_if_nobody_was_called(
    app: Flask, session: Session, service: FakeService, work: Work, evening: Any
) -> None:
    ada = PCeenFactory()
    Browser().of(ada)
    told = say(session, ada)
    with transaction(session):
        delivering.ring(session, told.id)
    session.execute(sa.update(OutboxEntry).values(cancelled_at=clock.now()))
    session.commit()
    work()
    assert service.told == []

    with app.app_context():
        job = all_jobs()["notifications.pushes"]
        job.run(session)
        job.run(session)
    assert calls(session).count(EVENING) >= 1
    work()

    assert states(session) == [PushState.sent]
    evening.shift(timedelta(days=31))
    with app.app_context():
        job.run(session)
    assert deliveries(session) == []
    assert counts(told) == (1, 0, 0)
