"""The door of protected files where there is no web server, and the gates that renew links."""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock, file_tokens
from app.enums import PermissionScope as S, PermissionType as T, PhotoState
from app.integrations.photo_store import PhotoStore
from app.models import AlbumAddress, Photo, Role
from app.settings import PhotosSettings, Settings
from app.web import files
from app.web.headers import FILE_POLICY
from tests.client import Client
from tests.conftest import OUTSIDE, Login
from tests.core.test_file_tokens import SECRET, VECTORS, E
from tests.factories import AlbumFactory, CollectionFactory, PCeenFactory, PhotoFactory
from tests.factories.people import permission

STEM = "0123456789abcdef"
PHOTO = f"/photo/2026/gala/{STEM}.jpg"
GATE = f"/photos/2026/gala/{STEM}.jpg"
READS = [(T.read, S.photos), (T.read, S.collection)]


@pytest.fixture
def photo(session: Session, store: PhotoStore) -> Photo:
    """One photo, with its files, in an album that is shown."""
    album = AlbumFactory(collection__dir_name="2026", dir_name="gala")
    photo: Photo = PhotoFactory(
        album=album, file_name=f"{STEM}.jpg", cover_name=f"{STEM}.webp", cover_of=album.id
    )
    place = ("2026", "gala")
    for path in (
        store.original(*place, photo.file_name),
        store.large(*place, STEM),
        store.thumb(*place, STEM),
        store.cover(f"{STEM}.webp"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.parent.name.encode())
    return photo


@pytest.fixture
def reader(login: Login, photo: Photo) -> Client:
    return login(PCeenFactory(can=READS))


def link(
    app: Flask, path: str, *, directory: str = "/photo/2026/gala", address: str = OUTSIDE
) -> str:
    """A link that is good for an hour."""
    secret = app.extensions["settings"].photos_key
    token = file_tokens.sign(directory, address, int(time.time()) + 3600, secret)
    return f"{path}?md5={token.md5}&expires={token.expires}"


@pytest.mark.parametrize(
    ("path", "directory", "found"),
    [
        (PHOTO, "/photo/2026/gala", (b"gala", "image/jpeg")),
        (f"/photo/2026/gala/_large/{STEM}.webp", "/photo/2026/gala", (b"_large", "image/webp")),
        (f"/photo/2026/gala/_thumbs/{STEM}.webp", "/photo/2026/gala", (b"_thumbs", "image/webp")),
        (f"/photo_cover/{STEM}.webp", "/photo_cover", (b"_covers", "image/webp")),
    ],
)
def test_a_link_is_enough_and_the_gate_gives_one(
    app: Flask, reader: Client, path: str, directory: str, found: tuple[bytes, str]
) -> None:
    answer = app.test_client().get(
        link(app, path, directory=directory), environ_base={"REMOTE_ADDR": OUTSIDE}, buffered=True
    )
    assert (answer.status_code, answer.data, answer.mimetype) == (200, *found)
    assert answer.headers["Cache-Control"] == "private, must-revalidate, max-age=3600"
    assert answer.headers["Content-Security-Policy"] == FILE_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"

    answer = reader.get(path, follow_redirects=True, buffered=True)
    assert [one.status_code for one in answer.history] == [302, 302]
    assert (answer.status_code, answer.data) == (200, found[0])


@pytest.mark.once
def test_a_file_is_asked_for_again_and_bit_by_bit(app: Flask, client: Client, photo: Photo) -> None:
    address = link(app, PHOTO)
    tag = client.get(address, buffered=True).headers["ETag"]

    assert client.get(address, headers={"If-None-Match": tag}, buffered=True).status_code == 304
    part = client.get(address, headers={"Range": "bytes=1-2"}, buffered=True)
    assert (part.status_code, part.data) == (206, b"al")


def test_another_link_leads_to_the_gate_with_what_it_was(
    app: Flask, client: Client, photo: Photo
) -> None:
    good = link(app, PHOTO)
    md5, expires = parse_qs(urlsplit(good).query).values()
    refused = [
        (PHOTO, "", ""),
        (link(app, PHOTO, directory="/photo/2026/gal"), None, None),
        (link(app, PHOTO, directory="/photo_cover"), None, None),
        (link(app, PHOTO, address="192.0.2.11"), None, None),
        (f"{PHOTO}?md5=%41&expires={expires[0]}", "", expires[0]),
        (f"{PHOTO}?md5={'A' * 22}&md5={md5[0]}&expires={expires[0]}", "A" * 22, expires[0]),
    ]
    for address, bad_md5, bad_expires in refused:
        answer = client.get(address)
        gate = urlsplit(answer.headers["Location"])
        found = parse_qs(gate.query, keep_blank_values=True)
        assert (answer.status_code, gate.path) == (302, GATE)
        assert list(found) == ["bad_expires", "bad_md5"]
        if bad_md5 is not None:
            assert found == {"bad_expires": [bad_expires], "bad_md5": [bad_md5]}
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        assert client.get(good).status_code == 302


@pytest.mark.parametrize(
    "path",
    [
        "/photo/x.jpg",
        "/photo/2026/gala",
        "/photo/2026/gala/",
        "/photo/2026/gala/x",
        f"/photo/2026/gala/..%2f{STEM}.jpg",
        f"/photo/2026/ga%20la/{STEM}.jpg",
        f"/photo/_incoming/a/{STEM}.jpg",
        f"/photo/2026/_large/{STEM}.webp",
        f"/photo/2026/gala/{STEM}.JPG",
        f"/photo/2026/gala/_other/{STEM}.jpg",
        "/photo_cover/x",
    ],
)
@pytest.mark.once
def test_what_is_no_address_of_a_file_is_not_found(
    app: Flask, client: Client, photo: Photo, path: str
) -> None:
    for directory in ("/photo/2026/gala", "/photo_cover", "/photo/_incoming/a"):
        assert client.get(link(app, path, directory=directory)).status_code == 404


@pytest.mark.once
def test_a_file_that_is_gone_is_not_found(
    app: Flask, client: Client, photo: Photo, store: PhotoStore
) -> None:
    store.remove(("2026", "gala"), photo.file_name)

    assert client.get(link(app, PHOTO)).status_code == 404


@pytest.mark.parametrize(("directory", "address", "md5"), VECTORS)
@pytest.mark.once
def test_the_site_agrees_with_the_vectors_of_the_specification(
    app: Flask,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    directory: str,
    address: str,
    md5: str,
) -> None:
    settings: Settings = app.extensions["settings"]
    own = {"photos": PhotosSettings(secret_key=SECRET)}
    monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update=own))
    with (
        time_machine.travel(datetime.fromtimestamp(E - 60, UTC), tick=False),
        app.test_request_context("/legal", environ_base={"REMOTE_ADDR": address}),
    ):
        app.preprocess_request()
        assert files.is_good(file_tokens.Token(md5, str(E)), directory)
        assert not files.is_good(file_tokens.Token(md5, str(E)), f"{directory}1")
        assert not files.is_good(file_tokens.Token(md5, "978307200"), directory)
        assert files.token(directory).expires == str(E + 3600)


def test_who_may_not_see_a_photo_finds_nothing_at_its_gates(
    session: Session, client: Client, login: Login, photo: Photo
) -> None:
    gates = [
        GATE,
        f"/photos/2026/gala/_large/{STEM}.webp",
        f"/photos/2026/gala/_thumbs/{STEM}.webp",
        f"/photos/_cover/{STEM}.webp",
    ]
    assert all("/login" in client.get(gate).headers["Location"] for gate in gates)
    client.get("/login")  # and what it says is read
    writer = PCeenFactory(can=[(T.read, S.photos), (T.write, S.collection)])
    for change in ("hidden", "album", "collection"):
        photo.hidden = change == "hidden"
        photo.album.visible = change != "album"
        photo.album.collection.visible = change != "collection"
        session.commit()
        reader = login(PCeenFactory(can=READS))
        missing = reader.open_page("/photos/2026/gala/0000.jpg", status=404).text("main")
        for gate in gates:
            assert reader.open_page(gate, status=404).text("main") == missing
        browser = login(writer)
        assert [browser.get(gate).status_code for gate in gates] == [302] * 4
    photo.hidden, photo.state = False, PhotoState.pending
    session.commit()
    browser = login(writer)
    assert [browser.get(gate).status_code for gate in gates] == [404] * 4


def test_the_right_of_a_gate_is_that_of_the_album(login: Login, photo: Photo) -> None:
    assert login(PCeenFactory(can=[(T.read, S.photos)])).get(GATE).status_code == 404
    alone = [(T.read, S.photos), (T.read, S.album, photo.album_id)]
    assert login(PCeenFactory(can=alone)).get(GATE).status_code == 302
    assert login(PCeenFactory(can=[(T.read, S.collection)])).get(GATE).status_code == 403


@pytest.mark.once
def test_a_gate_gives_a_link_once(app: Flask, reader: Client, photo: Photo) -> None:
    """If what it would give was refused, somebody else has another secret."""
    given = reader.get(GATE).headers["Location"]
    again = f"{GATE}?{urlsplit(given).query.replace('md5', 'bad_md5')}".replace(
        "&expires", "&bad_expires"
    )

    page = reader.open_page(again, status=403)

    assert "refuse les liens du site" in page.text("main")
    assert reader.get(again.replace("bad_md5=", "bad_md5=x")).status_code == 302
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        assert reader.get(again).status_code in (302, 403)


@pytest.mark.once
def test_who_has_no_address_gets_an_explanation(reader: Client, photo: Photo) -> None:
    reader.environ_base["REMOTE_ADDR"] = "127.0.0.1"
    answer = reader.get(GATE, headers={"X-Real-IP": "nobody"})

    assert answer.status_code == 403
    assert "ne sait pas" in answer.text


def test_the_gate_of_an_album_that_moved_leads_to_where_it_is(
    session: Session, reader: Client, photo: Photo
) -> None:
    session.add(AlbumAddress(collection_dir="2025", album_dir="soiree", album_id=photo.album_id))
    session.commit()

    answer = reader.get(f"/photos/2025/soiree/{STEM}.jpg")

    assert answer.status_code == 301
    assert answer.headers["Location"].endswith(GATE)


def test_covers_of_psl_are_for_those_who_have_the_right_themselves(
    session: Session, client: Client, login: Login, store: PhotoStore
) -> None:
    album = AlbumFactory(collection=CollectionFactory(dir_name="psl"), dir_name="gala")
    PhotoFactory(album=album, file_name=f"{STEM}.jpg", cover_name="0a.webp", cover_of=album.id)
    public = session.get_one(Role, Role.PUBLIC)
    public.permissions = [
        permission(T.read, S.photos),
        permission(T.read, S.collection, album.collection_id),
    ]
    session.commit()

    assert client.get("/photos/_cover/0a.webp").status_code == 404
    assert client.get(f"/photos/psl/gala/{STEM}.jpg").status_code == 302
    assert login(PCeenFactory()).get("/photos/_cover/0a.webp").status_code == 404
    assert login(PCeenFactory(can=READS)).get("/photos/_cover/0a.webp").status_code == 302
