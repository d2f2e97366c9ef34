"""Seasons, with what the team is told of them, and what goes with one that is deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import (
    ClubQAttribution,
    ClubQBrochure,
    ClubQCampaign,
    ClubQRun,
    ClubQSeason,
    ClubQSeedChange,
    ClubQSpectacle,
    ClubQVoeu,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a season is."""

    shows: int = 0
    people: int = 0
    wishes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What disappears with a season."""

    shows: int
    wishes: int
    grants: int
    runs: int
    campaigns: int
    brochures: int
    #: The names of the files of its pictures.
    images: Sequence[str]

    @property
    def counts(self) -> dict[str, int]:
        """How much of each, for the audit."""
        return {
            "shows": self.shows,
            "wishes": self.wishes,
            "grants": self.grants,
            "runs": self.runs,
            "campaigns": self.campaigns,
            "brochures": self.brochures,
            "images": len(self.images),
        }


def sizes(session: Session) -> Mapping[int, Size]:
    """How large each season is, by its number; those of nothing are not in it."""
    counted = sa.select(ClubQSpectacle.season_id, sa.func.count())
    shows: dict[int, int] = dict(session.execute(counted.group_by(ClubQSpectacle.season_id)).all())
    wishes = sa.select(
        ClubQVoeu.season_id,
        sa.func.count(sa.distinct(ClubQVoeu.pceen_id)),
        sa.func.count(ClubQVoeu.id),
    )
    asked = {
        key: (people, number)
        for key, people, number in session.execute(wishes.group_by(ClubQVoeu.season_id))
    }
    return {
        key: Size(
            shows=shows.get(key, 0),
            people=asked.get(key, (0, 0))[0],
            wishes=asked.get(key, (0, 0))[1],
        )
        for key in {*shows, *asked}
    }


def seed_changes(session: Session, season: ClubQSeason) -> Sequence[ClubQSeedChange]:
    """The seeds that a season had before, the latest first."""
    stmt = sa.select(ClubQSeedChange).where(ClubQSeedChange.season_id == season.id)
    return session.scalars(stmt.order_by(ClubQSeedChange.id.desc())).all()


def lost(session: Session, season: ClubQSeason) -> Lost:
    """What would disappear with a season."""
    key = season.id
    granted = (
        sa.select(sa.func.count())
        .select_from(ClubQAttribution)
        .join(ClubQVoeu, ClubQVoeu.id == ClubQAttribution.voeu_id)
        .where(ClubQVoeu.season_id == key, ClubQAttribution.places_attribuees > 0)
    )

    def count(model: type) -> sa.ScalarSelect[int]:
        stmt = sa.select(sa.func.count()).select_from(model)
        return stmt.where(model.season_id == key).scalar_subquery()  # type: ignore[attr-defined]  # each has one

    counted = sa.select(
        count(ClubQSpectacle),
        count(ClubQVoeu),
        granted.scalar_subquery(),
        count(ClubQRun),
        count(ClubQCampaign),
        count(ClubQBrochure),
    )
    shows, wishes, grants, runs, campaigns, brochures = session.execute(counted).one()
    images = session.scalars(
        sa.select(ClubQSpectacle.image).where(
            ClubQSpectacle.season_id == key, ClubQSpectacle.image.is_not(None)
        )
    ).all()
    return Lost(
        shows=shows,
        wishes=wishes,
        grants=grants,
        runs=runs,
        campaigns=campaigns,
        brochures=brochures,
        images=[str(name) for name in images],
    )
