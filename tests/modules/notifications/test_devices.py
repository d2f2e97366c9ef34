"""The devices that ring: given by browsers, taken back, and the keys of the site."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.enums import PushState
from app.integrations.push import PushService
from app.models import PCeen, PushDelivery, PushSubscription
from app.modules.notifications.service.subscriptions import DEVICES_MAX, PER_HOUR
from app.settings import VapidSettings
from tests.client import Client
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.calendar import NotificationFactory, PushSubscriptionFactory
from tests.integrations.test_push import BAD
from tests.push_service import GOOGLE, MOZILLA, Browser, base64url

#: What Chrome of Android says that it is.
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"


def found(address: str) -> Any:
    def resolve(_host: str) -> Sequence[str]:
        return (address,)

    return resolve


@pytest.fixture(autouse=True)
def push(app: Flask, monkeypatch: pytest.MonkeyPatch) -> PushService:
    """Web push, with keys, where every host is on the Internet."""
    push = PushService(
        public_key=Browser().keys["p256dh"],
        private_key_path=Path("/nonexistent"),
        resolve=found("8.8.8.8"),
    )
    monkeypatch.setitem(app.extensions, "push", push)
    return push


def subscribe(client: Client, browser: Browser, **values: Any) -> TestResponse:
    sent = {"endpoint": browser.endpoint, "expirationTime": None, "keys": browser.keys} | values
    return client.post("/api/push/subscribe", json=sent, headers={"User-Agent": PHONE})


def devices(session: Session, pceen: PCeen) -> list[PushSubscription]:
    session.expire_all()
    mine = sa.select(PushSubscription).where(PushSubscription.pceen_id == pceen.id)
    return list(session.scalars(mine.order_by(PushSubscription.id)))


def test_a_browser_is_known_by_its_address_and_its_keys_are_the_latest(
    session: Session, login: Login
) -> None:
    ada = PCeenFactory()
    client, browser = login(ada), Browser()

    assert subscribe(client, browser).status_code == 201
    (device,) = devices(session, ada)
    assert device.endpoint == browser.endpoint
    assert {"p256dh": device.p256dh, "auth": device.auth} == browser.keys
    assert device.device == "Chrome, Android"

    renewed = Browser(secret=b"another sixteen!")
    assert subscribe(client, renewed).status_code == 200
    (device,) = devices(session, ada)
    assert {"p256dh": device.p256dh, "auth": device.auth} == renewed.keys


def test_padded_keys_are_the_same_keys(session: Session, login: Login) -> None:
    ada = PCeenFactory()
    browser = Browser()
    keys = {name: key + "=" * (-len(key) % 4) for name, key in browser.keys.items()}

    assert subscribe(login(ada), browser, keys=keys).status_code == 201
    assert devices(session, ada)[0].p256dh == browser.keys["p256dh"]


def test_the_same_browser_follows_who_logs_in_and_brings_nothing_along(
    session: Session, login: Login
) -> None:
    ada, bob = PCeenFactory(), PCeenFactory()
    browser = Browser()
    device = browser.of(ada)
    told = NotificationFactory()
    session.add(PushDelivery(notification_id=told.id, subscription_id=device.id))
    session.commit()

    assert subscribe(login(bob), browser).status_code == 200

    assert devices(session, ada) == []
    assert [one.endpoint for one in devices(session, bob)] == [browser.endpoint]
    (owed,) = session.scalars(sa.select(PushDelivery))
    assert (owed.subscription_id, owed.state) == (None, PushState.pending)  # then dropped


@pytest.mark.parametrize("changed", ["p256dh", "auth"])
def test_the_device_of_somebody_else_stays_theirs(
    session: Session, login: Login, changed: str
) -> None:
    ada, bob = PCeenFactory(), PCeenFactory()
    browser = Browser()
    browser.of(ada)
    keys = browser.keys | {changed: Browser(secret=b"another sixteen!").keys[changed]}

    answer = subscribe(login(bob), browser, keys=keys)

    assert answer.status_code == 409
    assert answer.json is not None
    assert "quelqu'un d'autre" in answer.json["error"]["message"]
    assert devices(session, bob) == []
    assert {"p256dh": devices(session, ada)[0].p256dh, "auth": devices(session, ada)[0].auth} == (
        browser.keys
    )


def test_an_eleventh_device_takes_the_place_of_the_oldest(session: Session, login: Login) -> None:
    ada = PCeenFactory()
    others = PushSubscriptionFactory()
    kept = [PushSubscriptionFactory(pceen=ada).endpoint for _ in range(DEVICES_MAX)]
    client = login(ada)

    assert subscribe(client, Browser()).status_code == 201

    assert [one.endpoint for one in devices(session, ada)] == [*kept[1:], Browser().endpoint]
    assert devices(session, others.pceen) == [others]


@pytest.mark.once
@pytest.mark.parametrize("address", [address for address in BAD if address])
def test_an_address_that_is_no_known_service_is_refused(
    session: Session, login: Login, address: str
) -> None:
    answer = subscribe(login(PCeenFactory()), Browser(), endpoint=address)

    assert answer.status_code == 400
    assert session.scalars(sa.select(PushSubscription)).first() is None


@pytest.mark.once
@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "::1", "169.254.169.254"])
def test_a_known_name_that_leads_inside_is_refused(
    push: PushService, session: Session, login: Login, address: str
) -> None:
    object.__setattr__(push, "resolve", found(address))

    assert subscribe(login(PCeenFactory()), Browser()).status_code == 400
    assert session.scalars(sa.select(PushSubscription)).first() is None


@pytest.mark.once
@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {},
        {"keys": None},
        {"keys": []},
        {"keys": {}},
        {"endpoint": None},
        {"endpoint": 1},
        {"endpoint": ["x"]},
        {"keys": {"p256dh": 1, "auth": 2}},
        {"keys": Browser().keys | {"auth": base64url(b"x")}},
        {"keys": Browser().keys | {"p256dh": "A" * 87}},
        {"keys": Browser().keys | {"p256dh": "A" * 5000}},
        {"keys": Browser().keys | {"auth": "\x00"}},
    ],
)
def test_what_is_no_browser_is_refused(session: Session, login: Login, sent: Any) -> None:
    whole = {"endpoint": Browser().endpoint, "keys": Browser().keys}
    body = whole | sent if isinstance(sent, dict) and sent else sent

    answer = login(PCeenFactory()).post("/api/push/subscribe", json=body)

    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"]["status"] == 400
    assert session.scalars(sa.select(PushSubscription)).first() is None


def test_a_device_is_taken_back_by_its_owner_alone(session: Session, login: Login) -> None:
    ada, bob = PCeenFactory(), PCeenFactory()
    Browser().of(ada)
    Browser(GOOGLE).of(ada)

    assert unsubscribe(login(bob), Browser().endpoint).status_code == 204
    assert len(devices(session, ada)) == 2
    assert unsubscribe(login(ada), Browser().endpoint).status_code == 204
    assert unsubscribe(login(ada), Browser().endpoint).status_code == 204
    assert [one.endpoint for one in devices(session, ada)] == [Browser(GOOGLE).endpoint]
    form = {"endpoint": Browser(GOOGLE).endpoint}
    assert login(ada).post("/api/push/unsubscribe", data=form).status_code == 204
    assert devices(session, ada) == []
    assert login(ada).post("/api/push/unsubscribe", json={}).status_code == 400


def unsubscribe(client: Client, endpoint: str) -> TestResponse:
    return client.post("/api/push/unsubscribe", json={"endpoint": endpoint})


@pytest.mark.once
def test_browsers_are_told_the_key_where_there_is_one(
    app: Flask, session: Session, login: Login, push: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = login(PCeenFactory())

    said = client.get("/api/push/vapid_public_key")
    assert said.status_code == 200
    assert said.json is not None
    assert said.json["public_key"] == push.public_key
    assert said.json["csrf"]
    assert "no-store" in said.headers["Cache-Control"]

    monkeypatch.setitem(app.extensions, "push", PushService())
    missing = client.get("/api/push/vapid_public_key")
    assert missing.status_code == 404
    assert missing.json is not None
    assert missing.json["error"]["status"] == 404


@pytest.mark.once
@pytest.mark.parametrize(
    ("method", "name"),
    [("POST", "subscribe"), ("POST", "unsubscribe"), ("GET", "vapid_public_key")],
)
def test_a_stranger_is_told_to_log_in_first(
    client: Client, session: Session, method: str, name: str
) -> None:
    answer = client.open(f"/api/push/{name}", method=method, json={})

    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["error"]["status"] == 401


@pytest.mark.once
def test_a_choice_page_shows_the_switch_where_devices_may_ring(
    app: Flask, session: Session, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = PCeenFactory()
    device = Browser(MOZILLA).of(ada)
    client = login(ada)

    page = client.open_page("/notifications/choices")
    (switch,) = page.html.select("[data-push]")
    assert switch["data-known"] == device.endpoint_hash
    monkeypatch.setitem(app.extensions, "push", PushService())
    page = client.open_page("/notifications/choices")
    assert page.html.select("[data-push]") == []


@pytest.mark.once
def test_the_keys_are_made_once_and_said(cli: FlaskCliRunner, tmp_path: Path) -> None:
    path = tmp_path / "keys" / "vapid.pem"

    made = cli.invoke(args=["notifications", "keys", "--write", str(path)])
    again = cli.invoke(args=["notifications", "keys", "--write", str(path)])

    said = dict(line.split("=", 1) for line in made.output.splitlines())
    assert said["VAPID_PRIVATE_KEY_PATH"] == str(path)
    assert VapidSettings(public_key=said["VAPID_PUBLIC_KEY"], private_key_path=path).is_set
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.exit_code == 0
    assert again.exit_code == 1
    assert "already" in again.output
    assert path.read_text() not in made.output


def test_a_device_rings_no_more_once_the_log_in_that_it_was_given_in_is_ended(
    session: Session, login: Login
) -> None:
    ada = PCeenFactory()
    elsewhere = login(ada)
    subscribe(elsewhere, Browser(path="/elsewhere"))
    client = login(ada)
    subscribe(client, Browser(path="/here"))
    assert len(devices(session, ada)) == 2

    client.post("/logout")

    (device,) = devices(session, ada)
    assert device.endpoint == Browser(path="/elsewhere").endpoint


def test_nobody_has_hosts_looked_up_without_end(session: Session, login: Login) -> None:
    client = login(PCeenFactory())

    statuses = [subscribe(client, Browser()).status_code for _ in range(PER_HOUR.times + 1)]

    assert statuses == [201, *[200] * (PER_HOUR.times - 1), 429]
