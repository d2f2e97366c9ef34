"""Running tasks next to the worker: each in a process of its own, watched by a thread."""

import enum
import logging
import secrets
import signal
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_babel import gettext as _

from app.core.transaction import transaction
from app.enums import TaskState
from app.extensions import db
from app.integrations.child import Child
from app.models import TaskRun
from app.modules.operations.queries import tasks as queries
from app.modules.operations.rules.output import Output
from app.modules.operations.service import tasks as service
from app.modules.operations.service.tasks import End
from app.web.module import all_tasks
from app.worker import NAME

logger = logging.getLogger(__name__)

#: How many run at once.
MOST = 3
#: How often the worker looks for what waits, and how often a run says that it goes on.
LOOKS_EVERY, BEATS_EVERY = 1.0, 2.0
#: How often much output is written down.
WRITES_EVERY = 10.0
_MUCH = 1 << 16
#: How long a run may take to stop by itself, once asked to.
GRACE = 5.0
#: How long a run may go on, once the worker is asked to stop.
FAREWELL = 15.0
#: Out of reach of the database for so long, a run is stopped before it is thought dead.
ADRIFT = queries.SILENCE.total_seconds() * 3 / 4
#: How long a task that nobody knows may take to say so.
_UNKNOWN = timedelta(minutes=1)


class Why(enum.Enum):
    """Why a run is stopped."""

    cancelled = enum.auto()
    timed_out = enum.auto()
    #: The worker stops: another one begins it again.
    handed_over = enum.auto()
    #: It is no longer this worker's.
    lost = enum.auto()


class Runner:
    """Takes the runs that wait, until the end of the block."""

    def __init__(self, app: Flask, command: Sequence[str]) -> None:
        self._app, self._command = app, command
        self._stop = threading.Event()
        self._places = threading.Semaphore(MOST)
        self._threads: set[threading.Thread] = set()
        self._taker = threading.Thread(target=self._look, name="tasks", daemon=True)

    def __enter__(self) -> "Runner":
        """Begin to look for what waits."""
        self._taker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take nothing more; let what runs end, or hand it over."""
        self.stop()
        self._taker.join()
        for thread in list(self._threads):
            thread.join()

    def stop(self) -> None:
        """Take nothing more, and tell what runs that it has not long."""
        self._stop.set()

    def _look(self) -> None:
        while not self._stop.is_set():
            if not self._places.acquire(timeout=LOOKS_EVERY):
                continue
            key = self._take()
            if key is None:
                self._places.release()
                self._stop.wait(LOOKS_EVERY)
                continue
            self._begin(key)

    def _take(self) -> int | None:
        with self._app.app_context():
            try:
                return take()
            except sa.exc.SQLAlchemyError as failure:
                logger.warning("no task is taken: %s", type(failure).__name__)
                return None
            finally:
                db.session.remove()

    def _begin(self, key: int) -> None:
        def run() -> None:
            try:
                with self._app.app_context():
                    Watch(key, self._command, self._stop).run()
            finally:
                self._places.release()
                self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=run, name=f"task-{key}", daemon=True)
        self._threads.add(thread)
        thread.start()


def take() -> int | None:
    """Take the run that waits for longest; return its number, if there is one."""
    session = db.session()
    waiting = sa.select(TaskRun.id).where(TaskRun.state == TaskState.queued).limit(1)
    if session.scalars(waiting).first() is None:
        session.rollback()  # let go of what was only read
        return None
    with transaction(session):
        return service.take(session, worker=NAME)


def run_waiting(command: Sequence[str]) -> int:
    """Run the tasks that wait, one after the other; return how many."""
    count = 0
    while (key := take()) is not None:
        Watch(key, command, threading.Event()).run()
        count += 1
    return count


class Watch:
    """Looks after one run, from its process to what is written of its end."""

    def __init__(self, key: int, command: Sequence[str], stop: threading.Event) -> None:
        self._key, self._stop = key, stop
        self._command = [*command, str(key)]
        self._lock = threading.Lock()
        self._output = Output()
        #: What it said last, and how it said that it ended.
        self._said: dict[str, Any] = {}
        self._end: dict[str, Any] | None = None
        self._why: Why | None = None
        self._written = 0
        self._written_at = self._in_touch_at = time.monotonic()
        #: When it was asked to stop, and when it has to, once the worker stops.
        self._asked_at: float | None = None
        self._leave_at: float | None = None

    def run(self) -> None:
        """Run it to its end, and write how it ended."""
        begun, limit = time.monotonic(), self._limit()
        try:
            child = Child(self._command, heard=self._heard, told=self._told)
        except OSError as error:
            logger.exception("no process for the run %d", self._key)
            self._conclude(End(state=TaskState.failed, error=type(error).__name__))
            return
        beat_at = begun
        while not child.wait(0.25):
            now = time.monotonic()
            if now - beat_at >= BEATS_EVERY:
                beat_at = now
                self._beat()
            if now - begun > limit:
                self._stop_for(Why.timed_out)
            self._mind_the_worker(now)
            self._obey(child, now)
        self._close(child.end())

    def _limit(self) -> float:
        run = db.session().get_one(TaskRun, self._key)
        task = all_tasks().get(run.task)
        db.session.remove()
        return (task.limit if task else _UNKNOWN).total_seconds()

    def _heard(self, chunk: bytes) -> None:
        with self._lock:
            self._output.add(chunk)

    def _told(self, word: dict[str, Any]) -> None:
        with self._lock:
            if "end" in word:
                self._end = word
            else:
                self._said = {name: word[name] for name in ("progress", "message") if name in word}

    def _stop_for(self, why: Why) -> None:
        if self._why is None or why is Why.lost:
            self._why = why

    def _mind_the_worker(self, now: float) -> None:
        """Once the worker stops, give the run a little time, then hand it over."""
        if not self._stop.is_set():
            return
        if self._leave_at is None:
            self._leave_at = now + FAREWELL
        if now > self._leave_at:
            self._stop_for(Why.handed_over)

    def _obey(self, child: Child, now: float) -> None:
        """Stop the process, if it is to be: kindly, then not."""
        if self._why is None:
            return
        if self._why is Why.lost:
            child.kill()
        elif self._asked_at is None:
            child.terminate()
            self._asked_at = now
        elif now - self._asked_at > GRACE:
            child.kill()

    # What is written

    def _beat(self) -> None:
        """Say that it goes on; learn whether it is to stop."""
        session = db.session()
        try:
            with transaction(session):
                mine = service.beat(session, key=self._key, worker=NAME, said=self._news())
                stmt = sa.select(TaskRun.cancel_asked_at).where(TaskRun.id == self._key)
                asked = session.scalars(stmt).first()
        except sa.exc.SQLAlchemyError as failure:
            logger.warning("run %d: a beat is missed: %s", self._key, type(failure).__name__)
            if time.monotonic() - self._in_touch_at > ADRIFT:
                self._stop_for(Why.lost)
            return
        finally:
            db.session.remove()
        self._in_touch_at = time.monotonic()
        if not mine:
            self._stop_for(Why.lost)
        elif asked is not None:
            self._stop_for(Why.cancelled)

    def _news(self, *, whole: bool = False) -> dict[str, Any]:
        """What is new of what it said and printed."""
        now = time.monotonic()
        with self._lock:
            news = dict(self._said)
            size = self._output.size
            is_time = size < _MUCH or now - self._written_at > WRITES_EVERY
            if whole or (size != self._written and is_time):
                news["output"] = self._output.text()
                self._written, self._written_at = size, now
        return news

    def _close(self, status: int) -> None:
        """Write how it ended."""
        with self._lock:
            told = self._end
        if self._why is Why.lost:
            logger.error("run %d was taken from this worker, and stopped", self._key)
        elif told is not None and told["end"] == TaskState.done:
            self._conclude(_as_told(told))
        elif self._why is Why.handed_over:
            self._hand_over()
        elif self._why is not None:
            self._conclude(End(state=TaskState[self._why.name]))
        elif told is not None:
            self._conclude(_as_told(told))
        else:
            self._conclude(self._abrupt(status))

    def _abrupt(self, status: int) -> End:
        """The end of a process that said nothing of it."""
        incident = secrets.token_hex(8)
        logger.error(
            "run %d ended abruptly, status %d", self._key, status, extra={"request_id": incident}
        )
        if status < 0:
            name = signal.Signals(-status).name
            error = _("Arrêtée brutalement par le système (%(signal)s).", signal=name)
        else:
            error = _("Arrêtée brutalement, avec le statut %(status)s.", status=status)
        return End(state=TaskState.failed, error=error, incident=incident)

    def _conclude(self, end: End) -> None:
        news = self._news(whole=True)

        def write(session: Any) -> None:
            service.finish(session, key=self._key, worker=NAME, end=end, said=news)

        self._write(write)

    def _hand_over(self) -> None:
        def write(session: Any) -> None:
            service.hand_over(session, key=self._key, worker=NAME)

        self._write(write)

    def _write(self, write: Any) -> None:
        """Write an end, as soon as the database answers; it is interrupted if it never does."""
        give_up_at = time.monotonic() + (GRACE if self._stop.is_set() else ADRIFT)
        while True:
            try:
                with transaction(db.session()) as session:
                    write(session)
            except sa.exc.OperationalError:
                if time.monotonic() > give_up_at:
                    logger.exception("run %d: its end is not written", self._key)
                    return
                time.sleep(1)
            else:
                return
            finally:
                db.session.remove()


def _as_told(word: dict[str, Any]) -> End:
    """The end that the process itself told."""
    return End(
        state=TaskState(word["end"]),
        message=word.get("message"),
        error=word.get("error"),
        incident=word.get("incident"),
    )
