"""The seed of a season, replaced before its form opens (community 4.7)."""

from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.models import ClubQSeason, ClubQSeedChange, PCeen, audit
from app.modules.club_q.errors import SeedIsFixed, SeedReasonNeeded
from app.modules.club_q.queries.announced import may_change
from app.modules.club_q.queries.options import options as read_options


def replace(
    session: Session, *, season: ClubQSeason, reason: str, by: PCeen | None
) -> ClubQSeedChange:
    """Draw another seed, before the form opens only: everybody sees that, and why.

    Raises:
        SeedReasonNeeded: If nothing says why.
        SeedIsFixed: If the form has opened.
    """
    if not reason.strip():
        raise SeedReasonNeeded
    lock(session, season)
    if season.seed_revealed_at is not None or not may_change(
        session, season, read_options(session)
    ):
        raise SeedIsFixed
    made = ClubQSeedChange(
        season_id=season.id,
        former_commitment=season.seed_commitment,
        reason=reason.strip(),
        by_id=by.id if by else None,
    )
    session.add(made)
    season.draw_seed()
    audit(
        session,
        "club_q.season.seed",
        season,
        before={"commitment": made.former_commitment},
        after={"commitment": season.seed_commitment},
        reason=made.reason,
    )
    return made
