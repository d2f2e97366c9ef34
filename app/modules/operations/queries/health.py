"""What is read of the health of the site: by its checks, its page, and Prometheus."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import DhcpResult, PaymentStatus, TaskState
from app.models import (
    AuditEvent,
    Ban,
    DhcpRun,
    NetworkSample,
    OutboxEntry,
    Payment,
    PaymentEvent,
    PCeen,
    SiteSample,
    TaskRun,
    WorkerBeat,
)
from app.modules.operations.queries.outbox import counts as outbox_counts
from app.modules.operations.rules.health import Facts, Figures

#: What the effects that are mails, and messages to the chat, are done in order by.
_MAILS, _CHAT = "mail:", "discord:"
#: The tasks that back the site up, and that read backups again.
BACKUP, VERIFICATION = "backup.create", "backup.verify"


def facts(session: Session) -> Facts:
    """How the site is, in one statement."""
    now = clock.now()
    columns = {name: one.label(name) for name, one in _facts(now).items()}
    row = session.execute(sa.select(*columns.values())).one()
    return Facts(now=now, **{name: getattr(row, name) for name in columns})


def _facts(now: datetime) -> dict[str, sa.ScalarSelect[Any]]:
    to_do = (OutboxEntry.sent_at.is_(None), OutboxEntry.cancelled_at.is_(None))
    waits = (*to_do, OutboxEntry.parked_at.is_(None))
    parked = (*to_do, OutboxEntry.parked_at.is_not(None))
    is_mail = OutboxEntry.lane.startswith(_MAILS)
    last_run = sa.select(sa.func.max(DhcpRun.id)).scalar_subquery()
    asked = (Payment.status == PaymentStatus.waiting,)
    lost = (PaymentEvent.unmatched_key.is_not(None), PaymentEvent.settled_at.is_(None))
    last_sample = sa.select(sa.func.max(NetworkSample.at)).scalar_subquery()
    last_event = sa.select(sa.func.max(AuditEvent.id)).scalar_subquery()
    verdict = (TaskRun.task == VERIFICATION, TaskRun.state.in_([TaskState.done, TaskState.failed]))
    last_verdict = sa.select(sa.func.max(TaskRun.id)).where(*verdict).scalar_subquery()
    due = (*waits, OutboxEntry.due_at <= now)
    found: dict[str, sa.Select[Any]] = {
        "beat_at": sa.select(sa.func.max(WorkerBeat.beat_at)),
        "oldest_due": sa.select(sa.func.min(OutboxEntry.due_at)).where(*due),
        "waiting": sa.select(sa.func.count(OutboxEntry.id)).where(*waits),
        "parked": sa.select(sa.func.count(OutboxEntry.id)).where(*parked),
        "mail_sent_at": sa.select(sa.func.max(OutboxEntry.sent_at)).where(is_mail),
        "mails_parked": sa.select(sa.func.count(OutboxEntry.id)).where(*parked, is_mail),
        "mails_waiting": sa.select(sa.func.count(OutboxEntry.id)).where(*waits, is_mail),
        "chat_parked": sa.select(sa.func.count(OutboxEntry.id)).where(
            *parked, OutboxEntry.lane.startswith(_CHAT)
        ),
        "audit_at": sa.select(AuditEvent.at).where(AuditEvent.id == last_event),
        "dhcp_at": sa.select(DhcpRun.started_at).where(DhcpRun.id == last_run),
        "dhcp_right_at": sa.select(sa.func.max(DhcpRun.finished_at)).where(
            DhcpRun.result.in_([DhcpResult.written, DhcpResult.unchanged])
        ),
        "dhcp_hosts": sa.select(DhcpRun.hosts).where(DhcpRun.id == last_run),
        "dhcp_error": sa.select(DhcpRun.error).where(DhcpRun.id == last_run),
        "lydia_at": sa.select(sa.func.max(PaymentEvent.at)),
        "lydia_waiting": sa.select(sa.func.count(Payment.id)).where(*asked),
        "lydia_oldest": sa.select(sa.func.min(Payment.created_at)).where(*asked),
        "unmatched": sa.select(sa.func.count(PaymentEvent.id)).where(*lost),
        "online": sa.select(NetworkSample.online).where(NetworkSample.at == last_sample),
        "backup_at": sa.select(sa.func.max(TaskRun.finished_at)).where(
            TaskRun.task == BACKUP, TaskRun.state == TaskState.done
        ),
        "backup_verdict": sa.select(TaskRun.state).where(TaskRun.id == last_verdict),
    }
    return {name: stmt.scalar_subquery() for name, stmt in found.items()}


def revisions(session: Session) -> frozenset[str]:
    """Up to which migrations the database is."""
    return frozenset(session.scalars(sa.text("SELECT version_num FROM alembic_version")))


def samples(session: Session, *, since: datetime) -> Sequence[SiteSample]:
    """How the site was, from then to now."""
    stmt = sa.select(SiteSample).where(SiteSample.at >= since).order_by(SiteSample.at)
    return session.scalars(stmt).all()


def figures(session: Session) -> Figures:
    """What Prometheus reads of the database, in six statements."""
    now = clock.now()
    weighs = (
        Ban.ended_at.is_(None),
        Ban.starts_at <= now,
        sa.or_(Ban.ends_at.is_(None), Ban.ends_at > now),
    )
    many = sa.func.count()
    runs = sa.select(DhcpRun.result, many).group_by(DhcpRun.result)
    states = sa.select(PCeen.sub_state, many).where(PCeen.sub_state.is_not(None))
    bans = sa.select(Ban.kind, many).where(*weighs).group_by(Ban.kind)
    by = (Payment.type, Payment.method, Payment.status)
    paid = sa.select(*by, many).group_by(*by)
    return Figures(
        facts=facts(session),
        outbox={
            (kind, state.value): count
            for kind, states in outbox_counts(session).items()
            for state, count in states.items()
        },
        dhcp_runs={str(result): count for result, count in session.execute(runs)},
        subscriptions={
            str(state): count for state, count in session.execute(states.group_by(PCeen.sub_state))
        },
        bans={str(kind): count for kind, count in session.execute(bans)},
        payments={
            (str(type_), str(method), str(status)): count
            for type_, method, status, count in session.execute(paid)
        },
    )
