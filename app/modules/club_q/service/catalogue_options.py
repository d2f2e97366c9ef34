"""The options of Club Q: which season is the current one, whether its form is switched on."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.models import ClubQSeason, audit, public_role
from app.modules.club_q.choices import ACCESS, MAX_PLACES, SEASON
from app.modules.club_q.errors import NoSuchSeason, StaleClubQ
from app.modules.club_q.queries.options import options as read_options
from app.modules.club_q.rules.options import Options
from app.modules.club_q.service import news


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the team wants of Club Q."""

    #: The number of the current season; ``None`` for none.
    season: int | None
    is_open: bool
    max_places: int

    @classmethod
    def of(cls, options: Options) -> "Wanted":
        """What holds."""
        return cls(season=options.season, is_open=options.is_open, max_places=options.max_places)

    def stored(self) -> dict[str, Any]:
        """What is stored of it, by key."""
        return {
            SEASON.key: self.season or 0,
            ACCESS.key: self.is_open,
            MAX_PLACES.key: self.max_places,
        }

    @property
    def version(self) -> int:
        """A number that tells these options from others: what a form was shown."""
        text = json.dumps(self.stored(), sort_keys=True)
        return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def change(session: Session, wanted: Wanted, *, version: int) -> bool:
    """Change the options, all at once; whether that changed anything.

    Raises:
        NoSuchSeason: If the season has just gone.
        StaleClubQ: If somebody changed them meanwhile.
    """
    if wanted.season is not None and session.get(ClubQSeason, wanted.season) is None:
        raise NoSuchSeason
    lock(session, public_role(session))  # a choice may have no row yet: one change at a time
    session.expire_all()
    found = Wanted.of(read_options(session))
    if found.version != version:
        raise StaleClubQ
    before, after = found.stored(), wanted.stored()
    changed = [
        choice for choice in (SEASON, ACCESS, MAX_PLACES) if after[choice.key] != before[choice.key]
    ]
    if not changed:
        return False
    for choice in changed:
        choice.set(session, after[choice.key])
    audit(
        session,
        "club_q.options.change",
        before={choice.key: before[choice.key] for choice in changed},
        after={choice.key: after[choice.key] for choice in changed},
    )
    session.flush()
    news.tell_open(session)
    return True
