"""Several people at once, each with a connection of their own."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import LoginMethod
from app.extensions import db
from app.models import (
    Allocation,
    Device,
    LoginSession,
    NetworkHistory,
    OutboxEntry,
    PCeen,
    Rental,
    Room,
)
from app.modules.intrarez import queries
from app.modules.intrarez.service import devices, rooms
from tests.client import Client
from tests.factories import base as factories, people
from tests.modules.intrarez.conftest import PLAN

#: As many at once as one process serves: each takes a connection, two for an instant.
THREADS = 8


@pytest.fixture
def crowd(shared: Flask) -> Iterator[Callable[[int], list[str]]]:
    """Make people, Rezidents, each logged in; return the secrets of their cookies."""

    def make(count: int) -> list[str]:
        with shared.app_context():
            session = db.session()
            factories.use(session)
            logins = [
                LoginSession(
                    pceen=people.PCeenFactory(slugs=["rezident"]), method=LoginMethod.password
                )
                for _ in range(count)
            ]
            session.add_all(logins)
            session.commit()
            secrets = [login.secret for login in logins]
            db.session.remove()
        return secrets

    yield make
    with shared.app_context():
        db.session.remove()


def browser(app: Flask, secret: str, *, address: str = "192.0.2.1") -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    client.environ_base["REMOTE_ADDR"] = address
    with client.session_transaction() as cookie:
        cookie["_user_id"] = secret
    return client


def at_once(work: Callable[[int], object], count: int) -> Counter[object]:
    with ThreadPoolExecutor(THREADS) as workers:
        return Counter(workers.map(work, range(count)))


def answer_of(act: Callable[[Session], object]) -> str:
    """What a service answers, as a person would be told."""
    try:
        with transaction(db.session()) as session:
            act(session)
    except DomainError as refusal:
        return type(refusal).__name__
    finally:
        db.session.remove()
    return "done"


def settle(session: Session, room_num: int) -> PCeen:
    pceen = people.PCeenFactory(slugs=["rezident"])
    room = session.get_one(Room, room_num)
    rooms.take(session, pceen=pceen, room=room, stay=rooms.Stay(starts_on=clock.today()), plan=PLAN)
    session.commit()
    return pceen


def mac_of(number: int) -> str:
    return f"3c:22:fb:00:00:{number:02x}"


def test_of_twenty_who_ask_for_one_room_one_has_it(
    shared: Flask, crowd: Callable[[int], list[str]]
) -> None:
    browsers = [browser(shared, secret) for secret in crowd(20)]

    def ask(number: int) -> int:
        fields = {"room": "305", "start": clock.today().isoformat()}
        return browsers[number].post("/rooms/register", data=fields).status_code

    answers = at_once(ask, 20)

    assert answers == {303: 1, 409: 19}
    with shared.app_context():
        assert db.session.scalars(sa.select(Rental.open_room)).all() == [305]


def test_one_person_who_asks_for_many_rooms_has_one(
    shared: Flask, crowd: Callable[[int], list[str]]
) -> None:
    (secret,) = crowd(1)
    browsers = [browser(shared, secret) for _ in range(16)]

    def ask(number: int) -> int:
        fields = {"room": str(301 + number), "start": clock.today().isoformat()}
        return browsers[number].post("/rooms/register", data=fields).status_code

    answers = at_once(ask, 16)

    assert set(answers) <= {302, 303, 409}  # 302: led to the next step
    with shared.app_context():
        assert len(db.session.scalars(sa.select(Rental)).all()) == 1


def test_one_form_sent_many_times_at_once_is_one_rental_and_one_answer(
    shared: Flask, crowd: Callable[[int], list[str]]
) -> None:
    (secret,) = crowd(1)
    browsers = [browser(shared, secret) for _ in range(8)]

    def ask(number: int) -> int:
        fields = {"room": "305", "start": clock.today().isoformat(), "idempotency_key": "k"}
        return browsers[number].post("/rooms/register", data=fields).status_code

    assert set(at_once(ask, 8)) <= {302, 303}
    with shared.app_context():
        assert len(db.session.scalars(sa.select(Rental)).all()) == 1
        assert len(db.session.scalars(sa.select(OutboxEntry)).all()) == 1


def test_forty_devices_registered_at_once_in_a_room_have_forty_addresses(shared: Flask) -> None:
    with shared.app_context():
        factories.use(db.session())
        key = settle(db.session(), 305).id
        devices.DEVICE_LIMIT.set(db.session(), 50)
        db.session.commit()
        db.session.remove()

    def register(number: int) -> str:
        def act(session: Session) -> None:
            ada = session.get_one(PCeen, key)
            said = {"name": "", "type": ""}
            devices.register(session, pceen=ada, mac=mac_of(number), plan=PLAN, **said)

        with shared.app_context():
            return answer_of(act)

    assert at_once(register, 40) == {"done": 40}
    with shared.app_context():
        ranks = db.session.scalars(sa.select(Allocation.rank).order_by(Allocation.rank)).all()
        assert ranks == list(range(40))
        assert len(queries.hosts(db.session(), PLAN)) == 40


def test_the_limit_holds_for_devices_registered_at_once(shared: Flask) -> None:
    with shared.app_context():
        factories.use(db.session())
        key = settle(db.session(), 305).id
        db.session.remove()

    def register(number: int) -> str:
        def act(session: Session) -> None:
            ada = session.get_one(PCeen, key)
            said = {"name": "", "type": ""}
            devices.register(session, pceen=ada, mac=mac_of(number), plan=PLAN, **said)

        with shared.app_context():
            return answer_of(act)

    assert at_once(register, 24) == {"done": 10, "TooManyDevices": 14}


def test_of_thirty_two_who_register_one_device_one_has_it(
    shared: Flask, crowd: Callable[[int], list[str]]
) -> None:
    with shared.app_context():
        factories.use(db.session())
        keys = [settle(db.session(), num).id for num in (305, 306)]
        logins = [LoginSession(pceen_id=key, method=LoginMethod.password) for key in keys]
        db.session.add_all(logins)
        db.session.commit()
        secrets = [login.secret for login in logins]
        db.session.remove()
    browsers = [browser(shared, secrets[number % 2]) for number in range(32)]

    def register(number: int) -> int:
        fields = {"mac_address": mac_of(1)}
        return browsers[number].post("/devices/register", data=fields).status_code

    assert at_once(register, 32) == {303: 1, 422: 31}
    with shared.app_context():
        assert db.session.scalars(sa.select(Device.mac_address)).all() == [mac_of(1)]
        assert len(db.session.scalars(sa.select(Allocation)).all()) == 1


def test_a_device_removed_many_times_at_once_is_removed_once(shared: Flask) -> None:
    with shared.app_context():
        factories.use(db.session())
        ada = settle(db.session(), 305)
        with transaction(db.session()) as session:
            device = devices.register(
                session, pceen=ada, mac=mac_of(1), name="", type="", plan=PLAN
            )
        key = device.id
        db.session.remove()

    def remove(_: int) -> str:
        with shared.app_context():
            try:
                device = queries.device(db.session(), key)
            except DomainError as refusal:
                return type(refusal).__name__
            return answer_of(lambda s: devices.remove(s, device=device, by_gri=False))

    assert at_once(remove, 16) == {"done": 1, "NoSuchDevice": 15}


@pytest.mark.parametrize("seed", range(3))
def test_leaving_while_devices_come_and_go_leaves_no_address_behind(
    shared: Flask, seed: int
) -> None:
    with shared.app_context():
        factories.use(db.session())
        key = settle(db.session(), 305).id
        db.session.remove()

    def leave(session: Session) -> None:
        rental = queries.own_rental(session, key)
        rooms.leave(session, rental=rental, ends_on=clock.today())

    def take(session: Session) -> None:
        pceen, room = session.get_one(PCeen, key), session.get_one(Room, 306)
        stay = rooms.Stay(starts_on=clock.today())
        rooms.take(session, pceen=pceen, room=room, stay=stay, plan=PLAN)

    def remove(session: Session) -> None:
        (device, *_) = queries.own_devices(session, key) or [None]
        if device is not None:
            devices.remove(session, device=device, by_gri=False)

    def act(number: int) -> str:
        def register(session: Session) -> None:
            said = {"name": "", "type": ""}
            ada = session.get_one(PCeen, key)
            devices.register(session, pceen=ada, mac=mac_of(number), plan=PLAN, **said)

        with shared.app_context():
            return answer_of([register, leave, take, remove][(number + seed) % 4])

    answers = at_once(act, 24)

    assert set(answers) <= {"done", "NoRoom", "HasRoomAlready", "NoSuchDevice", "TooManyDevices"}
    with shared.app_context():
        session = db.session()
        rental = queries.current_rental(session, key)
        held = {} if rental is None else {d.id for d in queries.own_devices(session, key)}
        live = sa.select(Allocation.device_id, Allocation.room_num)
        live = live.where(Allocation.ended_at.is_(None))
        assert {device for device, _ in session.execute(live)} == set(held)
        assert all(rental and num == rental.room_num for _, num in session.execute(live))
        still = sa.select(NetworkHistory.ip).where(NetworkHistory.ended_at.is_(None))
        hosts = {host.address for host in queries.hosts(session, PLAN)}
        assert set(session.scalars(still)) == hosts


def test_a_device_that_shows_up_many_times_at_once_is_seen_once(
    shared: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "10.0.3.5"
    neighbours = SimpleNamespace(mac_of={address: mac_of(1)}.get)
    monkeypatch.setitem(shared.extensions, "neighbours", neighbours)
    with shared.app_context():
        factories.use(db.session())
        ada = settle(db.session(), 305)
        with transaction(db.session()) as session:
            devices.register(session, pceen=ada, mac=mac_of(1), name="", type="", plan=PLAN)
        login = LoginSession(pceen_id=ada.id, method=LoginMethod.password)
        db.session.add(login)
        db.session.commit()
        secret = login.secret
        db.session.remove()
    browsers = [browser(shared, secret, address=address) for _ in range(16)]

    answers = at_once(lambda n: browsers[n].get("/api/connection").status_code, 16)

    assert answers == {200: 16}
    with shared.app_context():
        assert db.session.scalars(sa.select(Device.last_seen_at)).one() is not None
