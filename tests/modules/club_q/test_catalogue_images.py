"""The pictures of shows and maps: taken, shown to everybody, replaced, removed."""

import io
import time
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.integrations.club_q_files import MAPS, ClubQFiles
from app.models import ClubQSalle, ClubQSeason, ClubQSpectacle
from app.modules.club_q.effects import RemoveImage
from app.modules.club_q.errors import ClubQFolderSuspicious
from app.modules.club_q.service import catalogue_images as images
from app.web.headers import FILE_POLICY
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories.club_q import (
    SalleFactory,
    SeasonFactory,
    SpectacleFactory,
    make_current,
    organiser,
)
from tests.modules.club_q.test_catalogue import fields

pytestmark = pytest.mark.once

SHOWS, VENUES = "/club_q/spectacles", "/club_q/salles"


@pytest.fixture
def shelf(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> ClubQFiles:
    """Where the site keeps the files of Club Q during the test."""
    store = ClubQFiles(tmp_path / "club_q")
    store.prepare()
    monkeypatch.setitem(app.extensions, "club_q_files", store)
    return store


@pytest.fixture
def season() -> ClubQSeason:
    return make_current(SeasonFactory(nom="Automne"))


@pytest.fixture
def staff(login: Login, shelf: ClubQFiles) -> Client:
    return login(organiser(locale="fr"))


def image(kind: str = "JPEG", size: tuple[int, int] = (1600, 800), **options: Any) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", size, (30, 60, 200)).save(kept, kind, **options)
    return kept.getvalue()


def send(
    client: Client, path: str, content: bytes | None, *, status: int = 200, **typed: str
) -> Page:
    sent: dict[str, Any] = fields(client.open_page(f"{path}?edit=1"), **typed)
    if content is not None:
        sent["image"] = FileStorage(io.BytesIO(content), "<affiche>.html")
    boundary, body = encode_multipart(sent)
    kind = f"multipart/form-data; boundary={boundary}"
    answer = client.post(path, data=body, content_type=kind, follow_redirects=True)
    assert answer.status_code == status, answer.text
    return Page(answer)


def names(store: ClubQFiles) -> set[tuple[str, str]]:
    assert list(store.unfinished()) == []
    return {(file.path.parent.name, file.path.name) for file in store.files()}


def image_of(session: Session, show: ClubQSpectacle) -> str | None:
    session.commit()
    session.expire_all()
    return show.image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_made_again_and_shown_to_everybody(
    staff: Client,
    client: Client,
    shelf: ClubQFiles,
    session: Session,
    season: ClubQSeason,
    kind: str,
) -> None:
    show = SpectacleFactory(season_id=season.id)

    send(staff, f"{SHOWS}/{show.id}", image(kind))

    name = image_of(session, show) or ""
    with Image.open(shelf.image(str(season.id), name)) as made:
        assert (made.format, made.size) == ("WEBP", (960, 480))
    client.delete_cookie("session")
    answer = client.get(f"/club_q_images/{season.id}/{name}")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.headers["Cache-Control"] == "public, max-age=2592000"
    assert answer.headers["Content-Security-Policy"] == FILE_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    answer.close()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422),
        (b"<script>alert(1)</script>", 422),
        (image()[:900], 422),
        (image() + b"\0" * (10 * 1024 * 1024), 413),
    ],
)
def test_what_is_no_picture_is_refused_and_the_former_one_stays(
    staff: Client,
    shelf: ClubQFiles,
    session: Session,
    season: ClubQSeason,
    content: bytes,
    status: int,
) -> None:
    show = SpectacleFactory(season_id=season.id)
    send(staff, f"{SHOWS}/{show.id}", image())
    former = image_of(session, show)

    page = send(staff, f"{SHOWS}/{show.id}", content, status=status, nom="Gardé")

    assert page.html.select_one("#nom")["value"] == "Gardé"
    assert page.html.select("#image-errors")
    assert image_of(session, show) == former
    assert names(shelf) == {(str(season.id), former)}


def test_a_picture_that_is_replaced_or_taken_away_goes_after_the_commit(
    staff: Client, shelf: ClubQFiles, session: Session, season: ClubQSeason, outbox: Outbox
) -> None:
    show = SpectacleFactory(season_id=season.id)
    path, place = f"{SHOWS}/{show.id}", str(season.id)
    send(staff, path, image())
    first = image_of(session, show) or ""
    send(staff, path, image("PNG"))
    second = image_of(session, show) or ""
    assert names(shelf) == {(place, first), (place, second)}
    for name in (first, second):
        images.remove(session, wanted=RemoveImage(place, name), store=shelf)
    assert names(shelf) == {(place, second)}

    send(staff, path, None, remove_image="y")

    assert image_of(session, show) is None
    assert [one for one in outbox() if isinstance(one, RemoveImage)] == [
        RemoveImage(place, first),
        RemoveImage(place, second),
    ]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_picture_follows_a_show_that_changes_seasons(
    staff: Client,
    shelf: ClubQFiles,
    session: Session,
    season: ClubQSeason,
    outbox: Outbox,
    is_there: bool,
) -> None:
    show, other = SpectacleFactory(season_id=season.id), SeasonFactory(nom="Printemps")
    send(staff, f"{SHOWS}/{show.id}", image())
    former = image_of(session, show) or ""
    if not is_there:
        shelf.remove_image(str(season.id), former)

    send(staff, f"{SHOWS}/{show.id}", None, saison_id=str(other.id))

    name = image_of(session, show)
    assert (name is not None) is is_there
    if is_there:
        assert (str(other.id), name) in names(shelf)
    assert RemoveImage(str(season.id), former) in outbox()


def test_the_map_of_a_venue_is_a_picture_too(
    staff: Client, shelf: ClubQFiles, session: Session, season: ClubQSeason, outbox: Outbox
) -> None:
    venue = SalleFactory()
    send(staff, f"{VENUES}/{venue.id}", image())
    session.commit()
    session.expire_all()
    name = venue.plan or ""
    assert names(shelf) == {(MAPS, name)}
    page = staff.open_page(f"{VENUES}/{venue.id}")
    assert page.html.select_one(".venue-map img")["src"] == f"/club_q_images/salles/{name}"

    staff.submit(f"{VENUES}/{venue.id}/delete")

    session.commit()
    assert session.query(ClubQSalle).count() == 0
    assert RemoveImage(MAPS, name) in outbox()


def test_the_janitor_removes_what_is_nothing_s_for_a_day(
    staff: Client, shelf: ClubQFiles, session: Session, season: ClubQSeason
) -> None:
    show, place = SpectacleFactory(season_id=season.id), str(season.id)
    send(staff, f"{SHOWS}/{show.id}", image())
    kept = image_of(session, show)
    with shelf.workbench() as (_sent, made):
        made.write_bytes(image("WEBP"))
        orphan = shelf.publish_image(made, place)

    assert images.tidy(session, store=shelf) == 0
    later = time.time() + images.AGE + 60
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(images, "AGE", images.AGE - (later - time.time()))
        assert images.tidy(session, store=shelf) == 1

    assert names(shelf) == {(place, kept)}
    assert orphan != kept


def test_nothing_is_removed_of_a_folder_that_is_not_as_it_should_be(
    shelf: ClubQFiles, session: Session, season: ClubQSeason
) -> None:
    SpectacleFactory(season_id=season.id, image="0" * 32 + ".webp")

    with pytest.raises(ClubQFolderSuspicious):
        images.tidy(session, store=shelf)


@pytest.mark.once
@pytest.mark.parametrize(
    "path",
    ["x/0123456789abcdef.webp", "1/0123456789abcdef.webp", "../1/a.webp", "1/..%2fa.webp"],
)
def test_what_is_not_there_is_missing(client: Client, shelf: ClubQFiles, path: str) -> None:
    assert client.get(f"/club_q_images/{path}").status_code == 404
