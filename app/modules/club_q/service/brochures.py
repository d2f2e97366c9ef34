"""Brochures: one for each season, kept as every document is (``keeping.py``)."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.integrations.club_q_files import ClubQFiles
from app.integrations.documents import keeping
from app.integrations.documents.keeping import Arrived, Keeping, Refusals, Revision
from app.models import ClubQBrochure, ClubQBrochurePage, ClubQSeason, audit
from app.modules.club_q.effects import RenderBrochure, SweepBrochure
from app.modules.club_q.errors import (
    TROUBLES,
    BrochureIsReady,
    ClubQFolderSuspicious,
    NoSuchBrochure,
    NoSuchSeason,
    TooManyBrochureFiles,
)

_BROCHURES = Keeping(
    document=ClubQBrochure,
    page=ClubQBrochurePage,
    owner=ClubQBrochurePage.brochure_id,
    render_effect=lambda key, revision: RenderBrochure(brochure=key, revision=revision),
    sweep_effect=lambda key: SweepBrochure(brochure=key),
    refusals=Refusals(
        gone=NoSuchBrochure,
        ready=BrochureIsReady,
        suspicious=ClubQFolderSuspicious,
        too_many=TooManyBrochureFiles,
        troubles=TROUBLES,
    ),
)


def look(session: Session, *, sent: Path, made: Path, name: str) -> Arrived:
    """Check a PDF that came, and clean it; it takes a while: no transaction runs meanwhile.

    Raises:
        DocumentError: If it may not be a brochure, or if others are being looked at.
    """
    return keeping.look(session, sent=sent, made=made, name=name)


def put(session: Session, *, season_id: int, arrived: Arrived, store: ClubQFiles) -> ClubQBrochure:
    """Make a PDF the brochure of a season, in the place of the one that it has; it is drawn later.

    What is there of the former one stays until the new one can be read.

    Raises:
        NoSuchSeason: If the season is gone meanwhile.
    """
    season = session.get(ClubQSeason, season_id)
    if season is None:
        raise NoSuchSeason
    try:
        lock(session, season)  # of two that come at once, the second replaces the first
    except InvalidRequestError:
        raise NoSuchSeason from None
    brochure = session.scalars(sa.select(ClubQBrochure).filter_by(season_id=season.id)).first()
    before = _said(brochure)
    if brochure is None:
        brochure = ClubQBrochure(season_id=season.id)
    else:
        lock(session, brochure)
        brochure.version += 1
    _BROCHURES.put(session, brochure, arrived, store)
    audit(session, "club_q.brochure.put", brochure, before=before, after=_said(brochure))
    return brochure


def _said(brochure: ClubQBrochure | None) -> dict[str, object] | None:
    """What the audit keeps of a brochure."""
    if brochure is None:
        return None
    return {
        "season": brochure.season_id,
        "name": brochure.original_name,
        "pages": brochure.page_count,
        "sha256": brochure.sha256,
    }


def retry(session: Session, *, brochure: ClubQBrochure) -> None:
    """Have the pages of a brochure drawn again, since they could not be.

    Raises:
        BrochureIsReady: If they could, or if that is being done.
        NoSuchBrochure: If it is gone meanwhile.
    """
    _BROCHURES.retry(session, brochure)
    audit(session, "club_q.brochure.retry", brochure)


def delete(session: Session, *, brochure: ClubQBrochure) -> None:
    """Delete a brochure; its files go afterwards.

    Raises:
        NoSuchBrochure: If it is gone already.
    """
    _BROCHURES.lock(session, brochure)
    audit(session, "club_q.brochure.delete", brochure, before=_said(brochure))
    _BROCHURES.delete(session, brochure)


# What the worker does


def render(
    session: Session, wanted: RenderBrochure, store: ClubQFiles, *, is_last: bool = True
) -> None:
    """Draw the pages of a brochure, then show them instead of the former ones.

    Raises:
        TooSlow: It took too long, and is to be tried again, unless this *is_last*.
        OSError: The disk does not let us: likewise.
    """
    revision = Revision(wanted.brochure, wanted.revision)
    _BROCHURES.render(session, revision, store, is_last=is_last)


def sweep(session: Session, wanted: SweepBrochure, store: ClubQFiles) -> None:
    """Remove the files that a brochure no longer has, or all of them once it is gone.

    Raises:
        ClubQFolderSuspicious: If the directory is not as it should be: it is tried again.
    """
    _BROCHURES.sweep(session, wanted.brochure, store)


def tidy(session: Session, *, store: ClubQFiles) -> int:
    """Remove the files of brochures that belong to nothing for a day; return how many.

    Raises:
        ClubQFolderSuspicious: If the directory is not as it should be, or if they are too many.
    """
    return _BROCHURES.tidy(session, store)
