"""``flask tasks`` and ``flask script``: the tasks, from a terminal."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_babel import force_locale

from app.core.errors import DomainError
from app.core.tasks import DRY_RUN, Kind, Task, TaskCancelled, Values
from app.core.transaction import transaction
from app.enums import TaskState
from app.extensions import db
from app.integrations.child import Words, end_with_parent
from app.models import Origin, TaskRun
from app.modules.operations.queries import tasks as queries
from app.modules.operations.service import running, tasks as service
from app.modules.operations.service.tasks import Asked, End
from app.web.module import all_tasks

#: How often a run in a terminal says that it goes on, in seconds.
EVERY = 5

tasks = AppGroup("tasks", help="What the site can be asked to do.")


@tasks.command(name="list")
def list_() -> None:
    """The tasks, what they are for, what they ask."""
    _list()


def _list() -> None:
    for task in all_tasks().values():
        click.echo(f"{task.name:28} {task.danger:10} {task.label}")
        for one in task.params:
            click.echo(f"{'':28} --param {one.name}=…  {one.kind}: {one.label}")


_PARAM = click.option("--param", "given", multiple=True, metavar="KEY=VALUE", help="A value.")
_CONFIRM = click.option("--confirm", default="", help="The name again, for what is dangerous.")
_DRY_RUN = click.option("--dry-run", "is_dry", is_flag=True, help="Only say what it would do.")


@tasks.command()
@click.argument("name")
@_PARAM
@_CONFIRM
@_DRY_RUN
def run(name: str, given: Sequence[str], confirm: str, is_dry: bool) -> None:  # a flag
    """Run the task called NAME, here and now."""
    _run(name, given, confirm=confirm, is_dry=is_dry)


@click.command()
@click.argument("name", required=False)
@_PARAM
@_CONFIRM
@_DRY_RUN
@with_appcontext
def script(name: str | None, given: Sequence[str], confirm: str, is_dry: bool) -> None:  # a flag
    """Run the task called NAME: another word for ``flask tasks run``; list them without."""
    if name is None:
        _list()
        return
    _run(name, given, confirm=confirm, is_dry=is_dry)


def _run(name: str, given: Sequence[str], *, confirm: str, is_dry: bool) -> None:
    task = all_tasks().get(name)
    if task is None:
        raise click.ClickException(f"No task is called {name}.")
    values = _values(task, given)
    if task.is_dangerous and not is_dry and confirm != name:
        raise click.ClickException(f"It is dangerous: add --confirm {name}")
    _run_to_its_end(task, values, is_dry=is_dry)


def run_here(name: str, values: Values) -> None:
    """Run the task called *name* here and now, and say how it ended.

    Raises:
        ClickException: If it did not do what it is for, or runs already.
    """
    task = all_tasks()[name]
    given = {one.name: one.default for one in task.params}
    _run_to_its_end(task, {**given, **values}, is_dry=False)


def _run_to_its_end(task: Task, values: Values, *, is_dry: bool) -> None:
    key = _begin(task, values, is_dry=is_dry, worker=this_terminal())
    _tell(carry_out_here(key, task, values, is_dry=is_dry))


def this_terminal() -> str:
    """What a run that is taken up here is said to be run by."""
    return f"terminal:{socket.gethostname()[:40]}:{os.getpid()}"


def carry_out_here(key: int, task: Task, values: Values, *, is_dry: bool = False) -> End:
    """Carry out the run *key* of a task, which `this_terminal` has taken up; return its end."""
    worker, terminal = this_terminal(), Terminal()
    with _going_on(key, worker, terminal):
        end = running.carry_out(
            db.session(), task=task, values=values, is_dry=is_dry, progress=terminal
        )
    terminal.close()
    with transaction(db.session()) as session:
        service.finish(session, key=key, worker=worker, end=end, said={})
    return end


def _values(task: Task, given: Sequence[str]) -> dict[str, Any]:
    """The values of the parameters, as they were written.

    Raises:
        ClickException: If one is unknown, wrong or missing.
    """
    written = dict(one.partition("=")[::2] for one in given)
    if unknown := sorted(written.keys() - {one.name for one in task.params}):
        raise click.ClickException(f"{task.name} has no parameter {unknown[0]}.")
    values = {}
    for one in task.params:
        try:
            default = str(one.default or "") if one.kind is Kind.boolean else ""
            values[one.name] = one.read(written.get(one.name, default))
        except ValueError as fault:
            raise click.ClickException(f"{one.name}: {fault}") from None
        if one.kind is Kind.person and values[one.name] is not None:
            values[one.name] = queries.person_called(db.session(), values[one.name])
            if values[one.name] is None:
                raise click.ClickException(f"{one.name}: nobody is called so.")
    return values


def _begin(task: Task, values: Values, *, is_dry: bool, worker: str) -> int:
    """Write that it runs here; return the number of the run.

    Raises:
        ClickException: If it runs already, here or elsewhere.
    """
    asked = Asked(values=values, is_dry=is_dry)
    try:
        with transaction(db.session()) as session:
            begun = service.start(session, task=task, asked=asked, is_read=True)
            service.take_up(session, run=begun, worker=worker)
            return begun.id
    except DomainError as refusal:
        raise click.ClickException(refusal.message) from None


@contextmanager
def _going_on(key: int, worker: str, terminal: "Terminal") -> Iterator[None]:
    """Say that a run goes on, until the end of the block; stop it if someone asks."""
    over, app = threading.Event(), current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # the documented way

    def beat() -> None:
        while not over.wait(EVERY):
            _beat(app, key, worker, terminal)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        with terminal.stopped_by(signal.SIGINT, signal.SIGTERM):
            yield
    finally:
        over.set()
        thread.join(EVERY)


def _beat(app: Flask, key: int, worker: str, terminal: "Terminal") -> None:
    with app.app_context():
        try:
            with transaction(db.session()) as session:
                said = terminal.said()
                mine = service.beat(session, key=key, worker=worker, said=said)
                asked = session.get_one(TaskRun, key).cancel_asked_at
        finally:
            db.session.remove()
    if asked is not None or not mine:
        terminal.stop()


def _tell(end: End) -> None:
    if end.state is TaskState.done:
        click.echo(end.message or "Done.")
        return
    incident = f" (incident {end.incident})" if end.incident else ""
    raise click.ClickException(f"{end.error or end.state}{incident}")


class _Told:
    """Where a task says how far it is, and hears that it is to stop."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def stop(self) -> None:
        """Have the task stop as soon as it listens."""
        self._cancelled.set()

    @contextmanager
    def stopped_by(self, *signals: signal.Signals) -> Iterator[None]:
        """Stop it at these signals, until the end of the block."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, lambda *_: self.stop()) for one in signals}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Say that *done* of *total* are done.

        Raises:
            TaskCancelled: If someone asked to stop.
        """
        self.say(_percent(done, total), message or f"{done} / {total}")
        if self.cancelled:
            raise TaskCancelled

    def say(self, percent: int, message: str) -> None:
        """Tell whoever looks."""
        raise NotImplementedError


def _percent(done: int, total: int) -> int:
    return min(100, max(0, 100 * done // total)) if total > 0 else 0


class Terminal(_Told):
    """Shows it as a bar."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: Any = None
        self._said: dict[str, Any] = {}

    def say(self, percent: int, message: str) -> None:
        """Move the bar."""
        self._said = {"progress": percent, "message": message[:255]}
        if self._bar is None:
            self._bar = click.progressbar(length=100, show_pos=False, item_show_func=str)
        self._bar.update(percent - self._bar.pos, message)

    def said(self) -> dict[str, Any]:
        """What was said last, as a run keeps it."""
        return self._said

    def close(self) -> None:
        """End the line of the bar."""
        if self._bar is not None:
            self._bar.render_finish()


class Told(_Told):
    """Tells the worker that started this process."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words

    def say(self, percent: int, message: str) -> None:
        """Tell the worker."""
        self._words.say(progress=percent, message=message[:255])


@tasks.command(hidden=True)
@click.argument("key", type=int)
@click.argument("words", type=int)
@click.argument("log", type=int)
def execute(key: int, words: int, log: int) -> None:
    """Carry out the run KEY for the worker that started this process."""
    end_with_parent()
    _log_apart(log)
    speech = Words(words)
    told = Told(speech)
    with told.stopped_by(signal.SIGTERM):
        end = _carry_out(key, told)
    speech.say(end=end.state, message=end.message, error=end.error, incident=end.incident)


def _log_apart(log: int) -> None:
    """Have what is logged go where the worker's goes, not among what the task prints."""
    os.set_inheritable(log, False)  # noqa: FBT003  # the signature is theirs
    stream = os.fdopen(log, "w", buffering=1)
    for handler in logging.getLogger("app").handlers:
        if type(handler) is logging.StreamHandler:
            handler.setStream(stream)


def _carry_out(key: int, told: Told) -> End:
    session = db.session()
    run = queries.run(session, key)
    task = all_tasks().get(run.task)
    if task is None:
        return End(state=TaskState.failed, error=f"No task is called {run.task}.")
    session.info["origin"] = Origin(actor_id=run.requested_by_id)
    locale = (run.requested_by.locale if run.requested_by else None) or "fr"
    values, is_dry = task.loaded(run.params), bool(run.params.get(DRY_RUN))
    session.rollback()
    with force_locale(locale):
        return running.carry_out(session, task=task, values=values, is_dry=is_dry, progress=told)
