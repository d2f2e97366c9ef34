"""Photos of one album that several workers publish at once."""

from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.transaction import lock, transaction
from app.enums import PhotoState
from app.extensions import db
from app.integrations import images
from app.integrations.images import Outputs, Prepared
from app.integrations.photo_store import PhotoStore
from app.models import Album, Collection, Photo
from app.modules.photos.effects import RemoveFiles
from app.modules.photos.service import files, prepare

COUNT, EACH = 8, 2


def test_all_are_counted_once_though_each_is_published_twice(
    shared: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PhotoStore(tmp_path / "photos")
    store.prepare()

    def quickly(source: Path, outputs: Outputs, **_: object) -> Prepared:
        data = source.read_bytes()
        for path in (outputs.original, outputs.large, outputs.thumb):
            path.write_bytes(data)
        return Prepared(size=len(data), width=3, height=2, placeholder="data:")

    monkeypatch.setattr(images, "prepare", quickly)
    with shared.app_context(), transaction(db.session()) as session:
        album = Album(collection=Collection(name="C", dir_name="c"), name="A", dir_name="a")
        photos = [
            Photo(
                album=album,
                file_name=f"{number:016x}.jpg",
                original_name="IMG.JPG",
                sha256=f"{number}",
                width=3,
                height=2,
            )
            for number in range(COUNT)
        ]
        session.add_all(photos)
        session.flush()
        keys, key = [photo.id for photo in photos], album.id
        for photo in photos:
            store.incoming(photo.stem).write_bytes(b"picture")

    def publish(number: int) -> None:
        with shared.app_context():
            try:
                prepare.prepare(db.session(), number, store)
            except FileNotFoundError:  # the other has just removed it: it is tried again
                db.session().rollback()
                prepare.prepare(db.session(), number, store)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(publish, [number for number in keys for _time in range(EACH)]))

    with shared.app_context():
        session = db.session()
        ready = sa.select(sa.func.count(Photo.id)).where(Photo.state == PhotoState.ready)
        assert session.scalars(ready).one() == COUNT
        assert session.get_one(Album, key).nb_photos == COUNT
        assert session.scalars(sa.select(Photo.id).where(Photo.cover_of == key)).one() in keys
    found = [path for path in store.base.rglob("*") if path.is_file()]
    assert len(found) == 3 * COUNT


def test_what_is_removed_from_an_album_is_not_brought_back_meanwhile(
    shared: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = PhotoStore(tmp_path / "photos")
    (store.base / "c").mkdir(parents=True)
    with shared.app_context(), transaction(db.session()) as session:
        album = Album(collection=Collection(name="C", dir_name="c"), name="A", dir_name="a")
        session.add(album)
        session.flush()
        key = album.id
    steps: list[str] = []

    def bring_back() -> None:
        with shared.app_context(), transaction(db.session()) as session:
            lock(session, session.get_one(Album, key))
            steps.append("brought back")

    with ThreadPoolExecutor(1) as thread:

        def remove(*_: object) -> None:
            wait([thread.submit(bring_back)], timeout=0.3)
            steps.append("removed")

        monkeypatch.setattr(PhotoStore, "remove", remove)
        with shared.app_context():
            gone = RemoveFiles("c", "a", ["0" * 16 + ".jpg"], [])
            files.remove(db.session(), wanted=gone, store=store)

    assert steps == ["removed", "brought back"]
