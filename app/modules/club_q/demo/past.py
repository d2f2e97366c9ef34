"""Sharing out the seasons of the demonstration that are over: as the team does it."""

from sqlalchemy.orm import Session

from app.core import clock
from app.core.version import VERSION
from app.enums import RunMode, Strategy
from app.models import ClubQRun, ClubQSeason
from app.modules.club_q.queries import inputs
from app.modules.club_q.rules.instance import Parameters
from app.modules.club_q.rules.stored import parameters_as_json
from app.modules.club_q.service import closing, computing, publication, runs
from app.modules.club_q.service.computing import Asked


class _Nobody:
    """Nobody watches."""

    cancelled = False

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Say nothing."""


def share_out(session: Session, season: ClubQSeason) -> None:
    """Run the attribution of a season, adopt it and publish it, in the transaction that goes on."""
    parameters, now = Parameters(), clock.now()
    run = ClubQRun(
        season_id=season.id,
        strategy=Strategy(season.rules["strategy"]),
        mode=RunMode.full,
        params=parameters_as_json(parameters),
        seed_commitment=season.seed_commitment,
        code_version=VERSION,
        started_at=now,
        active_season_id=season.id,
    )
    session.add(run)
    session.flush()
    closing.close(session, season)
    found = inputs.read(session, season, RunMode.full, parameters)
    run.input, run.input_hash = found.instance.canonical(), found.instance.digest()
    asked = Asked(strategy=run.strategy, seed=season.seed, time_limit=run.time_limit)
    runs.write(session, run, found, computing.compute(found, asked, _Nobody()))
    runs.adopt(session, run=run, by=None)
    publication.publish(session, season=season, by=None)
