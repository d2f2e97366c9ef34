"""Clubs: made, renamed, deleted with their events and the permissions about them, or without."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import AuditEvent, Club, Event, Permission
from app.modules.calendar.errors import (
    ClubGrew,
    ClubNameTaken,
    ClubNeeded,
    NoSuchClub,
    SameClub,
    StaleCalendar,
)
from app.modules.calendar.service import clubs as service
from app.modules.calendar.service.clubs import Looks
from tests.factories.calendar import ClubFactory, EventFactory
from tests.modules.calendar.people import writer_of


def count(session: Session, model: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_club_is_made_and_changed_once(session: Session) -> None:
    club = service.create(session, Looks(name="Échecs", color="#112233"))

    assert service.edit(session, club.id, Looks(name="ÉCHECS", color="#445566"), version=1)

    assert (club.name, club.name_key, club.color, club.version) == (
        *("ÉCHECS", "échecs", "#445566"),
        2,
    )
    assert not service.edit(session, club.id, Looks(name="ÉCHECS", color="#445566"), version=2)
    with pytest.raises(StaleCalendar):
        service.edit(session, club.id, Looks(name="x", color="#445566"), version=1)
    with pytest.raises(NoSuchClub):
        service.edit(session, 999_999, Looks(name="x", color="#445566"), version=1)


def test_two_clubs_are_not_called_alike(session: Session) -> None:
    ClubFactory(name="Échecs")
    other = ClubFactory(name="Go")

    with pytest.raises(ClubNameTaken):
        service.create(session, Looks(name="échecs", color="#000000"))
    with pytest.raises(ClubNameTaken):
        service.edit(session, other.id, Looks(name="ÉCHECS", color="#000000"), version=1)

    session.refresh(other)
    assert (other.name, other.version) == ("Go", 1)


def test_a_club_is_deleted_with_its_events_and_the_permissions_about_it(session: Session) -> None:
    club, other = ClubFactory(), ClubFactory()
    EventFactory.create_batch(3, club=club)
    kept = EventFactory(club=other)
    holder = writer_of(club, other)
    key = club.id

    service.delete(session, key, version=1, count=3)
    session.commit()
    session.expire_all()

    assert session.get(Club, key) is None
    assert list(session.scalars(sa.select(Event.id))) == [kept.id]
    rights = [right.ref_id for role in holder.roles for right in role.permissions]
    assert rights == [other.id]
    assert session.scalars(sa.select(Permission).where(Permission.ref_id == key)).all() == []
    stmt = sa.select(AuditEvent).where(AuditEvent.action == "calendar.club.delete")
    assert session.scalars(stmt).one().before["events"] == 3  # type: ignore[index]


def test_the_events_of_a_club_go_to_another_one(session: Session) -> None:
    club, other = ClubFactory(), ClubFactory()
    event = EventFactory(club=club)

    service.delete(session, club.id, version=1, count=1, heir=other.id)
    session.commit()
    session.expire_all()

    assert (event.club_id, event.version) == (other.id, 2)
    assert count(session, Event) == 1


def test_a_club_is_not_deleted_otherwise_than_it_was_seen(session: Session) -> None:
    club = ClubFactory()
    needed = session.scalars(sa.select(Club).where(Club.slug == Club.OTHER)).first()
    needed = needed or ClubFactory(slug=Club.OTHER)
    EventFactory(club=club)

    with pytest.raises(ClubGrew):
        service.delete(session, club.id, version=1, count=0)
    with pytest.raises(StaleCalendar):
        service.delete(session, club.id, version=2, count=1)
    with pytest.raises(SameClub):
        service.delete(session, club.id, version=1, count=1, heir=club.id)
    with pytest.raises(NoSuchClub):
        service.delete(session, club.id, version=1, count=1, heir=999_999)
    with pytest.raises(NoSuchClub):
        service.delete(session, 999_999, version=1, count=0)
    with pytest.raises(ClubNeeded):
        service.delete(session, needed.id, version=needed.version, count=0)

    assert count(session, Event) == 1
