"""Seasons whose tickets are shared out, as the worker would."""

from typing import Any

from sqlalchemy.orm import Session

from app.enums import Strategy, TaskState
from app.models import ClubQRun, ClubQSeason, ClubQSpectacle, PCeen, TaskRun
from app.modules.club_q.rules.instance import Parameters
from app.modules.club_q.service import runs
from app.modules.club_q.service.runs import Launch
from tests.factories.club_q import SeasonFactory, SpectacleFactory, participant, wish


class Quiet:
    """Where a task says how far it is, and nobody listens."""

    cancelled = False

    def progress(self, done: int, total: int, message: str = "") -> None:
        pass


class Small:
    """A season of two shows with a ticket each, and two people who want the first most."""

    def __init__(self, **columns: Any) -> None:
        self.season: ClubQSeason = SeasonFactory(**columns)
        common = {"season_id": self.season.id, "nb_tickets": 1}
        self.first: ClubQSpectacle = SpectacleFactory(nom="Don Giovanni", **common)
        self.second: ClubQSpectacle = SpectacleFactory(nom="Le Cid", **common)
        self.ada: PCeen = participant(prenom="Ada", nom="Lovelace", promo=145)
        self.bob: PCeen = participant(prenom="Bob", nom="Noyce", promo=144)
        wish(self.ada, self.first, 1)
        wish(self.ada, self.second, 2)
        wish(self.bob, self.first, 1)


def launched(session: Session, season: ClubQSeason, **values: Any) -> ClubQRun:
    """A run that waits for the worker."""
    theta, use_bonus = values.pop("theta", 4), values.pop("use_bonus", False)
    values.setdefault("strategy", Strategy.classic)
    wanted = Launch(parameters=Parameters(theta=theta, use_bonus=use_bonus), **values)
    run = runs.launch(session, season=season, wanted=wanted, by=None)
    session.commit()
    return run


def computed(session: Session, season: ClubQSeason, **values: Any) -> ClubQRun:
    """A run that is done."""
    run = launched(session, season, **values)
    runs.execute(session, run.id, Quiet())
    task_run = session.get_one(TaskRun, run.task_run_id)
    task_run.state, task_run.active_key = TaskState.done, None
    session.commit()
    return run


def adopted(session: Session, season: ClubQSeason, **values: Any) -> ClubQRun:
    """A run whose grants are those of the season."""
    run = computed(session, season, **values)
    runs.adopt(session, run=run, by=None, reason="Pour voir", accepts_gap=True)
    session.commit()
    return run
