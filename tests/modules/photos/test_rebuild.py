"""Previews, miniatures and covers, made again from what is published."""

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session

from app.core.tasks import TaskFailed
from app.integrations import images
from app.integrations.images import Undecodable
from app.integrations.photo_store import PhotoStore
from app.models import Photo
from app.modules.photos import tasks
from app.modules.photos.effects import MakeCover
from app.modules.photos.service import rebuild
from app.modules.photos.service.files import place_of
from app.modules.photos.service.rebuild import Rebuilt, Wanted
from tests.conftest import Outbox
from tests.factories import AlbumFactory, PhotoFactory
from tests.integrations.images.pictures import written


class Stopped(Exception):
    """Someone asked to stop."""


class Told:
    """Where a task says how far it is."""

    cancelled = False

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.last = (done, total)


@pytest.fixture
def photos(session: Session, store: PhotoStore) -> list[Photo]:
    """Three photos of two albums, as if they were published; one of each is its cover."""
    album, other = AlbumFactory(), AlbumFactory()
    made = [PhotoFactory(album=one, placeholder="data:") for one in (album, album, other)]
    for photo in (made[0], made[2]):
        photo.cover_of, photo.cover_name = photo.album_id, f"{photo.id:016x}.webp"
    session.commit()
    for photo in made:
        original = store.original(*place_of(photo.album), photo.file_name)
        covers = [store.cover(photo.cover_name)] if photo.cover_name else []
        for path in (*previews(store, photo), *covers):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"old")
        written(original)
    return made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is decoded: what is made says so."""

    def make_previews(source: Path, large: Path, thumb: Path) -> str:
        if source.read_bytes()[:2] != b"\xff\xd8":
            raise Undecodable
        large.write_bytes(b"large")
        thumb.write_bytes(b"thumb")
        return "data:made"

    monkeypatch.setattr(images, "make_previews", make_previews)
    monkeypatch.setattr(images, "make_cover", lambda _source, target: target.write_bytes(b"cover"))


def previews(store: PhotoStore, photo: Photo) -> list[Path]:
    place = place_of(photo.album)
    return [store.large(*place, photo.stem), store.thumb(*place, photo.stem)]


def again(session: Session, store: PhotoStore, **wanted: object) -> Rebuilt:
    return rebuild.rebuild(
        session, store=store, wanted=Wanted(**wanted), tick=lambda _done, _total: None
    )


def test_all_is_made_again(session: Session, store: PhotoStore, photos: list[Photo]) -> None:
    covers = [store.cover(photo.cover_name) for photo in photos if photo.cover_name]

    made = again(session, store)

    assert (made.made, made.kept, made.failures) == (3, 0, [])
    assert len(covers) == 2
    for path in [file for photo in photos for file in previews(store, photo)] + covers:
        assert path.read_bytes()[8:12] == b"WEBP"
    for photo in photos:
        session.refresh(photo)
        assert photo.placeholder
        assert photo.placeholder.startswith("data:image/webp")
    assert list((store.base / "_incoming").iterdir()) == []


@pytest.mark.usefixtures("quick")
def test_only_what_is_missing(
    session: Session, store: PhotoStore, photos: list[Photo], outbox: Outbox
) -> None:
    previews(store, photos[1])[0].unlink()
    photos[2].cover_name = None
    waiting = len(outbox())
    session.commit()

    made = again(session, store, missing=True)

    assert (made.made, made.kept) == (2, 1)
    assert [path.read_bytes() for path in previews(store, photos[0])] == [b"old", b"old"]
    assert [path.read_bytes() for path in previews(store, photos[1])] == [b"large", b"thumb"]
    assert outbox()[waiting:] == [MakeCover(photo=photos[2].id)]


@pytest.mark.usefixtures("quick")
def test_of_one_album_alone(session: Session, store: PhotoStore, photos: list[Photo]) -> None:
    made = again(session, store, album=photos[2].album_id)

    assert (made.made, made.kept) == (1, 0)


@pytest.mark.usefixtures("quick")
def test_cut_it_goes_on_where_it_was(
    session: Session, store: PhotoStore, photos: list[Photo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "BATCH", 1)

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        rebuild.rebuild(session, store=store, wanted=Wanted(), tick=stop)

    assert again(session, store).made == 2
    assert again(session, store).made == 3
    with pytest.raises(Stopped):
        rebuild.rebuild(session, store=store, wanted=Wanted(), tick=stop)
    assert again(session, store, restart=True).made == 3


@pytest.mark.usefixtures("quick")
def test_one_that_cannot_be_made_does_not_stop_the_others(
    session: Session, store: PhotoStore, photos: list[Photo]
) -> None:
    store.original(*place_of(photos[0].album), photos[0].file_name).unlink()
    store.original(*place_of(photos[1].album), photos[1].file_name).write_bytes(b"GIF89a")

    made = again(session, store)

    assert made.made == 1
    assert [line.split(": ")[1] for line in made.failures] == ["FileNotFoundError", "Undecodable"]
    assert photos[1].file_name in made.failures[1]


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["photos", "rebuild", *arguments])


@pytest.mark.usefixtures("quick")
def test_the_command_says_what_it_did(
    app: Flask, session: Session, store: PhotoStore, photos: list[Photo]
) -> None:
    address = "/".join(place_of(photos[0].album))

    assert "2 made, 0 kept, 0 failed." in run(app, "--album", address).output
    refused = run(app, "--album", "nowhere/at_all")
    assert (refused.exit_code, "Error" in refused.output) == (1, True)
    name = photos[0].file_name
    store.original(*place_of(photos[0].album), name).unlink()
    failed = run(app, "--restart")
    assert (failed.exit_code, f"{name}: FileNotFoundError" in failed.output) == (1, True)


@pytest.mark.usefixtures("quick")
def test_the_task_says_how_far_it_is(
    app: Flask, session: Session, store: PhotoStore, photos: list[Photo]
) -> None:
    task = next(task for task in tasks.TASKS if task.name == "photos.rebuild")
    told = Told()

    with app.test_request_context():
        assert "3" in str(task.run(session, {"album": None, "missing": False}, told))
        assert told.last == (3, 3)
        with pytest.raises(TaskFailed):
            task.run(session, {"album": "nowhere/at_all", "missing": False}, told)
