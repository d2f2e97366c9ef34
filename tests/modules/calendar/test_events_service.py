"""What is done of events: published, changed, called off, deleted, alone or with their series."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import NotificationTopic
from app.models import AuditEvent, Club, Event, Notification, Origin, PCeen
from app.modules.calendar.errors import (
    NoSuchClub,
    NoSuchEvent,
    NotJustDeleted,
    SkippedWeek,
    StaleCalendar,
    TooManyWeeks,
    UidTaken,
)
from app.modules.calendar.queries.events import deleted
from app.modules.calendar.rules import events as rules, words
from app.modules.calendar.rules.events import When
from app.modules.calendar.service import events as service
from tests.factories import PCeenFactory
from tests.factories.calendar import ClubFactory, EventFactory, calendar_reader
from tests.modules.calendar.people import draft, evening, events, hours, soon


@pytest.fixture
def club(session: Session) -> Club:
    return ClubFactory(name="Chorale")


@pytest.fixture
def ada(session: Session) -> PCeen:
    return PCeenFactory()


def told(session: Session) -> list[str]:
    """The titles of what the followers of the calendar were told."""
    stmt = sa.select(Notification.title).where(Notification.topic == NotificationTopic.calendar)
    return list(session.scalars(stmt.order_by(Notification.id)))


def actions(session: Session) -> list[str]:
    stmt = sa.select(AuditEvent.action).where(AuditEvent.action.startswith("calendar."))
    return list(session.scalars(stmt.order_by(AuditEvent.id)))


def starts(found: list[Event]) -> list[str]:
    """When events begin, in Paris."""
    return [f"{rules.rank(When.of(one)):%Y-%m-%d %H:%M}" for one in found]


def weekly(session: Session, club: Club, ada: PCeen, count: int = 4) -> list[Event]:
    """A series of evenings, one each week."""
    day = soon()
    until = day + timedelta(weeks=count - 1)
    service.create(session, draft(club, evening(day)), author=ada, until=until)
    return events(session)


# Published


def test_an_event_is_published_and_its_followers_are_told(
    session: Session, club: Club, ada: PCeen
) -> None:
    reader = calendar_reader()

    made = service.create(session, draft(club, title="Concert"), author=ada)

    assert uuid.UUID(made.uid)
    assert (made.version, made.series, made.author, made.by_id) == (1, None, ada, None)
    assert actions(session) == ["calendar.event.create"]
    (notice,) = session.scalars(sa.select(Notification))
    assert (notice.title, notice.title_en) != ("", "")
    assert notice.title == "Nouvel événement : Concert"
    assert notice.body.startswith("Chorale : ")
    assert notice.url == f"/calendar/events/{made.id}"
    assert notice.audience_count == 1, reader


def test_what_a_gri_does_in_place_of_someone_says_so(
    session: Session, club: Club, ada: PCeen
) -> None:
    gri = PCeenFactory()
    session.info["origin"] = Origin(actor_id=gri.id, as_id=ada.id)

    made = service.create(session, draft(club), author=ada)

    assert (made.author_id, made.by_id) == (ada.id, gri.id)


def test_nobody_is_told_of_what_is_past(session: Session, club: Club, ada: PCeen) -> None:
    past = hours("2020-05-01T18:00", "2020-05-01T20:00")

    made = service.create(session, draft(club, past), author=ada)
    service.cancel(session, made.id, is_cancelled=True, version=1)

    assert told(session) == []


def test_each_week_of_a_series_is_an_event_and_one_message_tells_of_them(
    session: Session, club: Club, ada: PCeen
) -> None:
    made = weekly(session, club, ada)

    assert len(made) == 4
    assert len({one.uid for one in made}) == 4
    assert len({one.series for one in made}) == 1
    assert made[0].series is not None
    assert len(told(session)) == 1
    (line,) = session.scalars(sa.select(AuditEvent).where(AuditEvent.action.like("calendar.%")))
    assert line.after is not None
    assert line.after["others"] == [one.id for one in made[1:]]


def test_a_series_that_cannot_be_leaves_nothing(session: Session, club: Club, ada: PCeen) -> None:
    day = soon()

    with pytest.raises(TooManyWeeks):
        service.create(session, draft(club), author=ada, until=day + timedelta(weeks=70))

    assert events(session) == []


def test_an_event_of_a_club_that_is_gone_is_refused(
    session: Session, club: Club, ada: PCeen
) -> None:
    wanted = draft(club)
    session.delete(club)
    session.commit()

    with pytest.raises(NoSuchClub):
        service.create(session, wanted, author=ada)


# There again


def test_a_deleted_event_is_there_again_as_programs_know_it(
    session: Session, club: Club, ada: PCeen
) -> None:
    made = service.create(session, draft(club), author=ada)
    made.series = "s"
    service.cancel(session, made.id, is_cancelled=True, version=1)
    service.delete(session, made.id, version=2)
    again = deleted(session, made.uid)
    before = told(session)

    found = service.create_again(session, draft(club), author=ada, again=again)

    assert (found.uid, found.version, found.series) == (again.uid, 3, "s")
    assert found.cancelled_at is not None
    assert told(session) == before
    with pytest.raises(UidTaken):
        service.create_again(session, draft(club), author=ada, again=again)


def test_what_each_event_of_a_series_was_is_known_for_an_hour(
    session: Session, club: Club, ada: PCeen
) -> None:
    made = weekly(session, club, ada)
    uids = [one.uid for one in made]
    service.delete(session, made[1].id, version=1, following=True)
    session.commit()

    for uid in uids[1:]:
        found = deleted(session, uid)
        assert (found.uid, found.club, found.version) == (uid, club.id, 1)
        assert found.series is not None
        assert not found.cancelled
    with pytest.raises(NotJustDeleted):
        deleted(session, uids[0])
    with (
        time_machine.travel(clock.now() + timedelta(minutes=61), tick=False),
        pytest.raises(NotJustDeleted),
    ):
        deleted(session, uids[1])


# Changed


def test_an_event_is_changed_by_who_saw_it_as_it_is(
    session: Session, club: Club, ada: PCeen
) -> None:
    made = service.create(session, draft(club), author=ada)
    other = ClubFactory()
    uid = made.uid

    wanted = draft(
        other, hours("2031-05-01T18:00", "2031-05-02T01:00"), title="Bal", location="Cour"
    )
    assert service.edit(session, made.id, wanted, version=1) == 1

    (found,) = events(session)
    assert (found.title, found.location, found.club_id) == ("Bal", "Cour", other.id)
    assert (found.uid, found.version) == (uid, 2)
    assert found.updated_at > found.created_at
    assert starts([found]) == ["2031-05-01 18:00"]
    assert service.edit(session, made.id, wanted, version=2) == 0
    with pytest.raises(StaleCalendar):
        service.edit(session, made.id, wanted, version=1)
    with pytest.raises(NoSuchEvent):
        service.edit(session, 999_999, wanted, version=1)


def test_an_event_of_hours_becomes_one_of_days_and_back(
    session: Session, club: Club, ada: PCeen
) -> None:
    made = service.create(session, draft(club), author=ada)
    days = rules.days(date(2031, 5, 1), date(2031, 5, 3))

    service.edit(session, made.id, draft(club, days), version=1)
    (found,) = events(session)
    assert (found.all_day, found.start_time, found.end_date) == (True, None, date(2031, 5, 3))

    service.edit(session, made.id, draft(club), version=2)
    (found,) = events(session)
    assert (found.all_day, found.start_date) == (False, None)


def test_followers_are_told_of_what_moves_and_of_nothing_else(
    session: Session, club: Club, ada: PCeen
) -> None:
    day = soon()
    made = service.create(session, draft(club, evening(day)), author=ada)

    service.edit(session, made.id, draft(club, evening(day), title="Concert"), version=1)
    assert len(told(session)) == 1
    service.edit(
        session, made.id, draft(club, evening(day), title="Concert", location="Cour"), version=2
    )
    later = evening(day + timedelta(days=1))
    service.edit(session, made.id, draft(club, later, title="Concert", location="Cour"), version=3)

    assert told(session)[1:] == ["Déplacé : Concert"] * 2
    bodies = list(session.scalars(sa.select(Notification.body).order_by(Notification.id)))
    assert "Cour" in bodies[1]
    assert "et non" in bodies[2]
    service.cancel(session, made.id, is_cancelled=True, version=4)
    service.edit(session, made.id, draft(club, evening(day), title="Concert"), version=5)
    assert told(session)[3:] == ["Annulé : Concert"]


def test_what_changes_of_one_changes_of_those_that_follow_and_nothing_more(
    session: Session, club: Club, ada: PCeen
) -> None:
    _first, second, third, _fourth = weekly(session, club, ada)
    alone = draft(club, When.of(third), title="Générale", location="Théâtre")
    service.edit(session, third.id, alone, version=1)

    wanted = draft(club, When.of(second), title="Chœur")
    assert service.edit(session, second.id, wanted, version=1, following=True) == 3

    found = events(session)
    assert [one.title for one in found] == ["Répétition", "Chœur", "Chœur", "Chœur"]
    assert [one.location for one in found] == ["", "", "Théâtre", ""]
    assert [one.version for one in found] == [1, 2, 3, 2]


def test_those_that_follow_move_with_one(session: Session, club: Club, ada: PCeen) -> None:
    _first, second, *_others = made = weekly(session, club, ada)
    before = [rules.rank(When.of(one)) for one in made]
    start, end = When.of(second).instants
    later = rules.timed(start + timedelta(days=1, hours=1), end + timedelta(days=1, hours=2))

    service.edit(session, second.id, draft(club, later), version=1, following=True)

    found = events(session)
    after = [rules.rank(When.of(one)) for one in found]
    moved = timedelta(days=1, hours=1)
    assert after == [before[0], *(one + moved for one in before[1:])]
    assert {one.end_time - one.start_time for one in found[1:]} == {timedelta(hours=2, minutes=30)}
    assert len(told(session)) == 2


def test_the_first_to_come_of_those_that_move_is_told_with_how_many_follow(
    session: Session, club: Club, ada: PCeen
) -> None:
    day = clock.today() - timedelta(days=12)  # two of them are past
    until = day + timedelta(weeks=5)
    made = service.create(session, draft(club, evening(day)), author=ada, until=until)
    past, _past, off, third, *_last = found = events(session)
    service.cancel(session, off.id, is_cancelled=True, version=1)
    former = words.in_words(When.of(third))
    start, end = When.of(past).instants
    later = rules.timed(start + timedelta(hours=1), end + timedelta(hours=1))

    service.edit(session, made.id, draft(club, later), version=1, following=True)

    notices = session.scalars(sa.select(Notification).order_by(Notification.id)).all()
    assert [one.title for one in notices] == [
        "Nouvel événement : Répétition",
        "Annulé : Répétition",
        "Déplacé : Répétition",
    ]
    new, _off, moved = notices
    assert new.url == f"/calendar/events/{off.id}"
    assert "puis chaque semaine" in new.body
    assert moved.url == f"/calendar/events/{third.id}"
    assert moved.body.endswith(f", et non {former}, ainsi que les 2 suivants.")
    assert len(found) == 6


def test_a_move_that_one_other_follows_or_none_says_so(
    session: Session, club: Club, ada: PCeen
) -> None:
    made = weekly(session, club, ada)
    elsewhere = draft(club, When.of(made[2]), location="Cour")
    service.edit(session, made[2].id, elsewhere, version=1, following=True)
    service.edit(session, made[3].id, draft(club, location="Hall"), version=2)

    two, one = list(session.scalars(sa.select(Notification.body).order_by(Notification.id)))[1:]
    assert two.endswith("C'est à présent ici : Cour, ainsi que le suivant.")
    assert "ainsi" not in one


def test_one_of_a_series_moves_alone(session: Session, club: Club, ada: PCeen) -> None:
    made = weekly(session, club, ada)
    before = starts(made)

    service.edit(session, made[1].id, draft(club, evening(soon(2))), version=1)

    assert starts(events(session))[2:] == before[2:]


def test_a_series_is_not_moved_to_an_hour_that_does_not_exist(
    session: Session, club: Club, ada: PCeen
) -> None:
    first = hours("2031-03-16T18:00", "2031-03-16T20:00")  # clocks go forward on the 30th
    made = service.create(session, draft(club, first), author=ada, until=date(2031, 4, 6))
    early = hours("2031-03-16T02:30", "2031-03-16T04:00")
    session.commit()

    with pytest.raises(SkippedWeek) as refused:
        service.edit(session, made.id, draft(club, early), version=1, following=True)

    assert refused.value.day == date(2031, 3, 30)
    session.rollback()
    assert [one.version for one in events(session)] == [1] * 4


def test_those_that_went_to_another_club_do_not_follow(
    session: Session, club: Club, ada: PCeen
) -> None:
    made = weekly(session, club, ada)
    other = ClubFactory()
    service.edit(session, made[2].id, draft(other, When.of(made[2])), version=1)

    wanted = draft(club, When.of(made[0]), title="Chœur")
    assert service.edit(session, made[0].id, wanted, version=1, following=True) == 3
    assert service.delete(session, made[0].id, version=2, following=True) == 3

    (left,) = events(session)
    assert (left.id, left.title) == (made[2].id, "Répétition")


# Called off, deleted


def test_an_event_is_called_off_then_takes_place_after_all(
    session: Session, club: Club, ada: PCeen
) -> None:
    made = service.create(session, draft(club, title="Bal"), author=ada)

    assert service.cancel(session, made.id, is_cancelled=True, version=1)
    assert made.cancelled_at is not None
    assert not service.cancel(session, made.id, is_cancelled=True, version=2)
    assert service.cancel(session, made.id, is_cancelled=False, version=2)

    assert (made.cancelled_at, made.version) == (None, 3)
    assert told(session)[1:] == ["Annulé : Bal", "Maintenu : Bal"]
    assert actions(session)[1:] == ["calendar.event.cancel", "calendar.event.restore"]
    with pytest.raises(StaleCalendar):
        service.cancel(session, made.id, is_cancelled=True, version=1)


def test_an_event_is_deleted_alone_or_with_those_that_follow(
    session: Session, club: Club, ada: PCeen
) -> None:
    made = weekly(session, club, ada)
    keys = [one.id for one in made]
    with pytest.raises(StaleCalendar):
        service.delete(session, keys[0], version=2)

    assert service.delete(session, keys[0], version=1) == 1
    assert service.delete(session, keys[2], version=1, following=True) == 2

    assert [one.id for one in events(session)] == [keys[1]]
    with pytest.raises(NoSuchEvent):
        service.delete(session, keys[0], version=1, following=True)


# What the database refuses


@pytest.mark.parametrize(
    "columns",
    [
        {"end_time": datetime(2031, 5, 1, 17, 59, tzinfo=UTC)},
        {"end_time": datetime(2031, 5, 1, 18, 0, tzinfo=UTC)},
        {"end_time": None},
        {"start_date": date(2031, 5, 1), "end_date": date(2031, 5, 1)},
        {"all_day": True},
        {
            "all_day": True,
            "start_time": None,
            "end_time": None,
            "start_date": date(2031, 5, 2),
            "end_date": date(2031, 5, 1),
        },
    ],
)
def test_the_database_refuses_what_does_not_end_after_it_starts(
    session: Session, club: Club, columns: dict[str, object]
) -> None:
    right = {
        "all_day": False,
        "start_time": datetime(2031, 5, 1, 18, tzinfo=UTC),
        "end_time": datetime(2031, 5, 1, 19, tzinfo=UTC),
        "start_date": None,
        "end_date": None,
    }
    EventFactory(club=club, **right)

    wrong = sa.insert(Event).values(
        uid="x", title="x", description="", location="", club_id=club.id, **(right | columns)
    )
    nested = session.begin_nested()
    with pytest.raises(DBAPIError, match="one_pair_in_order"):
        session.execute(wrong)
    nested.rollback()

    assert len(events(session)) == 1
