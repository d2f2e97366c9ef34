"""Who goes out, what there is to see, and who wishes for it."""

from datetime import timedelta
from typing import Any

import factory

from app.core import clock, draw
from app.enums import PermissionScope as S, PermissionType as T
from app.models import ClubQAttribution, ClubQSalle, ClubQSeason, ClubQSpectacle, ClubQVoeu, PCeen
from app.modules.club_q.choices import ACCESS, SEASON
from tests.factories.base import Factory, current
from tests.factories.people import PCeenFactory, role_with


class SeasonFactory(Factory):
    """A season without dates: its form is open once it is the current one, and switched on."""

    class Meta:
        model = ClubQSeason

    nom = factory.Sequence(lambda n: f"Saison {n}")
    promo_orga = 145
    rules = factory.LazyFunction(dict)
    seed = bytes(range(32))
    seed_commitment = "0" * 64

    @factory.post_generation
    def committed(self: ClubQSeason, create: bool, extracted: Any) -> None:
        """Commit to the seed: the season has its number."""
        self.seed_commitment = draw.commitment(season=self.id, seed=self.seed)
        current().commit()


class SalleFactory(Factory):
    class Meta:
        model = ClubQSalle

    nom = factory.Sequence(lambda n: f"Salle {n}")


class SpectacleFactory(Factory):
    """A show with 10 tickets at 15 €, in a month; each a day after the one before."""

    class Meta:
        model = ClubQSpectacle

    nom = factory.Sequence(lambda n: f"Spectacle {n}")
    date = factory.Sequence(lambda n: clock.now() + timedelta(days=30 + n % 300))
    nb_tickets = 10
    unit_price = 1500


def participant(**columns: Any) -> PCeen:
    """A student who may wish."""
    columns.setdefault("roles", [role_with((T.read, S.club_q))])
    return PCeenFactory(**columns)


def organiser(**columns: Any) -> PCeen:
    """Someone of the team."""
    columns.setdefault("roles", [role_with((T.write, S.club_q))])
    return PCeenFactory(**columns)


def wish(
    pceen: PCeen, show: ClubQSpectacle, priority: int = 1, places: int = 1, minimum: int = 1
) -> ClubQVoeu:
    """A wish of someone for a show."""
    session = current()
    made = ClubQVoeu(
        pceen_id=pceen.id,
        spectacle_id=show.id,
        season_id=show.season_id,
        priorite=priority,
        places_demandees=places,
        places_minimum=minimum,
    )
    session.add(made)
    session.commit()
    return made


def grant(voeu: ClubQVoeu, places: int, *, locked: bool = False) -> ClubQAttribution:
    """What a wish was granted, by hand."""
    session = current()
    made = ClubQAttribution(voeu_id=voeu.id, places_attribuees=places, locked=locked)
    session.add(made)
    session.commit()
    return made


def make_current(season: ClubQSeason, *, is_open: bool = True) -> ClubQSeason:
    """Have a season be the current one, its form switched on or not."""
    session = current()
    SEASON.set(session, season.id)
    ACCESS.set(session, is_open)
    session.commit()
    return season
