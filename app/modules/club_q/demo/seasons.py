"""The seasons of the demonstration: their shows, and what students wish for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import draw
from app.core.clock import PARIS
from app.enums import Strategy
from app.models import (
    ClubQPreference,
    ClubQSalle,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
)
from app.modules.club_q.demo.playbill import PLAYS, Play

#: How many times as many places are asked as there are.
ASKED_FOR_ONE = 5
#: How many shows one wishes for, on the average, and how far from it.
_WISHES, _SPREAD = 7.6, 3
#: How much more the best known show is wanted than the next ones.
_SKEW = 0.7
#: How many places one asks for.
_PLACES = (1, 2, 3, 4)
#: How many rows are written at once.
_STEP = 1000
_HOURS = (time(14, 30), time(19), time(19, 30), time(20), time(20), time(20, 30))


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A season to make: its name, its days, how much there is to see."""

    nom: str
    first_day: date
    weeks: int
    shows: int
    form_opens: date
    form_closes: date
    strategy: Strategy = Strategy.fair

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(weeks=self.weeks)


def make(
    session: Session, chance: Random, programme: Programme, venues: Sequence[ClubQSalle]
) -> ClubQSeason:
    """Make a season and its shows; nobody has wished for anything yet."""
    seed = chance.randbytes(draw.SEED_SIZE)
    season = ClubQSeason(
        nom=programme.nom,
        promo_orga=145,
        debut=programme.first_day,
        fin=programme.last_day,
        debut_inscription=programme.form_opens,
        fin_inscription=programme.form_closes,
        fin_retour=programme.last_day,
        rules={"strategy": programme.strategy.value, "theta": 4, "use_bonus": False},
        seed=seed,
        seed_commitment="",
    )
    session.add(season)
    session.flush()
    season.seed_commitment = draw.commitment(season=season.id, seed=seed)
    for play in chance.sample(PLAYS, programme.shows):
        session.add(_show(chance, programme, season, play, venues))
    session.flush()
    return season


def _show(
    chance: Random,
    programme: Programme,
    season: ClubQSeason,
    play: Play,
    venues: Sequence[ClubQSalle],
) -> ClubQSpectacle:
    day = programme.first_day + timedelta(days=chance.randrange(programme.weeks * 7))
    at = datetime.combine(day, chance.choice(_HOURS), tzinfo=PARIS)
    return ClubQSpectacle(
        nom=play.nom,
        categorie=play.categorie,
        description="",
        date=at,
        duration=play.duration,
        nb_tickets=0,
        unit_price=play.euros * 100,
        season_id=season.id,
        salle_id=venues[play.venue].id,
    )


def wish(session: Session, chance: Random, season: ClubQSeason, people: Sequence[PCeen]) -> int:
    """Have people wish for shows of a season, which then gets a fifth of the tickets asked.

    Returns how many wishes that makes.
    """
    shows = _shows(session, season)
    chance.shuffle(shows)
    weights = [(rank + 1) ** -_SKEW for rank in range(len(shows))]
    asked: dict[int, int] = {show.id: 0 for show in shows}
    wishes: list[dict[str, Any]] = []
    preferences: list[dict[str, Any]] = []
    for person in people:
        count = min(len(shows), max(1, round(chance.gauss(_WISHES, _SPREAD))))
        for rank, show in enumerate(_some(chance, shows, weights, count), 1):
            wishes.append(_wish(chance, person, show, rank))
            asked[show.id] += wishes[-1]["places_demandees"]
        preferences.append(_preference(chance, person, season))
    for show in shows:
        share = asked[show.id] / ASKED_FOR_ONE * chance.uniform(0.6, 1.4)
        show.nb_tickets = max(_PLACES[-1], round(share))
    session.flush()
    _write(session, ClubQVoeu, wishes)
    _write(session, ClubQPreference, preferences)
    return len(wishes)


def _shows(session: Session, season: ClubQSeason) -> list[ClubQSpectacle]:
    stmt = sa.select(ClubQSpectacle).where(ClubQSpectacle.season_id == season.id)
    return list(session.scalars(stmt.order_by(ClubQSpectacle.id)))


def _some(
    chance: Random, shows: Sequence[ClubQSpectacle], weights: Sequence[float], count: int
) -> list[ClubQSpectacle]:
    """Different shows, the best known more often."""
    found: dict[int, ClubQSpectacle] = {}
    while len(found) < count:
        (show,) = chance.choices(shows, weights)
        found.setdefault(show.id, show)
    return list(found.values())


def _wish(chance: Random, person: PCeen, show: ClubQSpectacle, rank: int) -> dict[str, Any]:
    places = chance.choices(_PLACES, (50, 35, 8, 7))[0]
    minimum = chance.choices((1, places, (places + 1) // 2), (70, 20, 10))[0]
    return {
        "pceen_id": person.id,
        "spectacle_id": show.id,
        "season_id": show.season_id,
        "priorite": rank,
        "places_demandees": places,
        "places_minimum": minimum,
        "version": 1,
    }


def _preference(chance: Random, person: PCeen, season: ClubQSeason) -> dict[str, Any]:
    return {
        "pceen_id": person.id,
        "season_id": season.id,
        "budget": chance.choice((None, None, None, None, 3000, 5000, 8000)),
        "max_shows": chance.choice((None, None, None, None, None, 2, 3)),
        "accept_clashes": chance.random() < 0.1,
        "version": 1,
    }


def _write(session: Session, model: type[Any], rows: Sequence[dict[str, Any]]) -> None:
    for begin in range(0, len(rows), _STEP):
        session.execute(sa.insert(model), rows[begin : begin + _STEP])
