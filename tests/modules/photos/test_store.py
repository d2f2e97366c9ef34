"""The files of photos: removed, moved, tidied, and never lost (community 1.5)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock
from app.enums import PhotoState
from app.integrations.photo_store import PhotoStore, Trouble, publish
from app.models import Album, Collection, Photo, defer
from app.modules.photos.effects import MoveAlbum, RemoveFiles, SweepAlbum
from app.modules.photos.errors import FolderSuspicious, TooManyOrphans
from app.modules.photos.service import files
from app.settings import PhotosSettings, Settings, SettingsError
from app.web.module import all_effects
from app.worker import run_due
from tests.factories import AlbumFactory, CollectionFactory, PhotoFactory

FROM, TO = ("2026", "gala"), ("2027", "gala")


def kept(store: PhotoStore, place: tuple[str, str], *numbers: int) -> None:
    """Write the files of photos in an album, each with its own content."""
    for number in numbers:
        stem = f"{number:016x}"
        for path in (
            store.original(*place, f"{stem}.jpg"),
            store.large(*place, stem),
            store.thumb(*place, stem),
        ):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{path.parent.name} {number}")


def found(store: PhotoStore, place: tuple[str, str]) -> list[int]:
    """The numbers of the photos that have all their files in an album, and nothing less."""
    names = [file.path.relative_to(store.album(*place)) for file in store.album_files(place)]
    stems = sorted({name.stem for name in names})
    assert len(names) == 3 * len(stems), names
    return [int(stem, 16) for stem in stems]


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def album(session: Session, store: PhotoStore) -> Album:
    """An album of three photos, with their files."""
    album: Album = AlbumFactory(collection__dir_name="2026", dir_name="gala")
    for number in (1, 2, 3):
        PhotoFactory(album=album, file_name=f"{number:016x}.jpg")
    kept(store, FROM, 1, 2, 3)
    return album


@pytest.fixture
def tomorrow() -> Iterator[None]:
    """A day later, and an hour."""
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        yield


def moved(session: Session, album: Album, to: tuple[str, str] = TO) -> MoveAlbum:
    """Write in the database that the album is elsewhere."""
    effect = MoveAlbum(album=album.id, collection=album.collection.dir_name, directory="gala")
    there = session.query(Collection).filter_by(dir_name=to[0]).one_or_none()
    album.collection = there or CollectionFactory(dir_name=to[0])
    album.dir_name = to[1]
    session.commit()
    return effect


@pytest.mark.once
def test_a_published_file_is_whole_and_readable_by_the_web_server(store: PhotoStore) -> None:
    new, final = store.base / "new", store.original(*FROM, "0a.jpg")
    new.write_bytes(b"photo")
    new.chmod(0o600)

    publish(new, final)

    assert final.read_bytes() == b"photo"
    assert final.stat().st_mode & 0o777 == 0o644
    assert not new.exists()


@pytest.mark.once
@pytest.mark.parametrize("name", ["..", "", "a/b", "été", "a.b", "\n", "a "])
def test_no_name_leads_out_of_the_directory(store: PhotoStore, name: str) -> None:
    for ask in (
        lambda: store.album(name, "gala"),
        lambda: store.album("2026", name),
        lambda: store.original("2026", "gala", f"{name}/x.jpg"),
        lambda: store.cover(f"../{name}.webp"),
        lambda: store.incoming(name),
    ):
        with pytest.raises(ValueError, match="not the name"):
            ask()


@pytest.mark.once
def test_the_directory_is_made_at_the_start_and_a_wrong_one_is_said_in_a_line(
    tmp_path: Path,
) -> None:
    store = PhotoStore(tmp_path / "deep" / "photos")
    store.prepare()
    assert sorted(path.name for path in store.base.iterdir()) == ["_covers", "_incoming"]
    assert list((store.base / "_incoming").iterdir()) == []
    store.prepare()

    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"^PHOTOS_BASE_PATH: .*file cannot be written: .+$"):
        PhotoStore(tmp_path / "file").prepare()


@pytest.mark.once
def test_what_is_wrong_with_the_directory_is_noticed(
    store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.prepare()
    assert store.trouble() is Trouble.empty
    kept(store, FROM, 1)
    assert store.trouble() is None
    assert PhotoStore(store.base / "absent").trouble() is Trouble.missing

    def closed(**_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.TemporaryFile", closed)
    assert store.trouble() is Trouble.unwritable


def test_files_go_once_their_photo_has(session: Session, album: Album, store: PhotoStore) -> None:
    first = session.query(Photo).filter_by(file_name=f"{1:016x}.jpg").one()
    session.delete(first)
    PhotoFactory(album=album, file_name="aa.jpg", cover_name="aa.webp")
    session.commit()
    for cover in ("aa.webp", "bb.webp"):
        store.cover(cover).parent.mkdir(exist_ok=True)
        store.cover(cover).touch()
    names = [f"{number:016x}.jpg" for number in (1, 2, 9)]
    wanted = RemoveFiles(*FROM, file_names=names, covers=["aa.webp", "bb.webp", "cc.webp"])

    for _time in range(2):
        files.remove(session, wanted=wanted, store=store)

    assert found(store, FROM) == [2, 3]
    assert store.cover("aa.webp").exists()
    assert not store.cover("bb.webp").exists()


def test_what_was_received_goes_with_its_photo(
    session: Session, album: Album, store: PhotoStore
) -> None:
    (store.base / "_incoming").mkdir()
    for number in (3, 4):
        store.incoming(f"{number:016x}").touch()
    names = [f"{number:016x}.jpg" for number in (3, 4)]

    files.remove(session, wanted=RemoveFiles(*FROM, names, []), store=store)

    assert [file.stem for file in store.files(store.base / "_incoming")] == [f"{3:016x}"]


def test_nothing_is_removed_from_a_disk_that_is_not_there(
    session: Session, album: Album, store: PhotoStore, tomorrow: None
) -> None:
    aside = store.base.rename(store.base.with_name("aside"))
    for is_there in (False, True):
        if is_there:
            store.prepare()
        with pytest.raises(FolderSuspicious):
            files.remove(session, wanted=RemoveFiles(*FROM, ["0a.jpg"], []), store=store)
        with pytest.raises(FolderSuspicious):
            files.sweep(session, wanted=SweepAlbum(*FROM), store=store)
        with pytest.raises(FolderSuspicious):
            files.tidy(session, store=store)
    assert found(PhotoStore(aside), FROM) == [1, 2, 3]


def test_the_directory_of_an_album_goes_with_it(
    session: Session, album: Album, store: PhotoStore
) -> None:
    kept(store, ("2026", "other"), 4)
    (store.album(*FROM) / "left by hand.txt").touch()
    collection = album.collection
    session.query(Photo).delete()
    session.delete(album)
    session.commit()

    for _time in range(2):
        files.sweep(session, wanted=SweepAlbum(*FROM), store=store)
    assert list(store.places()) == [("2026", "other")]

    session.delete(collection)
    session.commit()
    files.sweep(session, wanted=SweepAlbum("2026", "other"), store=store)
    assert list(store.collections()) == []


def test_an_album_that_took_the_place_of_another_keeps_its_files(
    session: Session, album: Album, store: PhotoStore
) -> None:
    kept(store, FROM, 7)

    files.sweep(session, wanted=SweepAlbum(*FROM), store=store)

    assert found(store, FROM) == [1, 2, 3]


@pytest.mark.parametrize("by_hand", [True, False])
def test_the_files_of_an_album_follow_it(
    session: Session, album: Album, store: PhotoStore, by_hand: bool
) -> None:
    effect = moved(session, album)
    if by_hand:
        store.move_album(FROM, TO)

    for _time in range(2):
        files.move(session, wanted=effect, store=store)

    assert (found(store, FROM), found(store, TO)) == ([], [1, 2, 3])
    assert store.album(*FROM).exists() is False


@pytest.mark.parametrize("killed_at", range(10))
def test_a_move_that_was_killed_is_completed(
    session: Session,
    album: Album,
    store: PhotoStore,
    monkeypatch: pytest.MonkeyPatch,
    killed_at: int,
) -> None:
    """Wherever: the new place had something already, so files go one by one."""
    kept(store, TO, 8)
    effect = moved(session, album)
    PhotoFactory(album=album, file_name=f"{8:016x}.jpg")
    done, rename = iter(range(100)), Path.rename

    def killed(self: Path, target: Path) -> Path:
        if next(done) == killed_at:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            store.move_album(FROM, TO)
    files.move(session, wanted=effect, store=store)

    assert (found(store, FROM), found(store, TO)) == ([], [1, 2, 3, 8])


def test_an_album_that_moves_twice_ends_where_it_is(
    session: Session, album: Album, store: PhotoStore
) -> None:
    first = moved(session, album)
    second = moved(session, album, ("2028", "gala"))

    for effect in (first, second):
        files.move(session, wanted=effect, store=store)

    assert found(store, ("2028", "gala")) == [1, 2, 3]
    back = moved(session, album, FROM)
    files.move(session, wanted=back, store=store)
    files.move(session, wanted=first, store=store)
    assert found(store, FROM) == [1, 2, 3]


def test_only_its_own_files_follow_an_album_whose_place_was_taken(
    session: Session, album: Album, store: PhotoStore
) -> None:
    collection = album.collection
    effect = moved(session, album)
    PhotoFactory(
        album=AlbumFactory(collection=collection, dir_name="gala"), file_name=f"{5:016x}.jpg"
    )
    kept(store, FROM, 5)

    files.move(session, wanted=effect, store=store)

    assert (found(store, FROM), found(store, TO)) == ([5], [1, 2, 3])


def test_what_belongs_to_nobody_goes_after_a_day_and_nothing_else(
    session: Session, album: Album, store: PhotoStore
) -> None:
    kept(store, FROM, 6)
    kept(store, ("lost", "place"), 9)
    (store.base / "_incoming").mkdir()
    (store.base / "_covers").mkdir()
    for name in ("IMG_1.JPG", "0123.jpg", ".DS_Store", "notes.txt"):
        (store.album(*FROM) / name).touch()
    PhotoFactory(album=album, state=PhotoState.pending, file_name="000000000000000b.jpg")
    PhotoFactory(album=album, file_name="000000000000000c.jpg", cover_name="ab.webp")
    for name in ("000000000000000b", "000000000000000c", "unknown"):
        store.incoming(name).touch()
    for name in ("ab.webp", "cd.webp"):
        store.cover(name).touch()

    assert files.tidy(session, store=store) == 0
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        assert files.tidy(session, store=store) == 9
        assert files.tidy(session, store=store) == 0

    assert names_in(store.album(*FROM)) == [
        *(".DS_Store", "0000000000000001.jpg", "0000000000000002.jpg", "0000000000000003.jpg"),
        *("0123.jpg", "IMG_1.JPG", "_large", "_thumbs", "notes.txt"),
    ]
    assert names_in(store.base / "_incoming") == ["000000000000000b"]
    assert names_in(store.base / "_covers") == ["ab.webp"]


def test_the_photos_of_an_album_on_its_way_belong_to_it(
    session: Session, album: Album, store: PhotoStore, tomorrow: None
) -> None:
    moved(session, album)

    assert files.tidy(session, store=store) == 0
    assert found(store, FROM) == [1, 2, 3]


def test_another_database_does_not_empty_the_directory(
    session: Session, album: Album, store: PhotoStore, tomorrow: None
) -> None:
    kept(store, ("2025", "gala"), *range(100, 140))

    with pytest.raises(TooManyOrphans):
        files.tidy(session, store=store)

    assert len(found(store, ("2025", "gala"))) == 40


def test_a_site_without_photos_has_nothing_to_tidy(session: Session, store: PhotoStore) -> None:
    store.prepare()

    assert files.tidy(session, store=store) == 0


@pytest.mark.once
def test_neither_the_site_nor_the_worker_starts_where_it_cannot_write(
    app: Flask, cli: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings: Settings = app.extensions["settings"]
    wrong = settings.model_copy(
        update={"mode": "development", "photos": PhotosSettings(base_path=tmp_path / "file")}
    )
    with pytest.raises(SettingsError, match=r"^PHOTOS_BASE_PATH: "):
        create_app(wrong)

    monkeypatch.setitem(app.extensions, "settings", wrong)
    monkeypatch.setitem(app.extensions, "photo_store", PhotoStore(tmp_path / "file"))
    result = cli.invoke(args=["worker", "--once"])
    assert result.exit_code == 2
    assert result.stderr.startswith("The worker does not start: PHOTOS_BASE_PATH: ")
    assert result.stderr.count("\n") == 1


def test_the_worker_does_it_all(
    app: Flask, session: Session, album: Album, store: PhotoStore, cli: FlaskCliRunner
) -> None:
    kept(store, FROM, 4)
    kept(store, ("2020", "lost"), 5)
    defer(session, moved(session, album))
    defer(session, RemoveFiles(*TO, [f"{4:016x}.jpg"], []))
    defer(session, SweepAlbum("2020", "lost"))
    session.commit()

    with app.app_context():
        assert run_due(session, all_effects(), kinds=["photos"]) == 3
    assert found(store, TO) == [1, 2, 3]
    assert list(store.places()) == [TO]

    kept(store, TO, 6)
    session.commit()
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=False):
        assert cli.invoke(args=["jobs", "run", "photos.janitor"]).exit_code == 0
    assert found(store, TO) == [1, 2, 3]
