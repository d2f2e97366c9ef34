"""What the home page says of Club Q."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.context import Context
from app.core import clock
from app.core.money import Cents
from app.enums import PermissionScope as S, PermissionType as T
from app.models import ClubQSeason
from app.modules.club_q.queries import grants
from app.modules.club_q.queries.grants import Granted
from app.modules.club_q.queries.people import places_of
from app.modules.club_q.queries.standing import standing
from app.modules.club_q.rules.opening import Closed, Opening
from app.web.chosen import remember


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The current season, and what one has of it."""

    season: ClubQSeason
    opening: Opening
    closed: Closed | None
    #: By priority; without what may not be known yet.
    wishes: Sequence[Granted]

    @property
    def knows(self) -> bool:
        """Whether one may know what one was granted."""
        return self.season.attributions_visible

    @property
    def due_cents(self) -> Cents:
        return sum(one.due_cents for one in self.wishes)

    @property
    def next_show(self) -> Granted | None:
        """The next show that one has places for."""
        now = clock.now()
        coming = [one for one in self.wishes if places_of(one) and one.spectacle.date > now]
        return min(coming, key=lambda one: one.spectacle.date, default=None)


def card(session: Session, visitor: Context) -> Card | None:
    """The card of Club Q; nothing to who may not wish, and nothing without a season."""
    if not visitor.has_permission(T.read, S.club_q):
        return None
    found, stored = standing(session)
    remember(stored)
    if found is None:
        return None
    # what is told at home is what every student is told, the team too
    wishes = grants.granted_to(session, pceen_id=visitor.me.id, season=found.season, is_staff=False)
    return Card(
        season=found.season,
        opening=found.opening,
        closed=found.opening.closed_on(clock.today()),
        wishes=wishes,
    )
