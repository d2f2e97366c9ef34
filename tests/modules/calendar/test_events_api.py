"""Events, as scripts publish, change and delete them."""

import uuid
from typing import Any

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.models import Club, Event
from app.modules.calendar.rules import events as rules
from app.modules.calendar.rules.events import When
from tests.client import Client
from tests.conftest import Login
from tests.factories.calendar import (
    ClubFactory,
    EventFactory,
    calendar_editor,
    calendar_reader,
)
from tests.modules.calendar.people import events, writer_of

pytestmark = pytest.mark.once

API = "/calendar/api/events"
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture
def club(session: Session) -> Club:
    return ClubFactory(name="Chorale")


@pytest.fixture
def editor(login: Login) -> Client:
    return login(calendar_editor(locale="fr"))


def sent(club: Club, **values: Any) -> dict[str, Any]:
    """An event, as a script sends it; what is ``None`` is left out."""
    known = {
        "title": "Concert",
        "club_id": club.id,
        "start": "2031-05-01T18:00",
        "end": "2031-05-01T20:00",
        "location": "Cour",
        "description": "**Venez**",
        "all_day": False,
    }
    return {name: value for name, value in (known | values).items() if value is not None}


def wrong(response: TestResponse) -> set[str]:
    """The fields that a refusal is about."""
    assert response.status_code == 400, response.text
    error = response.get_json()["error"]
    assert error["status"] == 400
    assert error["message"]
    assert all(error["detail"].values())
    return set(error["detail"])


def start_of(event: Event) -> str:
    return f"{rules.rank(When.of(event)):%Y-%m-%d %H:%M}"


# Published


@pytest.mark.parametrize("is_json", [True, False])
def test_an_event_is_published_as_json_or_as_a_form(
    editor: Client, session: Session, club: Club, is_json: bool
) -> None:
    body = sent(club, start="2031-05-01T18:00:00.000Z", end="2031-05-01T22:00+02:00")
    if not is_json:
        body["all_day"] = "false"

    response = editor.post(f"{API}/create", **({"json": body} if is_json else {"data": body}))

    assert response.status_code == 201, response.text
    (event,) = events(session)
    told = {"id": event.id, "uid": event.uid, "series": None, "version": 1}
    assert response.get_json() == {"event": told}
    assert (event.title, event.club_id, event.location) == ("Concert", club.id, "Cour")
    assert start_of(event) == "2031-05-01 20:00"


def test_days_are_published_with_the_last_one_and_weeks_until_a_day(
    editor: Client, session: Session, club: Club
) -> None:
    days = sent(club, start="2031-05-01", end="2031-05-03", all_day=True, until="2031-05-15")

    assert editor.post(f"{API}/create", json=days).status_code == 201

    made = events(session)
    assert [one.end_date.isoformat() for one in made if one.end_date] == [
        "2031-05-03",
        "2031-05-10",
        "2031-05-17",
    ]
    assert len({one.series for one in made}) == 1


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"title": None}, {"title"}),
        ({"title": "  "}, {"title"}),
        ({"title": "x" * 129}, {"title"}),
        ({"title": "Bal\r\nBEGIN:VALARM"}, {"title"}),
        ({"title": "Bal\u202e"}, {"title"}),
        ({"location": "x" * 129}, {"location"}),
        ({"location": "Cour\r\nBEGIN:VALARM"}, {"location"}),
        ({"description": "x" * 5001}, {"description"}),
        ({"description": "a\x00b"}, {"description"}),
        ({"club_id": None}, {"club_id"}),
        ({"club_id": "x"}, {"club_id"}),
        ({"club_id": "1e3"}, {"club_id"}),
        ({"start": None}, {"start"}),
        ({"end": None}, {"end"}),
        ({"start": "x"}, {"start"}),
        ({"start": "2026-01-01T00:00+99:99"}, {"start"}),
        ({"start": "2031-03-30T02:30"}, {"start"}),
        ({"start": "0001-01-01T00:00"}, {"start"}),
        ({"end": "9999-12-31T23:59-12:00"}, {"end"}),
        ({"end": "2031-05-01T18:00"}, {"end"}),
        ({"end": "2031-05-01T17:59"}, {"end"}),
        ({"start": "2031-05-01"}, {"start"}),
        ({"all_day": True}, {"start", "end"}),
        ({"all_day": True, "start": "2031-05-02", "end": "2031-05-01"}, {"end"}),
        ({"until": "2031-04-30"}, {"until"}),
        ({"until": "2041-04-30"}, {"until"}),
        ({"until": "x"}, {"until"}),
        (
            {"start": "2031-03-16T02:30", "end": "2031-03-16T04:00", "until": "2031-04-30"},
            {"until"},
        ),
        ({"uid": "x"}, {"uid"}),
        ({"title": None, "start": "x", "club_id": "y"}, {"title", "start", "club_id"}),
    ],
)
def test_what_is_wrong_is_said_field_by_field_and_nothing_is_published(
    editor: Client, session: Session, club: Club, values: dict[str, Any], fields: set[str]
) -> None:
    response = editor.post(f"{API}/create", json=sent(club, **values))

    assert wrong(response) == fields
    assert events(session) == []


@pytest.mark.parametrize("body", ["[]", "1", "{", '{"title": ["x"]}', '{"title": {}}'])
def test_what_nobody_can_read_is_refused(editor: Client, body: str) -> None:
    response = editor.post(f"{API}/create", data=body, content_type="application/json")

    assert response.status_code == 400
    assert response.get_json()["error"]["status"] == 400


def test_a_hostile_title_of_128_characters_is_kept_as_it_is(
    editor: Client, session: Session, club: Club
) -> None:
    title = HOSTILE.ljust(128, "x")

    editor.post(f"{API}/create", json=sent(club, title=title, description=f"{HOSTILE}\r\nb"))

    (event,) = events(session)
    assert (event.title, event.description) == (title, f"{HOSTILE}\nb")
    page = editor.open_page(f"/calendar/events/{event.id}")
    assert page.text("h1") == title
    assert page.html.select("main img, main script:not([src]):not([type])") == []


# Who may


def test_who_is_not_logged_in_is_told_so_in_json(client: Client) -> None:
    for path in ("create", "edit/1", "delete/1"):
        response = client.post(f"{API}/{path}", json={})
        assert response.status_code == 401
        assert response.get_json()["error"]["status"] == 401


def test_who_only_reads_changes_nothing(login: Login, session: Session, club: Club) -> None:
    event = EventFactory(club=club)
    reader = login(calendar_reader())

    answers = [
        reader.post(f"{API}/create", json=sent(club)),
        reader.post(f"{API}/edit/{event.id}", json=sent(club, version=1)),
        reader.post(f"{API}/delete/{event.id}"),
        reader.post(f"{API}/delete/999999"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert answers[0].get_json()["error"]["status"] == 403
    assert [one.version for one in events(session)] == [1]


def test_who_writes_for_one_club_does_it_for_that_one_alone(
    login: Login, session: Session, club: Club
) -> None:
    other = ClubFactory()
    mine, theirs = EventFactory(club=club), EventFactory(club=other)
    writer = login(writer_of(club))

    def status(path: str, **body: Any) -> int:
        return writer.post(f"{API}/{path}", json=body).status_code

    assert status("create", **sent(club)) == 201
    assert status("create", **sent(other)) == 403
    assert status(f"edit/{mine.id}", **sent(club, version=1)) == 200
    assert status(f"edit/{mine.id}", **sent(other, version=2)) == 403
    assert status(f"edit/{theirs.id}", **sent(club, version=1)) == 403
    assert status(f"delete/{theirs.id}") == 403
    assert status(f"delete/{mine.id}") == 204
    assert [one.club_id for one in events(session)] == [other.id, club.id]


def test_a_club_or_an_event_that_is_not_there_is_missing(
    editor: Client, session: Session, club: Club
) -> None:
    event = EventFactory(club=club)

    answers = [
        editor.post(f"{API}/create", json=sent(club, club_id=999_999)),
        editor.post(f"{API}/edit/{event.id}", json=sent(club, club_id=999_999, version=1)),
        editor.post(f"{API}/edit/999999", json=sent(club, version=1)),
        editor.post(f"{API}/delete/999999"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert all(answer.get_json()["error"]["status"] == 404 for answer in answers)


# Changed, deleted, there again


def test_an_event_is_changed_by_who_saw_it_as_it_is(
    editor: Client, session: Session, club: Club
) -> None:
    event = EventFactory(club=club, location="Cour", description="Gardée")
    path = f"{API}/edit/{event.id}"
    moved = sent(club, version=1, location=None, description=None, all_day=None)

    response = editor.post(path, json=moved)

    assert response.status_code == 200
    assert response.get_json()["event"]["version"] == 2
    (found,) = events(session)
    assert (start_of(found), found.location) == ("2031-05-01 18:00", "Cour")
    assert found.description == "Gardée"
    assert editor.post(path, json=moved).status_code == 409
    assert wrong(editor.post(path, json=sent(club))) == {"version"}
    assert wrong(editor.post(path, json=sent(club, version=2, end="x"))) == {"end"}
    assert wrong(editor.post(path, json=sent(club, version=2, scope="all"))) == {"scope"}


def test_those_that_follow_change_and_go_with_one(
    editor: Client, session: Session, club: Club
) -> None:
    editor.post(f"{API}/create", json=sent(club, until="2031-05-22"))
    keys = [one.id for one in events(session)]
    change = sent(club, title="Bal", start="2031-05-08T18:00", end="2031-05-08T20:00", version=1)

    edited = editor.post(f"{API}/edit/{keys[1]}", json=change | {"scope": "following"})
    titles = [one.title for one in events(session)]
    deleted = editor.post(f"{API}/delete/{keys[2]}", json={"scope": "following", "version": 2})

    assert (edited.status_code, deleted.status_code) == (200, 204)
    assert titles == ["Concert", "Bal", "Bal", "Bal"]
    assert [one.id for one in events(session)] == keys[:2]


def test_a_deleted_event_is_there_again_as_the_same_one_and_higher(
    editor: Client, session: Session, club: Club
) -> None:
    series = str(uuid.uuid4())
    event = EventFactory(club=club, version=4, series=series, cancelled_at=clock.now())
    uid, path = event.uid, f"{API}/delete/{event.id}"
    again = sent(club, uid=uid, series=str(uuid.uuid4()), version=99, cancelled=False)
    assert editor.post(f"{API}/create", json=again).status_code == 409
    assert editor.post(path, json={"version": 3}).status_code == 409

    deleted = editor.post(path)
    made = editor.post(f"{API}/create", json=again)

    assert (deleted.status_code, deleted.data) == (204, b"")
    assert made.status_code == 201
    (found,) = events(session)
    assert (found.uid, found.series, found.version) == (uid, series, 5)
    assert found.cancelled_at is not None


def test_nobody_takes_the_name_of_an_event_of_another_club_or_of_none(
    login: Login, session: Session, club: Club
) -> None:
    other = ClubFactory()
    theirs, mine = EventFactory(club=other), EventFactory(club=club)
    uids = theirs.uid, mine.uid, str(uuid.uuid4())
    login(calendar_editor()).post(f"{API}/delete/{theirs.id}")
    writer = login(writer_of(club))

    for uid in uids:
        answer = writer.post(f"{API}/create", json=sent(club, uid=uid))
        assert answer.status_code == 409
        assert "supprimé" in answer.get_json()["error"]["message"]
    assert [one.id for one in events(session)] == [mine.id]

    writer.post(f"{API}/delete/{mine.id}")
    assert writer.post(f"{API}/create", json=sent(club, uid=uids[1])).status_code == 201
