"""What keeps the site tidy, whatever the module."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.models import AnsweredRequest, DhcpRun, JobRun, OutboxEntry

#: How long each is of use to someone.
JOB_RUNS_KEPT = timedelta(days=14)
DHCP_RUNS_KEPT = timedelta(days=90)
SENT_KEPT = timedelta(days=90)
ANSWERS_KEPT = timedelta(days=7)


def forget_old(session: Session) -> None:
    """Forget the runs, the effects done and the forms answered long ago."""
    now = clock.now()
    last_runs = sa.select(sa.func.max(JobRun.id)).group_by(JobRun.job)
    keep = list(session.scalars(last_runs))
    old_runs = sa.delete(JobRun).where(JobRun.due_at < now - JOB_RUNS_KEPT, JobRun.id.not_in(keep))
    session.execute(old_runs)
    session.execute(sa.delete(DhcpRun).where(DhcpRun.started_at < now - DHCP_RUNS_KEPT))
    session.execute(sa.delete(OutboxEntry).where(OutboxEntry.sent_at < now - SENT_KEPT))
    session.execute(sa.delete(AnsweredRequest).where(AnsweredRequest.at < now - ANSWERS_KEPT))
