"""What one is told of one's own season: why each wish has what it has, one's discontent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import DiscontentKind, RunStatus
from app.models import (
    ClubQAccount,
    ClubQAttribution,
    ClubQDiscontent,
    ClubQReturn,
    ClubQRun,
    ClubQRunPerson,
    ClubQRunWish,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
)
from app.modules.club_q.errors import NoSuchParticipant, NoSuchVoeu
from app.modules.club_q.queries.grants import may_know


def pceen(session: Session, key: int) -> PCeen:
    """Someone, by their number.

    Raises:
        NoSuchParticipant: If there is nobody.
    """
    found = session.get(PCeen, key) if 0 < key < 2**31 else None
    if found is None:
        raise NoSuchParticipant
    return found


def own_wish(session: Session, key: int, *, pceen_id: int) -> ClubQVoeu:
    """A wish of someone, by its number.

    Raises:
        NoSuchVoeu: If there is none, or if it is somebody else's.
    """
    found = session.get(ClubQVoeu, key) if 0 < key < 2**31 else None
    if found is None or found.pceen_id != pceen_id:
        raise NoSuchVoeu
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanations:
    """What the runs that hold said of someone: nothing to who may not know."""

    #: By the number of the wish; what the last run said.
    wishes: Mapping[int, ClubQRunWish]
    #: Run by run, the first one first.
    people: Sequence[ClubQRunPerson]
    #: What is given back and nobody has yet, by the number of the wish.
    offers: Mapping[int, ClubQReturn]


def explanations(
    session: Session, *, pceen_id: int, season: ClubQSeason, is_staff: bool
) -> Explanations:
    """Why the wishes of someone have what they have, and what they give back.

    The statements are the same whether one may know or not, so that time tells nothing either.
    """
    is_adopted = sa.and_(ClubQRun.season_id == season.id, ClubQRun.status == RunStatus.adopted)
    runs = sa.select(ClubQRun.id).where(is_adopted)
    is_said = sa.and_(ClubQRunWish.voeu_id == ClubQVoeu.id, ClubQRunWish.run_id.in_(runs))
    rows = session.execute(
        sa.select(ClubQVoeu.id, ClubQRunWish, ClubQReturn)
        .select_from(ClubQVoeu)
        .outerjoin(ClubQRunWish, is_said)
        .outerjoin(ClubQReturn, ClubQReturn.open_voeu_id == ClubQVoeu.id)
        .where(ClubQVoeu.pceen_id == pceen_id, ClubQVoeu.season_id == season.id)
        .order_by(ClubQVoeu.id, ClubQRunWish.run_id)
    ).all()
    people = session.scalars(
        sa.select(ClubQRunPerson)
        .where(ClubQRunPerson.pceen_id == pceen_id, ClubQRunPerson.run_id.in_(runs))
        .order_by(ClubQRunPerson.run_id)
    ).all()
    if not may_know(season, is_staff=is_staff):
        return Explanations(wishes={}, people=(), offers={})
    return Explanations(
        wishes={voeu: said for voeu, said, _offer in rows if said is not None},
        people=people,
        offers={voeu: offer for voeu, _said, offer in rows if offer is not None},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of a discontent: what it was, and what it became."""

    line: ClubQDiscontent
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Discontent:
    """The discontent of someone, as far as whoever looks may know."""

    now: Decimal
    #: The oldest first.
    changes: Sequence[Change]


def discontent(
    session: Session, *, pceen_id: int, seasons: Sequence[ClubQSeason], is_staff: bool
) -> Discontent:
    """The discontent of someone: what runs did of it is told once their season is published."""
    stmt = (
        sa.select(ClubQAccount.discontent, ClubQDiscontent)
        .select_from(PCeen)
        .outerjoin(ClubQAccount, ClubQAccount.pceen_id == PCeen.id)
        .outerjoin(ClubQDiscontent, ClubQDiscontent.pceen_id == PCeen.id)
        .where(PCeen.id == pceen_id)
        .order_by(ClubQDiscontent.id)
    )
    rows = session.execute(stmt).all()
    lines = [line for _value, line in rows if line is not None]
    value: Decimal = next((value for value, _line in rows if value is not None), Decimal(0))
    hidden = {one.id for one in seasons if not may_know(one, is_staff=is_staff)}
    for line in reversed(lines):
        value -= line.delta
    changes = []
    for line in lines:
        if line.run_id is not None and line.season_id in hidden:
            continue
        before = value
        value = line.after if line.kind is DiscontentKind.manual else value + line.delta
        changes.append(Change(line=line, before=before, after=value))
    return Discontent(now=value, changes=changes)


def remaining(session: Session, shows: Sequence[ClubQSpectacle]) -> Mapping[int, int]:
    """How many places of each show are nobody's yet: for the team."""
    stmt = (
        sa.select(ClubQVoeu.spectacle_id, sa.func.sum(ClubQAttribution.places_attribuees))
        .join(ClubQVoeu, ClubQVoeu.id == ClubQAttribution.voeu_id)
        .where(ClubQVoeu.spectacle_id.in_([show.id for show in shows]))
        .group_by(ClubQVoeu.spectacle_id)
    )
    granted = {show: int(count) for show, count in session.execute(stmt)}
    return {show.id: show.nb_tickets - granted.get(show.id, 0) for show in shows}
