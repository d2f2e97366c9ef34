"""How often a thing may be tried, by whom, in how long."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import TooMany
from app.models.people import Attempt


class TriedTooOften(TooMany):
    """The limit is reached."""

    sentence = _l("Trop d'essais en peu de temps. Réessayez dans %(minutes)s min.")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many attempts, in so long, for each key."""

    name: str
    times: int
    within: timedelta

    def check(self, session: Session, key: object) -> None:
        """Refuse one attempt too many.

        Raises:
            TriedTooOften: With the time left before the next one.
        """
        stmt = (
            sa.select(Attempt.at)
            .where(Attempt.bucket == self._bucket(key), Attempt.at > clock.now() - self.within)
            .order_by(Attempt.at.desc())
            .limit(self.times)
        )
        last = session.scalars(stmt).all()
        if len(last) < self.times:
            return
        seconds = max(1, int((last[-1] + self.within - clock.now()).total_seconds()) + 1)
        raise TriedTooOften(seconds=seconds, minutes=-(-seconds // 60))

    def count(self, session: Session, key: object) -> None:
        """Count one attempt more."""
        session.add(Attempt(bucket=self._bucket(key)))

    def _bucket(self, key: object) -> str:
        """What is counted, as a digest: the table tells of nobody."""
        return hashlib.sha256(f"{self.name}:{key}".encode()).hexdigest()
