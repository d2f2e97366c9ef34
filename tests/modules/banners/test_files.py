"""Pictures and attachments of banners: taken, given to whom they may be, replaced, removed."""

import io
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from PIL import Image
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import clock
from app.integrations.folders import BannersFiles
from app.models import InfoBanner, InfoBannerPreset
from app.modules.banners import jobs
from app.modules.banners.effects import RemoveBannerFile
from app.modules.banners.errors import BannersFolderSuspicious, TooManyFiles
from app.modules.banners.service import banners as banners_service, files as service
from app.web.headers import FILE_POLICY
from tests.client import Client, Page
from tests.conftest import Outbox
from tests.factories.calendar import BannerFactory, PresetFactory
from tests.modules.banners.conftest import (
    ADMIN,
    NEW,
    PRESETS,
    edit,
    fields,
    file,
    image,
    make,
    names,
    post,
)

pytestmark = pytest.mark.once
PICTURE = {"kind": "picture", "alt_text": "Une éclipse"}


def only(session: Session) -> InfoBanner:
    session.commit()
    session.expire_all()
    return session.scalars(sa.select(InfoBanner)).one()


def disposed(answer: TestResponse) -> str:
    said: str = answer.headers["Content-Disposition"]
    assert said.startswith("attachment; ")
    return said


# Pictures


def test_a_picture_is_made_again_and_given_to_who_is_logged_in(
    staff: Client, member: Client, client: Client, session: Session, shelf: BannersFiles
) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Ada"
    sent = file(image("JPEG", (4800, 2000), exif=exif), "photo.jpg")
    assert make(staff, **PICTURE, image=sent).status_code == 303

    one = only(session)
    assert names(shelf) == {one.image}
    assert (one.image_width, one.image_height, one.is_text) == (2400, 1000, False)
    with Image.open(shelf.file(one.image or "")) as made:
        assert (made.format, dict(made.getexif())) == ("WEBP", {})
    shown = member.open_page("/").html.select_one(".banner img")
    assert (shown["src"], shown["alt"]) == (f"/banners/img/{one.image}", "Une éclipse")
    answer = member.get(shown["src"])
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == FILE_POLICY
    assert answer.headers["Cache-Control"].startswith("private")
    answer.close()
    client.delete_cookie("session")
    assert client.get(shown["src"]).status_code == 302


def test_of_a_moving_gif_the_first_frame_is_kept(
    staff: Client, session: Session, shelf: BannersFiles
) -> None:
    kept = io.BytesIO()
    frames = [Image.new("RGB", (40, 20), color) for color in ("red", "blue")]
    frames[0].save(kept, "GIF", save_all=True, append_images=frames[1:])

    assert make(staff, **PICTURE, image=file(kept.getvalue(), "a.gif")).status_code == 303

    with Image.open(shelf.file(only(session).image or "")) as made:
        assert (made.size, getattr(made, "n_frames", 1)) == ((40, 20), 1)
        red, _green, blue = made.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
        assert red > 200
        assert blue < 50


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", 422),
        (b"<!DOCTYPE html><script>alert(1)</script>", "a.png", 422),
        (image("JPEG")[:300], "a.jpg", 422),
        (b"", "a.png", 422),
        (image() + b"\0" * (10 * 1024 * 1024), "a.png", 413),
    ],
    ids=["svg", "html", "cut", "empty", "10 MiB"],
)
def test_what_is_no_picture_is_refused_and_files_stay_as_they_were(
    staff: Client, session: Session, shelf: BannersFiles, content: bytes, name: str, status: int
) -> None:
    make(staff, **PICTURE, image=file(image(), "a.png"))
    former = only(session).image

    answer = edit(staff, only(session).id, title="Autre", image=file(content, name))

    assert answer.status_code == status
    assert Page(answer).html.select("#image-errors")
    assert (only(session).image, only(session).title) == (former, "Éclipse")
    assert names(shelf) == {former}


def test_a_picture_banner_says_what_it_shows(
    staff: Client, session: Session, shelf: BannersFiles
) -> None:
    answer = make(staff, kind="picture", image=file(image(), "a.png"))

    assert answer.status_code == 422
    assert Page(answer).html.select("#alt_text-errors")
    assert session.scalars(sa.select(InfoBanner)).all() == []
    assert names(shelf) == set()


def test_a_refusal_leaves_no_file_and_keeps_those_of_before(
    staff: Client, session: Session, shelf: BannersFiles, outbox: Outbox
) -> None:
    make(staff, image=file(image(), "a.png"), attachment=file(b"un", "a.txt"))
    one = only(session)
    before = {one.image, one.file}
    sent = {"image": file(image("JPEG"), "b.jpg"), "attachment": file(b"deux", "b.txt")}

    refused = edit(staff, one.id, link_url="https://example.org", **sent)

    assert refused.status_code == 422
    assert "pas les deux" in Page(refused).text("#link_url-errors")
    assert names(shelf) == before
    assert {only(session).image, only(session).file} == before
    stale = edit(staff, one.id, version="0", image=file(image("JPEG"), "b.jpg"))
    assert stale.status_code == 409
    assert names(shelf) == before
    assert outbox() == []


def test_a_banner_without_its_picture_says_so(
    staff: Client, session: Session, shelf: BannersFiles, outbox: Outbox
) -> None:
    make(staff, **PICTURE, image=file(image(), "a.png"))
    one = only(session)
    former = one.image

    refused = edit(staff, one.id, drops_image="y")
    assert refused.status_code == 422
    assert Page(refused).html.select("#image-errors")
    assert (only(session).image, outbox()) == (former, [])

    assert edit(staff, one.id, drops_image="y", kind="text").status_code == 303
    assert (only(session).image, outbox()) == (None, [RemoveBannerFile(former or "")])


def test_a_file_that_is_replaced_goes_after_the_commit(
    staff: Client, session: Session, shelf: BannersFiles, outbox: Outbox
) -> None:
    make(staff, image=file(image(), "a.png"), attachment=file(b"un", "a.txt"))
    one = only(session)
    first = (one.image or "", one.file or "")

    edit(staff, one.id, image=file(image("JPEG"), "b.jpg"), attachment=file(b"deux", "b.txt"))

    second = (only(session).image, only(session).file)
    assert outbox() == [RemoveBannerFile(name) for name in first]
    assert names(shelf) == {*first, *second}
    for name in (*first, *second):
        service.remove(session, wanted=RemoveBannerFile(name or ""), store=shelf)
    assert names(shelf) == set(second)


def test_files_go_with_their_banner_and_with_their_preset(
    staff: Client, session: Session, shelf: BannersFiles, outbox: Outbox
) -> None:
    sent = fields(staff.open_page(f"{PRESETS}/new"), name="Nuit", image=file(image(), "a.png"))
    post(staff, PRESETS, sent)
    make(staff, image=file(image(), "a.png"), attachment=file(b"un", "a.txt"))
    preset = session.scalars(sa.select(InfoBannerPreset)).one()
    one = only(session)
    assert (preset.image or "").startswith("preset_")
    assert len(names(shelf)) == 3

    staff.post(f"/banners/delete/{one.id}", data={"version": "1"})
    staff.post(f"{PRESETS}/delete/{preset.id}", data={"version": "1"})

    told = outbox()
    session.commit()
    for wanted in told:
        assert isinstance(wanted, RemoveBannerFile)
        jobs.files.remove(session, wanted=wanted, store=shelf)
    assert names(shelf) == set()


def test_two_pictures_that_are_sent_in_one_second_are_two_files(
    staff: Client, session: Session, shelf: BannersFiles
) -> None:
    with time_machine.travel(clock.now(), tick=False):
        for _n in range(2):
            make(staff, **PICTURE, image=file(image(), "a.png"), attachment=file(b"x", "a.txt"))

    assert len(names(shelf)) == 4


def test_a_form_that_is_sent_twice_leaves_one_file(
    staff: Client, session: Session, shelf: BannersFiles
) -> None:
    page = staff.open_page(NEW)
    for _n in range(2):
        sent = fields(page, title="Éclipse", **PICTURE, image=file(image(), "a.png"))
        assert post(staff, ADMIN, sent).status_code == 303

    assert names(shelf) == {only(session).image}


# Attachments


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (b"<!DOCTYPE html><script>alert(1)</script>", "page.html", "application/octet-stream"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "dessin.svg", "application/octet-stream"),
        (b"%PDF-1.7 nothing", "programme.pdf", "application/pdf"),
        (b"MZ\0\0", "outil.pdf", "application/octet-stream"),
        (image(), "dessin.html", "image/png"),
    ],
)
def test_an_attachment_is_downloaded_and_never_shown(
    staff: Client,
    member: Client,
    session: Session,
    content: bytes,
    name: str,
    media_type: str,
) -> None:
    make(staff, attachment=file(content, name))
    one = only(session)

    answer = member.get(f"/banners/download/{one.id}", buffered=True)

    assert (answer.status_code, answer.mimetype, answer.data) == (200, media_type, content)
    assert f'filename="{name}"' in disposed(answer)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == FILE_POLICY
    shown = member.open_page("/").html.select_one("a.banner-way")
    assert (shown["href"], shown.has_attr("download")) == (f"/banners/download/{one.id}", True)
    for path in (one.file, f"{one.file}.webp", name):
        assert member.get(f"/banners/img/{path}").status_code == 404


def test_a_name_of_three_hundred_characters_is_shortened(
    staff: Client, member: Client, session: Session
) -> None:
    make(staff, attachment=file(b"x", "é" * 296 + ".pdf"))

    one = only(session)
    assert one.file_name == "é" * 124 + ".pdf"
    said = disposed(member.get(f"/banners/download/{one.id}", buffered=True))
    assert said.endswith(".pdf")
    assert "%C3%A9" in said


@pytest.mark.parametrize(
    ("name", "called"), [("LISEZMOI", "LISEZMOI"), ("a.tar.gz", "a.tar.gz"), (".profil", "profil")]
)
def test_an_attachment_keeps_its_name(
    staff: Client, session: Session, name: str, called: str
) -> None:
    make(staff, attachment=file(b"x", name))

    assert f'filename="{called}"' in disposed(
        staff.get(f"/banners/download/{only(session).id}", buffered=True)
    )


def test_an_attachment_of_ten_mebibytes_is_the_largest(
    staff: Client, session: Session, shelf: BannersFiles
) -> None:
    most = 10 * 1024 * 1024
    assert make(staff, attachment=file(b"x" * (most + 1), "a.bin")).status_code == 413
    assert names(shelf) == set()
    assert make(staff, attachment=file(b"x" * most, "a.bin")).status_code == 303
    assert only(session).file_size == most


def test_a_link_and_an_attachment_exclude_each_other(
    staff: Client, session: Session, shelf: BannersFiles, outbox: Outbox
) -> None:
    both: dict[str, Any] = {"link_url": "/bar/me", "attachment": file(b"x", "a.txt")}
    assert make(staff, **both).status_code == 422
    assert names(shelf) == set()
    make(staff, attachment=file(b"x", "a.txt"))
    one = only(session)
    kept = one.file
    assert edit(staff, one.id, link_url="/bar/me").status_code == 422
    path = f"/banners/edit/{one.id}/delete_file"
    assert staff.get(path).status_code == 405

    assert staff.post(path, data={"version": "0"}).status_code == 409
    assert only(session).file == kept
    page = staff.submit(path, version=str(one.version))

    assert page.flashes == ["Le fichier joint est retiré."]
    assert (only(session).file, only(session).file_name) == (None, None)
    assert outbox() == [RemoveBannerFile(kept or "")]
    assert edit(staff, one.id, link_url="/bar/me").status_code == 303
    assert only(session).link_url == "/bar/me"
    assert staff.get(f"/banners/download/{one.id}").status_code == 404


def test_a_link_takes_the_place_of_an_attachment_and_what_was_typed_stays(
    staff: Client, session: Session, shelf: BannersFiles, outbox: Outbox
) -> None:
    make(staff, attachment=file(b"x", "a.txt"))
    one = only(session)
    kept = one.file or ""

    refused = edit(staff, one.id, drops_file="y", link_url="/bar/me", title="")
    assert refused.status_code == 422
    assert (only(session).file, outbox()) == (kept, [])
    assert edit(staff, one.id, drops_file="y", link_url="/bar/me", title="B").status_code == 303

    one = only(session)
    assert (one.title, one.link_url, one.file) == ("B", "/bar/me", None)
    assert outbox() == [RemoveBannerFile(kept)]
    assert not staff.open_page(f"/banners/edit/{one.id}").html.select("[name=drops_file]")


def test_a_file_that_comes_with_what_is_refused_is_asked_for_again(
    staff: Client, session: Session, shelf: BannersFiles
) -> None:
    again = "Choisissez de nouveau le fichier."

    def sent() -> dict[str, Any]:
        return {"image": file(image(), "a.png"), "attachment": file(b"x", "a.txt")}

    page = Page(make(staff, title="", **sent()))
    preset = fields(staff.open_page(f"{PRESETS}/new"), name="", image=file(image(), "a.png"))
    style = Page(post(staff, PRESETS, preset))
    alone = Page(make(staff, title=""))
    rule = Page(make(staff, link_url="/bar/me", **sent()))

    assert [page.text("#image-errors"), page.text("#attachment-errors")] == [again, again]
    assert style.text("#image-errors") == again
    assert not alone.html.select("#image-errors, #attachment-errors")
    assert [rule.text("#image-errors"), rule.text("#attachment-errors")] == [again, again]
    assert names(shelf) == set()


def test_that_a_picture_is_replaced_is_said_where_there_is_one(
    staff: Client, session: Session, shelf: BannersFiles
) -> None:
    replaced = "La précédente est remplacée."
    assert replaced not in staff.open_page(NEW).text("#image-help")

    make(staff, image=file(image(), "a.png"))

    path = f"/banners/edit/{only(session).id}"
    assert replaced in staff.open_page(path).text("#image-help")


def test_what_is_to_come_is_given_to_the_team_alone(
    staff: Client, member: Client, session: Session
) -> None:
    make(staff, attachment=file(b"x", "a.txt"), shown_from="2040-01-01T10:00")
    path = f"/banners/download/{only(session).id}"

    assert member.get(path, buffered=True).status_code == 404
    assert staff.get(path, buffered=True).status_code == 200
    one = only(session)
    one.shown_from = None
    session.commit()
    assert member.get(path, buffered=True).status_code == 200


def test_no_other_file_is_given(
    staff: Client, member: Client, session: Session, shelf: BannersFiles
) -> None:
    (shelf.shelf / "notes.webp").write_bytes(b"x")
    make(staff, **PICTURE, image=file(image(), "a.png"))
    digits = "0" * 32

    for name in ("notes.webp", f"file_{digits}", f"banner_{digits}.webp", "..%2f..%2fapp.py"):
        assert member.get(f"/banners/img/{name}").status_code == 404
    assert member.get("/banners/download/999999").status_code == 404


# What is left behind


def test_the_janitor_removes_what_is_nothing_s_for_a_day(
    staff: Client, session: Session, shelf: BannersFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    make(staff, **PICTURE, image=file(image(), "a.png"), attachment=file(b"x", "a.txt"))
    kept = {only(session).image, only(session).file}
    with monkeypatch.context() as patched:
        patched.setattr(banners_service, "audit", die)
        with pytest.raises(KeyboardInterrupt):
            make(staff, image=file(image(), "b.png"), attachment=file(b"y", "b.txt"))
    half, stray = shelf.incoming / "0-made", shelf.shelf / "notes.webp"
    half.touch()
    stray.touch()
    assert {only(session).image, only(session).file} == kept

    assert service.tidy(session, store=shelf) == 0
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert service.tidy(session, store=shelf) == 3

    stray.unlink()
    assert names(shelf) == kept


def test_nothing_is_removed_of_a_folder_that_is_not_as_it_should_be(
    session: Session, shelf: BannersFiles
) -> None:
    assert service.tidy(session, store=shelf) == 0  # nothing is there, and nothing should be
    PresetFactory(image="preset_" + "0" * 32 + ".webp")
    session.commit()

    with pytest.raises(BannersFolderSuspicious):
        service.tidy(session, store=shelf)
    for n in range(60):
        shelf.file(f"banner_{n:032x}.webp").touch()
    with time_machine.travel(clock.now() + timedelta(hours=25)), pytest.raises(TooManyFiles):
        service.tidy(session, store=shelf)
    assert len(names(shelf)) == 60


def test_a_file_that_is_shown_again_stays(session: Session, shelf: BannersFiles) -> None:
    name = "banner_" + "1" * 32 + ".webp"
    shelf.file(name).touch()
    BannerFactory(image=name)
    session.commit()

    service.remove(session, wanted=RemoveBannerFile(name), store=shelf)

    assert names(shelf) == {name}
