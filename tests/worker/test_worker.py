"""The outbox and its worker."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier, Lock
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock as own_clock
from app.core.transaction import transaction
from app.extensions import db
from app.integrations.mailer import PermanentFailure
from app.models import OutboxEntry, defer
from app.worker import DELAYS, LEASE, PARKED_AFTER, clock_of_the_database, run_due

EVENING = "2026-03-14T20:00:00+00:00"


@dataclass(frozen=True)
class Ring:
    """An effect that only says that it ran."""

    kind: ClassVar = "test.ring"
    coalesces: ClassVar = True

    text: str


@dataclass(frozen=True)
class Letter:
    """An effect with someone to receive it, in order, and a secret."""

    kind: ClassVar = "test.letter"
    confidential: ClassVar = True

    to: str
    text: str

    @property
    def lane(self) -> str:
        return f"test:{self.to}"


class Bell:
    """Does the effects of the tests, and fails as it is told."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.failures: dict[str, BaseException] = {}
        self.meanwhile: Callable[[Session], object] | None = None
        self.lock = Lock()

    def ring(self, session: Session, effect: Any, _number: int) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile(session)
        if failure := self.failures.get(effect.text):
            raise failure
        with self.lock:
            self.rung.append(effect.text)

    @property
    def effects(self) -> dict[str, Any]:
        return {"test.ring": (Ring, self.ring), "test.letter": (Letter, self.ring)}


@pytest.fixture
def bell() -> Bell:
    return Bell()


def write(session: Session, *effects: Any) -> None:
    with transaction(session):
        for effect in effects:
            defer(session, effect)
            session.flush()


def entries(session: Session) -> list[OutboxEntry]:
    session.expire_all()
    return list(session.scalars(sa.select(OutboxEntry).order_by(OutboxEntry.id)))


def test_effects_run_in_order_and_equal_ones_once(session: Session, bell: Bell) -> None:
    write(session, Ring("dhcp"), Ring("mail"), Ring("dhcp"))
    assert bell.rung == []

    assert run_due(session, bell.effects) == 2
    assert bell.rung == ["dhcp", "mail"]
    assert run_due(session, bell.effects) == 0


def test_kinds_that_are_left_to_another_machine_wait_for_it(session: Session, bell: Bell) -> None:
    write(session, Ring("dhcp"), Letter("ada", "hello"))

    assert run_due(session, bell.effects, but=["test.ring", "network"]) == 1
    assert bell.rung == ["hello"]

    assert run_due(session, bell.effects, but=["test"]) == 0
    assert run_due(session, bell.effects, kinds=["test"]) == 1


def test_what_is_rolled_back_has_no_effect(session: Session, bell: Bell) -> None:
    def fail() -> None:
        with transaction(session):
            defer(session, Ring("mail"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert run_due(session, bell.effects) == 0


def test_what_is_written_while_its_like_runs_runs_again(session: Session, bell: Bell) -> None:
    write(session, Ring("dhcp"))
    bell.meanwhile = lambda session: write(session, Ring("dhcp"), Ring("dhcp"))

    tried = run_due(session, bell.effects)

    assert tried == 2
    assert bell.rung == ["dhcp", "dhcp"]


def test_only_a_kind_that_says_so_is_done_once_for_several(session: Session, bell: Bell) -> None:
    write(session, Letter("ada", "hello"), Letter("ada", "hello"))

    run_due(session, bell.effects)

    assert bell.rung == ["hello", "hello"]


def test_a_failure_is_tried_again_later(session: Session, bell: Bell) -> None:
    with time_machine.travel(EVENING, tick=False) as clock:
        write(session, Ring("mail"))
        bell.failures["mail"] = ConnectionError("no answer")
        assert run_due(session, bell.effects) == 1
        bell.failures.clear()

        assert run_due(session, bell.effects) == 0
        clock.shift(timedelta(seconds=10))
        assert run_due(session, bell.effects) == 1

    assert bell.rung == ["mail"]
    (entry,) = entries(session)
    assert (entry.attempts, entry.last_error, entry.leased_by) == (2, None, None)


def test_the_wait_grows_until_a_person_has_to_look(session: Session, bell: Bell) -> None:
    bell.failures["mail"] = ConnectionError("no answer" + "!" * 600)
    waits = []
    with time_machine.travel(EVENING, tick=False) as clock:
        write(session, Ring("mail"))
        while run_due(session, bell.effects):
            (entry,) = entries(session)
            wait = entry.due_at - (entry.created_at + sum(waits, timedelta()))
            waits.append(wait)
            clock.shift(wait)

    (entry,) = entries(session)
    assert tuple(waits[: len(DELAYS)]) == DELAYS
    assert set(waits[len(DELAYS) :]) == {timedelta(hours=6)}
    assert entry.parked_at is not None
    assert PARKED_AFTER <= entry.parked_at - entry.created_at < PARKED_AFTER + timedelta(hours=6)
    assert entry.sent_at is None
    assert entry.last_error is not None
    assert entry.last_error.startswith("ConnectionError: no answer")
    assert len(entry.last_error) == 500


def test_a_refusal_for_good_is_parked_at_once(session: Session, bell: Bell) -> None:
    write(session, Letter("ada", "bad"), Letter("ada", "good"))
    bell.failures["bad"] = PermanentFailure("no such mailbox")

    run_due(session, bell.effects)

    bad, good = entries(session)
    assert (bad.parked_at is None, bad.attempts) == (False, 1)
    assert good.sent_at is not None
    assert bell.rung == ["good"]


def test_order_is_kept_for_one_recipient_and_blocks_nobody_else(
    session: Session, bell: Bell
) -> None:
    bell.failures["first"] = ConnectionError("no answer")
    with time_machine.travel(EVENING, tick=False) as clock:
        write(session, Letter("ada", "first"), Letter("ada", "second"), Letter("bob", "other"))
        run_due(session, bell.effects)
        assert bell.rung == ["other"]

        bell.failures.clear()
        clock.shift(timedelta(minutes=1))
        run_due(session, bell.effects)

    assert bell.rung == ["other", "first", "second"]


@pytest.mark.parametrize(("kind", "payload"), [("unknown", {}), ("test.letter", {"no": "field"})])
def test_a_row_that_nobody_understands_blocks_nobody(
    session: Session, bell: Bell, kind: str, payload: dict[str, str]
) -> None:
    session.add(OutboxEntry(kind=kind, payload=payload, fingerprint="f"))
    session.commit()
    write(session, Letter("ada", "hello"))

    run_due(session, bell.effects)

    strange, letter = entries(session)
    assert bell.rung == ["hello"]
    assert strange.last_error
    assert (strange.sent_at, letter.sent_at is None) == (None, False)


def test_an_effect_that_spoils_the_session_is_a_failure_like_another(
    session: Session, bell: Bell
) -> None:
    def spoil(session: Session) -> None:
        session.add(OutboxEntry(kind="x", payload={}, fingerprint=None))
        session.flush()

    write(session, Letter("ada", "hello"), Ring("dhcp"))
    bell.meanwhile = spoil

    run_due(session, bell.effects)

    letter, _ring = entries(session)
    assert "IntegrityError" in str(letter.last_error)
    assert bell.rung == ["dhcp"]


def test_a_clock_that_is_ahead_takes_nothing_from_another_worker(
    session: Session, bell: Bell
) -> None:
    with time_machine.travel(EVENING, tick=False) as clock:
        then = own_clock.now()
        write(session, Letter("ada", "mail"))
        (entry,) = entries(session)
        entry.leased_until, entry.leased_by = then + LEASE, "another"
        session.commit()
        clock.shift(LEASE * 5)

        assert run_due(session, bell.effects, leases=lambda _: then) == 0
        assert run_due(session, bell.effects, leases=lambda _: then + LEASE) == 1


def test_workers_share_the_clock_of_their_database(session: Session) -> None:
    now = clock_of_the_database(session)

    assert abs(now - own_clock.now()) < timedelta(minutes=1)
    with time_machine.travel(EVENING, tick=False):
        is_shared = session.get_bind().dialect.name != "sqlite"
        assert (clock_of_the_database(session) != own_clock.now()) is is_shared


def test_secrets_are_forgotten_once_they_are_sent(session: Session, bell: Bell) -> None:
    bell.failures["failing"] = ConnectionError("no answer")
    write(session, Letter("ada", "token"), Letter("bob", "failing"), Ring("public"))

    run_due(session, bell.effects)

    payloads = [entry.payload for entry in entries(session)]
    assert payloads == [{}, {"to": "bob", "text": "failing"}, {"text": "public"}]


def test_what_a_killed_worker_was_doing_comes_back(session: Session, bell: Bell) -> None:
    bell.failures["mail"] = SystemExit()
    with time_machine.travel(EVENING, tick=False) as clock:
        write(session, Letter("ada", "mail"))
        with pytest.raises(SystemExit):
            run_due(session, bell.effects)
        bell.failures.clear()
        (entry,) = entries(session)
        assert entry.leased_by

        clock.shift(LEASE - timedelta(seconds=1))
        assert run_due(session, bell.effects) == 0
        clock.shift(timedelta(seconds=1))
        assert run_due(session, bell.effects) == 1

    assert bell.rung == ["mail"]


def test_two_workers_never_send_one_row_twice(shared: Flask, bell: Bell) -> None:
    letters = [Letter(f"pceen{n % 7}", f"{n:03}") for n in range(40)]
    with shared.app_context():
        write(db.session(), *letters, Ring("dhcp"), Ring("dhcp"))
    start = Barrier(4)

    def work(_: int) -> int:
        with shared.app_context():
            start.wait()
            return sum(run_due(db.session(), bell.effects) for _ in range(3))

    with ThreadPoolExecutor(4) as workers:
        tried = sum(workers.map(work, range(4)))

    # Those of a lane that another worker held may be left for a later look.
    with shared.app_context():
        tried += run_due(db.session(), bell.effects)
        assert all(entry.sent_at for entry in entries(db.session()))
        assert {entry.attempts for entry in entries(db.session())} == {1}
    sent = [text for text in bell.rung if text != "dhcp"]
    assert sorted(sent) == [letter.text for letter in letters]
    assert tried == len(bell.rung)
    for lane in range(7):
        mine = [text for text in sent if int(text) % 7 == lane]
        assert mine == sorted(mine)
