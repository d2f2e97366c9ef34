"""What may happen to servers: each is done, held for a while, and undone."""

import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from tools.chaos.disks import Disk
from tools.chaos.outside import Party
from tools.chaos.programs import Program, children, command_of, descendants, send, until
from tools.chaos.stand import Stand

#: How long one looks for something that comes and goes, in seconds.
SEEKS = 8.0
#: Longer than a worker has an entry for itself.
BEYOND_THE_LEASE = 65.0


class Impossible(Exception):
    """It could not be done here, or now: it does not count. The text says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that may happen."""

    #: ``part.what``.
    name: str
    #: Does it; what is left of it is undone when the block ends.
    does: Callable[[Stand, random.Random], Iterator[None]]
    #: How often among the others, when they come at random.
    weight: int = 4
    #: Whether one may not know outside if something was told: it may be told twice.
    is_doubtful: bool = False

    @property
    def part(self) -> str:
        """What it happens to: two faults of one part do not happen at once."""
        part = self.name.partition(".")[0]
        return {"task": "worker", "photo": "worker", "disk": "database"}.get(part, part)

    @contextmanager
    def happening(self, stand: Stand, dice: random.Random) -> Iterator[None]:
        """Have it happen, until the end of the block.

        Raises:
            Impossible: It cannot be done.
        """
        with contextmanager(self.does)(stand, dice):
            yield


def _wait(dice: random.Random, low: float, high: float) -> None:
    time.sleep(dice.uniform(low, high))


# Processes


def _web_worker(number: signal.Signals) -> Callable[..., Iterator[None]]:
    def does(stand: Stand, dice: random.Random) -> Iterator[None]:
        some = children(stand.web.pid)
        if not some:
            raise Impossible("no web worker at the moment")
        send(dice.choice(some), number)
        yield

    return does


def _web_worker_stopped(stand: Stand, dice: random.Random) -> Iterator[None]:
    some = children(stand.web.pid)
    if not some:
        raise Impossible("no web worker at the moment")
    one = dice.choice(some)
    send(one, signal.SIGSTOP)
    _wait(dice, 2, 6)
    send(one, signal.SIGCONT)
    yield


def _master(number: signal.Signals) -> Callable[..., Iterator[None]]:
    def does(stand: Stand, _dice: random.Random) -> Iterator[None]:
        send(stand.web.pid, number)
        yield

    return does


def _worker(number: signal.Signals) -> Callable[..., Iterator[None]]:
    def does(stand: Stand, dice: random.Random) -> Iterator[None]:
        send(dice.choice(stand.workers).pid, number)
        yield

    return does


def _both_workers(stand: Stand, _dice: random.Random) -> Iterator[None]:
    for program in stand.workers:
        send(program.pid, signal.SIGKILL)
    yield


def _worker_stopped(seconds: float) -> Callable[..., Iterator[None]]:
    def does(stand: Stand, dice: random.Random) -> Iterator[None]:
        program = dice.choice(stand.workers)
        send(program.pid, signal.SIGSTOP)
        time.sleep(seconds)
        program.signal(signal.SIGCONT)
        yield

    return does


def _worker_in_the_middle(stand: Stand, _dice: random.Random) -> Iterator[None]:
    """Kill a worker that is at something, as the database tells."""
    held = "SELECT leased_by FROM outbox WHERE sent_at IS NULL AND leased_until > now() LIMIT 1"
    found: list[int] = []

    def is_at_it() -> bool:
        rows = stand.postgres.rows(held)
        found.extend(int(row["leased_by"].split(":")[1]) for row in rows)
        return bool(found)

    if not until(is_at_it, SEEKS, every=0.01):
        raise Impossible("no worker was at anything")
    send(found[0], signal.SIGKILL)
    yield


def _child(
    pattern: str, programs: Callable[[Stand], list[Program]]
) -> Callable[..., Iterator[None]]:
    """Kill a process that the site starts for a moment."""
    wanted = re.compile(pattern)

    def does(stand: Stand, _dice: random.Random) -> Iterator[None]:
        found: list[int] = []

        def is_there() -> bool:
            for program in programs(stand):
                try:
                    some = descendants(program.pid)
                except ProcessLookupError:
                    continue
                found.extend(pid for pid in some if wanted.search(command_of(pid)))
            return bool(found)

        if not until(is_there, SEEKS * 2, every=0.01):
            raise Impossible("no such process ran")
        send(found[0], signal.SIGKILL)
        yield

    return does


# The database


def _database_restarted(mode: str) -> Callable[..., Iterator[None]]:
    def does(stand: Stand, _dice: random.Random) -> Iterator[None]:
        stand.postgres.stop(mode)
        stand.postgres.start()
        yield

    return does


def _database_stopped(stand: Stand, _dice: random.Random) -> Iterator[None]:
    stand.postgres.stop("immediate")
    time.sleep(10)
    stand.postgres.start()
    yield


def _connections_ended(stand: Stand, dice: random.Random) -> Iterator[None]:
    for _ in range(dice.randint(1, 4)):
        stand.postgres.end_connections()
        time.sleep(0.2)
    yield


def _rows_held(stand: Stand, dice: random.Random) -> Iterator[None]:
    """Hold what most requests want: accounts of the bar, the last seal, what leaves."""
    statements = (
        "SELECT 1 FROM bar_account FOR UPDATE",
        "SELECT 1 FROM audit_head FOR UPDATE",
        "SELECT 1 FROM pceen FOR UPDATE",
    )
    with stand.postgres.holding([dice.choice(statements)]):
        _wait(dice, 2, 6)
    yield


def _deadlocks(stand: Stand, dice: random.Random) -> Iterator[None]:
    stand.postgres.quarrel(dice.uniform(3, 6))
    yield


def _table_locked(stand: Stand, dice: random.Random) -> Iterator[None]:
    table = dice.choice(("outbox", "bar_transaction", "photo", "payment"))
    with stand.postgres.holding([f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"]):
        _wait(dice, 2, 5)
    yield


# Disks


def _full(disk: Callable[[Stand], Disk], low: float, high: float) -> Callable[..., Iterator[None]]:
    def does(stand: Stand, dice: random.Random) -> Iterator[None]:
        one = disk(stand)
        if not one.is_real:
            raise Impossible("only root makes disks that may be filled")
        one.fill()
        try:
            _wait(dice, low, high)
        finally:
            one.free()
        stand.postgres.start()  # it gives up when it cannot write what it must
        yield

    return does


# Those outside


def _mood(
    party: Callable[[Stand], Party], mood: str, low: float, high: float
) -> Callable[..., Iterator[None]]:
    def does(stand: Stand, dice: random.Random) -> Iterator[None]:
        one = party(stand)
        one.mood = mood
        try:
            _wait(dice, low, high)
        finally:
            one.heal()
        yield

    return does


def _dead(party: Callable[[Stand], Party]) -> Callable[..., Iterator[None]]:
    def does(stand: Stand, dice: random.Random) -> Iterator[None]:
        one = party(stand)
        one.die()
        try:
            _wait(dice, 2, 6)
        finally:
            one.heal()
        yield

    return does


def _replayed(stand: Stand, dice: random.Random) -> Iterator[None]:
    """Have Lydia tell again what it told of payments that are over."""
    statement = "SELECT lydia_uuid FROM payment WHERE lydia_uuid IS NOT NULL ORDER BY random()"
    uuids = [row["lydia_uuid"] for row in stand.postgres.rows(f"{statement} LIMIT 10")]
    if not uuids:
        raise Impossible("nobody has paid yet")
    for uuid in dice.sample(uuids, len(uuids)):
        stand.replay(uuid)
    time.sleep(2)
    yield


def _program_killed(which: Callable[[Stand], Program]) -> Callable[..., Iterator[None]]:
    def does(stand: Stand, _dice: random.Random) -> Iterator[None]:
        send(which(stand).pid, signal.SIGKILL)
        yield

    return does


def _program_stopped(which: Callable[[Stand], Program]) -> Callable[..., Iterator[None]]:
    def does(stand: Stand, dice: random.Random) -> Iterator[None]:
        one = which(stand)
        one.signal(signal.SIGSTOP)
        try:
            _wait(dice, 3, 7)
        finally:
            one.signal(signal.SIGCONT)
        yield

    return does


# Time


def _jump(*names: str, seconds: int) -> Callable[..., Iterator[None]]:
    def does(stand: Stand, dice: random.Random) -> Iterator[None]:
        if not stand.clock.is_real:
            raise Impossible("no C compiler to make a clock with")
        for name in names:
            stand.clock.move(name, seconds)
        try:
            _wait(dice, 3, 8)
        finally:
            for name in names:
                stand.clock.move(name, 0)
        yield

    return does


_ALL = ("web", "worker1", "worker2")


def _mails(stand: Stand) -> Party:
    return stand.mail


def _chat(stand: Stand) -> Party:
    return stand.chat


def _lydia(stand: Stand) -> Party:
    return stand.lydia


def _known() -> Iterator[Fault]:
    yield Fault("web.worker_killed", _web_worker(signal.SIGKILL), 8)
    yield Fault("web.worker_terminated", _web_worker(signal.SIGTERM), 3)
    yield Fault("web.worker_stopped", _web_worker_stopped, 3)
    yield Fault("web.master_killed", _master(signal.SIGKILL), 4)
    yield Fault("web.master_terminated", _master(signal.SIGTERM), 3)
    yield Fault("web.reloaded", _master(signal.SIGHUP), 5)
    yield Fault("worker.killed", _worker(signal.SIGKILL), 8, is_doubtful=True)
    yield Fault("worker.killed_at_work", _worker_in_the_middle, 8, is_doubtful=True)
    yield Fault("worker.both_killed", _both_workers, 3, is_doubtful=True)
    yield Fault("worker.terminated", _worker(signal.SIGTERM), 4)
    yield Fault("worker.stopped", _worker_stopped(5), 3)
    stopped = _worker_stopped(BEYOND_THE_LEASE)
    yield Fault("worker.stopped_beyond_lease", stopped, 1, is_doubtful=True)
    yield Fault("task.killed", _child(r"tasks execute", lambda stand: stand.workers), 2)
    preparation = _child(r"images/child\.py", lambda stand: [stand.web, *stand.workers])
    yield Fault("photo.preparation_killed", preparation, 6)
    yield Fault("database.restarted_fast", _database_restarted("fast"), 4, is_doubtful=True)
    yield Fault("database.crashed", _database_restarted("immediate"), 5, is_doubtful=True)
    yield Fault("database.stopped_10_s", _database_stopped, 2, is_doubtful=True)
    yield Fault("database.connections_ended", _connections_ended, 6, is_doubtful=True)
    yield Fault("database.rows_held", _rows_held, 4)
    yield Fault("database.table_locked", _table_locked, 3)
    yield Fault("database.deadlocks", _deadlocks, 4, is_doubtful=True)
    yield Fault("disk.files_full", _full(lambda stand: stand.files, 3, 7), 5, is_doubtful=True)
    yield Fault("disk.logs_full", _full(lambda stand: stand.logs, 3, 7), 4)
    full = _full(lambda stand: stand.database, 2, 5)
    yield Fault("disk.database_full", full, 3, is_doubtful=True)
    yield Fault("mail.dead", _dead(_mails), 4)
    yield Fault("mail.slow", _mood(_mails, "slow", 4, 8), 4)
    yield Fault("mail.silent", _mood(_mails, "silent", 3, 6), 2)
    yield Fault("mail.later_4xx", _mood(_mails, "later", 3, 6), 4)
    yield Fault("mail.no_room_452", _mood(_mails, "refuses", 3, 6), 3)
    yield Fault("mail.never_one_5xx", _mood(_mails, "never one", 2, 4), 3)
    yield Fault("mail.cut_after_data", _mood(_mails, "cut after", 2, 5), 5, is_doubtful=True)
    yield Fault("mail.cut_before", _mood(_mails, "cut before", 2, 5), 3)
    yield Fault("chat.enough_429", _mood(_chat, "enough", 3, 6), 3)
    yield Fault("chat.broken_500", _mood(_chat, "broken", 3, 6), 3)
    yield Fault("chat.silent", _mood(_chat, "silent", 3, 6), 2)
    yield Fault("chat.dead", _dead(_chat), 2)
    yield Fault("lydia.dead", _dead(_lydia), 4)
    yield Fault("lydia.slow", _mood(_lydia, "slow", 4, 8), 3)
    yield Fault("lydia.silent", _mood(_lydia, "silent", 3, 6), 2)
    yield Fault("lydia.broken_500", _mood(_lydia, "broken", 3, 6), 3)
    yield Fault("lydia.garbage", _mood(_lydia, "garbage", 3, 6), 3)
    yield Fault("lydia.lost_answer", _mood(_lydia, "lost answer", 3, 6), 4)
    yield Fault("lydia.too_late", _mood(_lydia, "too late", 3, 6), 2)
    yield Fault("lydia.paid_before_the_answer", _mood(_lydia, "paid before", 4, 8), 4)
    yield Fault("lydia.callbacks_again", _replayed, 3)
    yield Fault("lydia.killed", _program_killed(lambda stand: stand.sandbox_program), 3)
    yield Fault("school.killed", _program_killed(lambda stand: stand.school_program), 2)
    yield Fault("school.slow", _program_stopped(lambda stand: stand.school_program), 2)
    # an hour: what a machine that goes by the hour of Paris does twice a year
    for label, seconds in (("5_min", 300), ("1_h", 3600), ("2_h", 7200)):
        for sign, way in ((1, "ahead"), (-1, "behind")):
            name, far = f"clock.all_{label}_{way}", sign * seconds
            yield Fault(name, _jump(*_ALL, seconds=far), 2)
    yield Fault("clock.web_5_min_behind", _jump("web", seconds=-300), 2)
    yield Fault("clock.worker_5_min_ahead", _jump("worker1", seconds=300), 3)


FAULTS: dict[str, Fault] = {one.name: one for one in _known()}

#: What a fault may raise because something else has just ended.
GONE = (ProcessLookupError, sa.exc.OperationalError)
