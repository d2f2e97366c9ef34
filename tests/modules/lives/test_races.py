"""Several who merge, erase or ask at once, for real."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.extensions import db
from app.models import DataExport, MergedAccount, PCeen
from app.modules.lives import around, queries
from app.modules.lives.service import erase, exports, merge
from app.modules.lives.service.exports import Asked
from app.modules.lives.service.merge import Pair
from tests.factories import DeviceFactory, PCeenFactory, base as factories

Attempt = Callable[[Session], object]


@pytest.fixture
def people(shared: Flask) -> Iterator[Session]:
    """The session that makes people before the race."""
    with shared.app_context():
        factories.use(db.session())
        yield db.session()


def at_once(app: Flask, *works: Attempt) -> Counter[str]:
    """Do these in transactions of their own, together; how each went."""

    def attempt(work: Attempt) -> str:
        with app.app_context():
            try:
                with transaction(db.session()) as session:
                    work(session)
            except DomainError as refusal:
                return type(refusal).__name__
            return "done"

    with ThreadPoolExecutor(len(works)) as threads:
        return Counter(threads.map(attempt, works))


def merging(kept: int, absorbed: int) -> Attempt:
    def work(session: Session) -> None:
        pair = Pair(kept=queries.one(session, kept), absorbed=queries.one(session, absorbed))
        merge.merge(session, pair=pair, parts=around.parts(), actor=None)

    return work


def test_two_merges_at_once_lose_nobody(shared: Flask, people: Session) -> None:
    devices = [DeviceFactory() for _ in range(3)]
    first, second, third = (device.pceen_id for device in devices)
    people.rollback()

    # each would absorb the other; and a third one is wanted by both
    found = at_once(shared, merging(first, second), merging(second, first))
    found += at_once(shared, merging(first, third), merging(second, third))

    assert found == Counter({"done": 2, "NoSuchPCeen": 2})
    people.rollback()
    assert len(people.scalars(sa.select(PCeen)).all()) == 1
    assert len(people.scalars(sa.select(MergedAccount)).all()) == 2


def test_who_is_merged_and_erased_at_once_is_one_of_both(shared: Flask, people: Session) -> None:
    kept, absorbed = PCeenFactory().id, PCeenFactory().id
    people.rollback()

    def erasing(session: Session) -> None:
        pceen = queries.one(session, absorbed)
        try:
            erase.ask(session, pceen=pceen, asked=Asked(), parts=around.parts())
        except sa.exc.InvalidRequestError:
            raise _Gone from None

    found = at_once(shared, merging(kept, absorbed), erasing)

    assert found["done"] == 1
    people.rollback()
    left = people.get(PCeen, absorbed)
    assert (left is None) is ("MergeRefused" not in found)


class _Gone(DomainError):
    sentence = "gone"


def test_two_archives_at_once_are_one(shared: Flask, people: Session) -> None:
    key = PCeenFactory().id
    people.rollback()

    def asking(session: Session) -> None:
        exports.ask(session, pceen=session.get_one(PCeen, key), asked=Asked())

    found = at_once(shared, *[asking] * 4)

    assert found == Counter({"done": 1, "ExportRunning": 3})
    people.rollback()
    assert len(people.scalars(sa.select(DataExport)).all()) == 1
