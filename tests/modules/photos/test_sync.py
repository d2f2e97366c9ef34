"""Taking in the photos of a folder: ``flask photos sync``, or ``import``."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from flask.testing import FlaskCliRunner
from PIL import Image
from sqlalchemy.orm import Session

from app.core.tasks import Task, TaskFailed
from app.enums import AlbumOrigin, PermissionScope as S, PermissionType as T, PhotoState
from app.integrations.images import UnknownType
from app.integrations.photo_store import PhotoStore
from app.models import Album, AlbumAddress, Collection, Photo, PhotoTag, defer
from app.modules.photos.effects import MoveAlbum, PreparePhoto, RemoveFiles
from app.modules.photos.errors import TooSmall
from app.modules.photos.rules import tree as rules
from app.modules.photos.service import sync as service, uploads
from app.modules.photos.tasks import TASKS
from app.web.module import all_effects
from app.worker import run_due
from tests.conftest import Login, Outbox
from tests.factories import AlbumFactory, CollectionFactory, PCeenFactory, PhotoFactory
from tests.modules.photos.sending import refused_for, some_bytes, taken_for


@pytest.fixture(autouse=True)
def _not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    taken_for(monkeypatch)


def put(base: Path, path: str, content: bytes | None = None) -> Path:
    """Put a file in a folder."""
    file = base / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(some_bytes() if content is None else content)
    return file


def published(store: PhotoStore, album: Album, count: int = 1) -> list[Photo]:
    """Photos of an album, with their files."""
    made = [PhotoFactory(album=album) for _ in range(count)]
    for photo in made:
        put(store.base, f"{album.collection.dir_name}/{album.dir_name}/{photo.file_name}")
    album.nb_photos = count
    return made


def run(cli: FlaskCliRunner, *options: str, command: str = "sync") -> Result:
    return cli.invoke(args=["photos", command, *options])


class Told:
    """Keeps what a task says of how far it is."""

    cancelled = False

    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.steps.append((done, total))


def the_task() -> Task:
    (task,) = (one for one in TASKS if one.name == "photos.sync")
    return task


def everything(session: Session) -> dict[str, list[object]]:
    session.expire_all()
    return {
        "collections": [
            (one.dir_name, one.name, one.visible, one.origin)
            for one in session.scalars(sa.select(Collection).order_by(Collection.dir_name))
        ],
        "albums": [
            (one.dir_name, one.name, one.visible, one.nb_photos)
            for one in session.scalars(sa.select(Album).order_by(Album.id))
        ],
        "photos": [
            (one.id, one.file_name, one.original_name, one.state)
            for one in session.scalars(sa.select(Photo).order_by(Photo.id))
        ],
    }


def files(base: Path) -> list[str]:
    return sorted(str(one.relative_to(base)) for one in base.rglob("*") if one.is_file())


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "address", "title"),
    [
        ("2019", "2019", "2019"),
        ("Gala-2019", "Gala-2019", "Gala-2019"),
        ("soiree_d_ete", "soiree_d_ete", "soiree d ete"),
        ("Été 2019", "ete_2019", "Été 2019"),
        ("E\u0301te\u0301", "ete", "Été"),
        ("Soirée d'été", "soiree_d_ete", "Soirée d'été"),
        ("new", "new_2", "new"),
        ("a b\u202egpj.x", "a_b_gpj_x", "a bgpj.x"),
        ("\udcff\udcfe", "album", "album"),
        ("日本", "riben", "日本"),
        ("💥", "boom", "💥"),
        ("x" * 300, "x" * 100, "x" * 120),
        ("\x1b[31m", "31m", "[31m"),
    ],
)
def test_a_directory_has_an_address_and_a_title(name: str, address: str, title: str) -> None:
    assert rules.address_of(name, otherwise="album") == address
    assert rules.title_of(name, otherwise="album") == title


@pytest.mark.once
@pytest.mark.parametrize(
    "name",
    [
        "_thumbs",
        "_covers",
        "a.gz",
        ".DS_Store",
        "Thumbs.db",
        "THUMBS.DB",
        "lost+found",
        "._IMG.JPG",
        ".git",
    ],
)
def test_what_is_nobodys_is_skipped(name: str) -> None:
    assert rules.is_skipped(name)


def test_directories_become_hidden_albums_that_open_and_a_second_run_changes_nothing(
    session: Session, cli: FlaskCliRunner, store: PhotoStore, outbox: Outbox, login: Login
) -> None:
    content = some_bytes()
    put(store.base, "Été 2019/Soirée d'été/IMG 1.JPG", content)
    put(store.base, "Été 2019/Soirée d'été/IMG 2.JPG")
    put(store.base, "Été 2019/vide/.DS_Store")

    before = everything(session)
    planned = run(cli)
    assert planned.exit_code == 0
    assert "+ ete_2019/soiree_d_ete/: 2" in planned.output
    assert "Nothing is done" in planned.output
    assert everything(session) == before
    assert files(store.base)[0].startswith("Été 2019/Soirée d'été/")

    done = run(cli, "--apply")

    assert done.exit_code == 0, done.output
    found = everything(session)
    assert found["collections"] == [("ete_2019", "Été 2019", False, AlbumOrigin.imported)]
    assert sorted(found["albums"]) == [  # type: ignore[type-var]  # they are
        ("soiree_d_ete", "Soirée d'été", False, 0),
        ("vide", "vide", False, 0),
    ]
    names = [original for _, _, original, _ in found["photos"]]  # type: ignore[misc]
    assert names == ["IMG 1.JPG", "IMG 2.JPG"]
    prepared = [one.photo for one in outbox() if isinstance(one, PreparePhoto)]
    photos = list(session.scalars(sa.select(Photo).order_by(Photo.id)))
    assert prepared == [one.id for one in photos]
    assert {one.state for one in photos} == {PhotoState.pending}
    assert store.incoming(photos[0].stem).read_bytes() == content
    assert [one for one in files(store.base) if one.endswith("JPG")] == []
    assert "photo              0 → 2" in done.output
    editor = PCeenFactory(can=[(T.read, S.photos), (T.write, S.collection)])
    session.commit()
    login(editor).open_page("/photos/ete_2019/soiree_d_ete")

    tree = files(store.base)
    again = run(cli, "--apply")
    assert again.exit_code == 0
    assert "0 taken in, 0 there already, 0 deleted, 0 left" in again.output
    assert (everything(session), files(store.base)) == (found, tree)
    assert run(cli).output == "Nothing to do.\n"


def test_what_is_no_photo_is_left_and_said(
    session: Session, cli: FlaskCliRunner, store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = put(store.base.parent, "secret.jpg")
    put(store.base, "2019/gala/small.jpg", b"x")
    put(store.base, "2019/gala/deeper/a.jpg")
    put(store.base, "2019/loose.jpg")
    put(store.base, "loose.jpg")
    put(store.base, "2019/gala/_thumbs/a.webp")
    put(store.base, "2019/gala/" + "0a" * 8 + ".jpg")
    (store.base / "2019/gala/link.jpg").symlink_to(outside)
    (store.base / "2019/linked").symlink_to(outside.parent)
    (store.base / "linked").symlink_to(outside.parent)
    os.mkfifo(store.base / "2019/gala/pipe.jpg")
    tree = files(store.base)

    done = run(cli, "--apply")

    assert done.exit_code == 0
    assert everything(session)["photos"] == []
    assert {line for line in done.output.splitlines() if line.startswith("! ")} >= {
        "! 2019/gala/deeper: dossier dans un album",
        "! 2019/gala/link.jpg: lien : il n'est pas suivi",
        "! 2019/linked: lien : il n'est pas suivi",
        "! linked: lien : il n'est pas suivi",
        "! 2019/gala/pipe.jpg: ni un fichier, ni un dossier",
        "! 2019/loose.jpg: fichier hors d'un album",
        "! loose.jpg: fichier hors d'un album",
        f"! {store.base}/2019/gala/small.jpg: {TooSmall(file='small.jpg').message}",
    }
    assert files(store.base) == tree
    refused_for(monkeypatch, UnknownType)
    put(store.base, "2019/gala/notes.txt")
    assert "n'est pas une photo" in run(cli, "--apply").output
    assert files(store.base / "_incoming") == []


def test_a_link_put_there_between_the_look_and_the_work_is_not_followed(
    app: Flask, session: Session, store: PhotoStore
) -> None:
    secret = put(store.base.parent, "secret.jpg")
    file = put(store.base, "2019/gala/a.jpg")
    with app.app_context():
        made = service.plan(session, store=store)
        file.unlink()
        file.symlink_to(secret)

        done = service.apply(session, made, store=store, tell=lambda *_: None)

    assert [path for path, _ in done.refused] == [file]
    assert everything(session)["photos"] == []
    assert secret.exists()


def test_hostile_names_become_words(
    session: Session, cli: FlaskCliRunner, store: PhotoStore
) -> None:
    for name in (
        b"\xff\xfe.jpg",
        b"<b>\x1b[31m.jpg",
        "\u202egpj.exe.jpg".encode(),
        b"x" * 200 + b".jpg",
    ):
        target = os.fsencode(store.base / "2019" / "gala") + b"/" + name
        (store.base / "2019" / "gala").mkdir(parents=True, exist_ok=True)
        with open(target, "wb") as file:  # noqa: PTH123  # bytes
            file.write(some_bytes())

    done = run(cli, "--apply")

    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.output
    session.expire_all()
    names = set(session.scalars(sa.select(Photo.original_name)))
    assert len(names) == 4
    assert all("\x1b" not in name and "\u202e" not in name and len(name) <= 120 for name in names)


def test_two_directories_of_one_address_are_not_mixed(
    session: Session, cli: FlaskCliRunner, store: PhotoStore
) -> None:
    put(store.base, "ete/gala/a.jpg")
    put(store.base, "Été/gala/b.jpg")

    done = run(cli, "--apply")

    assert "! Été: un autre dossier a déjà cette adresse" in done.output
    assert [one[2] for one in everything(session)["photos"]] == ["a.jpg"]  # type: ignore[index]
    assert (store.base / "Été/gala/b.jpg").exists()


def test_the_same_bytes_are_one_photo_and_the_second_file_goes(
    session: Session, cli: FlaskCliRunner, store: PhotoStore
) -> None:
    content = some_bytes()
    put(store.base, "2019/gala/a.jpg", content)
    put(store.base, "2019/gala/b.jpg", content)
    put(store.base, "2019/bal/b.jpg", content)

    assert "2 taken in, 1 there already" in run(cli, "--apply").output

    assert len(everything(session)["photos"]) == 2
    assert [one for one in files(store.base) if one.endswith("jpg")] == []


def test_killed_before_its_file_was_removed_it_is_not_taken_twice(
    app: Flask, session: Session, store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put(store.base, "2019/gala/a.jpg")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with app.app_context():
        made = service.plan(session, store=store)
        monkeypatch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            service.apply(session, made, store=store, tell=lambda *_: None)
        monkeypatch.undo()
        taken_for(monkeypatch)
        assert file.exists()

        made = service.plan(session, store=store)
        done = service.apply(session, made, store=store, tell=lambda *_: None)

    assert (done.added, done.known, file.exists()) == (0, 1, False)
    assert len(everything(session)["photos"]) == 1


def test_a_photo_that_cannot_be_written_down_leaves_its_file(
    app: Flask, session: Session, store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = put(store.base, "2019/gala/a.jpg")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("the database is away")

    with app.app_context():
        made = service.plan(session, store=store)
        monkeypatch.setattr(uploads, "add", fails)
        with pytest.raises(RuntimeError):
            service.apply(session, made, store=store, tell=lambda *_: None)

    assert file.exists()
    assert files(store.base / "_incoming") == []


@pytest.mark.parametrize("trouble", ["missing", "empty", "emptied"])
def test_of_a_disk_that_is_not_mounted_nothing_is_deleted(
    app: Flask, session: Session, cli: FlaskCliRunner, store: PhotoStore, trouble: str
) -> None:
    PhotoFactory()
    session.commit()
    before = everything(session)
    if trouble == "missing":
        store.base.rmdir()
    elif trouble == "emptied":
        (store.base / "_incoming").mkdir()
        (store.base / "lost+found").mkdir()

    refused = run(cli, "--apply", "--max-delete", "99")

    assert refused.exit_code != 0
    assert "rien n'a été fait" in refused.output
    assert everything(session) == before
    with app.app_context(), pytest.raises(TaskFailed):
        the_task().run(session, {"max_delete": 99}, Told())


def test_photos_whose_file_is_gone_go_too_when_they_are_few(
    session: Session, cli: FlaskCliRunner, store: PhotoStore, outbox: Outbox
) -> None:
    album = AlbumFactory()
    photos = published(store, album, 10)
    lone = published(store, AlbumFactory())[0]
    session.add(PhotoTag(photo=photos[3], pceen=PCeenFactory()))
    coming = PhotoFactory(album=album, state=PhotoState.pending)
    session.commit()
    gone = [photos[3], lone]
    for photo in gone:
        (
            store.album(photo.album.collection.dir_name, photo.album.dir_name) / photo.file_name
        ).unlink()
    names = [photo.file_name for photo in gone]
    before = everything(session)

    refused = run(cli, "--apply")
    assert refused.exit_code != 0
    assert "2 lignes sur 12" in refused.output
    assert everything(session) == before
    refused = run(cli, "--apply", "--max-delete", "20")
    assert refused.exit_code != 0
    assert "photo_tag" in refused.output  # all the tags would go
    session.add(PhotoTag(photo=photos[4], pceen=PCeenFactory()))
    session.commit()

    done = run(cli, "--apply", "--max-delete", "50")

    assert done.exit_code == 0, done.output
    assert "2 deleted" in done.output
    session.expire_all()
    assert set(session.scalars(sa.select(Photo.file_name))).isdisjoint(names)
    assert session.get(Photo, coming.id) is not None
    assert album.nb_photos == 9
    removed = {name for one in outbox() if isinstance(one, RemoveFiles) for name in one.file_names}
    assert removed == set(names)
    hidden = session.scalars(sa.select(Album.visible).order_by(Album.id)).all()
    assert hidden == [True, False]  # nothing is left to show of the second


def test_a_file_that_came_back_keeps_its_photo(
    app: Flask, session: Session, store: PhotoStore
) -> None:
    album = AlbumFactory()
    photos = published(store, album, 10)
    session.commit()
    path = store.album(album.collection.dir_name, album.dir_name) / photos[0].file_name
    path.rename(path.with_suffix(".away"))
    with app.app_context():
        made = service.plan(session, store=store)
        assert made.lost == 1
        path.with_suffix(".away").rename(path)
        done = service.apply(session, made, store=store, tell=lambda *_: None)
    assert done.deleted == 0


def test_while_an_album_moves_nothing_is_done(
    session: Session, cli: FlaskCliRunner, store: PhotoStore
) -> None:
    put(store.base, "2019/gala/a.jpg")
    defer(session, MoveAlbum(album=1, collection="2019", directory="gala"))
    session.commit()

    refused = run(cli, "--apply")

    assert refused.exit_code != 0
    assert everything(session)["collections"] == []


def test_an_album_that_is_found_takes_the_address_of_one_that_moved(
    session: Session, cli: FlaskCliRunner, store: PhotoStore
) -> None:
    there = CollectionFactory(dir_name="2019")
    moved = AlbumFactory()
    session.add(AlbumAddress(collection_dir="2019", album_dir="gala", album=moved))
    session.commit()
    put(store.base, "2019/gala/a.jpg")

    assert run(cli, "--apply").exit_code == 0

    session.expire_all()
    assert session.scalars(sa.select(AlbumAddress)).all() == []
    made = session.scalars(sa.select(Album).filter_by(dir_name="gala")).one()
    assert (made.collection_id, there.visible) == (there.id, True)


# Another folder


def test_another_folder_is_copied_and_left_as_it_is(
    session: Session, cli: FlaskCliRunner, store: PhotoStore, tmp_path: Path
) -> None:
    source = tmp_path / "Carte SD"
    put(source, "2019/Gala/IMG_1.JPG")
    put(source, "2019/Gala/" + "0a" * 8 + ".jpg")
    PhotoFactory()  # its file is gone: that is not what is asked
    session.commit()
    tree = files(source)

    done = run(cli, str(source), "--apply", command="import")
    again = run(cli, str(source), "--apply", command="import")

    assert "2 taken in" in done.output
    assert "0 taken in, 2 there already, 0 deleted" in again.output
    assert len(everything(session)["photos"]) == 3
    assert files(source) == tree
    assert ("Gala", "Gala", False, 0) in everything(session)["albums"]


@pytest.mark.parametrize("where", ["", "2019", "..", "nowhere", "../empty"])
def test_a_folder_that_is_not_another_is_refused(
    session: Session, cli: FlaskCliRunner, store: PhotoStore, where: str
) -> None:
    put(store.base, "2019/gala/a.jpg")
    (store.base.parent / "empty").mkdir()

    refused = run(cli, str(store.base / where), "--apply", command="import")

    assert refused.exit_code != 0
    assert everything(session)["collections"] == []


def test_a_gri_has_it_done_from_a_page(
    app: Flask, session: Session, store: PhotoStore, capsys: pytest.CaptureFixture[str]
) -> None:
    put(store.base, "2019/gala/a.jpg")
    task, told = the_task(), Told()

    with app.app_context():
        assert task.dry_run is not None
        assert "à prendre : 1 ;" in str(task.dry_run(session, {"max_delete": 10}, told))
        assert everything(session)["photos"] == []
        said = task.run(session, {"max_delete": 10}, told)

    assert str(said) == "Photos prises : 1 ; déjà là : 0 ; supprimées : 0 ; laissées : 0."
    assert told.steps == [(1, 1)]
    assert "+ 2019/gala/: 1" in capsys.readouterr().out


def test_real_photos_are_published_by_the_worker_and_a_second_run_finds_nothing(
    app: Flask,
    session: Session,
    store: PhotoStore,
    monkeypatch: pytest.MonkeyPatch,
    cli: FlaskCliRunner,
) -> None:
    monkeypatch.undo()
    monkeypatch.setitem(app.extensions, "photo_store", store)
    for name in ("a.jpg", "b.png"):
        (store.base / "Été 2019" / "Gala").mkdir(parents=True, exist_ok=True)
        noise = Image.effect_noise((200, 150), 80).convert("RGB")
        noise.save(store.base / "Été 2019" / "Gala" / name)

    assert "2 taken in" in run(cli, "--apply").output
    with app.app_context():
        run_due(session, all_effects(), kinds=["photos.prepare", "photos.cover"])

    session.expire_all()
    photos = session.scalars(sa.select(Photo).order_by(Photo.id)).all()
    assert [(one.state, one.width, one.height) for one in photos] == [
        (PhotoState.ready, 200, 150)
    ] * 2
    assert photos[0].album.nb_photos == 2
    here = "ete_2019/Gala"
    expected = {
        path
        for one in photos
        for path in (
            f"{here}/{one.file_name}",
            f"{here}/_large/{one.stem}.webp",
            f"{here}/_thumbs/{one.stem}.webp",
        )
    }
    found = {path for path in files(store.base) if not path.startswith("_covers/")}
    assert found == expected
    assert run(cli).output == "Nothing to do.\n"
