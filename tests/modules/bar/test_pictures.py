import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.integrations.bar_pictures import PictureStore
from app.models import BarAccount, PCeen
from app.modules.bar.choices import BACKGROUND
from app.modules.bar.effects import RemovePicture
from app.modules.bar.errors import FolderSuspicious
from app.modules.bar.service import lives, pictures
from app.settings import SettingsError
from tests.client import Client, Page
from tests.conftest import Login, Outbox
from tests.factories import PCeenFactory, barman, customer, manager

BASE = "/bar/avatars"


@pytest.fixture
def shelf(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PictureStore:
    """Where the site keeps the pictures of the bar during the test."""
    store = PictureStore(tmp_path / "bar_avatars")
    store.prepare()
    monkeypatch.setitem(app.extensions, "bar_pictures", store)
    return store


@pytest.fixture
def alice() -> PCeen:
    return customer(username="alice")


@pytest.fixture
def staff(login: Login, shelf: PictureStore) -> Client:  # where files go
    return login(barman())


def image(kind: str = "JPEG", size: tuple[int, int] = (600, 300), **options: Any) -> bytes:
    kept = io.BytesIO()
    picture = Image.new("RGB", size, (30, 60, 200))
    picture.paste((220, 30, 30), (0, 0, size[0] // 2, size[1]))
    picture.save(kept, kind, **options)
    return kept.getvalue()


def send(client: Client, content: bytes, *, name: str = "moi.jpg", status: int = 200) -> Page:
    """Send a picture of Alice, and read the page that follows."""
    path = "/bar/user/alice/edit"
    version = client.open_page(path).html.select_one("#looks [name=version]")["value"]
    # in memory: a large one would be in a file that the client leaves open
    boundary, body = encode_multipart(
        {"version": version, "image": FileStorage(io.BytesIO(content), name)}
    )
    answer = client.post(
        path,
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
        follow_redirects=True,
    )
    assert answer.status_code == status, answer.text
    return Page(answer)


def avatar_of(session: Session, pceen: PCeen) -> str | None:
    session.commit()  # what others commit meanwhile is not within what this one rolls back
    found = session.get_one(BarAccount, pceen.id).avatar
    session.commit()
    return found


def names(store: PictureStore) -> list[str]:
    assert list(store.unfinished()) == []
    return sorted(file.path.name for file in store.files())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_an_avatar_is_the_middle_of_what_was_sent(
    staff: Client, shelf: PictureStore, session: Session, alice: PCeen, kind: str
) -> None:
    send(staff, image(kind))

    name = avatar_of(session, alice)
    assert name is not None
    assert len(name.partition(".")[0]) >= 16
    with Image.open(shelf.path(name)) as made:
        assert (made.format, made.size) == ("WEBP", (320, 400))
        left, right = made.convert("RGB").getpixel((20, 200)), made.getpixel((300, 200))
    assert left[0] > left[2]
    assert right[2] > right[0]


def test_an_avatar_that_is_replaced_goes_once_that_is_done(
    staff: Client, shelf: PictureStore, session: Session, alice: PCeen, outbox: Outbox
) -> None:
    send(staff, image())
    former = avatar_of(session, alice) or ""

    send(staff, image("PNG"))

    name = avatar_of(session, alice)
    assert names(shelf) == sorted([former, name])
    (effect,) = outbox()
    assert effect == RemovePicture(former)
    pictures.remove(session, wanted=RemovePicture(former), store=shelf)
    pictures.remove(session, wanted=RemovePicture(name or ""), store=shelf)
    assert names(shelf) == [name]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"just text", 422),
        (image()[:900], 422),
        (image() + b"\0" * (11 * 1024 * 1024), 413),
        (b"", 422),
    ],
)
def test_what_is_no_picture_leaves_the_former_one(
    staff: Client, shelf: PictureStore, session: Session, alice: PCeen, content: bytes, status: int
) -> None:
    send(staff, image())
    former = avatar_of(session, alice)

    page = send(staff, content, status=status)

    assert page.text("#looks-image-errors")
    assert str(shelf.base) not in str(page.html)
    assert avatar_of(session, alice) == former
    assert names(shelf) == [former]


@pytest.mark.once
def test_an_animation_is_refused(staff: Client, alice: PCeen) -> None:
    other = Image.new("RGB", (50, 50), (1, 2, 3))
    page = send(staff, image("GIF", append_images=[other], save_all=True), status=422)

    assert page.text("#looks-image-errors")
    assert alice.id


def test_a_stale_form_leaves_no_file(
    staff: Client, shelf: PictureStore, session: Session, alice: PCeen
) -> None:
    answer = staff.post(
        "/bar/user/alice/edit", data={"version": "7", "image": (io.BytesIO(image()), "a.jpg")}
    )

    assert answer.status_code == 409
    assert names(shelf) == []
    assert avatar_of(session, alice) is None


def test_who_changes_names_or_promo_keeps_their_picture(
    staff: Client, session: Session, alice: PCeen
) -> None:
    send(staff, image())
    name = avatar_of(session, alice)

    session.get_one(PCeen, alice.id).promo = 99
    session.get_one(PCeen, alice.id).username = "aliced"
    session.commit()

    assert avatar_of(session, alice) == name
    assert staff.get(f"{BASE}/{name}").status_code == 302


def test_who_is_erased_has_no_picture_any_more(
    staff: Client, session: Session, alice: PCeen, outbox: Outbox
) -> None:
    send(staff, image())
    name = avatar_of(session, alice)

    lives.forget(session, session.get_one(PCeen, alice.id))
    session.commit()

    assert avatar_of(session, alice) is None
    assert RemovePicture(name or "") in outbox()


# The door, and the gate


def test_the_gate_leads_to_the_picture(
    staff: Client, shelf: PictureStore, session: Session, alice: PCeen
) -> None:
    send(staff, image())
    name = avatar_of(session, alice) or ""

    answer = staff.get(f"{BASE}/{name}")

    assert answer.status_code == 302
    with staff.get(answer.location) as given:
        assert given.mimetype == "image/webp"
        assert given.data == shelf.path(name).read_bytes()
    refused = staff.get(f"/bar_avatars/{name}")
    assert refused.status_code == 302
    assert refused.location.startswith(f"{BASE}/{name}?")


def test_the_gate_opens_to_its_owner_and_to_who_serves_alone(
    login: Login, staff: Client, session: Session, alice: PCeen
) -> None:
    send(staff, image())
    name = avatar_of(session, alice)

    assert login(alice).get(f"{BASE}/{name}").status_code == 302
    client = login(customer())
    private, missing = client.get(f"{BASE}/{name}"), client.get(f"{BASE}/{'0' * 32}.webp")
    assert private.status_code == missing.status_code == 404
    assert Page(private).text("main") == Page(missing).text("main")
    assert login(PCeenFactory()).get(f"{BASE}/{name}").status_code == 403


# What stands behind the pages


def background(client: Client, content: bytes = b"", *, status: int = 200, **typed: str) -> Any:
    page = client.open_page("/bar/settings")
    fields = {}
    for one in page.html.select("form.staff-settings input:not([type=file])"):
        if one.get("type") != "checkbox" or one.has_attr("checked"):
            fields[one["name"]] = one.get("value", "")
    sent = {"image": (io.BytesIO(content), "fond.png")} if content else {}
    return client.submit("/bar/settings", status=status, **fields, quick_item="0", **sent, **typed)


def test_the_background_is_seen_at_once_by_everybody(
    login: Login, shelf: PictureStore, session: Session, outbox: Outbox
) -> None:
    boss = login(manager())

    background(boss, image("PNG", (4000, 1000)))

    name = BACKGROUND.get(session)
    with Image.open(shelf.path(name)) as made:
        assert (made.format, made.size) == ("WEBP", (1920, 480))
    client = login(barman())
    (shown,) = client.open_page("/bar/items").html.select("img.bar-background")
    assert name in shown["src"]
    with client.get(shown["src"]) as given:
        assert given.status_code == 200
    assert login(customer()).get(f"{BASE}/{name}").status_code == 302
    boss = login(manager())
    background(boss, remove_image="y")
    session.expire_all()
    assert BACKGROUND.get(session) == ""
    assert RemovePicture(name) in outbox()
    assert not boss.open_page("/bar/items").html.select("img.bar-background")


def test_a_background_that_is_no_picture_leaves_the_former_one(
    login: Login, shelf: PictureStore, session: Session
) -> None:
    boss = login(manager())
    background(boss, image("PNG"))
    name = BACKGROUND.get(session)

    page = background(boss, b"text", status=422)

    assert page.text("#image-errors")
    session.expire_all()
    assert BACKGROUND.get(session) == name
    assert names(shelf) == [name]


# Files without a row


def old(path: Path, content: bytes = b"x") -> Path:
    path.write_bytes(content)
    return path


def test_what_belongs_to_nobody_goes_after_a_day(
    staff: Client, shelf: PictureStore, session: Session, alice: PCeen, monkeypatch: Any
) -> None:
    send(staff, image())
    kept = avatar_of(session, alice)
    stray = old(shelf.base / f"{'ab' * 16}.webp")
    by_hand = old(shelf.base / "logo.png")
    unfinished = old(shelf.base / "_incoming" / "0123456789abcdef-made")

    assert pictures.tidy(session, store=shelf) == 0
    monkeypatch.setattr(pictures, "AGE", -60)
    assert pictures.tidy(session, store=shelf) == 2

    assert not stray.exists()
    assert not unfinished.exists()
    assert names(shelf) == sorted([str(kept), by_hand.name])


def test_nothing_goes_when_the_directory_is_not_as_it_should_be(
    shelf: PictureStore, session: Session, alice: PCeen, tmp_path: Path
) -> None:
    session.get_one(BarAccount, alice.id).avatar = f"{'0' * 32}.webp"
    session.commit()

    with pytest.raises(FolderSuspicious):
        pictures.tidy(session, store=shelf)
    with pytest.raises(FolderSuspicious):
        pictures.tidy(session, store=PictureStore(tmp_path / "missing"))
    with pytest.raises(FolderSuspicious):
        pictures.remove(
            session, wanted=RemovePicture("a.webp"), store=PictureStore(tmp_path / "missing")
        )


@pytest.mark.once
def test_a_directory_that_cannot_be_made_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsError, match="BAR_AVATARS_BASE_PATH"):
        PictureStore(tmp_path / "file" / "avatars").prepare()


@pytest.mark.once
def test_a_name_that_is_not_ours_is_no_path(shelf: PictureStore) -> None:
    for name in ("../x.webp", "x", ".webp", "a/b.webp"):
        with pytest.raises(ValueError, match="name of a picture"):
            shelf.path(name)
