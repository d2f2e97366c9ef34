"""Runs as pages list and show them: whom and what their numbers mean, and how far they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, joinedload

from app.core.pagination import Page, paginate
from app.models import ClubQRun, ClubQSeason, ClubQSpectacle, PCeen
from app.modules.club_q.errors import NoSuchRun
from app.modules.club_q.queries.runs import names_of

PER_PAGE = 50
#: What is long, and that lists do not show.
_LONG = (defer(ClubQRun.input), defer(ClubQRun.result), defer(ClubQRun.log))


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Whom and what the numbers of a run mean; what is gone keeps its number."""

    people: Mapping[int, PCeen]
    shows: Mapping[int, ClubQSpectacle]

    def person(self, key: int) -> str:
        found = self.people.get(key)
        return found.full_name if found is not None else f"#{key}"

    def show(self, key: int) -> str:
        found = self.shows.get(key)
        return found.nom if found is not None else f"#{key}"

    def promo(self, key: int) -> int | None:
        found = self.people.get(key)
        return found.promo if found is not None else None


def names(session: Session, *, people: Collection[int], season_id: int) -> Names:
    """What the numbers of runs of a season mean, in two statements."""
    shows = session.scalars(sa.select(ClubQSpectacle).where(ClubQSpectacle.season_id == season_id))
    return Names(
        people=names_of(session, sorted(people)) if people else {},
        shows={one.id: one for one in shows},
    )


def page(session: Session, season: ClubQSeason, *, number: int) -> Page[ClubQRun]:
    """The runs of a season, the last one first, with who launched them."""
    stmt = (
        sa.select(ClubQRun)
        .where(ClubQRun.season_id == season.id)
        .options(*_LONG, joinedload(ClubQRun.author))
        .order_by(ClubQRun.id.desc())
    )
    return paginate(session, stmt, number=number, size=PER_PAGE)


def active(session: Session, season: ClubQSeason) -> ClubQRun | None:
    """The run that waits, or that is being computed."""
    stmt = sa.select(ClubQRun).where(ClubQRun.active_season_id == season.id).options(*_LONG)
    return session.scalars(stmt).first()


def last_of(session: Session, *, season_id: int, by: int) -> int:
    """The number of the last run that someone launched.

    Raises:
        NoSuchRun: There is none.
    """
    mine = (ClubQRun.season_id == season_id, ClubQRun.author_id == by)
    found = session.scalars(sa.select(sa.func.max(ClubQRun.id)).where(*mine)).first()
    if found is None:
        raise NoSuchRun
    return found


def people_called(session: Session, keys: Collection[int | None]) -> Mapping[int, str]:
    """How people of these numbers are called."""
    known = sorted({key for key in keys if key is not None})
    found = names_of(session, known) if known else {}
    return {key: one.full_name for key, one in found.items()}
