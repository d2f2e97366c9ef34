"""What was done, told to the chat and to the log, once it is sure (network-b B8.1)."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.integrations.discord import DiscordMessage
from app.models import AuditEvent, AuditHead, AuditSeal, defer
from app.modules.operations.rules.actions import Action, Words, batches, line

logger = logging.getLogger("app.actions")

#: How many are read at once.
BATCH = 500
#: What was done longer ago is told to nobody: the worker was away, or the site is new.
TOLD_LATE = timedelta(days=1)
_BLUE, _AMBER = 0x4A90C2, 0xE0A030


class ToldMeanwhile(Exception):
    """Another worker has told the same."""


def tell(session: Session, *, is_on: bool, words: Words) -> int:
    """Tell what was done since the last time, in the order in which it was; return how much.

    Where the channel is off, only the log is told.

    Raises:
        ToldMeanwhile: If another worker did it; nothing is changed.
    """
    before = session.scalar(sa.select(AuditHead.told_id).where(AuditHead.id == 1))
    if before is None:
        return 0
    rows = session.execute(
        sa.select(AuditSeal.id, AuditEvent)
        .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
        .where(AuditSeal.id > before)
        .order_by(AuditSeal.id)
        .limit(BATCH)
    ).all()
    if not rows:
        return 0
    oldest = clock.now() - TOLD_LATE
    events = [event for _seal, event in rows if event is not None and event.at >= oldest]
    for event in events:
        _log(event)
    if is_on:
        actions = [_action(event) for event in events]
        _defer(session, [one for one in actions if one.is_warning], words, loud=True)
        _defer(session, [one for one in actions if not one.is_warning], words, loud=False)
    moved = (
        sa.update(AuditHead)
        .where(AuditHead.id == 1, AuditHead.told_id == before)
        .values(told_id=rows[-1][0])
        .execution_options(synchronize_session=False)
    )
    if session.execute(moved).rowcount != 1:  # type: ignore[attr-defined]  # of an update
        raise ToldMeanwhile
    return len(rows)


def _action(event: AuditEvent) -> Action:
    return Action(
        at=event.at,
        action=event.action,
        actor_id=event.actor_id,
        as_id=event.as_id,
        object_type=event.object_type,
        object_id=event.object_id,
    )


def _log(event: AuditEvent) -> None:
    """One line for each action, with who did it."""
    who = {
        "request_id": event.request_id,
        "address": event.address,
        "pceen_id": event.actor_id,
        "as_id": event.as_id,
    }
    level = logging.WARNING if _action(event).is_warning else logging.INFO
    about = f" {event.object_type} {event.object_id}" if event.object_type else ""
    logger.log(level, "%s%s", event.action, about, extra=who)


def _defer(session: Session, actions: Sequence[Action], words: Words, *, loud: bool) -> None:
    lines = (line(one, words=words, clock=_clock(one.at)) for one in actions)
    for text in batches(lines):
        message = DiscordMessage(
            channel="logging",
            title="Attention" if loud else "",
            text=text,
            is_markdown=True,
            colour=_AMBER if loud else _BLUE,
            mention=loud,
        )
        defer(session, message)


def _clock(at: datetime) -> str:
    return f"{at.astimezone(PARIS):%H:%M}"
