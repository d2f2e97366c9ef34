"""Runs that are launched, computed, stopped, broken, and what is kept of each."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app.core import clock
from app.core.tasks import TaskCancelled, TaskFailed
from app.core.transaction import transaction
from app.core.version import VERSION
from app.enums import RunMode, RunStatus, Strategy, TaskState, WishReason
from app.models import (
    AuditEvent,
    ClubQRun,
    ClubQRunPerson,
    ClubQRunWish,
    ClubQSpectacle,
    ClubQVoeu,
    TaskRun,
)
from app.modules.club_q.errors import NothingToShare, RunGoesOn, RunOver
from app.modules.club_q.jobs import SETTLE
from app.modules.club_q.queries import inputs, runs as queries
from app.modules.club_q.rules.instance import Parameters, read
from app.modules.club_q.rules.outcome import Outcome
from app.modules.club_q.service import computing, runs
from app.modules.operations.service import tasks as operations
from tests.factories.club_q import (
    SeasonFactory,
    SpectacleFactory,
    grant,
    organiser,
    participant,
    wish,
)
from tests.modules.club_q.shared_out import (
    Silent,
    adopted,
    computed,
    launched,
    shared_season,
)


def begin(session: Session, run: ClubQRun, worker: str = "here") -> TaskRun:
    """Have a worker take the task of a run."""
    task_run = session.get_one(TaskRun, run.task_run_id)
    with transaction(session):
        operations.take_up(session, run=task_run, worker=worker)
    return task_run


@pytest.mark.parametrize("strategy", list(Strategy))
def test_a_run_keeps_all_that_it_depends_on_and_all_that_it_found(
    session: Session, strategy: Strategy
) -> None:
    season = shared_season(session)
    boss = organiser()
    wanted = runs.Launch(strategy=strategy, parameters=Parameters(theta=2))
    with transaction(session):
        run = runs.launch(session, season=season, wanted=wanted, by=boss)
    assert (run.status, run.input, run.author_id) == (RunStatus.queued, None, boss.id)

    progress = Silent()
    runs.execute(session, run.id, progress)

    session.refresh(run)
    assert run.status is RunStatus.done
    assert run.input is not None
    assert run.result is not None
    assert read(run.input).digest() == run.input_hash
    assert read(run.input).parameters.theta == 2
    assert json.loads(run.result)["strategy"] == strategy
    assert run.seed_commitment == season.seed_commitment
    assert (run.code_version, run.active_season_id) == (VERSION, None)
    assert run.solver_name
    assert [one["name"] for one in run.objectives] == ["served", "worth", "places", "draw"]
    assert run.figures["people"] == 6
    assert ("classic" in run.figures) == (strategy is Strategy.fair)
    wishes = queries.wishes_of(session, run)
    assert {one.voeu_id for one in wishes} == set(session.scalars(sa.select(ClubQVoeu.id)))
    assert sum(one.granted for one in wishes) == run.objectives[2]["value"]
    assert len(queries.people_of(session, run)) == 6
    assert [done for done, _message in progress.said] == sorted(done for done, _ in progress.said)
    audited = session.scalars(sa.select(AuditEvent.action)).all()
    assert "club_q.run.launch" in audited


def test_nothing_that_is_kept_names_anybody(session: Session) -> None:
    season = shared_season(session)
    run = computed(session, season)
    names = {
        part for voeu in session.scalars(sa.select(ClubQVoeu))
        for part in (voeu.pceen.nom, voeu.pceen.username, voeu.spectacle.nom)
    }  # fmt: skip
    kept = f"{run.input} {run.result} {run.log} {run.figures} {run.objectives}"

    assert [name for name in names if name in kept] == []


def test_what_is_cancelled_is_left_out_and_said_to_be(session: Session) -> None:
    season = shared_season(session)
    show = session.scalars(sa.select(ClubQSpectacle)).first()
    assert show is not None
    show.cancelled = True
    session.commit()

    run = computed(session, season)

    reasons = {one.reason for one in queries.wishes_of(session, run) if one.spectacle_id == show.id}
    assert reasons == {WishReason.cancelled}
    assert run.input is not None
    assert show.id not in {one.id for one in read(run.input).shows}


def test_one_run_at_a_time_and_none_of_nothing(session: Session) -> None:
    season = shared_season(session)
    run = launched(session, season)

    with pytest.raises(RunGoesOn):
        launched(session, season)
    with pytest.raises(RunGoesOn):
        launched(session, shared_season(session))
    with pytest.raises(NothingToShare):
        launched(session, SeasonFactory())

    assert [one.id for one in queries.runs(session, season)] == [run.id]


def test_a_run_that_waits_is_cancelled_at_once(session: Session) -> None:
    run = launched(session, shared_season(session))

    with transaction(session):
        runs.cancel(session, run=run)

    task_run = session.get_one(TaskRun, run.task_run_id)
    assert (run.status, task_run.state) == (RunStatus.cancelled, TaskState.cancelled)
    with pytest.raises(RunOver), transaction(session):
        runs.cancel(session, run=run)
    with pytest.raises(TaskFailed):
        runs.execute(session, run.id, Silent())


def test_a_run_that_is_computed_stops_when_someone_asks(session: Session) -> None:
    run = launched(session, shared_season(session))
    begin(session, run)
    with transaction(session):
        runs.cancel(session, run=run)
    assert not run.status.is_over

    with pytest.raises(TaskCancelled):
        runs.execute(session, run.id, Silent(stops_after=1))

    session.refresh(run)
    assert (run.status, run.result, run.active_season_id) == (RunStatus.cancelled, None, None)


def test_a_run_whose_worker_stops_is_begun_again(session: Session) -> None:
    run = launched(session, shared_season(session))
    begin(session, run)

    with pytest.raises(TaskCancelled):
        runs.execute(session, run.id, Silent(stops_after=1))
    session.refresh(run)
    assert run.status is RunStatus.running
    runs.execute(session, run.id, Silent())

    session.refresh(run)
    assert run.status is RunStatus.done


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (TaskState.failed, RunStatus.failed),
        (TaskState.interrupted, RunStatus.failed),
        (TaskState.timed_out, RunStatus.failed),
        (TaskState.cancelled, RunStatus.cancelled),
    ],
)
def test_a_run_whose_process_died_is_closed(
    session: Session, state: TaskState, status: RunStatus
) -> None:
    season = shared_season(session)
    run = launched(session, season)
    task_run = begin(session, run)
    with transaction(session):
        end = operations.End(state=state)
        operations.finish(session, key=task_run.id, worker="here", end=end, said={})

    SETTLE.run(session)

    session.refresh(run)
    assert (run.status, run.active_season_id) == (status, None)
    assert (run.error is None) == (status is RunStatus.cancelled)
    assert session.scalar(sa.select(sa.func.count()).select_from(ClubQRunWish)) == 0
    assert computed(session, season).status is RunStatus.done


def test_a_run_whose_worker_says_nothing_any_more_is_closed_by_the_next_launch(
    session: Session,
) -> None:
    season = shared_season(session)
    run = launched(session, season)
    task_run = begin(session, run)
    task_run.beat_at = clock.now() - timedelta(minutes=2)
    session.commit()

    other = launched(session, season)

    assert (run.status, other.status) == (RunStatus.failed, RunStatus.queued)


def test_a_run_that_goes_on_is_left_alone(session: Session) -> None:
    run = launched(session, shared_season(session))
    begin(session, run)

    SETTLE.run(session)

    session.refresh(run)
    assert run.status is RunStatus.queued


def test_a_result_that_the_checker_refuses_fails(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = launched(session, shared_season(session))
    honest = computing.solve

    def greedy(*asked: Any) -> Outcome:
        outcome = honest(*asked)
        too_much = {key: places + 5 for key, places in outcome.grants.items()}
        return Outcome(strategy=outcome.strategy, grants=too_much, objectives=outcome.objectives)

    monkeypatch.setattr(computing, "solve", greedy)
    with pytest.raises(TaskFailed):
        runs.execute(session, run.id, Silent())

    session.refresh(run)
    assert (run.status, run.result) == (RunStatus.failed, None)
    assert run.error is not None
    assert "vérification" in run.error
    assert run.log


def test_a_solver_that_breaks_fails(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    run = launched(session, shared_season(session))

    def broken(*_asked: Any) -> Outcome:
        raise RuntimeError("no licence")

    monkeypatch.setattr(computing, "solve", broken)
    with pytest.raises(TaskFailed):
        runs.execute(session, run.id, Silent())

    session.refresh(run)
    assert run.status is RunStatus.failed
    assert run.log == "RuntimeError: no licence"
    assert run.error is not None
    assert "RuntimeError" not in run.error


def test_a_note_is_kept_beside_the_run(session: Session) -> None:
    run = computed(session, shared_season(session))
    before = run.result_hash

    with transaction(session):
        runs.note(session, run=run, text=" Le meilleur ")
    assert (run.note, run.result_hash) == ("Le meilleur", before)
    with transaction(session):
        runs.note(session, run=run, text=" ")

    assert run.note is None


# What a run starts from


def given(session: Session, season: Any, mode: RunMode) -> Mapping[tuple[int, int], Any]:
    found = inputs.read(session, season, mode, Parameters()).instance
    return {(one.person, one.show): (one.places, one.locked) for one in found.grants}


def test_a_full_run_is_given_what_is_locked_and_a_complement_all_that_is_granted(
    session: Session,
) -> None:
    season = SeasonFactory()
    show, other = (SpectacleFactory(season_id=season.id) for _ in range(2))
    ada, bob, cy = participant(), participant(), participant()
    for someone in (ada, bob):
        wish(someone, show, 1, 2)
    wish(cy, show, 1, 3)
    run = adopted(session, computed(session, season))
    for someone in (ada, bob):
        wish(someone, other, 2, 2)
    locked, by_hand = (
        session.scalars(
            sa.select(ClubQVoeu).where(
                ClubQVoeu.pceen_id == one.id, ClubQVoeu.spectacle_id == other.id
            )
        ).one()
        for one in (ada, bob)
    )
    grant(locked, 0, locked=True)
    grant(by_hand, 1)

    assert given(session, season, RunMode.full) == {(ada.id, other.id): (0, True)}
    assert given(session, season, RunMode.complement) == {
        (ada.id, show.id): (2, False),
        (bob.id, show.id): (2, False),
        (cy.id, show.id): (3, False),
        (ada.id, other.id): (0, True),
        (bob.id, other.id): (1, True),
    }
    people = inputs.read(session, season, RunMode.complement, Parameters()).instance.people
    stmt = sa.select(ClubQRunPerson.pceen_id, ClubQRunPerson.after)
    changes = dict(session.execute(stmt.where(ClubQRunPerson.run_id == run.id)).all())
    assert {one.id: one.discontent for one in people} == {ada.id: 0, bob.id: 0, cy.id: 0}
    assert {one.id: one.current for one in people} == {
        person: inputs.tenths(after) or None for person, after in changes.items()
    }


def test_of_a_show_that_has_begun_a_complement_gives_nothing(session: Session) -> None:
    season = SeasonFactory()
    show = SpectacleFactory(season_id=season.id, date=clock.now() - timedelta(hours=1))
    ada, bob = participant(), participant()
    grant(wish(ada, show, 1, 2), 1)
    wish(bob, show)

    run = computed(session, season, mode=RunMode.complement)

    assert {one.pceen_id: one.granted for one in queries.wishes_of(session, run)} == {
        ada.id: 1,
        bob.id: 0,
    }


# The terminal


def test_a_run_from_a_terminal_follows_what_was_announced(
    session: Session, cli: FlaskCliRunner
) -> None:
    season = shared_season(session, rules={"strategy": "classic", "theta": 3})

    result = cli.invoke(args=["club-q", "run", str(season.id)])

    assert result.exit_code == 0, result.output
    session.expire_all()
    (run,) = queries.runs(session, season)
    assert (run.status, run.strategy, run.params["theta"]) == (
        RunStatus.done,
        Strategy.classic,
        3,
    )
    assert str(run.result_hash) in result.stdout
    again = cli.invoke(args=["club-q", "replay", str(run.id)])
    assert again.exit_code == 0, again.output
    other = cli.invoke(args=["club-q", "replay", str(run.id), "--seed", "00" * 32])
    assert (other.exit_code, other.stdout) == (1, "the seed does not match the commitment\n")


@pytest.mark.parametrize(
    "args", [("run", "999"), ("replay", "999"), ("replay", "1", "--seed", "x")]
)
def test_what_makes_no_sense_is_said_in_a_line(
    session: Session, cli: FlaskCliRunner, args: tuple[str, ...]
) -> None:
    result = cli.invoke(args=["club-q", *args])

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


def test_a_run_that_failed_from_a_terminal_says_so(
    session: Session, cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = shared_season(session)

    def broken(*_asked: Any) -> Outcome:
        raise RuntimeError

    monkeypatch.setattr(computing, "solve", broken)
    result = cli.invoke(args=["club-q", "run", str(season.id)])

    assert result.exit_code == 1
    session.expire_all()
    (run,) = queries.runs(session, season)
    assert run.status is RunStatus.failed

    assert launched(session, season).status is RunStatus.queued


def test_a_run_is_done_again_as_a_task(session: Session, cli: FlaskCliRunner) -> None:
    run = computed(session, shared_season(session))
    asked = ["tasks", "run", "club_q.replay", "--confirm", "club_q.replay"]

    same = cli.invoke(args=[*asked, f"--param=run={run.id}"])
    unknown = cli.invoke(args=[*asked, f"--param=run={run.id + 1000}"])
    run.result = (run.result or "").replace('"places":2', '"places":1', 1)
    session.commit()
    spoilt = cli.invoke(args=[*asked, f"--param=run={run.id}"])

    assert (same.exit_code, unknown.exit_code, spoilt.exit_code) == (0, 1, 1), spoilt.output
