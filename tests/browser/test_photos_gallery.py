"""Looking at an album: rows that grow, photos one by one, the keyboard, and no scripts."""

import io
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from app.core.passwords import hashed
from app.enums import PermissionScope as S, PermissionType as T, PhotoState
from app.integrations.photo_store import PhotoStore
from app.models import Album, Collection, PCeen, Permission, Photo, Role
from tests.browser.site import Site, running_site
from tests.browser.test_accessibility import (
    EVERYTHING,
    bring_axe,
    check_colours,
    check_page,
    faults_of,
    look_from,
)
from tests.browser.test_weight import COUNT_SHIFTS, STILL
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

COUNT = 450
HERE = "/photos/annee_test/gala_test"
READER, WRITER = "plangevi", "mcurie"
PASSWORD = "correct horse battery"
STARTS = datetime(2026, 1, 17, 20, tzinfo=UTC)
SIZES = ((4000, 3000), (3000, 4000), (6000, 4000), (9000, 2000))


def stem(n: int) -> str:
    return f"{n * 7919:016x}"


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with an album of 450 photos, one who reads it and one who writes it."""
    folder = tmp_path_factory.mktemp("gallery")
    with running_site(folder, name="gallery", worker=False) as site:
        engine = sa.create_engine(site.database_url)
        with Session(engine) as session:
            fill(session)
            session.commit()
        engine.dispose()
        write_files(site.photos)
        yield site


def fill(session: Session) -> None:
    collection = Collection(name="Année d'essai", dir_name="annee_test", visible=True)
    album = Album(collection=collection, name="Gala d'essai", dir_name="gala_test", visible=True)
    album.nb_photos = COUNT
    session.add(album)
    session.flush()
    session.execute(sa.insert(Photo), [row(album.id, n) for n in range(COUNT)])
    for username, type in ((READER, T.read), (WRITER, T.write)):
        rights = [right(session, T.read, S.photos), right(session, type, S.collection)]
        who = PCeen(
            username=username,
            prenom="Pierre",
            nom="Langevin",
            email=f"{username}@example.org",
            email_confirmed_at=STARTS,
            activated=True,
            locale="fr",
            password_hash=hashed(PASSWORD),
            roles=[Role(name=f"photos of {username}", permissions=rights)],
        )
        session.add(who)
        session.flush()


def row(album_id: int, n: int) -> dict[str, object]:
    width, height = SIZES[n % len(SIZES)]
    return {
        "album_id": album_id,
        "file_name": f"{stem(n)}.jpg",
        "original_name": f"IMG_{n:04}.JPG",
        "sha256": f"{n:064x}",
        "state": PhotoState.ready,
        "width": width,
        "height": height,
        "timestamp": STARTS + timedelta(minutes=n),
        "sort_at": STARTS + timedelta(minutes=n),
        "caption": "Tout le monde sur la piste <b>" if n == 209 else None,
        "author_str": "Zoé",
    }


def right(session: Session, type: T, scope: S) -> Permission:
    made = Permission(type=type, scope=scope)
    found = session.scalars(sa.select(Permission).where(Permission.key == made.key)).first()
    return found or made


def write_files(base: Path) -> None:
    """The files of the album: those of one shape are one file."""
    store = PhotoStore(base)
    made: dict[tuple[int, str], Path] = {}
    for n in range(COUNT):
        album = ("annee_test", "gala_test")
        paths = {
            "jpeg": store.original(*album, f"{stem(n)}.jpg"),
            "large": store.large(*album, stem(n)),
            "thumb": store.thumb(*album, stem(n)),
        }
        for kind, path in paths.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            known = made.setdefault((n % len(SIZES), kind), path)
            if known is path:
                path.write_bytes(picture(SIZES[n % len(SIZES)], kind))
            else:
                os.link(known, path)


def picture(size: tuple[int, int], kind: str) -> bytes:
    if kind == "thumb":
        size = (min(816, round(272 * size[0] / size[1])), 272)
    else:
        size = (size[0] // 10, size[1] // 10)
    file = io.BytesIO()
    Image.new("RGB", size, (40, 90, 160)).save(file, "JPEG" if kind == "jpeg" else "WEBP")
    return file.getvalue()


@pytest.fixture(scope="module")
def reader(chromium: Browser, site: Site) -> Iterator[Visitor]:
    with visiting(chromium, site.serve(), width=DESK) as visitor:
        visitor.context.add_init_script(COUNT_SHIFTS)
        visitor.log_in(READER, PASSWORD)
        yield visitor


def counted(visitor: Visitor, number: int) -> None:
    """The viewer shows the photo with this number, and the address says so."""
    expect(visitor.page.locator(".pswp__counter")).to_have_text(f"{number} / {COUNT}")
    expect(visitor.page).to_have_url(re.compile(rf"{HERE}#{number}$"))
    shown = visitor.page.locator(f'.pswp__img[src*="_large/{stem(number - 1)}.webp"]')
    expect(shown).to_be_visible()


def closed(visitor: Visitor) -> None:
    expect(visitor.page.locator(".pswp")).to_have_count(0)
    expect(visitor.page).to_have_url(re.compile(rf"{HERE}$"))


def test_an_album_grows_while_one_scrolls_and_nothing_moves(reader: Visitor) -> None:
    reader.open(HERE)
    tiles = reader.page.locator(".tiles > .tile")
    expect(tiles).to_have_count(200)
    check_page(reader, "an album")
    check_colours(reader, "an album", PHONE, DESK)
    look_from(reader, DESK)

    for count in (400, COUNT):
        reader.page.locator("[data-after-tiles]").scroll_into_view_if_needed()
        expect(tiles).to_have_count(count)

    names = tiles.evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.photo)")
    assert names == [f"{stem(n)}.jpg" for n in range(COUNT)]
    tiles.last.scroll_into_view_if_needed()
    last = tiles.last.locator("img").last
    assert last.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    have_it_arrive_slowly(reader)
    reader.open(HERE)
    reader.page.wait_for_load_state("networkidle")
    assert reader.page.evaluate("window.shifts.reduce((a, b) => a + b, 0)") < STILL


def have_it_arrive_slowly(visitor: Visitor) -> None:
    """Have pages come in pieces, as they do on a poor connection: at 100 kB a second."""
    network = visitor.context.new_cdp_session(visitor.page)
    speeds = {"downloadThroughput": 100_000, "uploadThroughput": 100_000}
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", {"offline": False, "latency": 50, **speeds})


def test_an_address_opens_a_photo_and_the_keyboard_leads_to_others(reader: Visitor) -> None:
    reader.page.goto(f"{HERE}#210")

    counted(reader, 210)
    caption = reader.page.locator('[data-viewer="caption"]')
    expect(caption).to_have_text("Tout le monde sur la piste <b>")
    expect(reader.page.locator('[data-viewer="line"]')).to_have_text(
        "Zoé, dimanche 18 janvier 2026 à 0 h 29"
    )
    bring_axe(reader)
    assert faults_of(reader, EVERYTHING) == []
    reader.page.keyboard.press("ArrowRight")
    counted(reader, 211)
    expect(caption).to_have_text("")
    reader.page.keyboard.press("ArrowLeft")
    counted(reader, 210)
    reader.page.keyboard.press("+")
    expect(reader.page.locator(".pswp--zoomed-in")).to_have_count(1)
    reader.page.keyboard.press("-")
    expect(reader.page.locator(".pswp--zoomed-in")).to_have_count(0)
    reader.page.evaluate("window.location.hash = '#450'")
    counted(reader, 450)
    reader.page.keyboard.press("ArrowRight")
    counted(reader, 450)  # the last one is the last
    reader.page.keyboard.press("Escape")
    closed(reader)

    reader.page.evaluate("window.location.hash = '#451'")
    closed(reader)


def test_going_back_closes_the_viewer_and_the_focus_returns(reader: Visitor) -> None:
    reader.open(HERE)
    links = reader.page.locator(".tile > a")
    links.nth(2).focus()
    reader.page.keyboard.press("Enter")
    counted(reader, 3)
    reader.page.keyboard.press("ArrowRight")
    counted(reader, 4)

    reader.page.go_back()

    closed(reader)
    expect(links.nth(3)).to_be_focused()
    links.nth(0).click()
    counted(reader, 1)
    reader.page.keyboard.press("Escape")
    closed(reader)
    expect(links.nth(0)).to_be_focused()


def test_a_photo_has_a_page_of_its_own(reader: Visitor) -> None:
    reader.open(f"{HERE}/photo/{stem(3)}")

    expect(reader.page.get_by_role("heading", level=1)).to_have_text(f"Photo 4 sur {COUNT}")
    check_page(reader, "a photo")
    check_colours(reader, "a photo", PHONE, DESK)


def test_the_strip_the_slideshow_and_what_one_may_do(reader: Visitor) -> None:
    reader.page.clock.install()
    reader.open(HERE)
    look_from(reader, PHONE)
    reader.page.locator(".tile > a").nth(9).click()
    counted(reader, 10)
    page = reader.page
    strip = page.get_by_role("group", name="Miniatures")
    strip.get_by_role("button", name="Photo 11", exact=True).click()
    counted(reader, 11)
    page.get_by_role("button", name="Miniatures").click()
    expect(strip).to_be_hidden()
    bring_axe(reader)
    assert faults_of(reader, EVERYTHING) == []

    reader.press("Lancer le diaporama")
    page.clock.fast_forward(5100)
    counted(reader, 12)
    page.keyboard.press("ArrowLeft")
    counted(reader, 11)
    page.clock.fast_forward(20_000)
    counted(reader, 11)
    expect(page.get_by_role("button", name="Lancer le diaporama")).to_be_visible()
    original = page.get_by_role("link", name="Télécharger l'original")
    expect(original).to_have_attribute("download", "IMG_0010.JPG")
    expect(original).to_have_attribute("href", re.compile(rf"/{stem(10)}\.jpg\?md5="))
    report = page.get_by_role("link", name="Signaler cette photo")
    expect(report).to_have_attribute("href", f"{HERE}/photo/{stem(10)}/report")
    page.keyboard.press("Escape")
    closed(reader)
    look_from(reader, DESK)


def test_a_photo_that_was_sent_comes_by_itself(chromium: Browser, site: Site) -> None:
    name = "00000000000000ff.jpg"
    engine = sa.create_engine(site.database_url)
    with visiting(chromium, site.serve(), width=DESK) as writer:
        writer.page.clock.install()
        writer.log_in(WRITER, PASSWORD)
        writer.open(HERE)
        with Session(engine) as session:
            album = session.scalars(sa.select(Album).filter_by(dir_name="gala_test")).one()
            values = row(album.id, 0) | {"file_name": name, "sha256": "f" * 64}
            session.execute(sa.insert(Photo), [values | {"state": PhotoState.pending}])
            session.commit()
        told = {"photos": [{"name": name, "shape": 27}]}
        writer.page.evaluate(
            """(detail) => document.querySelector(".tiles[data-more]")
                 .dispatchEvent(new CustomEvent("photos:uploaded", { detail }))""",
            told,
        )
        tile = writer.page.locator(f'[data-photo="{name}"]')
        expect(tile).to_have_text("En préparation")
        writer.page.clock.fast_forward(3000)
        expect(tile).to_have_text("En préparation")

        with Session(engine) as session:
            ready = sa.update(Photo).where(Photo.file_name == name)
            session.execute(ready.values(state=PhotoState.ready, file_name=name))
            session.commit()
        store = PhotoStore(site.photos)
        os.link(
            store.thumb("annee_test", "gala_test", stem(0)),
            store.thumb("annee_test", "gala_test", name.removesuffix(".jpg")),
        )
        writer.page.clock.fast_forward(12_000)
        expect(tile.locator("img")).to_have_attribute("src", re.compile("_thumbs/00000000000000ff"))
        with Session(engine) as session:
            session.execute(sa.delete(Photo).where(Photo.file_name == name))
            session.commit()
    engine.dispose()


def test_an_album_is_looked_at_without_scripts(chromium: Browser, site: Site) -> None:
    with visiting(chromium, site.serve(), width=PHONE, scripts=False) as visitor:
        visitor.log_in(READER, PASSWORD)
        visitor.open(f"{HERE}?page=3")  # the shortest: without scripts nothing is lazy
        tiles = visitor.page.locator(".tile")
        assert tiles.count() == COUNT - 400
        previous = visitor.page.get_by_role("link", name="Page précédente")
        expect(previous).to_have_attribute("href", "?page=2")
        tiles.first.get_by_role("link").click()
        heading = visitor.page.get_by_role("heading", level=1)
        expect(heading).to_have_text(f"Photo 401 sur {COUNT}")
        visitor.follow("Suivante")
        expect(heading).to_have_text(f"Photo 402 sur {COUNT}")
        visitor.follow("Revenir à l'album")
        expect(visitor.page).to_have_url(re.compile(r"page=3$"))
