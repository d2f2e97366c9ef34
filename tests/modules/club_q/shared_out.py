"""Seasons that are shared out: runs computed here and now, and what is stored of them."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.tasks import TaskCancelled
from app.core.transaction import transaction
from app.enums import RunMode, RunStatus, Strategy
from app.models import (
    ClubQAccount,
    ClubQAttribution,
    ClubQDiscontent,
    ClubQReturn,
    ClubQRun,
    ClubQSeason,
    ClubQVoeu,
    PCeen,
    TaskRun,
)
from app.modules.club_q.rules.instance import Parameters
from app.modules.club_q.service import runs
from app.modules.club_q.service.runs import Launch
from tests.factories.club_q import SeasonFactory, SpectacleFactory, participant, wish


class Silent:
    """A progress that nobody looks at; it is stopped after so many steps."""

    def __init__(self, stops_after: int | None = None) -> None:
        self.said: list[tuple[int, str]] = []
        self._stops_after = stops_after

    @property
    def cancelled(self) -> bool:
        return self._stops_after is not None and len(self.said) > self._stops_after

    def progress(self, done: int, _total: int, message: str = "") -> None:
        self.said.append((done, message))
        if self.cancelled:
            raise TaskCancelled


def launched(
    session: Session,
    season: ClubQSeason,
    strategy: Strategy = Strategy.classic,
    mode: RunMode = RunMode.full,
    **parameters: Any,
) -> ClubQRun:
    """A run that waits for its process."""
    wanted = Launch(strategy=strategy, mode=mode, parameters=Parameters(**parameters))
    with transaction(session):
        return runs.launch(session, season=season, wanted=wanted, by=None)


def computed(
    session: Session,
    season: ClubQSeason,
    strategy: Strategy = Strategy.classic,
    mode: RunMode = RunMode.full,
    **parameters: Any,
) -> ClubQRun:
    """A run that is done."""
    run = launched(session, season, strategy, mode, **parameters)
    runs.execute(session, run.id, Silent())
    ended(session, run)
    session.refresh(run)
    assert run.status is RunStatus.done, run.error
    return run


def ended(session: Session, run: ClubQRun) -> None:
    """Have the task of a run be over."""
    with transaction(session):
        session.execute(sa.delete(TaskRun).where(TaskRun.id == run.task_run_id))


def adopted(session: Session, run: ClubQRun, reason: str = "Essai", **told: Any) -> ClubQRun:
    """A run that is adopted."""
    with transaction(session):
        runs.adopt(session, run=run, by=None, reason=reason, **told)
    return run


def shared_season(_session: Session, *, people: int = 6, **columns: Any) -> ClubQSeason:
    """A season of three shows of a few places, and people who all want them."""
    season: ClubQSeason = SeasonFactory(**columns)
    shows = [SpectacleFactory(season_id=season.id, nb_tickets=2 + rank) for rank in range(3)]
    for number in range(people):
        someone = participant(promo=145 - number % 4)
        for rank in range(3):
            wish(someone, shows[(number + rank) % 3], rank + 1, 1 + (number + rank) % 2)
    return season


def grants(session: Session) -> dict[tuple[int, int], int]:
    """What is granted, by person and show."""
    stmt = sa.select(
        ClubQVoeu.pceen_id, ClubQVoeu.spectacle_id, ClubQAttribution.places_attribuees
    ).join(ClubQAttribution, ClubQAttribution.voeu_id == ClubQVoeu.id)
    return {(person, show): places for person, show, places in session.execute(stmt)}


def discontents(session: Session) -> dict[int, Decimal]:
    """The discontent of everybody who has some."""
    stmt = sa.select(ClubQAccount.pceen_id, ClubQAccount.discontent)
    return {person: value for person, value in session.execute(stmt) if value}


def state(session: Session) -> dict[str, Any]:
    """All that an adoption may change, column by column."""
    kept = (
        (ClubQAttribution, ClubQAttribution.voeu_id),
        (ClubQAccount, ClubQAccount.pceen_id),
        (ClubQDiscontent, ClubQDiscontent.id),
        (ClubQReturn, ClubQReturn.id),
        (ClubQRun, ClubQRun.id),
    )
    return {
        model.__tablename__: [
            tuple(row)
            for row in session.execute(sa.select(*model.__table__.columns).order_by(order))
        ]
        for model, order in kept
    }


def discontented(session: Session, pceen: PCeen, value: str) -> None:
    """Give someone a discontent."""
    session.add(ClubQAccount(pceen_id=pceen.id, discontent=Decimal(value)))
    session.commit()
