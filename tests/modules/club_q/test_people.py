"""Who takes part in a season, for the team."""

import re
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from app.models import ClubQAccount, ClubQSeason, ClubQVoeu
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.club_q import (
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    organiser,
    participant,
    wish,
)


@pytest.fixture
def season(session: Session) -> ClubQSeason:
    """Ada has two places at 15 € of three that she asks, one of a cancelled show; Bob, nothing."""
    season = make_current(SeasonFactory(nom="Printemps"))
    shows = [SpectacleFactory(season_id=season.id) for _number in range(2)]
    off = SpectacleFactory(season_id=season.id, cancelled=True)
    ada = participant(prenom="Ada", nom="Lovelace", promo=145, username="ada")
    bob = participant(prenom="Bob", nom="Àbbott", promo=None, username="bob")
    grant(wish(ada, shows[0], 1, 3), 2)
    grant(wish(ada, off, 2), 1)
    wish(bob, shows[1], 1, 2)
    session.add(ClubQAccount(pceen_id=ada.id, discontent=Decimal("4.7")))
    PCeenFactory(nom="Nobody")
    session.commit()
    return season


@pytest.fixture
def staff(login: Login, season: ClubQSeason) -> Client:
    return login(organiser())


def names(client: Client, query: str) -> list[str]:
    return client.open_page(f"/club_q/pceens?{query}").texts("tbody td.headline")


def test_everybody_who_wishes_is_there_with_what_they_have_and_owe(staff: Client) -> None:
    page = staff.open_page("/club_q/pceens")

    # each with the number of their account, which no two databases give alike
    assert [re.sub(r" [0-9]+", "", one, count=1) for one in page.texts("tbody tr")] == [
        "Bob Àbbott – 1 2 0 0,0 0,00 €",
        "Ada Lovelace 145 2 4 2 4,7 30,00 €",
    ]
    assert page.texts(".definitions dd")[:5] == ["2", "3", "6", "2", "30,00 €"]
    links = [one["href"] for one in page.html.select("tbody a")]
    assert all("/club_q/pceens/" in link and "season_id=" in link for link in links)


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sort=-name", ["Ada Lovelace", "Bob Àbbott"]),
        ("sort=-due", ["Ada Lovelace", "Bob Àbbott"]),
        ("sort=due", ["Bob Àbbott", "Ada Lovelace"]),
        ("sort=-discontent", ["Ada Lovelace", "Bob Àbbott"]),
        ("sort=x&page=99&season_id=x", ["Bob Àbbott", "Ada Lovelace"]),
        ("q=abbott", ["Bob Àbbott"]),
        ("q=bob+%C3%A0b", ["Bob Àbbott"]),
        ("q=145", ["Ada Lovelace"]),
        ("q=%25", []),
    ],
)
def test_the_list_is_searched_and_sorted(staff: Client, query: str, found: list[str]) -> None:
    assert names(staff, query) == found


@pytest.mark.once
def test_a_season_shows_its_own_people(staff: Client) -> None:
    other = SeasonFactory(nom="Automne")

    page = staff.open_page(f"/club_q/pceens?season_id={other.id}")

    assert "Personne n'a encore de vœu pour « Automne »." in page.text(".empty")


def test_four_hundred_people_take_few_statements_and_pages(
    staff: Client, season: ClubQSeason, session: Session, queries: list[str]
) -> None:
    show = SpectacleFactory(season_id=season.id, nb_tickets=500)
    # two of them have no role: nobody reads their roles one after the other
    people = [PCeenFactory.build() for _number in range(398)]
    session.add_all(people)
    session.flush()
    session.add_all(
        ClubQVoeu(
            pceen_id=one.id,
            spectacle_id=show.id,
            season_id=season.id,
            priorite=1,
            places_demandees=1,
        )
        for one in people
    )
    session.commit()
    staff.get("/club_q/pceens")
    queries.clear()

    page = staff.open_page("/club_q/pceens?page=4")

    assert len(queries) <= 12, "\n".join(queries)
    assert len(page.html.select("tbody tr")) == 100
    assert "400" in page.texts(".definitions dd")[0]
