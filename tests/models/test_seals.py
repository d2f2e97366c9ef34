"""What was done is sealed: one altered row is named, and the database refuses to alter it."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.extensions import db
from app.models import AuditEvent, AuditSeal, audit, public_role
from app.models.immutable import guard_statements, unguard_statements
from app.modules.operations.service.audit import verify
from tests.factories.people import PCeenFactory

AFTER = {"text": "é\U0001f600\n", "number": 12.5, "list": [1, None, True], "deep": {"b": 1, "a": 2}}


def write(session: Session, number: int) -> None:
    for index in range(number):
        audit(session, "test.thing.do", after={**AFTER, "index": index}, reason="pour voir")
    session.commit()


def unguarded(session: Session, statement: str) -> None:
    """Do what only who holds the whole server can do."""
    dialect = session.get_bind().dialect.name
    for sql in unguard_statements("audit_event", dialect, dropped=False):
        session.execute(sa.text(sql))
    session.execute(sa.text(statement))
    for sql in guard_statements("audit_event", dialect, deletable="1 = 1"):
        session.execute(sa.text(sql))
    session.commit()


def test_what_is_written_is_sealed_and_verified(session: Session) -> None:
    before = verify(session).seals

    write(session, 3)

    assert verify(session).faults == ()
    assert verify(session).seals == before + 3


def test_an_event_added_without_the_usual_function_is_sealed_too(session: Session) -> None:
    session.add(AuditEvent(action="test.thing.do"))
    session.commit()

    assert session.scalars(sa.select(AuditSeal).order_by(AuditSeal.id.desc())).first() is not None
    assert verify(session).faults == ()


def test_what_is_rolled_back_leaves_no_seal(session: Session) -> None:
    write(session, 1)
    before = verify(session).seals
    audit(session, "test.thing.do")
    session.flush()
    session.rollback()
    with session.begin_nested() as savepoint:
        audit(session, "test.thing.do")
        session.flush()
        savepoint.rollback()
    session.commit()

    assert verify(session).seals == before
    assert verify(session).faults == ()


@pytest.mark.parametrize(
    "change", ["UPDATE audit_event SET reason = 'x'", "DELETE FROM audit_event"]
)
def test_the_database_refuses_to_change_or_delete_one(session: Session, change: str) -> None:
    write(session, 1)

    with pytest.raises(sa.exc.DBAPIError), session.begin_nested():
        session.execute(sa.text(change))


def test_one_that_was_purged_after_long_enough_is_no_fault(session: Session) -> None:
    write(session, 1)
    (event,) = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc()).limit(1))
    seals = sa.update(AuditSeal).where(AuditSeal.event_id == event.id)

    session.execute(seals.values(purged_at=clock.now()))
    session.execute(sa.delete(AuditEvent).where(AuditEvent.id == event.id))
    session.commit()
    too_early = verify(session).faults
    session.execute(seals.values(purged_at=clock.now() + timedelta(days=3 * 365 + 1)))
    session.commit()

    assert too_early == (f"event {event.id}: it was purged too early",)
    assert verify(session).faults == ()


@pytest.mark.once
@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_event SET reason = 'pour voie' WHERE id = {id}", "not what was written"),
        ("UPDATE audit_event SET actor_id = 1 WHERE id = {id}", "not what was written"),
        ("DELETE FROM audit_event WHERE id = {id}", "deleted"),
        ("UPDATE audit_seal SET content = hash WHERE event_id = {id}", "does not follow"),
        ("DELETE FROM audit_seal WHERE event_id >= {id}", "last seals are missing"),
        ("UPDATE audit_head SET hash = '0'", "last seals are missing"),
    ],
)
def test_whatever_is_altered_behind_the_site_is_found(
    fresh: Flask, statement: str, fault: str
) -> None:
    with fresh.app_context():
        from app.models import Base  # noqa: PLC0415

        Base.metadata.create_all(db.engine)
        session = db.session()
        write(session, 1000)
        number = session.scalars(sa.select(AuditEvent.id).order_by(AuditEvent.id)).all()[499]
        unguarded(session, statement.format(id=number))

        faults = verify(session).faults

    assert fault in faults[0]
    assert "audit_event" not in statement or faults[0].startswith(f"event {number}:")


def test_many_who_write_at_once_make_one_chain(shared: Flask) -> None:
    with shared.app_context():
        before = verify(db.session()).seals
        db.session.remove()
    barrier = threading.Barrier(8)

    def work() -> None:
        with shared.app_context():
            barrier.wait()
            for _ in range(10):
                with transaction(db.session()) as session:
                    audit(session, "test.thing.do", public_role(session), after=AFTER)
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with shared.app_context():
        found = verify(db.session())
    assert found.faults == ()
    assert found.seals == before + 80


def test_who_did_it_is_known_after_they_are_gone(session: Session) -> None:
    ada = PCeenFactory()
    session.commit()
    session.info["origin"] = None
    session.add(AuditEvent(action="test.thing.do", actor_id=ada.id))
    session.commit()
    session.delete(ada)
    session.commit()

    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()

    assert event is not None
    assert event.actor is None
    assert event.actor_id == ada.id
