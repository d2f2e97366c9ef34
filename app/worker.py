"""Do what the outbox holds, and the jobs that are due."""

import logging
import os
import secrets
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import sqlalchemy as sa
from jinja2 import TemplateError
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.transaction import transaction
from app.integrations.discord import RetryLater
from app.integrations.mailer import PermanentFailure
from app.models import Effect, OutboxEntry
from app.modules.operations.service.jobs import run_job, run_jobs
from app.web.module import Handler

__all__ = ["clock_of_the_database", "renew", "run_due", "run_job", "run_jobs"]

logger = logging.getLogger(__name__)

#: How long a worker has an entry for itself, unless it says that it is still at it.
LEASE = timedelta(seconds=60)
#: How long to wait after each failure; the last one again and again.
DELAYS = tuple(timedelta(seconds=s) for s in (10, 30, 120, 600, 1800, 3600, 7200, 21600))
#: After so long a person has to look.
PARKED_AFTER = timedelta(hours=48)
#: … or after so many failures of a template, which time does not mend.
TEMPLATE_ATTEMPTS = 5
#: Whose leases they are. Machines that are copies of one another have the same name, and containers
#: number their processes alike: hence what is drawn.
NAME = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"

#: What tells the instant, perhaps of the database.
Clock: TypeAlias = Callable[[Session], datetime]
#: The effects, by kind: their class, and how to do them.
Effects = Mapping[str, tuple[type[Effect], Handler]]


#: The entries that this process is doing.
_held: list[int] = []


def run_due(
    session: Session,
    effects: Effects,
    *,
    kinds: Collection[str] = (),
    but: Collection[str] = (),
    stops: Callable[[], bool] = lambda: False,
    leases: Clock = lambda _: clock.now(),
) -> int:
    """Do the effects that are due, oldest first, slow ones last; return how many were tried.

    With *kinds*, only those, or those of these families; none of those of *but*; until it *stops*.
    *leases* go by a clock of their own.
    """
    tried = 0
    which = [*([_is_of(kinds)] if kinds else []), *([~_is_of(but)] if but else [])]
    while not stops() and (taken := _take(session, effects, which, leases)) is not None:
        with _holding(taken):
            _do(session, effects, taken)
        tried += 1
    return tried


@contextmanager
def _holding(numbers: list[int]) -> Iterator[None]:
    """Have the leases of these entries renewed until the end of the block."""
    _held[:] = numbers
    try:
        yield
    finally:
        _held.clear()


def clock_of_the_database(session: Session) -> datetime:
    """The instant by the clock that all workers share, whatever that of their machine says."""
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        return clock.now()  # it has no other
    words = "now()" if dialect == "postgresql" else "utc_timestamp(6)"
    found: datetime = session.scalar(sa.text(f"SELECT {words}"))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def renew(session: Session, leases: Clock = lambda _: clock.now()) -> None:
    """Keep for longer what this process is doing, by the clock of *leases*: it is still at it."""
    numbers = list(_held)
    if not numbers:
        return
    mine = (OutboxEntry.id.in_(numbers), OutboxEntry.leased_by == NAME)
    with transaction(session):
        until = leases(session) + LEASE
        session.execute(sa.update(OutboxEntry).where(*mine).values(leased_until=until))


def _is_of(kinds: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether an entry is of one of these *kinds*, or families: ``account`` for ``account.…``."""
    families = (OutboxEntry.kind.startswith(f"{kind}.", autoescape=True) for kind in kinds)
    return sa.or_(OutboxEntry.kind.in_(kinds), *families)


def _take(
    session: Session,
    effects: Effects,
    which: Collection[sa.ColumnElement[bool]],
    leases: Clock,
) -> list[int] | None:
    """Lease the next entry of those, with its equals if its kind is done once for several."""
    before = aliased(OutboxEntry)
    in_order = sa.exists().where(
        before.lane == OutboxEntry.lane,
        before.id < OutboxEntry.id,
        before.sent_at.is_(None),
        before.parked_at.is_(None),
        before.cancelled_at.is_(None),
    )
    slow = [kind for kind, (effect, _) in effects.items() if getattr(effect, "slow", False)]
    with transaction(session):
        now = leases(session)
        free = (
            OutboxEntry.sent_at.is_(None),
            OutboxEntry.parked_at.is_(None),
            OutboxEntry.cancelled_at.is_(None),
            OutboxEntry.due_at <= clock.now(),
            sa.or_(OutboxEntry.leased_until.is_(None), OutboxEntry.leased_until <= now),
        )
        next_one = (
            sa.select(OutboxEntry)
            .where(*free, *which, ~in_order)
            .order_by(OutboxEntry.kind.in_(slow), OutboxEntry.id)
            .limit(1)
        )
        entry = session.scalars(next_one.with_for_update(skip_locked=True)).first()
        if entry is None:
            return None
        entries = [entry]
        if entry.kind in effects and getattr(effects[entry.kind][0], "coalesces", False):
            alike = sa.select(OutboxEntry).where(
                *free, OutboxEntry.fingerprint == entry.fingerprint, OutboxEntry.id != entry.id
            )
            entries += session.scalars(alike.with_for_update(skip_locked=True))
        for one in entries:
            one.leased_until, one.leased_by = now + LEASE, NAME
            one.attempts += 1
        return [one.id for one in entries]


def _do(session: Session, effects: Effects, numbers: list[int]) -> None:
    """Do an effect outside of any transaction, then write how it went."""
    entry = session.get_one(OutboxEntry, numbers[0])
    kind, payload, attempts = entry.kind, entry.payload, entry.attempts
    session.rollback()
    error: Exception | None = None
    try:
        effect, handler = effects[kind]
        handler(session, effect(**payload), numbers[0])
    except Exception as failure:
        if kind in effects and getattr(effects[kind][0], "quiet", False):
            logger.warning("%s failed (attempt %d): %s", kind, attempts, failure)
        else:
            logger.exception("%s failed (attempt %d)", kind, attempts)
        error = failure
    confidential = kind in effects and getattr(effects[kind][0], "confidential", False)
    with transaction(session):
        for one in session.scalars(sa.select(OutboxEntry).where(OutboxEntry.id.in_(numbers))):
            if error is not None and one.leased_by != NAME:
                continue  # it took so long that another worker is at it
            _settle(one, error, confidential=confidential)


def _settle(entry: OutboxEntry, error: Exception | None, *, confidential: bool) -> None:
    now = clock.now()
    entry.leased_until = entry.leased_by = None
    if error is None:
        entry.sent_at, entry.last_error = now, None
        if confidential:
            entry.payload = {}
        return
    entry.last_error = f"{type(error).__name__}: {error}"[:500]
    is_hopeless = isinstance(error, PermanentFailure) or (
        isinstance(error, TemplateError) and entry.attempts >= TEMPLATE_ATTEMPTS
    )
    if is_hopeless or now - entry.created_at >= PARKED_AFTER:
        entry.parked_at = now
    delay = DELAYS[min(entry.attempts, len(DELAYS)) - 1]
    entry.due_at = now + (
        timedelta(seconds=error.seconds) if isinstance(error, RetryLater) else delay
    )
