"""What programs follow: feeds that end, names that stay, days and clocks as they are."""

import logging
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.enums import BasketStatus, PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import AuditEvent, CalendarFeed, Club, Event
from app.modules.calendar.exports.ics import color_name
from app.modules.calendar.service.feeds import FEEDS_MAX
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory, base as factories
from tests.factories.calendar import ClubFactory, EventFactory, calendar_editor, calendar_reader
from tests.factories.club_q import SalleFactory, SeasonFactory, SpectacleFactory, make_current
from tests.factories.community import (
    BasketFactory,
    PlayFactory,
    RepresentationFactory,
    SaisonFactory,
)
from tests.factories.people import role_with
from tests.modules.account.factors import logged_in
from tests.modules.calendar.feeds import feed_of, fetched, read


def in_paris(*when: int) -> datetime:
    return datetime(*when, tzinfo=PARIS).astimezone(UTC)  # type: ignore[arg-type, misc]


# What is read


def test_a_feed_of_nothing_is_a_calendar(client: Client, session: Session) -> None:
    assert read(fetched(client, feed_of(calendar_reader()))) == {}


def test_an_event_is_told_with_all_that_is_known_of_it(client: Client, session: Session) -> None:
    changed = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    event = EventFactory(
        title="Gala, le vrai; enfin\\",
        description="À **20 h**\nTenue de soirée",
        location="Hall B",
        club=ClubFactory(name="Bureau", color="#ff0000"),
        start_time=in_paris(2026, 11, 24, 20, 30),
        end_time=in_paris(2026, 11, 25, 1, 0),
        updated_at=changed,
        version=4,
    )
    answer = fetched(client, feed_of(calendar_reader()))

    found = read(answer)[f"event-{event.uid}@localhost"]

    assert found.summary.value == "Gala, le vrai; enfin\\"
    assert found.description.value == "[Bureau]\nÀ **20 h**\nTenue de soirée"
    assert found.location.value == "Hall B"
    assert found.dtstart.value == event.start_time
    assert found.dtend.value == event.end_time
    assert found.dtstart.params["X-VOBJ-ORIGINAL-TZID"] == ["Europe/Paris"]
    assert found.sequence.value == "4"
    assert found.dtstamp.value == found.last_modified.value == changed
    assert found.categories.value == ["Bureau"]
    assert (found.color.value, found.status.value) == ("red", "CONFIRMED")
    assert found.url.value == f"http://localhost/calendar/events/{event.id}"


def test_the_file_is_as_the_standard_wants_it(client: Client, session: Session) -> None:
    EventFactory(title="É" * 128, description="long " * 200)
    answer = fetched(client, feed_of(calendar_reader()))

    lines = answer.data.split(b"\r\n")

    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert answer.data.decode()
    assert lines.count(b"BEGIN:VTIMEZONE") == 1
    assert b"TZID:Europe/Paris" in lines


@pytest.mark.once
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ((2026, 3, 29, 1, 30), (2026, 3, 29, 3, 30)),  # an hour, over the one that is skipped
        ((2026, 10, 25, 1, 30), (2026, 10, 25, 3, 30)),  # three, over the one that comes twice
        ((2026, 10, 24, 22, 0), (2026, 10, 25, 2, 30)),
        ((2026, 12, 31, 22, 0), (2027, 1, 1, 2, 0)),
    ],
)
def test_a_program_finds_the_same_instants_over_both_changes_of_clocks(
    client: Client, session: Session, start: tuple[int, ...], end: tuple[int, ...]
) -> None:
    event = EventFactory(start_time=in_paris(*start), end_time=in_paris(*end))

    (found,) = read(fetched(client, feed_of(calendar_reader()))).values()

    assert (found.dtstart.value, found.dtend.value) == (event.start_time, event.end_time)


@pytest.mark.once
def test_the_hour_that_comes_twice_is_told_in_universal_time(
    client: Client, session: Session
) -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 2:30 in Paris, then 2:30 again
    event = EventFactory(start_time=first, end_time=first + timedelta(hours=1))
    answer = fetched(client, feed_of(calendar_reader()))

    (found,) = read(answer).values()

    assert (found.dtstart.value, found.dtend.value) == (event.start_time, event.end_time)
    assert b"DTSTART:20261025T003000Z\r\n" in answer.data
    assert b"DTEND:20261025T013000Z\r\n" in answer.data


def test_whole_days_end_the_day_after_the_last(client: Client, session: Session) -> None:
    EventFactory(all_day=True, start_date=date(2026, 5, 1), end_date=date(2026, 5, 3))
    answer = fetched(client, feed_of(calendar_reader()))

    (found,) = read(answer).values()

    assert (found.dtstart.value, found.dtend.value) == (date(2026, 5, 1), date(2026, 5, 4))
    assert b"DTSTART;VALUE=DATE:20260501\r\n" in answer.data


def test_shows_performances_and_ones_own_baskets_are_there_for_those_concerned(
    client: Client, session: Session
) -> None:
    reader = calendar_reader(roles=[role_with((T.read, S.calendar), (T.read, S.club_q))])
    season = make_current(SeasonFactory())
    hall = SalleFactory(nom="Odéon", adresse="1 rue X")
    show = SpectacleFactory(season_id=season.id, salle_id=hall.id, duration=95, nom="Phèdre")
    play = PlayFactory(saison_id=SaisonFactory().id, name="Antigone")
    night = clock.now() + timedelta(days=3)
    played = RepresentationFactory(spectacle_id=play.id, date=night)
    mine, _other = BasketFactory(pceen=reader), BasketFactory()
    BasketFactory(pceen=reader, status=BasketStatus.waiting, date=clock.today() + timedelta(7))

    found = read(fetched(client, feed_of(reader)))

    assert set(found) == {
        f"clubq-{show.id}@localhost",
        f"representation-{played.id}@localhost",
        f"panier-{mine.id}@localhost",
    }
    told = found[f"clubq-{show.id}@localhost"]
    assert told.dtend.value - told.dtstart.value == timedelta(minutes=95)
    assert told.location.value == "Odéon, 1 rue X"
    assert told.description.value == "[Club Q]"
    assert not hasattr(found[f"representation-{played.id}@localhost"], "dtend")
    assert found[f"panier-{mine.id}@localhost"].dtstart.value == mine.date


def test_shows_are_for_who_reads_club_q_and_hidden_seasons_for_nobody(
    client: Client, session: Session
) -> None:
    make_current(SeasonFactory())
    SpectacleFactory(season_id=make_current(SeasonFactory()).id)
    play = PlayFactory(saison_id=SaisonFactory(hidden=True).id)
    RepresentationFactory(spectacle_id=play.id, date=clock.now() + timedelta(days=3))

    assert read(fetched(client, feed_of(calendar_reader()))) == {}


def test_what_ended_three_years_ago_is_left_out(client: Client, session: Session) -> None:
    now = clock.now()
    for years in (2, 4):
        then = now - timedelta(days=365 * years)
        EventFactory(title=f"Il y a {years} ans", start_time=then, end_time=then + timedelta(1))

    (found,) = read(fetched(client, feed_of(calendar_reader()))).values()

    assert found.summary.value == "Il y a 2 ans"


def test_what_is_cancelled_says_so(client: Client, session: Session) -> None:
    EventFactory(cancelled_at=clock.now())

    (found,) = read(fetched(client, feed_of(calendar_reader()))).values()

    assert found.status.value == "CANCELLED"


@pytest.mark.once
def test_a_hostile_title_stays_a_title(client: Client, session: Session) -> None:
    title = "</script><img onerror=…>\r\nBEGIN:VALARM\rX:1\x0b\u202e"
    EventFactory(title=title, location="a\r\nEND:VEVENT")
    answer = fetched(client, feed_of(calendar_reader()))

    (found,) = read(answer).values()

    assert found.summary.value == "</script><img onerror=…>\nBEGIN:VALARM\nX:1"
    assert b"\r\nBEGIN:VALARM" not in answer.data
    assert answer.data.count(b"\r\nEND:VEVENT\r\n") == 1
    assert not hasattr(found, "valarm")


@pytest.mark.once
def test_a_colour_is_named_as_the_standard_names_them() -> None:
    assert color_name("#dc8add") == "plum"
    assert color_name("#152f4e") == "midnightblue"
    assert color_name("#000000") == "black"


# From a fetch to the next


def test_two_fetches_are_the_same_and_the_second_costs_nothing(
    client: Client, session: Session
) -> None:
    EventFactory()
    address = feed_of(calendar_reader())
    first = fetched(client, address)

    with time_machine.travel(clock.now() + timedelta(minutes=90), tick=False):
        second = fetched(client, address)
        program = client.application.test_client()
        third = program.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert second.data == first.data
    assert (third.status_code, third.data) == (304, b"")
    assert third.headers["ETag"] == first.headers["ETag"]


def test_an_edited_event_keeps_its_name_and_a_deleted_one_disappears(
    client: Client, session: Session
) -> None:
    event, address = EventFactory(), feed_of(calendar_reader())
    before = fetched(client, address)
    (name,) = read(before)

    event.title, event.version = "Autre titre", event.version + 1
    session.commit()
    after = fetched(client, address)

    assert [(k, v.sequence.value) for k, v in read(before).items()] == [(name, "1")]
    assert [(k, v.sequence.value) for k, v in read(after).items()] == [(name, "2")]
    assert after.headers["ETag"] != before.headers["ETag"]

    session.delete(event)
    session.commit()

    assert read(fetched(client, address)) == {}


def test_a_feed_answers_to_what_only_asks_whether_it_is_there(
    client: Client, session: Session
) -> None:
    address = feed_of(calendar_reader())

    answer = client.application.test_client().head(address)

    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"] == fetched(client, address).headers["ETag"]


def test_it_is_written_once_an_hour_that_a_feed_is_read(shared: Flask) -> None:
    with shared.app_context():
        factories.use(db.session())
        address = feed_of(calendar_reader())
    program, now = shared.test_client(), clock.now()

    def read_at(minutes: int) -> datetime | None:
        with time_machine.travel(now + timedelta(minutes=minutes), tick=False):
            assert program.get(address).status_code == 200
        with shared.app_context():
            return db.session.scalars(sa.select(CalendarFeed.read_at)).one()

    assert read_at(0) == now
    assert read_at(50) == now
    assert read_at(70) == now + timedelta(minutes=70)


@pytest.mark.once
@pytest.mark.parametrize(
    "wrong",
    [
        "title = ''",
        "uid = ''",
        "start_time = NULL",
        "end_time = start_time",
        "start_time = '2026-13-45 00:00:00'",
        "end_time = 'demain'",
        "start_date = '2026-01-01'",
        "updated_at = 'hier'",
        "version = 'deux'",
    ],
)
def test_a_row_that_makes_no_sense_is_left_out_and_logged(
    client: Client,
    session: Session,
    login: Login,
    caplog: pytest.LogCaptureFixture,
    wrong: str,
) -> None:
    kept, faulty, reader = EventFactory(), EventFactory(), calendar_reader()
    key, title, address = faulty.id, faulty.title, feed_of(reader)
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("the others refuse it themselves")
    session.execute(sa.text("PRAGMA ignore_check_constraints = ON"))
    try:
        session.execute(sa.text(f"UPDATE event SET {wrong} WHERE id = :key"), {"key": key})
        session.commit()
        with caplog.at_level(logging.WARNING, "app"):
            found = read(fetched(client, address))
            month = f"{kept.start_time.astimezone(PARIS):%Y-%m}"
            page = login(reader).open_page(f"/calendar/?month={month}")
            home = login(reader).open_page("/")
    finally:
        session.execute(sa.text("PRAGMA ignore_check_constraints = OFF"))

    assert list(found) == [f"event-{kept.uid}@localhost"]
    assert page.texts(".agenda-what a") == [kept.title]
    assert kept.title in home.text("main")
    assert title not in home.text("main")
    # what ends nowhere, or too far, is not even read
    if wrong not in ("start_time = NULL", "end_time = 'demain'"):
        assert f"event {key} is left out" in caplog.text


@pytest.mark.once
def test_a_club_whose_colour_makes_no_sense_is_grey(client: Client, session: Session) -> None:
    EventFactory()
    session.execute(sa.update(Club).values(color="rouge"))
    session.commit()

    (found,) = read(fetched(client, feed_of(calendar_reader()))).values()

    assert found.color.value == color_name("#757575")


def test_five_thousand_events_are_a_few_statements(
    client: Client, session: Session, queries: list[str]
) -> None:
    event = EventFactory()
    now = clock.now()
    session.execute(
        sa.insert(Event),
        [
            {
                "uid": f"00000000-0000-0000-0000-{number:012d}",
                "title": f"Événement {number}",
                "all_day": False,
                "start_time": now + timedelta(hours=number),
                "end_time": now + timedelta(hours=number + 1),
                "club_id": event.club_id,
            }
            for number in range(4999)
        ],
    )
    session.commit()
    address = feed_of(calendar_reader())
    queries.clear()

    answer = fetched(client, address)

    assert len(queries) <= 15, "\n".join(queries)
    assert answer.data.count(b"BEGIN:VEVENT") == 5000


# Whose it is


def test_a_feed_that_is_unknown_or_revoked_is_not_there(client: Client, session: Session) -> None:
    reader = calendar_reader()
    ended, kept = feed_of(reader, revoked_at=clock.now()), feed_of(reader)

    assert fetched(client, ended).status_code == 404
    assert fetched(client, "/calendar/feed/nothing/calendrier.ics").status_code == 404
    assert fetched(client, kept).status_code == 200


def test_a_feed_is_closed_with_the_rights_or_the_account_of_who_has_it(
    client: Client, session: Session
) -> None:
    reader = calendar_reader()
    address = feed_of(reader)
    roles, reader.roles = reader.roles, []
    session.commit()

    assert fetched(client, address).status_code == 403

    reader.roles, reader.disabled_at = roles, clock.now()
    session.commit()

    assert fetched(client, address).status_code == 403

    reader.disabled_at = None
    session.commit()

    assert fetched(client, address).status_code == 200


def test_the_address_of_a_feed_is_shown_once_and_only_its_digest_is_kept(
    client: Client, session: Session, login: Login
) -> None:
    browser = login(calendar_reader(locale="fr"))
    page = browser.open_page("/calendar/feeds")
    key = page.html.select_one("[name=idempotency_key]")["value"]

    page = browser.submit("/calendar/feeds", name="Mon téléphone", idempotency_key=key)

    address = page.text(".copy-value")
    feed = session.scalars(sa.select(CalendarFeed)).one()
    assert address.startswith("http://localhost/calendar/feed/")
    secret = address.split("/")[-2]
    assert len(secret) == 43
    assert secret not in (feed.token_hash, feed.name)
    assert page.html.select_one(".feed-made a")["href"] == address.replace("http:", "webcal:")
    assert fetched(client, address.removeprefix("http://localhost")).status_code == 200
    assert secret not in str(browser.open_page("/calendar/feeds").html)

    again = browser.submit("/calendar/feeds", name="Mon téléphone", idempotency_key=key)

    assert again.html.select(".copy-value") == []
    assert "une fois" in again.flashes[0]
    assert session.scalars(sa.select(CalendarFeed)).all() == [feed]


def test_a_name_is_asked_and_five_feeds_are_enough(
    client: Client, session: Session, login: Login
) -> None:
    reader = calendar_reader(locale="fr")
    browser = login(reader)
    nameless = browser.submit("/calendar/feeds", name=" ", status=422)
    for number in range(FEEDS_MAX):
        feed_of(reader, name=f"Appareil {number}")
    feed_of(calendar_reader())

    page = browser.submit("/calendar/feeds", name="Un de trop", status=422)

    assert "obligatoire" in nameless.text("#name-errors")
    assert "5 adresses au plus" in page.text("#name-errors")
    assert page.texts("td.headline") == [f"Appareil {number}" for number in range(FEEDS_MAX)]

    browser.submit(f"/calendar/feeds/{session.scalar(sa.func.min(CalendarFeed.id))}/revoke")

    assert browser.submit("/calendar/feeds", name="À la place").html.select(".copy-value")


def test_ones_own_feed_ends_at_once_and_the_others_go_on(
    client: Client, session: Session, login: Login
) -> None:
    reader = calendar_reader(locale="fr")
    ended, kept = feed_of(reader, name="Perdu"), feed_of(reader, name="Gardé")
    key = session.scalars(sa.select(CalendarFeed.id).where(CalendarFeed.name == "Perdu")).one()

    page = login(reader).submit(f"/calendar/feeds/{key}/revoke")

    assert page.texts("td.headline") == ["Gardé"]
    assert fetched(client, ended).status_code == 404
    assert fetched(client, kept).status_code == 200


def test_a_gri_makes_no_address_of_someone_else(app: Flask, session: Session) -> None:
    gri, bob = PCeenFactory(slugs=["gri"]), calendar_reader(locale="fr")
    browser = logged_in(app, gri, doas=bob, doas_reason="test", doas_since=clock.now())
    with browser.session_transaction() as cookie:
        cookie["doas"] = True

    assert browser.get("/calendar/feeds").status_code == 403
    assert browser.post("/calendar/feeds", data={"name": "Volée"}).status_code == 403
    assert "S'abonner" not in browser.open_page("/calendar/").text(".page-head")
    assert session.scalars(sa.select(CalendarFeed)).all() == []


def test_addresses_that_are_made_and_ended_are_written_down(
    client: Client, session: Session, login: Login
) -> None:
    browser = login(calendar_reader(locale="fr"))
    browser.submit("/calendar/feeds", name="Mon téléphone")
    feed = session.scalars(sa.select(CalendarFeed)).one()
    for _twice in range(2):
        browser.submit(f"/calendar/feeds/{feed.id}/revoke")

    stmt = sa.select(AuditEvent).where(AuditEvent.action.startswith("calendar.feed."))
    lines = session.scalars(stmt.order_by(AuditEvent.id)).all()
    told = [(one.action, one.object_id, one.after or one.before) for one in lines]
    assert told == [
        ("calendar.feed.create", feed.id, {"name": "Mon téléphone"}),
        ("calendar.feed.revoke", feed.id, {"name": "Mon téléphone"}),
    ]


def test_nobody_ends_the_feed_of_somebody_else_but_a_gri(
    client: Client, session: Session, login: Login
) -> None:
    address = feed_of(calendar_reader())
    key = session.scalars(sa.select(CalendarFeed.id)).one()

    for stranger in (calendar_reader(), calendar_editor()):
        assert login(stranger).post(f"/calendar/feeds/{key}/revoke").status_code == 404
    assert fetched(client, address).status_code == 200

    login(PCeenFactory(slugs=["gri"])).post(f"/calendar/feeds/{key}/revoke")

    assert fetched(client, address).status_code == 404


def test_a_secret_is_in_no_log(
    client: Client, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    address = feed_of(calendar_reader())

    with caplog.at_level(logging.DEBUG):
        answer = fetched(client, address)
        fetched(client, address.replace("/calendrier.ics", "x/calendrier.ics"))

    assert address.split("/")[3] not in caplog.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"
