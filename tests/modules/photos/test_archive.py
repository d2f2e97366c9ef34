"""An album, taken away as one file (community 2.5)."""

import io
import signal
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
import time_machine
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.enums import PermissionScope as S, PermissionType as T, PhotoState
from app.integrations.photo_store import PhotoStore
from app.models import Album, Photo, Role
from app.modules.photos.errors import NothingToTake, TooManyArchives
from app.modules.photos.rules.archive import Named, names
from app.modules.photos.service import archive
from app.modules.photos.service.archive import Interrupted
from tests.client import Client
from tests.conftest import Login
from tests.factories import AlbumFactory, PCeenFactory, PhotoFactory
from tests.factories.people import permission

URL = "/photos/2026/gala.zip"
READS = [(T.read, S.photos), (T.read, S.collection)]
WRITES = [(T.read, S.photos), (T.write, S.collection)]


@pytest.fixture
def album(session: Session, store: PhotoStore) -> Album:
    """Three photos that are seen, two of one name; one that is hidden, one that comes."""
    album: Album = AlbumFactory(collection__dir_name="2026", dir_name="gala", name="Gala d'été")
    at = datetime(2026, 7, 1, 22, 30, 40, tzinfo=UTC)
    for number, original in enumerate(
        ("IMG_1.JPG", "img_1.jpg", "Zoé.HEIC", "hidden.jpg", "x.jpg")
    ):
        photo = PhotoFactory(
            album=album,
            file_name=f"{number:016x}.jpg",
            original_name=original,
            hidden=original == "hidden.jpg",
            state=PhotoState.pending if original == "x.jpg" else PhotoState.ready,
            uploaded_at=at,
        )
        photo.date(at + timedelta(seconds=2 * number))
        path = store.original("2026", "gala", photo.file_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(original.encode() * 1000)
    session.commit()
    return album


def read(answer: TestResponse) -> zipfile.ZipFile:
    """What came, once its length is that which was told."""
    assert answer.status_code == 200, answer.text
    data = answer.get_data()
    answer.close()
    assert len(data) == answer.content_length
    return zipfile.ZipFile(io.BytesIO(data))


@contextmanager
def made(session: Session, store: PhotoStore, album: Album) -> Iterator[archive.Archive]:
    with archive.prepared(session, store=store, album=album) as one:
        yield one


def test_an_album_is_taken_away_with_names_and_dates(
    login: Login, session: Session, album: Album
) -> None:
    answer = login(PCeenFactory(can=READS)).get(URL)
    found = read(answer)
    second = session.query(Photo).filter_by(original_name="img_1.jpg").one()

    assert found.testzip() is None
    assert found.namelist() == ["IMG_1.JPG", f"img_1-{second.id}.jpg", "Zoé.jpg"]
    assert found.read("Zoé.jpg") == "Zoé.HEIC".encode() * 1000
    assert found.infolist()[0].date_time == (2026, 7, 2, 0, 30, 40)
    assert {info.compress_type for info in found.infolist()} == {zipfile.ZIP_STORED}
    assert answer.mimetype == "application/zip"
    assert "filename*=UTF-8''Gala%20d%27%C3%A9t%C3%A9.zip" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Accel-Buffering"] == "no"


def test_what_is_hidden_is_for_who_writes_and_asks(login: Login, album: Album) -> None:
    reader, writer = PCeenFactory(can=READS), PCeenFactory(can=WRITES)
    counts = [
        len(read(login(person).get(f"{URL}{query}")).namelist())
        for person in (reader, writer)
        for query in ("", "?hidden=1")
    ]

    assert counts == [3, 3, 3, 4]
    for person, is_offered in ((reader, False), (writer, True)):
        page = login(person).open_page("/photos/2026/gala")
        assert bool(page.html.select(f"[data-edit-only] [href='{URL}?hidden=1']")) is is_offered


def test_who_may_not_open_an_album_does_not_take_it(
    client: Client, login: Login, session: Session, album: Album
) -> None:
    assert "/login" in client.get(URL).headers["Location"]
    album.visible = False
    session.commit()
    reader = login(PCeenFactory(can=READS))

    assert reader.get(URL).status_code == 404
    assert reader.get("/photos/2026/missing.zip").status_code == 404


@pytest.mark.once
def test_an_album_without_files_has_nothing_to_take(
    login: Login, session: Session, album: Album, store: PhotoStore
) -> None:
    for number in range(4):
        store.remove(("2026", "gala"), f"{number:016x}.jpg")
    reader = login(PCeenFactory(can=READS))

    assert "rien à télécharger" in reader.open_page(URL, status=404).text("main")
    store.album("2026", "gala").rename(store.base / "elsewhere")
    assert reader.get(URL).status_code == 404


@pytest.mark.once
def test_a_photo_that_goes_meanwhile_cuts_the_archive(
    session: Session, album: Album, store: PhotoStore
) -> None:
    path = store.original("2026", "gala", f"{2:016x}.jpg")
    content = path.read_bytes()
    for spoil in (
        path.unlink,
        lambda: path.write_bytes(b"less"),
        lambda: path.write_bytes(content * 2),
    ):
        path.write_bytes(content)
        with made(session, store, album) as one:
            chunks = iter(one)
            came = next(chunks)
            spoil()
            with pytest.raises(Interrupted):
                came += b"".join(chunks)
        assert len(came) < len(one)


@pytest.mark.once
def test_an_album_that_moves_meanwhile_is_taken_whole(
    session: Session, album: Album, store: PhotoStore
) -> None:
    with made(session, store, album) as one:
        chunks = iter(one)
        came = next(chunks)
        store.move_album(("2026", "gala"), ("2027", "gala"))
        came += b"".join(chunks)

    assert len(came) == len(one)
    assert zipfile.ZipFile(io.BytesIO(came)).testzip() is None


@pytest.mark.once
def test_a_large_album_takes_no_memory(session: Session, album: Album, store: PhotoStore) -> None:
    """Two gigabytes, in files of holes."""
    for number in range(4):
        with store.original("2026", "gala", f"{number:016x}.jpg").open("wb") as file:
            file.truncate(700_000_000)
    with made(session, store, album) as one:
        begun = time.monotonic()
        chunks = iter(one)
        length = len(next(chunks))
        assert time.monotonic() - begun < 1
        tracemalloc.start()
        length += sum(len(chunk) for chunk in islice(chunks, 400))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    assert length > 100_000_000
    assert len(one) > 2_100_000_000
    assert peak < 4_000_000


@pytest.mark.once
@pytest.mark.parametrize(("limit", "most"), [(9_000, 65_535), (1 << 31, 2), (2_000_000, 65_535)])
def test_the_length_is_right_for_large_archives_too(
    session: Session,
    album: Album,
    store: PhotoStore,
    monkeypatch: pytest.MonkeyPatch,
    limit: int,
    most: int,
) -> None:
    """What the format takes for large begins sooner here."""
    for number in range(4):
        store.original("2026", "gala", f"{number:016x}.jpg").write_bytes(bytes(8_000))
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", most)

    with made(session, store, album) as one:
        data = b"".join(one)

    assert len(data) == len(one)
    assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None


@pytest.mark.once
def test_one_takes_one_archive_at_a_time_and_ten_an_hour(
    login: Login, album: Album, store: PhotoStore
) -> None:
    reader = login(PCeenFactory(can=READS))
    running = reader.get(URL)
    page = reader.open_page(URL, status=429)
    assert "Une archive à la fois" in page.text("main")
    running.close()
    for _time in range(9):
        reader.get(URL).close()
    last = reader.get(URL)
    assert last.status_code == 429
    assert 0 < int(last.headers["Retry-After"]) <= 3600
    assert reader.head(URL).status_code == 200
    read(login(PCeenFactory(can=READS)).get(URL))
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1), tick=False):
        with archive.turn(store=store, who="somebody else"):
            pass
        read(reader.get(URL))


def test_a_visitor_has_one_turn_whatever_address_of_theirs_they_use(
    client: Client, session: Session, album: Album
) -> None:
    public = session.get_one(Role, Role.PUBLIC)
    public.permissions = [permission(T.read, S.photos), permission(T.read, S.collection)]
    session.commit()
    client.environ_base["REMOTE_ADDR"] = "2001:db8::1"
    running = client.get(URL)
    client.environ_base["REMOTE_ADDR"] = "2001:db8::2"

    assert (running.status_code, client.get(URL).status_code) == (200, 429)
    running.close()


@pytest.mark.once
def test_two_archives_leave_threads_for_pages(app: Flask, login: Login, album: Album) -> None:
    running = [login(PCeenFactory(can=READS)).get(URL) for _ in range(2)]
    busy = login(PCeenFactory(can=READS)).get(URL)

    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "120")
    for one in running:
        one.close()
    read(login(PCeenFactory(can=READS)).get(URL))


@pytest.mark.once
def test_a_process_that_is_killed_frees_the_turn(store: PhotoStore) -> None:
    with archive.turn(store=store, who="me"):
        pass
    (lock,) = (store.base / "_archives").iterdir()
    held = f"import fcntl; f = open({str(lock)!r}); fcntl.flock(f, 2); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(TooManyArchives), archive.turn(store=store, who="me"):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()

    with archive.turn(store=store, who="me"):
        pass


@pytest.mark.once
def test_names_are_told_apart_and_none_leads_elsewhere() -> None:
    originals = [
        *("a.JPG", "A.jpg", "a-2.jpg", "../../etc/passwd", "x\\y:z.jpeg", "é.png", "é.PNG"),
        *("", ".jpg", "  .jpg", "n" * 120, "photo.heic", "same", "same.gif", "a\u202egpj.exe"),
    ]
    found = [*names(Named(key, "0a.jpg", original) for key, original in enumerate(originals, 1))]

    assert found[:7] == [
        *("a.JPG", "A-2.jpg", "a-2-3.jpg", "-..-etc-passwd.jpg", "x-y-z.jpeg", "é.jpg"),
        "é-7.jpg",
    ]
    assert found[8] == "jpg.jpg"
    assert len({name.casefold() for name in found}) == len(originals)
    assert all("/" not in name and "\\" not in name and len(name) <= 100 for name in found)
    assert all(name.lower().endswith((".jpg", ".jpeg")) for name in found)
    assert not any("\u202e" in name for name in found)


@pytest.mark.once
def test_nothing_is_an_error_of_its_own(session: Session, store: PhotoStore) -> None:
    album = AlbumFactory()

    with pytest.raises(NothingToTake), made(session, store, album):
        pass
