"""Runs of the attribution: launched, computed, adopted, undone (community 4.5)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.core.tasks import (
    Danger,
    Kind,
    Parameter,
    Progress,
    Task,
    TaskCancelled,
    TaskFailed,
    Values,
)
from app.core.transaction import lock, transaction
from app.core.version import VERSION
from app.enums import RunMode, RunStatus, Strategy, TaskState
from app.models import (
    ClubQRun,
    ClubQRunPerson,
    ClubQRunWish,
    ClubQSeason,
    ClubQVoeu,
    PCeen,
    TaskRun,
    audit,
)
from app.modules.club_q.errors import NothingToShare, OnlyComplement, RunGoesOn, RunOver
from app.modules.club_q.queries import inputs
from app.modules.club_q.queries.inputs import Input
from app.modules.club_q.rules.instance import BadInstance, Parameters
from app.modules.club_q.rules.stored import parameters, parameters_as_json
from app.modules.club_q.service import computing
from app.modules.club_q.service.adoption import adopt, revert
from app.modules.club_q.service.computing import Asked, Broken, Computed
from app.modules.operations.errors import TaskAlreadyRuns, TaskOver
from app.modules.operations.service import tasks as operations

__all__ = [
    "LONGEST",
    "SHORTEST",
    "TASK",
    "TIME_LIMIT",
    "Launch",
    "adopt",
    "cancel",
    "execute",
    "launch",
    "note",
    "revert",
    "settle",
]

logger = logging.getLogger(__name__)

#: Seconds that the solver may take.
TIME_LIMIT, SHORTEST, LONGEST = 300, 10, 1800
#: What is done besides, in seconds: reading, checking, explaining, writing.
_BESIDES = 900
_LONGEST_LOG = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """How the tickets of a season are to be shared out."""

    strategy: Strategy = Strategy.fair
    mode: RunMode = RunMode.full
    parameters: Parameters = field(default_factory=Parameters)
    #: Seconds.
    time_limit: int = TIME_LIMIT


def launch(session: Session, *, season: ClubQSeason, wanted: Launch, by: PCeen | None) -> ClubQRun:
    """Have the worker compute a run.

    Raises:
        RunGoesOn: If one is being computed.
        OnlyComplement: If the attribution was published: only what is left may be shared out.
        NothingToShare: If there is no wish.
    """
    lock(session, season)
    settle(session)
    if wanted.mode is RunMode.full and season.published_at is not None:
        raise OnlyComplement
    if not session.scalar(sa.select(sa.exists().where(ClubQVoeu.season_id == season.id))):
        raise NothingToShare
    if session.scalar(sa.select(sa.exists().where(ClubQRun.active_season_id == season.id))):
        raise RunGoesOn
    run = ClubQRun(
        season_id=season.id,
        author_id=by.id if by else None,
        strategy=wanted.strategy,
        mode=wanted.mode,
        params=parameters_as_json(wanted.parameters),
        time_limit=max(SHORTEST, min(LONGEST, wanted.time_limit)),
        seed_commitment=season.seed_commitment,
        active_season_id=season.id,
    )
    session.add(run)
    session.flush()
    try:
        asked = operations.Asked(values={"run": run.id}, by=by)
        task_run = operations.start(session, task=TASK, asked=asked)
    except TaskAlreadyRuns:
        raise RunGoesOn from None
    run.task_run_id = task_run.id
    told = {"strategy": run.strategy, "mode": run.mode, "time_limit": run.time_limit}
    audit(session, "club_q.run.launch", run, after={"season": season.id, **told})
    return run


def execute(session: Session, run_id: int, progress: Progress) -> None:
    """Compute a run, in the process of its task: it begins again from the start if it was cut.

    Raises:
        TaskFailed: If it could not be done: the run says why, too.
        TaskCancelled: If someone asked to stop.
    """
    try:
        asked, found = _begin(session, run_id)
        progress.progress(5, 100, _("Calcul"))
        computed = computing.compute(found, asked, progress)
    except TaskCancelled:
        _stop(session, run_id)
        raise
    except BadInstance as fault:
        sentence = _("Ces vœux ne peuvent pas être partagés : %(fault)s", fault=fault)
        raise _fail(session, run_id, sentence, str(fault)) from None
    except Broken as broken:
        sentence = _("La vérification a refusé ce résultat : rien n'est changé, prévenez un GRI.")
        log = "\n".join((*broken.faults, "", *broken.log))
        raise _fail(session, run_id, sentence, log) from None
    except TaskFailed:
        raise
    except Exception as error:
        logger.exception("the run %d failed", run_id)
        sentence = _("Le calcul s'est arrêté sur une erreur : rien n'est changé, prévenez un GRI.")
        raise _fail(session, run_id, sentence, f"{type(error).__name__}: {error}") from error
    _keep(session, run_id, found, computed)


def _begin(session: Session, run_id: int) -> tuple[Asked, Input]:
    """Write that a run is computed, and what it starts from."""
    with transaction(session):
        stmt = sa.select(ClubQSeason).join(ClubQRun, ClubQRun.season_id == ClubQSeason.id)
        mine = stmt.where(ClubQRun.id == run_id).with_for_update(of=ClubQSeason)
        season = session.scalars(mine).one()  # nobody saves wishes while they are read
        run = _mine(session, run_id)
        found = inputs.read(session, season, run.mode, parameters(run.params))
        run.status, run.started_at = RunStatus.running, clock.now()
        run.input, run.input_hash = found.instance.canonical(), found.instance.digest()
        run.code_version = VERSION
        return Asked(strategy=run.strategy, seed=season.seed, time_limit=run.time_limit), found


def _mine(session: Session, run_id: int) -> ClubQRun:
    """A run that is not over, kept from others until the commit.

    Raises:
        TaskFailed: If it is, or there is none.
    """
    run = session.get(ClubQRun, run_id, with_for_update=True, populate_existing=True)
    if run is None or run.status.is_over:
        raise TaskFailed(_("Ce calcul est déjà fini, ou n'existe pas."))
    return run


def _close(run: ClubQRun, status: RunStatus, error: str | None = None) -> None:
    run.status, run.finished_at, run.active_season_id = status, clock.now(), None
    run.error = error[:500] if error else None


def _fail(session: Session, run_id: int, sentence: str, log: str) -> TaskFailed:
    """Write why a run failed; return what tells its task."""
    with transaction(session):
        run = _mine(session, run_id)
        _close(run, RunStatus.failed, sentence)
        run.log = log[:_LONGEST_LOG]
    return TaskFailed(sentence)


def _stop(session: Session, run_id: int) -> None:
    """Write that a run is cancelled, if someone asked; otherwise its task is begun again."""
    with transaction(session):
        run = _mine(session, run_id)
        task_run = session.get(TaskRun, run.task_run_id) if run.task_run_id else None
        if task_run is not None and task_run.cancel_asked_at is not None:
            _close(run, RunStatus.cancelled)


def _keep(session: Session, run_id: int, found: Input, computed: Computed) -> None:
    """Write all that a run found, and that it is done."""
    with transaction(session):
        write(session, _mine(session, run_id), found, computed)


def write(session: Session, run: ClubQRun, found: Input, computed: Computed) -> None:
    """Write what a run found, wish by wish and person by person; it is done then."""
    outcome = computed.outcome
    run.result, run.result_hash = outcome.canonical(), outcome.digest()
    run.solver_name, run.solver_version = (text[:32] for text in outcome.solver)
    run.objectives = outcome.as_json()["objectives"]
    run.figures = computed.figures
    run.log = "\n".join(outcome.log)[:_LONGEST_LOG]
    _close(run, RunStatus.done)
    session.flush()
    if wishes := _wish_rows(run.id, found, computed):
        session.execute(sa.insert(ClubQRunWish), wishes)
    if people := _person_rows(run.id, computed):
        session.execute(sa.insert(ClubQRunPerson), people)


def _wish_rows(run_id: int, found: Input, computed: Computed) -> Sequence[dict[str, Any]]:
    numbers = {**found.cancelled, **found.numbers}
    return [
        {
            "run_id": run_id,
            "voeu_id": numbers[key],
            "pceen_id": key[0],
            "spectacle_id": key[1],
            "granted": one.granted,
            "reason": one.reason,
            "reason_data": dict(one.data),
        }
        for key, one in computed.explained.wishes.items()
    ]


def _person_rows(run_id: int, computed: Computed) -> Sequence[dict[str, Any]]:
    return [
        {
            "run_id": run_id,
            "pceen_id": person,
            "before": Decimal(one.before).scaleb(-1),
            "bonus": Decimal(one.bonus).scaleb(-1),
            "after": Decimal(one.after).scaleb(-1),
            "satisfaction": one.satisfaction,
            "served": one.served,
            "explanation": dict(one.data),
        }
        for person, one in computed.explained.people.items()
    ]


def cancel(session: Session, *, run: ClubQRun) -> None:
    """Stop a run that waits, or is computed.

    Raises:
        RunOver: If it is over.
    """
    lock(session, run)
    if run.status.is_over:
        raise RunOver
    task_run = session.get(TaskRun, run.task_run_id) if run.task_run_id else None
    if task_run is not None:
        try:
            operations.cancel(session, run=task_run)
        except TaskOver:  # its process is no more, and could not say so
            task_run = None
    if task_run is None or task_run.state.is_over:
        _close(run, RunStatus.cancelled)
    audit(session, "club_q.run.cancel", run)


def note(session: Session, *, run: ClubQRun, text: str) -> None:
    """Write what the team thinks of a run; nothing for no note."""
    lock(session, run)
    before, after = run.note, text.strip() or None
    if before != after:
        run.note = after
        audit(session, "club_q.run.note", run, before={"note": before}, after={"note": after})


def settle(session: Session) -> int:
    """Close the runs whose task is over, and could not say so; return how many."""
    operations.interrupt_silent(session)
    stmt = (
        sa.select(ClubQRun, TaskRun)
        .outerjoin(TaskRun, TaskRun.id == ClubQRun.task_run_id)
        .where(ClubQRun.active_season_id.is_not(None), ClubQRun.task_run_id.is_not(None))
        .with_for_update(of=ClubQRun)
    )
    count = 0
    for run, task_run in session.execute(stmt).all():
        state = task_run.state if task_run is not None else TaskState.interrupted
        if not state.is_over:
            continue
        count += 1
        if state is TaskState.cancelled:
            _close(run, RunStatus.cancelled)
        elif state is TaskState.timed_out:
            _close(run, RunStatus.failed, _("Le calcul a pris trop de temps : il a été arrêté."))
        else:
            _close(run, RunStatus.failed, _("Le calcul s'est arrêté brutalement."))
    session.flush()
    return count


def _carry_out(session: Session, values: Values, progress: Progress) -> object:
    execute(session, values["run"], progress)
    return _("Attribution calculée.")


TASK = Task(
    name="club_q.run",
    label=_l("Calculer une attribution du Club Q"),
    purpose=_l("Partage les places d'une saison : la page de l'attribution la lance et la montre."),
    params=(
        Parameter(name="run", label=_l("Numéro de l'attribution"), kind=Kind.integer, minimum=1),
    ),
    run=_carry_out,
    danger=Danger.safe,
    limit=timedelta(seconds=LONGEST + _BESIDES),
)
