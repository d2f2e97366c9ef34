"""How the site was, every ten minutes: what its charts draw."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.models import SiteSample
from app.modules.operations.queries import health

#: Thirteen months: a year, and the month to compare with.
KEPT = timedelta(days=396)


def sample(session: Session, *, requests: int, errors: int) -> None:
    """Write down how the site is now, and forget how it was too long ago.

    Each machine writes what it answered itself: together, they are what the site did.
    """
    now, facts = clock.now(), health.facts(session)
    session.merge(
        SiteSample(
            at=now,  # to the microsecond: no two machines write the same row
            requests=requests,
            errors=errors,
            waiting=facts.waiting,
            oldest_seconds=round(facts.delay.total_seconds()),
        )
    )
    session.execute(sa.delete(SiteSample).where(SiteSample.at < now - KEPT))
