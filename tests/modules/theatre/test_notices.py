"""What people are told of plays, in the site."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import NotificationTopic
from app.models import PCeen, Saison, Spectacle
from app.modules.theatre.service import performances, saisons
from tests.factories import PCeenFactory
from tests.factories.community import PlayFactory, RepresentationFactory, SaisonFactory
from tests.modules.theatre.test_service import draft
from tests.notices import not_kept, notice, told

DAY = timedelta(days=1)


@pytest.fixture
def saison(session: Session) -> Saison:
    made: Saison = SaisonFactory(hidden=False)
    return made


@pytest.fixture
def play(session: Session, saison: Saison) -> Spectacle:
    made: Spectacle = PlayFactory(saison_id=saison.id, name="Antigone")
    return made


@pytest.fixture
def everybody(session: Session) -> set[int]:
    """Two people, and one whose account is closed."""
    people: list[PCeen] = [PCeenFactory(), PCeenFactory()]
    PCeenFactory(disabled_at=clock.now())
    return {one.id for one in people}


def add(session: Session, play: Spectacle, days: int) -> None:
    with transaction(session):
        performances.add(session, play.id, clock.now() + days * DAY)


def test_everybody_is_told_once_that_a_play_is_to_be_seen(
    session: Session, saison: Saison, play: Spectacle, everybody: set[int]
) -> None:
    add(session, play, 30)
    add(session, play, 29)

    assert told(session) == {f"theatre:{play.id}": everybody}
    found = notice(session, f"theatre:{play.id}")
    assert (found.topic, found.url) == (NotificationTopic.theatre, f"/theatre/{saison.id}")
    assert found.title == "Une nouvelle pièce à l'affiche"
    assert found.body.startswith("« Antigone » se joue à partir du ")


def test_of_one_that_was_played_nobody_is(session: Session, play: Spectacle) -> None:
    add(session, play, -30)

    assert told(session) == {}


@pytest.mark.parametrize("how", ["show", "edit"])
def test_of_a_season_that_is_prepared_nobody_is_before_it_is_shown(
    session: Session, everybody: set[int], how: str
) -> None:
    saison = SaisonFactory(hidden=True)
    play, other, undated = (PlayFactory(saison_id=saison.id) for _ in range(3))
    RepresentationFactory(spectacle_id=other.id, date=clock.now() + 9 * DAY)
    add(session, play, 30)
    with transaction(session):
        saisons.edit(session, saison.id, draft(hidden=True, name="Prêt"), version=1)
    assert told(session) == {}

    with transaction(session):
        if how == "show":
            saisons.show(session, saison.id, is_shown=True, version=2)
        else:
            saisons.edit(session, saison.id, draft(hidden=False), version=2)

    assert told(session) == {f"theatre:{one.id}": everybody for one in (play, other)}
    with transaction(session):
        saisons.show(session, saison.id, is_shown=False, version=3)
    add(session, undated, 30)
    assert len(told(session)) == 2


def test_a_performance_that_is_not_added_tells_nothing(session: Session, play: Spectacle) -> None:
    with not_kept(session):
        performances.add(session, play.id, clock.now() + DAY)
        assert len(told(session)) == 1

    assert told(session) == {}
