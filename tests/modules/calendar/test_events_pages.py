"""The pages of events: read, published, changed, called off, deleted."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PermissionScope as S, PermissionType as T
from app.models import Club
from app.modules.calendar.rules import events as rules
from app.modules.calendar.rules.events import When
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories.calendar import (
    ClubFactory,
    EventFactory,
    calendar_editor,
    calendar_reader,
)
from tests.factories.people import PCeenFactory, role_with
from tests.modules.calendar.people import events, fields, writer_of

pytestmark = pytest.mark.once

NEW = "/calendar/events/new"


@pytest.fixture
def club(session: Session) -> Club:
    return ClubFactory(name="Chorale", color="#aa3366")


@pytest.fixture
def editor(login: Login) -> Client:
    return login(calendar_editor(locale="fr"))


def filled(page: Page, club: Club, **typed: Any) -> dict[str, Any]:
    """A form of an event, with what is typed in it."""
    known = {
        "title": "Concert",
        "club_id": str(club.id),
        "start": "2031-05-01",
        "start_at": "18:00",
        "end": "",
        "end_at": "20:00",
    }
    return fields(page, "form.event-form", **(known | typed))


def walls(session: Session) -> list[list[str]]:
    return [[f"{wall:%Y-%m-%d %H:%M}" for wall in When.of(one).walls] for one in events(session)]


# Read


def test_who_reads_the_calendar_reads_an_event_and_changes_nothing(
    login: Login, session: Session, club: Club
) -> None:
    event = EventFactory(
        club=club, title="Concert", location="Cour", description="**Venez** [ici](/x)"
    )
    reader = login(calendar_reader(locale="fr"))

    page = reader.open_page(f"/calendar/events/{event.id}")

    assert page.text("h1") == "Concert"
    assert page.text(".event .club") == "Chorale"
    assert page.html.select_one(".event .club circle")["fill"] == "#aa3366"
    assert "Cour" in page.text(".event-facts")
    assert page.text(".event .md strong") == "Venez"
    assert len(page.html.select(".event-when time")) == 3
    assert page.html.select(".event-actions") == []
    assert "annulé" not in page.text("main")
    for path in (f"/calendar/events/{event.id}/edit", NEW):
        reader.open_page(path, status=403)
    reader.open_page("/calendar/events/999999", status=404)


def test_an_event_is_for_who_opens_the_calendar(
    client: Client, login: Login, session: Session, club: Club
) -> None:
    event = EventFactory(club=club)
    here = f"/calendar/events/{event.id}"
    assert client.get(here).headers["Location"].startswith("/auth_needed")

    stranger = login(PCeenFactory())

    stranger.open_page(here, status=403)
    stranger.open_page("/calendar/events/999999", status=403)


def test_what_is_hostile_is_read_as_text(editor: Client, session: Session, club: Club) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    event = EventFactory(club=club, title=hostile, location=hostile, description=hostile)

    for path in ("", "/edit", "/delete"):
        page = editor.open_page(f"/calendar/events/{event.id}{path}")
        assert page.html.select("main img") == []
        assert hostile in page.html.select_one("h1").get_text()


# Published


def test_an_event_is_published_once_from_its_page(
    editor: Client, session: Session, club: Club
) -> None:
    sent = filled(editor.open_page(NEW), club, location="Cour", description="**Venez**")

    page = editor.submit(NEW, **sent)
    editor.submit(NEW, **sent)

    assert page.text("h1") == "Concert"
    assert page.flashes == ["L'événement est publié."]
    assert walls(session) == [["2031-05-01 18:00", "2031-05-01 20:00"]]
    assert len(page.html.select(".event-actions a, .event-actions button")) == 4


def test_whole_days_need_no_hours_and_a_night_ends_the_day_after(
    editor: Client, session: Session, club: Club
) -> None:
    page = editor.open_page(NEW)
    days = filled(page, club, all_day="y", start_at="", end_at="", end="2031-05-03")
    editor.submit(NEW, **days)
    page = editor.open_page(NEW)
    editor.submit(NEW, **filled(page, club, start_at="22:00", end="2031-05-02", end_at="02:00"))

    first, second = events(session)
    assert (first.all_day, str(first.start_date), str(first.end_date)) == (
        True,
        "2031-05-01",
        "2031-05-03",
    )
    assert [f"{wall:%d %H:%M}" for wall in When.of(second).walls] == ["01 22:00", "02 02:00"]


def test_each_week_until_a_day_is_published(editor: Client, session: Session, club: Club) -> None:
    sent = filled(editor.open_page(NEW), club, until="2031-05-15")

    page = editor.submit(NEW, **sent)

    assert page.flashes == ["3 événements sont publiés."]
    assert "encore 2 fois" in page.text(".event-facts")
    assert [start for start, _ in walls(session)] == [
        f"2031-05-{day} 18:00" for day in ("01", "08", "15")
    ]


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 129}, "title"),
        ({"location": "x" * 129}, "location"),
        ({"description": "x" * 5001}, "description"),
        ({"start": ""}, "start"),
        ({"start": "2031-02-30"}, "start"),
        ({"start_at": ""}, "start_at"),
        ({"start_at": "25:00"}, "start_at"),
        ({"end_at": ""}, "end_at"),
        ({"end_at": "18:00"}, "end_at"),
        ({"end_at": "17:59"}, "end_at"),
        ({"end": "2031-04-30"}, "end"),
        ({"end": "x"}, "end"),
        ({"start": "2031-03-30", "start_at": "02:30", "end_at": "04:00"}, "start_at"),
        ({"start": "2031-03-29", "end": "2031-03-30", "end_at": "02:30"}, "end_at"),
        ({"start": "1899-12-31"}, "start_at"),
        ({"all_day": "y", "end": "2031-04-30"}, "end"),
        ({"until": "2031-04-30"}, "until"),
        ({"until": "2041-04-30"}, "until"),
        (
            {"start": "2031-03-16", "start_at": "02:30", "end_at": "04:00", "until": "2031-04-30"},
            "until",
        ),
    ],
)
def test_what_is_wrong_is_said_next_to_it_and_what_was_typed_is_kept(
    editor: Client, session: Session, club: Club, typed: dict[str, str], wrong: str
) -> None:
    sent = filled(editor.open_page(NEW), club, **({"location": "Gardé"} | typed))

    page = editor.submit(NEW, status=422, **sent)

    assert page.html.select(f"#{wrong}-errors p")
    assert page.html.select_one("#location")["value"] == sent["location"]
    assert page.html.select_one("#club_id option[selected]")["value"] == str(club.id)
    assert events(session) == []


def test_a_day_that_is_pressed_begins_the_form(editor: Client, club: Club) -> None:
    page = editor.open_page(f"{NEW}?start=2031-05-01&club={club.id}")
    assert page.html.select_one("#start")["value"] == "2031-05-01"
    assert page.html.select_one("#club_id option[selected]")["value"] == str(club.id)

    page = editor.open_page(f"{NEW}?start=2031-05-01T21:30:00Z")
    said = fields(page, "form.event-form")
    names = ("start", "start_at", "end", "end_at")
    assert [said[name] for name in names] == ["2031-05-01", "23:30", "2031-05-02", "00:30"]

    page = editor.open_page(f"{NEW}?start=x&club=x")
    assert page.html.select_one("#start")["value"] == clock.today().isoformat()


def test_an_event_is_duplicated(editor: Client, session: Session, club: Club) -> None:
    event = EventFactory(club=club, title="Concert", location="Cour", description="Texte")
    page = editor.open_page(f"{NEW}?copy={event.id}")

    page = editor.submit(NEW, **fields(page, "form.event-form"))

    first, second = events(session)
    assert first.uid != second.uid
    assert (second.title, second.location, second.description) == ("Concert", "Cour", "Texte")
    assert rules.rank(When.of(second)) == rules.rank(When.of(first))
    editor.open_page(f"{NEW}?copy=999999", status=404)


# For one club


def test_the_form_says_when_hours_are_needed(editor: Client, club: Club) -> None:
    page = editor.open_page(NEW)

    hints = [field for field in page.texts(".event-time") if "sauf toute la journée" in field]

    assert len(hints) == 2


def test_who_writes_for_one_club_publishes_for_it_alone(
    login: Login, session: Session, club: Club
) -> None:
    other = ClubFactory()
    theirs = EventFactory(club=other)
    writer = login(writer_of(club))

    page = writer.open_page(NEW)
    assert [one["value"] for one in page.html.select("#club_id option")] == [str(club.id)]
    writer.submit(NEW, **filled(page, club))
    writer.submit(NEW, status=403, **filled(writer.open_page(NEW), other))
    page = writer.submit(NEW, status=404, **filled(writer.open_page(NEW), club, club_id="999999"))
    assert "n'existe pas" in page.text("#club_id-errors")

    _, mine = events(session)
    edit = f"/calendar/events/{mine.id}/edit"
    writer.submit(edit, status=403, **filled(writer.open_page(edit), other))
    for path in ("edit", "delete"):
        writer.open_page(f"/calendar/events/{theirs.id}/{path}", status=403)
    writer.submit(f"/calendar/events/{theirs.id}/cancel", status=403, version=1, on=1)
    page = writer.open_page(f"/calendar/events/{theirs.id}")
    assert page.html.select(".event-actions") == []
    writer.open_page("/calendar/admin", status=403)
    assert [one.version for one in events(session)] == [1, 1]


def test_a_right_on_a_club_that_is_gone_opens_nothing_and_breaks_nothing(
    login: Login, session: Session
) -> None:
    holder = login(PCeenFactory(roles=[role_with((T.write, S.club, 999_999))]))  # type: ignore[arg-type]
    event = EventFactory()

    holder.open_page(NEW, status=403)
    holder.open_page(f"/calendar/events/{event.id}", status=403)
    holder.open_page("/")


# Changed, called off, deleted


def test_an_event_is_changed_by_who_saw_it_as_it_is(
    editor: Client, session: Session, club: Club
) -> None:
    event = EventFactory(club=club, title="Concert", location="Cour")
    path = f"/calendar/events/{event.id}/edit"
    sent = fields(editor.open_page(path), "form.event-form")
    event.location, event.version = "Toit", 2
    session.commit()

    page = editor.submit(path, status=409, **(sent | {"title": "Bal"}))

    assert page.html.select_one("#title")["value"] == "Bal"
    assert "Valeur actuelle : Toit" in page.text("#location-errors")
    page = editor.submit(path, **fields(page, "form.event-form"))
    assert page.flashes == ["L'événement est à jour."]
    (found,) = events(session)
    assert (found.title, found.location, found.version) == ("Bal", "Cour", 3)
    page = editor.submit(path, **fields(editor.open_page(path), "form.event-form"))
    assert page.flashes == ["Rien n'a changé."]


def test_what_is_not_typed_again_stays_to_the_second(
    editor: Client, session: Session, club: Club
) -> None:
    start = rules.read_instant("2031-10-26T02:30:20+01:00")  # the second time, that night
    event = EventFactory(club=club, start_time=start, end_time=start + timedelta(hours=1))
    path = f"/calendar/events/{event.id}/edit"

    editor.submit(path, **(fields(editor.open_page(path), "form.event-form") | {"title": "Bal"}))

    (found,) = events(session)
    assert (found.title, found.start_time) == ("Bal", start)


def test_a_series_is_changed_from_one_of_its_events(
    editor: Client, session: Session, club: Club
) -> None:
    editor.submit(NEW, **filled(editor.open_page(NEW), club, until="2031-05-15"))
    keys = [one.id for one in events(session)]
    path = f"/calendar/events/{keys[1]}/edit"
    page = editor.open_page(path)
    assert len(page.html.select("input[name=scope]")) == 2

    sent = filled(page, club, start="2031-05-08", start_at="19:00", scope="following")
    page = editor.submit(path, **sent)

    assert page.flashes == ["2 événements sont à jour."]
    assert [start for start, _ in walls(session)] == [
        "2031-05-01 18:00",
        "2031-05-08 19:00",
        "2031-05-15 19:00",
    ]
    last = editor.open_page(f"/calendar/events/{keys[2]}/edit")
    assert last.html.select("input[name=scope]") == []
    path = f"/calendar/events/{keys[1]}/delete"
    page = editor.submit(path, **(fields(editor.open_page(path)) | {"scope": "following"}))
    assert page.flashes == ["2 événements sont supprimés."]
    assert [one.id for one in events(session)] == keys[:1]


def test_an_event_is_called_off_and_comes_back(
    editor: Client, session: Session, club: Club
) -> None:
    event = EventFactory(club=club)
    here = f"/calendar/events/{event.id}"
    button = "form[action$='/cancel']"

    off = fields(editor.open_page(here), button)
    page = editor.submit(f"{here}/cancel", **off)
    stale = editor.submit(f"{here}/cancel", **(off | {"on": "0"}))

    assert "Cet événement est annulé." in page.text(".notice")
    assert "Quelqu'un d'autre" in stale.flashes[0]
    (found,) = events(session)
    assert found.cancelled_at is not None
    page = editor.submit(f"{here}/cancel", **fields(page, button))
    assert page.html.select(".event .notice") == []
    assert events(session)[0].cancelled_at is None


def test_an_event_is_deleted_after_a_page_that_asks(
    editor: Client, session: Session, club: Club
) -> None:
    event = EventFactory(club=club)
    path = f"/calendar/events/{event.id}/delete"
    page = editor.open_page(path)
    sent = fields(page)
    assert "annulez-le plutôt" in page.text(".notice")
    editor.submit(path, status=409, **(sent | {"version": "7"}))

    page = editor.submit(path, **sent)

    assert page.flashes == ["L'événement est supprimé."]
    assert events(session) == []
    editor.submit(path, status=404, **sent)
