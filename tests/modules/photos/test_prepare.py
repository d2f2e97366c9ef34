"""Publishing, turning and covering photos: once, wherever their album is, whatever is cut."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from app.enums import PhotoState
from app.integrations import images
from app.integrations.images import TooSlow, Undecodable
from app.integrations.mailer import PermanentFailure
from app.integrations.photo_store import PhotoStore
from app.models import Album, OutboxEntry, Photo, defer
from app.modules.photos import jobs
from app.modules.photos.effects import (
    ConcealPhoto,
    MakeCover,
    PreparePhoto,
    RemoveFiles,
    RotatePhoto,
)
from app.modules.photos.service import counts, files, linking, prepare
from app.web.module import all_effects
from app.worker import run_due
from tests.conftest import Outbox
from tests.factories import AlbumFactory, CollectionFactory, PhotoFactory
from tests.integrations.images.pictures import is_red, picture, written


class Killed(BaseException):
    """What ends a process in a test: nothing catches it."""


def came(store: PhotoStore, **values: Any) -> Photo:
    """A photo whose file has come."""
    photo: Photo = PhotoFactory(
        state=PhotoState.pending, size=None, width=96, height=64, **({"placeholder": None} | values)
    )
    source = store.incoming(photo.stem)
    source.parent.mkdir(exist_ok=True)
    suffix = photo.file_name.rpartition(".")[2]
    written(source.with_suffix(f".{suffix}")).rename(source)
    return photo


def published(session: Session, store: PhotoStore, **values: Any) -> Photo:
    """A photo that is published, with its files."""
    photo = came(store, **values)
    prepare.prepare(session, photo.id, store)
    return photo


def all_files(store: PhotoStore) -> set[str]:
    return {str(path.relative_to(store.base)) for path in store.base.rglob("*") if path.is_file()}


def names(photo: Photo, *others: str) -> set[str]:
    """Where the files of a photo should be."""
    directory = "/".join(files.place_of(photo.album))
    return {
        f"{directory}/{photo.file_name}",
        f"{directory}/_large/{photo.stem}.webp",
        f"{directory}/_thumbs/{photo.stem}.webp",
        *others,
    }


def test_a_photo_that_came_is_published_and_counted(
    session: Session, store: PhotoStore, outbox: Outbox
) -> None:
    photo = came(store, author_str="Zoé")

    prepare.prepare(session, photo.id, store)

    assert photo.state is PhotoState.ready
    assert (
        photo.size == store.original(*files.place_of(photo.album), photo.file_name).stat().st_size
    )
    assert photo.placeholder
    assert photo.placeholder.startswith("data:image/webp")
    assert all_files(store) == names(photo)
    assert (photo.album.nb_photos, photo.cover_of) == (1, photo.album_id)
    assert outbox() == [MakeCover(photo=photo.id)]


def test_the_worker_does_all_of_it(app: Flask, session: Session, store: PhotoStore) -> None:
    photo = came(store)
    with app.app_context():
        defer(session, PreparePhoto(photo=photo.id))
        defer(session, RotatePhoto(photo.id, 90, photo.file_name))
        session.commit()

        run_due(session, all_effects(), kinds=["photos"])

    assert session.scalars(sa.select(OutboxEntry.last_error)).all() == [None] * 5
    assert (photo.state, photo.width) == (PhotoState.ready, 64)
    assert all_files(store) == names(photo, f"_covers/{photo.cover_name}")


def test_done_twice_it_is_done_once(session: Session, store: PhotoStore) -> None:
    photo = came(store)
    prepare.prepare(session, photo.id, store)
    before = photo.size

    prepare.prepare(session, photo.id, store)

    assert (photo.album.nb_photos, photo.size) == (1, before)
    assert all_files(store) == names(photo)


def at_publication(number: int) -> Callable[[pytest.MonkeyPatch], None]:
    """The process ends before it gives a file its name."""

    def arrange(patch: pytest.MonkeyPatch) -> None:
        real, left = prepare.publish, [number]

        def publish(temporary: Path, final: Path) -> None:
            if not left[0]:
                raise Killed
            left[0] -= 1
            real(temporary, final)

        patch.setattr(prepare, "publish", publish)

    return arrange


def at_the_count(patch: pytest.MonkeyPatch) -> None:
    def refresh(*_: object) -> bool:
        raise Killed

    patch.setattr(counts, "refresh", refresh)


def after_the_commit(patch: pytest.MonkeyPatch) -> None:
    real = prepare._publish

    def publish(*values: Any) -> None:
        real(*values)
        raise Killed

    patch.setattr(prepare, "_publish", publish)


@pytest.mark.parametrize(
    ("cut", "shown"),
    [
        (at_publication(0), False),
        (at_publication(1), False),
        (at_publication(2), False),
        (at_the_count, False),
        (after_the_commit, True),
    ],
)
def test_cut_anywhere_it_is_completed_the_next_time(
    session: Session,
    store: PhotoStore,
    monkeypatch: pytest.MonkeyPatch,
    cut: Callable[[pytest.MonkeyPatch], None],
    shown: bool,
) -> None:
    photo = came(store)
    with monkeypatch.context() as patch:
        cut(patch)
        with pytest.raises(Killed):
            prepare.prepare(session, photo.id, store)
    session.refresh(photo)
    assert (photo.state is PhotoState.ready, photo.album.nb_photos) == (shown, int(shown))
    assert store.incoming(photo.stem).exists()

    prepare.prepare(session, photo.id, store)

    assert (photo.state, photo.album.nb_photos) == (PhotoState.ready, 1)
    assert all_files(store) == names(photo)


def during(patch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> None:
    """Something happens to the photo while it is decoded."""
    real = images.prepare

    def slowly(*values: Any, **more: Any) -> object:
        made = real(*values, **more)
        meanwhile()
        return made

    patch.setattr(images, "prepare", slowly)


def test_deleted_meanwhile_nothing_of_it_is_left(
    session: Session, store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = came(store)
    key, album = photo.id, photo.album

    def delete() -> None:
        session.delete(session.get_one(Photo, key))
        session.commit()

    during(monkeypatch, delete)

    prepare.prepare(session, key, store)

    assert all_files(store) == set()
    assert album.nb_photos == 0


def test_its_album_deleted_meanwhile_likewise(
    session: Session, store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = came(store)
    key, album = photo.id, photo.album_id

    def delete() -> None:
        session.delete(session.get_one(Photo, key))
        session.delete(session.get_one(Album, album))
        session.commit()

    during(monkeypatch, delete)

    prepare.prepare(session, key, store)

    assert all_files(store) == set()


def test_its_album_moved_meanwhile_it_is_where_the_album_is(
    session: Session, store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = came(store)
    key, other = photo.album_id, CollectionFactory()

    def move() -> None:
        session.get_one(Album, key).collection_id = other.id
        session.commit()

    during(monkeypatch, move)

    prepare.prepare(session, photo.id, store)

    assert photo.album.collection is other
    assert all_files(store) == names(photo)


def test_moved_to_another_album_meanwhile_it_is_counted_there(
    session: Session, store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo, other = came(store), AlbumFactory()
    key, former = photo.id, photo.album

    def move() -> None:
        session.get_one(Photo, key).album_id = other.id
        session.commit()

    during(monkeypatch, move)

    prepare.prepare(session, key, store)

    assert (former.nb_photos, other.nb_photos) == (0, 1)
    assert all_files(store) == names(photo)


def test_one_that_cannot_be_made_is_left_as_failed(
    session: Session, store: PhotoStore, outbox: Outbox
) -> None:
    photo = came(store)
    store.incoming(photo.stem).write_bytes(b"\xff\xd8\xff nothing that is a picture")

    prepare.prepare(session, photo.id, store)

    assert (photo.state, photo.album.nb_photos) == (PhotoState.failed, 0)
    assert all_files(store) == {f"_incoming/{photo.stem}"}
    assert outbox() == []

    prepare.prepare(session, photo.id, store)
    assert photo.state is PhotoState.failed


def test_one_that_takes_too_long_is_tried_three_times(
    session: Session, store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = came(store)

    def too_slow(*_: object, **__: object) -> None:
        raise TooSlow

    monkeypatch.setattr(images, "prepare", too_slow)
    monkeypatch.setattr(jobs.around, "store", lambda: store)
    effect = PreparePhoto(photo=photo.id)
    entry = OutboxEntry(kind=effect.kind, payload={}, fingerprint="", attempts=2)
    session.add(entry)
    session.commit()

    with pytest.raises(TooSlow):
        jobs.prepare_photo(session, effect, entry.id)
    session.refresh(photo)
    assert photo.state is PhotoState.pending

    entry.attempts = 3
    session.commit()
    jobs.prepare_photo(session, effect, entry.id)
    assert photo.state is PhotoState.failed


def test_a_file_that_is_not_there_is_waited_for(session: Session, store: PhotoStore) -> None:
    photo = came(store)
    store.incoming(photo.stem).unlink()

    with pytest.raises(OSError, match="No such file"):
        prepare.prepare(session, photo.id, store)

    assert photo.state is PhotoState.pending


def test_turned_it_has_other_files_and_the_former_ones_go(
    session: Session, store: PhotoStore, outbox: Outbox
) -> None:
    taken = datetime(2026, 5, 1, tzinfo=UTC)
    photo = published(session, store, author_str="Zoé", timestamp=taken)
    prepare.cover(session, photo.id, store)
    former, cover, place = photo.file_name, photo.cover_name, files.place_of(photo.album)

    prepare.rotate(session, RotatePhoto(photo.id, 90, former), store)

    assert photo.file_name != former
    assert (photo.width, photo.height, photo.cover_name) == (64, 96, None)
    with Image.open(store.original(*place, photo.file_name)) as image:
        assert image.size == (64, 96)
        assert is_red(image, (56, 8))
        assert image.getexif()[0x0132].startswith("2026:05:01")
    removal = RemoveFiles(*place, [former], [cover])
    assert outbox()[-2:] == [removal, MakeCover(photo=photo.id)]

    files.remove(session, wanted=removal, store=store)
    assert all_files(store) == names(photo)
    assert photo.album.nb_photos == 1


def test_asked_twice_it_is_turned_once(session: Session, store: PhotoStore) -> None:
    photo = published(session, store)
    wanted = RotatePhoto(photo.id, 90, photo.file_name)

    prepare.rotate(session, wanted, store)
    name = photo.file_name
    prepare.rotate(session, wanted, store)

    assert (photo.file_name, photo.width) == (name, 64)


def test_turned_back_it_is_as_it_was(session: Session, store: PhotoStore) -> None:
    photo, seen = published(session, store, file_name="00aa00aa00aa00aa.png"), set()
    for degrees in (90, 270):
        seen.add(photo.file_name)
        prepare.rotate(session, RotatePhoto(photo.id, degrees, photo.file_name), store)

    with Image.open(store.original(*files.place_of(photo.album), photo.file_name)) as image:
        assert image.tobytes() == picture().tobytes()
    assert len({*seen, photo.file_name}) == 3


def hidden(session: Session, photo: Photo) -> ConcealPhoto:
    """Hide a photo; what the worker is asked then."""
    photo.hidden = True
    session.commit()
    return ConcealPhoto(photo.id, photo.file_name, "00bb00bb00bb00bb.jpg")


def test_hidden_it_has_a_name_that_nobody_who_saw_it_knows(
    session: Session, store: PhotoStore, outbox: Outbox
) -> None:
    photo = published(session, store)
    prepare.cover(session, photo.id, store)
    former, cover, place = photo.file_name, photo.cover_name, files.place_of(photo.album)
    content = store.original(*place, former).read_bytes()

    prepare.conceal(session, hidden(session, photo), store)

    removal = RemoveFiles(*place, [former], [cover])
    assert outbox()[-1] == removal
    files.remove(session, wanted=removal, store=store)
    assert (photo.file_name, photo.cover_name) == ("00bb00bb00bb00bb.jpg", None)
    assert all_files(store) == names(photo)
    assert store.original(*place, photo.file_name).read_bytes() == content


def test_hidden_then_shown_again_it_keeps_its_name(session: Session, store: PhotoStore) -> None:
    photo = published(session, store)
    wanted, before = hidden(session, photo), all_files(store)
    photo.hidden = False
    session.commit()

    prepare.conceal(session, wanted, store)

    assert photo.file_name == wanted.file_name
    assert all_files(store) == before


def test_hidden_twice_it_gets_one_name(session: Session, store: PhotoStore) -> None:
    photo = published(session, store)
    wanted = hidden(session, photo)

    prepare.conceal(session, wanted, store)
    files_then = all_files(store)
    prepare.conceal(session, wanted, store)

    assert all_files(store) == files_then


def test_hidden_while_it_is_turned_it_has_a_name_that_nobody_knows_either(
    session: Session, store: PhotoStore
) -> None:
    photo = published(session, store)
    former, place = photo.file_name, files.place_of(photo.album)
    wanted = hidden(session, photo)
    prepare.rotate(session, RotatePhoto(photo.id, 90, former), store)
    turned = photo.file_name

    prepare.conceal(session, wanted, store)
    removal = RemoveFiles(*place, [former, turned], [])
    files.remove(session, wanted=removal, store=store)

    assert turned not in (former, photo.file_name)
    assert photo.file_name == wanted.new_name
    assert all_files(store) == names(photo)


def test_hidden_while_the_disk_is_away_it_keeps_its_files(
    session: Session, store: PhotoStore, outbox: Outbox, tmp_path: Path
) -> None:
    photo = published(session, store)
    wanted, before = hidden(session, photo), all_files(store)
    store.base.rename(tmp_path / "away")
    store.base.mkdir()

    with pytest.raises(FileNotFoundError):
        prepare.conceal(session, wanted, store)

    session.refresh(photo)
    assert photo.file_name == wanted.file_name
    assert not any(isinstance(one, RemoveFiles) for one in outbox())
    assert all_files(store) == set()
    store.base.rmdir()
    (tmp_path / "away").rename(store.base)
    assert all_files(store) == before


def test_a_name_that_the_disk_refuses_changes_nothing(
    session: Session, store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = published(session, store)
    wanted, before = hidden(session, photo), all_files(store)

    def broken(_directory: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(linking, "sync", broken)
    with pytest.raises(OSError, match="no space"):
        prepare.conceal(session, wanted, store)

    session.refresh(photo)
    assert photo.file_name == wanted.file_name
    assert all_files(store) == before


@pytest.mark.parametrize("number", [0, 2])
def test_a_turn_that_is_cut_is_completed_and_leaves_nothing_behind(
    session: Session, store: PhotoStore, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    photo = published(session, store)
    former, place = photo.file_name, files.place_of(photo.album)
    wanted = RotatePhoto(photo.id, 180, former)
    with monkeypatch.context() as patch:
        at_publication(number)(patch)
        with pytest.raises(Killed):
            prepare.rotate(session, wanted, store)
    session.refresh(photo)
    assert photo.file_name == former
    assert store.original(*place, former).exists()

    prepare.rotate(session, wanted, store)
    files.remove(session, wanted=RemoveFiles(*place, [former], []), store=store)

    assert all_files(store) == names(photo)


def test_a_published_file_that_is_damaged_is_looked_at_by_someone(
    session: Session, store: PhotoStore
) -> None:
    photo = published(session, store)
    name, key = photo.file_name, photo.id
    store.original(*files.place_of(photo.album), name).write_bytes(b"\xff\xd8\xff")

    with pytest.raises(PermanentFailure, match=Undecodable.__name__):
        prepare.rotate(session, RotatePhoto(key, 90, name), store)
    with pytest.raises(PermanentFailure, match=Undecodable.__name__):
        prepare.cover(session, key, store)

    session.refresh(photo)
    assert (photo.file_name, photo.cover_name) == (name, None)


def test_a_photo_that_stands_for_its_album_gets_a_cover_once(
    session: Session, store: PhotoStore
) -> None:
    photo = published(session, store)

    prepare.cover(session, photo.id, store)
    name = photo.cover_name
    prepare.cover(session, photo.id, store)

    assert name
    assert photo.cover_name == name
    assert all_files(store) == names(photo, f"_covers/{name}")


def test_a_photo_that_stands_for_nothing_gets_none(session: Session, store: PhotoStore) -> None:
    photo = published(session, store)
    photo.cover_of = None
    hidden = published(session, store, album=AlbumFactory())
    hidden.hidden = True
    session.commit()

    prepare.cover(session, photo.id, store)
    prepare.cover(session, hidden.id, store)

    assert (photo.cover_name, hidden.cover_name) == (None, None)
