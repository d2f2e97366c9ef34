"""What people are told of the photos that they are on, in the site."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import NotificationTopic
from app.models import PCeen, Photo
from app.modules.notifications.service import bus
from app.modules.photos.effects import TellTagged
from app.modules.photos.mails import TaggedOnPhotos
from app.modules.photos.service import tags as service
from app.web.module import all_effects
from app.worker import run_due
from tests.conftest import Outbox
from tests.factories import AlbumFactory, PCeenFactory, PhotoFactory
from tests.modules.photos.test_tags import NOON, READER
from tests.notices import notice, told

EVENING, NEXT = "2026-11-24T18:00:01+00:00", "2026-11-25T18:00:01+00:00"


@pytest.fixture(autouse=True)
def now(app: Flask) -> Iterator[time_machine.Traveller]:
    with app.app_context(), time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(params=["marie@example.org", None])
def marie(session: Session, request: pytest.FixtureRequest) -> PCeen:
    """Someone who may see photos, with an address or none."""
    made: PCeen = PCeenFactory(can=READER, email=request.param)
    return made


def work(session: Session) -> None:
    run_due(session, all_effects(), kinds=[TellTagged.kind])


def tag(session: Session, photo: Photo, who: PCeen) -> None:
    with transaction(session):
        service.tag(session, photo=photo, who=who, by=PCeenFactory())


def test_who_is_on_photos_is_told_once_an_evening_for_each_album(
    session: Session, now: time_machine.Traveller, marie: PCeen, outbox: Outbox
) -> None:
    album, other = AlbumFactory(name="Gala"), AlbumFactory(name="WEI")
    photos = [PhotoFactory(album=one) for one in (album, album, other)]
    for photo in photos:
        tag(session, photo, marie)
    work(session)
    assert told(session) == {}

    now.move_to(EVENING)
    work(session)

    keys = [f"photos:tagged:{marie.id}:{one.id}:2026-11-24" for one in (album, other)]
    assert told(session) == {key: {marie.id} for key in keys}
    found = notice(session, keys[0])
    assert (found.topic, found.url) == (NotificationTopic.photos, "/photos/tags/me")
    assert found.title == "Vous êtes sur des photos"
    assert found.body == "On a dit que vous êtes sur 2 photos de l'album « Gala »."
    one = "On a dit que vous êtes sur une photo de l'album « WEI »."
    assert notice(session, keys[1]).body == one
    mails = [one for one in outbox() if isinstance(one, TaggedOnPhotos)]
    assert len(mails) == (2 if marie.email else 0)
    # the same effect, done again
    service.tell(session, TellTagged(marie.id, album.id, "2026-11-24"), 1)
    assert len(told(session)) == 2


def test_of_photos_that_one_may_not_see_one_is_told_nothing(
    session: Session, now: time_machine.Traveller, marie: PCeen
) -> None:
    photo = PhotoFactory()
    tag(session, photo, marie)
    photo.album.visible = False
    session.commit()

    now.move_to(EVENING)
    work(session)

    assert told(session) == {}


def test_what_is_not_done_tells_nothing(
    session: Session,
    now: time_machine.Traveller,
    marie: PCeen,
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tag(session, PhotoFactory(), marie)
    (effect,) = outbox()
    assert isinstance(effect, TellTagged)
    tell = bus.tell

    def fail(*said: object) -> None:
        assert tell(*said) is not None  # type: ignore[arg-type]
        1 / 0  # noqa: B018  # what fails

    monkeypatch.setattr(bus, "tell", fail)
    now.move_to(EVENING)
    with pytest.raises(ZeroDivisionError):
        service.tell(session, effect, 1)

    assert told(session) == {}
    assert outbox() == [effect]
