"""The network, as one meets it."""

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
import time_machine
from babel.dates import format_date
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import DhcpResult
from app.extensions import db
from app.integrations import dhcp_server
from app.models import (
    Allocation,
    Base,
    Device,
    DhcpRun,
    OutboxEntry,
    PCeen,
    Rental,
)
from app.modules.account.choices import REZIDENT_SELF_GRANT
from app.modules.intrarez import queries
from app.modules.intrarez.effects import RefreshNetwork
from app.web.module import all_effects
from app.worker import run_due
from tests.client import Client, Page
from tests.conftest import Inside, Login, Outbox
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory, base as factories
from tests.modules.intrarez.conftest import Serve, Settle, ban

MAC, OTHER = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02"
#: Of the pool of the devices that nobody registered.
POOL = "10.0.0.101"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def address_asked(location: str) -> tuple[str, dict[str, str]]:
    """Where one is sent, and with what."""
    parts = urlsplit(location)
    return parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}


def tables(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """All that the database holds, but when things were seen."""
    session.expire_all()
    content = {}
    for table in Base.metadata.sorted_tables:
        kept = [column for column in table.c if column.name not in ("seen_at", "last_seen_at")]
        rows = session.execute(sa.select(*kept)).all()
        content[table.name] = sorted((tuple(row) for row in rows), key=repr)
    return content


def version_of(page: Page) -> str:
    """The version that the form on the page would send."""
    (field,) = page.html.select("input[name=version]")
    return str(field["value"])


def in_words(day: date) -> str:
    """A day as it is said in French."""
    return str(format_date(day, "long", locale="fr"))


def errors_of(page: Page) -> list[str]:
    return page.texts(".field-errors p") + page.texts(".error-summary li")


# From nothing to Internet


def test_a_newcomer_goes_from_the_registration_to_internet(
    app: Flask, session: Session, inside: Inside, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dhcp_server, "check_with_server", lambda *_: None)
    place = serve()
    browser = inside(mac=MAC, address=POOL)
    identity = {
        "prenom": "Marie",
        "nom": "Curie",
        "email": "marie@example.org",
        "promo": "140",
        "password": "polonium et radium 1898",
        "password_confirm": "polonium et radium 1898",
    }
    start = "/register/rezident?next=/rooms/register%3Fhello%3D1"
    step = browser.post(start, data=identity)
    assert (step.status_code, address_asked(step.location)) == (
        303,
        ("/rooms/register", {"hello": "1"}),
    )

    browser.open_page(step.location)
    step = browser.post(step.location, data={"room": "305", "start": clock.today().isoformat()})
    assert step.status_code == 303
    path, asked = address_asked(step.location)
    assert (path, asked["hello"]) == ("/devices/register", "1")

    page = browser.open_page(step.location)
    assert MAC in page.text("dl")
    assert not page.html.select("input[name=mac_address]")
    step = browser.post(step.location, data={"name": "Mon portable", "type": "Mac"})
    assert (step.status_code, address_asked(step.location)) == (
        303,
        ("/connect_check", {"hello": "1"}),
    )

    states = [browser.get("/api/connection").json]
    with app.app_context():
        run_due(session, all_effects())
    states.append(browser.get("/api/connection").json)
    inside(mac=MAC, address="10.0.3.5")
    states.append(browser.get("/api/connection").json)

    assert [state and state["state"] for state in states] == [
        "waiting_network",
        "waiting_address",
        "online",
    ]
    assert {state and state["address"] for state in states} == {"10.0.3.5"}
    assert f"hardware ethernet {MAC};" in place.path.read_text()
    page = browser.open_page("/connect_check?hello=1")
    assert not page.html.select("[data-connection-online][hidden]")
    assert page.html.select("[data-connection-waiting][hidden]")


def test_a_pceen_becomes_a_rezident_once_by_asking_for_it(
    session: Session, login: Login, inside: Inside
) -> None:
    ada = PCeenFactory()
    login(ada)
    browser = inside(mac=MAC)
    for _ in range(10):
        browser.open_page("/rezident/activate")
    session.expire_all()
    assert ada.roles == []

    answer = browser.post("/rezident/activate?next=/devices/register")

    assert answer.status_code == 303
    assert address_asked(answer.location)[0] == "/rooms/register"
    session.expire_all()
    assert [role.slug for role in ada.roles] == ["rezident"]


@pytest.mark.parametrize("why", ["banned", "device of another", "switched off"])
def test_nobody_becomes_a_rezident_alone_who_should_not(
    session: Session, login: Login, inside: Inside, why: str
) -> None:
    ada = PCeenFactory()
    if why == "banned":
        ban(session, ada)
    elif why == "device of another":
        DeviceFactory(mac_address=MAC)
    else:
        REZIDENT_SELF_GRANT.set(session, value=False)
        session.commit()
    login(ada)

    answer = inside(mac=MAC).post("/rezident/activate")

    assert answer.status_code >= 400
    session.expire_all()
    assert ada.roles == []


# Who is led where (network-a 5.3)


ROOM, DEVICE, TRANSFER = "/rooms/register", "/devices/register", "/devices/transfer"
ACTIVATE, ERROR = "/rezident/activate", "/devices/error"
ASKED = "/devices/modify?a=1&b=2"

#: Whether they are a Rezident, their room and devices, where they are; then where they go.
MATRIX = [
    ("nobody", "outside", "/auth_needed", {"next": ASKED}),
    ("nobody", "unknown", "/auth_needed", {"next": ASKED}),
    ("pceen", "outside", 403, {}),
    ("pceen", "unknown", ACTIVATE, {"next": ASKED}),
    ("pceen", "another's", 403, {}),
    ("pceen", "no mac", 403, {}),
    ("rezident", "outside", ROOM, {"next": ASKED}),
    ("rezident", "unknown", ROOM, {"next": ASKED, "hello": "1"}),
    ("rezident", "another's", ROOM, {"next": ASKED, "hello": "1"}),
    ("rezident", "no mac", ROOM, {"next": ASKED}),
    ("rezident", "no address", ERROR, {"reason": "ip"}),
    ("room", "outside", DEVICE, {"next": ASKED}),
    ("room", "unknown", DEVICE, {"next": ASKED, "hello": "1"}),
    ("room", "another's", TRANSFER, {"next": ASKED, "hello": "1"}),
    ("room", "no mac", ERROR, {"reason": "mac"}),
    ("room", "no address", ERROR, {"reason": "ip"}),
    ("complete", "outside", 200, {}),
    ("complete", "own", 200, {}),
    ("complete", "unknown", DEVICE, {"next": ASKED, "hello": "1"}),
    ("complete", "another's", TRANSFER, {"next": ASKED, "hello": "1"}),
    ("complete", "no mac", 200, {}),
    ("complete", "no address", ERROR, {"reason": "ip"}),
    ("disabled", "outside", "/auth_needed", {"next": ASKED}),
    ("banned", "own", 200, {}),
    ("banned", "outside", 200, {}),
    ("gri", "outside", 403, {}),
]


def someone(session: Session, login: Login, who: str) -> None:
    """Log in someone who has done that much of the set-up."""
    if who == "nobody":
        return
    slugs = {"pceen": [], "gri": ["barman"]}.get(who, ["rezident"])
    ada = PCeenFactory(slugs=slugs)
    if who in ("room", "complete", "banned", "disabled"):
        RentalFactory(pceen=ada, room_num=101)
    if who in ("complete", "banned", "disabled"):
        DeviceFactory(pceen=ada, mac_address=MAC)
    if who == "banned":
        ban(session, ada)
    login(ada)
    if who == "disabled":
        ada.disabled_at = clock.now()
        session.commit()


def put(client: Client, inside: Inside, where: str) -> Client:
    """Take the browser to a place, with a device."""
    if where == "own":
        return inside(mac=MAC)
    if where == "unknown":
        return inside(mac=OTHER)
    if where == "another's":
        DeviceFactory(mac_address="3c:22:fb:00:00:03")
        return inside(mac="3c:22:fb:00:00:03")
    if where == "no mac":
        return inside(mac=None)
    if where == "no address":
        client.environ_base["REMOTE_ADDR"] = "127.0.0.1"  # a proxy that says nothing
    return client


@pytest.mark.parametrize(
    ("who", "where", "answer", "asked"), MATRIX, ids=[f"{row[0]}-{row[1]}" for row in MATRIX]
)
def test_each_is_led_to_the_step_that_is_left(  # noqa: PLR0917  # fixtures
    session: Session,
    login: Login,
    client: Client,
    inside: Inside,
    who: str,
    where: str,
    answer: str | int,
    asked: dict[str, str],
) -> None:
    someone(session, login, who)
    browser = put(client, inside, where)

    found = browser.get(ASKED)

    if isinstance(answer, int):
        assert found.status_code == answer
    else:
        assert found.status_code == 302
        assert address_asked(found.location) == (answer, asked)
        assert browser.get(found.location).status_code == 200  # the step itself is served


@pytest.mark.parametrize(
    ("who", "where"), [(row[0], row[1]) for row in MATRIX if row[0] not in ("nobody", "disabled")]
)
def test_home_only_takes_an_account(
    session: Session, login: Login, client: Client, inside: Inside, who: str, where: str
) -> None:
    someone(session, login, who)

    put(client, inside, where).open_page("/")


def test_self_grant_switched_off_refuses_who_is_not_a_rezident(
    session: Session, login: Login, inside: Inside
) -> None:
    REZIDENT_SELF_GRANT.set(session, value=False)
    session.commit()
    login(PCeenFactory())

    assert inside(mac=MAC).get("/rooms/register").status_code == 403


def test_each_step_leads_to_the_next_up_to_the_page_asked(
    session: Session, login: Login, inside: Inside
) -> None:
    login(PCeenFactory(slugs=["rezident"]))
    browser = inside(mac=MAC)
    forms = {
        ROOM: {"room": "305", "start": clock.today().isoformat()},
        DEVICE: {"name": "Mon portable"},
    }

    location, seen = browser.get("/rooms/modify").location, []
    while (path := urlsplit(location).path) in forms:
        seen.append(path)
        answer = browser.post(location, data=forms[path])
        assert answer.status_code == 303, answer.text
        location = answer.location

    assert (seen, location) == ([ROOM, DEVICE], "/rooms/modify")


def test_an_unknown_next_page_is_forgotten(session: Session, login: Login) -> None:
    ada = RentalFactory(room_num=101).pceen
    browser = login(ada)

    answer = browser.post("/devices/register?next=//evil.example", data={"mac_address": MAC})

    assert answer.status_code == 303
    assert "evil" not in answer.location


def test_inside_without_a_hardware_address_it_may_be_typed(
    session: Session, login: Login, inside: Inside
) -> None:
    login(RentalFactory(room_num=101).pceen)
    browser = inside(mac=None)
    assert browser.open_page("/devices/register").html.select("input[name=mac_address]")

    answer = browser.post("/devices/register", data={"mac_address": MAC})

    assert answer.status_code == 303
    assert queries.with_mac(session, MAC) is not None


def test_the_device_of_another_shows_nothing_of_its_owner(
    session: Session, login: Login, inside: Inside
) -> None:
    DeviceFactory(mac_address=MAC, pceen__prenom="Grace", pceen__nom="Hopper", name="USS")
    login(RentalFactory(room_num=101).pceen)

    page = inside(mac=MAC).open_page("/devices/transfer?hello=1")

    assert MAC in page.text("main")
    for secret in ("Grace", "Hopper", "USS"):
        assert secret not in page.text("body")


@pytest.mark.parametrize(
    ("query", "code", "step"),
    [
        ("", "device-mac", "2"),
        ("?reason=ip&step=3", "device-ip", "4"),
        ("?reason=mac&step=11", "device-mac", "12"),
        ("?reason=mac&step=998", "device-mac", "999"),
        ("?reason=<script>&step=0", "device-mac", "2"),
        ("?reason=ip&step=²", "device-ip", "2"),
        ("?step=-1", "device-mac", "2"),
        ("?step=9999999999999999999999", "device-mac", "2"),
    ],
)
def test_a_device_that_is_not_recognised_is_told_why_and_how_to_try_again(
    client: Client, query: str, code: str, step: str
) -> None:
    page = client.open_page(f"/devices/error{query}")

    assert code in page.text("main")
    again = page.html.select("main a[href*='step=']")[0]["href"]
    assert address_asked(str(again))[1]["step"] == step
    assert page.text(".silly")


def test_who_is_all_set_has_nothing_to_do_on_the_page_of_errors(
    session: Session, login: Login, settle: Settle
) -> None:
    (device,) = settle(101, macs=(MAC,))

    answer = login(device.pceen).get("/devices/error?reason=mac")

    assert (answer.status_code, answer.location) == (302, "/")


# Rooms


@pytest.mark.parametrize(
    "typed", ["0", "-101", "1e2", "101.0", "٣٠٤", "999", "", " ", "1_0_1", "9" * 30, "+101", "²"]
)
def test_a_room_that_is_none_is_refused_next_to_what_was_typed(
    session: Session, login: Login, typed: str
) -> None:
    browser = login(PCeenFactory(slugs=["rezident"]))
    before = tables(session)

    page = browser.submit(
        "/rooms/register", room=typed, start=clock.today().isoformat(), status=422
    )

    assert page.html.select("#room[aria-invalid]")
    assert page.html.select_one("#room")["value"] == typed  # type: ignore[index]
    assert tables(session) == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start", "tomorrow"),
        ("start", "2026-02-30"),
        ("start", "24/11/2026"),
        ("start", ""),
        ("end", "today"),
        ("end", "2020-01-01"),
        ("end", "soon"),
    ],
)
def test_impossible_dates_are_refused_next_to_their_field(
    session: Session, login: Login, field: str, value: str
) -> None:
    browser = login(PCeenFactory(slugs=["rezident"]))
    days = {"today": clock.today(), "tomorrow": clock.today() + timedelta(days=1)}
    value = days[value].isoformat() if value in days else value
    typed = {"room": "305", "start": clock.today().isoformat(), "end": ""} | {field: value}

    page = browser.submit("/rooms/register", status=422, **typed)

    assert page.html.select(f"#{field}[aria-invalid]")
    assert page.html.select_one("#room")["value"] == "305"  # type: ignore[index]
    assert session.scalars(sa.select(Rental)).all() == []


def test_a_room_that_someone_has_is_explained_without_naming_them(
    session: Session, login: Login
) -> None:
    RentalFactory(room_num=305, pceen__prenom="Grace", pceen__nom="Hopper")
    browser = login(PCeenFactory(slugs=["rezident"]))

    page = browser.submit(
        "/rooms/register", room="305", start=clock.today().isoformat(), status=409
    )

    assert page.html.select("a[href^='/contact']")
    assert "sous-louez" in page.text("main")
    assert "Hopper" not in page.text("body")


def test_one_form_of_a_room_sent_twice_is_one_rental(
    session: Session, login: Login, outbox: Outbox
) -> None:
    browser = login(PCeenFactory(slugs=["rezident"]))
    fields = {"room": "305", "start": clock.today().isoformat(), "idempotency_key": "key"}

    answers = [browser.post("/rooms/register", data=fields) for _ in range(2)]

    assert {answer.status_code for answer in answers} <= {302, 303}
    assert {urlsplit(answer.location).path for answer in answers} == {"/devices/register"}
    assert len(session.scalars(sa.select(Rental)).all()) == 1
    assert outbox() == [RefreshNetwork()]


def test_a_stale_change_of_dates_is_refused_with_what_was_typed(
    session: Session, login: Login, settle: Settle
) -> None:
    (device,) = settle(101, macs=(MAC,))
    browser = login(device.pceen)
    today, later = clock.today(), clock.today() + timedelta(days=30)
    first = {"start": today.isoformat(), "end": later.isoformat(), "version": "1"}
    assert browser.post("/rooms/modify", data=first).status_code == 303
    typed = (later + timedelta(days=1)).isoformat()

    page = browser.submit(
        "/rooms/modify", start=today.isoformat(), end=typed, version="1", status=409
    )

    assert page.html.select_one("#end")["value"] == typed  # type: ignore[index]
    assert in_words(later) in " ".join(errors_of(page))
    session.expire_all()
    rental = session.scalars(sa.select(Rental)).one()
    assert (rental.ends_on, rental.version) == (later, 2)
    again = {"start": today.isoformat(), "end": typed, "version": version_of(page)}
    assert browser.post("/rooms/modify", data=again).status_code == 303


def test_a_room_is_left_on_its_page_and_internet_stops(
    session: Session, login: Login, settle: Settle, outbox: Outbox
) -> None:
    (device,) = settle(101, macs=(MAC,))
    browser = login(device.pceen)

    page = browser.submit("/rooms/terminate", end=clock.today().isoformat())

    assert page.flashes == ["Vous avez rendu la chambre 101."]
    assert "Pas de chambre" in page.text("#internet")
    assert outbox() == [RefreshNetwork()]


# Devices


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("AA-BB-CC-DD-EE-0F", "aa:bb:cc:dd:ee:0f"),
        ("aabb.ccdd.ee0f", "aa:bb:cc:dd:ee:0f"),
        (" aabbccddee0f\n", "aa:bb:cc:dd:ee:0f"),
        ("aa:bb:cc:dd:ee:f", "aa:bb:cc:dd:ee:0f"),
    ],
)
def test_a_hardware_address_is_typed_as_one_likes_and_kept_in_one_way(
    session: Session, login: Login, typed: str, stored: str
) -> None:
    browser = login(RentalFactory(room_num=101).pceen)

    assert browser.post("/devices/register", data={"mac_address": typed}).status_code == 303
    again = browser.submit("/devices/register", mac_address=stored.upper(), status=422)

    assert session.scalars(sa.select(Device.mac_address)).all() == [stored]
    assert "Cet appareil est déjà enregistré." in " ".join(errors_of(again))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mac_address", ""),
        ("mac_address", "\uff41\uff41bbccddeeff"),
        ("mac_address", "\u0430abbccddeeff"),
        ("mac_address", "aabbccddee"),
        ("mac_address", "aabbccddeeff00"),
        ("mac_address", "g0:bb:cc:dd:ee:ff"),
        ("mac_address", "00:00:00:00:00:00"),
        ("mac_address", "ff:ff:ff:ff:ff:ff"),
        ("mac_address", "01:00:5e:00:00:01"),
        ("mac_address", "33:33:00:00:00:01"),
        ("mac_address", "00:00:0c:07:ac:05"),
        ("mac_address", "a" * 5000),
        ("name", "x" * 65),
        ("name", "\u202etxt.exe"),
        ("type", "x" * 65),
    ],
)
def test_a_device_badly_said_is_refused_next_to_its_field(
    session: Session, login: Login, field: str, value: str
) -> None:
    browser = login(RentalFactory(room_num=101).pceen)
    typed = {"mac_address": MAC, "name": "a", "type": "b"} | {field: value}

    page = browser.submit("/devices/register", status=422, **typed)

    assert page.html.select(f"#{field}[aria-invalid]")
    assert session.scalars(sa.select(Device)).all() == []


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x7f"])
def test_a_name_with_a_control_character_is_refused(
    session: Session, login: Login, character: str
) -> None:
    browser = login(RentalFactory(room_num=101).pceen)
    typed = {"mac_address": MAC, "name": f"un{character}deux"}

    assert browser.post("/devices/register", data=typed).status_code == 422
    assert session.scalars(sa.select(Device)).all() == []


@pytest.mark.parametrize(
    "name",
    ["x { } option domain-name-servers 6.6.6.6; host y", "<script>alert(1)</script>", "🦆" * 64],
)
def test_a_strange_name_is_only_a_text(session: Session, login: Login, name: str) -> None:
    browser = login(RentalFactory(room_num=101).pceen)

    browser.submit("/devices/register", mac_address=MAC, name=name)

    assert session.scalars(sa.select(Device.name)).all() == [name]
    page = browser.open_page("/profile/")
    assert name in page.text("#devices")
    assert "<script>alert" not in str(page.html)


def test_a_device_that_changes_its_address_is_accepted_with_a_warning(
    session: Session, login: Login, inside: Inside
) -> None:
    login(RentalFactory(room_num=101).pceen)
    browser = inside(mac="02:00:00:00:00:01")

    assert "cache sa vraie adresse" in browser.open_page("/devices/register").text("main")
    page = browser.submit("/devices/register")

    assert any("change d'adresse" in text for text in page.texts("body"))
    assert len(session.scalars(sa.select(Device)).all()) == 1


def test_inside_what_is_typed_for_the_address_of_the_device_is_ignored(
    session: Session, login: Login, inside: Inside
) -> None:
    login(RentalFactory(room_num=101).pceen)

    inside(mac=MAC).post("/devices/register", data={"mac_address": OTHER})

    assert session.scalars(sa.select(Device.mac_address)).all() == [MAC]


@pytest.mark.parametrize("is_inside", [True, False])
def test_one_form_of_a_device_sent_twice_is_one_device_and_one_answer(
    session: Session, login: Login, inside: Inside, client: Client, is_inside: bool
) -> None:
    login(RentalFactory(room_num=101).pceen)
    fields = {"name": "Mon portable", "idempotency_key": "key"}
    if is_inside:
        inside(mac=MAC)
    else:
        fields["mac_address"] = MAC

    answers = [client.post("/devices/register?next=/profile/", data=fields) for _ in range(2)]

    assert [(a.status_code, a.location) for a in answers] == [(303, "/profile/")] * 2
    assert len(session.scalars(sa.select(Device)).all()) == 1
    assert len(session.scalars(sa.select(OutboxEntry)).all()) == 1


def test_another_device_is_registered_from_the_first(
    session: Session, login: Login, inside: Inside, settle: Settle
) -> None:
    (device,) = settle(101, macs=(MAC,))
    login(device.pceen)
    browser = inside(mac=MAC)
    assert browser.open_page("/devices/register").html.select("input[name=mac_address]")

    answer = browser.post("/devices/register", data={"mac_address": OTHER})

    assert answer.status_code == 303
    assert set(session.scalars(sa.select(Allocation.ip))) == {"10.0.1.1", "10.1.1.1"}


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/devices/modify/{}", {"name": "à moi", "version": "1"}),
        ("/devices/delete/{}", {}),
    ],
)
def test_the_device_of_another_is_none_at_all(
    session: Session, login: Login, settle: Settle, path: str, fields: dict[str, str]
) -> None:
    (theirs,) = settle(101, macs=(MAC,))
    (mine,) = settle(102, macs=(OTHER,))
    browser = login(mine.pceen)
    before = tables(session)

    foreign = browser.post(path.format(theirs.id), data=fields)
    missing = browser.post(path.format(999_999), data=fields)

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert tables(session) == before


@pytest.mark.parametrize("key", ["0", "2147483648", "9" * 19, "9" * 400, "-1", "²", "x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_device_of_an_impossible_number_is_not_found(
    session: Session, login: Login, settle: Settle, key: str, method: str
) -> None:
    (device,) = settle(101, macs=(MAC,))
    browser = login(device.pceen)

    assert browser.open(f"/devices/modify/{key}", method=method).status_code == 404


def test_ones_own_device_is_not_transferred_whatever_the_address_that_is_posted(
    session: Session, login: Login, inside: Inside, settle: Settle
) -> None:
    settle(101, macs=(MAC,))
    (mine,) = settle(102, macs=(OTHER,))
    login(mine.pceen)
    browser = inside(mac=OTHER)
    before = tables(session)

    answer = browser.post("/devices/transfer", data={"mac_address": MAC})

    assert answer.status_code == 303
    assert tables(session) == before


def test_a_gri_who_lives_there_changes_the_device_of_anybody(
    session: Session, login: Login, settle: Settle
) -> None:
    (theirs,) = settle(101, macs=(MAC,))
    (mine,) = settle(102, macs=(OTHER,), pceen=PCeenFactory(slugs=["gri", "rezident"]))
    browser = login(mine.pceen)

    answer = browser.post(f"/devices/modify/{theirs.id}", data={"name": "Lui", "version": "1"})

    assert answer.status_code == 303
    session.refresh(theirs)
    assert theirs.name == "Lui"


def test_a_stale_change_of_a_device_is_refused_with_both_names(
    session: Session, login: Login, settle: Settle
) -> None:
    (device,) = settle(101, macs=(MAC,))
    browser = login(device.pceen)
    browser.post(f"/devices/modify/{device.id}", data={"name": "Premier", "version": "1"})

    page = browser.submit(f"/devices/modify/{device.id}", name="Second", version="1", status=409)

    assert "Premier" in " ".join(errors_of(page))
    assert page.html.select_one("#name")["value"] == "Second"  # type: ignore[index]
    session.refresh(device)
    assert (device.name, device.version) == ("Premier", 2)
    again = {"name": "Second", "version": version_of(page)}
    assert browser.post(f"/devices/modify/{device.id}", data=again).status_code == 303


def test_the_page_of_the_device_in_hand_does_not_remove_it(
    session: Session, login: Login, inside: Inside, settle: Settle
) -> None:
    mine, other = settle(101, macs=(MAC, OTHER))
    login(mine.pceen)
    browser = inside(mac=MAC)

    here = browser.open_page(f"/devices/modify/{mine.id}")
    there = browser.open_page(f"/devices/modify/{other.id}")

    assert not here.html.select("form[action*='/devices/delete/']")
    assert there.html.select("form[action*='/devices/delete/']")


def test_a_banned_owner_is_told_why_the_device_stays(
    session: Session, login: Login, settle: Settle
) -> None:
    (device,) = settle(101, macs=(MAC,))
    ban(session, device.pceen)

    page = login(device.pceen).submit(f"/devices/delete/{device.id}")

    assert any("suspendu" in text for text in page.flashes)
    assert len(session.scalars(sa.select(Device)).all()) == 1


@pytest.mark.parametrize(
    "path",
    ["/devices/register", "/devices/modify", "/rooms/modify", "/rooms/terminate", "/profile/"],
)
def test_no_address_shows_a_hardware_address(
    session: Session, login: Login, inside: Inside, settle: Settle, path: str
) -> None:
    (device, _) = settle(101, macs=(MAC, OTHER))
    login(device.pceen)

    page = inside(mac=MAC).open_page(path)

    links = [str(a["href"]) for a in page.html.select("[href]")]
    links += [str(form.get("action", "")) for form in page.html.select("form")]
    assert not [link for link in links if re.search("([0-9a-f]{2}(:|%3A)){5}", link, re.IGNORECASE)]


def test_a_list_of_more_devices_takes_no_more_statements(
    session: Session, login: Login, settle: Settle, queries: list[str]
) -> None:
    (device,) = settle(101, macs=(MAC,))
    browser = login(device.pceen)

    def cost() -> int:
        queries.clear()
        browser.open_page("/profile/")
        return len(queries)

    cost()
    cost_of_one = cost()
    for _ in range(5):
        DeviceFactory(pceen=device.pceen)
    assert cost() == cost_of_one


# Looking changes nothing


PAGES = [
    "/rooms/register",
    "/rooms/modify",
    "/rooms/terminate",
    "/devices/register",
    "/devices/modify",
    "/devices/transfer",
    "/devices/error",
    "/rezident/activate",
    "/connect_check",
    "/api/connection",
    "/profile/",
    "/",
]


def test_pages_that_are_only_looked_at_change_nothing(
    session: Session, login: Login, inside: Inside, settle: Settle
) -> None:
    (device,) = settle(101, macs=(MAC,))
    login(device.pceen)
    browser = inside(mac=MAC, address="10.0.1.1")
    before = tables(session)

    for path in PAGES * 2:
        assert browser.get(path).status_code < 400

    assert tables(session) == before


@pytest.mark.parametrize(("seconds", "writes"), [(2.9, 1), (3.1, 2)])
def test_a_device_is_written_as_seen_once_in_five_minutes(
    shared: Flask, monkeypatch: pytest.MonkeyPatch, seconds: float, writes: int
) -> None:
    """For real: in a test, what a request wrote aside goes with it."""
    neighbours = SimpleNamespace(mac_of={POOL: MAC}.get)
    monkeypatch.setitem(shared.extensions, "neighbours", neighbours)
    with shared.app_context():
        engine = db.engine
        factories.use(db.session())
        DeviceFactory(mac_address=MAC)
        db.session.remove()
    changes: list[str] = []

    def record(conn, cursor, statement, *_):  # type: ignore[no-untyped-def]
        if not statement.startswith(("SELECT", "PRAGMA", "BEGIN")):
            changes.append(statement)

    browser = shared.test_client()
    browser.environ_base["REMOTE_ADDR"] = POOL
    event.listen(engine, "before_cursor_execute", record)
    with time_machine.travel(NOON, tick=False) as now:
        for _ in range(100):
            assert browser.get("/api/connection").status_code == 200
            now.shift(timedelta(seconds=seconds))

    assert len(changes) == writes
    assert all(re.match("UPDATE .?device.? SET .?last_seen_at.?=", text) for text in changes)


def test_a_device_is_known_whatever_the_case_of_its_address(
    session: Session, login: Login, inside: Inside
) -> None:
    rental = RentalFactory(room_num=101)
    DeviceFactory(pceen=rental.pceen, mac_address="aa:bb:cc:00:11:22")
    login(rental.pceen)

    page = inside(mac="aa:bb:cc:00:11:22").open_page("/profile/")

    assert "celui-ci" in page.text("#devices")


# Is Internet there?


def ask(browser: Client) -> str:
    answer = browser.get("/api/connection")
    assert answer.status_code == 200
    assert set(answer.json) == {"state", "message", "address"}  # type: ignore[arg-type]
    assert answer.json["message"]  # type: ignore[index]
    return str(answer.json["state"])  # type: ignore[index]


def test_a_device_that_nobody_registered_is_unknown(inside: Inside) -> None:
    assert ask(inside(mac=MAC)) == "unknown_device"


def test_the_device_of_someone_without_a_room_waits_for_one(
    session: Session, inside: Inside
) -> None:
    DeviceFactory(mac_address=MAC)

    assert ask(inside(mac=MAC)) == "no_room"


@pytest.mark.parametrize(
    ("address", "state"),
    [("10.0.1.1", "online"), (POOL, "waiting_address"), ("10.1.1.1", "waiting_address")],
)
def test_a_device_is_online_at_its_address_only(
    session: Session, inside: Inside, settle: Settle, address: str, state: str
) -> None:
    settle(101, macs=(MAC,))

    assert ask(inside(mac=MAC, address=address)) == state


def test_a_device_of_someone_banned_is_told_so_even_at_its_address(
    session: Session, inside: Inside, settle: Settle
) -> None:
    (device,) = settle(101, macs=(MAC,))
    ban(session, device.pceen)

    assert ask(inside(mac=MAC, address="10.0.8.1")) == "banned"


@pytest.mark.parametrize("result", [DhcpResult.failed, DhcpResult.refused])
def test_a_device_waits_while_the_network_could_not_be_told(
    session: Session, inside: Inside, settle: Settle, result: DhcpResult
) -> None:
    settle(101, macs=(MAC,))
    session.add(DhcpRun(finished_at=clock.now(), format="dhcpd", result=result, error="no"))
    session.commit()

    assert ask(inside(mac=MAC)) == "waiting_network"


def test_outside_nothing_is_said_of_a_connection(client: Client) -> None:
    assert client.get("/api/connection").status_code == 403
    assert client.get("/api/connection").is_json
    assert client.get("/connect_check").status_code == 403


# Where a request comes from


@pytest.mark.parametrize(
    ("peer", "headers", "seen"),
    [
        # the trusted proxy says it
        ("127.0.0.1", [("X-Real-IP", "10.0.1.1")], "10.0.1.1"),
        ("::1", [("X-Real-IP", "10.0.1.1")], "10.0.1.1"),
        ("127.0.0.1", [("X-Real-IP", "::ffff:10.0.1.1")], "10.0.1.1"),
        ("::ffff:127.0.0.1", [("X-Real-IP", "10.0.1.1")], "10.0.1.1"),
        ("127.0.0.1", [("X-Real-IP", "2001:db8::1")], "2001:db8::1"),
        # … or not
        ("127.0.0.1", [], None),
        ("127.0.0.1", [("X-Real-IP", "")], None),
        ("127.0.0.1", [("X-Real-IP", "10.0.1.1"), ("X-Real-IP", "10.0.1.2")], None),
        ("127.0.0.1", [("X-Real-IP", "10.0.1.1, 10.0.1.2")], None),
        ("127.0.0.1", [("X-Real-IP", ".*")], None),
        ("127.0.0.1", [("X-Real-IP", "10.0.0.1) at (.*")], None),
        ("127.0.0.1", [("X-Real-IP", "fe80::1%eth0")], None),
        ("127.0.0.1", [("X-Real-IP", "10.0.1")], None),
        ("127.0.0.1", [("X-Real-IP", "10.0.1.256")], None),
        ("127.0.0.1", [("X-Real-IP", "010.0.1.1")], None),
        ("127.0.0.1", [("X-Real-IP", "167772417")], None),
        ("127.0.0.1", [("X-Real-IP", "10.0.1.1:80")], None),
        ("127.0.0.1", [("X-Forwarded-For", "10.0.1.1"), ("Forwarded", "for=10.0.1.1")], None),
        (
            "127.0.0.1",
            [("X-Real-IP", "192.0.2.7"), ("X-Forwarded-For", "10.0.1.1")],
            "192.0.2.7",
        ),
        # nobody else is believed
        ("192.0.2.7", [("X-Real-IP", "10.0.1.1")], "192.0.2.7"),
        ("192.0.2.7", [("X-Forwarded-For", "10.0.1.1")], "192.0.2.7"),
        ("192.0.2.7", [("Forwarded", "for=10.0.1.1")], "192.0.2.7"),
        ("10.0.1.9", [("X-Real-IP", "10.0.1.1")], "10.0.1.9"),
    ],
)
def test_the_address_of_a_visitor_is_what_the_trusted_proxy_alone_says(
    session: Session,
    login: Login,
    neighbours: dict[str, str],
    peer: str,
    headers: list[tuple[str, str]],
    seen: str | None,
) -> None:
    rental = RentalFactory(room_num=101)
    DeviceFactory(pceen=rental.pceen, mac_address=MAC)
    neighbours["10.0.1.1"] = MAC
    browser = login(rental.pceen)
    browser.environ_base["REMOTE_ADDR"] = peer

    answer = browser.get("/profile/", headers=headers)

    is_here = "celui-ci" in answer.text
    assert is_here is (seen == "10.0.1.1")
    if not is_here:
        assert f"votre adresse est {seen or '?'}." in answer.text


def test_the_neighbours_of_an_address_outside_are_not_asked(
    session: Session, client: Client, neighbours: dict[str, str]
) -> None:
    neighbours["192.0.2.1"] = MAC

    assert client.get("/api/connection").status_code == 403


def test_who_was_disabled_is_nobody_at_once(session: Session, login: Login, settle: Settle) -> None:
    (device,) = settle(101, macs=(MAC,))
    browser = login(device.pceen)
    assert browser.get("/profile/").status_code == 200
    session.execute(sa.update(PCeen).values(disabled_at=clock.now()))
    session.commit()

    answer = browser.get("/profile/")

    assert address_asked(answer.location)[0] == "/auth_needed"
