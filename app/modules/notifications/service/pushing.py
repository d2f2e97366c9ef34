"""Sending what devices are owed, many at once, a few seconds long.

Who sends something takes its row for a while first: two workers never send it both. Cut between
sending and writing, it is sent again once that while is over, under the same tag: the device shows
it once.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import PushState
from app.integrations import metrics
from app.integrations.push import Answer, Done, Fate, Message, Parcel, Round
from app.models import Notification, PushDelivery, PushSubscription
from app.modules.notifications.queries import deliveries as queries
from app.modules.notifications.queries.deliveries import Owed
from app.modules.notifications.rules import deliveries as rules
from app.modules.notifications.rules.deliveries import Pushed
from app.modules.notifications.rules.quiet import rings_at

#: How long who sends something has it for themselves.
LEASE = timedelta(minutes=2)
#: How many are taken, and written, at once; how many are in hand at most.
CHUNK, IN_HAND = 100, 500
#: How long, in seconds, what is sent is waited for before what is known is written.
_GLANCE = 0.5


def send_due(session: Session, sending: Round, *, until: float) -> None:
    """Send what is due; nothing more is begun after *until*, on the clock that only goes on."""
    done: list[Done] = []
    try:
        _send_due(session, sending, done, until)
    finally:
        if done or sending.held:  # what is sent is sent, whatever went wrong afterwards
            session.rollback()
            sending.take_back()
            while sending.held:
                done += sending.collect(_GLANCE)
            _write(session, done)


def _send_due(session: Session, sending: Round, done: list[Done], until: float) -> None:
    """Likewise; what was *done* and is not written yet is in the list."""
    closed: set[str] = set()
    is_more = True
    while True:
        is_time = time.monotonic() < until
        while is_time and is_more and sending.has_room and sending.held < IN_HAND:
            is_more = _take(session, sending)
        if not is_time:
            _release(session, sending.take_back())
        found = sending.collect(_GLANCE)
        done += found
        news = sending.closed.keys() - closed
        if done and (news or len(done) >= CHUNK or not found or not sending.held):
            _write(session, done)
            done.clear()
        for host in news:
            closed.add(host)
            _close(session, host, sending.closed[host])
        if not sending.held and not done and not (is_time and is_more):
            return
        is_more = is_more or not found  # someone does not answer: others are not kept waiting


def _take(session: Session, sending: Round) -> bool:
    """Take what is due, and send what is still wanted of it; say whether there may be more."""
    now = clock.now()
    with transaction(session):
        rows = session.scalars(queries.due(now, CHUNK)).all()
        found = queries.owed(session, [row.id for row in rows])
        wanted = {one.delivery: one for one in found if one.is_wanted and not _is_old(one, now)}
        waits = {key: at for key, one in wanted.items() if (at := _rings_at(one, now)) > now}
        parcels = [_parcel(one) for key, one in wanted.items() if key not in waits]
        for row in rows:
            if row.id in wanted:
                row.due_at = waits.get(row.id, now + LEASE)
            else:
                row.state, row.ended_at = PushState.dropped, now
    sending.give(parcels)
    return len(rows) == CHUNK


def _rings_at(one: Owed, now: datetime) -> datetime:
    """When a device may ring: hours of silence hold for what is tried again too."""
    return rings_at(now, one.quiet_from, one.quiet_until)


def _is_old(one: Owed, now: datetime) -> bool:
    return now - one.notification.created_at >= rules.NEWS


def _parcel(one: Owed) -> Parcel:
    told, device = one.notification, one.subscription
    if device is None:
        raise ValueError("nobody wants what no device shows")
    title, body = told.words(one.locale)
    pushed = Pushed(
        id=told.id,
        title=title,
        body=body,
        url=told.url,
        image=told.image,
        quiet=told.quiet,
        lang=one.locale,
    )
    message = Message(
        endpoint=device.endpoint,
        p256dh=device.p256dh,
        auth=device.auth,
        body=rules.written(pushed),
        topic=pushed.tag,
    )
    return Parcel(one.delivery, message)


def _release(session: Session, parcels: Sequence[Parcel]) -> None:
    """Leave what nobody began to send to whoever comes next."""
    if parcels:
        numbers = [parcel.number for parcel in parcels]
        with transaction(session):
            _put_off(session, PushDelivery.id.in_(numbers), clock.now())


def _put_off(session: Session, which: sa.ColumnElement[bool], until: datetime) -> None:
    session.execute(
        sa.update(PushDelivery)
        .where(PushDelivery.state == PushState.pending, which)
        .values(due_at=until)
        .execution_options(synchronize_session=False)
    )


def _close(session: Session, host: str, answer: Answer) -> None:
    """Ask a host nothing of what is due before it may be asked again."""
    until = clock.now() + timedelta(seconds=answer.seconds)
    there = sa.select(PushSubscription.id).where(
        PushSubscription.endpoint.startswith(f"https://{host}/", autoescape=True)
    )
    with transaction(session):
        waiting = sa.select(PushDelivery.id).where(
            PushDelivery.state == PushState.pending,
            PushDelivery.due_at < until,
            PushDelivery.subscription_id.in_(there),
        )
        found = session.scalars(waiting.order_by(PushDelivery.id).with_for_update()).all()
        _put_off(session, PushDelivery.id.in_(found), until)


def _write(session: Session, done: Iterable[Done]) -> None:
    """Write what became of what was sent; then forget the devices that are gone."""
    answers = {one.parcel.number: one.answer for one in done}
    with transaction(session):
        rows = session.scalars(
            sa.select(PushDelivery)
            .where(PushDelivery.id.in_(answers), PushDelivery.state == PushState.pending)
            .order_by(PushDelivery.id)
            .with_for_update()
        ).all()
        for row in rows:
            _settle(row, answers[row.id])
        _count(session, rows)
        _use(session, _devices(rows, PushState.sent))
        gone = _devices(rows, PushState.gone)
    if gone:  # apart: rows of other workers change with it
        with transaction(session):
            session.execute(sa.delete(PushSubscription).where(PushSubscription.id.in_(gone)))
    for answer in answers.values():
        metrics.pushes().labels(answer.fate.value).inc()


def _devices(rows: Sequence[PushDelivery], state: PushState) -> list[int]:
    """The devices for which it ended so."""
    found = [row.subscription_id for row in rows if row.state is state]
    return [number for number in found if number is not None]


def _settle(row: PushDelivery, answer: Answer) -> None:
    """Write what became of a delivery."""
    now = clock.now()
    if answer.fate is Fate.put_off:
        row.due_at = now + timedelta(seconds=answer.seconds)
        return
    row.attempts += 1
    row.last_error = answer.reason[:200] or None
    if answer.fate is Fate.sent:
        row.state = PushState.sent
    elif answer.fate is Fate.gone:
        row.state = PushState.gone
    elif answer.fate is Fate.refused or rules.is_hopeless(row.attempts):
        row.state = PushState.parked
    else:
        delay = timedelta(seconds=answer.seconds) if answer.seconds else None
        row.due_at = now + (delay or rules.delay_after(row.attempts))
        return
    row.ended_at = now


#: The count of a notification in which a delivery that ended so is.
_COUNTS = {
    PushState.sent: Notification.delivered_count,
    PushState.gone: Notification.gone_count,
    PushState.parked: Notification.failed_count,
}


def _count(session: Session, rows: Sequence[PushDelivery]) -> None:
    """Add what ended to the counts of the notifications, in one order for all workers."""
    ended = Counter((row.notification_id, row.state) for row in rows if row.state in _COUNTS)
    for (number, state), count in sorted(ended.items()):
        column = _COUNTS[state]
        session.execute(
            sa.update(Notification)
            .where(Notification.id == number)
            .values({column: column + count})
            .execution_options(synchronize_session=False)
        )


def _use(session: Session, numbers: Sequence[int]) -> None:
    """Write that these devices were reached."""
    if numbers:
        session.execute(
            sa.update(PushSubscription)
            .where(PushSubscription.id.in_(numbers))
            .values(last_used_at=clock.now())
            .execution_options(synchronize_session=False)
        )
