"""What is not kept for ever (network-b B8.5)."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.models import AuditEvent, AuditSeal, NetworkHistory, PaymentEvent, Subscription

#: Who had which address: a year after they had it no more, as the law asks.
HISTORY_KEPT = timedelta(days=365)
#: Who changed what: three years.
AUDIT_KEPT = timedelta(days=3 * 365 + 1)
#: … and ten, for what money is about.
MONEY_KEPT = timedelta(days=3653)
_MONEY = ("payments.", "intrarez.subscription.", "intrarez.offer.", "bar.")
#: What Lydia said: thirteen months, unless money in the books came of it.
SAID_KEPT = timedelta(days=396)
#: Which device gave a welcome month: as long as another by it is doubtful.
DEVICE_KEPT = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were too old."""

    history: int
    audit: int
    #: What Lydia said.
    said: int = 0


def purge(session: Session, *, dry_run: bool = False) -> Purged:
    """Delete what was kept long enough; with *dry_run*, only count it."""
    now = clock.now()
    history = NetworkHistory.ended_at <= now - HISTORY_KEPT
    is_money = sa.or_(*(AuditEvent.action.startswith(prefix) for prefix in _MONEY))
    audit = sa.or_(
        sa.and_(AuditEvent.at <= now - AUDIT_KEPT, ~is_money), AuditEvent.at <= now - MONEY_KEPT
    )
    said = sa.and_(PaymentEvent.at <= now - SAID_KEPT, PaymentEvent.unmatched_key.is_(None))
    found = Purged(
        session.execute(sa.select(sa.func.count(NetworkHistory.id)).where(history)).scalar_one(),
        session.execute(sa.select(sa.func.count(AuditEvent.id)).where(audit)).scalar_one(),
        session.execute(sa.select(sa.func.count(PaymentEvent.id)).where(said)).scalar_one(),
    )
    if not dry_run:
        session.execute(sa.delete(NetworkHistory).where(history))
        old = sa.select(AuditEvent.id).where(audit)
        sealed = AuditSeal.event_id.in_(old)
        session.execute(sa.update(AuditSeal).where(sealed).values(purged_at=now))
        session.execute(sa.delete(AuditEvent).where(audit))
        session.execute(sa.delete(PaymentEvent).where(said))
        is_old = Subscription.created_at <= now - DEVICE_KEPT
        session.execute(sa.update(Subscription).where(is_old).values(welcome_mac=None))
    return found
