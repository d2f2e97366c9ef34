"""Uploads that go on where they stopped."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PermissionScope as S, PermissionType as T
from app.integrations import images
from app.integrations.photo_store import PhotoStore
from app.models import Album, PCeen, Photo, PhotoUpload, Role
from app.modules.photos.service import resumable
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.photos import AlbumFactory
from tests.modules.photos.sending import (
    BYTES,
    VERSION,
    append,
    begin,
    came,
    editor,
    refused_for,
    send,
    some_bytes,
    taken_for,
)

SIZE = 10_000


@pytest.fixture
def album(session: Session) -> Album:
    album: Album = AlbumFactory(collection__dir_name="2026", dir_name="gala")
    return album


@pytest.fixture
def me(session: Session) -> PCeen:
    return editor()


@pytest.fixture
def browser(login: Login, me: PCeen, album: Album, store: PhotoStore) -> Client:
    return login(me)


@pytest.fixture(autouse=True)
def _a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    taken_for(monkeypatch)


@pytest.fixture
def where(browser: Client, album: Album) -> str:
    """The address of an upload of ten thousand bytes."""
    return begin(browser, album, SIZE).headers["Location"]


def photos(session: Session) -> list[Photo]:
    session.expire_all()
    return list(session.scalars(sa.select(Photo).order_by(Photo.id)))


def uploads(session: Session) -> list[PhotoUpload]:
    session.expire_all()
    return list(session.scalars(sa.select(PhotoUpload)))


def files(store: PhotoStore) -> list[Path]:
    return [path for path in store.base.rglob("*") if path.is_file()]


def test_what_is_known_of_the_protocol_is_told(client: Client) -> None:
    response = client.options("/api/photos/uploads")

    assert response.status_code == 204
    assert response.headers["Tus-Version"] == response.headers["Tus-Resumable"] == "1.0.0"
    assert response.headers["Tus-Extension"] == "creation,termination,expiration"
    assert response.headers["Tus-Max-Size"] == "100000000"


def test_a_photo_comes_bit_by_bit(
    browser: Client, store: PhotoStore, session: Session, album: Album, me: PCeen
) -> None:
    content = some_bytes(SIZE)
    begun = begin(browser, album, SIZE, "été.jpg")
    where = begun.headers["Location"]
    first = append(browser, where, 0, content[:6000])
    at = came(browser, where)
    last = append(browser, where, at, content[at:])

    (photo,) = photos(session)
    assert (begun.status_code, first.status_code, last.status_code) == (201, 204, 200)
    assert where.startswith("/api/photos/uploads/")
    assert first.headers["Upload-Offset"] == "6000"
    assert first.headers["Upload-Expires"].endswith("GMT")
    assert last.headers["Upload-Offset"] == str(SIZE)
    assert last.json is not None
    assert last.json["photo"]["name"] == photo.file_name
    assert (photo.original_name, photo.uploader_id) == ("été.jpg", me.id)
    assert photo.sha256 == hashlib.sha256(content).hexdigest()
    assert store.incoming(photo.stem).read_bytes() == content
    assert files(store) == [store.incoming(photo.stem)]
    assert uploads(session) == []
    assert browser.head(where, headers=VERSION).status_code == 404


def test_much_of_it_may_come_at_once(browser: Client, session: Session, album: Album) -> None:
    content = bytes(26_000_000)
    where = begin(browser, album, len(content)).headers["Location"]

    assert append(browser, where, 0, content).status_code == 200
    assert len(photos(session)) == 1


def test_what_was_cut_off_goes_on_from_there(
    browser: Client, store: PhotoStore, session: Session, where: str
) -> None:
    content = some_bytes(SIZE)
    path = store.incoming(uploads(session)[0].token)
    append(browser, where, 0, content[:4000])
    path.write_bytes(content[:4321])  # the process was killed while it wrote

    at = came(browser, where)
    last = append(browser, where, at, content[at:])

    assert at == 4321
    assert last.status_code == 200
    assert store.incoming(photos(session)[0].stem).read_bytes() == content


def test_killed_before_the_end_of_it_the_last_byte_is_sent_again(
    browser: Client, store: PhotoStore, session: Session, where: str
) -> None:
    content = some_bytes(SIZE)
    store.incoming(uploads(session)[0].token).write_bytes(content)

    at = came(browser, where)
    last = append(browser, where, at, content[at:])

    assert at == SIZE - 1
    assert last.status_code == 200
    assert store.incoming(photos(session)[0].stem).read_bytes() == content


def test_what_does_not_follow_is_refused_and_says_what_would(
    browser: Client, session: Session, where: str
) -> None:
    append(browser, where, 0, some_bytes(4000))

    for at in (0, 3999, 4001):
        response = append(browser, where, at, b"x")
        assert response.status_code == 409
        assert response.headers["Upload-Offset"] == "4000"
    assert came(browser, where) == 4000


def test_more_than_was_said_is_refused(browser: Client, where: str) -> None:
    assert append(browser, where, 0, some_bytes(SIZE + 1)).status_code == 400
    assert came(browser, where) == 0


def test_two_do_not_write_to_one_file(
    browser: Client, store: PhotoStore, session: Session, where: str
) -> None:
    with resumable.held(store.incoming(uploads(session)[0].token)):
        busy = append(browser, where, 0, b"x")
        kept = browser.delete(where, headers=VERSION)

    assert (busy.status_code, kept.status_code) == (423, 423)
    assert came(browser, where) == 0


@pytest.mark.parametrize(
    ("refusal", "status"), [(images.UnknownType, 415), (images.Undecodable, 400)]
)
def test_what_is_no_picture_is_forgotten(
    browser: Client,
    store: PhotoStore,
    session: Session,
    where: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    refusal: type[Exception],
    status: int,
) -> None:
    refused_for(monkeypatch, refusal)

    response = append(browser, where, 0, some_bytes(SIZE))

    assert response.status_code == status
    assert response.json is not None
    assert "IMG_0001.JPG" in response.json["error"]["message"]
    assert (photos(session), uploads(session), files(store)) == ([], [], [])


def test_a_photo_that_is_there_already_is_said_with_its_link(
    browser: Client, store: PhotoStore, session: Session, album: Album, where: str
) -> None:
    content = some_bytes(SIZE)
    send(browser, album, content)

    response = append(browser, where, 0, content)

    assert response.status_code == 409
    assert response.json is not None
    assert response.json["error"]["detail"]["code"] == "duplicate"
    assert "Upload-Offset" not in response.headers
    assert len(photos(session)) == len(files(store)) == 1
    assert uploads(session) == []


def test_what_breaks_while_it_is_looked_at_may_be_tried_again(
    browser: Client, session: Session, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = some_bytes(SIZE)
    refused_for(monkeypatch, OSError)
    broken = append(browser, where, 0, content)
    taken_for(monkeypatch)

    again = append(browser, where, came(browser, where), content[-1:])

    assert (broken.status_code, again.status_code) == (500, 200)
    assert len(photos(session)) == 1


def test_one_gives_up(browser: Client, store: PhotoStore, session: Session, where: str) -> None:
    assert browser.delete(where, headers=VERSION).status_code == 204
    assert browser.delete(where, headers=VERSION).status_code == 404
    assert (uploads(session), files(store)) == ([], [])


@pytest.mark.parametrize(
    ("size", "status"), [(9_999, 400), (10_000, 201), (100_000_000, 201), (100_000_001, 413)]
)
def test_a_size_that_no_photo_has_is_refused_at_once(
    browser: Client, album: Album, size: int, status: int
) -> None:
    assert begin(browser, album, size).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Upload-Length": "-1"},
        {"Upload-Length": "1e5"},
        {"Upload-Length": "\uff11\uff10\uff10\uff10\uff10\uff10".encode().decode("latin-1")},
        {"Upload-Length": ""},
        {"Upload-Metadata": ""},
        {"Upload-Metadata": "collection !!!,album Z2FsYQ=="},
        {"Upload-Metadata": "collection MjAyNg=="},
        {"Upload-Metadata": "collection MjAyNg==,album /w=="},
    ],
)
def test_what_makes_no_sense_is_a_400(browser: Client, headers: dict[str, str]) -> None:
    right = {"Upload-Length": "20000", "Upload-Metadata": "collection MjAyNg==,album Z2FsYQ=="}

    good = browser.post("/api/photos/uploads", headers=VERSION | right)
    bad = browser.post("/api/photos/uploads", headers=VERSION | right | headers)

    assert (good.status_code, bad.status_code) == (201, 400)


def test_another_version_of_the_protocol_is_refused(browser: Client, where: str) -> None:
    for response in (
        browser.post("/api/photos/uploads"),
        browser.head(where),
        browser.patch(where, headers={"Tus-Resumable": "0.2.2"}),
        browser.delete(where),
    ):
        assert response.status_code == 412
        assert response.headers["Tus-Version"] == "1.0.0"


def test_other_content_is_refused(browser: Client, where: str) -> None:
    headers = VERSION | {"Upload-Offset": "0"}

    assert browser.patch(where, headers=headers, data=b"x").status_code == 415
    response = browser.patch(where, headers=VERSION, data=b"x", content_type=BYTES)
    assert response.status_code == 400


def test_what_is_no_name_is_nothing(browser: Client) -> None:
    for name in ("%00", "a%00", "%ff", "..", "a" * 3000):
        assert browser.head(f"/api/photos/uploads/{name}", headers=VERSION).status_code == 404


def test_it_is_nobody_elses(
    browser: Client, login: Login, album: Album, where: str, session: Session
) -> None:
    other = login(editor())

    assert other.head(where, headers=VERSION).status_code == 404
    assert append(other, where, 0, b"x").status_code == 404
    assert other.delete(where, headers=VERSION).status_code == 404
    assert len(uploads(session)) == 1


def test_who_may_no_longer_write_the_album_sends_nothing_more(
    browser: Client, session: Session, me: PCeen, where: str
) -> None:
    session.execute(sa.delete(Role).where(Role.id == me.roles[0].id))
    session.commit()

    assert browser.head(where, headers=VERSION).status_code == 404
    assert append(browser, where, 0, some_bytes(SIZE)).status_code == 404
    assert photos(session) == []


@pytest.mark.parametrize(
    ("rights", "status"),
    [
        ([], 403),
        ([(T.read, S.photos), (T.read, S.collection)], 403),
        ([(T.read, S.photos), (T.write, S.collection)], 201),
    ],
)
def test_to_begin_one_writes_the_album(
    login: Login, store: PhotoStore, album: Album, rights: list[tuple[T, S]], status: int
) -> None:
    assert begin(login(PCeenFactory(can=rights)), album, SIZE).status_code == status
    assert len(files(store)) == (status == 201)


def test_who_is_nobody_sends_nothing(client: Client, album: Album, store: PhotoStore) -> None:
    assert begin(client, album, SIZE).status_code == 401
    assert append(client, "/api/photos/uploads/x", 0, b"x").status_code == 401


def test_without_its_token_nothing_is_sent(
    app: Flask, browser: Client, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)

    assert append(browser, where, 0, b"x").status_code == 403
    assert browser.delete(where, headers=VERSION).status_code == 403
    assert came(browser, where) == 0


def test_one_leaves_so_many_unfinished_and_no_more(
    browser: Client, album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable, "MOST", 2)

    answers = [begin(browser, album, SIZE).status_code for _ in range(3)]

    assert answers == [201, 201, 429]


def leave(session: Session, *, hours: int) -> None:
    """Have the uploads been left alone for so long."""
    ago = clock.now() - timedelta(hours=hours)
    session.execute(sa.update(PhotoUpload).values(touched_at=ago))
    session.commit()


def test_one_that_is_left_alone_for_a_day_is_forgotten(
    browser: Client, store: PhotoStore, session: Session, album: Album, where: str
) -> None:
    append(browser, where, 0, some_bytes(5000))
    leave(session, hours=23)
    assert came(browser, where) == 5000
    leave(session, hours=25)
    other = begin(browser, album, SIZE).headers["Location"]

    session.commit()

    assert browser.head(where, headers=VERSION).status_code == 404
    assert resumable.forget_old(session, store=store) == 1
    assert came(browser, other) == 0
    assert len(files(store)) == len(uploads(session)) == 1


def test_one_that_goes_on_is_kept_for_another_day(
    browser: Client, store: PhotoStore, session: Session, where: str
) -> None:
    leave(session, hours=23)
    append(browser, where, 0, some_bytes(5000))

    assert clock.now() - uploads(session)[0].touched_at < timedelta(minutes=1)


def test_one_whose_file_is_gone_is_forgotten_too(
    browser: Client, store: PhotoStore, session: Session, where: str
) -> None:
    store.incoming(uploads(session)[0].token).unlink()

    assert browser.head(where, headers=VERSION).status_code == 404
    assert append(browser, where, 0, b"x").status_code == 404
    leave(session, hours=25)
    assert resumable.forget_old(session, store=store) == 1
    assert uploads(session) == []


def test_one_that_somebody_writes_to_is_not_forgotten(
    browser: Client, store: PhotoStore, session: Session, where: str
) -> None:
    path = store.incoming(uploads(session)[0].token)
    leave(session, hours=25)
    with resumable.held(path):
        assert resumable.forget_old(session, store=store) == 0

    assert len(files(store)) == len(uploads(session)) == 1


def test_what_came_while_too_many_were_looked_at_is_kept_and_asked_again(
    browser: Client, session: Session, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = some_bytes(SIZE)
    refused_for(monkeypatch, images.Busy)

    busy = append(browser, where, 0, content)
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert came(browser, where) == SIZE - 1
    assert photos(session) == []

    taken_for(monkeypatch)
    assert append(browser, where, SIZE - 1, content[-1:]).status_code == 200
    assert len(photos(session)) == 1


def test_a_form_says_that_too_many_are_looked_at(
    browser: Client, store: PhotoStore, album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused_for(monkeypatch, images.Busy)

    refused = send(browser, album, some_bytes())

    assert refused.status_code == 503
    assert refused.json is not None
    assert "recommencez dans un instant" in refused.json["error"]["message"]
    assert files(store) == []
