"""What people are told of a season, in the site: never what they have before it is published."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import transaction
from app.enums import NotificationTopic
from app.models import ClubQSeason, PCeen
from app.modules.club_q.jobs import TELL_OPEN
from app.modules.club_q.queries.options import options
from app.modules.club_q.service import catalogue_options, publication
from app.modules.club_q.service.catalogue_options import Wanted
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.club_q import (
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    participant,
    wish,
)
from tests.modules.club_q.shared_out import adopted, computed, shared_season
from tests.modules.club_q.test_returns import Opera
from tests.notices import not_kept, notice, told

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def reader(session: Session) -> PCeen:
    """Someone who may wish, among others who may not."""
    PCeenFactory()
    return participant()


def choose(session: Session, season: ClubQSeason, *, is_open: bool) -> None:
    """Have the team switch the form of a season on, or off."""
    with transaction(session):
        seen = Wanted.of(options(session))
        wanted = Wanted(season=season.id, is_open=is_open, max_places=seen.max_places)
        catalogue_options.change(session, wanted, version=seen.version)


def publish(session: Session, season: ClubQSeason) -> None:
    with transaction(session):
        publication.publish(session, season=season, by=None)


def given_by_hand(session: Session) -> tuple[ClubQSeason, set[int]]:
    """A season where one of two people was granted something, whatever anybody else wishes."""
    season, other = SeasonFactory(), SeasonFactory()
    show, elsewhere = (SpectacleFactory(season_id=one.id) for one in (season, other))
    ada, grace, stranger = participant(), participant(), participant()
    grant(wish(ada, show), 1)
    wish(grace, show)
    wish(grace, SpectacleFactory(season_id=season.id), 2)
    wish(stranger, elsewhere)
    return season, {ada.id, grace.id}


# The form


def test_who_may_wish_is_told_once_that_the_form_is_open(session: Session, reader: PCeen) -> None:
    season = SeasonFactory(nom="Hiver")

    choose(session, season, is_open=False)
    assert told(session) == {}
    for is_open in (True, False, True):
        choose(session, season, is_open=is_open)
    TELL_OPEN.run(session)

    key = f"club_q:open:{season.id}"
    assert told(session) == {key: {reader.id}}
    found = notice(session, key)
    assert (found.topic, found.url) == (NotificationTopic.club_q, "/club_q")
    assert found.title == "Les vœux du Club Q sont ouverts"
    assert found.body == "Choisissez vos spectacles de « Hiver »."


def test_a_form_that_opens_by_itself_is_told_of_on_its_first_day(
    session: Session, now: time_machine.Traveller, reader: PCeen
) -> None:
    first = clock.today() + 2 * DAY
    season = SeasonFactory(debut_inscription=first, fin_inscription=first + 7 * DAY)
    choose(session, season, is_open=True)
    TELL_OPEN.run(session)
    assert told(session) == {}

    now.move_to(NOON + 2 * DAY)
    for _time in range(2):
        TELL_OPEN.run(session)

    assert told(session) == {f"club_q:open:{season.id}": {reader.id}}


def test_it_is_told_of_by_day(session: Session) -> None:
    assert TELL_OPEN.cron.split()[1] == "9-20"


@pytest.mark.parametrize("why", ["none", "off", "over", "adopted"])
def test_a_form_that_is_closed_is_not_told_of(session: Session, why: str) -> None:
    if why == "adopted":
        season = shared_season(session)
        adopted(session, computed(session, season))
    else:
        last = clock.today() - DAY if why == "over" else None
        season = SeasonFactory(fin_inscription=last)
    if why != "none":
        make_current(season, is_open=why != "off")

    TELL_OPEN.run(session)

    assert told(session) == {}


def test_options_that_are_not_kept_tell_nothing(session: Session) -> None:
    season = SeasonFactory()
    seen = Wanted.of(options(session))
    wanted = Wanted(season=season.id, is_open=True, max_places=seen.max_places)

    with not_kept(session):
        catalogue_options.change(session, wanted, version=seen.version)
        assert len(told(session)) == 1

    assert told(session) == {}


# What is granted


def test_nothing_is_told_of_the_attribution_before_it_is_published(session: Session) -> None:
    season = shared_season(session)
    run = adopted(session, computed(session, season))
    assert run.adopted_season_id == season.id
    assert told(session) == {}

    publish(session, season)

    assert list(told(session)) == [f"club_q:published:{season.id}"]


def test_who_wished_is_told_once_with_the_same_words_whatever_they_have(session: Session) -> None:
    season, wishers = given_by_hand(session)

    publish(session, season)
    with transaction(session):
        publication.hide(session, season=season, by=None, reason="Erreur de salle")
    publish(session, season)

    key = f"club_q:published:{season.id}"
    assert told(session) == {key: wishers}
    found = notice(session, key)
    assert (found.topic, found.title) == (
        NotificationTopic.club_q,
        "Les places du Club Q sont attribuées",
    )
    assert found.body == f"Votre page dit ce que vous avez obtenu de « {season.nom} »."
    assert found.url == f"/club_q/pceens/me?season_id={season.id}"


@pytest.mark.parametrize(("last_day", "is_told"), [(-1, False), (0, True)])
def test_a_season_that_is_over_is_no_news(session: Session, last_day: int, is_told: bool) -> None:
    season, _wishers = given_by_hand(session)
    season.debut = season.fin = clock.today() + last_day * DAY
    session.commit()

    publish(session, season)

    assert bool(told(session)) is is_told


def test_a_publication_that_is_not_done_tells_nothing(session: Session) -> None:
    season, wishers = given_by_hand(session)

    with not_kept(session):
        publication.publish(session, season=season, by=None)
        assert list(told(session).values()) == [wishers]

    assert told(session) == {}


def test_who_has_places_that_others_gave_back_is_told_and_so_are_these(session: Session) -> None:
    opera = Opera(session)
    published = told(session)
    opera.offer(opera.ada, 1)
    assert told(session) == published

    opera.complement()

    found = {key: whom for key, whom in told(session).items() if key not in published}
    taken, given = sorted(found.items(), reverse=True)
    assert (taken[0] or "").startswith("club_q:taken:")
    assert taken[1] == {opera.ada.id}
    assert (given[0] or "").startswith("club_q:given:")
    assert len(given[1]) == 1
    assert given[1] < {opera.cy.id, opera.dee.id}
    assert notice(session, taken[0] or "").title == "Vos places du Club Q ont trouvé preneur"
    assert notice(session, given[0] or "").title == "Vous avez des places au Club Q"


def test_hidden_nobody_is_told_of_places_that_move(session: Session) -> None:
    opera = Opera(session)
    opera.offer(opera.ada, 1)
    with transaction(session):
        publication.hide(session, season=opera.season, by=None, reason="Erreur")
    before = told(session)

    opera.complement()

    assert told(session) == before


# Where it leads


def test_one_address_leads_each_to_their_own_page(session: Session, login: Login) -> None:
    season = SeasonFactory(nom="Hiver")
    ada = participant()

    def follow(client: Client, **asked: Any) -> str:
        answer = client.get("/club_q/pceens/me", query_string=asked)
        assert answer.status_code == 302
        return str(answer.location)

    client = login(ada)
    assert follow(client).endswith(f"/club_q/pceens/{ada.id}")
    page = follow(client, season_id=season.id)
    assert page.endswith(f"/club_q/pceens/{ada.id}?season_id={season.id}")
    assert client.get(page).status_code == 200
