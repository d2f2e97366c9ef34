"""Showing the attribution to everybody, and hiding it again (community 4.9)."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.money import Cents
from app.core.transaction import lock
from app.models import (
    ClubQAttribution,
    ClubQRun,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
    audit,
)
from app.modules.club_q.errors import HidingReasonNeeded, NothingToPublish
from app.modules.club_q.queries import runs as queries
from app.modules.club_q.service import closing, news


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What publication would show."""

    #: The full run that is adopted; ``None`` when the team set everything by hand.
    run: ClubQRun | None
    people: int
    #: People with at least one place.
    served: int
    #: Places on sale (cancelled shows excluded), granted, and what they cost in all.
    tickets: int
    granted: int
    amount_cents: Cents
    #: Wishes without any answer yet, and grants set by hand.
    pending: int
    by_hand: int
    #: Runs computed for the season, whatever became of them.
    runs: int
    late_edits: int

    @property
    def is_possible(self) -> bool:
        """Whether there is something to publish."""
        return self.run is not None or self.by_hand > 0


def summary(session: Session, season: ClubQSeason) -> Summary:
    """What publishing a season would show, to be confirmed: three statements."""
    takes_place = ClubQSpectacle.cancelled.is_(False)
    places = sa.func.coalesce(ClubQAttribution.places_attribuees, 0)
    totals = session.execute(
        sa.select(
            sa.func.count(sa.distinct(ClubQVoeu.pceen_id)).label("people"),
            sa.func.count(
                sa.distinct(sa.case((sa.and_(takes_place, places > 0), ClubQVoeu.pceen_id)))
            ).label("served"),
            _sum(sa.case((takes_place, places), else_=0)).label("granted"),
            _sum(sa.case((takes_place, places * ClubQSpectacle.unit_price), else_=0)).label(
                "amount"
            ),
            _sum(
                sa.case((sa.and_(takes_place, ClubQAttribution.voeu_id.is_(None)), 1), else_=0)
            ).label("pending"),
            _sum(sa.case((_is_by_hand(), 1), else_=0)).label("by_hand"),
        )
        .select_from(ClubQVoeu)
        .join(ClubQSpectacle, ClubQSpectacle.id == ClubQVoeu.spectacle_id)
        .outerjoin(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.season_id == season.id)
    ).one()
    tickets = sa.select(_sum(ClubQSpectacle.nb_tickets)).where(
        ClubQSpectacle.season_id == season.id, takes_place
    )
    count = sa.select(sa.func.count()).where(ClubQRun.season_id == season.id)
    on_sale, runs = session.execute(
        sa.select(tickets.scalar_subquery(), count.scalar_subquery())
    ).one()
    return Summary(
        run=queries.adopted(session, season),
        people=totals.people,
        served=totals.served,
        tickets=int(on_sale),
        granted=int(totals.granted),
        amount_cents=int(totals.amount),
        pending=int(totals.pending),
        by_hand=int(totals.by_hand),
        runs=runs,
        late_edits=season.late_edits,
    )


def _sum(what: Any) -> Any:
    return sa.func.coalesce(sa.func.sum(what), 0)


def _is_by_hand() -> sa.ColumnElement[bool]:
    return sa.and_(ClubQAttribution.voeu_id.is_not(None), ClubQAttribution.run_id.is_(None))


def publish(session: Session, *, season: ClubQSeason, by: PCeen | None) -> None:
    """Show everybody what they were granted, and reveal the seed.

    Raises:
        NothingToPublish: If no run is adopted, and nothing is granted by hand.
    """
    lock(session, season)
    if season.attributions_visible:
        return
    by_hand = sa.select(
        sa.exists().where(
            ClubQVoeu.id == ClubQAttribution.voeu_id,
            ClubQVoeu.season_id == season.id,
            _is_by_hand(),
        )
    )
    run = queries.adopted(session, season)
    if run is None and not session.scalar(by_hand):
        raise NothingToPublish
    closing.close(session, season)
    now = clock.now()
    season.attributions_visible = True
    season.published_at = season.published_at or now
    season.seed_revealed_at = season.seed_revealed_at or now
    # nothing is undone any more
    session.execute(
        sa.update(ClubQRun).where(ClubQRun.season_id == season.id).values(replaced=None),
        execution_options={"synchronize_session": False},
    )
    told = {"run": run.id if run else None, "by": by.id if by else None}
    audit(session, "club_q.season.publish", season, after=told)
    session.flush()
    news.tell_published(session, season)


def hide(session: Session, *, season: ClubQSeason, by: PCeen | None, reason: str) -> None:
    """Hide it again: the seed stays revealed, the reason is written down.

    Raises:
        HidingReasonNeeded: If nothing says why.
    """
    if not reason.strip():
        raise HidingReasonNeeded
    lock(session, season)
    if not season.attributions_visible:
        return
    season.attributions_visible = False
    told = {"by": by.id if by else None}
    audit(session, "club_q.season.hide", season, after=told, reason=reason.strip())
