"""Many who send and delete at once, for real."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.enums import LoginMethod, PhotoState
from app.extensions import db
from app.integrations import images
from app.integrations.images import Outputs, Prepared
from app.integrations.photo_store import PhotoStore
from app.models import Album, LoginSession, Photo
from app.modules.photos.service.prepare import prepare
from tests.client import Client
from tests.factories import base as factories
from tests.factories.photos import AlbumFactory
from tests.modules.photos.sending import FACTS, editor, fields, send, some_bytes

Open = Callable[[], Client]


@pytest.fixture
def store(shared: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PhotoStore:
    store = PhotoStore(tmp_path / "photos")
    store.base.mkdir()
    monkeypatch.setitem(shared.extensions, "photo_store", store)
    monkeypatch.setattr(images, "inspect", lambda _path: FACTS)
    return store


@pytest.fixture
def gala(shared: Flask, store: PhotoStore) -> Album:
    """An album of the database that all share, known outside of any session."""
    with shared.app_context():
        session = db.session()
        factories.use(session)
        album: Album = AlbumFactory(collection__dir_name="2026", dir_name="gala")
        session.commit()
        session.refresh(album)
        assert album.collection
        session.expunge_all()
        db.session.remove()
    return album


@pytest.fixture
def opened(shared: Flask, gala: Album) -> Open:
    """Open a browser of an editor: each thread has its own."""
    with shared.app_context():
        session = db.session()
        factories.use(session)
        login = LoginSession(pceen=editor(), method=LoginMethod.password)
        session.add(login)
        session.commit()
        secret = login.secret
        db.session.remove()

    mine = threading.local()

    def open_one() -> Client:
        if hasattr(mine, "browser"):
            found: Client = mine.browser
            return found
        browser = mine.browser = shared.test_client()
        assert isinstance(browser, Client)
        browser.environ_base["REMOTE_ADDR"] = "192.0.2.1"
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = secret
        return browser

    return open_one


def at_once(work: Callable[[object], int], over: Iterable[object], threads: int) -> Counter[int]:
    with ThreadPoolExecutor(threads) as pool:
        return Counter(pool.map(work, over))


def test_the_same_file_sent_by_many_at_once_is_one_photo(
    shared: Flask, store: PhotoStore, gala: Album, opened: Open
) -> None:
    content = some_bytes()

    answers = at_once(lambda _: send(opened(), gala, content).status_code, range(32), 32)

    assert answers == {201: 1, 409: 31}
    with shared.app_context():
        (name,) = db.session.scalars(sa.select(Photo.file_name)).all()
        db.session.remove()
    assert [path.name for path in (store.base / "_incoming").iterdir()] == [name.partition(".")[0]]


@pytest.mark.once
def test_many_that_come_while_others_go_are_counted_right(
    shared: Flask,
    store: PhotoStore,
    gala: Album,
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def made(source: Path, outputs: Outputs, **_said: object) -> Prepared:
        for path in (outputs.original, outputs.large, outputs.thumb):
            path.write_bytes(source.read_bytes()[:10])
        return Prepared(size=10, width=4, height=3, placeholder="data:,")

    monkeypatch.setattr(images, "prepare", made)

    def publish(key: object) -> int:
        assert isinstance(key, int)
        with shared.app_context():
            prepare(db.session(), key, store)
            db.session.remove()
        return 0

    def delete(name: object) -> int:
        data = fields(gala, photo=name)
        return opened().post("/api/photos/delete_photo", data=data).status_code

    sent = at_once(lambda _: send(opened(), gala, some_bytes()).status_code, range(200), 4)
    with shared.app_context():
        rows = db.session.execute(sa.select(Photo.id, Photo.file_name)).all()
        db.session.remove()
    with ThreadPoolExecutor(2) as pool:  # some are published while others are deleted
        publishing = pool.submit(at_once, publish, [row.id for row in rows], 2)
        deleting = pool.submit(at_once, delete, [row.file_name for row in rows[::4]], 8)

    assert sent == {201: 200}
    assert publishing.result() == {0: 200}
    assert deleting.result() == {200: 50}
    with shared.app_context():
        ready = sa.select(sa.func.count(Photo.id)).filter_by(state=PhotoState.ready)
        assert db.session.scalars(ready).one() == 150
        assert db.session.get_one(Album, gala.id).nb_photos == 150
        db.session.remove()
