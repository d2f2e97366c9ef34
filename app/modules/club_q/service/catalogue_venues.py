"""Venues: made, changed, deleted while nothing is played there."""

from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.integrations.club_q_files import MAPS
from app.models import ClubQSalle, ClubQSpectacle, audit, defer
from app.modules.club_q.effects import RemoveImage
from app.modules.club_q.errors import NoSuchSalle, SalleInUse, SalleNameTaken, StaleClubQ


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueDraft:
    """What a venue is to be, but for its map."""

    nom: str
    description: str
    url: str | None
    adresse: str
    #: Degrees; both 0 when nobody knows.
    latitude: float
    longitude: float


def create(session: Session, draft: VenueDraft, *, plan: str | None = None) -> ClubQSalle:
    """Make a venue.

    Raises:
        SalleNameTaken: If another has this name.
    """
    venue = ClubQSalle(**asdict(draft), plan=plan)
    _save(session, venue)
    audit(session, "club_q.venue.create", venue, after=_said(venue))
    return venue


def edit(session: Session, key: int, draft: VenueDraft, *, plan: str | None, version: int) -> bool:
    """Change a venue, and which map it has; whether anything changed.

    Raises:
        NoSuchSalle: If it has just gone.
        StaleClubQ: If somebody changed it meanwhile.
        SalleNameTaken: If another has this name.
    """
    venue = _locked(session, key)
    if venue.version != version:
        raise StaleClubQ
    before, former = _said(venue), venue.plan
    for name, value in asdict(draft).items():
        setattr(venue, name, value)
    venue.plan = plan
    after = _said(venue)
    changed = [key for key in after if after[key] != before[key]]
    if not changed:
        return False
    venue.version += 1
    _save(session, venue)
    if former and former != plan:
        defer(session, RemoveImage(MAPS, former))
    audit(
        session,
        "club_q.venue.change",
        venue,
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
    )
    return True


def delete(session: Session, key: int) -> None:
    """Delete a venue where nothing is played; its map goes once that is committed.

    Raises:
        NoSuchSalle: If it has just gone.
        SalleInUse: If there is a show there.
    """
    venue = _locked(session, key)
    if session.scalar(sa.select(sa.exists().where(ClubQSpectacle.salle_id == venue.id))):
        raise SalleInUse
    audit(session, "club_q.venue.delete", venue, before=_said(venue))
    if venue.plan:
        defer(session, RemoveImage(MAPS, venue.plan))
    try:
        with session.begin_nested():
            session.delete(venue)
    except IntegrityError:  # a show came meanwhile
        raise SalleInUse from None


def _locked(session: Session, key: int) -> ClubQSalle:
    """A venue as it is now, which nobody else changes until the commit.

    Raises:
        NoSuchSalle: If it has just gone.
    """
    found = session.get(ClubQSalle, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchSalle
    return found


def _save(session: Session, venue: ClubQSalle) -> None:
    try:
        with session.begin_nested():
            session.add(venue)
    except IntegrityError:
        raise SalleNameTaken from None


def _said(venue: ClubQSalle) -> dict[str, Any]:
    """What the audit tells of a venue."""
    return {
        "nom": venue.nom,
        "description": venue.description,
        "url": venue.url,
        "adresse": venue.adresse,
        "latitude": venue.latitude,
        "longitude": venue.longitude,
        "plan": venue.plan,
    }
