"""Seasons: made with their seed drawn and committed at once, changed, deleted whole."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import draw
from app.core.transaction import lock
from app.models import (
    ClubQAttribution,
    ClubQBrochure,
    ClubQCampaign,
    ClubQPreference,
    ClubQReturn,
    ClubQRun,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    audit,
    defer,
    public_role,
)
from app.modules.club_q.choices import ACCESS, SEASON
from app.modules.club_q.effects import RemoveImage
from app.modules.club_q.errors import (
    NoSuchSeason,
    NotTyped,
    RunGoesOn,
    SeasonNameTaken,
    StaleClubQ,
)
from app.modules.club_q.queries.catalogue_seasons import lost
from app.modules.club_q.queries.options import options as read_options
from app.modules.club_q.service import brochures, closing


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonDraft:
    """What a season is to be."""

    nom: str
    promo_orga: int
    debut: date | None = None
    fin: date | None = None
    debut_inscription: date | None = None
    fin_inscription: date | None = None
    fin_retour: date | None = None


def create(session: Session, draft: SeasonDraft) -> ClubQSeason:
    """Make a season: its seed is drawn, and everybody sees at once what commits to it.

    Raises:
        SeasonNameTaken: If another has this name.
    """
    season = ClubQSeason(**asdict(draft), rules={}, seed=draw.new_seed(), seed_commitment="")
    _save(session, season)
    season.draw_seed()  # the digest holds the number, which it has now
    audit(session, "club_q.season.create", season, after=_said(season))
    return season


def edit(session: Session, key: int, draft: SeasonDraft, *, version: int) -> bool:
    """Change a season, published or not; whether anything changed.

    Raises:
        NoSuchSeason: If it has just gone.
        StaleClubQ: If somebody changed it meanwhile.
        SeasonNameTaken: If another has this name.
    """
    season = _locked(session, key)
    if season.version != version:
        raise StaleClubQ
    before = _said(season)
    for name, value in asdict(draft).items():
        setattr(season, name, value)
    after = _said(season)
    changed = [key for key in after if after[key] != before[key]]
    if not changed:
        return False
    season.version += 1
    _save(session, season)
    closing.reopen(session, season)
    audit(
        session,
        "club_q.season.change",
        season,
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
    )
    return True


def delete(session: Session, key: int, *, typed: str) -> None:
    """Delete a season and all that is of it; its files go once that is committed.

    What it did to the discontent of people stays, with its history.

    Raises:
        NoSuchSeason: If it has just gone.
        NotTyped: If its name was not typed.
        RunGoesOn: If tickets are being shared out.
    """
    season = _locked(session, key)
    if typed != season.nom:
        raise NotTyped
    if session.scalar(sa.select(sa.exists().where(ClubQRun.active_season_id == key))):
        raise RunGoesOn
    gone = lost(session, season)
    audit(session, "club_q.season.delete", season, before=_said(season) | gone.counts)
    for image in gone.images:
        defer(session, RemoveImage(str(key), image))
    for brochure in session.scalars(sa.select(ClubQBrochure).filter_by(season_id=key)):
        brochures.delete(session, brochure=brochure)
    session.flush()
    wishes = sa.select(ClubQVoeu.id).where(ClubQVoeu.season_id == key)
    for stmt in (
        sa.delete(ClubQReturn).where(ClubQReturn.voeu_id.in_(wishes)),
        sa.delete(ClubQAttribution).where(ClubQAttribution.voeu_id.in_(wishes)),
        sa.delete(ClubQCampaign).where(ClubQCampaign.season_id == key),
        sa.delete(ClubQRun).where(ClubQRun.season_id == key),
        sa.delete(ClubQVoeu).where(ClubQVoeu.season_id == key),
        sa.delete(ClubQPreference).where(ClubQPreference.season_id == key),
        sa.delete(ClubQSpectacle).where(ClubQSpectacle.season_id == key),
    ):
        session.execute(stmt, execution_options={"synchronize_session": False})
    session.expire_all()
    session.delete(season)
    session.flush()
    _forget_current(session, key)


def _forget_current(session: Session, key: int) -> None:
    """Have no season be the current one, if it was that one."""
    lock(session, public_role(session))
    if read_options(session).season == key:
        SEASON.set(session, 0)
        ACCESS.set(session, False)  # noqa: FBT003  # what it becomes
        audit(session, "club_q.options.change", before={SEASON.key: key}, after={SEASON.key: 0})


def _locked(session: Session, key: int) -> ClubQSeason:
    """A season as it is now, which nobody else changes until the commit.

    Raises:
        NoSuchSeason: If it has just gone.
    """
    found = session.get(ClubQSeason, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchSeason
    return found


def _save(session: Session, season: ClubQSeason) -> None:
    try:
        with session.begin_nested():
            session.add(season)
    except IntegrityError:
        raise SeasonNameTaken from None


def _said(season: ClubQSeason) -> dict[str, Any]:
    """What the audit tells of a season: never its seed."""
    days = ("debut", "fin", "debut_inscription", "fin_inscription", "fin_retour")
    said: dict[str, Any] = {"nom": season.nom, "promo_orga": season.promo_orga}
    for name in days:
        day = getattr(season, name)
        said[name] = day.isoformat() if day else None
    return said
