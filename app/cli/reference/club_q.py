"""The shows and the wishes of the season of Club Q, up to those of the reference school."""

from datetime import timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.cli.reference import rows
from app.core import clock
from app.models import ClubQPreference, ClubQSeason, ClubQSpectacle, ClubQVoeu, PCeen, Role
from app.modules.club_q.choices import SEASON
from app.modules.club_q.demo import seasons
from app.web.module import Demo

SHOWS, STUDENTS = 40, 400


def load(session: Session, demo: Demo) -> None:
    """Add shows, then people who wish for them, and share out a fifth of the places asked."""
    # drawn apart: what comes after does not depend on how many wishes there are
    chance = Random(demo.chance.getrandbits(64))  # noqa: S311  # the same everywhere
    season = session.get_one(ClubQSeason, SEASON.get(session))
    _add_shows(session, demo, season)
    wished = sa.select(ClubQPreference.pceen_id).where(ClubQPreference.season_id == season.id)
    missing = demo.count(STUDENTS) - rows.count(
        session, ClubQPreference, ClubQPreference.season_id == season.id
    )
    stmt = (
        sa.select(PCeen)
        .where(PCeen.roles.any(Role.slug == "eleve"), PCeen.id.not_in(wished))
        .where(PCeen.username != "ijoliot")  # who keeps their wishes for later
        .order_by(PCeen.id)
        .limit(max(0, missing))
    )
    people = session.scalars(stmt).all()
    if people:
        seasons.wish(session, chance, season, people)
    _share(session, season)
    demo.tick()


def _add_shows(session: Session, demo: Demo, season: ClubQSeason) -> None:
    """The shows that there are, again, on other evenings."""
    there = list(
        session.scalars(
            sa.select(ClubQSpectacle)
            .where(ClubQSpectacle.season_id == season.id)
            .order_by(ClubQSpectacle.id)
        )
    )
    for number in range(demo.count(SHOWS) - len(there)):
        like = there[number % len(there)]
        session.add(
            ClubQSpectacle(
                nom=f"{like.nom} ({number // len(there) + 2})",
                categorie=like.categorie,
                description="",
                date=like.date + timedelta(days=1 + number // len(there)),
                duration=like.duration,
                nb_tickets=0,
                unit_price=like.unit_price,
                season_id=season.id,
                salle_id=like.salle_id,
            )
        )
    last = max(clock.day_of(one.date) for one in there)
    season.fin = max(season.fin or last, last)
    session.flush()


def _share(session: Session, season: ClubQSeason) -> None:
    """Have a fifth as many places as are asked for each show."""
    asked = dict(
        session.execute(
            sa.select(ClubQVoeu.spectacle_id, sa.func.sum(ClubQVoeu.places_demandees))
            .where(ClubQVoeu.season_id == season.id)
            .group_by(ClubQVoeu.spectacle_id)
        ).all()
    )
    shows = session.scalars(sa.select(ClubQSpectacle).where(ClubQSpectacle.season_id == season.id))
    for show in shows.all():
        show.nb_tickets = max(4, round(int(asked.get(show.id, 0)) / seasons.ASKED_FOR_ONE))
    session.flush()
