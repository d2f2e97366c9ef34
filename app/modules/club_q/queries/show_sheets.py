"""Shows, with who goes there and who would like to: what their sheets say."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.models import ClubQSeason, ClubQSpectacle, PCeen
from app.modules.club_q.errors import NoSuchSpectacle
from app.modules.club_q.queries.grants import Granted, granted_in
from app.modules.club_q.queries.people import discontents, wishing


@dataclass(frozen=True, slots=True, kw_only=True)
class Wisher:
    """Someone who wishes for a show."""

    pceen: PCeen
    granted: Granted
    discontent: Decimal

    @property
    def places(self) -> int:
        return self.granted.places or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A show, and whoever wishes for it, by name."""

    spectacle: ClubQSpectacle
    wishers: Sequence[Wisher]

    @property
    def asked(self) -> int:
        return sum(one.granted.voeu.places_demandees for one in self.wishers)

    @property
    def holders(self) -> Sequence[Wisher]:
        """Those who have places, by name."""
        return [one for one in self.wishers if one.places]

    @property
    def waiting(self) -> Sequence[Wisher]:
        """Those who have none, the most discontented first."""
        without = [one for one in self.wishers if not one.places]
        return sorted(without, key=lambda one: (-one.discontent, one.granted.voeu.priorite))


def of_season(session: Session, season: ClubQSeason) -> Sequence[Told]:
    """All the shows of a season, by date, in as many statements as for one."""
    stmt = (
        sa.select(ClubQSpectacle)
        .where(ClubQSpectacle.season_id == season.id)
        .options(joinedload(ClubQSpectacle.salle))
        .order_by(ClubQSpectacle.date, ClubQSpectacle.id)
    )
    shows = session.scalars(stmt).all()
    wishers = _wishers(session, season)
    return [Told(spectacle=one, wishers=wishers.get(one.id, [])) for one in shows]


def of_show(session: Session, key: int) -> tuple[ClubQSeason, Told]:
    """A show, with its season.

    Raises:
        NoSuchSpectacle: There is none.
    """
    stmt = sa.select(ClubQSpectacle).options(
        joinedload(ClubQSpectacle.salle), joinedload(ClubQSpectacle.season)
    )
    is_possible = 0 < key < 2**31
    found = session.scalar(stmt.where(ClubQSpectacle.id == key)) if is_possible else None
    if found is None:
        raise NoSuchSpectacle
    wishers = _wishers(session, found.season).get(found.id, [])
    return found.season, Told(spectacle=found, wishers=wishers)


def _wishers(session: Session, season: ClubQSeason) -> Mapping[int, list[Wisher]]:
    """Whoever wishes for each show of a season, by name."""
    by_person: dict[int, list[Granted]] = defaultdict(list)
    for one in granted_in(session, season=season, is_staff=True):
        by_person[one.voeu.pceen_id].append(one)
    discontent = discontents(session, season)
    found: dict[int, list[Wisher]] = defaultdict(list)
    for pceen in wishing(session, season):
        for granted in by_person[pceen.id]:
            level = discontent.get(pceen.id, Decimal(0))
            made = Wisher(pceen=pceen, granted=granted, discontent=level)
            found[granted.spectacle.id].append(made)
    return found
