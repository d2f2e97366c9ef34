"""Saying who is on a photo, taking it back, not wanting it."""

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T, PhotoState
from app.models import AuditEvent, OutboxEntry, PCeen, Photo, PhotoPerson, PhotoTag
from app.modules.photos.effects import TellTagged
from app.modules.photos.mails import TaggedOnPhotos
from app.modules.photos.service import tags as service
from app.web.module import all_effects
from app.worker import run_due
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import AlbumFactory, PCeenFactory, PhotoFactory

READER = ((T.read, S.photos), (T.read, S.collection))
NOON = "2026-11-24T12:00:00+00:00"


@pytest.fixture
def photo(session: Session) -> Photo:
    """A photo that readers see."""
    photo = PhotoFactory()
    photo.album.nb_photos = 1
    session.commit()
    return photo


@pytest.fixture
def ada(session: Session) -> PCeen:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace", can=READER)
    session.commit()
    return ada


@pytest.fixture
def marie(session: Session) -> PCeen:
    marie = PCeenFactory(prenom="Marie", nom="Curie", can=READER)
    session.commit()
    return marie


def where(photo: Photo) -> dict[str, str]:
    album = photo.album
    return {
        "collection": album.collection.dir_name,
        "album": album.dir_name,
        "photo": photo.file_name,
    }


def page_of(photo: Photo) -> str:
    album = photo.album
    return f"/photos/{album.collection.dir_name}/{album.dir_name}/photo/{photo.stem}"


def tag(client: Client, photo: Photo, who: PCeen) -> int:
    asked = where(photo) | {"pceen_id": who.id}
    return client.post("/api/photos/tag", json=asked).status_code


def untag(client: Client, photo: Photo, who: PCeen) -> int:
    asked = where(photo) | {"pceen_id": who.id}
    return client.post("/api/photos/untag", json=asked).status_code


def tagged(session: Session) -> list[int]:
    session.expire_all()
    return list(session.scalars(sa.select(PhotoTag.pceen_id).order_by(PhotoTag.pceen_id)))


def test_a_reader_says_who_is_on_a_photo_once(
    session: Session, login: Login, photo: Photo, ada: PCeen, marie: PCeen
) -> None:
    client = login(ada)

    assert [tag(client, photo, marie), tag(client, photo, marie)] == [201, 201]

    assert tagged(session) == [marie.id]
    assert session.scalars(sa.select(PhotoTag.tagged_by_id)).one() == ada.id


def test_nobody_is_tagged_who_does_not_want_it_but_by_themselves(
    session: Session, login: Login, photo: Photo, ada: PCeen, marie: PCeen
) -> None:
    session.add(PhotoPerson(pceen_id=marie.id, taggable=False))
    session.commit()

    assert tag(login(ada), photo, marie) == 422
    assert tagged(session) == []
    assert tag(login(marie), photo, marie) == 201


@pytest.mark.parametrize("hide", ["photo", "album", "pending"])
def test_what_one_may_not_see_is_not_there_to_tag(
    session: Session, login: Login, photo: Photo, ada: PCeen, hide: str
) -> None:
    if hide == "photo":
        photo.hidden = True
    elif hide == "album":
        photo.album.visible = False
    else:
        photo.state = PhotoState.pending
    session.commit()
    client = login(ada)

    missing = client.post(
        "/api/photos/tag",
        json=where(photo) | {"photo": "0" * 16 + ".jpg", "pceen_id": ada.id},
    )
    hidden = client.post("/api/photos/tag", json=where(photo) | {"pceen_id": ada.id})

    assert hidden.status_code == 404
    assert hidden.json == missing.json
    assert client.get(f"{page_of(photo)}/tags").status_code == 404
    assert tagged(session) == []


def test_who_is_not_logged_in_tags_nobody(client: Client, photo: Photo, ada: PCeen) -> None:
    assert tag(client, photo, ada) == 401
    assert untag(client, photo, ada) == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"pceen_id": None},
        {"pceen_id": "1"},
        {"pceen_id": True},
        {"pceen_id": 2**40},
        {"photo": 3},
        {"photo": "a\x00.jpg"},
        {"album": {}},
        {"collection": ""},
    ],
)
def test_nonsense_is_refused(
    session: Session, login: Login, photo: Photo, ada: PCeen, changes: dict[str, object]
) -> None:
    asked = where(photo) | {"pceen_id": ada.id} | changes

    assert login(ada).post("/api/photos/tag", json=asked).status_code == 400
    assert tagged(session) == []


def test_a_person_who_is_nobody_any_more_is_not_tagged(
    session: Session, login: Login, photo: Photo, ada: PCeen, marie: PCeen
) -> None:
    marie.disabled_at = marie.created_at
    session.commit()
    client = login(ada)

    assert tag(client, photo, marie) == 404
    asked = where(photo) | {"pceen_id": 999_999}
    assert client.post("/api/photos/tag", json=asked).status_code == 404


def test_a_name_is_removed_by_the_person_by_who_put_it_and_by_who_writes_the_album(
    session: Session, login: Login, photo: Photo, ada: PCeen, marie: PCeen
) -> None:
    other = PCeenFactory(can=READER)
    editor = PCeenFactory(can=[*READER, (T.write, S.album, photo.album_id)])
    session.commit()

    for remover, status in ((other, 403), (marie, 204), (ada, 204), (editor, 204)):
        assert tag(login(ada), photo, marie) == 201
        assert untag(login(remover), photo, marie) == status
        assert tagged(session) == ([marie.id] if status == 403 else [])
    assert untag(login(other), photo, marie) == 204  # nothing to remove

    events = session.scalars(sa.select(AuditEvent.actor_id).filter_by(action="photos.tag.remove"))
    assert events.all() == [editor.id]


def test_one_mail_an_evening_tells_of_the_tags_of_the_day(
    app: Flask, session: Session, photo: Photo, ada: PCeen, marie: PCeen, outbox: Outbox
) -> None:
    others = [PhotoFactory(album=photo.album) for _ in range(2)]
    hidden = PhotoFactory(album=photo.album, hidden=True)
    session.commit()
    with app.app_context(), time_machine.travel(NOON, tick=False) as clock:
        with transaction(session):
            for one in (photo, *others, hidden):
                service.tag(session, photo=one, who=marie, by=ada)
            service.tag(session, photo=photo, who=ada, by=ada)
            service.untag(session, photo=others[1], who=marie, by=marie)
        run_due(session, all_effects(), kinds=["photos.tell_tagged"])
        assert not [one for one in outbox() if isinstance(one, TaggedOnPhotos)]

        clock.move_to("2026-11-24T18:00:00+00:00")
        run_due(session, all_effects(), kinds=["photos.tell_tagged"])

        (mail,) = (one for one in outbox() if isinstance(one, TaggedOnPhotos))
        assert (mail.to, mail.count, mail.album) == (marie.email, 2, photo.album.name)
        assert not [one for one in outbox() if isinstance(one, TellTagged)]

        # the same evening is over: the next tag is told tomorrow, without those of today
        with transaction(session):
            service.tag(session, photo=others[1], who=marie, by=ada)
        due = sa.select(OutboxEntry.due_at).filter_by(kind="photos.tell_tagged", sent_at=None)
        assert session.scalars(due).one().isoformat() == "2026-11-25T18:00:00+00:00"
        clock.move_to("2026-11-25T18:00:01+00:00")
        run_due(session, all_effects(), kinds=["photos.tell_tagged"])
        counts = [one.count for one in outbox() if isinstance(one, TaggedOnPhotos)]
        assert counts == [2, 1]


@pytest.mark.parametrize("change", ["disabled", "album hidden", "untagged"])
def test_nothing_is_told_that_is_no_longer_so(
    app: Flask,
    session: Session,
    photo: Photo,
    marie: PCeen,
    outbox: Outbox,
    change: str,
) -> None:
    with app.app_context(), time_machine.travel(NOON, tick=False):
        with transaction(session):
            service.tag(session, photo=photo, who=marie, by=PCeenFactory())
        (effect,) = outbox()
        assert isinstance(effect, TellTagged)
        if change == "disabled":
            marie.disabled_at = marie.created_at
        elif change == "album hidden":
            photo.album.visible = False
        else:
            service.untag(session, photo=photo, who=marie, by=marie)
        session.commit()

        service.tell(session, effect, 1)

        assert outbox() == [effect]


def test_the_page_of_oneself_shows_what_one_sees_and_removes_ones_name(
    session: Session, login: Login, photo: Photo, ada: PCeen, queries: list[str]
) -> None:
    hidden = PhotoFactory(hidden=True)
    elsewhere = [PhotoFactory(album=AlbumFactory()) for _ in range(5)]
    for one in (photo, hidden, *elsewhere):
        session.add(PhotoTag(photo=one, pceen=ada, tagged_by_id=None))
    session.commit()
    client = login(ada)
    queries.clear()

    page = client.open_page("/photos/tags/me")

    assert len(queries) <= 12
    assert len(page.html.select(".people-photos > li")) == 6
    assert hidden.stem not in str(page.html)
    page = client.submit(f"{page_of(photo)}/untag", pceen_id=ada.id, **{"from": "me"})
    assert page.flashes == ["Ada Lovelace n'est plus sur la photo."]
    assert len(page.html.select(".people-photos > li")) == 5


def test_what_everybody_sees_is_not_shown_among_the_photos_of_oneself(
    session: Session, login: Login, photo: Photo
) -> None:
    """It is shown under its own address alone, which may ask for a password."""
    her = PCeenFactory(can=[(T.read, S.photos)])
    session.add(PhotoTag(photo=photo, pceen=her))
    session.commit()

    page = login(her).open_page("/photos/tags/me")

    assert not page.html.select(".people-photos")


def test_without_a_script_one_looks_for_someone_and_adds_them(
    session: Session, login: Login, photo: Photo, ada: PCeen, marie: PCeen
) -> None:
    shy = PCeenFactory(prenom="Marie", nom="Shy")
    session.add(PhotoPerson(pceen_id=shy.id, taggable=False))
    session.commit()
    client = login(ada)

    page = client.open_page(f"{page_of(photo)}/tags?q=mar+cur")
    assert [one.split()[:2] for one in page.texts(".people-found .person-text")] == [
        ["Marie", "Curie"]
    ]
    assert not client.open_page(f"{page_of(photo)}/tags?q=shy").html.select(".people-found")

    page = client.submit(f"{page_of(photo)}/tag", pceen_id=marie.id)
    assert page.flashes == ["Marie Curie est sur la photo."]
    assert page.texts(".people-one") == ["Marie Curie"]
    assert client.post(f"{page_of(photo)}/tag", data={"pceen_id": "x"}).status_code == 400
    page = client.submit(f"{page_of(photo)}/untag", pceen_id=marie.id)
    assert not page.html.select(".people-one")


def test_the_profile_says_whether_one_wants_it_and_removes_all(
    session: Session, login: Login, photo: Photo, ada: PCeen
) -> None:
    session.add(PhotoTag(photo=photo, pceen=ada))
    session.commit()
    client = login(ada)
    assert "On peut dire que vous êtes sur une photo" in client.open_page("/profile/").text(
        "#photos"
    )

    page = client.submit("/photos/tags/me/choose", taggable="no")
    assert page.flashes == ["On ne peut plus dire que vous êtes sur une photo."]
    assert tagged(session) == [ada.id]  # what was said stays
    page = client.submit("/photos/tags/me/remove")
    assert page.flashes == ["Votre nom est retiré de 1 photo."]
    assert tagged(session) == []

    client.submit("/photos/tags/me/choose", taggable="yes")
    assert session.scalars(sa.select(PhotoPerson.taggable)).one() is True
