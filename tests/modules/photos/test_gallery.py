"""The pages of an album and of a photo, the latest photos, those that are looked for."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T, PhotoState
from app.models import UNDATED, Album, AlbumAddress, Photo, PhotoTag, Role
from app.modules.photos.queries.search import LATEST
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.people import permission
from tests.factories.photos import AlbumFactory, CollectionFactory, PhotoFactory
from tests.timing import fastest

READS = ((T.read, S.photos), (T.read, S.collection))
WRITES = (*READS, (T.write, S.collection))
#: What a placeholder may be at most.
PLACEHOLDER = "data:image/webp;base64," + "A" * 577
STARTS = datetime(2026, 5, 1, 20, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> ' \" & {{7*7}}"


@pytest.fixture
def reader(login: Login) -> Client:
    return login(PCeenFactory(can=READS))


@pytest.fixture
def writer(login: Login) -> Client:
    return login(PCeenFactory(can=WRITES))


def filled(session: Session, count: int, **values: Any) -> Album:
    """An album with that many photos, an hour apart; the names of files are not in that order."""
    collection = CollectionFactory(name="Année 2025-2026", dir_name=f"annee_2025_2026_{count}")
    album = AlbumFactory(
        collection=collection, name="Gala d'hiver", dir_name="gala_d_hiver", nb_photos=count
    )
    session.flush()
    rows = [
        {
            "album_id": album.id,
            "file_name": f"{(n * 7919) % 999_983:016x}.jpg",
            "original_name": f"IMG_{n:04}.JPG",
            "sha256": f"{n:064x}",
            "state": PhotoState.ready,
            "width": (4000, 3000, 6000)[n % 3],
            "height": (3000, 4000, 4000)[n % 3],
            "size": 5_000_000,
            "timestamp": STARTS + timedelta(hours=n),
            "sort_at": STARTS + timedelta(hours=n),
            "caption": "Tout le monde sur la piste, un peu avant minuit" if n % 2 else None,
            "author_str": "Zoé",
            "placeholder": PLACEHOLDER,
        }
        | values
        for n in range(count)
    ]
    if rows:
        session.execute(sa.insert(Photo), rows)
    session.commit()
    return album


def where(album: Album) -> str:
    return f"/photos/{album.collection.dir_name}/{album.dir_name}"


def api(album: Album, **query: Any) -> str:
    return "/api/photos/album?" + "&".join(
        f"{name}={value}"
        for name, value in (
            ("collection", album.collection.dir_name),
            ("album", album.dir_name),
            *query.items(),
        )
    )


def names(html: str) -> list[str]:
    return [str(tile["data-photo"]) for tile in BeautifulSoup(html, "html.parser").select(".tile")]


def test_five_thousand_photos_cost_what_fifty_do(
    session: Session, reader: Client, queries: list[str], store: object
) -> None:
    taken: dict[int, int] = {}
    for count in (50, 5000):
        album = filled(session, count)
        del queries[:]
        answer = reader.get(where(album))

        taken[count] = len(queries)
        page = BeautifulSoup(answer.text, "html.parser")
        assert answer.status_code == 200
        assert len(answer.data) <= 150_000
        assert len(page.select(".tile")) == min(count, 200)
        first = page.select(".tile a > img:last-child")[:8]
        assert all("loading" not in image.attrs for image in first)
        assert all(re.search(r"/_thumbs/\w+\.webp\?md5=.+&expires=", str(i["src"])) for i in first)

    assert taken[50] == taken[5000] <= 12
    assert fastest(lambda: reader.get(where(album)), within=0.5) < 0.5


def test_the_page_of_who_writes_the_album_is_not_heavier_than_it_may(
    session: Session, writer: Client, queries: list[str], store: object
) -> None:
    album = filled(session, 200)
    del queries[:]

    answer = writer.get(f"{where(album)}?edit")

    assert len(queries) <= 12
    assert "data-edit-only hidden" not in answer.text
    assert len(answer.data) <= 150_000


def test_every_page_of_an_album_counts_for_its_first_row(
    session: Session, reader: Client, store: object
) -> None:
    album = filled(session, 250)

    page = reader.open_page(f"{where(album)}?page=2")

    assert len(page.html.select(".tile")) == 50
    assert page.html.select_one(".tiles")["data-first"] == "201"  # type: ignore[index]
    assert page.text(".pager [aria-current]") == "Page 2"
    assert page.html.select_one(".tile img:last-child")["alt"] == "Photo 201"  # type: ignore[index]


def test_photos_stand_by_date_then_name_and_the_undated_last(
    session: Session, reader: Client, store: object
) -> None:
    album = AlbumFactory()
    for original, taken in (
        ("b.jpg", None),
        ("z.jpg", STARTS),
        ("a.jpg", None),
        ("y.jpg", STARTS + timedelta(hours=1)),
        ("c.jpg", STARTS + timedelta(hours=1)),
        ("c.jpg", STARTS + timedelta(hours=1)),
    ):
        values = {"timestamp": taken, "sort_at": taken or UNDATED}
        PhotoFactory(album=album, original_name=original, **values)
    session.commit()

    answer = reader.get(api(album)).get_json()

    assert [photo["download"][0] for photo in answer["photos"]] == list("zccyab")
    assert names(reader.get(where(album)).text) == [p["name"] for p in answer["photos"]]


def test_what_follows_covers_everything_once(
    session: Session, reader: Client, store: object
) -> None:
    album = filled(session, 450)
    # one instant, one name: the number alone tells them apart
    session.execute(sa.update(Photo).values(sort_at=STARTS, original_name="IMG.JPG"))
    session.commit()

    found = names(reader.get(where(album)).text)
    for first in (201, 401):
        answer = reader.get(api(album, after=found[-1])).get_json()
        assert (answer["first"], answer["total"]) == (first, 450)
        found += [photo["name"] for photo in answer["photos"]]

    assert len(found) == len(set(found)) == 450
    assert reader.get(api(album, after=found[-1])).get_json()["photos"] == []
    by_page = [reader.get(api(album, page=page)).get_json()["photos"] for page in (1, 2, 3)]
    assert [photo["name"] for photos in by_page for photo in photos] == found


def test_more_photos_in_an_answer_take_no_more_statements(
    session: Session, reader: Client, queries: list[str], store: object
) -> None:
    taken = []
    for count in (5, 200):
        album = filled(session, count)
        tagged = session.scalars(sa.select(Photo).where(Photo.album_id == album.id)).all()
        session.add_all(PhotoTag(photo=photo, pceen=PCeenFactory()) for photo in tagged[:5])
        session.commit()
        del queries[:]
        assert len(reader.get(api(album)).get_json()["photos"]) == count
        taken.append(len(queries))

    assert taken[0] == taken[1] <= 12


def test_a_photo_is_told_with_its_size_its_words_and_its_addresses(
    session: Session, reader: Client, store: object
) -> None:
    album = AlbumFactory()
    author, tagged = PCeenFactory(prenom="Ada", nom="Lovelace"), PCeenFactory()
    photo = PhotoFactory(
        album=album,
        caption=HOSTILE,
        author=author,
        timestamp=STARTS,
        sort_at=STARTS,
        lat=48.7,
        lng=2.17,
    )
    session.add(PhotoTag(photo=photo, pceen=tagged))
    session.commit()

    (told,) = reader.get(api(album), headers={"Accept-Language": "fr"}).get_json()["photos"]

    assert told["name"] == photo.file_name
    assert (told["width"], told["height"], told["shape"]) == (4000, 3000, 27)
    assert (told["thumb_width"], told["thumb_height"]) == (363, 272)
    assert told["caption"] == HOSTILE
    assert told["line"] == "Ada Lovelace, vendredi 1 mai 2026 à 22 h 00"
    assert told["people"] == [{"id": tagged.id, "name": tagged.full_name, "removable": False}]
    base = f"/photo/{album.collection.dir_name}/{album.dir_name}/"
    for name, path in (
        ("thumb", f"_thumbs/{photo.stem}.webp"),
        ("large", f"_large/{photo.stem}.webp"),
        ("original", photo.file_name),
    ):
        assert re.fullmatch(rf"{base}{path}\?md5=[\w-]{{22}}&expires=\d+", told[name])
    assert told["page"] == f"{where(album)}/photo/{photo.stem}"
    assert not {"lat", "hidden", "version"} & told.keys()


def test_who_writes_the_album_is_told_more(session: Session, writer: Client, store: object) -> None:
    photo = PhotoFactory(timestamp=STARTS, sort_at=STARTS, lat=48.7, lng=2.17, hidden=True)
    session.commit()

    (told,) = writer.get(api(photo.album)).get_json()["photos"]

    assert (told["day"], told["time"]) == ("2026-05-01", "22:00:00")
    assert (told["lat"], told["hidden"], told["version"]) == (48.7, True, 1)
    assert told["line"].endswith(", 48.70000, 2.17000")


@pytest.mark.parametrize(
    "kept", [{"hidden": True}, {"state": PhotoState.pending}, {"state": PhotoState.failed}]
)
def test_what_is_hidden_or_not_ready_is_for_those_who_write(
    session: Session, login: Login, store: object, kept: dict[str, Any]
) -> None:
    album = AlbumFactory()
    seen, unseen = (
        PhotoFactory(album=album, caption="x"),
        PhotoFactory(album=album, caption="x", **kept),
    )
    session.commit()
    ways: dict[str, Callable[[Client], list[str]]] = {
        "the page": lambda browser: names(browser.get(where(album)).text),
        "the next ones": lambda browser: [
            photo["name"] for photo in browser.get(api(album)).get_json()["photos"]
        ],
        "by name": lambda browser: [
            photo["name"]
            for photo in browser.get(api(album, name=unseen.file_name)).get_json()["photos"]
        ],
    }

    reader = login(PCeenFactory(can=READS))
    for way, ask in ways.items():
        assert unseen.file_name not in ask(reader), way
    alone = f"{where(album)}/photo/{unseen.stem}"
    missing = reader.get(f"{where(album)}/photo/0123456789abcdef")
    assert reader.get(alone).status_code == missing.status_code == 404
    assert reader.get(api(album, after=unseen.file_name)).status_code == 404
    for path in ("/photos/recent", "/photos/search?q=x"):
        assert names(reader.get(path).text) == [seen.file_name]
    assert "Modifier" not in reader.open_page(where(album)).html.main.text  # type: ignore[union-attr]

    writer = login(PCeenFactory(can=WRITES))
    for way, ask in ways.items():
        assert unseen.file_name in ask(writer), way
    assert writer.get(alone).status_code == 200


def test_an_album_that_is_not_for_one_is_not_there(
    session: Session, login: Login, store: object
) -> None:
    photo = PhotoFactory(album=AlbumFactory(visible=False), caption="x")
    session.commit()
    paths = [
        where(photo.album),
        f"{where(photo.album)}/more",
        f"{where(photo.album)}/photo/{photo.stem}",
        api(photo.album),
    ]

    missing = [path.replace(photo.album.dir_name, "nothing") for path in paths]
    for rights, status in ((READS, 404), (((T.read, S.photos),), 404), ((), 403)):
        browser = login(PCeenFactory(can=rights))
        for path in (*paths, *missing):
            assert browser.get(path).status_code == status, (rights, path)
    reader = login(PCeenFactory(can=READS))
    for path in ("/photos/recent", "/photos/search?q=x"):
        assert names(reader.get(path).text) == []


def test_the_script_is_refused_in_json(session: Session, reader: Client, store: object) -> None:
    album = filled(session, 1)
    many = "&".join(f"name={n}" for n in range(201))
    asked = {
        "/api/photos/album": 400,
        "/api/photos/album?collection=x": 400,
        "/api/photos/album?collection=x&album=y": 404,
        api(album, after="nothing.jpg"): 404,
        f"{api(album)}&{many}": 400,
    }

    for path, status in asked.items():
        answer = reader.get(path)
        assert answer.status_code == status, path
        assert answer.get_json()["error"]["status"] == status
        assert answer.get_json()["error"]["message"]


@pytest.mark.parametrize("asked", ["endpoint=x", "_external=1", "_method=POST", "_scheme=ftp"])
def test_a_moved_album_is_found_whatever_is_asked(
    session: Session, reader: Client, asked: str
) -> None:
    photo = PhotoFactory()
    session.add(AlbumAddress(album=photo.album, collection_dir="old", album_dir="place"))
    session.commit()

    answer = reader.get(f"/photos/old/place?page=2&{asked}")

    assert (answer.status_code, answer.location) == (301, f"{where(photo.album)}?page=2")


def test_a_moved_album_is_where_it_is_now(session: Session, reader: Client, store: object) -> None:
    photo = PhotoFactory()
    session.add(AlbumAddress(album=photo.album, collection_dir="old", album_dir="place"))
    session.commit()

    for path in ("/photos/old/place", f"/photos/old/place/photo/{photo.stem}"):
        answer = reader.get(path)
        there = where(photo.album) + path.removeprefix("/photos/old/place")
        assert (answer.status_code, answer.location) == (301, there)
        assert reader.head(path).status_code == 301
    asked = reader.get("/api/photos/album?collection=old&album=place", follow_redirects=True)
    assert len(asked.get_json()["photos"]) == 1


def test_what_everybody_sees_is_shown_under_its_own_address_alone(
    session: Session, client: Client, store: object
) -> None:
    photo = PhotoFactory(caption="x")
    rights = ((T.read, S.photos), (T.read, S.collection, photo.album.collection_id))
    public = session.get_one(Role, Role.PUBLIC)
    public.permissions.extend(permission(*right) for right in rights)
    session.commit()

    page = client.open_page(where(photo.album))

    assert [str(tile["data-photo"]) for tile in page.html.select(".tile")] == [photo.file_name]
    (tiles,) = page.html.select(".tiles")
    more = str(tiles["data-more"])
    assert more == f"{where(photo.album)}/more"
    assert len(client.get(more).get_json()["photos"]) == 1
    assert client.get(api(photo.album)).status_code == 404
    for path in ("/photos/recent", "/photos/search?q=x"):
        assert names(client.get(path).text) == []


def test_a_photo_by_itself_says_where_it_is(
    session: Session, reader: Client, store: object
) -> None:
    album = filled(session, 202)
    stems = [name.removesuffix(".jpg") for name in names(reader.get(f"{where(album)}?page=2").text)]

    page = reader.open_page(f"{where(album)}/photo/{stems[0]}")

    assert page.text("h1") == "Photo 201 sur 202"
    links = {link.get_text(strip=True): link.get("href") for link in page.html.select("main a")}
    assert links["Suivante"] == f"{where(album)}/photo/{stems[1]}"
    assert links["Revenir à l'album"] == f"{where(album)}?page=2"
    previous = reader.open_page(str(links["Précédente"]))
    assert previous.text("h1") == "Photo 200 sur 202"
    (picture,) = previous.html.select(".photo-alone img")
    assert "/_large/" in str(picture["src"])
    last = reader.open_page(f"{where(album)}/photo/{stems[1]}")
    assert "Suivante" not in last.texts("main a")


def test_words_are_words(session: Session, reader: Client, store: object) -> None:
    album = AlbumFactory(name=HOSTILE, description=HOSTILE)
    photo = PhotoFactory(album=album, caption=HOSTILE, author_str=HOSTILE)
    session.commit()

    for path in (where(album), f"{where(album)}/photo/{photo.stem}", "/photos/search?q=script"):
        page = reader.open_page(path)
        assert page.html.find("script", string=re.compile("alert")) is None
        assert any(image["alt"] == HOSTILE for image in page.html.select("main img"))


def test_the_latest_photos_are_grouped_by_album(
    session: Session, reader: Client, queries: list[str], store: object
) -> None:
    old, new = AlbumFactory(name="Gala"), AlbumFactory(name="Campus")
    for n, album in enumerate([new, old, new]):
        PhotoFactory(album=album, uploaded_at=STARTS - timedelta(hours=n))
    session.commit()
    del queries[:]

    page = reader.open_page("/photos/recent")

    assert len(queries) <= 12
    assert page.texts(".tiles-group h2 a") == ["Campus", "Gala"]
    assert [len(group.select(".tile")) for group in page.html.select(".tiles-group")] == [2, 1]


def test_the_latest_photos_end_somewhere(session: Session, reader: Client, store: object) -> None:
    filled(session, LATEST + 50)

    page = reader.open_page("/photos/recent?page=999")

    assert page.text(".pager [aria-current]") == "Page 10"
    assert len(page.html.select(".tile")) == 60


@pytest.fixture
def four(session: Session, store: object) -> dict[str, Photo]:
    """A photo found by each of its words."""
    ada = PCeenFactory(prenom="Ada", nom="Lovelace")
    album = AlbumFactory(name="Nuit d'été", collection=CollectionFactory(name="Année 141"))
    photos = {
        "caption": PhotoFactory(caption="100 % cacao_pur"),
        "author": PhotoFactory(author=ada),
        "written": PhotoFactory(author_str="Zoé Müller"),
        "album": PhotoFactory(album=album),
    }
    session.add(PhotoTag(photo=photos["written"], pceen=ada))
    session.commit()
    return photos


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cacao", {"caption"}),
        ("CACAO", {"caption"}),
        ("100 %", {"caption"}),
        ("%", {"caption"}),
        ("_", {"caption"}),
        ("lovelace", {"author", "written"}),
        ("ada lovelace", {"author", "written"}),
        ("ada zoé", {"written"}),
        ("nuit", {"album"}),
        ("nuit 141", {"album"}),
        ("nuit cacao", set()),
        ("", set()),
        ("'; DROP TABLE photo", set()),
    ],
)
def test_photos_are_found_by_all_their_words(
    reader: Client, four: dict[str, Photo], text: str, expected: set[str]
) -> None:
    answer = reader.get("/photos/search", query_string={"q": text})

    assert set(names(answer.text)) == {four[name].file_name for name in expected}


def test_albums_are_found_by_their_names(
    reader: Client, four: dict[str, Photo], queries: list[str]
) -> None:
    del queries[:]

    page = reader.open_page("/photos/search?q=nuit")

    assert len(queries) <= 12
    assert page.texts(".albums-found a") == ["Nuit d'été"]


def test_an_empty_album_says_so(session: Session, reader: Client) -> None:
    album = AlbumFactory()
    session.commit()

    assert reader.open_page(where(album)).texts(".empty p") == [
        "Pas encore de photo dans cet album."
    ]


def test_a_visitor_whose_address_nobody_knows_is_told_so(
    session: Session, login: Login, store: object
) -> None:
    photo = PhotoFactory()
    session.commit()
    browser = login(PCeenFactory(can=READS))
    browser.environ_base["REMOTE_ADDR"] = ""

    answer = browser.get(where(photo.album))

    assert answer.status_code == 403
    assert "d&#39;où vous venez" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("{here}/photo/%00", 404),
        ("{api}&after=%00", 404),
        ("{api}&name=%00", 400),
        ("{api}&after=" + "9" * 400, 404),
        ("{api}&page=-1", 200),
        ("/api/photos/album?collection=%00&album=%00", 404),
        ("/photos/%00/%00", 404),
        ("/photos/search?q=%00", 200),
    ],
)
def test_what_no_database_takes_is_asked_of_none(
    session: Session, reader: Client, store: object, path: str, status: int
) -> None:
    album = PhotoFactory().album
    session.commit()

    answer = reader.get(path.format(here=where(album), api=api(album)))

    assert answer.status_code == status
