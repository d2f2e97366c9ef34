"""The captive portal: who is sent where, and what programs are told."""

import itertools
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import BanKind
from app.integrations.gateway import ADMITTED, Gateway
from app.models import Ban, Device, PCeen, Rental
from app.modules.intrarez import queries
from app.modules.intrarez.rules import nft
from app.modules.intrarez.rules.portal import Client as Asking, Way, options, way
from app.modules.intrarez.rules.setup import Owner
from app.modules.intrarez.rules.subscriptions import cut_day
from app.modules.intrarez.service import addresses, subscriptions
from tests.client import Client
from tests.conftest import Inside, Login
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory
from tests.modules.intrarez.conftest import PLAN, Settle, ban

MAC, OTHER = "3c:22:fb:00:00:01", "3c:22:fb:00:00:02"
CAPTIVE = {"Accept": "application/captive+json"}
#: What RFC 8908 defines, and of what type each is.
MEMBERS: dict[str, type] = {
    "captive": bool,
    "user-portal-url": str,
    "venue-info-url": str,
    "can-extend-session": bool,
    "seconds-remaining": int,
    "bytes-remaining": int,
}


# The rule

WELL = {"is_logged_in": True, "owner": Owner.visitor}


@pytest.mark.once
@pytest.mark.parametrize(
    ("client", "answer"),
    [
        ({"has_address": False}, Way.no_address),
        ({"in_residence": False}, Way.home),
        ({"has_mac": False}, Way.no_mac),
        ({}, Way.welcome),
        ({"is_logged_in": True}, Way.next_step),
        ({"is_logged_in": True, "owner": Owner.someone_else}, Way.transfer),
        ({**WELL, "is_banned": True}, Way.banned),
        ({**WELL, "is_banned": True, "is_unpaid": True}, Way.banned),
        ({**WELL, "is_unpaid": True}, Way.pay),
        ({"owner": Owner.someone_else, "is_unpaid": True}, Way.unpaid),
        ({"owner": Owner.someone_else, "is_banned": True}, Way.banned),
        ({**WELL, "has_room": False}, Way.room),
        ({"owner": Owner.someone_else, "has_room": False}, Way.welcome),
        ({"owner": Owner.someone_else, "is_enabled": False}, Way.disabled),
        (WELL, Way.connect),
        ({"owner": Owner.someone_else}, Way.connect),
    ],
)
def test_each_client_is_sent_where_it_has_something_to_do(
    client: dict[str, Any], answer: Way
) -> None:
    assert way(Asking(**client)) is answer


# The page, in each state


def device_of(session: Session, pceen: PCeen) -> Device:
    device: Device = DeviceFactory(pceen=pceen, mac_address=MAC)
    rental = queries.current_rental(session, pceen.id)
    if rental is not None:
        addresses.allocate(session, device=device, room=rental.room, plan=PLAN)
    session.commit()
    return device


def unpaid(session: Session, pceen: PCeen) -> Ban:
    made = ban(session, pceen)
    made.kind, made.open_key = BanKind.unpaid, f"{pceen.id}:unpaid"
    session.commit()
    return made


#: What is there, and what the portal answers to who is not logged in, then to the owner.
STATES: dict[str, tuple[Callable[[Session], PCeen], str | None, str | None]] = {
    "settled": (lambda session: RentalFactory().pceen, "/connect_check", "/connect_check"),
    "banned": (
        lambda session: ban(session, RentalFactory().pceen).pceen,
        "/banned",
        "/banned",
    ),
    "unpaid": (
        lambda session: unpaid(session, RentalFactory().pceen).pceen,
        "/unpaid",
        "/payments/",
    ),
    "without room": (
        lambda session: PCeenFactory(slugs=["rezident"]),
        None,
        "/rooms/register",
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_a_registered_device_is_sent_where_it_must(
    session: Session, inside: Inside, login: Login, state: str
) -> None:
    make, anonymous, own = STATES[state]
    owner = make(session)
    device_of(session, owner)
    browser = inside(mac=MAC)

    answer = browser.get("/portal")
    assert (urlsplit(answer.location).path if answer.location else None) == anonymous
    login(owner)
    answer = browser.get("/portal")
    assert (urlsplit(answer.location).path if answer.location else None) == own


def test_an_unknown_device_is_welcomed_and_keeps_its_way(inside: Inside) -> None:
    page = inside(mac=MAC).open_page("/portal")

    links = {link["href"] for link in page.html.select("main a")}
    assert {"/register/rezident?next=/portal", "/login?next=/portal"} <= links


def test_outside_there_is_nothing_to_see(client: Client) -> None:
    assert client.get("/portal").location == "/"


def test_a_client_without_a_mac_is_told_to_type_it(inside: Inside) -> None:
    page = inside(mac=None, address="10.0.0.150").open_page("/portal")

    assert page.html.select('main a[href="/devices/error?reason=mac"]')


def test_a_device_of_a_closed_account_is_sent_to_the_gris(session: Session, inside: Inside) -> None:
    owner = RentalFactory().pceen
    owner.disabled_at = clock.now()
    device_of(session, owner)

    page = inside(mac=MAC).open_page("/portal")

    assert page.html.select('main a[href^="/contact"]')


def test_who_holds_the_device_of_another_is_offered_it(
    session: Session, inside: Inside, login: Login
) -> None:
    device_of(session, RentalFactory(room_num=301).pceen)
    login(RentalFactory(room_num=302).pceen)

    answer = inside(mac=MAC).get("/portal")

    assert answer.location == "/devices/transfer?hello=1&next=/portal"


@pytest.mark.parametrize("state", [*STATES, "unknown", "another's"])
@pytest.mark.parametrize("logged_in", [False, True])
def test_from_the_portal_a_page_is_reached_in_three_steps_without_a_loop(
    session: Session, inside: Inside, login: Login, state: str, logged_in: bool
) -> None:
    owner = STATES[state][0](session) if state in STATES else RentalFactory(room_num=310).pceen
    if state != "unknown":
        device_of(session, owner)
    visitor = RentalFactory(room_num=311).pceen if state == "another's" else owner
    if logged_in:
        login(visitor)
    browser = inside(mac=MAC)
    seen: list[str] = []
    path = "/portal"
    for _step in range(4):
        assert path not in seen
        seen.append(path)
        answer = browser.get(path)
        if answer.location is None:
            break
        path = answer.location

    assert answer.status_code == 200
    assert len(seen) <= 4


# The pages of bans


def test_the_page_of_a_ban_is_shown_to_its_person_alone(
    session: Session, inside: Inside, login: Login, client: Client
) -> None:
    owner = RentalFactory(room_num=301).pceen
    device_of(session, owner)
    made = ban(session, owner)
    made.message = "<b>Un routeur</b> ouvert"
    made.ends_at = clock.now() + timedelta(days=2, hours=3, minutes=1)
    session.commit()

    assert client.get("/banned").location == "/"
    browser = inside(mac=MAC)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
    page = browser.open_page("/banned")
    assert "Marie" not in page.text("main")
    assert "2 jours et 3 heures" in page.text("main")
    assert "<b>Un routeur</b> ouvert" in page.text("main .quoted")
    login(owner)
    assert "Marie" in browser.open_page("/banned").text("main")
    assert browser.open_page("/banned").html.select('meta[name=theme-color][content="#b20037"]')


def test_another_person_elsewhere_does_not_see_the_page_of_a_ban(
    session: Session, login: Login
) -> None:
    ban(session, RentalFactory(room_num=301).pceen)
    browser = login(RentalFactory(room_num=302).pceen)

    assert browser.get("/banned").location == "/"
    assert browser.get("/unpaid").location == "/"


def test_a_ban_for_conduct_is_not_one_for_money(session: Session, login: Login) -> None:
    made = unpaid(session, RentalFactory(room_num=301).pceen)
    browser = login(made.pceen)

    assert browser.get("/banned").location == "/"
    assert "gratuit" in browser.open_page("/unpaid").text("main")


# What programs are told


def said(browser: Client, **headers: str) -> dict[str, Any]:
    answer = browser.get("/api/captive-portal", headers={**CAPTIVE, **headers})
    assert answer.status_code == 200
    assert answer.content_type == "application/captive+json"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Accept" in answer.headers["Vary"].split(", ")
    found: dict[str, Any] = json.loads(answer.data)
    for name, value in found.items():
        assert type(value) is MEMBERS[name], name
    return found


PORTAL = "https://localhost/portal"


def is_captive(answer: dict[str, Any]) -> bool:
    assert answer["captive"] == ("user-portal-url" in answer)
    return bool(answer["captive"])


def test_outside_a_client_is_free(client: Client) -> None:
    assert said(client) == {"captive": False}


@pytest.mark.parametrize("state", ["banned", "unpaid", "without room"])
def test_who_has_no_right_is_captive(session: Session, inside: Inside, state: str) -> None:
    device_of(session, STATES[state][0](session))

    answer = said(inside(mac=MAC, address="10.0.8.1"))

    assert is_captive(answer)
    assert answer.get("can-extend-session") == (True if state == "unpaid" else None)


def test_an_unknown_device_and_one_without_a_mac_are_captive(inside: Inside) -> None:
    assert is_captive(said(inside(mac=OTHER)))
    assert is_captive(said(inside(mac=None, address="10.0.0.150")))


def test_a_device_with_its_address_is_free(session: Session, inside: Inside) -> None:
    device_of(session, RentalFactory(room_num=305).pceen)

    answer = said(inside(mac=MAC, address="10.0.3.5"))

    assert answer == {
        "captive": False,
        "can-extend-session": True,
        "venue-info-url": "http://localhost/",
    }


def test_who_is_logged_in_on_it_does_not_make_a_device_captive(
    session: Session, inside: Inside, login: Login
) -> None:
    device_of(session, RentalFactory(room_num=305).pceen)
    login(RentalFactory(room_num=306).pceen)

    assert not is_captive(said(inside(mac=MAC, address="10.0.3.5")))


def test_the_time_left_ends_with_the_rental(session: Session, inside: Inside) -> None:
    rental: Rental = RentalFactory(room_num=305)
    rental.ends_on = clock.today() + timedelta(days=3)
    device_of(session, rental.pceen)
    left = clock.day_start(rental.ends_on) - clock.now()

    answer = said(inside(mac=MAC, address="10.0.3.5"))

    assert abs(answer["seconds-remaining"] - left.total_seconds()) < 5


def test_the_time_left_ends_with_what_was_paid(session: Session, inside: Inside) -> None:
    rental: Rental = RentalFactory(room_num=305)
    device = device_of(session, rental.pceen)
    given = subscriptions.welcome(session, pceen=rental.pceen, device=device)
    assert given is not None
    session.commit()
    left = clock.day_start(cut_day(given.end)) - clock.now()

    answer = said(inside(mac=MAC, address="10.0.3.5"))

    assert abs(answer["seconds-remaining"] - left.total_seconds()) < 5


def test_with_its_former_address_a_device_is_captive(session: Session, inside: Inside) -> None:
    device_of(session, RentalFactory(room_num=305).pceen)

    assert is_captive(said(inside(mac=MAC, address="10.0.0.101")))


def test_a_device_is_free_as_soon_as_the_firewall_has_it_and_no_sooner(
    app: Flask,
    session: Session,
    inside: Inside,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, "gateway", Gateway(tmp_path, None))
    device_of(session, RentalFactory(room_num=305).pceen)
    browser = inside(mac=MAC, address="10.0.3.5")
    states = []

    for pairs in (None, [], [(MAC, "10.0.3.6")], [(OTHER, "10.0.3.5")], [(MAC, "10.0.3.5")], []):
        if pairs is not None:
            (tmp_path / "new").write_text(nft.render(pairs))
            (tmp_path / "new").rename(tmp_path / ADMITTED)
        states.append(is_captive(said(browser)))

    assert states == [True, True, True, True, False, True]


def test_a_file_that_is_not_the_firewalls_lets_nobody_through(
    app: Flask,
    session: Session,
    inside: Inside,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.extensions, "gateway", Gateway(tmp_path, None))
    (tmp_path / ADMITTED).write_text("everybody")
    device_of(session, RentalFactory(room_num=305).pceen)

    assert is_captive(said(inside(mac=MAC, address="10.0.3.5")))


@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/json", None])
def test_who_asks_for_a_page_is_sent_to_the_portal(client: Client, accept: str | None) -> None:
    answer = client.get("/api/captive-portal", headers={"Accept": accept} if accept else {})

    assert (answer.status_code, answer.location) == (303, "/portal")
    assert "Accept" in answer.headers["Vary"].split(", ")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_api_is_only_read(client: Client, method: str) -> None:
    answer = client.open("/api/captive-portal", method=method, headers=CAPTIVE)

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_head_has_no_body(client: Client) -> None:
    answer = client.head("/api/captive-portal", headers=CAPTIVE)

    assert (answer.status_code, answer.data) == (200, b"")


def test_spoofed_proxy_headers_change_nothing(session: Session, inside: Inside) -> None:
    device_of(session, RentalFactory(room_num=305).pceen)
    browser = inside(mac=OTHER, address="10.0.0.102")
    spoofed = {"X-Real-IP": "10.0.3.5", "X-Forwarded-For": "10.0.3.5", "Forwarded": "for=10.0.3.5"}

    assert is_captive(said(browser, **spoofed))


def test_two_clients_see_each_their_own_state(app: Flask, session: Session, inside: Inside) -> None:
    device_of(session, RentalFactory(room_num=305).pceen)
    inside(mac=MAC, address="10.0.3.5")
    browser = inside(mac=OTHER, address="10.0.0.102")
    free = {"REMOTE_ADDR": "10.0.3.5"}

    for _ in range(3):
        assert is_captive(said(browser))
        answer = browser.get("/api/captive-portal", headers=CAPTIVE, environ_overrides=free)
        assert json.loads(answer.data)["captive"] is False


# What DHCP servers tell clients


@pytest.mark.once
@pytest.mark.parametrize("dhcp_format", ["dhcpd", "kea", "dnsmasq"])
def test_the_option_is_written_for_each_server(dhcp_format: str) -> None:
    uri = "https://pc-est-magique.fr/api/captive-portal"

    assert all(line for line in options(uri, dhcp_format))
    assert any(uri in line for line in options(uri, dhcp_format))


@pytest.mark.once
@pytest.mark.parametrize(
    "uri",
    [
        "http://pc-est-magique.fr/api/captive-portal",
        "https://10.0.0.1/api/captive-portal",
        "https://10.0.0.1:8443/api/captive-portal",
        f"https://{'x' * 250}.fr/api/captive-portal",
    ],
)
def test_an_address_that_clients_would_not_take_is_not_given(uri: str) -> None:
    with pytest.raises(ValueError, match=r"clients want|longer"):
        options(uri, "kea")


# Why have I no Internet?


def test_the_page_says_the_first_broken_link_and_the_one_thing_to_do(
    session: Session, inside: Inside, login: Login
) -> None:
    owner = RentalFactory(room_num=305).pceen
    browser = inside(mac=MAC)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"

    page = browser.open_page("/connection")
    assert page.text("main .card-title") == "Cet appareil n'est pas enregistré"
    device_of(session, owner)
    page = browser.open_page("/connection")
    assert page.text("main .card-title") == "Cet appareil garde son ancienne adresse"
    login(owner)
    page = inside(mac=MAC, address="10.0.3.5").open_page("/connection")
    assert page.html.select("main .card-success")
    assert len(page.html.select(".chain-link.is-holds")) == 7


def test_outside_the_page_looks_at_the_devices_of_the_visitor(
    session: Session, login: Login, client: Client, settle: Settle
) -> None:
    assert client.open_page("/connection").html.select('main a[href^="/login"]')
    mine, other = settle(305, macs=(MAC, OTHER))
    mine.last_seen_at = clock.now()
    session.commit()
    browser = login(mine.pceen)

    assert browser.open_page("/connection").html.select("main .card-success")
    page = browser.open_page(f"/connection?device={other.id}")
    assert page.text("main .card-title") == "Cet appareil n'est pas connecté à la résidence"


def test_a_device_that_is_not_mine_is_never_looked_at(
    session: Session, login: Login, settle: Settle
) -> None:
    (theirs,) = settle(305, macs=(MAC,))
    browser = login(RentalFactory(room_num=306).pceen)

    page = browser.open_page(f"/connection?device={theirs.id}")

    assert page.text("main .card-title") == "Aucun appareil n'est enregistré"
    assert MAC not in page.text("main")


def test_a_gri_sees_the_chain_of_anybody(session: Session, login: Login, settle: Settle) -> None:
    (theirs,) = settle(305, macs=(MAC,))
    ban(session, theirs.pceen)
    browser = login(PCeenFactory(slugs=["gri"]))

    page = browser.open_page(f"/gris/pceens/{theirs.pceen_id}/connection")

    assert page.text("main .card-title") == "Votre accès à Internet est suspendu"
    assert page.html.select(".chain-link.is-broken")


@pytest.mark.once
def test_every_way_is_reached() -> None:
    flags = ["has_address", "in_residence", "has_mac", "is_logged_in", "is_banned", "is_unpaid"]
    flags += ["has_room", "is_enabled"]
    ways = {
        way(Asking(**dict(zip(flags, values, strict=True)), owner=owner))
        for values in itertools.product([False, True], repeat=len(flags))
        for owner in Owner
    }

    assert ways == set(Way)
