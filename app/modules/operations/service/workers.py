"""The workers that live, as they say it themselves."""

from sqlalchemy.orm import Session

from app.core import clock
from app.models import WorkerBeat


def begin(session: Session, name: str) -> None:
    """Say that a worker begins to live."""
    beat(session, name).started_at = clock.now()


def beat(session: Session, name: str) -> WorkerBeat:
    """Say that a worker still lives."""
    found = session.get(WorkerBeat, name, with_for_update=True)
    if found is None:
        found = WorkerBeat(name=name)
        session.add(found)
    found.beat_at = clock.now()
    return found


def end(session: Session, name: str) -> None:
    """Say that a worker ended, as it was asked to."""
    found = session.get(WorkerBeat, name)
    if found is not None:
        session.delete(found)
