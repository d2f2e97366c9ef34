"""Sending a photo: what is taken, what is refused, and that nothing is left of what is not."""

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T, PhotoState
from app.integrations import images
from app.integrations.photo_store import PhotoStore
from app.models import UNDATED, Album, AuditEvent, PCeen, Photo
from app.modules.photos.choices import PHOTOS_KEEP_GPS
from app.modules.photos.effects import PreparePhoto
from app.modules.photos.rules.uploads import LARGEST, SMALLEST, cleaned_name
from app.web.uploads import ArrivingFile
from tests.client import Client
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory
from tests.factories.photos import AlbumFactory, PhotoFactory
from tests.integrations.images.pictures import FILES
from tests.modules.photos.sending import (
    editor,
    refused_for,
    send,
    some_bytes,
    taken_for,
)

HEIC = FILES / "turned.heic"
INSPECT = images.inspect


@pytest.fixture
def album(session: Session) -> Album:
    album: Album = AlbumFactory(collection__dir_name="2026", dir_name="gala")
    return album


@pytest.fixture
def me(session: Session) -> PCeen:
    return editor()


@pytest.fixture
def browser(login: Login, me: PCeen, album: Album) -> Client:
    return login(me)


@pytest.fixture(autouse=True)
def _a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    taken_for(monkeypatch)


def photos(session: Session) -> list[Photo]:
    session.expire_all()
    return list(session.scalars(sa.select(Photo).order_by(Photo.id)))


def files(store: PhotoStore) -> list[Path]:
    return [path for path in store.base.rglob("*") if path.is_file()]


def test_a_photo_waits_for_the_worker_with_its_file(
    browser: Client, store: PhotoStore, session: Session, album: Album, me: PCeen, outbox: Outbox
) -> None:
    content = some_bytes()

    response = send(browser, album, content)

    (photo,) = photos(session)
    assert response.status_code == 201
    assert response.json is not None
    assert response.json["photo"]["name"] == photo.file_name
    assert response.json["photo"]["state"] == "pending"
    assert photo.state is PhotoState.pending
    assert (photo.width, photo.height, photo.sort_at) == (400, 300, UNDATED)
    assert (photo.original_name, photo.uploader_id) == ("IMG_0001.JPG", me.id)
    assert photo.sha256 == hashlib.sha256(content).hexdigest()
    assert store.incoming(photo.stem).read_bytes() == content
    assert files(store) == [store.incoming(photo.stem)]
    assert outbox() == [PreparePhoto(photo=photo.id)]
    assert session.scalars(sa.select(AuditEvent.action)).all()[-1] == "photos.photo.add"
    assert album.nb_photos == 0


def test_the_same_file_is_in_an_album_once(
    browser: Client, store: PhotoStore, session: Session, album: Album
) -> None:
    content = some_bytes()
    send(browser, album, content)

    again = send(browser, album, content, "other.jpg")
    elsewhere = send(browser, AlbumFactory(), content)

    first = photos(session)[0]
    assert again.status_code == 409
    assert again.json is not None
    assert again.json["error"]["message"] == "other.jpg est déjà dans l'album."
    assert again.json["error"]["detail"] == {
        "code": "duplicate",
        "photo": first.file_name,
        "url": f"/photos/2026/gala/photo/{first.stem}",
    }
    assert elsewhere.status_code == 201
    assert len(files(store)) == 2


def test_two_files_of_one_name_are_two_photos(
    browser: Client, store: PhotoStore, session: Session, album: Album
) -> None:
    send(browser, album, some_bytes())
    send(browser, album, some_bytes())

    assert [photo.original_name for photo in photos(session)] == ["IMG_0001.JPG"] * 2


def test_a_heic_after_a_jpeg_of_its_name_is_another_photo_and_half_of_one_is_none(
    browser: Client,
    store: PhotoStore,
    session: Session,
    album: Album,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(browser, album, some_bytes(), "a.jpeg")
    (first,) = photos(session)
    name, before = first.file_name, store.incoming(first.stem).read_bytes()
    monkeypatch.setattr(images, "inspect", INSPECT)
    heic = HEIC.read_bytes()
    padding = SMALLEST.to_bytes(4) + b"free" + bytes(SMALLEST - 8)  # a box that says nothing

    sent = send(browser, album, heic + padding, "a.heic")
    # what it begins with, and none of the picture
    half = send(browser, album, heic[: len(heic) // 2] + padding, "b.heic")

    first, second = photos(session)
    assert (sent.status_code, half.status_code) == (201, 400)
    assert (first.file_name, store.incoming(first.stem).read_bytes()) == (name, before)
    assert (second.width, second.height, second.author_str) == (64, 96, "Zoé")
    assert second.file_name.endswith(".jpg")
    assert len(files(store)) == 2


def test_what_a_picture_says_of_itself_is_kept(
    browser: Client,
    store: PhotoStore,
    session: Session,
    album: Album,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = datetime(2026, 5, 1, 20, 30, tzinfo=UTC)
    taken_for(
        monkeypatch,
        author="  Zoé \u202ex ",
        caption="Gala " + "x" * 300,
        timestamp=at,
        lat=48.84,
        lng=2.34,
    )
    send(browser, album, some_bytes())
    PHOTOS_KEEP_GPS.set(session, value=True)
    session.commit()
    send(browser, album, some_bytes())

    first, second = photos(session)
    assert (first.author_str, first.timestamp, first.sort_at) == ("Zoé x", at, at)
    assert first.caption == "Gala " + "x" * 275
    assert (first.lat, first.lng) == (None, None)
    assert (second.lat, second.lng) == (48.84, 2.34)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (images.UnknownType, 415),
        (images.Undecodable, 400),
        (images.TooManyPixels, 400),
        (images.Animated, 415),
        (images.TooSlow, 400),
    ],
)
def test_what_is_no_picture_leaves_nothing(
    browser: Client,
    store: PhotoStore,
    session: Session,
    album: Album,
    monkeypatch: pytest.MonkeyPatch,
    *,
    refusal: type[Exception],
    status: int,
) -> None:
    refused_for(monkeypatch, refusal)

    response = send(browser, album, some_bytes(), "été.jpg")

    assert response.status_code == status
    assert response.json is not None
    assert response.json["error"]["message"].startswith("été.jpg ")
    assert (photos(session), files(store)) == ([], [])


@pytest.mark.parametrize(("size", "status"), [(SMALLEST - 1, 400), (SMALLEST, 201), (0, 400)])
def test_a_file_that_is_too_small_is_no_photo(
    browser: Client, store: PhotoStore, album: Album, size: int, status: int
) -> None:
    assert send(browser, album, some_bytes(size)).status_code == status
    assert len(files(store)) == (status == 201)


class Generated(io.RawIOBase):
    """A form with a file of so many bytes, made while it is read."""

    def __init__(self, head: bytes, size: int, tail: bytes) -> None:
        self.left = size
        self._head, self._tail, self._at = head, tail, 0
        self.length = len(head) + size + len(tail)
        self.largest = 0

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = self.length if whence == io.SEEK_END else offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._next(len(buffer))
        buffer[: len(data)] = data
        self.largest = max(self.largest, memory())
        return len(data)

    def _next(self, most: int) -> bytes:
        if self._head:
            head, self._head = self._head[:most], self._head[most:]
            return head
        if self.left:
            count = min(most, self.left)
            self.left -= count
            return b"\xff" * count
        tail, self._tail = self._tail[:most], self._tail[most:]
        return tail


def memory() -> int:
    """What this process takes, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def generated(size: int) -> Generated:
    part = "--x\r\nContent-Disposition: form-data; name="
    rest = f'{part}"collection"\r\n\r\n2026\r\n{part}"album"\r\n\r\ngala\r\n'
    head = f'{rest}{part}"file"; filename="big.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return Generated(head.encode(), size, b"\r\n--x--\r\n")


def stream(browser: Client, form: Generated) -> tuple[int, str]:
    response = browser.post(
        "/api/photos/upload",
        input_stream=form,
        content_length=form.length,
        content_type="multipart/form-data; boundary=x",
    )
    return response.status_code, response.text


def test_a_byte_too_many_is_refused_with_the_limit_and_leaves_nothing(
    browser: Client, store: PhotoStore
) -> None:
    status, said = stream(browser, generated(LARGEST + 1))
    much, at_once = generated(2 * LARGEST), stream(browser, generated(2 * LARGEST))

    assert status == 413
    assert "big.jpg est trop gros : 100 000 000 octets au plus." in said
    assert at_once[0] == 413
    assert "100 000 000 octets au plus" in at_once[1]
    assert much.left == 2 * LARGEST
    assert files(store) == []


@pytest.mark.once
def test_the_largest_photo_takes_no_memory(
    browser: Client, store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused_for(monkeypatch, images.Undecodable)
    form, before = generated(LARGEST), memory()

    status, _said = stream(browser, form)

    assert status == 400  # it came whole, and was looked at
    assert form.largest > 0
    assert form.largest - before < 60_000_000
    assert files(store) == []


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"collection": "2026", "album": "gala"},
        {"collection": "2026", "album": "gala", "file": "text"},
        {"collection": "2026", "file": (io.BytesIO(b"x" * 10_000), "a.jpg")},
        {"collection": "2026\x00", "album": "gala", "file": (io.BytesIO(b"x" * 10_000), "a.jpg")},
    ],
)
def test_what_makes_no_sense_is_a_400(
    browser: Client, store: PhotoStore, data: dict[str, object]
) -> None:
    response = browser.post("/api/photos/upload", data=data, content_type="multipart/form-data")

    assert response.status_code == 400
    assert response.json is not None
    assert files(store) == []


def test_a_form_that_is_cut_short_leaves_nothing(browser: Client, store: PhotoStore) -> None:
    form = generated(20_000)
    form.left = 15_000  # the rest never comes
    form._tail = b""

    status, _said = stream(browser, form)

    assert status == 400
    assert files(store) == []


@pytest.mark.parametrize(
    ("rights", "status"),
    [
        ([], 403),
        ([(T.write, S.collection)], 403),
        ([(T.read, S.photos)], 404),
        ([(T.read, S.photos), (T.read, S.collection)], 403),
        ([(T.read, S.photos), (T.delete, S.collection)], 403),
        ([(T.read, S.photos), (T.write, S.collection)], 201),
    ],
)
def test_who_may_not_write_the_album_sends_nothing_to_it(
    login: Login,
    store: PhotoStore,
    album: Album,
    rights: list[tuple[T, S]],
    status: int,
) -> None:
    browser = login(PCeenFactory(can=rights))

    assert send(browser, album, some_bytes()).status_code == status
    assert len(files(store)) == (status == 201)


def test_who_is_nobody_sends_nothing(client: Client, store: PhotoStore, album: Album) -> None:
    assert send(client, album, some_bytes()).status_code == 401
    assert files(store) == []


def test_who_writes_one_collection_finds_no_other(
    login: Login, store: PhotoStore, album: Album
) -> None:
    other = AlbumFactory()
    browser = login(
        PCeenFactory(can=[(T.read, S.photos), (T.write, S.collection, album.collection_id)])
    )

    assert send(browser, album, some_bytes()).status_code == 201
    assert send(browser, other, some_bytes()).status_code == 404


def test_without_its_token_nothing_is_sent(
    app: Flask,
    browser: Client,
    store: PhotoStore,
    album: Album,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)

    assert send(browser, album, some_bytes()).status_code == 403
    assert (photos(session), files(store)) == ([], [])


@pytest.mark.once
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("IMG_0001.JPG", "IMG_0001.JPG"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\secret.png", "secret.png"),
        ("C:\\fakepath\\a.jpg", "a.jpg"),
        ("..", "photo"),
        ("", "photo"),
        ("a/", "photo"),
        ("e\u0301te\u0301.jpg", "été.jpg"),
        ("gpj.\u202egpj.exe", "gpj.gpj.exe"),
        ("a\x00b\nc\x1b[31m.jpg", "abc[31m.jpg"),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
        ("x" * 300, "x" * 120),
        ("a." + "x" * 300, "a." + "x" * 118),
        ("\ud800.jpg", ".jpg"),
        ('<img src=x onerror="1">.jpg', '<img src=x onerror="1">.jpg'),
    ],
)
def test_a_name_is_cleaned(given: str, kept: str) -> None:
    assert cleaned_name(given) == kept


def test_a_hostile_name_is_shown_cleaned_and_names_no_file(
    browser: Client, store: PhotoStore, session: Session, album: Album
) -> None:
    send(browser, album, some_bytes(), "../../\u202e" + "é" * 300 + ".jpg")

    (photo,) = photos(session)
    assert photo.original_name == "é" * 116 + ".jpg"
    assert [path.name for path in files(store)] == [photo.stem]


def test_a_form_of_many_files_keeps_none_of_them_open(
    browser: Client, store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptors, before, close = Path("/proc/self/fd"), [0], ArrivingFile.close

    def closing(file: ArrivingFile) -> None:
        before.append(len(list(descriptors.iterdir())))
        close(file)

    monkeypatch.setattr(ArrivingFile, "close", closing)
    now = len(list(descriptors.iterdir()))
    many = [(io.BytesIO(b"x"), f"{number}.jpg") for number in range(200)]
    browser.post("/photos/2026/gala/upload", data={"files": many})

    assert len(before) > 200
    assert max(before) < now + 100
    assert files(store) == []


# Without scripts


def test_many_are_sent_without_scripts(
    browser: Client, store: PhotoStore, session: Session, album: Album
) -> None:
    twice = some_bytes()
    page = browser.open_page("/photos/2026/gala/upload")
    sent = [
        (io.BytesIO(content), f"{n}.jpg") for n, content in enumerate((some_bytes(), twice, twice))
    ]

    after = browser.post(
        "/photos/2026/gala/upload", data={"files": sent}, content_type="multipart/form-data"
    )

    assert "JPEG, PNG, WebP, HEIC" in page.text("main")
    assert (after.status_code, after.headers["Location"]) == (303, "/photos/2026/gala?edit")
    assert [photo.original_name for photo in photos(session)] == ["0.jpg", "1.jpg"]
    assert len(files(store)) == 2
    with browser.session_transaction() as cookie:
        assert cookie["_flashes"] == [("success", "2 photos envoyées, 1 déjà là.")]


def test_each_file_that_is_refused_says_why(
    browser: Client, store: PhotoStore, session: Session, album: Album
) -> None:
    sent = [(io.BytesIO(some_bytes()), "good.jpg"), (io.BytesIO(b"x"), "<b>small.jpg")]

    page = browser.submit("/photos/2026/gala/upload", status=422, files=sent)

    assert "<b>small.jpg est trop petit" in page.text("main")
    assert "1 photo envoyée." in page.text("main")
    assert len(photos(session)) == len(files(store)) == 1


def test_a_form_without_a_file_says_so(browser: Client, store: PhotoStore, album: Album) -> None:
    page = browser.submit("/photos/2026/gala/upload", status=422)

    assert "Choisissez un fichier." in page.text("main")


def test_the_plain_form_is_for_who_writes_the_album(login: Login, album: Album) -> None:
    reader = login(PCeenFactory(can=[(T.read, S.photos), (T.read, S.collection)]))

    reader.open_page("/photos/2026/gala/upload", status=403)
    reader.open_page("/photos/2026/nothing/upload", status=404)


def test_a_photo_of_an_album_that_goes_meanwhile_is_a_404(
    browser: Client,
    store: PhotoStore,
    session: Session,
    album: Album,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def inspect(_path: Path) -> object:
        session.delete(album)
        session.commit()
        return images.Facts(format="jpeg", width=4, height=3)

    monkeypatch.setattr(images, "inspect", inspect)

    assert send(browser, album, some_bytes()).status_code == 404
    assert (photos(session), files(store)) == ([], [])


def test_who_has_the_same_photo_in_another_album_is_not_told(
    browser: Client, store: PhotoStore, session: Session, album: Album
) -> None:
    content = some_bytes()
    PhotoFactory(sha256=hashlib.sha256(content).hexdigest())

    assert send(browser, album, content).status_code == 201


def test_the_dialog_knows_the_limits_of_the_site(
    browser: Client, store: PhotoStore, album: Album
) -> None:
    page = browser.open_page("/photos/2026/gala?edit")

    dialog = page.html.select_one("dialog[data-upload]")
    assert dialog is not None
    assert (dialog["data-smallest"], dialog["data-largest"]) == (str(SMALLEST), str(LARGEST))
    assert page.html.select_one("[data-upload-open]")["href"] == "/photos/2026/gala/upload"  # type: ignore[index]


def test_who_reads_the_album_is_shown_no_tool(
    login: Login, store: PhotoStore, album: Album
) -> None:
    reader = login(PCeenFactory(can=[(T.read, S.photos), (T.read, S.collection)]))
    page = reader.open_page("/photos/2026/gala?edit")

    found = (
        "dialog[data-upload], [data-upload-open], [data-tools], [data-bulk], [data-photo-editor]"
    )
    assert page.html.select(found) == []
