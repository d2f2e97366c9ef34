"""Posters: taken, shown, replaced, removed; what is no picture is refused."""

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from PIL import Image
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from app.core import clock
from app.integrations.folders import TheatreFiles
from app.models import Saison, Spectacle
from app.modules.theatre import jobs
from app.modules.theatre.effects import RemovePoster
from app.modules.theatre.errors import TheatreFolderSuspicious, TooManyPosters
from app.modules.theatre.service import posters as service
from tests.client import Client, Page
from tests.conftest import Outbox
from tests.factories.community import PlayFactory, SaisonFactory
from tests.modules.theatre.conftest import fields, image

pytestmark = pytest.mark.once

ADMIN = "/theatre/admin"


@pytest.fixture
def saison(session: Session) -> Saison:
    return SaisonFactory(name="Saison 2026")


@pytest.fixture
def play(saison: Saison) -> Spectacle:
    return PlayFactory(saison_id=saison.id, name="Antigone")


def post(
    client: Client, kind: str, key: int, content: bytes | None, *, name: str = "affiche.png",
    **typed: str,
) -> TestResponse:  # fmt: skip
    form = f"form[action$='/picture_upload/{kind}/{key}']"
    sent: dict[str, Any] = fields(client.open_page(f"{ADMIN}/{kind}/{key}"), form, **typed)
    if content is not None:
        sent["image"] = FileStorage(io.BytesIO(content), name)
    boundary, body = encode_multipart(sent)
    return client.post(
        f"{ADMIN}/picture_upload/{kind}/{key}",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def put(client: Client, kind: str, key: int, content: bytes) -> None:
    answer = post(client, kind, key, content)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ADMIN}/{kind}/{key}")


def names(store: TheatreFiles) -> set[tuple[str, str]]:
    assert list(store.unfinished()) == []
    return {(file.path.parent.name, file.path.name) for file in store.files()}


def poster_of(session: Session, about: Saison | Spectacle) -> str | None:
    session.commit()
    session.expire_all()
    return about.poster


def test_a_poster_is_made_again_and_everybody_sees_it(
    staff: Client, session: Session, shelf: TheatreFiles, saison: Saison, play: Spectacle
) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Ada"
    put(staff, "saison", saison.id, image("JPEG", (1500, 3000), exif=exif))
    put(staff, "spectacle", play.id, image("GIF", (30, 20)))

    large, small = poster_of(session, saison) or "", poster_of(session, play) or ""
    assert large.startswith("saison_")
    assert small.startswith("spectacle_")
    place = f"saison_{saison.id}"
    assert names(shelf) == {(place, large), (place, small)}
    with Image.open(shelf.poster(saison.id, large)) as made:
        assert (made.format, made.size, dict(made.getexif())) == ("WEBP", (1000, 2000), {})
    assert (saison.poster_width, saison.poster_height) == (1000, 2000)
    assert (play.poster_width, play.poster_height) == (30, 20)
    staff.delete_cookie("session")
    shown = staff.open_page("/theatre").html.select("main img")
    assert [one["src"] for one in shown] == [
        f"/theatre_posters/{place}/{large}",
        f"/theatre_posters/{place}/{small}",
    ]
    for one in shown:
        answer = staff.get(one["src"])
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        answer.close()


@pytest.mark.parametrize(
    "sent",
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "affiche.svg", 422),
        (b"<!DOCTYPE html><script>alert(1)</script>", "affiche.html", 422),
        (b"<!DOCTYPE html><script>alert(1)</script>", "affiche.png", 422),
        (image()[:700], "affiche.jpg", 422),
        (b"", "affiche.png", 422),
        (None, "", 422),
        (image() + b"\0" * (10 * 1024 * 1024), "affiche.jpg", 413),
        (image() + b"\0" * 26_000_000, "affiche.jpg", 413),
    ],
    ids=["svg", "html", "html.png", "cut", "empty", "none", "10 MiB", "26 MB"],
)
def test_what_is_no_picture_is_refused_and_the_former_poster_stays(
    staff: Client,
    session: Session,
    shelf: TheatreFiles,
    saison: Saison,
    sent: tuple[bytes | None, str, int],
) -> None:
    content, name, status = sent
    put(staff, "saison", saison.id, image())
    former = poster_of(session, saison)

    answer = post(staff, "saison", saison.id, content, name=name)

    assert answer.status_code == status
    if content is None or len(content) < 25_000_000:
        assert Page(answer).html.select("#image-errors")
    assert poster_of(session, saison) == former
    assert names(shelf) == {(f"saison_{saison.id}", former)}
    served = staff.get(f"/theatre_posters/saison_{saison.id}/{former}")
    assert served.status_code == 200
    served.close()


def test_a_former_poster_is_served_until_the_worker_takes_it_away(
    staff: Client, session: Session, shelf: TheatreFiles, play: Spectacle, outbox: Outbox
) -> None:
    place = play.saison_id
    put(staff, "spectacle", play.id, image())
    first = poster_of(session, play) or ""
    put(staff, "spectacle", play.id, image("PNG"))
    second = poster_of(session, play) or ""
    assert outbox() == [RemovePoster(place, first)]
    assert names(shelf) == {(f"saison_{place}", first), (f"saison_{place}", second)}

    for name in (first, second):
        service.remove(session, wanted=RemovePoster(place, name), store=shelf)

    assert names(shelf) == {(f"saison_{place}", second)}


def test_a_poster_that_is_sent_over_another_one_is_refused(
    staff: Client, session: Session, shelf: TheatreFiles, play: Spectacle
) -> None:
    put(staff, "spectacle", play.id, image())
    former = poster_of(session, play)

    answer = post(staff, "spectacle", play.id, image("PNG"), version="1")

    assert answer.status_code == 409
    page = Page(answer)
    assert "Quelqu'un d'autre" in page.text(".error-summary")
    assert fields(page, "form[action*=picture_upload]")["version"] == "2"
    assert poster_of(session, play) == former
    assert names(shelf) == {(f"saison_{play.saison_id}", former)}


def test_a_poster_is_taken_down(
    staff: Client, session: Session, shelf: TheatreFiles, saison: Saison, outbox: Outbox
) -> None:
    put(staff, "saison", saison.id, image())
    name = poster_of(session, saison) or ""
    path = f"{ADMIN}/picture_delete/saison/{saison.id}"
    page = staff.submit(path, version="1")
    assert "Quelqu'un d'autre" in page.flashes[-1]
    assert poster_of(session, saison) == name

    sent = fields(staff.open_page(f"{ADMIN}/saison/{saison.id}"), f"form[action='{path}']")
    page = staff.submit(path, **sent)

    assert poster_of(session, saison) is None
    assert page.html.select("main img") == []
    assert outbox() == [RemovePoster(saison.id, name)]
    assert staff.get(f"{ADMIN}/picture_delete/saison/{saison.id}").status_code == 405
    assert staff.post(f"{ADMIN}/picture_upload/bekk/{saison.id}").status_code == 404


def test_posters_go_with_their_season_and_so_does_its_directory(
    staff: Client,
    session: Session,
    shelf: TheatreFiles,
    saison: Saison,
    play: Spectacle,
    outbox: Outbox,
) -> None:
    put(staff, "saison", saison.id, image())
    put(staff, "spectacle", play.id, image())
    other = SaisonFactory()
    session.commit()
    put(staff, "saison", other.id, image())
    path = f"{ADMIN}/saison/delete/{saison.id}"
    place = shelf.saison(saison.id)
    staff.submit(path, **fields(staff.open_page(path)))

    told = outbox()
    session.commit()
    for wanted in told:
        assert isinstance(wanted, RemovePoster)
        jobs.posters.remove(session, wanted=wanted, store=shelf)

    assert not place.exists()
    assert names(shelf) == {(f"saison_{other.id}", poster_of(session, other))}


def test_the_janitor_removes_what_is_nothing_s_for_a_day(
    staff: Client,
    session: Session,
    shelf: TheatreFiles,
    saison: Saison,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    put(staff, "saison", saison.id, image())
    kept = poster_of(session, saison)
    with monkeypatch.context() as patched:
        patched.setattr(service, "audit", die)
        with pytest.raises(KeyboardInterrupt):
            post(staff, "saison", saison.id, image())
    half, stray = shelf.incoming / "0-made", shelf.saison(saison.id) / "notes.webp"
    half.touch()
    stray.touch()
    assert poster_of(session, saison) == kept
    assert len(list(shelf.files())) == 3

    assert service.tidy(session, store=shelf) == 0
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert service.tidy(session, store=shelf) == 2

    stray.unlink()
    assert names(shelf) == {(f"saison_{saison.id}", kept)}


def test_nothing_is_removed_of_a_folder_that_is_not_as_it_should_be(
    session: Session, shelf: TheatreFiles, saison: Saison
) -> None:
    assert service.tidy(session, store=shelf) == 0  # nothing is there, and nothing should be
    saison.poster = "saison_" + "0" * 32 + ".webp"
    session.commit()

    with pytest.raises(TheatreFolderSuspicious):
        service.tidy(session, store=shelf)
    shelf.saison(saison.id).mkdir()
    for n in range(60):
        (shelf.saison(saison.id) / f"saison_{n:032x}.webp").touch()
    with (
        time_machine.travel(clock.now() + timedelta(hours=25)),
        pytest.raises(TooManyPosters),
    ):
        service.tidy(session, store=shelf)
    assert len(list(shelf.files())) == 60
