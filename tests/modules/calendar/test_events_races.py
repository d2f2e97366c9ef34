"""Events and clubs that several change at once: on real connections."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Club, Event, PCeen, Permission
from app.modules.calendar.rules.events import When
from app.modules.calendar.service import clubs, events as service
from tests.factories import PCeenFactory
from tests.factories.calendar import ClubFactory
from tests.factories.people import role_with
from tests.modules.bar.ledger_site import Act, Site, at_once
from tests.modules.calendar.people import draft, evening, events, soon


@pytest.fixture
def site(shared: Flask) -> Iterator[Site]:
    yield Site(shared)
    with shared.app_context():
        db.session.remove()


def series(site: Site, weeks: int) -> tuple[int, list[int]]:
    """A club, and a series of its events."""

    def make(session: Session) -> tuple[int, list[int]]:
        club, ada = ClubFactory(), PCeenFactory()
        until = soon() + timedelta(weeks=weeks - 1) if weeks > 1 else None
        service.create(session, draft(club, evening(soon())), author=ada, until=until)
        return club.id, [one.id for one in events(session)]

    return site.ask(make)


def editing(site: Site, club: int, key: int, title: str, *, following: bool = False) -> Act:
    when = site.ask(lambda session: When.of(session.get_one(Event, key)))

    def work(session: Session) -> None:
        wanted = draft(session.get_one(Club, club), when, title=title)
        service.edit(session, key, wanted, version=1, following=following)

    return site.done(work)


def test_of_eight_people_who_change_an_event_at_once_one_does(site: Site) -> None:
    club, (key,) = series(site, 1)

    answers = at_once([editing(site, club, key, f"Titre {n}") for n in range(8)])

    assert answers == {"done": 1, "StaleCalendar": 7}
    assert site.ask(lambda session: session.get_one(Event, key).version) == 2


def test_those_who_change_a_series_from_several_places_do_not_wait_for_one_another(
    site: Site,
) -> None:
    club, keys = series(site, 6)
    acts = [editing(site, club, key, f"Titre {key}", following=True) for key in keys]
    acts += [editing(site, club, key, f"Seul {key}") for key in keys]

    answers = at_once(acts)

    assert set(answers) <= {"done", "StaleCalendar"}
    assert answers["done"] >= 1


def test_an_event_that_is_deleted_and_changed_at_once_is_one_or_the_other(site: Site) -> None:
    club, (key,) = series(site, 1)

    def delete(session: Session) -> None:
        service.delete(session, key, version=1)

    answers = at_once([editing(site, club, key, "Bal"), site.done(delete)])

    left = site.ask(lambda session: len(events(session)))
    assert answers["done"] == 1
    assert left in (0, 1)
    assert set(answers) == {"done", "StaleCalendar" if left else "NoSuchEvent"}


def test_no_event_is_published_for_a_club_that_is_deleted_meanwhile(site: Site) -> None:
    def make(_session: Session) -> tuple[int, int]:
        club = ClubFactory()
        PCeenFactory(roles=[role_with((T.write, S.club, club.id))])  # type: ignore[arg-type]
        return club.id, PCeenFactory().id

    club, ada = site.ask(make)

    def publish(session: Session) -> None:
        wanted = draft(Club(id=club, name="x"))
        service.create(session, wanted, author=session.get_one(PCeen, ada))

    def delete(session: Session) -> None:
        clubs.delete(session, club, version=1, count=0)

    answers = at_once([*(site.done(publish) for _ in range(4)), site.done(delete)])

    def left(session: Session) -> tuple[int, int, bool]:
        right = sa.select(sa.func.count()).where(Permission.ref_id == club)
        is_there = session.get(Club, club) is not None
        return len(events(session)), session.scalars(right).one(), is_there

    count, rights, is_there = site.ask(left)
    if is_there:
        assert answers["ClubGrew"] == 1
        assert (count, rights) == (answers["done"], 1)
        assert count >= 1
    else:
        assert (answers, count, rights) == ({"done": 1, "NoSuchClub": 4}, 0, 0)
