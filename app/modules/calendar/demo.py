"""The calendar of the demonstration: what a few clubs do around today."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.models import Club, Event, PCeen
from app.web.module import Demo

WEIGHT = 2

_CLUBS = (
    ("BDE", "#e40046"),
    ("BDS", "#1b7f4d"),
    ("Orchestre", "#6a3fa0"),
    ("Astronomie", "#1f4e9c"),
)


class _Moment(NamedTuple):
    """An event: so many days from today, from one time to another, or all day."""

    club: str
    title: str
    days: int
    starts: time | None
    #: In hours; in days, for what is all day.
    lasts: float
    location: str
    text: str


_MOMENTS = (
    _Moment("BDE", "Gala d'hiver", 12, time(21), 6, "Salle des fêtes", "Tenue **correcte**."),
    _Moment("BDE", "Assemblée générale", 5, time(18, 30), 1.5, "Amphi Schützenberger", ""),
    _Moment("BDE", "Petit-déjeuner de la promo", 2, time(8), 1, "Foyer", "Croissants offerts."),
    _Moment("BDE", "Week-end au ski", 40, None, 3, "Serre Chevalier", "Départ le matin, en car."),
    _Moment("BDS", "Tournoi de volley", 8, time(14), 4, "Gymnase", "Équipes de **six**."),
    _Moment("BDS", "Cross de l'école", -9, time(10), 2, "Parc Montsouris", ""),
    _Moment("Astronomie", "Nuit d'observation", 3, time(21, 30), 5, "Toit du bâtiment B", ""),
    _Moment("Astronomie", "Éclipse partielle", 20, time(11), 2, "Cour", "Lunettes fournies."),
    _Moment("Club Q", "Retrait des billets", 6, time(12), 1.5, "Bureau du Club Q", ""),
)
_REHEARSALS = range(-6, 9)


def load(session: Session, demo: Demo) -> None:
    """Clubs, what each announces, and rehearsals every week; one event is called off."""
    clubs = {name: Club(name=name, color=color) for name, color in _CLUBS}
    session.add_all(clubs.values())
    session.flush()
    clubs |= {club.name: club for club in session.scalars(sa.select(Club))}
    author = session.scalars(sa.select(PCeen).where(PCeen.username == "mperey")).one_or_none()
    demo.tick()
    session.add_all(_made(moment, clubs[moment.club], author) for moment in _MOMENTS)
    session.add_all(_rehearsals(clubs["Orchestre"], author))
    session.flush()
    demo.tick()


def _made(moment: _Moment, club: Club, author: PCeen | None) -> Event:
    day = clock.today() + timedelta(days=moment.days)
    event = Event(
        uid=str(uuid.uuid5(uuid.NAMESPACE_URL, moment.title)),
        club_id=club.id,
        author_id=author.id if author else None,
        title=moment.title,
        location=moment.location,
        description=moment.text,
        all_day=moment.starts is None,
    )
    if moment.starts is None:
        event.start_date, event.end_date = day, day + timedelta(days=int(moment.lasts) - 1)
    else:
        event.start_time = _at(day, moment.starts)
        event.end_time = event.start_time + timedelta(hours=moment.lasts)
    return event


def _rehearsals(club: Club, author: PCeen | None) -> list[Event]:
    """Those of the orchestra, each Tuesday evening; the next but one is called off."""
    today, series = clock.today(), str(uuid.uuid5(uuid.NAMESPACE_URL, "orchestre"))
    tuesday = today + timedelta(days=(1 - today.weekday()) % 7)
    made = []
    for week in _REHEARSALS:
        starts = _at(tuesday + timedelta(weeks=week), time(18, 30))
        made.append(
            Event(
                uid=str(uuid.uuid5(uuid.NAMESPACE_URL, f"orchestre {week}")),
                club_id=club.id,
                author_id=author.id if author else None,
                title="Répétition",
                location="Salle de musique",
                all_day=False,
                start_time=starts,
                end_time=starts + timedelta(hours=2),
                series=series,
                cancelled_at=clock.now() if week == 1 else None,
            )
        )
    return made


def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, PARIS)
