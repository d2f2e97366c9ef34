"""Collections and albums: their pages, and what changes them."""

import re
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import AlbumOrigin, PermissionScope as S, PermissionType as T
from app.integrations.photo_store import PhotoStore
from app.models import (
    Album,
    AlbumAddress,
    AuditEvent,
    Collection,
    Permission,
    Photo,
    public_role,
)
from app.modules.photos.choices import PHOTOS_KEEP_GPS
from app.modules.photos.effects import MoveAlbum, RemoveFiles, SweepAlbum
from app.modules.photos.service import albums, counts
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories import (
    AlbumFactory,
    CollectionFactory,
    PCeenFactory,
    PhotoFactory,
)
from tests.factories.people import RoleFactory, permission

pytestmark = pytest.mark.usefixtures("store")

READ = (T.read, S.photos)
EDITOR = (READ, (T.all, S.collection))


@pytest.fixture(autouse=True)
def _in_french(client: Client) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"


@pytest.fixture
def editor(login: Login) -> Client:
    """The browser of someone who may do anything of collections."""
    return login(PCeenFactory(can=EDITOR))


@pytest.fixture
def reader(login: Login) -> Client:
    """The browser of someone who may look at all collections."""
    return login(PCeenFactory(can=[READ, (T.read, S.collection)]))


def filled(session: Session, **values: object) -> Album:
    """An album with one photo, that has a cover."""
    album: Album = AlbumFactory(**values)
    made = PhotoFactory(album=album)
    made.cover_name = f"{made.stem}.webp"
    counts.refresh(session, album)
    session.commit()
    return album


def names(page: Page) -> list[str]:
    return page.texts(".photo-card-name")


def actions(session: Session) -> list[str]:
    stmt = sa.select(AuditEvent.action).where(AuditEvent.action.startswith("photos."))
    return list(session.scalars(stmt.order_by(AuditEvent.id)))


def form_of(page: Page, selector: str) -> dict[str, str]:
    """What a form would send as it stands."""
    (form,) = page.html.select(selector)
    sent = {}
    for field in form.select("input[name], textarea[name]"):
        if field.get("type") == "checkbox" and not field.has_attr("checked"):
            continue
        sent[str(field["name"])] = str(field.get("value", field.get_text().strip()))
    return sent


# A journey


def test_a_collection_from_its_creation_to_its_end(
    session: Session, editor: Client, store: PhotoStore, outbox: Outbox
) -> None:
    page = editor.open_page("/photos")
    assert page.texts(".empty p") == ["Pas encore de collection."]
    page = editor.open_page("/photos/new")
    sent = form_of(page, "main form") | {"name": "Été à la plage !", "start": "2026-07-01"}
    page = editor.submit("/photos/new", **sent)

    assert page.flashes == ["La collection est créée : les lecteurs ne la voient pas encore."]
    assert page.text("h1") == "Été à la plage !"
    assert "masqué" in page.text(".photo-head")
    assert (store.base / "ete_a_la_plage").is_dir()
    # sent twice, it makes one, and says the same
    again = editor.post("/photos/new", data=sent)
    assert (again.status_code, again.location) == (303, "/photos/ete_a_la_plage?edit=")
    assert len(session.scalars(sa.select(Collection)).all()) == 1

    sent = form_of(page, "form#album") | {"album_name": "Tags"}
    for _ in range(2):
        made = editor.post("/photos/ete_a_la_plage/albums", data=sent)
        assert (made.status_code, made.location) == (303, "/photos/ete_a_la_plage/tags_2?edit=")
    (album,) = session.scalars(sa.select(Album))
    assert (album.visible, album.origin) == (False, AlbumOrigin.web)
    assert store.album("ete_a_la_plage", "tags_2").is_dir()

    # nothing to show: what else was said is kept
    page = editor.open_page("/photos/ete_a_la_plage?edit")
    sent = form_of(page, "form#edit") | {"name": "La plage", "visible": "y"}
    page = editor.submit("/photos/ete_a_la_plage/edit", **sent)
    assert page.flashes == [
        "La collection est à jour.",
        "Elle reste masquée : aucun de ses albums n'est montré.",
    ]
    assert page.text("h1") == "La plage"
    page = editor.open_page("/photos/ete_a_la_plage/tags_2/edit")
    sent = form_of(page, "main form") | {"name": "Feu de camp", "visible": "y"}
    page = editor.submit("/photos/ete_a_la_plage/tags_2/edit", **sent)
    assert page.flashes == [
        "L'album est à jour.",
        "Il reste masqué : il n'a pas encore de photo à montrer.",
    ]
    session.refresh(album)
    assert (album.name, album.visible, album.version) == ("Feu de camp", False, 2)

    PhotoFactory(album=album)
    counts.refresh(session, album)
    session.commit()
    page = editor.open_page("/photos/ete_a_la_plage/tags_2/edit")
    sent = form_of(page, "main form") | {"visible": "y"}
    assert editor.submit("/photos/ete_a_la_plage/tags_2/edit", **sent).flashes == [
        "L'album est à jour."
    ]
    page = editor.open_page("/photos/ete_a_la_plage?edit")
    sent = form_of(page, "form#edit") | {"visible": "y"}
    assert editor.submit("/photos/ete_a_la_plage/edit", **sent).flashes == [
        "La collection est à jour."
    ]
    assert names(editor.open_page("/photos")) == ["La plage"]

    page = editor.submit("/photos/ete_a_la_plage/delete", status=422, confirm="la plage")
    assert "recopiez « La plage »" in page.text("#confirm-errors")
    page = editor.submit("/photos/ete_a_la_plage/delete", confirm="La plage")
    assert page.flashes == ["La collection est supprimée, avec ses photos."]
    assert session.scalars(sa.select(Photo.id)).all() == []
    assert outbox()[-1] == SweepAlbum(collection="ete_a_la_plage", album="tags_2")
    assert actions(session) == [
        *("photos.collection.create", "photos.album.create"),
        *("photos.collection.change", "photos.album.change"),
        *("photos.album.change", "photos.collection.change"),
        "photos.collection.delete",
    ]


# Who may


def test_who_writes_one_collection_has_all_its_tools_and_no_other(
    session: Session, login: Login
) -> None:
    mine, seen, secret = (
        AlbumFactory(nb_photos=1),
        AlbumFactory(nb_photos=1),
        AlbumFactory(collection=CollectionFactory(visible=False), visible=False),
    )
    rights = [
        READ,
        (T.write, S.collection, mine.collection_id),
        (T.read, S.collection, seen.collection_id),
    ]
    browser = login(PCeenFactory(can=rights))

    def answers(album: Album) -> set[int]:
        here = f"/photos/{album.collection.dir_name}"
        there, version = f"{here}/{album.dir_name}", str(album.version)
        found = [
            browser.post(f"{here}/edit", data={"name": "A", "version": version}),
            browser.post(f"{here}/albums", data={"album_name": "B"}),
            browser.post(f"{here}/reorder", data={"name": album.dir_name, "by": "1"}),
            browser.post(f"{there}/edit", data={"name": "C", "version": version}),
            browser.post(f"{there}/edit", data={"set_featured": "1"}),
            browser.get(f"{there}/move"),
            browser.post(
                "/api/photos/reorder",
                json={"collection": album.collection.dir_name, "albums": [album.dir_name]},
            ),
        ]
        return {answer.status_code for answer in found}

    assert answers(mine) == {303, 200, 204}
    assert answers(seen) == {403}
    assert answers(secret) == {404}
    # it takes other rights to delete, to make collections, and to move to another's
    here = f"/photos/{mine.collection.dir_name}"
    assert browser.post(f"{here}/delete", data={"confirm": "A"}).status_code == 403
    assert browser.post(f"{here}/{mine.dir_name}/delete", data={}).status_code == 403
    assert browser.get("/photos/new").status_code == 403
    assert browser.post("/photos/reorder", data={"name": "a", "by": "1"}).status_code == 403
    assert browser.post("/api/photos/reorder", json={"collections": []}).status_code == 403
    for target, status in ((seen, 403), (secret, 404)):
        data = {"target": target.collection.dir_name}
        moved = browser.post(f"{here}/{mine.dir_name}/move", data=data)
        assert moved.status_code == status
    session.refresh(mine)
    assert mine.featured_of == mine.collection_id
    page = browser.open_page("/photos")
    assert len(page.html.select("[href$='?edit=']")) == 1  # one pencil: the other is not theirs
    assert not page.html.select("[data-edit-only], [href='/photos/new']")


def test_pages_of_readers_hold_no_tool(session: Session, reader: Client) -> None:
    album = filled(session)
    for path in ("/photos", "/photos?edit", f"/photos/{album.collection.dir_name}?edit"):
        page = reader.open_page(path)
        assert names(page)
        tools = "main form[method=post], [data-edit-only], [data-named], .photo-card-tools"
        assert not page.html.select(tools)
        assert not page.html.select("script[src*='/photos/']")


def test_what_is_hidden_is_like_what_is_not_there(session: Session, reader: Client) -> None:
    album = filled(session)
    empty = CollectionFactory()
    hidden = filled(session, collection=CollectionFactory(visible=False))
    draft = filled(session, collection=album.collection, name="Brouillon", visible=False)

    assert names(reader.open_page("/photos")) == [album.collection.name]
    assert reader.open_page("/photos").text(".photo-card-note") == "1 album · 1 photo"
    assert names(reader.open_page(f"/photos/{album.collection.dir_name}")) == [album.name]
    for path in (
        f"/photos/{hidden.collection.dir_name}",
        f"/photos/{hidden.collection.dir_name}/{hidden.dir_name}",
        f"/photos/{album.collection.dir_name}/{draft.dir_name}",
        f"/photos/{album.collection.dir_name}/{draft.dir_name}/edit",
        f"/photos/{empty.dir_name}",  # nothing to show, and nothing to put there
        "/photos/nowhere",
        "/photos/nowhere/edit",
    ):
        assert reader.get(path).status_code == 404, path


def test_an_album_that_was_given_alone_is_all_that_one_sees_of_its_collection(
    session: Session, login: Login
) -> None:
    given = filled(session, name="À moi")
    filled(session, collection=given.collection, name="Aux autres")
    written = filled(session, collection=given.collection, name="À finir", visible=False)
    rights = [READ, (T.read, S.album, given.id), (T.write, S.album, written.id)]
    browser = login(PCeenFactory(can=rights))

    page = browser.open_page("/photos")
    assert names(page) == [given.collection.name]
    assert page.text(".photo-card-note") == "1 album · 1 photo"  # hidden ones never count
    page = browser.open_page(f"/photos/{given.collection.dir_name}?edit")
    assert names(page) == ["À moi", "À finir"]
    assert not page.html.select("form#edit, form#album, [data-named]")


def test_what_is_open_to_everybody_has_no_cover_outside_of_its_address(
    session: Session, client: Client, login: Login
) -> None:
    album = filled(session)
    everybody = public_role(session)
    rights = [READ, (T.read, S.collection, album.collection_id)]
    everybody.permissions = [*everybody.permissions, *(permission(*one) for one in rights)]
    session.commit()

    def covers(browser: Client) -> list[int]:
        paths = ("/photos", f"/photos/{album.collection.dir_name}")
        pages = [browser.open_page(path) for path in paths]
        assert all(names(page) for page in pages)
        return [len(page.html.select("img.photo-card-cover")) for page in pages]

    assert covers(client) == [0, 0]
    assert covers(login(PCeenFactory(slugs=["rezident"]))) == [0, 0]
    assert covers(login(PCeenFactory(can=rights))) == [1, 1]


# Lists


def test_a_collection_shows_the_cover_that_was_chosen_and_counts_what_is_shown(
    session: Session, editor: Client
) -> None:
    collection = CollectionFactory(start=date(2025, 9, 1), end=date(2026, 6, 30))
    first, second, hidden = (
        filled(session, collection=collection),
        filled(session, collection=collection),
        filled(session, collection=collection, visible=False),
    )

    def cover() -> str:
        (image,) = editor.open_page("/photos").html.select("img.photo-card-cover")
        return str(image["src"])

    def file_of(album: Album) -> str | None:
        return session.scalar(sa.select(Photo.cover_name).where(Photo.cover_of == album.id))

    note = editor.open_page("/photos").text(".photo-card-note")
    assert re.sub(r"\s", " ", note) == "septembre 2025 – juin 2026 · 2 albums · 2 photos"
    assert re.fullmatch(rf"/photo_cover/{file_of(first)}\?md5=[\w-]+&expires=\d+", cover())
    for album, shown in ((second, second), (hidden, first)):
        here = f"/photos/{collection.dir_name}/{album.dir_name}/edit"
        assert editor.post(here, data={"set_featured": "1"}).status_code == 303
        assert f"/{file_of(shown)}?" in cover()
    session.expire_all()
    assert [one.featured for one in (first, second, hidden)] == [False, False, True]
    # asked twice, it is done once
    editor.post(f"/photos/{collection.dir_name}/{hidden.dir_name}/edit", data={"set_featured": "1"})
    assert actions(session) == ["photos.album.feature"] * 2


def test_collections_stand_by_place_then_the_latest_first(session: Session, editor: Client) -> None:
    for name, position, start in (
        ("b", None, None),
        ("a", None, None),
        ("old", None, date(2020, 9, 1)),
        ("new", None, date(2026, 9, 1)),
        ("second", 2, date(2010, 1, 1)),
        ("first", 1, None),
    ):
        CollectionFactory(name=name, position=position, start=start)

    order = ["first", "second", "new", "old", "a", "b"]
    assert names(editor.open_page("/photos")) == order


def test_cards_are_put_in_order_with_buttons_and_by_scripts(
    session: Session, editor: Client
) -> None:
    collection = CollectionFactory()
    made = [AlbumFactory(collection=collection, name=name) for name in "abcd"]
    here = f"/photos/{collection.dir_name}"

    page = editor.submit(f"{here}/reorder", name=made[2].dir_name, by="-1")
    assert names(page) == ["a", "c", "b", "d"]
    assert not page.html.select("[data-edit-only][hidden] [data-shift]")  # still at it
    said = {"collection": collection.dir_name, "albums": [made[3].dir_name, made[0].dir_name]}
    assert editor.post("/api/photos/reorder", json=said).status_code == 204
    assert names(editor.open_page(here)) == ["d", "c", "b", "a"]
    assert editor.post("/api/photos/reorder", json=said).status_code == 204  # as it is: no event
    assert actions(session) == ["photos.album.order"] * 2

    other = CollectionFactory(name="Autre")
    editor.submit("/photos/reorder", name=other.dir_name, by="-1")
    assert names(editor.open_page("/photos")) == ["Autre", collection.name]
    said = {"collections": [collection.dir_name, other.dir_name]}
    assert editor.post("/api/photos/reorder", json=said).status_code == 204
    assert names(editor.open_page("/photos")) == [collection.name, "Autre"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ([], 400),
        ({}, 400),
        ({"collections": "a"}, 400),
        ({"collections": [1]}, 400),
        ({"collections": ["x"] * 201}, 400),
        ({"collections": ["x", "x"]}, 400),
        ({"collections": ["nowhere"]}, 404),
        ({"collection": "nowhere", "albums": []}, 404),
        ({"collection": {}, "albums": []}, 400),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(editor: Client, said: object, status: int) -> None:
    answer = editor.post("/api/photos/reorder", json=said)
    assert (answer.status_code, answer.json["error"]["status"]) == (status, status)


def test_lists_cost_the_same_whatever_they_hold(
    session: Session, login: Login, queries: list[str]
) -> None:
    rights = [READ, (T.read, S.collection)]
    browser = login(PCeenFactory(can=rights, slugs=["eleve"]))

    def cost(path: str) -> int:
        queries.clear()
        assert browser.get(path).status_code == 200
        return len(queries)

    def fill(count: int) -> None:
        made = CollectionFactory.build_batch(count)
        session.add_all(made)
        session.add_all(AlbumFactory.build(collection=one) for one in made * 10)
        session.commit()

    fill(5)
    here = f"/photos/{session.scalars(sa.select(Collection.dir_name)).first()}"
    before = [cost(path) for path in ("/photos", here, "/")]
    fill(35)

    assert [cost(path) for path in ("/photos", here, "/")] == before
    assert max(before[:2]) <= 12
    page = browser.open_page("/photos")
    assert len(names(page)) == 40


# What is refused


def test_a_name_that_is_taken_names_the_other(session: Session, editor: Client) -> None:
    collection = CollectionFactory(name="Gala", dir_name="gala")
    AlbumFactory(collection=collection, name="Le soir", dir_name="le_soir")

    page = editor.submit("/photos/new", status=409, name="GALÀ", description="mot", start="")
    assert "Ce nom donne la même adresse que « Gala »" in page.text("#name-errors")
    assert page.html.select_one("[name=name]")["value"] == "GALÀ"  # type: ignore[index]
    assert page.text("textarea") == "mot"
    page = editor.submit("/photos/gala/albums", status=409, album_name="le Soir !")
    assert "« Le soir »" in page.text("#album-album_name-errors")
    assert page.html.select_one("[name=album_name]")["value"] == "le Soir !"  # type: ignore[index]


def test_dates_do_not_go_backwards(session: Session, editor: Client) -> None:
    sent = {"name": "Gala", "start": "2026-06-02", "end": "2026-06-01"}
    page = editor.submit("/photos/new", status=422, **sent)
    assert "La fin vient avant le début." in page.text("#end-errors")

    here = f"/photos/{CollectionFactory().dir_name}/edit"
    page = editor.submit(here, status=422, **sent | {"version": "1"})
    assert "La fin vient avant le début." in page.text("#edit-end-errors")


def test_what_someone_else_has_changed_is_not_overwritten(session: Session, editor: Client) -> None:
    collection = CollectionFactory(name="Avant", start=date(2026, 5, 2))
    album = AlbumFactory(collection=collection, name="Avant")
    for here, prefix in (
        (f"/photos/{collection.dir_name}/edit", "edit-"),
        (f"/photos/{collection.dir_name}/{album.dir_name}/edit", ""),
    ):
        page = editor.submit(here, status=409, name="Après", visible="", version="7")

        assert "Valeur actuelle : Avant" in page.text(f"#{prefix}name-errors")
        assert page.html.select_one("[name=name]")["value"] == "Après"  # type: ignore[index]
        assert "Valeur actuelle : oui" in page.text(f"#{prefix}visible-errors")
    assert collection.name == album.name == "Avant"


@pytest.mark.parametrize("name", ["", "x" * 121, "a\u202eb", "a\x00b"])
def test_a_name_that_is_none_is_refused(session: Session, editor: Client, name: str) -> None:
    assert editor.post("/photos/new", data={"name": name}).status_code == 422
    assert session.scalars(sa.select(Collection)).all() == []


# Moving


def test_an_album_that_moves_is_found_at_its_former_address(
    session: Session, editor: Client, outbox: Outbox, store: PhotoStore
) -> None:
    album, target = filled(session, dir_name="gala"), CollectionFactory()
    source = album.collection
    album.featured_of = source.id
    file = store.album(source.dir_name, "gala") / "a.jpg"
    file.parent.mkdir(parents=True)
    file.write_text("photo")
    (store.base / target.dir_name).mkdir()
    session.commit()

    def move(there: Collection, **kwargs: int) -> Page:
        here = f"/photos/{album.collection.dir_name}/gala/move"
        return editor.submit(here, target=there.dir_name, **kwargs)

    page = move(target)
    session.refresh(album)
    assert page.flashes == ["L'album a changé de collection ; son ancienne adresse y mène."]
    assert (album.collection, album.featured_of) == (target, None)
    assert MoveAlbum(album=album.id, collection=source.dir_name, directory="gala") in outbox()
    assert (store.album(target.dir_name, "gala") / "a.jpg").read_text() == "photo"
    former = editor.get(f"/photos/{source.dir_name}/gala?page=2")
    assert (former.status_code, former.location) == (
        301,
        f"/photos/{target.dir_name}/gala?page=2",
    )

    # and back: its first address is its own again
    move(source)
    addresses = session.scalars(sa.select(AlbumAddress)).all()
    assert [(one.collection_dir, one.album_dir) for one in addresses] == [(target.dir_name, "gala")]
    assert editor.get(f"/photos/{source.dir_name}/gala").status_code == 200

    # another takes the address that it had
    AlbumFactory(collection=target, name="Gala d'hiver", dir_name="gala")
    page = move(target, status=409)
    assert "a déjà un album à cette adresse : « Gala d'hiver »" in page.text("#target-errors")


def test_an_album_made_where_another_was_is_found_there(session: Session, editor: Client) -> None:
    album = filled(session, dir_name="gala")
    source = album.collection
    with transaction(session):
        albums.move(session, album, target=CollectionFactory())

    editor.post(f"/photos/{source.dir_name}/albums", data={"album_name": "Gala"})

    assert session.scalars(sa.select(AlbumAddress)).all() == []
    assert editor.get(f"/photos/{source.dir_name}/gala").status_code == 200


def test_an_album_goes_to_collections_that_one_writes(session: Session, login: Login) -> None:
    album = AlbumFactory()
    rights = [READ, (T.write, S.collection, album.collection_id)]
    browser = login(PCeenFactory(can=rights))
    here = f"/photos/{album.collection.dir_name}/{album.dir_name}/move"

    assert "Vous ne modifiez aucune autre collection." in browser.open_page(here).text("main")
    assert browser.post(here, data={}).status_code == 422
    assert browser.post(here, data={"target": album.collection.dir_name}).status_code == 422


# The end


def test_permissions_go_with_what_they_are_about(
    session: Session, editor: Client, login: Login, outbox: Outbox
) -> None:
    album = filled(session)
    collection = album.collection
    cover = session.scalars(sa.select(Photo.cover_name)).one()
    kept = filled(session)
    gone = collection.id
    about = [
        permission(T.read, S.collection, gone),
        permission(T.write, S.album, album.id),
        permission(T.read, S.collection, kept.collection_id),
    ]
    session.add_all(about)
    roles = [RoleFactory(permissions=[permission(*READ), *about]) for _ in range(3)]
    where = {"collection": collection.dir_name, "album": album.dir_name}
    session.commit()

    editor.post(f"/photos/{where['collection']}/delete", data={"confirm": collection.name})

    assert RemoveFiles(**where, file_names=[], covers=[cover]) in outbox()
    assert SweepAlbum(**where) in outbox()
    stmt = sa.select(Permission.ref_id).where(Permission.ref_id.is_not(None))
    assert session.scalars(stmt).all() == [kept.collection_id]
    session.expire_all()
    assert [len(role.permissions) for role in roles] == [2, 2, 2]
    # one that was left behind by hand allows nothing, and breaks nothing
    roles[0].permissions.append(permission(T.all, S.collection, gone))
    holder = PCeenFactory(roles=[roles[0]])
    session.commit()
    assert names(login(holder).open_page("/photos")) == [kept.collection.name]


def test_an_album_is_deleted_once_it_is_called_by_its_name(
    session: Session, editor: Client, outbox: Outbox
) -> None:
    album = filled(session, name="Gala")
    here = f"/photos/{album.collection.dir_name}/{album.dir_name}/delete"
    assert "1 photo disparaît, pour toujours." in editor.open_page(here).text("main")

    assert editor.post(here, data={"confirm": "gala"}).status_code == 422
    page = editor.submit(here, confirm="Gala")

    assert page.flashes == ["L'album est supprimé, avec ses photos."]
    assert session.scalars(sa.select(Album)).all() == []
    assert actions(session) == ["photos.album.delete"]


# The home page


def test_the_home_page_tells_what_one_may_look_at(
    session: Session, login: Login, queries: list[str]
) -> None:
    album = filled(session, name="Gala de printemps")
    filled(session, collection=album.collection, name="Caché", visible=False)
    filled(session, collection=CollectionFactory(visible=False), name="Caché aussi")
    browser = login(PCeenFactory(can=[READ, (T.read, S.collection)]))

    page = browser.open_page("/")

    (card,) = [text for text in page.texts(".card") if text.startswith("Photos")]
    assert "Gala de printemps" in card
    assert "1 collection · 1 album · 1 photo" in card
    assert "Caché" not in page.text("main")
    assert "/photos" in [link["href"] for link in page.html.select(".bar-nav a")]
    nobody = login(PCeenFactory(slugs=["rezident"])).open_page("/")
    assert not [text for text in nobody.texts(".card") if text.startswith("Photos")]
    assert "/photos" not in [link["href"] for link in nobody.html.select("nav a")]


# The roles


def test_roles_say_which_album_of_which_collection(
    session: Session, login: Login, queries: list[str]
) -> None:
    collection = CollectionFactory(name="Année 2026")
    made = AlbumFactory(collection=collection, name="Gala")
    rights = [(T.read, S.collection, collection.id), (T.write, S.album, made.id)]
    role = RoleFactory(permissions=[permission(*one) for one in rights])
    browser = login(PCeenFactory(slugs=["gri"]))

    page = browser.open_page(f"/gris/roles/{role.id}")

    assert "écrire / Albums « Année 2026 / Gala »" in page.text("main")
    assert "lire / Collections « Année 2026 »" in page.text("main")

    def cost() -> int:
        queries.clear()
        found = browser.get("/api/gris/scopes/album/elements").json
        assert found["items"][0]["label"] == "Année 2026 / Gala"
        return len(queries)

    before = cost()
    for _ in range(3):
        AlbumFactory(name="Zoo")
    assert cost() == before


def test_who_looks_after_all_collections_chooses_whether_places_are_kept(
    session: Session, login: Login
) -> None:
    manager = login(PCeenFactory(can=[READ, (T.all, S.collection)]))
    assert not PHOTOS_KEEP_GPS.get(session)

    page = manager.submit("/photos/keep_gps", keep="yes")
    assert "est gardé" in page.text("main")
    session.expire_all()
    assert PHOTOS_KEEP_GPS.get(session)
    manager.submit("/photos/keep_gps", keep="no")
    session.expire_all()
    assert not PHOTOS_KEEP_GPS.get(session)

    editor = login(PCeenFactory(can=[READ, (T.write, S.collection)]))
    assert "keep_gps" not in editor.get("/photos?edit").text
    assert editor.post("/photos/keep_gps", data={"keep": "yes"}).status_code == 403
