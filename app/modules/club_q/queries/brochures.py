"""Brochures: those that there are, and the pages of one."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.core.pagination import Page, paginate
from app.models import ClubQBrochure, ClubQBrochurePage, ClubQSeason
from app.modules.club_q.errors import NoSuchBrochure

#: How many brochures a page shows.
SIZE = 60


def brochure(session: Session, key: int) -> ClubQBrochure:
    """A brochure, by its number.

    Raises:
        NoSuchBrochure: There is none.
    """
    found = session.get(ClubQBrochure, key) if 0 < key < 2**31 else None
    if found is None:
        raise NoSuchBrochure
    return found


def page(session: Session, *, number: int) -> Page[ClubQBrochure]:
    """Brochures with their seasons, that of the latest first."""
    order = (ClubQSeason.debut.is_(None), ClubQSeason.debut.desc(), ClubQSeason.id.desc())
    stmt = (
        sa.select(ClubQBrochure)
        .join(ClubQSeason, ClubQSeason.id == ClubQBrochure.season_id)
        .options(joinedload(ClubQBrochure.season))
        .order_by(*order)
    )
    return paginate(session, stmt, number=number, size=SIZE)


def cover_sizes(session: Session, brochures: Sequence[ClubQBrochure]) -> dict[int, tuple[int, int]]:
    """The width and height of the first page of each that can be read, by its number."""
    shown = [
        sa.and_(_page.brochure_id == one.id, _page.revision == one.shown_revision)
        for one in brochures
        if one.shown_revision is not None
    ]
    if not shown:
        return {}
    stmt = sa.select(_page.brochure_id, _page.width, _page.height).where(
        _page.number == 1, sa.or_(*shown)
    )
    return {key: (width, height) for key, width, height in session.execute(stmt)}


def pages(session: Session, brochure: ClubQBrochure) -> Sequence[ClubQBrochurePage]:
    """The pages that can be read of a brochure, in order; none before the first are drawn."""
    if brochure.shown_revision is None:
        return ()
    stmt = (
        sa.select(_page)
        .filter_by(brochure_id=brochure.id, revision=brochure.shown_revision)
        .order_by(_page.number)
    )
    return session.scalars(stmt).all()


_page = ClubQBrochurePage
