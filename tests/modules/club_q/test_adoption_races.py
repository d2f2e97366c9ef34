"""Adoption by several at once, and cut off between any two of its statements."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.enums import RunMode, RunStatus, Strategy
from app.extensions import db
from app.models import ClubQReturn, ClubQRun, ClubQVoeu
from app.modules.club_q.service import publication, returns, runs
from tests.factories import base as factories
from tests.factories.club_q import SpectacleFactory, participant, wish
from tests.modules.bar.ledger_site import at_once
from tests.modules.club_q.shared_out import (
    adopted,
    computed,
    discontented,
    shared_season,
    state,
)
from tests.modules.payments.test_lydia_killed import cut

R = TypeVar("R")
#: More statements than any adoption takes.
MOST = 80


class Hall:
    """The site, on a database that several write to for real."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def ask(self, work: Callable[[Session], R]) -> R:
        """Do something with a session of its own."""
        with self.app.test_request_context():
            try:
                factories.use(db.session())
                return work(db.session())
            finally:
                db.session.remove()

    def answer(self, work: Callable[[Session], object]) -> str:
        """What a service answers, as a person would be told."""
        try:
            self.ask(work)
        except DomainError as refusal:
            return type(refusal).__name__
        return "done"


@pytest.fixture
def hall(shared: Flask) -> Iterator[Hall]:
    yield Hall(shared)
    with shared.app_context():
        db.session.remove()


def adopting(run: int, **told: Any) -> Callable[[Session], None]:
    def act(session: Session) -> None:
        with transaction(session):
            found = session.get_one(ClubQRun, run)
            runs.adopt(session, run=found, by=None, reason="Essai", **told)

    return act


def reverting(run: int) -> Callable[[Session], None]:
    def act(session: Session) -> None:
        with transaction(session):
            runs.revert(session, run=session.get_one(ClubQRun, run), by=None)

    return act


def several(count: int) -> Callable[[Session], list[int]]:
    """So many runs of one season, done."""

    def make(session: Session) -> list[int]:
        season = shared_season(session)
        first = session.scalars(sa.select(ClubQVoeu)).first()
        assert first is not None
        discontented(session, first.pceen, "4.7")
        return [computed(session, season).id for _ in range(count)]

    return make


def test_of_many_who_adopt_one_run_at_once_one_does_and_the_others_are_told(hall: Hall) -> None:
    (run,) = hall.ask(several(1))

    answers = at_once([lambda: hall.answer(adopting(run)) for _ in range(6)])

    assert answers == Counter({"AlreadyAdopted": 5, "done": 1})
    lines = hall.ask(lambda session: state(session)["club_q_discontent"])
    assert len({row[1] for row in lines}) == len(lines)


def test_of_several_runs_adopted_at_once_one_stays_and_the_others_are_told(hall: Hall) -> None:
    every = hall.ask(several(4))

    answers = at_once(
        [lambda run=run: hall.answer(adopting(run, replaces=0)) for run in every]  # type: ignore[misc]
    )

    assert answers == Counter({"AnotherAdopted": 3, "done": 1})
    standing = sa.select(sa.func.count()).where(ClubQRun.status == RunStatus.adopted)
    assert hall.ask(lambda session: session.scalar(standing)) == 1


def test_one_account_gives_back_the_same_places_at_once_only_once(hall: Hall) -> None:
    def make(session: Session) -> int:
        season = shared_season(session)
        adopted(session, computed(session, season))
        with transaction(session):
            publication.publish(session, season=season, by=None)
        stmt = sa.select(ClubQVoeu).where(ClubQVoeu.attribution.has(places_attribuees=1))
        return session.scalars(stmt).all()[0].id

    voeu = hall.ask(make)

    def offer(session: Session) -> None:
        with transaction(session):
            returns.offer(session, voeu=session.get_one(ClubQVoeu, voeu), places=1)

    answers = at_once([lambda: hall.answer(offer) for _ in range(6)])

    assert answers == Counter({"AlreadyOffered": 5, "done": 1})
    count = sa.select(sa.func.count()).select_from(ClubQReturn)
    assert hall.ask(lambda session: session.scalar(count)) == 1


class Cut(Exception):
    """What SQLite is cut with: it has no server to lose."""


@contextmanager
def cut_before(engine: sa.Engine, at: int) -> Iterator[Callable[[], bool]]:
    """Cut the connection before the statement of that number; tell whether it was."""
    if engine.dialect.name != "sqlite":
        with cut(engine, at) as was_cut:
            yield was_cut
        return
    left = at

    def before(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left == -1:
            raise Cut

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield lambda: left < 0
    finally:
        event.remove(engine, "before_cursor_execute", before)


def cut_everywhere(hall: Hall, act: Callable[[Session], None]) -> int:
    """Cut something before each of its statements: nothing is changed; return how many it has."""
    with hall.app.app_context():
        engine = db.engine
    before = hall.ask(state)
    for at in range(MOST):
        with cut_before(engine, at) as was_cut:
            try:
                hall.ask(act)
            except (Cut, sa.exc.DBAPIError):
                assert was_cut()
            else:
                assert not was_cut()
                return at
        assert hall.ask(state) == before
    raise AssertionError(f"more than {MOST} statements")


def test_cut_off_before_any_statement_of_an_adoption_all_is_as_it_was(hall: Hall) -> None:
    first, second = hall.ask(several(2))
    hall.ask(adopting(first))

    count = cut_everywhere(hall, adopting(second))

    assert count > 15
    assert hall.ask(lambda session: session.get_one(ClubQRun, second).status) == "adopted"
    assert hall.ask(lambda session: session.get_one(ClubQRun, first).status) == "superseded"
    assert cut_everywhere(hall, reverting(second)) > 8


def test_cut_off_before_any_statement_of_a_complement_all_is_as_it_was(hall: Hall) -> None:
    def make(session: Session) -> int:
        season = shared_season(session, rules={"strategy": "classic"})
        adopted(session, computed(session, season))
        with transaction(session):
            publication.publish(session, season=season, by=None)
        more = SpectacleFactory(season_id=season.id)
        wish(participant(), more, 1, 2)
        stmt = sa.select(ClubQVoeu).where(ClubQVoeu.attribution.has(places_attribuees=2))
        with transaction(session):
            returns.offer(session, voeu=session.scalars(stmt).all()[0], places=1)
        return computed(session, season, Strategy.classic, RunMode.complement).id

    run = hall.ask(make)

    assert cut_everywhere(hall, adopting(run)) > 12
    kept = hall.ask(lambda session: session.get_one(ClubQRun, run).status)
    assert kept is RunStatus.adopted
