"""The tasks: what can be run, what runs, what ran."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import context
from app.core import clock
from app.core.pagination import Page
from app.core.tasks import DRY_RUN, Danger, Kind, Task
from app.core.transaction import transaction
from app.enums import TaskState
from app.extensions import db
from app.models import TaskRun
from app.modules.operations.errors import NoSuchTask, NotConfirmed
from app.modules.operations.forms.tasks import (
    ConfirmedTaskForm,
    RunsFilterForm,
    TaskForm,
    task_form,
)
from app.modules.operations.queries import jobs as workers, tasks as queries
from app.modules.operations.queries.tasks import Wanted, state_of
from app.modules.operations.routes.blueprint import bp
from app.modules.operations.rules.output import end_of
from app.modules.operations.rules.schedule import in_words
from app.modules.operations.service import tasks as service
from app.modules.operations.service.tasks import DRY_RUN_LASTS, Asked
from app.web.asked import asked_page
from app.web.module import all_jobs, all_tasks

#: How much of what a run printed its page shows, and each poll, in characters.
SHOWN, POLLED = 1 << 16, 1 << 14
#: How often the page of a run that goes on is read again, without scripts, in seconds.
_AGAIN = 5
#: How a state looks, and a danger.
TONES = {
    TaskState.queued: "neutral",
    TaskState.running: "info",
    TaskState.done: "success",
    TaskState.failed: "danger",
    TaskState.cancelled: "neutral",
    TaskState.timed_out: "danger",
    TaskState.interrupted: "warning",
}
DANGERS = {Danger.safe: "success", Danger.changes: "info", Danger.dangerous: "danger"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """A task, and where it stands."""

    task: Task
    last: TaskRun | None
    #: When it is also done by itself, in words.
    schedule: str | None

    @property
    def state(self) -> TaskState | None:
        return state_of(self.last) if self.last is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksPage:
    """All that the list of the tasks shows."""

    lines: Sequence[TaskLine]
    has_worker: bool

    @property
    def tones(self) -> Mapping[Any, str]:
        return {**TONES, **DANGERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """All that the page of a task shows."""

    task: Task
    schedule: str | None
    runs: Page[TaskRun]
    #: What it said lately that it would do.
    dry: TaskRun | None
    #: The number of the run that goes on, if one does.
    active: int | None

    @property
    def is_ready(self) -> bool:
        """Whether it may be run: what it would do was read, if it is dangerous."""
        return not (self.task.is_dangerous and self.task.dry_run) or self.dry is not None

    @property
    def tones(self) -> Mapping[Any, str]:
        return {**TONES, **DANGERS}

    state = staticmethod(state_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPage:
    """All that the history shows."""

    found: Page[TaskRun]
    tasks: Mapping[str, Task]
    form: RunsFilterForm
    is_filtered: bool

    tones = TONES
    state = staticmethod(state_of)

    def label(self, run: TaskRun) -> str:
        return _label(run, self.tasks)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """All that the page of a run shows."""

    run: TaskRun
    task: Task | None
    label: str
    state: TaskState
    params: Sequence[tuple[str, str]]
    output: str
    is_cut: bool
    is_dry: bool
    has_worker: bool

    tones = TONES

    @property
    def is_stopping(self) -> bool:
        return self.run.cancel_asked_at is not None and not self.state.is_over


def _task(name: str) -> Task:
    task = all_tasks().get(name)
    if task is None:
        raise NoSuchTask
    return task


def _label(run: TaskRun, tasks: Mapping[str, Task]) -> str:
    task = tasks.get(run.task)
    label = str(task.label) if task else run.task
    return _("%(label)s (simulation)", label=label) if run.params.get(DRY_RUN) else label


def _schedule(task: Task) -> str | None:
    job = all_jobs().get(task.name)
    return in_words(job.cron) if job else None


def _has_worker(session: Session) -> bool:
    return bool(workers.live_workers(session))


@bp.get("/gris/run_script")
@context.gris_only
def run_script() -> ResponseReturnValue:
    """Where the tasks were, once."""
    return redirect(url_for("operations.tasks"), 301)


@bp.get("/gris/tasks")
@context.gris_only
def tasks() -> ResponseReturnValue:
    """What can be run."""
    session = db.session()
    last = queries.last_runs(session)
    lines = [
        TaskLine(task=task, last=last.get(name), schedule=_schedule(task))
        for name, task in all_tasks().items()
    ]
    page = TasksPage(lines=lines, has_worker=_has_worker(session))
    return render_template("operations/tasks.html", page=page)


@bp.get("/gris/tasks/<name>")
@context.gris_only
def task(name: str) -> ResponseReturnValue:
    """One task: what it is for, what it asks, how it went."""
    found = _task(name)
    page = _task_page(found)
    form = _form_after(found, page.dry)
    return form.page("operations/task.html", page=page)


def _task_page(found: Task) -> TaskPage:
    session = db.session()
    since = clock.now() - DRY_RUN_LASTS
    return TaskPage(
        task=found,
        schedule=_schedule(found),
        runs=queries.runs_page(session, Wanted(task=found.name), size=5),
        dry=queries.last_dry_run(session, found.name, since=since) if found.dry_run else None,
        active=queries.active(session, found.active_key),
    )


def _form_after(found: Task, dry: TaskRun | None) -> TaskForm:
    """The form of a task; filled with what was simulated, if something was."""
    form = task_form(found)(formdata=None)
    values = found.loaded(dry.params) if dry is not None else {}
    for one in found.params:
        if values.get(one.name) is None:
            continue
        field = form.field_of(one)
        field.data = values[one.name]
        if one.kind is Kind.person:
            field.data = queries.username_of(db.session(), values[one.name])
    return form


@bp.post("/gris/tasks/<name>/run")
@context.gris_only
def run_task(name: str) -> ResponseReturnValue:
    """Have a task run."""
    return _start(_task(name), is_dry=False)


@bp.post("/gris/tasks/<name>/try")
@context.gris_only
def try_task(name: str) -> ResponseReturnValue:
    """Have a task say what it would do."""
    return _start(_task(name), is_dry=True)


def _start(found: Task, *, is_dry: bool) -> ResponseReturnValue:
    form = task_form(found, is_dry=is_dry)()
    if form.validate_on_submit():
        with form.refusals():
            values = _answers(found, form)
            _check_confirmed(found, form)
            if not form.errors:
                asked = Asked(
                    values=values,
                    is_dry=is_dry,
                    by=context.current.me,
                    reason=form.reason.text,
                )
                return redirect(url_for("operations.task_run", key=_run(found, form, asked)), 303)
    page = _task_page(found)
    shown: TaskForm = task_form(found)() if is_dry else form
    if is_dry:
        _repeat(form, shown)
    return shown.page("operations/task.html", page=page)


def _check_confirmed(found: Task, form: TaskForm) -> None:
    """Refuse to run what is dangerous without its name.

    Raises:
        NotConfirmed: If it is not its name.
    """
    if isinstance(form, ConfirmedTaskForm) and form.confirm.text != found.name:
        raise NotConfirmed(name=found.name)


def _repeat(form: TaskForm, shown: TaskForm) -> None:
    """Say on the form that is *shown* what was wrong with the one that was sent."""
    shown.status = form.status
    shown.form_errors.extend(form.form_errors)
    for field in form:
        if field.errors:
            shown[field.name].errors = field.errors


def _answers(found: Task, form: TaskForm) -> dict[str, Any]:
    """The values of the parameters; people as their numbers."""
    values = form.values()
    for one in found.params:
        if one.kind is not Kind.person or values[one.name] is None:
            continue
        values[one.name] = queries.person_called(db.session(), values[one.name])
        if values[one.name] is None:
            form.field_of(one).errors = [_("Personne n'a cet identifiant.")]
    return values


def _run(found: Task, form: TaskForm, asked: Asked) -> int:
    """Have it run; return the number of the run. The very same form gives the very same run."""
    try:
        with transaction(db.session()) as session:
            run = service.start(session, task=found, asked=asked)
            if not form.is_first(session, sender=context.current.me.id):
                raise _Again  # noqa: TRY301  # what was done is undone
            key = run.id
    except _Again:
        return queries.last_of(db.session(), found.name, by=context.current.me.id)
    return key


class _Again(Exception):  # it never leaves this module
    """This very form was answered already."""


@bp.get("/gris/tasks/runs")
@context.gris_only
def task_runs() -> ResponseReturnValue:
    """What ran, the last one first."""
    known, args = all_tasks(), request.args
    task_ = args.get("task", "")
    wanted = Wanted(
        task=task_ if task_ in known else None,
        state=TaskState.__members__.get(args.get("state", "")),
        number=asked_page(),
    )
    page = RunsPage(
        found=queries.runs_page(db.session(), wanted),
        tasks=known,
        form=RunsFilterForm.of(known, wanted.task or "", wanted.state or ""),
        is_filtered=wanted.task is not None or wanted.state is not None,
    )
    return render_template("operations/task_runs.html", page=page)


@bp.get("/gris/tasks/runs/<int:key>")
@context.gris_only
def task_run(key: int) -> ResponseReturnValue:
    """One run: how far it is, what it prints, how it ended."""
    session = db.session()
    run = queries.run(session, key)
    state = state_of(run)
    known = all_tasks()
    output = end_of(run.output, SHOWN)
    page = RunPage(
        run=run,
        task=known.get(run.task),
        label=_label(run, known),
        state=state,
        params=_params(session, run, known.get(run.task)),
        output=output,
        is_cut=len(output) < len(run.output),
        is_dry=bool(run.params.get(DRY_RUN)),
        has_worker=state.is_over or _has_worker(session),
    )
    return render_template("operations/task_run.html", page=page, again=_AGAIN)


def _params(session: Session, run: TaskRun, found: Task | None) -> list[tuple[str, str]]:
    """What was asked, for people to read."""
    if found is None:
        return [(name, str(value)) for name, value in run.params.items()]
    people = [run.params.get(one.name) for one in found.params if one.kind is Kind.person]
    names = queries.names_of(session, [key for key in people if key is not None])
    return [
        (str(one.label), _shown(one.kind, run.params.get(one.name), names)) for one in found.params
    ]


def _shown(kind: Kind, value: Any, names: Mapping[int, str]) -> str:
    if kind is Kind.boolean:
        return str(_("oui") if value else _("non"))
    if value in (None, ""):
        return "\u2013"
    return names.get(value, f"#{value}") if kind is Kind.person else str(value)


@bp.get("/gris/tasks/runs/<int:key>/output")
@context.gris_only
def task_output(key: int) -> ResponseReturnValue:
    """All that a run printed, as a file."""
    run = queries.run(db.session(), key)
    response = Response(run.output, mimetype="text/plain")
    response.headers["Content-Disposition"] = f'attachment; filename="{run.id}.txt"'
    return response


@bp.post("/gris/tasks/runs/<int:key>/cancel")
@context.gris_only
def cancel_run(key: int) -> ResponseReturnValue:
    """Stop a run."""
    run = queries.run(db.session(), key)
    with transaction(db.session()) as session:
        service.cancel(session, run=run)
        is_over = run.state.is_over
    flash(_("La tâche est annulée.") if is_over else _("La tâche va s'arrêter."), "success")
    return redirect(url_for("operations.task_run", key=key), 303)
