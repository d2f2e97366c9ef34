"""``flask photos verify``: rows, files and counts say the same, or it says where they do not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskCliRunner
from flask_babel import force_locale
from sqlalchemy.orm import Session

from app.core import clock
from app.core.tasks import TaskFailed
from app.enums import PhotoState
from app.integrations.photo_store import PhotoStore
from app.models import Album, Photo, PhotoUpload
from app.modules.photos.service.verify import Fault, verify
from app.modules.photos.tasks import TASKS
from tests.factories import AlbumFactory, CollectionFactory, PCeenFactory, PhotoFactory

PLACE = ("2026", "gala")
STEMS = [f"{number:016x}" for number in range(3)]
ONE, TWO, COMING = STEMS
AT = "2026/gala"


@pytest.fixture
def album(session: Session, store: PhotoStore) -> Album:
    """An album of two photos and one that comes, where all is as it should be."""
    album: Album = AlbumFactory(collection__dir_name="2026", dir_name="gala", nb_photos=2)
    for stem in (ONE, TWO):
        first = stem == ONE
        PhotoFactory(
            album=album,
            file_name=f"{stem}.jpg",
            size=3,
            cover_of=album.id if first else None,
            cover_name="ab.webp" if first else None,
        )
        for path in (store.large(*PLACE, stem), store.thumb(*PLACE, stem)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        store.original(*PLACE, f"{stem}.jpg").write_bytes(b"jpg")
    (store.base / "_covers").mkdir()
    store.cover("ab.webp").touch()
    (store.base / "_incoming").mkdir()
    digest = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
    PhotoFactory(
        album=album, file_name=f"{COMING}.png", state=PhotoState.pending, sha256=digest, size=None
    )
    store.incoming(COMING).write_text("foo")
    sender = PCeenFactory()
    session.add(
        PhotoUpload(
            token="token", album_id=album.id, uploader_id=sender.id, original_name="x", size=9
        )
    )
    store.incoming("token").touch()
    session.commit()
    return album


def found(session: Session, store: PhotoStore, *, fixes: bool = False) -> list[tuple[str, Fault]]:
    return [(one.where, one.fault) for one in verify(session, store=store, fixes=fixes)]


def test_nothing_is_said_of_what_is_right(
    session: Session, album: Album, store: PhotoStore, cli: FlaskCliRunner
) -> None:
    assert found(session, store) == []
    for name in ("verify", "check"):
        result = cli.invoke(args=["photos", name])
        assert (result.exit_code, result.stdout) == (0, "")


SPOILS: dict[str, tuple[Callable[[PhotoStore], object], list[tuple[str, Fault]]]] = {
    "no file": (
        lambda store: store.original(*PLACE, f"{ONE}.jpg").unlink(),
        [(f"{AT}/{ONE}.jpg", Fault.missing)],
    ),
    "no preview": (
        lambda store: (store.large(*PLACE, ONE).unlink(), store.thumb(*PLACE, TWO).unlink()),
        [
            (f"{AT}/_large/{ONE}.webp", Fault.preview),
            (f"{AT}/_thumbs/{TWO}.webp", Fault.preview),
        ],
    ),
    "cut": (
        lambda store: store.original(*PLACE, f"{TWO}.jpg").write_bytes(b"jp"),
        [(f"{AT}/{TWO}.jpg", Fault.size)],
    ),
    "more": (
        lambda store: (store.album(*PLACE) / "IMG 1.JPG").touch(),
        [(f"{AT}/IMG 1.JPG", Fault.orphan)],
    ),
    "a preview of nothing": (
        lambda store: store.large(*PLACE, "ff").touch(),
        [(f"{AT}/_large/ff.webp", Fault.orphan)],
    ),
    "elsewhere": (
        lambda store: store.move_album(PLACE, ("2027", "gala")),
        sorted(
            (f"{place}/{path}", fault)
            for stem in (ONE, TWO)
            for place, faults in (
                (AT, (Fault.missing, Fault.preview)),
                ("2027/gala", (Fault.elsewhere, Fault.elsewhere)),
            )
            for path, fault in (
                (f"{stem}.jpg", faults[0]),
                (f"_large/{stem}.webp", faults[1]),
                (f"_thumbs/{stem}.webp", faults[1]),
            )
        ),
    ),
    "no cover": (lambda store: store.cover("ab.webp").unlink(), [("_covers/ab.webp", Fault.cover)]),
    "a cover of nothing": (
        lambda store: store.cover("cd.webp").touch(),
        [("_covers/cd.webp", Fault.orphan)],
    ),
    "gone before it was prepared": (
        lambda store: store.incoming(COMING).unlink(),
        [(f"_incoming/{COMING}", Fault.incoming)],
    ),
    "spoilt before it was prepared": (
        lambda store: store.incoming(COMING).write_text("fob"),
        [(f"_incoming/{COMING}", Fault.digest)],
    ),
}


@pytest.mark.parametrize("what", SPOILS)
def test_what_is_wrong_of_files_is_named(
    session: Session, album: Album, store: PhotoStore, what: str
) -> None:
    spoil, expected = SPOILS[what]
    spoil(store)

    assert sorted(found(session, store)) == sorted(expected)
    assert sorted(found(session, store, fixes=True)) == sorted(expected)


def test_what_a_killed_process_left_is_a_fault_once_the_janitor_should_have_taken_it(
    session: Session, album: Album, store: PhotoStore
) -> None:
    store.incoming("other").touch()

    assert found(session, store) == []
    with time_machine.travel(clock.now() + timedelta(hours=24, minutes=59), tick=False):
        assert found(session, store) == []
    with time_machine.travel(clock.now() + timedelta(hours=25, minutes=1), tick=False):
        assert found(session, store) == [("_incoming/other", Fault.orphan)]


def test_counts_and_covers_are_repaired_when_that_is_asked(
    session: Session, album: Album, store: PhotoStore, cli: FlaskCliRunner
) -> None:
    second = session.scalars(sa.select(Photo).filter_by(file_name=f"{TWO}.jpg")).one()
    first = session.scalars(sa.select(Photo).filter_by(file_name=f"{ONE}.jpg")).one()
    first.cover_of, album.nb_photos = None, 7
    session.flush()
    second.cover_of = album.id
    session.commit()

    result = cli.invoke(args=["photos", "verify"])
    assert (result.exit_code, result.stdout) == (1, f"{AT}: {Fault.counts}\n")
    session.expire_all()
    assert (album.nb_photos, second.cover_of) == (7, album.id)
    session.commit()

    result = cli.invoke(args=["photos", "verify", "--fix"])
    assert (result.exit_code, result.stdout) == (0, f"{AT}: {Fault.counts} (repaired)\n")
    session.expire_all()
    assert (album.nb_photos, first.cover_of, second.cover_of) == (2, album.id, None)
    assert found(session, store) == []


def test_a_disk_that_is_not_there_is_no_loss(
    session: Session, album: Album, store: PhotoStore, cli: FlaskCliRunner
) -> None:
    store.base.rename(store.base.with_name("aside"))
    assert "n'est pas là" in cli.invoke(args=["photos", "verify", "--fix"]).output
    store.prepare()

    result = cli.invoke(args=["photos", "verify", "--fix"])

    assert result.exit_code == 1
    assert "vide" in result.output
    session.expire_all()
    assert album.nb_photos == 2


def test_a_gri_may_have_it_done(
    app: Flask, session: Session, album: Album, store: PhotoStore
) -> None:
    (task,) = [task for task in TASKS if task.name == "photos.verify"]

    class Nobody:
        cancelled = False

        def progress(self, done: int, total: int, message: str = "") -> None:
            assert 0 <= done <= total

    with app.test_request_context(), force_locale("fr"):
        assert "même chose" in str(task.run(session, {"fix": False}, Nobody()))
        store.cover("ab.webp").unlink()
        with pytest.raises(TaskFailed, match="1 chose"):
            task.run(session, {"fix": True}, Nobody())


def test_a_hundred_albums_cost_a_few_statements_each(
    session: Session, store: PhotoStore, queries: list[str]
) -> None:
    collection = CollectionFactory(dir_name="many")
    AlbumFactory.create_batch(20, collection=collection, visible=False)
    store.album("many", "x").mkdir(parents=True)
    queries.clear()

    assert found(session, store) == []

    assert len(queries) <= 20 * 9 + 8
