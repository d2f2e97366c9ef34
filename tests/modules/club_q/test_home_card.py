"""What the home page says of Club Q."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PermissionScope as S, PermissionType as T
from app.models import ClubQSeason, PCeen
from tests.client import Page
from tests.conftest import Login
from tests.factories import role_with
from tests.factories.club_q import (
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    participant,
    wish,
)
from tests.factories.people import PCeenFactory


@pytest.fixture
def season(session: Session) -> ClubQSeason:
    return make_current(SeasonFactory(nom="Hiver"))


def said(page: Page) -> str:
    """What the card says; nothing where there is none."""
    links = page.html.select("main .card-title a[href='/club_q']")
    return (
        " ".join(links[0].find_parent("section").get_text(" ", strip=True).split()) if links else ""
    )


def test_there_is_a_card_once_there_is_a_season(login: Login, session: Session) -> None:
    browser = login(participant())
    assert said(browser.open_page("/")) == ""

    make_current(SeasonFactory(nom="Hiver"))
    assert "Hiver" in said(browser.open_page("/"))
    assert said(login(PCeenFactory()).open_page("/")) == ""


def test_one_books_exactly_while_the_form_is_open(
    login: Login, session: Session, season: ClubQSeason
) -> None:
    browser = login(participant())
    day = clock.today()

    def is_offered(first: int | None, last: int | None) -> bool:
        season.debut_inscription = None if first is None else day + timedelta(days=first)
        season.fin_inscription = None if last is None else day + timedelta(days=last)
        session.commit()
        return "Réserver" in said(browser.open_page("/"))

    assert is_offered(None, None)
    assert is_offered(0, 0)
    assert not is_offered(1, 2)
    assert "ouvre le" in said(browser.open_page("/"))
    assert not is_offered(-2, -1)
    season.fin_inscription = None
    make_current(season, is_open=False)
    assert "Réserver" not in said(browser.open_page("/"))


def holder(session: Session, season: ClubQSeason) -> PCeen:
    """Someone who has places of two shows."""
    ada = participant(roles=[role_with((T.read, S.club_q), (T.read, S.bar), (T.read, S.photos))])
    for rank, (name, days) in enumerate((("Carmen", 40), ("Phèdre", 20), ("Hier", -1)), start=1):
        show = SpectacleFactory(
            season_id=season.id, nom=name, date=clock.now() + timedelta(days=days)
        )
        grant(wish(ada, show, priority=rank, places=2), 2)
    return ada


def test_what_is_granted_is_told_once_it_is_published(
    login: Login, session: Session, season: ClubQSeason
) -> None:
    browser = login(holder(session, season))
    before = said(browser.open_page("/"))

    season.attributions_visible = True
    session.commit()
    after = said(browser.open_page("/"))

    assert "Phèdre" not in before
    assert "€" not in before
    assert "90,00" in after
    assert "Phèdre" in after
    assert "2 places" in after
    assert "Carmen" not in after


def test_the_home_page_costs_no_more_than_twelve_statements(
    login: Login, session: Session, season: ClubQSeason, queries: list[str]
) -> None:
    season.attributions_visible = True
    browser = login(holder(session, season))
    queries.clear()

    page = browser.open_page("/")

    assert len(queries) <= 12, "\n".join(queries)
    assert said(page)
