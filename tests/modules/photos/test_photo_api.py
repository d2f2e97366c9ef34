"""Changing the photos of an album: one, or many at once."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.enums import PermissionScope as S, PermissionType as T, PhotoState, ReportKind
from app.integrations.photo_store import PhotoStore
from app.models import UNDATED, Album, AuditEvent, PCeen, Photo, PhotoReport
from app.modules.photos.effects import RemoveFiles
from app.modules.photos.service import linking
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory
from tests.factories.photos import AlbumFactory, PhotoFactory
from tests.modules.photos.sending import editor, fields

AT = datetime(2026, 5, 1, 18, 30, tzinfo=UTC)  # 20:30 in Paris


@pytest.fixture
def album(session: Session, store: PhotoStore) -> Album:
    album: Album = AlbumFactory(collection__dir_name="2026", dir_name="gala")
    return album


@pytest.fixture
def photo(album: Album) -> Photo:
    photo: Photo = PhotoFactory(album=album, timestamp=AT, sort_at=AT)
    return photo


@pytest.fixture
def browser(login: Login, photo: Photo) -> Client:
    return login(editor())


class Api:
    """What scripts ask of an album."""

    def __init__(self, browser: Client, album: Album) -> None:
        self.browser, self.album = browser, album

    def edit(self, photo: Photo, **values: Any) -> TestResponse:
        data = fields(self.album, photo_name=photo.file_name, version=photo.version) | values
        return self.browser.post("/api/photos/edit_photo", data=data)

    def star(self, photo: Photo) -> TestResponse:
        data = fields(self.album, photo=photo.file_name)
        return self.browser.post("/api/photos/star_photo", data=data)

    def delete(self, name: str) -> TestResponse:
        return self.browser.post("/api/photos/delete_photo", data=fields(self.album, photo=name))

    def bulk(self, names: list[str], action: str, **values: Any) -> TestResponse:
        sent = fields(self.album, photos=names, action=action) | values
        return self.browser.post("/api/photos/bulk", json=sent)


@pytest.fixture
def api(browser: Client, album: Album) -> Api:
    return Api(browser, album)


def told(response: TestResponse) -> dict[str, Any]:
    assert isinstance(response.json, dict)
    return response.json


def renamed(response: TestResponse) -> dict[str, str]:
    """The names that photos will have, by those that they had."""
    return dict((response.get_json() or {})["renamed"])


def statuses(response: TestResponse) -> list[int]:
    assert response.status_code == 200
    return [outcome["status"] for outcome in told(response)["outcomes"]]


def actions(session: Session) -> list[str]:
    return list(session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


# One


def test_a_photo_says_something_else(api: Api, photo: Photo, session: Session) -> None:
    response = api.edit(
        photo,
        caption="  Le gala ",
        author_str="Zoé",
        date="2026-05-02",
        time="01:02",
        lat="48,84",
        lng="-2.5",
    )

    session.refresh(photo)
    assert response.status_code == 200
    assert told(response)["photo"]["caption"] == photo.caption == "Le gala"
    assert (photo.author_str, photo.author_id) == ("Zoé", None)
    assert photo.timestamp == photo.sort_at == datetime(2026, 5, 1, 23, 2, tzinfo=UTC)
    assert (photo.lat, photo.lng, photo.version) == (48.84, -2.5, 2)
    assert actions(session)[-1] == "photos.photo.change"


def test_what_is_not_sent_is_left_as_it_is(api: Api, photo: Photo, session: Session) -> None:
    photo.caption, photo.author_str, photo.lat, photo.lng = "Le gala", "Zoé", 1.0, 2.0
    session.commit()

    api.edit(photo, caption="La fête")

    session.refresh(photo)
    assert (photo.caption, photo.author_str, photo.timestamp) == ("La fête", "Zoé", AT)
    assert (photo.lat, photo.lng) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("sent", "timestamp"),
    [
        ({"date": "2026-07-01", "time": ""}, datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ({"date": "2026-07-01"}, datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ({"date": "2026-07-01", "time": "9:05"}, datetime(2026, 7, 1, 7, 5, tzinfo=UTC)),
        ({"date": "2026-07-01", "time": "09:05:06"}, datetime(2026, 7, 1, 7, 5, 6, tzinfo=UTC)),
        ({"date": "", "time": "9:05"}, None),
        ({"date": ""}, None),
        ({"time": "9:05"}, AT),
        ({"date": "2026-10-25", "time": "2:30"}, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_its_date_is_that_of_the_clock_in_paris(
    api: Api, photo: Photo, session: Session, sent: dict[str, str], timestamp: datetime | None
) -> None:
    assert api.edit(photo, **sent).status_code == 200

    session.refresh(photo)
    assert photo.timestamp == timestamp
    assert photo.sort_at == (timestamp or UNDATED)


def test_an_hour_that_came_twice_is_not_changed_by_saving_it(
    api: Api, photo: Photo, session: Session
) -> None:
    later = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    photo.date(later)
    session.commit()

    api.edit(photo, date="2026-10-25", time="02:30:00", caption="x")

    session.refresh(photo)
    assert photo.timestamp == later


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("caption", {"caption": "x" * 281}),
        ("caption", {"caption": "a\u202eb"}),
        ("author_str", {"author_str": "x" * 65}),
        ("author_id", {"author_id": "-1"}),
        ("date", {"date": "2026-02-30"}),
        ("date", {"date": "0001-01-01"}),
        ("date", {"date": "9999-12-31"}),
        ("time", {"date": "2026-05-01", "time": "25:00"}),
        ("time", {"date": "2026-03-29", "time": "2:30"}),
        ("lat", {"lat": "90.1"}),
        ("lat", {"lat": "nan"}),
        ("lng", {"lng": "-180.5"}),
        ("lng", {"lng": "1e2"}),
    ],
)
def test_what_is_wrong_is_said_of_its_field(
    api: Api, photo: Photo, session: Session, field: str, sent: dict[str, str]
) -> None:
    response = api.edit(photo, **sent)

    assert response.status_code == 422
    assert list(told(response)["error"]["detail"]) == [field]
    session.refresh(photo)
    assert (photo.version, photo.timestamp) == (1, AT)


def test_its_author_is_an_account_or_a_name(api: Api, photo: Photo, session: Session) -> None:
    ada = PCeenFactory(prenom="Ada", nom="Lovelace")

    chosen = api.edit(photo, author_id=ada.id, author_str="Ada Lovelace")
    session.refresh(photo)
    assert (photo.author_id, photo.author_str) == (ada.id, None)
    assert told(chosen)["photo"]["author"] == "Ada Lovelace"

    api.edit(photo, author_id="", author_str="Ada Lovelace", caption="x")
    session.refresh(photo)
    assert photo.author_id == ada.id  # what was shown is what it was

    api.edit(photo, author_id="", author_str="")
    session.refresh(photo)
    assert (photo.author_id, photo.author_str) == (None, None)


def test_nobody_is_no_author(api: Api, photo: Photo) -> None:
    assert api.edit(photo, author_id=999_999).status_code == 404
    closed = PCeenFactory(disabled_at=AT)
    assert api.edit(photo, author_id=closed.id).status_code == 404


def test_what_someone_changed_meanwhile_is_not_lost(
    api: Api, photo: Photo, session: Session
) -> None:
    api.edit(photo, caption="First")

    again = api.edit(photo, caption="Second", version=1)
    unsaid = api.edit(photo, caption="Third", version="")

    session.refresh(photo)
    assert (again.status_code, unsaid.status_code) == (409, 409)
    assert photo.caption == "First"


def test_the_cover_is_chosen_once(api: Api, album: Album, photo: Photo, session: Session) -> None:
    other = PhotoFactory(album=album)
    first, second, third = api.star(photo), api.star(other), api.star(other)

    session.refresh(photo)
    session.refresh(other)
    assert [told(one)["already"] for one in (first, second, third)] == [False, False, True]
    assert (photo.featured, other.featured) == (False, True)
    assert (photo.cover_of, other.cover_of) == (None, album.id)


def test_a_photo_is_deleted_with_what_follows(
    api: Api, album: Album, photo: Photo, session: Session, outbox: Outbox
) -> None:
    other = PhotoFactory(album=album, cover_name="00aa.webp", featured_of=album.id)
    name, kept = other.file_name, photo.file_name

    response = api.delete(name)

    session.refresh(album)
    assert statuses(response) == [200]
    assert session.scalars(sa.select(Photo.file_name)).all() == [kept]
    assert (album.nb_photos, album.visible) == (1, True)
    assert RemoveFiles("2026", "gala", [name], ["00aa.webp"]) in outbox()
    assert "photos.photo.delete" in actions(session)


def test_an_album_whose_last_photo_goes_is_hidden_and_it_is_said(
    api: Api, album: Album, photo: Photo, session: Session
) -> None:
    response = api.delete(photo.file_name)

    session.refresh(album)
    assert told(response)["album_hidden"] is True
    assert (album.nb_photos, album.visible) == (0, False)


def test_what_is_not_there_is_a_404(api: Api, album: Album, photo: Photo) -> None:
    elsewhere = PhotoFactory()

    assert api.edit(elsewhere).status_code == 404
    assert api.star(elsewhere).status_code == 404
    assert api.delete(elsewhere.file_name).status_code == 404
    assert api.delete("nothing.jpg").status_code == 404


@pytest.mark.parametrize("path", ["edit_photo", "star_photo", "delete_photo", "bulk"])
@pytest.mark.parametrize("data", [{}, {"collection": "2026"}, {"collection": "2026", "album": ""}])
def test_what_names_no_album_is_a_400(browser: Client, path: str, data: dict[str, str]) -> None:
    assert browser.post(f"/api/photos/{path}", json=data).status_code == 400


@pytest.mark.parametrize("path", ["edit_photo", "star_photo", "delete_photo"])
@pytest.mark.parametrize("value", [None, 3, [], {}, True, "", "a\x00b"])
def test_what_names_no_photo_is_a_400(
    browser: Client, album: Album, path: str, value: object
) -> None:
    sent = fields(album, photo=value, photo_name=value)
    status = browser.post(f"/api/photos/{path}", json=sent).status_code

    assert status == (404 if value == 3 else 400)


@pytest.mark.parametrize(
    ("rights", "status"),
    [
        ([], 403),
        ([(T.read, S.photos)], 404),
        ([(T.read, S.photos), (T.read, S.collection)], 403),
        ([(T.read, S.photos), (T.delete, S.collection)], 403),
    ],
)
def test_who_only_reads_changes_nothing(
    login: Login,
    album: Album,
    photo: Photo,
    session: Session,
    rights: list[tuple[T, S]],
    status: int,
) -> None:
    api = Api(login(PCeenFactory(can=rights)), album)

    answers = [
        api.edit(photo, caption="x"),
        api.star(photo),
        api.delete(photo.file_name),
        api.bulk([photo.file_name], "hide"),
    ]

    assert [answer.status_code for answer in answers] == [status] * 4
    session.refresh(photo)
    assert (photo.caption, photo.featured, photo.hidden) == (None, False, False)


def test_who_is_nobody_changes_nothing(client: Client, album: Album, photo: Photo) -> None:
    api = Api(client, album)

    assert api.edit(photo).status_code == api.bulk([photo.file_name], "hide").status_code == 401


def test_without_its_token_nothing_changes(
    app: Flask, api: Api, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)

    assert api.delete(photo.file_name).status_code == 403


# Many


@pytest.fixture
def names(album: Album, photo: Photo) -> list[str]:
    """Three photos of the album: the last has no date."""
    second = PhotoFactory(album=album, timestamp=AT, sort_at=AT)
    return [photo.file_name, second.file_name, PhotoFactory(album=album).file_name]


def seen(session: Session, album: Album) -> list[Photo]:
    session.expire_all()
    return list(session.scalars(sa.select(Photo).filter_by(album_id=album.id).order_by(Photo.id)))


def test_many_say_the_same(api: Api, album: Album, names: list[str], session: Session) -> None:
    response = api.bulk(names, "set", caption="Gala", author_str="Zoé")

    found = seen(session, album)
    assert statuses(response) == [200] * 3
    assert {(p.caption, p.author_str, p.version) for p in found} == {("Gala", "Zoé", 2)}
    assert found[0].timestamp == AT
    assert [one["caption"] for one in told(response)["photos"]] == ["Gala"] * 3
    assert told(response)["message"] == "3 photos modifiées."


def test_a_clock_that_was_wrong_is_put_right(
    api: Api, album: Album, names: list[str], session: Session
) -> None:
    response = api.bulk(names, "shift_time", minutes=-90)

    found = seen(session, album)
    at = datetime(2026, 5, 1, 17, tzinfo=UTC)
    assert statuses(response) == [200, 200, 422]
    assert [p.timestamp for p in found] == [at, at, None]
    assert found[0].sort_at == at
    assert told(response)["outcomes"][2]["message"].endswith("n'a pas de date.")
    assert told(response)["message"].startswith("2 photos sur 3")


def test_no_clock_was_wrong_by_centuries(
    api: Api, album: Album, names: list[str], session: Session
) -> None:
    api.edit(seen(session, album)[0], date="2200-12-31", time="12:00")

    response = api.bulk(names[:1], "shift_time", minutes=5_000_000)

    assert statuses(response) == [422]
    assert told(response)["outcomes"][0]["message"].startswith("Cette date est trop loin")


def test_many_are_hidden_and_shown(
    api: Api, album: Album, names: list[str], session: Session
) -> None:
    hidden = api.bulk([*names, "nothing.jpg"], "hide")
    session.refresh(album)
    assert statuses(hidden) == [200, 200, 200, 404]
    assert told(hidden)["album_hidden"] is True
    assert (album.nb_photos, album.visible) == (0, False)

    shown = api.bulk(names[:2], "show")
    session.refresh(album)
    assert statuses(shown) == [200, 200]
    assert [p.hidden for p in seen(session, album)] == [False, False, True]
    assert album.nb_photos == 2


def test_many_are_turned_once_they_are_ready(
    api: Api, album: Album, names: list[str], outbox: Outbox
) -> None:
    coming = PhotoFactory(album=album, state=PhotoState.pending)

    response = api.bulk([names[0], coming.file_name], "rotate", degrees=90)

    turns = [e for e in outbox() if e.kind == "photos.rotate"]
    assert statuses(response) == [200, 409]
    assert [(t.degrees, t.file_name) for t in turns] == [(90, names[0])]  # type: ignore[attr-defined]
    assert list(renamed(response)) == [names[0]]


def test_what_is_hidden_gets_a_name_that_only_who_writes_the_album_is_told(
    api: Api, album: Album, names: list[str], outbox: Outbox
) -> None:
    PhotoFactory(album=album, state=PhotoState.pending, file_name="00cc00cc00cc00cc.jpg")

    answer = api.bulk([names[0], "00cc00cc00cc00cc.jpg"], "hide")

    asked = [e for e in outbox() if e.kind == "photos.conceal"]
    assert renamed(answer) == {e.file_name: e.new_name for e in asked}  # type: ignore[attr-defined]
    assert list(renamed(answer)) == [names[0]]  # the other one has no file that is served
    assert renamed(api.bulk([names[0]], "hide")) == {}


def test_many_are_deleted_or_none(
    api: Api, album: Album, names: list[str], session: Session
) -> None:
    refused = api.bulk([*names, "nothing.jpg"], "delete")
    assert refused.status_code == 404
    assert len(seen(session, album)) == 3

    done = api.bulk([*names, names[0]], "delete")
    assert statuses(done) == [200] * 3
    assert seen(session, album) == []


def made_files(store: PhotoStore, name: str) -> list[Path]:
    """The files of a photo of the album, made."""
    stem = name.rpartition(".")[0]
    where = ("2026", "gala")
    paths = [store.original(*where, name), store.large(*where, stem), store.thumb(*where, stem)]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.parent.name.encode())
    return paths


def test_many_are_moved_with_their_files_and_reports(
    api: Api,
    album: Album,
    photo: Photo,
    names: list[str],
    store: PhotoStore,
    session: Session,
    *,
    outbox: Outbox,
) -> None:
    target = AlbumFactory(collection__dir_name="2027", dir_name="fete", visible=False)
    report = PhotoReport(
        photo_id=photo.id, album_id=album.id, photo_name="x", kind=ReportKind.other, reason="x"
    )
    photo.featured_of = album.id
    session.add(report)
    session.commit()
    former = [path for name in names[:2] for path in made_files(store, name)]

    response = api.bulk(names[:2], "move", target_collection="2027", target_album="fete")

    assert statuses(response) == [200, 200]
    assert [p.file_name for p in seen(session, target)] == names[:2]
    assert (album.nb_photos, target.nb_photos) == (1, 2)
    assert (photo.featured, photo.cover_of) == (False, target.id)
    assert report.album_id == target.id
    assert store.original("2027", "fete", names[0]).read_bytes() == b"gala"
    assert store.large("2027", "fete", photo.stem).read_bytes() == b"_large"
    assert store.thumb("2027", "fete", photo.stem).is_file()
    assert all(path.is_file() for path in former)  # until the worker removes them
    assert RemoveFiles("2026", "gala", names[:2], []) in outbox()


def test_a_move_that_fails_leaves_all_where_it_was(
    api: Api,
    album: Album,
    names: list[str],
    store: PhotoStore,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = AlbumFactory(collection__dir_name="2027", dir_name="fete")
    for name in names:
        made_files(store, name)
    monkeypatch.setattr(linking, "sync", _broken)

    response = api.bulk(names, "move", target_collection="2027", target_album="fete")

    assert response.status_code == 500
    assert len(seen(session, album)) == 3
    assert [p for p in (store.base / "2027").rglob("*") if p.is_file()] == []
    assert target.nb_photos == 0


def _broken(_path: Path) -> None:
    raise OSError("the disk is full")


def test_photos_do_not_move_while_their_files_are_on_their_way(
    api: Api, album: Album, names: list[str], store: PhotoStore, session: Session
) -> None:
    AlbumFactory(collection__dir_name="2027", dir_name="fete")
    made_files(store, names[0])

    response = api.bulk(names[:2], "move", target_collection="2027", target_album="fete")

    assert response.status_code == 409
    assert len(seen(session, album)) == 3
    assert [p for p in (store.base / "2027").rglob("*") if p.is_file()] == []


def test_one_that_the_target_has_already_keeps_all_back(
    api: Api, album: Album, photo: Photo, names: list[str], session: Session
) -> None:
    target = AlbumFactory(collection__dir_name="2027", dir_name="fete")
    same = PhotoFactory(album=target, sha256=photo.sha256)

    response = api.bulk(names, "move", target_collection="2027", target_album="fete")

    assert response.status_code == 409
    assert told(response)["error"]["detail"]["photo"] == same.file_name
    assert len(seen(session, album)) == 3


def test_one_that_is_not_ready_is_not_moved(api: Api, album: Album, names: list[str]) -> None:
    AlbumFactory(collection__dir_name="2027", dir_name="fete")
    coming = PhotoFactory(album=album, state=PhotoState.pending)

    response = api.bulk(
        [names[0], coming.file_name], "move", target_collection="2027", target_album="fete"
    )

    assert response.status_code == 409


def test_nothing_is_moved_where_it_is(api: Api, names: list[str]) -> None:
    response = api.bulk(names, "move", target_collection="2026", target_album="gala")

    assert response.status_code == 422


def test_to_move_one_writes_both_albums(
    login: Login, album: Album, photo: Photo, session: Session
) -> None:
    target = AlbumFactory(collection__dir_name="2027", dir_name="fete")
    mine = (T.write, S.collection, album.collection_id)
    reads = (T.read, S.collection, target.collection_id)
    where = {"target_collection": "2027", "target_album": "fete"}

    hidden = Api(login(PCeenFactory(can=[(T.read, S.photos), mine])), album)
    assert hidden.bulk([photo.file_name], "move", **where).status_code == 404
    seen_only = Api(login(PCeenFactory(can=[(T.read, S.photos), mine, reads])), album)
    assert seen_only.bulk([photo.file_name], "move", **where).status_code == 403
    session.refresh(photo)
    assert photo.album_id == album.id


@pytest.mark.parametrize(
    "sent",
    [
        {"photos": []},
        {"photos": "x.jpg"},
        {"photos": [1]},
        {"photos": ["x.jpg"] * 501},
        {"action": "explode"},
        {"action": None},
        {"action": ["hide"]},
        {"action": "rotate", "degrees": 45},
        {"action": "rotate", "degrees": True},
        {"action": "shift_time"},
        {"action": "shift_time", "minutes": "5"},
        {"action": "shift_time", "minutes": 0},
        {"action": "shift_time", "minutes": 10**9},
        {"action": "set", "caption": ["x"]},
        {"action": "move"},
    ],
)
def test_what_makes_no_sense_of_many_is_a_400(
    api: Api, names: list[str], sent: dict[str, Any]
) -> None:
    wanted: dict[str, Any] = {"photos": names, "action": "hide"} | sent
    response = api.bulk(wanted.pop("photos"), wanted.pop("action"), **wanted)

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"[" * 100_000, 400),
        (b'{"photos": ' * 50_000, 400),
        (b'{"collection": "2026", "album": "gala", "action": "hide", "photos": ["\\ud800"]}', 400),
        (b'{"collection": "2026", "album": "gala", "action": "hide", "photos": ["\\u00e9"]}', 200),
    ],
)
@pytest.mark.usefixtures("photo")
def test_what_no_column_could_hold_is_not_json(browser: Client, sent: bytes, status: int) -> None:
    answer = browser.post("/api/photos/bulk", data=sent, content_type="application/json")

    assert answer.status_code == status


def test_many_are_changed_in_as_many_statements_as_few(
    api: Api, album: Album, names: list[str], queries: list[str]
) -> None:
    api.bulk(names[:1], "hide")
    few = len([q for q in queries if q.startswith("SELECT")])
    more = [PhotoFactory(album=album).file_name for _ in range(5)]
    queries.clear()
    api.bulk([*names, *more], "hide")

    assert len([q for q in queries if q.startswith("SELECT")]) <= few + 1


# People


def test_authors_are_found_by_their_names(api: Api, session: Session) -> None:
    PCeenFactory(prenom="Ada", nom="Lovelace", promo=140)
    PCeenFactory(prenom="Adèle", nom="de Broglie", promo=141)
    PCeenFactory(prenom="Adam", nom="Gone", disabled_at=AT)

    def names(text: str) -> list[str]:
        found = told(api.browser.get("/api/photos/people", query_string={"q": text}))
        return [one["name"] for one in found["people"]]

    assert names("ad") == ["Adèle de Broglie", "Ada Lovelace"]
    assert names("adele BROG") == ["Adèle de Broglie"]
    assert names("%") == names("") == names("zzz") == []


def test_who_writes_no_album_looks_for_no_author(login: Login, session: Session) -> None:
    reader = login(PCeenFactory(can=[(T.read, S.photos), (T.read, S.collection)]))

    assert reader.get("/api/photos/people?q=ad").status_code == 403
    assert reader.get("/api/photos/people?q=ad&tag").status_code == 200
    assert login(PCeenFactory()).get("/api/photos/people?q=ad&tag").status_code == 403


# Without scripts


@pytest.fixture
def edit_page(photo: Photo) -> str:
    return f"/photos/2026/gala/photo/{photo.stem}/edit"


@pytest.fixture
def change_page(photo: Photo) -> str:
    return f"/photos/2026/gala/photo/{photo.stem}/change"


def test_a_photo_is_changed_without_scripts(
    browser: Client, photo: Photo, edit_page: str, session: Session
) -> None:
    page = browser.open_page(edit_page)
    values = {
        str(f["name"]): str(f.get("value", ""))
        for f in page.html.select("main form.form:not([action]) input")
    }
    assert values["date"] == "2026-05-01"
    assert values["time"] == "20:30:00"

    wrong = browser.submit(edit_page, status=422, **values | {"date": "2026-02-30"})
    assert "Cette date n'existe pas" in wrong.text("main")
    response = browser.post(edit_page, data=values | {"caption": "Le gala"})

    session.refresh(photo)
    assert (response.status_code, photo.caption, photo.timestamp) == (303, "Le gala", AT)
    stale = browser.submit(edit_page, status=409, **values | {"caption": "Autre"})
    assert "Valeur actuelle : Le gala" in stale.text("main")


def test_a_photo_is_hidden_turned_and_chosen_without_scripts(
    browser: Client, photo: Photo, change_page: str, session: Session, outbox: Outbox
) -> None:
    for data in ({"action": "star"}, {"action": "hide"}, {"action": "rotate", "degrees": "90"}):
        assert browser.post(change_page, data=data).status_code == 303
    assert browser.post(change_page, data={"action": "x"}).status_code == 400

    session.refresh(photo)
    assert (photo.featured, photo.hidden) == (True, True)
    assert "photos.rotate" in [effect.kind for effect in outbox()]


def test_a_photo_is_deleted_without_scripts_once_one_is_sure(
    browser: Client, photo: Photo, change_page: str, session: Session
) -> None:
    browser.post(change_page, data={"action": "delete"})
    assert session.scalars(sa.select(sa.func.count(Photo.id))).one() == 1

    browser.post(change_page, data={"action": "delete", "sure": "on"})
    assert session.scalars(sa.select(sa.func.count(Photo.id))).one() == 0


def test_the_plain_pages_are_for_who_writes_the_album(
    login: Login, photo: Photo, edit_page: str, change_page: str
) -> None:
    reader = login(PCeenFactory(can=[(T.read, S.photos), (T.read, S.collection)]))

    reader.open_page(edit_page, status=403)
    assert reader.post(change_page, data={"action": "hide"}).status_code == 403


def test_the_audit_says_for_whom(api: Api, photo: Photo, session: Session) -> None:
    api.edit(photo, caption="Le gala")

    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert event.after is not None
    assert (event.object_id, event.after["caption"]) == (photo.id, "Le gala")
    assert isinstance(event.actor_id, int)
    assert session.get(PCeen, event.actor_id) is not None
