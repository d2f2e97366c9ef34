"""What a run gives, to whom, and what adopting it would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import RunMode, WishReason
from app.models import (
    ClubQAccount,
    ClubQAttribution,
    ClubQRun,
    ClubQRunPerson,
    ClubQRunWish,
    ClubQVoeu,
)
from app.modules.club_q.queries import runs as reading
from app.modules.club_q.rules.instance import Instance, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """A wish, and what a run did of it."""

    person: int
    show: int
    priority: int
    places: int
    minimum: int
    granted: int
    reason: WishReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a run gives."""

    instance: Instance
    got: Sequence[Got]
    people: Sequence[ClubQRunPerson]

    @property
    def by_show(self) -> Mapping[int, Sequence[Got]]:
        """What was done of the wishes for each show."""
        found: dict[int, list[Got]] = {one.id: [] for one in self.instance.shows}
        for one in self.got:
            found[one.show].append(one)
        return dict(found)

    @property
    def by_person(self) -> Mapping[int, Sequence[Got]]:
        """What was done of the wishes of each person, those wanted most first."""
        found: dict[int, list[Got]] = {one.id: [] for one in self.instance.people}
        for one in sorted(self.got, key=lambda got: got.priority):
            found[one.person].append(one)
        return dict(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What adopting a run would change."""

    #: Wishes whose grant is not the one that they have now, and whose they are.
    grants: int
    people: int
    #: People whose discontent moves.
    discontents: int
    #: The number of the full run that it would replace.
    replaced: int | None


def report(session: Session, run: ClubQRun) -> Report:
    """What a run that is done gives."""
    instance = read(run.input or "")
    wishes = {(one.person, one.show): one for one in instance.wishes}
    got = [
        Got(
            person=one.pceen_id,
            show=one.spectacle_id,
            priority=wish.priority,
            places=wish.places,
            minimum=wish.minimum,
            granted=one.granted,
            reason=one.reason,
        )
        for one in reading.wishes_of(session, run)
        if (wish := wishes.get((one.pceen_id, one.spectacle_id))) is not None
    ]
    return Report(instance=instance, got=got, people=reading.people_of(session, run))


def changes(session: Session, run: ClubQRun) -> Changes:
    """What adopting a run that is done would change, in one statement."""
    now = sa.func.coalesce(ClubQAttribution.places_attribuees, 0)
    changed = (
        sa.select(
            sa.func.count().label("wishes"),
            sa.func.count(sa.distinct(ClubQVoeu.pceen_id)).label("people"),
        )
        .select_from(ClubQRunWish)
        .join(ClubQVoeu, ClubQVoeu.id == ClubQRunWish.voeu_id)
        .outerjoin(ClubQAttribution, ClubQAttribution.voeu_id == ClubQRunWish.voeu_id)
        .where(ClubQRunWish.run_id == run.id, ClubQRunWish.granted != now)
        .subquery()
    )
    level = sa.func.coalesce(ClubQAccount.discontent, 0)
    moved = (
        sa.select(sa.func.count())
        .select_from(ClubQRunPerson)
        .outerjoin(ClubQAccount, ClubQAccount.pceen_id == ClubQRunPerson.pceen_id)
        .where(ClubQRunPerson.run_id == run.id, ClubQRunPerson.after != level)
        .scalar_subquery()
    )
    former = (
        sa.select(ClubQRun.id).where(ClubQRun.adopted_season_id == run.season_id).scalar_subquery()
    )
    found = session.execute(
        sa.select(changed.c.wishes, changed.c.people, moved, former).select_from(changed)
    ).one()
    is_full = run.mode is RunMode.full
    return Changes(
        grants=found[0],
        people=found[1],
        discontents=found[2],
        replaced=found[3] if is_full else None,
    )
