"""The pages of the clubs, for those who run the calendar."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import Club, Event
from tests.client import Client
from tests.conftest import Login
from tests.factories.calendar import ClubFactory, EventFactory, calendar_editor
from tests.modules.calendar.people import fields, writer_of

pytestmark = pytest.mark.once

ADMIN = "/calendar/admin"


@pytest.fixture
def editor(login: Login) -> Client:
    return login(calendar_editor(locale="fr"))


def clubs(session: Session) -> dict[str, str]:
    """The colours of the clubs that people made, by name."""
    session.commit()
    session.expire_all()
    found = session.scalars(sa.select(Club).where(Club.slug.is_(None)).order_by(Club.id))
    return {club.name: club.color for club in found}


def test_a_club_is_made_once_listed_and_changed(editor: Client, session: Session) -> None:
    path = f"{ADMIN}/club/new"
    sent = fields(editor.open_page(path), name="Chorale", color="#AA3366")
    editor.submit(path, **sent)
    page = editor.submit(path, **sent)
    (club,) = session.scalars(sa.select(Club).where(Club.slug.is_(None)))
    EventFactory.create_batch(2, club=club)

    assert page.text("h1") == "Clubs du calendrier"
    page = editor.open_page(ADMIN)
    (row,) = (one for one in page.html.select("tbody tr") if "Chorale" in one.get_text())
    assert row.select_one("td.num").get_text(strip=True) == "2"
    assert row.select_one("circle")["fill"] == "#aa3366"

    path = f"{ADMIN}/club/edit/{club.id}"
    sent = fields(editor.open_page(path))
    assert (sent["name"], sent["color"]) == ("Chorale", "#aa3366")
    editor.submit(path, **(sent | {"name": "Chœur"}))
    assert clubs(session) == {"Chœur": "#aa3366"}
    page = editor.submit(path, status=409, **(sent | {"name": "Autre chose"}))
    assert "Valeur actuelle : Chœur" in page.text("#name-errors")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "\u0390" * 64}, "name"),
        ({"name": "ÉCHECS"}, "name"),
        ({"color": "red"}, "color"),
        ({"color": "#12345"}, "color"),
        ({"color": ""}, "color"),
    ],
)
def test_what_is_wrong_of_a_club_is_said_next_to_it(
    editor: Client, session: Session, typed: dict[str, str], wrong: str
) -> None:
    ClubFactory(name="Échecs", color="#123456")
    path = f"{ADMIN}/club/new"
    sent = fields(editor.open_page(path), **({"name": "Go", "color": "#112233"} | typed))

    page = editor.submit(path, status=422, **sent)

    assert page.html.select(f"#{wrong}-errors p")
    assert clubs(session) == {"Échecs": "#123456"}


def test_a_club_is_deleted_once_what_goes_was_shown(editor: Client, session: Session) -> None:
    club, other = ClubFactory(name="Chorale"), ClubFactory(name="Go")
    EventFactory.create_batch(2, club=club)
    writer_of(club)
    path = f"{ADMIN}/club/delete/{club.id}"
    page = editor.open_page(path)
    sent = fields(page)
    assert "2 événements" in page.text(".notice")
    assert "1 droit" in page.text(".notice")
    EventFactory(club=club)

    page = editor.submit(path, status=409, **sent)

    assert "3 événements" in page.text(".notice")
    editor.submit(path, **(fields(page) | {"heir": str(other.id)}))
    assert list(clubs(session)) == ["Go"]
    assert set(session.scalars(sa.select(Event.club_id))) == {other.id}
    path = f"{ADMIN}/club/delete/{other.id}"
    editor.submit(path, **fields(editor.open_page(path)))
    assert clubs(session) == {}
    assert session.scalars(sa.select(Event.id)).all() == []


@pytest.mark.parametrize("heir", ["x", "999999", "-1"])
def test_events_do_not_go_to_a_club_that_is_not_there(
    editor: Client, session: Session, heir: str
) -> None:
    event = EventFactory()
    path = f"{ADMIN}/club/delete/{event.club_id}"

    editor.submit(path, status=404, **(fields(editor.open_page(path)) | {"heir": heir}))

    assert session.scalars(sa.select(Event.id)).all() == [event.id]


def test_the_clubs_that_the_site_needs_stay(editor: Client, session: Session) -> None:
    needed = session.scalars(sa.select(Club).where(Club.slug == Club.CLUB_Q)).first()
    needed = needed or ClubFactory(slug=Club.CLUB_Q, name="Club Q")
    page = editor.open_page(ADMIN)
    assert page.html.select(f"a[href$='/club/edit/{needed.id}']")
    assert page.html.select(f"a[href$='/club/delete/{needed.id}']") == []

    path = f"{ADMIN}/club/delete/{needed.id}"

    editor.open_page(path, status=422)
    assert editor.post(path, data={"version": needed.version}).status_code == 303
    assert session.get(Club, needed.id, populate_existing=True) is not None


def test_more_clubs_cost_no_more_statements(
    editor: Client, session: Session, queries: list[str]
) -> None:
    ClubFactory()
    editor.open_page(ADMIN)
    queries.clear()
    editor.open_page(ADMIN)
    once = len(queries)
    EventFactory.create_batch(5)
    queries.clear()

    editor.open_page(ADMIN)

    assert len(queries) == once
