"""The home page, the profile, and the pages that are everyone's."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import BanKind
from app.integrations.push import PushService
from app.models import Ban, Base, PCeen
from app.web.module import Module
from tests.client import Client
from tests.conftest import Inside, Login
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.factories.calendar import BannerFactory


@pytest.fixture
def ada(session: Session) -> PCeen:
    """Someone who has one of everything."""
    rental = RentalFactory(room_num=312, pceen__prenom="Ada", pceen__nom="Lovelace")
    for _ in range(5):
        DeviceFactory(pceen=rental.pceen)
    return rental.pceen


# Home


def test_home_is_for_who_is_logged_in(client: Client) -> None:
    answer = client.get("/")

    assert (answer.status_code, answer.location) == (302, "/auth_needed?next=/")


@pytest.mark.parametrize("path", ["/", "/index"])
def test_home_says_where_one_stands(session: Session, login: Login, ada: PCeen, path: str) -> None:
    page = login(ada).open_page(path)

    assert page.text("h1") == "Bonjour Ada"
    assert "Chambre 312" in page.text("main")
    assert "5 appareils enregistrés" in page.text("main")


def test_home_takes_twelve_statements_at_most_whatever_one_has(
    session: Session, login: Login, ada: PCeen, queries: list[str]
) -> None:
    browser = login(ada)

    def cost() -> int:
        queries.clear()
        browser.open_page("/")
        return len(queries)

    cost()
    cost_before = cost()
    for _ in range(5):
        DeviceFactory(pceen=ada)

    assert cost() == cost_before <= 12


def test_who_has_nothing_sees_a_home_page(session: Session, login: Login) -> None:
    page = login(PCeenFactory(prenom="Bob")).open_page("/")

    assert page.text("h1") == "Bonjour Bob"
    assert "Chambre" not in page.text("main")


@pytest.mark.parametrize(
    ("has_room", "has_device", "said"),
    [
        (False, False, "Pas encore de chambre"),
        (False, True, "Pas encore de chambre"),
        (True, False, "Aucun appareil enregistré."),
        (True, True, "1 appareil enregistré"),
    ],
)
def test_home_says_what_is_left_to_do(
    session: Session, login: Login, has_room: bool, has_device: bool, said: str
) -> None:
    bob = PCeenFactory(slugs=["rezident"])
    if has_room:
        RentalFactory(pceen=bob)
    if has_device:
        DeviceFactory(pceen=bob)

    assert said in login(bob).open_page("/").text("main")


def test_inside_a_pceen_is_invited_to_become_a_rezident(
    session: Session, login: Login, inside: Inside
) -> None:
    login(PCeenFactory())

    assert inside().open_page("/").html.select("a[href='/rezident/activate']")


def test_a_device_that_is_not_registered_is_told_so_at_home(
    session: Session, login: Login, inside: Inside, ada: PCeen
) -> None:
    login(ada)

    page = inside(mac="3c:22:fb:99:99:99").open_page("/")

    assert page.html.select("a[href='/devices/register?hello=1']")


@pytest.mark.parametrize("days", [None, 3])
def test_a_ban_is_told_on_every_page(
    session: Session, login: Login, ada: PCeen, days: int | None
) -> None:
    ends = None if days is None else clock.now().replace(year=2099)
    kind = BanKind.disciplinary
    session.add(Ban(pceen=ada, kind=kind, reason="piratage", ends_at=ends, open_key="k"))
    session.commit()
    browser = login(ada)

    for path in ("/", "/profile/", "/legal"):
        assert "piratage" in browser.open_page(path).text("aside")


@pytest.mark.parametrize(
    ("path", "part", "said"),
    [
        ("/", "card", "Cette partie ne s'affiche pas"),
        ("/", "news", "Les nouvelles ne s'affichent pas"),
        ("/profile/", "profile", "Cette partie ne s'affiche pas"),
    ],
)
def test_a_part_that_fails_is_one_line_and_the_rest_is_there(  # noqa: PLR0917  # fixtures
    app: Flask,
    session: Session,
    login: Login,
    ada: PCeen,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    path: str,
    part: str,
    said: str,
) -> None:
    def fail(session: Session, *_: object) -> None:
        session.execute(sa.text("SELECT nothing FROM nowhere"))

    modules: tuple[Module, ...] = app.extensions["modules"]
    broken = tuple(replace(m, **{part: fail}) if m.name == "intrarez" else m for m in modules)
    monkeypatch.setitem(app.extensions, "modules", broken)
    browser = login(ada)

    with caplog.at_level(logging.ERROR):
        page = browser.open_page(path)

    assert page.text("main").count(f"{said} pour l'instant.") == 1
    assert "Ada Lovelace" in page.text("main")
    assert "the card of intrarez failed" in caplog.text


def test_what_is_asked_stands_first_and_the_banners_last(
    app: Flask, session: Session, login: Login, ada: PCeen, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = PushService(public_key="A" * 87, private_key_path=Path("/nonexistent"))
    monkeypatch.setitem(app.extensions, "push", keys)
    BannerFactory()
    session.commit()

    page = login(ada).open_page("/")

    parts = page.html.select("main :is(h1, [data-push-prompt], .cards, .carousel)")
    assert [(one.get("class") or ["title"])[0] for one in parts] == [
        *("title", "notice", "cards", "carousel"),
    ]


# Profile


def test_the_profile_shows_the_room_and_the_devices(
    session: Session, login: Login, ada: PCeen
) -> None:
    page = login(ada).open_page("/profile/")

    assert "Chambre 312" in page.text("#internet")
    assert len(page.html.select("#devices details")) == 5


def test_the_profile_of_who_has_nothing_says_so(session: Session, login: Login) -> None:
    bob = PCeenFactory(slugs=["rezident"])

    page = login(bob).open_page("/profile/")

    assert "Pas de chambre" in page.text("#internet")
    assert "Aucun appareil enregistré." in page.text("#devices")


def test_who_is_not_a_rezident_sees_nothing_of_the_network(session: Session, login: Login) -> None:
    page = login(PCeenFactory()).open_page("/profile/")

    assert not page.html.select("#internet, #devices")


def test_former_rooms_are_told(session: Session, login: Login, ada: PCeen) -> None:
    closed = {"closed_at": clock.now(), "ends_on": clock.today()}
    RentalFactory(pceen=ada, room_num=420, open_room=None, open_pceen=None, **closed)

    assert "Chambre 420" in login(ada).open_page("/profile/").text("#internet")


def test_someone_sees_nothing_of_the_others(session: Session, login: Login, ada: PCeen) -> None:
    bob = RentalFactory(room_num=420).pceen

    page = login(bob).open_page("/profile/")

    assert "312" not in page.text("#internet")
    assert "Lovelace" not in page.text("body")


# Choices


@pytest.mark.parametrize("mode", ["light", "dark", "auto"])
def test_the_look_of_the_pages_is_kept(client: Client, session: Session, mode: str) -> None:
    here = {"Referer": "http://localhost/legal"}
    answer = client.post(f"/set_mode/{mode}", headers=here)

    assert (answer.status_code, answer.location) == (303, "/legal")
    assert client.open_page("/legal").html.html["data-bs-theme"] == mode  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/set_mode/pink", 404),
        ("/set_locale/de", 404),
        ("/set_mode/", 404),
        ("/set_locale/fr", 303),
    ],
)
def test_a_choice_is_one_of_those_offered(
    client: Client, session: Session, path: str, status: int
) -> None:
    assert client.post(path).status_code == status


@pytest.mark.parametrize("path", ["/set_mode/dark", "/set_locale/en"])
def test_a_choice_is_not_made_by_opening_a_page(
    client: Client, session: Session, path: str
) -> None:
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("mode", ["pink", "", '"><script>', "x" * 3000])
def test_a_cookie_that_says_nonsense_is_ignored(
    client: Client, session: Session, mode: str
) -> None:
    client.set_cookie("mode", mode)

    assert client.open_page("/legal").html.html["data-bs-theme"] == "auto"  # type: ignore[index]


@pytest.mark.parametrize(
    "asked", ["//evil.example", "https://evil.example/legal", "http://localhost/nowhere", ""]
)
def test_a_choice_sends_nobody_elsewhere(client: Client, session: Session, asked: str) -> None:
    answer = client.post("/set_mode/dark", headers={"Referer": asked}, data={"next": asked})

    assert answer.location == "/"


@pytest.mark.parametrize("path", ["/set_mode/dark", "/set_locale/en"])
def test_a_script_is_told_no_more_than_it_needs(
    client: Client, session: Session, path: str
) -> None:
    answer = client.post(path, headers={"Accept": "application/json"})

    assert (answer.status_code, answer.data) == (204, b"")


@pytest.mark.parametrize(("locale", "title"), [("fr", "Bonjour Ada"), ("en", "Hello Ada")])
def test_the_language_chosen_is_that_of_the_pages_and_of_the_account(
    session: Session, login: Login, ada: PCeen, locale: str, title: str
) -> None:
    browser = login(ada)

    assert browser.post(f"/set_locale/{locale}").status_code == 303

    page = browser.open_page("/")
    assert page.html.html["lang"] == locale  # type: ignore[index]
    assert page.text("h1") == title
    session.refresh(ada)
    assert ada.locale == locale


def test_who_is_not_logged_in_chooses_a_language_too(client: Client, session: Session) -> None:
    client.post("/set_locale/en")

    assert client.open_page("/legal").html.html["lang"] == "en"  # type: ignore[index]


# Everyone's


def rows(session: Session) -> dict[str, int]:
    return {
        table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


@pytest.mark.parametrize("path", ["/contact", "/legal", "/changelog", "/contact?title=%3Cb%3Eaide"])
def test_everyone_may_read_the_pages_of_everyone(
    client: Client, session: Session, path: str
) -> None:
    before = rows(session)

    page = client.open_page(path)

    assert page.text("h1")
    assert not page.html.select("main b")
    assert rows(session) == before


def test_search_engines_are_kept_out(client: Client, session: Session) -> None:
    answer = client.get("/robots.txt")

    assert (answer.mimetype, answer.text) == ("text/plain", "User-agent: *\nDisallow: /\n")


def test_a_phone_may_install_the_site(client: Client, session: Session) -> None:
    answer = client.get("/manifest.webmanifest")

    assert answer.mimetype == "application/manifest+json"
    manifest = answer.get_json(force=True)
    assert (manifest["start_url"], manifest["name"]) == ("/", "PC est magique")
    for icon in manifest["icons"]:
        with client.get(icon["src"]) as answer:
            assert (answer.status_code, answer.mimetype) == (200, icon["type"])


def test_browsers_find_an_icon_without_being_told(client: Client, session: Session) -> None:
    with client.get("/favicon.ico") as answer:
        assert answer.status_code == 200


def test_password_managers_find_where_to_go(client: Client, session: Session) -> None:
    answer = client.get("/.well-known/change-password")

    assert (answer.status_code, answer.location) == (302, "/profile/update_password")


def test_who_finds_a_fault_reads_whom_to_tell(client: Client, session: Session) -> None:
    answer = client.get("/.well-known/security.txt")

    assert (answer.status_code, answer.content_type) == (200, "text/plain; charset=utf-8")
    said = [line.split(": ", 1) for line in answer.text.splitlines()]
    assert {name for name, _ in said} == {
        *("Contact", "Expires", "Preferred-Languages", "Canonical")
    }
    contacts = [value for name, value in said if name == "Contact"]
    assert contacts == ["mailto:gri@example.org", "http://localhost/contact"]
    (until,) = (datetime.fromisoformat(value) for name, value in said if name == "Expires")
    assert timedelta(days=170) < until - clock.now() < timedelta(days=365)
    assert ["Canonical", "http://localhost/.well-known/security.txt"] in said


def test_the_world_is_shown_to_who_has_just_got_internet(client: Client, session: Session) -> None:
    answer = client.get("/home")

    assert answer.status_code == 302
    assert answer.location.startswith("https://www.youtube.com/")


@pytest.mark.parametrize(
    ("path", "status"), [("/healthz", 200), ("/static/css/site.css", 200), ("/set_mode/dark", 303)]
)
def test_what_must_work_without_the_database_asks_it_nothing(
    session: Session, login: Login, ada: PCeen, queries: list[str], path: str, status: int
) -> None:
    browser = login(ada)
    queries.clear()

    with browser.open(path, method="POST" if "set_mode" in path else "GET") as answer:
        assert (answer.status_code, queries) == (status, [])
